// @vitest-environment jsdom
// DOMPurify needs a document that behaves; happy-dom does not let it remove what it iterates over.
import DOMPurify from 'dompurify';
import { Lexer } from 'marked';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Block, isWhole, type Parsed, parse } from './markdown.ts';
import { show } from './show.ts';

function htmlOf({ content }: Block): string {
  const holder = document.createElement('div');
  holder.append(content.cloneNode(true));
  return holder.innerHTML;
}

const html = (text: string) => parse(text).blocks.map(htmlOf).join('');

describe('an answer', () => {
  it('has paragraphs, lists, tables and emphasis', () => {
    expect(html('One **two**\n\n- a\n- b')).toContain('<strong>two</strong>');
    expect(html('- a\n- b')).toContain('<li>b</li>');
    expect(html('| a |\n|---|\n| b |')).toContain('<td>b</td>');
  });

  it('keeps the lines as the agent broke them', () => {
    expect(html('one\ntwo')).toContain('<br>');
  });

  it('keeps the alignment of columns, and gives tasks a box instead of a bullet', () => {
    expect(html('| a |\n|--:|\n| b |')).toContain('<td align="right">b</td>');
    expect(html('- [x] a\n- [ ] b\n- c')).toMatch(
      /<li class="task">☑ a<\/li>\s*<li class="task">☐ b<\/li>\s*<li>c<\/li>/,
    );
  });

  it('puts its headings below those of the page', () => {
    expect(html('# Title')).toContain('<h3 dir="auto">Title</h3>');
    expect(html('##### Deep')).toContain('<h6 dir="auto">Deep</h6>');
  });

  it('has code blocks that can be copied, with their language', () => {
    const code = html('```ts\nconst a = "<b>";\n```');
    expect(code).toContain('<span>ts</span>');
    expect(code).toContain('data-copy');
    expect(code).toContain('&lt;b&gt;');
  });
});

describe('what an agent may not do to the page', () => {
  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '![picture](https://elsewhere.example/pixel.png)',
    '<iframe src="https://elsewhere.example"></iframe>',
    '<svg onload=alert(1)><style>*{display:none}</style></svg>',
    '<form action="/sign-out"><input name=q><button class="button primary">Sign in</button></form>',
    '<div style="position:fixed;inset:0" class="toasts" id="app">over everything</div>',
    '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
    '<base href="https://elsewhere.example">',
    '<object data="x"></object><embed src="x"><link rel=stylesheet href="x"><meta http-equiv=refresh content=0>',
  ])('%s', text => {
    const made = html(text);
    expect(made).not.toMatch(/<(script|img|iframe|svg|style|form|input|math|base|object|embed|link|meta)\b/i);
    expect(made).not.toMatch(/\son\w+=|style=|\sid=/i);
    expect(made).not.toMatch(/class="(?!code|code-head|table-frame|button small quiet|language-)/);
  });

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    '//elsewhere.example/x',
    '/admin',
    '#content',
    'https:elsewhere',
  ])('leads nowhere by %s', address => {
    expect(html(`[words](<${address}>)`)).not.toContain('<a ');
    expect(html(`[words](<${address}>)`)).toContain('words');
  });

  it('opens links elsewhere, and tells them nothing of this page', () => {
    const made = html(
      '[words](https://example.org/x) <mail@example.org> <a href="http://example.org" target="_top">x</a>',
    );
    expect(made.match(/<a /g)).toHaveLength(3);
    expect(made.match(/target="_blank"/g)).toHaveLength(3);
    expect(made.match(/rel="noopener noreferrer"/g)).toHaveLength(3);
    expect(made).toContain('href="mailto:mail@example.org"');
  });
});

