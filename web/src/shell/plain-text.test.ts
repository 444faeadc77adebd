import { expect, it } from 'vitest';
import { plainLine, plainText } from './plain-text.ts';

it('takes the colours out of what a terminal printed', () => {
  expect(plainText('\u001b[1;31merror\u001b[0m: \u001b]8;;https://example.org\u0007link\u001b]8;;\u0007')).toBe(
    'error: link',
  );
});

it('keeps lines, tabs, and every letter and emoji', () => {
  expect(plainText('a\tb\r\nc\rd\n👩‍💻 é')).toBe('a\tb\nc\nd\n👩‍💻 é');
  expect(plainText('a\u0000b\u0007c\u0085')).toBe('abc');
});

it('makes one line that reads as it is written', () => {
  expect(plainLine('  open\n\t\u202egithub.com\u202c ')).toBe('open github.com');
});
