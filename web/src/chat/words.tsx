import type { VNode } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { type Block, type Parsed, parse } from './markdown.ts';

/** An agent's words, which went through DOMPurify in markdown.ts. Blocks that are finished are not looked at again while the rest still grows. */
export function Words({ text, isGoing }: { text: string; isGoing: boolean }) {
  const parsed = useRef<Parsed | null>(null);
  const shown = useRef(new WeakMap<Block, VNode>());
  // Once it is complete, all of it is read again: a reference may be defined at the very end.
  parsed.current = useMemo(() => parse(text, isGoing ? parsed.current : null, parsed.current?.blocks), [text, isGoing]);
  return (
    <div class="words">
      {parsed.current.blocks.map(block => {
        // The same node again means to Preact that there is nothing to do.
        let node = shown.current.get(block);
        if (node === undefined) {
          const show = (part: HTMLElement | null) => part?.replaceChildren(block.content.cloneNode(true));
          node = <div key={block.key} class="words-block" ref={show} />;
          shown.current.set(block, node);
        }
        return node;
      })}
    </div>
  );
}
