import { describe, expect, it } from 'vitest';
import { longestTitle, projectIdFor, suggestTitle } from './new-session.ts';

describe('a suggested title', () => {
  it('is the first line that says something', () => {
    expect(suggestTitle('\n\n  Repair the   crane \nIt squeaks.')).toBe('Repair the crane');
    expect(suggestTitle('# Repair\n- the crane')).toBe('Repair');
    expect(suggestTitle(' \n ')).toBe('');
  });

  it('is cut between words', () => {
    const title = suggestTitle('word '.repeat(40));
    expect(title.length).toBeLessThanOrEqual(longestTitle);
    expect(title).toMatch(/word…$/);
    expect(suggestTitle('x'.repeat(200))).toHaveLength(longestTitle);
  });
});

it.each([
  ['Harbour', 'harbour'],
  ['Büro & Garten', 'buro-garten'],
  ['  --x--  ', 'x'],
  ['日本', ''],
  ['a'.repeat(80), 'a'.repeat(64)],
])('makes an id of the name %s', (name, id) => {
  expect(projectIdFor(name)).toBe(id);
});
