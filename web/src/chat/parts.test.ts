import { expect, it } from 'vitest';
import type { RunStep } from '../shell/wire.ts';
import { partsOf } from './parts.ts';

const step = (id: string, offset: number): RunStep => ({ id, name: 'Bash', detail: null, status: 'done', offset });

function read(text: string, ...steps: RunStep[]): string[] {
  return partsOf(text, steps).map(part =>
    part.kind === 'words' ? part.text : part.steps.map(({ id }) => `[${id}]`).join(''),
  );
}

it('shows each step where it was taken', () => {
  expect(read('Let me look. Found it.', step('a', 13))).toEqual(['Let me look. ', '[a]', 'Found it.']);
});

it('keeps steps together that follow each other', () => {
  expect(read('One\n\nTwo', step('a', 0), step('b', 0), step('c', 5))).toEqual(['[a][b]', 'One\n\n', '[c]', 'Two']);
  expect(read('One\n\n  \nTwo', step('a', 3), step('b', 8))).toEqual(['One', '[a][b]', 'Two']);
});

it('shows a step that came before the first word, and one after the last', () => {
  expect(read('', step('a', 0))).toEqual(['[a]']);
  expect(read('Words', step('a', 99))).toEqual(['Words', '[a]']);
});

it('does not tear a code block', () => {
  const text = 'Before\n```ts\nconst a = 1;\n```\nAfter';
  expect(read(text, step('a', 20))).toEqual(['Before\n```ts\nconst a = 1;\n```\n', '[a]', 'After']);
  expect(read(text, step('a', 7))).toEqual(['Before\n', '[a]', '```ts\nconst a = 1;\n```\nAfter']);
  expect(read('```\nstill open', step('a', 6))).toEqual(['```\nstill open', '[a]']);
});
