import type { Block } from './markdown.ts';

/** A block in the page. */
export interface Shown {
  block: Block;
  element: Element;
  /** Where what goes on inside of it has its place, and behind what. */
  inner: Element | null;
  end: ChildNode | null;
}

/** Makes an element show these blocks. Those that it shows already stay, with what is selected or scrolled in them. */
export function show(words: Element, before: readonly Shown[], blocks: readonly Block[]): Shown[] {
  let outer: Shown | null = null;
  let last: ChildNode | null = null;
  const shown: Shown[] = [];
  for (const [at, block] of blocks.entries()) {
    const was = before[at];
    const now = was?.block === block ? was : shownAs(block);
    if (was !== undefined && was !== now) was.element.remove();
    if (block.goesOn === 'inside' && outer?.inner != null) {
      place(now.element, outer.inner, last ?? outer.end);
      last = now.element;
    } else {
      place(now.element, words, outer?.element ?? null);
      outer = now;
      last = null;
    }
    shown.push(now);
  }
  for (const { element } of before.slice(blocks.length)) element.remove();
  return shown;
}

function place(element: Element, parent: Element, behind: ChildNode | null): void {
  if (element.parentNode === parent && element.previousSibling === behind) return;
  parent.insertBefore(element, behind === null ? parent.firstChild : behind.nextSibling);
}

function shownAs(block: Block): Shown {
  const content = block.content.cloneNode(true) as DocumentFragment;
  if (block.goesOn === 'inside' && content.firstElementChild !== null)
    return { block, element: content.firstElementChild, inner: null, end: null };
  const element = document.createElement('div');
  const more = content.firstElementChild?.tagName === 'P' ? 'more-lines' : 'more-items';
  element.className = block.goesOn === 'behind' ? `words-block ${more}` : 'words-block';
  element.append(content);
  const inner = element.querySelector('.code code, .table-frame table');
  return { block, element, inner, end: inner?.lastChild ?? null };
}
