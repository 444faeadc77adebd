import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** So near to the end counts as at the end: fingers are not exact. */
const nearEnough = 40;

export interface Scrolling {
  /** False when the person scrolled up to read. Then nothing moves them. */
  isAtEnd: boolean;
  toEnd: () => void;
}

/**
 * Keeps the end in view while something is added there, unless the person looks at something else, and what they look at
 * in its place while something is added above it.
 *
 * @param first changes when something was added at the top
 */
export function useScrolling(
  scroller: { current: HTMLElement | null },
  content: { current: HTMLElement | null },
  first: string | undefined,
): Scrolling {
  const [isAtEnd, setAtEnd] = useState(true);
  const sticks = useRef(true);
  const lastTop = useRef(0);
  const lastHeight = useRef(0);
  const lastFirst = useRef(first);

  function toEnd(): void {
    const element = scroller.current;
    if (element === null) return;
    element.scrollTop = element.scrollHeight;
    lastTop.current = element.scrollTop;
    sticks.current = true;
    setAtEnd(true);
  }

  // The event that tells of a movement comes after it, so whoever is about to stick to the end compares the positions first: a delta
  // may be shown in between. Only a way up is the person's wish to stay behind, as the end also moves away when something is added.
  function notice(element: HTMLElement): void {
    const distance = element.scrollHeight - element.clientHeight - element.scrollTop;
    if (distance <= nearEnough) sticks.current = true;
    else if (element.scrollTop < lastTop.current) sticks.current = false;
    lastTop.current = element.scrollTop;
    setAtEnd(sticks.current);
  }

  // Each time something is shown: older rows push down what is being read, so it is pulled up by as much.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const added = element.scrollHeight - lastHeight.current;
    const isOlder = lastFirst.current !== undefined && first !== lastFirst.current;
    if (sticks.current) notice(element);
    if (sticks.current) {
      element.scrollTop = element.scrollHeight;
    } else if (isOlder && added > 0) {
      element.scrollTop += added;
    }
    lastTop.current = element.scrollTop;
    lastHeight.current = element.scrollHeight;
    lastFirst.current = first;
  });

  useEffect(() => {
    const element = scroller.current;
    const inner = content.current;
    if (element === null || inner === null) return;
    const scrolled = () => notice(element);
    element.addEventListener('scroll', scrolled, { passive: true });
    // The keyboard of a phone makes the window smaller, and pictures of text grow after they are shown.
    const sizes = new ResizeObserver(() => {
      if (sticks.current) notice(element);
      if (sticks.current) {
        element.scrollTop = element.scrollHeight;
        lastTop.current = element.scrollTop;
      }
      lastHeight.current = element.scrollHeight;
    });
    sizes.observe(element);
    sizes.observe(inner);
    return () => {
      element.removeEventListener('scroll', scrolled);
      sizes.disconnect();
    };
  }, []);

  return { isAtEnd, toEnd };
}