describe('a text that grows', () => {
  const answer = [
    '# Report',
    'A paragraph with a [link][1] and `code`.',
    '- one\n- two\n\n- three after a gap\n  - nested',
    '```ts\nconst fence = 1;\n\nconst more = 2;\n```',
    '| a | b |\n|---|---|\n| 1 | 2 |',
    'Setext heading\n---',
    '> quote\nlazy',
    '1. first\n\n   continued\n2. second',
    '<details><summary>More</summary>\n\nInside\n\n</details>',
    '[1]: https://example.org/1',
    'The end, with a 🔔.',
  ].join('\n\n');

  it('ends as if it had come at once, wherever it was cut', () => {
    for (const size of [2, 7, 19, 64]) {
      let parsed: Parsed | null = null;
      for (let end = 0; end <= answer.length + size; end += size) parsed = parse(answer.slice(0, end), parsed);
      // A reference that is defined at the end is resolved by the reading at the end.
      const whole = parse(answer.replace('[1]:', '[9]:'));
      const grown = parsed?.blocks.map(htmlOf) ?? [];
      expect(grown.length, `pieces of ${size}`).toBe(whole.blocks.length);
      expect(grown.slice(2), `pieces of ${size}`).toEqual(whole.blocks.slice(2).map(htmlOf));
    }
  });

  it('is read in slices, and ends as if it had been read at once', () => {
    const long = `${answer}\n\n${Array.from({ length: 100 }, (_, at) => `${at + 3}. item **${at}**`).join('\n')}\n\nLast words`;
    // No time at all, then time for one step of each slice.
    let parsed = parse(long, null, [], () => false);
    expect(parsed.blocks).toEqual([]);
    let turns = 0;
    for (; !isWhole(parsed); turns++) {
      let steps = 0;
      const before = parsed.blocks.length;
      parsed = parse(long, parsed, parsed.blocks, () => ++steps === 1);
      expect(parsed.blocks.length - before).toBeLessThanOrEqual(1);
    }
    expect(turns).toBeGreaterThan(10);
    expect(parsed.blocks.map(htmlOf)).toEqual(parse(long).blocks.map(htmlOf));
  });

  it('shows a long list in pieces that go on counting', () => {
    const { blocks } = parse(Array.from({ length: 100 }, (_, at) => `${at + 3}. item ${at}`).join('\n'));
    expect(blocks.map(({ goesOn }) => goesOn)).toEqual([false, 'behind', 'behind']);
    expect(blocks.map(block => /<ol start="(\d+)"/.exec(htmlOf(block))?.[1])).toEqual(['3', '43', '83']);
    expect(blocks.map(htmlOf).join('').match(/<li>/g)?.length).toBe(100);
  });

  it('leaves what is finished alone', () => {
    const first = parse('One\n\nTwo\n\nThr');
    const second = parse('One\n\nTwo\n\nThree\n', first);
    expect(second.blocks[0]).toBe(first.blocks[0]);
    expect(second.blocks[1]).toBe(first.blocks[1]);
    expect(second.blocks[2]).not.toBe(first.blocks[2]);
    expect(second.settled.length).toBe('One\n\nTwo\n\n'.length);
  });
});

