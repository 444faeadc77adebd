import DOMPurify from 'dompurify';
import { Marked } from 'marked';
import { texts } from '../shell/texts.ts';
import { beginning, type Piece, type Place, type Section, sectionOf } from './sections.ts';

// Agents write Markdown, and what they write may come from anywhere: a page they read, a file, an issue. So it becomes HTML by
// `marked`, loses all but a list of harmless elements by `DOMPurify`, and its links and code blocks are finished here. From then
// on it stays a tree: the page never parses HTML of its own again, and its content security policy lets DOMPurify alone do so.

/** A paragraph, a list, a code block, or a piece of a long one: what is shown anew only when it changes. */
export interface Block {
  /** To be copied into the page, since it may be shown more than once. */
  content: DocumentFragment;
  /** What it was made of; null when a reference elsewhere in the text has a part in it. */
  madeOf: string | null;
  /** It goes on with the block before it: as a list or paragraph of its own, or inside of the same table or code. */
  goesOn: false | 'behind' | 'inside';
}

/** A text that may still grow, and how far it was read. */
export interface Parsed {
  source: string;
  blocks: readonly Block[];
  /** What comes before it will not change any more. */
  settled: Place;
  /** What is being read, and how many of its pieces were. */
  section: Section | null;
  read: number;
  /** How far definitions were looked for, which count for what comes before them too. Null when that is done. */
  sought: Place | null;
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

/** True when nothing of the text is left to read. */
export function isWhole({ section, read }: Parsed): boolean {
  return section?.isLast === true && read === section.pieces.length;
}

/** Whether something in it may have been read before what it refers to was defined. */
export function mayRefer({ source }: Parsed): boolean {
  return source.includes(']:');
}

/**
 * Reads a text. If it is what was read before with something added, only its end is read. Blocks that come out as they
 * were known stay the same objects. What there is no time for is left for the next call with the same text.
 */
export function parse(
  text: string,
  before: Parsed | null = null,
  known: readonly Block[] = before?.blocks ?? [],
  hasTime = () => true,
  size?: number,
): Parsed {
  // Looking for a character and comparing with what was there are as nothing beside reading.
  const source = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  if (before?.source === source && isWhole(before)) return before;
  const from = before !== null && source.startsWith(before.source) ? grown(before, source) : begun(source);
  const blocks = [...from.blocks];
  let { settled, section, read, sought } = from;
  while (sought !== null && hasTime()) {
    const { isLast, next, links } = sectionOf(marked, source, sought, false, size);
    sought = isLast ? null : next;
    if (isLast) settled = { ...settled, links };
  }
  while (sought === null && hasTime()) {
    section ??= sectionOf(marked, source, settled, true, size);
    const { pieces, next, isLast, links } = section;
    const hasLinks = Object.keys(links).length > 0;
    for (let isNew = false; read < pieces.length && !(isNew && !hasTime()); read++) {
      const piece = pieces[read] as Piece;
      const before = known[blocks.length];
      const block = blockOf(piece, hasLinks, before);
      blocks.push(block);
      // What was known cost nothing.
      isNew ||= block !== before;
    }
    if (read < pieces.length) break;
    settled = next;
    if (isLast) break;
    // A list may have to be read again.
    blocks.length = next.pieces;
    section = null;
    read = 0;
  }
  return { source, blocks, settled, section, read, sought };
}

function begun(source: string): Parsed {
  const sought = source.includes(']:') ? beginning : null;
  return { source, blocks: [], settled: beginning, section: null, read: 0, sought };
}

function grown(before: Parsed, source: string): Parsed {
  const { section, settled, blocks } = before;
  // Only where the text ended before has anything changed.
  if (section?.isLast !== true || source === before.source) return { ...before, source };
  return { ...before, source, blocks: blocks.slice(0, settled.pieces), section: null, read: 0 };
}

function blockOf({ token, goesOn }: Piece, hasLinks: boolean, known: Block | undefined): Block {
  const where = !goesOn ? false : token.type === 'table' || token.type === 'code' ? 'inside' : 'behind';
  const list = token.type === 'list' ? `${token.loose} ${token.start}` : '';
  const madeOf = hasLinks && token.raw.includes('[') ? null : `${token.type} ${where} ${list} ${token.raw}`;
  if (madeOf !== null && known?.madeOf === madeOf) return known;
  const content = DOMPurify.sanitize(marked.parser([token]), allowed);
  finish(content);
  if (where === 'inside') content.replaceChildren(insideOf(content));
  return known?.goesOn === where && known.content.isEqualNode(content) ? known : { content, madeOf, goesOn: where };
}

/** The rows of a table or the lines of code, without what its beginning has already. */
function insideOf(content: DocumentFragment): Element {
  const rows = content.querySelector('tbody');
  if (rows !== null) return rows;
  const lines = document.createElement('span');
  lines.append(...(content.querySelector('pre code')?.childNodes ?? []));
  return lines;
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
