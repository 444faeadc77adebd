import DOMPurify from 'dompurify';
import { Marked, type Token, type Tokens, type TokensList } from 'marked';
import { texts } from '../shell/texts.ts';

// Agents write Markdown, and what they write may come from anywhere: a page they read, a file, an issue. So it becomes HTML by
// `marked`, loses all but a list of harmless elements by `DOMPurify`, and its links and code blocks are finished here. From then
// on it stays a tree: the page never parses HTML of its own again, and its content security policy lets DOMPurify alone do so.

/** A paragraph, a list, a code block: what is shown anew only when it changes. */
export interface Block {
  key: number;
  /** To be copied into the page, since it may be shown more than once. */
  content: DocumentFragment;
  /** What it was made of; null when a reference elsewhere in the text has a part in it. */
  madeOf: string | null;
  /** It goes on with the list before it. */
  goesOn: boolean;
}

/** A text that may still grow, and how far it is understood for good. */
export interface Parsed {
  source: string;
  blocks: readonly Block[];
  /** So many blocks, which cover so many characters, will not change any more. */
  settledBlocks: number;
  settledLength: number;
  links: TokensList['links'];
  /** What there was no time for yet, and how many characters come before it. Null when the source itself was not looked at. */
  rest: readonly Token[] | null;
  restAt: number;
}

/** A list is shown in pieces, so that one of thousands does not become one long task. */
const itemsOfPiece = 40;

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

const nothing: Parsed = {
  source: '',
  blocks: [],
  settledBlocks: 0,
  settledLength: 0,
  links: {},
  rest: [],
  restAt: 0,
};

/** True when nothing of the text is left to read. */
export function isWhole({ rest }: Parsed): boolean {
  return rest !== null && rest.length === 0;
}

/**
 * Reads a text. If it is what was read before with something added, only its end is read. Blocks that come out as they
 * were known stay the same objects. What there is no time for until then is left for the next call with the same text.
 */
export function parse(
  text: string,
  before: Parsed | null = null,
  known: readonly Block[] = before?.blocks ?? [],
  until = Number.POSITIVE_INFINITY,
): Parsed {
  const source = text.replace(/\r\n?/g, '\n');
  if (before?.source === source && before.rest !== null)
    return isWhole(before) ? before : read(before, before.rest, known, until);
  if (performance.now() > until) return { ...(before ?? nothing), rest: null };
  const from = before !== null && source.startsWith(before.source) ? before : nothing;
  const lexer = new marked.Lexer(marked.defaults);
  Object.assign(lexer.tokens.links, from.links);
  const tokens = lexer.lex(source.slice(from.settledLength));
  const settled = from.blocks.slice(0, from.settledBlocks);
  return read(
    { ...from, source, blocks: settled, links: lexer.tokens.links, restAt: from.settledLength },
    tokens,
    known,
    until,
  );
}

function read(before: Parsed, tokens: readonly Token[], known: readonly Block[], until: number): Parsed {
  // The last block may go on, and a blank line behind it does not end a list.
  const last = tokens.findLastIndex(({ type }) => type !== 'space');
  const blocks = [...before.blocks];
  let { settledBlocks, settledLength, restAt } = before;
  let index = 0;
  for (; index < tokens.length; index++) {
    const token = tokens[index] as Token;
    if (index > 0 && performance.now() > until) break;
    if (index <= last) {
      settledBlocks = blocks.length;
      settledLength = restAt;
    }
    restAt += token.raw.length;
    for (const [piece, part] of piecesOf(token).entries()) {
      const block = blockOf(part, before.links, known[blocks.length], blocks.length, piece > 0);
      if (block !== null) blocks.push(block);
    }
  }
  return { ...before, blocks, settledBlocks, settledLength, rest: tokens.slice(index), restAt };
}

function piecesOf(token: Token): readonly Token[] {
  if (token.type !== 'list' || token.items.length <= itemsOfPiece) return [token];
  const pieces: Token[] = [];
  for (let at = 0; at < token.items.length; at += itemsOfPiece) {
    const items = (token as Tokens.List).items.slice(at, at + itemsOfPiece);
    const start = token.start === '' ? '' : token.start + at;
    pieces.push({ ...token, items, start, raw: items.map(({ raw }) => raw).join('') });
  }
  return pieces;
}

function blockOf(
  token: Token,
  links: TokensList['links'],
  known: Block | undefined,
  key: number,
  goesOn: boolean,
): Block | null {
  if (token.type === 'space' || token.type === 'def') return null;
  const start = token.type === 'list' ? `${token.loose} ${token.start}` : '';
  const madeOf = Object.keys(links).length > 0 ? null : `${token.type} ${start} ${token.raw}`;
  if (madeOf !== null && known?.madeOf === madeOf && known.goesOn === goesOn) return known;
  const content = DOMPurify.sanitize(marked.parser(Object.assign([token], { links })), allowed);
  finish(content);
  return known?.goesOn === goesOn && known.content.isEqualNode(content) ? known : { key, content, madeOf, goesOn };
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
