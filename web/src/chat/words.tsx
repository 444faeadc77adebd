import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { isWhole, mayRefer, type Parsed, parse } from './markdown.ts';
import { type Shown, show } from './show.ts';

/** So many milliseconds of a task read words, however many answers are on the page; what follows waits for the next one. */
const share = 12;

/** An agent's words, which went through DOMPurify in markdown.ts. Blocks that are finished are not looked at again while the rest still grows. */
export function Words({ text, isGoing }: { text: string; isGoing: boolean }) {
  const words = useRef<HTMLDivElement>(null);
  const parsed = useRef<Parsed | null>(null);
  const shown = useRef<readonly Shown[]>([]);
  const wasGoing = useRef(isGoing);
  const [turn, takeTurn] = useState(0);
  useLayoutEffect(() => {
    if (words.current === null) return;
    // Once it is complete, all of it is read again if a reference in it may be defined at the very end.
    const isEnd = wasGoing.current && !isGoing;
    wasGoing.current = isGoing;
    const before = isEnd && parsed.current !== null && mayRefer(parsed.current) ? null : parsed.current;
    const known = shown.current.map(({ block }) => block);
    parsed.current = parse(text, before, known, hasTime);
    // What stood there stays until what takes its place has been read.
    const behind = isWhole(parsed.current) ? [] : known.slice(parsed.current.blocks.length);
    shown.current = show(words.current, shown.current, [...parsed.current.blocks, ...behind]);
    if (isWhole(parsed.current)) return;
    // Not after the next frame, as an effect would be: where frames are slow, words that grow below would always come first.
    const timer = setTimeout(() => {
      // A task of its own, which others have taken nothing of yet.
      until = null;
      takeTurn(before => before + 1);
    });
    return () => clearTimeout(timer);
  }, [text, isGoing, turn]);
  useEffect(() => (words.current === null ? undefined : restWhenFar(words.current)), []);
  return <div class="words" ref={words} />;
}

/**
 * Lets the browser leave out blocks that are far from what is in view. Each is shown first, so that its size is known and nothing
 * moves when it comes into view; the last one may still grow.
 */
function restWhenFar(words: HTMLElement): () => void {
  let width = 0;
  let frame = 0;
  const sizes = new ResizeObserver(() => {
    if (words.clientWidth !== width) {
      for (const block of words.querySelectorAll('.may-rest')) block.classList.remove('may-rest');
      width = words.clientWidth;
    }
    // The browser remembers the sizes when this frame is done; what comes until the next one has none yet.
    const measured = words.querySelectorAll(':scope > .words-block:not(.may-rest, :last-child)');
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      for (const block of measured) block.classList.add('may-rest');
    });
  });
  sizes.observe(words);
  return () => {
    sizes.disconnect();
    cancelAnimationFrame(frame);
  };
}

let until: number | null = null;

/** Whether this task may still read words. */
function hasTime(): boolean {
  if (until === null) {
    until = performance.now() + share;
    setTimeout(() => {
      until = null;
    });
  }
  return performance.now() < until;
}
