import type { Marked, Token, Tokens, TokensList } from 'marked';

// `marked` reads a text in one go, which takes a second when it is long. Here it is given one section after the other, and what comes
// out must be what it would have made of the whole: `sections.test.ts` compares the two. So a section ends where nothing that follows
// can change what was read, or inside of a list, a table or a code block that is long, whose beginning is then put before its rest.

/** So many characters are read at once, and twice as many as long as they turn out to be one block. A few milliseconds. */
const usual = 4_000;

/** What is long is shown in pieces, so that a list of thousands does not become one long task. */
const ofPiece = { list: 40, table: 40, code: 100, paragraph: 40 };

type Long = 'list' | 'table' | 'code';

export type Links = TokensList['links'];

/** A block, or so much of a long one as is shown at once. */
export interface Piece {
  token: Token;
  /** It goes on with the list, the table or the code before it. */
  goesOn: boolean;
}

/** A block of which some is settled. */
interface Open {
  type: Long;
  /** Put before the rest of it, so that the rest is read as what it is. */
  head: string;
  /** So many of its items, rows or lines are settled. */
  count: number;
  /** The number of a list's first item. */
  start: number | '';
  /** One blank line anywhere puts room between all items of a list. */
  isLoose: boolean;
  /** Where it begins. */
  at: Place;
}

/** How far a text is understood for good. */
export interface Place {
  /** So many characters. */
  length: number;
  /** So many pieces. */
  pieces: number;
  open: Open | null;
  /** What was defined until there: `[1]: https://…`. */
  links: Links;
}

export interface Section {
  pieces: readonly Piece[];
  /** Where what will not change any more ends; before its own beginning when a list has to be read again. */
  next: Place;
  /** The text ends with it. What is not settled of it is shown all the same. */
  isLast: boolean;
  links: Links;
}

export const beginning: Place = { length: 0, pieces: 0, open: null, links: {} };

/** Reads on from a place until something is settled or the text ends. Without the words inside of its blocks, when only links are wanted. */
export function sectionOf(marked: Marked, source: string, from: Place, withWords = true, size = usual): Section {
  for (let wanted = size; ; wanted *= 2) {
    const line = source.indexOf('\n', from.length + wanted - 1);
    const end = line < 0 ? source.length : line + 1;
    const isLast = end === source.length;
    const text = (from.open?.head ?? '') + source.slice(from.length, end);
    const tokens = tokensOf(marked, text, from.links, withWords);
    const section = cut(tokens, text, from, isLast);
    if (!isLast && section.next.length === from.length) continue;
    const settled = source.slice(from.length, section.next.length);
    // Nearly never there, and a definition counts only when it is complete.
    if (!settled.includes(']:')) return section;
    const { links } = tokensOf(marked, (from.open?.head ?? '') + settled, from.links, false);
    const { next } = section;
    const open = next.open === null ? null : { ...next.open, at: { ...next.open.at, links } };
    return { ...section, next: { ...next, open, links } };
  }
}

function tokensOf(marked: Marked, text: string, links: Links, withWords: boolean): TokensList {
  const lexer = new marked.Lexer(marked.defaults);
  Object.assign(lexer.tokens.links, links);
  if (withWords) lexer.lex(text);
  else lexer.blockTokens(text, lexer.tokens);
  return lexer.tokens;
}

