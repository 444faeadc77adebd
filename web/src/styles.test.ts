import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = import.meta.dirname;
const sheets = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.css'));
const fourSides = /^(?:margin|padding|inset)$/;
// Hairlines, shadows and small movements stay what they are, however large the letters.
const mayBePixels = /^(?:box-shadow|transform|--shadow)$/;

/** What a declaration says of left and right, or in pixels that do not grow with the letters. */
function faultOf(property: string, value: string): string | null {
  if (/(?:^|-)(?:left|right)(?:-|$)/.test(property) || /\b(?:left|right)\b/.test(value)) return 'names a side';
  const sides = value.match(/(?:[^\s(]|\([^()]*(?:\([^()]*\)[^()]*)*\))+/g) ?? [];
  if (fourSides.test(property) && sides.length === 4 && sides[1] !== sides[3]) return 'tells left from right';
  if (mayBePixels.test(property) || value === 'max(16px, 1rem)') return null;
  return [...value.matchAll(/(\d+(?:\.\d+)?)px/g)].some(([, size]) => Number(size) > 3) ? 'is in pixels' : null;
}

it('knows a side when it sees one', () => {
  expect(faultOf('margin-left', '0')).toBe('names a side');
  expect(faultOf('text-align', 'right')).toBe('names a side');
  expect(faultOf('padding', '0 calc(1rem + 2px) 0 2rem')).toBe('tells left from right');
  expect(faultOf('padding', '0 1rem 2rem 1rem')).toBeNull();
  expect(faultOf('width', '40px')).toBe('is in pixels');
  expect(faultOf('border', '1px solid red')).toBeNull();
});

it.each(sheets)('%s turns with the text and grows with the letters', name => {
  const faults: string[] = [];
  const sheet = readFileSync(join(root, name), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  for (const [, property = '', value = ''] of sheet.matchAll(/(?<=[{;]\s*)([\w-]+)\s*:\s*([^;{}]+);/g)) {
    const fault = faultOf(property, value.replace(/\s+/g, ' ').trim());
    if (fault !== null) faults.push(`${property}: ${value} ${fault}`);
  }
  for (const [query] of sheet.matchAll(/@media[^{]*\dpx[^{]*/g)) faults.push(`${query} is in pixels`);
  expect(faults).toEqual([]);
});

/**
 * Selectors that are about anything inside of what has something. With one of them, each element that comes to the page makes Chromium
 * look at the style of everything inside of whatever any `:has()` is about: of the whole page, for each few words of an answer.
 */
function anythingInside(sheet: string): string[] {
  const selectors = [...sheet.matchAll(/(?<=^|[{}])[^{}@;]*:has\([^{}]*(?=\{)/g)].flatMap(([list]) =>
    list.split(/,(?![^(]*\))/),
  );
  return selectors.filter(selector => {
    const [, subject = ''] = /:has\((?:[^()]|\([^()]*\))*\)\S*\s+(?:.*[\s>+~])?(\S+)\s*$/.exec(selector) ?? [];
    return subject !== '' && !/^(?:[a-z]|[^:]*[.#[])/i.test(subject);
  });
}

it('knows a selector that is about anything', () => {
  expect(anythingInside('.a:has(.b) > :not(.c) { color: red }')).toHaveLength(1);
  expect(anythingInside('.x {} .d, .a:has(> .b) * {}')).toHaveLength(1);
  expect(anythingInside('.a:has(.b, .c) {} .a:has(.b) input {} .a:has(.b) > .c:not(.d) {} .a > :not(.c) {}')).toEqual(
    [],
  );
});

it.each(sheets)('%s names what is inside of what has something', name => {
  expect(anythingInside(readFileSync(join(root, name), 'utf8').replace(/\/\*[\s\S]*?\*\//g, ''))).toEqual([]);
});
