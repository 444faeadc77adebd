// @vitest-environment happy-dom
import { expect, it } from 'vitest';
import { localeFor } from './locale.ts';

it.each([
  ['de-DE', 'en-DE'],
  ['de', 'en-DE'],
  ['en-GB', 'en-GB'],
  ['fr-CH', 'en-CH'],
  ['not a language', 'en'],
])('writes the dates of %s as in %s', (language, locale) => {
  expect(localeFor(language)).toBe(locale);
});

it('knows the clock of a place', () => {
  const at = new Date(2026, 2, 4, 14, 5);
  const words = (language: string) =>
    new Intl.DateTimeFormat(localeFor(language), { dateStyle: 'medium', timeStyle: 'short' }).format(at);
  expect(words('en-US')).toMatch(/^Mar 4, 2026, 2:05\sPM$/);
  expect(words('de-DE')).toBe('4 Mar 2026, 14:05');
});