function cut(tokens: TokensList, text: string, from: Place, isLast: boolean): Section {
  const { open } = from;
  const { links } = tokens;
  const first = tokens[0];
  if (open !== null && !open.isLoose && first?.type === 'list' && first.loose) {
    // Its pieces so far have no room between their items.
    const again = { ...open, head: headOf(first as Tokens.List, true), count: 0, isLoose: true };
    return { pieces: [], next: { ...open.at, open: again }, isLast: false, links };
  }
  const settled = settledOf(tokens, text);
  const last = tokens.findLastIndex(({ type }) => type !== 'space');
  const pieces: Piece[] = [];
  let next = from;
  let length = from.length - (open?.head.length ?? 0);
  for (const [index, token] of tokens.entries()) {
    if (index > settled && !isLast) break;
    const before = { length, pieces: from.pieces + pieces.length, open: null, links: from.links };
    if (index === settled && index > 0) next = before;
    const begun = index === 0 ? open : null;
    const all = piecesOf(token, begun);
    if (index < settled || isLast) pieces.push(...all);
    if (index === settled && index === last && isLong(token)) {
      const items = settledItems(token, begun);
      if (items > 0) {
        const some = all.slice(0, items / ofPiece[token.type]);
        if (!isLast) pieces.push(...some);
        next = {
          length: length + lengthOf(token, items, begun),
          pieces: before.pieces + some.length,
          open: {
            type: token.type,
            head: headOf(token, token.type === 'list' && token.loose),
            count: (begun?.count ?? 0) + items,
            start: token.type === 'list' ? (begun?.start ?? token.start) : '',
            isLoose: token.type === 'list' && token.loose,
            at: begun?.at ?? before,
          },
          links: from.links,
        };
      }
    }
    length += token.raw.length;
  }
  return { pieces, next, isLast, links };
}

