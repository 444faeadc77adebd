import DOMPurify from 'dompurify';
import { Marked, type Token, type TokensList } from 'marked';
import { texts } from '../shell/texts.ts';

// Agents write Markdown, and what they write may come from anywhere: a page they read, a file, an issue. So it becomes HTML by
// `marked`, loses all but a list of harmless elements by `DOMPurify`, and its links and code blocks are finished here. From then
// on it stays a tree: the page never parses HTML of its own again, and its content security policy lets DOMPurify alone do so.

/** A paragraph, a list, a code block: what is shown anew only when it changes. */
export interface Block {
  key: number;
  /** To be copied into the page, since it may be shown more than once. */
  content: DocumentFragment;
}

/** A text that may still grow, and how far it is understood for good. */
export interface Parsed {
  source: string;
  blocks: readonly Block[];
  /** So many blocks, which cover so many characters, will not change any more. */
  settledBlocks: number;
  settledLength: number;
  links: TokensList['links'];
}

const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    // The page's own headings are above.
    heading({ tokens, depth }) {
      const level = Math.min(depth + 2, 6);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>\n`;
    },
    // Nothing is loaded from elsewhere: whose server it is would learn who reads. The link is for those who want to see it.
    image({ href, text }) {
      return `<a href="${asText(href)}">${asText(text === '' ? href : text)}</a>`;
    },
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
  },
});

const allowed = {
  ALLOWED_TAGS: [
    ...['a', 'b', 'blockquote', 'br', 'code', 'del', 'details', 'div', 'em', 'h3', 'h4', 'h5', 'h6', 'hr', 'i', 'ins'],
    ...['kbd', 'li', 'mark', 'ol', 'p', 'pre', 's', 'samp', 'small', 'span', 'strong', 'sub', 'summary', 'sup'],
    ...['table', 'tbody', 'td', 'tfoot', 'th', 'thead', 'tr', 'u', 'ul', 'var'],
  ],
  ALLOWED_ATTR: ['href', 'title', 'align', 'colspan', 'rowspan', 'start', 'class'],
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  RETURN_DOM_FRAGMENT: true as const,
};

/**
 * Reads a text. If it is what was read before with something added, only its end is read. Blocks that come out as they
 * were known stay the same objects.
 */
export function parse(
  text: string,
  before: Parsed | null = null,
  known: readonly Block[] = before?.blocks ?? [],
): Parsed {
  const source = text.replace(/\r\n?/g, '\n');
  if (before?.source === source) return before;
  const from = before !== null && source.startsWith(before.source) ? before : null;
  const settled = from?.blocks.slice(0, from.settledBlocks) ?? [];
  const start = from?.settledLength ?? 0;

  const lexer = new marked.Lexer(marked.defaults);
  Object.assign(lexer.tokens.links, from?.links);
  const tokens = lexer.lex(source.slice(start));

  // The last block may go on, and a blank line behind it does not end a list.
  const last = tokens.findLastIndex(({ type }) => type !== 'space');
  const blocks = [...settled];
  let settledBlocks = settled.length;
  let settledLength = start;
  let length = start;
  for (const [index, token] of tokens.entries()) {
    if (index === last) {
      settledBlocks = blocks.length;
      settledLength = length;
    }
    length += token.raw.length;
    const block = blockOf(token, lexer.tokens.links, known[blocks.length], blocks.length);
    if (block !== null) blocks.push(block);
  }
  return { source, blocks, settledBlocks, settledLength, links: lexer.tokens.links };
}

function blockOf(token: Token, links: TokensList['links'], known: Block | undefined, key: number): Block | null {
  if (token.type === 'space' || token.type === 'def') return null;
  const content = DOMPurify.sanitize(marked.parser(Object.assign([token], { links })), allowed);
  finish(content);
  return known?.content.isEqualNode(content) ? known : { key, content };
}

function finish(fragment: DocumentFragment): void {
  // The page's classes are not for agents; of their own, only the language of code is needed, and it is read first.
  const languages = [...fragment.querySelectorAll('pre')].map(languageOf);
  for (const styled of fragment.querySelectorAll('[class]')) styled.removeAttribute('class');
  for (const link of fragment.querySelectorAll('a')) finishLink(link);
  for (const [index, pre] of fragment.querySelectorAll('pre').entries()) finishCode(pre, languages[index] ?? '');
  for (const table of fragment.querySelectorAll('table')) finishTable(table);
  for (const item of fragment.querySelectorAll('li')) {
    if (/^\s*[☑☐] /.test(item.textContent)) item.className = 'task';
  }
  // Each block runs as its first words do, and code from left to right. What is inside is left to chat.css.
  for (const block of fragment.children) {
    if (!block.hasAttribute('dir')) block.setAttribute('dir', 'auto');
  }
}

function finishLink(link: HTMLAnchorElement): void {
  const href = link.getAttribute('href') ?? '';
  if (/^(?:https?:\/\/|mailto:)/i.test(href)) {
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
  } else {
    // A path in the agent's folder, or worse. Here it would lead nowhere.
    const words = document.createElement('span');
    words.append(...link.childNodes);
    if (href !== '') words.title = href;
    link.replaceWith(words);
  }
}

function finishTable(table: HTMLTableElement): void {
  const frame = document.createElement('div');
  frame.className = 'table-frame';
  // Wide ones scroll, also by keyboard.
  frame.tabIndex = 0;
  table.replaceWith(frame);
  frame.append(table);
}

function languageOf(pre: HTMLPreElement): string {
  return /(?:^|\s)language-(\S+)/.exec(pre.querySelector('code')?.className ?? '')?.[1] ?? '';
}

function finishCode(pre: HTMLPreElement, language: string): void {
  const frame = document.createElement('div');
  frame.className = 'code';
  frame.dir = 'ltr';
  const head = document.createElement('div');
  head.className = 'code-head';
  const name = document.createElement('span');
  name.textContent = language;
  const copy = document.createElement('button');
  copy.type = 'button';
  copy.className = 'button small quiet';
  copy.dataset.copy = '';
  copy.textContent = texts.common.copy;
  head.append(name, copy);
  pre.tabIndex = 0;
  pre.replaceWith(frame);
  frame.append(head, pre);
}

function asText(text: string): string {
  return text.replace(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`);
}
