import { Marked } from 'marked';
import { describe, expect, it } from 'vitest';
import { beginning, type Links, type Place, sectionOf } from './sections.ts';

const marked = new Marked({ gfm: true, breaks: true });

/** What `marked` makes of a text in one go, block by block. */
function atOnce(text: string): string[] {
  const tokens = marked.lexer(text);
  return tokens.filter(({ type }) => type !== 'space' && type !== 'def').map(token => marked.parser([token]));
}

/** The same, read in sections of about so many characters, while the text grows by so many. */
function inSections(text: string, size: number, step = text.length): string[] {
  const html: string[] = [];
  let place: Place = { ...beginning, links: linksOf(text, size) };
  for (let length = Math.min(step, text.length); ; length = Math.min(length + step, text.length)) {
    const source = text.slice(0, length);
    for (let isLast = false; !isLast; ) {
      const section = sectionOf(marked, source, place, true, size);
      html.length = place.pieces;
      html.push(...section.pieces.map(({ token }) => marked.parser([token])));
      ({ isLast, next: place } = section);
    }
    if (length === text.length) return html;
  }
}

function linksOf(text: string, size: number): Links {
  for (let place = beginning; ; ) {
    const { isLast, next, links } = sectionOf(marked, text, place, false, size);
    if (isLast) return links;
    place = next;
  }
}

/** Without what a block begins with again when it is in pieces. */
function seamless(html: string[]): string {
  return html
    .join('')
    .replace(
      /<\/tbody><\/table>\n<table>\n<thead>[\s\S]*?<\/thead>\n<tbody>|<\/code><\/pre>\n<pre><code[^>]*>|<\/([uo]l)>\n<\1[^>]*>\n|(?<=<br>)<\/p>\n<p>/g,
      '',
    );
}

/** Numbers that look as if by chance, the same ones every time. */
function* chance(seed: number): Generator<(below: number) => number> {
  let state = seed;
  const next = (below: number) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
  for (;;) yield next;
}

const rows = [
  ...[
    '',
    '',
    '',
    '',
    'words',
    'more *words',
    'end* of `it',
    '` and',
    '**b** [a] [foo][b]',
    'tail  ',
    '&amp; \\',
    '\ttab',
  ],
  ...[
    '- one',
    '- two',
    '  - three',
    '   * four',
    '* five',
    '+',
    '1. six',
    '2. seven',
    '3) eight',
    '   nine',
    '- [x] ten',
    '-\ttab',
  ],
  ...['    code', '```', '```ts', '````', '~~~', '  ```', '  ~~~', '> said', '> - in', '> ```', '>'],
  ...['# Title', '#tag', '## Two', '===', '---', '***', '- - -', ':-:'],
  ...['| a | b |', '|---|--:|', '| c |', 'a | b', '---|---', '|---|'],
  ...[
    '<div>',
    '</div>',
    '<b>',
    '<!-- note',
    '-->',
    '<pre>',
    '</pre>',
    '<script>',
    '</script>',
    '<?php',
    '?>',
    '<x-y a="b">',
  ],
  ...[
    '[a]: /one',
    '[b]: <two>',
    '[a]: /three "title',
    'title"',
    "'so'",
    '"so"',
    '(so',
    'so)',
    '[foo',
    'bar]: /x',
    '[b]:',
    '/four',
  ],
];

const long = {
  'a tight list': (at: number) => `- item *${at}*`,
  'a loose list': (at: number) => `${at + 7}. item\n`,
  'a list that is loose near its end': (at: number) => (at === 170 ? `* [x] item ${at}\n` : `* [ ] item ${at}\n  more`),
  'a list that is nested': (at: number) =>
    `${' '.repeat((at % 3) * 2)}- item ${at}${at % 19 === 0 ? '\n  ```\n  code\n  ```' : ''}`,
  'a table': (at: number) => (at === 0 ? '| a | b |\n|:--|--:|' : `| ${at} | \`${at}\` |`),
  'a table without edges': (at: number) => (at === 0 ? 'a | b\n---|---' : `${at} | more | too many`),
  code: (at: number) =>
    at === 0 ? '````ts' : at === 230 ? '````' : at % 9 === 0 ? '```' : `${' '.repeat(at % 5)}line ${at}\n`,
  'code that is indented': (at: number) =>
    at === 0 ? '  ```' : at === 230 ? '  ```' : `${' '.repeat(at % 5)}line ${at}`,
  'code that never ends': (at: number) => (at === 0 ? '~~~~' : at % 7 === 0 ? '~~~' : `[${at}]: "(`),
  'indented lines': (at: number) => `    line ${at}`,
  'a quotation': (at: number) => `> line ${at}`,
  'a paragraph': (at: number) => `line **${at}** [one](https://example.org) of many`,
  'parts without a blank line': (at: number) => `## Part ${at}\nwords\n- item\n\`\`\`\ncode\n\`\`\``,
};

describe('a text in sections', () => {
  it('comes out as if it had been read at once, whatever it is', () => {
    let round = 0;
    for (const next of chance(7)) {
      const text = Array.from({ length: 2 + next(14) }, () => rows[next(rows.length)]).join('\n');
      for (const size of [1, 9, 40])
        expect(inSections(text, size), JSON.stringify({ size, text })).toEqual(atOnce(text));
      if (++round === 2_000) break;
    }
  });

  it('comes out the same while it grows by a few letters', () => {
    let round = 0;
    // What is defined behind its use is only known at the end; words.tsx reads it again then.
    const known = rows.filter(row => !row.includes(']:'));
    for (const next of chance(8)) {
      const text = Array.from({ length: 2 + next(14) }, () => known[next(known.length)]).join('\n');
      for (const step of [1, 5])
        expect(inSections(text, 20, step), JSON.stringify({ step, text })).toEqual(atOnce(text));
      if (++round === 200) break;
    }
  });

  it.each(Object.entries(long))('comes out the same when it is long: %s', (_, line) => {
    const text = `Before:\n${Array.from({ length: 231 }, (_, at) => line(at)).join('\n')}\n\nBehind it, [there][1].\n\n[1]: https://example.org`;
    const whole = inSections(text, Number.POSITIVE_INFINITY);
    for (const size of [1, 30, 300, 3_000]) expect(inSections(text, size)).toEqual(whole);
    expect(inSections(text, 300, 41).slice(0, -1)).toEqual(whole.slice(0, -1));
    expect(seamless(whole)).toBe(seamless(atOnce(text)));
  });
});
