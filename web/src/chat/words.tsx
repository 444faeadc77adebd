import type { VNode } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Block, isWhole, type Parsed, parse } from './markdown.ts';

/** So many milliseconds of a task read words, however many answers are on the page; what follows waits for the next one. */
const share = 12;

/** An agent's words, which went through DOMPurify in markdown.ts. Blocks that are finished are not looked at again while the rest still grows. */
export function Words({ text, isGoing }: { text: string; isGoing: boolean }) {
  const parsed = useRef<Parsed | null>(null);
  const known = useRef<readonly Block[]>([]);
  const last = useRef({ text, isGoing });
  const nodes = useRef(new WeakMap<Block, VNode>());
  const [turn, takeTurn] = useState(0);
  const blocks = useMemo(() => {
    const isNext = last.current.text === text && last.current.isGoing === isGoing;
    last.current = { text, isGoing };
    // Once it is complete, all of it is read again: a reference may be defined at the very end.
    parsed.current = parse(text, isGoing || isNext ? parsed.current : null, known.current, endOfShare());
    // What stood there stays until what takes its place has been read.
    const behind = isWhole(parsed.current) ? [] : known.current.slice(parsed.current.blocks.length);
    known.current = [...parsed.current.blocks, ...behind];
    return known.current;
  }, [text, isGoing, turn]);
  // Not after the next frame, as an effect would be: where frames are slow, words that grow below would always come first.
  useLayoutEffect(() => {
    if (parsed.current === null || isWhole(parsed.current)) return;
    const timer = setTimeout(() => {
      // A task of its own, which others have taken nothing of yet.
      until = null;
      takeTurn(before => before + 1);
    });
    return () => clearTimeout(timer);
  }, [text, isGoing, turn]);
  return (
    <div class="words">
      {blocks.map(block => {
        // The same node again means to Preact that there is nothing to do.
        let node = nodes.current.get(block);
        if (node === undefined) {
          const show = (part: HTMLElement | null) => part?.replaceChildren(block.content.cloneNode(true));
          node = <div key={block.key} class={block.goesOn ? 'words-block goes-on' : 'words-block'} ref={show} />;
          nodes.current.set(block, node);
        }
        return node;
      })}
    </div>
  );
}

let until: number | null = null;

/** Until when this task may read words. */
function endOfShare(): number {
  if (until === null) {
    until = performance.now() + share;
    setTimeout(() => {
      until = null;
    });
  }
  return until;
}