describe('a text of a thousand lines', () => {
  const lines = (line: (at: number) => string) => Array.from({ length: 1_000 }, (_, at) => line(at)).join('\n');
  const kinds = {
    paragraphs: lines(at => `Words of **${at}**\n`),
    'parts without a blank line': lines(at => ['## Part', 'words', '- item', '```\ncode\n```'][at % 4] ?? ''),
    'one list': lines(at => `- item ${at} of it`),
    'one list with room between its items': lines(at => `${at}. item\n`),
    'one table': `| a | b |\n|---|---|\n${lines(at => `| ${at} | words |`)}`,
    'one code block': `\`\`\`ts\n${lines(at => `const line = ${at};`)}`,
  };
  /** So many characters are read in one step at most, and so many elements are made of them. */
  const [mostRead, mostMade] = [10_000, 400];

  afterEach(() => vi.restoreAllMocks());

  /** Counts what is read and made from here on. */
  function counted(): { read: number; made: number } {
    const count = { read: 0, made: 0 };
    const { lex } = Lexer.prototype;
    vi.spyOn(Lexer.prototype, 'lex').mockImplementation(function (this: Lexer, source: string) {
      count.read += source.length;
      return lex.call(this, source);
    });
    const sanitize = DOMPurify.sanitize.bind(DOMPurify) as (html: string, how: object) => DocumentFragment;
    vi.spyOn(DOMPurify, 'sanitize').mockImplementation(((html: string, how: object) => {
      const content = sanitize(html, how);
      count.made += content.querySelectorAll('*').length;
      return content;
    }) as never);
    return count;
  }

  it.each(Object.entries(kinds))('is read in small steps: %s', (_, text) => {
    const count = counted();
    const most = { read: 0, made: 0 };
    let total = 0;
    let parsed = parse(text, null, [], () => false);
    while (!isWhole(parsed)) {
      let steps = 0;
      Object.assign(count, { read: 0, made: 0 });
      parsed = parse(text, parsed, parsed.blocks, () => ++steps === 1);
      most.read = Math.max(most.read, count.read);
      most.made = Math.max(most.made, count.made);
      total += count.read;
    }
    expect(most.read).toBeLessThan(mostRead);
    expect(most.made).toBeLessThan(mostMade);
    expect(total).toBeLessThan(3 * text.length);
  });

  it.each(Object.entries(kinds))('costs a few letters more no more than a short one does: %s', (_, text) => {
    const before = parse(text);
    const count = counted();
    const after = parse(`${text} more`, before);
    expect(isWhole(after)).toBe(true);
    expect(count.read).toBeLessThan(mostRead);
    expect(count.made).toBeLessThan(2 * mostMade);
    expect(after.blocks.filter((block, at) => block !== before.blocks[at]).length).toBeLessThan(3);
  });
});

describe('blocks in the page', () => {
  const words = document.createElement('div');
  const code = Array.from({ length: 250 }, (_, at) => `line ${at}`).join('\n');
  const rows = Array.from({ length: 90 }, (_, at) => `| row ${at} |`).join('\n');

  it('are one code block and one table, however long', () => {
    show(words, [], parse(`\`\`\`\n${code}\n\`\`\`\n\n| head |\n|---|\n${rows}\n\nEnd`).blocks);
    expect([...words.children].map(({ className }) => className)).toEqual(Array(3).fill('words-block'));
    expect(words.querySelectorAll('pre, button, table, th')).toHaveLength(4);
    expect(words.querySelector('code')?.textContent).toBe(`${code}\n`);
    expect([...words.querySelectorAll('td')].map(({ textContent }) => textContent)).toEqual(
      Array.from({ length: 90 }, (_, at) => `row ${at}`),
    );
    words.replaceChildren();
  });

  it('stay where they are while others come, change and go', () => {
    const first = `Before\n\n\`\`\`\n${code}`;
    let parsed = parse(first);
    let shown = show(words, [], parsed.blocks);
    const kept = [words.querySelector('p'), words.querySelector('pre'), words.querySelector('code')?.firstChild];
    parsed = parse(`${first} and more\nlast`, parsed);
    shown = show(words, shown, parsed.blocks);
    expect([words.querySelector('p'), words.querySelector('pre'), words.querySelector('code')?.firstChild]).toEqual(
      kept,
    );
    expect(words.querySelector('code')?.textContent).toBe(`${code} and more\nlast\n`);
    // Another text altogether.
    shown = show(words, shown, parse(`| head |\n|---|\n${rows}\n\nEnd`).blocks);
    expect(words.textContent).toMatch(/^\s*head\s+row 0\s[\s\S]*row 89\s+End\s*$/);
    shown = show(words, shown, parse(`New\n\n\`\`\`\n${code}`).blocks);
    expect(words.querySelector('code')?.textContent).toBe(`${code}\n`);
    expect(words.children).toHaveLength(2);
    show(words, shown, parse('Less').blocks);
    expect(words.innerHTML).toBe('<div class="words-block"><p dir="auto">Less</p>\n</div>');
  });
});