/** How many tokens stay as they are, whatever comes behind them. */
function settledOf(tokens: readonly Token[], text: string): number {
  const starts: number[] = [];
  let length = 0;
  for (const { raw } of tokens) {
    starts.push(length);
    length += raw.length;
  }
  // A definition whose name or title has begun may go on over any lines, even over what looks like a heading.
  const begun = [...text.matchAll(/^ {0,3}\[/gm)].find(({ index }) => isUnfinished(text.slice(index)))?.index;
  const most = begun === undefined ? tokens.length - 1 : starts.findLastIndex(start => start <= begun);
  for (let at = most; at > 0; at--) {
    const token = tokens[at] as Token;
    if (token.type === 'space') continue;
    const isLine = text.indexOf('\n', starts[at]) >= 0;
    if (isLine && (isBlank(tokens[at - 1]) || startsAnew(token))) return at;
  }
  return 0;
}

function isBlank(token: Token | undefined): boolean {
  return token?.type === 'space' && /\n[ \t]*\n/.test(token.raw);
}

/**
 * Whether it ends what is before it, even without a blank line, and is read as itself without it. Before anything else, an underline
 * that is still to come might make a heading of the whole.
 */
function startsAnew({ type, raw }: Token): boolean {
  if (type === 'heading') return /^ {0,3}#{1,6}(?:\s|$)/.test(raw);
  if (type === 'code') return fence.test(raw);
  if (type === 'list') return /^ {0,3}(?:[*+-]|1[.)]) +[^ \t\n]/.test(raw);
  return type === 'table' && /^ *[^\s<[][^\n]*\n {0,3}\|?(?:[:\- ]*\|)+[:\- ]*\n/.test(raw);
}

const fence = /^ {0,3}(?:`{3}|~{3})/;

/** Whether it ends before a definition that it begins with does. */
function isUnfinished(text: string): boolean {
  return /^ {0,3}\[(?:\\[\s\S]|[^[\]\\\n]|\n(?![ \t]*\n))*(?:$|\]:\s*(?:$|(?:<(?:\\.|[^\n<>\\])*>|[^<\s]\S*)\s*(?:"(?:\\[\s\S]|[^"\\])*|'(?:\\[\s\S]|[^'\\])*|\((?:\\[\s\S]|[^()\\])*)?$))/.test(
    text,
  );
}

type LongToken = Tokens.List | Tokens.Table | Tokens.Code;

/** Whether it may be shown in pieces, and one of them settled while the next is still to come. */
function isLong(token: Token): token is LongToken {
  return token.type === 'list' || token.type === 'table' || (token.type === 'code' && fence.test(token.raw));
}

/** How many items stay as they are; whole pieces of them. */
function settledItems(token: LongToken, begun: Open | null): number {
  // Where an item ends is only known from the next, and the last line may be half of one, or the end of the code.
  const sure =
    token.type === 'list'
      ? itemsOf(token, begun).length - 2
      : token.raw.split('\n').length - (token.type === 'table' ? 4 : 3);
  const size = ofPiece[token.type];
  return Math.max(0, Math.floor(sure / size)) * size;
}

/** What stands before so many items of it, and they. */
function lengthOf(token: LongToken, items: number, begun: Open | null): number {
  if (token.type !== 'list') return firstLines(token.raw, headLines[token.type] + items).length;
  return token.items.slice(0, artificial(begun) + items).reduce((length, { raw }) => length + raw.length, 0);
}

function firstLines(text: string, count: number): string {
  let end = 0;
  for (let line = 0; line < count; line++) end = text.indexOf('\n', end) + 1;
  return text.slice(0, end);
}

const headLines = { table: 2, code: 1 };

function headOf(token: LongToken, isLoose: boolean): string {
  if (token.type !== 'list') return firstLines(token.raw, headLines[token.type]);
  // An item that is not shown, with room behind it. So far to the right that none is taken for a part of it.
  return isLoose ? `${/[*+-]|\d+[.)]/.exec(token.raw)?.[0]}    .\n\n` : '';
}

function artificial(begun: Open | null): number {
  return begun?.isLoose === true ? 1 : 0;
}

function itemsOf(list: Tokens.List, begun: Open | null): Tokens.ListItem[] {
  return list.items.slice(artificial(begun));
}

function piecesOf(token: Token, begun: Open | null): Piece[] {
  const count = begun?.count ?? 0;
  switch (token.type) {
    case 'space':
    case 'def':
      return [];
    case 'list': {
      const list = token as Tokens.List;
      const start = begun?.start ?? list.start;
      return chunks(itemsOf(list, begun), ofPiece.list).map((items, index) => {
        const at = count + index * ofPiece.list;
        const raw = items.map(item => item.raw).join('');
        return { token: { ...list, items, start: start === '' ? '' : start + at, raw }, goesOn: at > 0 };
      });
    }
    case 'table': {
      const table = token as Tokens.Table;
      const [header = '', align = '', ...lines] = table.raw.split('\n');
      const all = chunks(table.rows, ofPiece.table);
      if (all.length === 0 && count === 0) return [{ token, goesOn: false }];
      return all.map((rows, index) => {
        const at = index * ofPiece.table;
        const raw = [header, align, ...lines.slice(at, at + ofPiece.table)].join('\n');
        return { token: { ...table, rows, raw }, goesOn: count + at > 0 };
      });
    }
    case 'code': {
      const code = token as Tokens.Code;
      if (code.text === '') return count > 0 ? [] : [{ token, goesOn: false }];
      const lines = code.text.replace(/\n$/, '').split('\n');
      return chunks(lines, ofPiece.code).map((some, index) => {
        const text = `${some.join('\n')}\n`;
        return { token: { ...code, text, raw: `${code.lang}\n${text}` }, goesOn: count + index > 0 };
      });
    }
    case 'paragraph':
      // Not inside of words that are emphasised over several lines.
      return chunks(linesOf(token.tokens ?? []), ofPiece.paragraph).map((lines, index) => {
        const tokens = lines.flat();
        return { token: { ...token, tokens, raw: tokens.map(({ raw }) => raw).join('') }, goesOn: index > 0 };
      });
    default:
      return [{ token, goesOn: false }];
  }
}

/** Words with their line breaks; the last break of a piece shows nothing. */
function linesOf(tokens: readonly Token[]): Token[][] {
  const lines: Token[][] = [[]];
  for (const token of tokens) {
    lines.at(-1)?.push(token);
    if (token.type === 'br') lines.push([]);
  }
  return lines;
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));
}
