import { useRef } from 'preact/hooks';

const intent = 12;
const farEnough = 88;
const furthest = 140;

export interface Swipe {
  onLeft: () => void;
  onRight: () => void;
}

/** Swiping a row by finger: it follows, and past the threshold lets go into what that side means. */
export function useSwipe({ onLeft, onRight }: Swipe) {
  const start = useRef<{ x: number; y: number; moving: boolean } | null>(null);

  function slide(row: HTMLElement, by: number): void {
    const inner = row.firstElementChild as HTMLElement | null;
    if (inner === null) return;
    inner.style.transform = by === 0 ? '' : `translateX(${by}px)`;
    if (by === 0) delete row.dataset.swipe;
    else row.dataset.swipe = `${by < 0 ? 'left' : 'right'}${Math.abs(by) >= farEnough ? ' far' : ''}`;
  }

  return {
    onPointerDown(event: PointerEvent) {
      const onControl = event.target instanceof Element && event.target.closest('.actions, .row-tools, input') !== null;
      if (event.pointerType === 'touch' && !onControl)
        start.current = { x: event.clientX, y: event.clientY, moving: false };
    },
    onPointerMove(event: PointerEvent) {
      const from = start.current;
      const row = event.currentTarget as HTMLElement;
      if (from === null) return;
      const by = event.clientX - from.x;
      if (!from.moving) {
        if (Math.abs(event.clientY - from.y) > intent) start.current = null;
        if (Math.abs(by) < intent || start.current === null) return;
        from.moving = true;
        row.setPointerCapture(event.pointerId);
      }
      slide(row, Math.max(-furthest, Math.min(furthest, by)));
    },
    onPointerUp(event: PointerEvent) {
      const from = start.current;
      start.current = null;
      if (!from?.moving) return;
      slide(event.currentTarget as HTMLElement, 0);
      const by = event.clientX - from.x;
      if (by <= -farEnough) onLeft();
      else if (by >= farEnough) onRight();
    },
    onPointerCancel(event: PointerEvent) {
      // The browser took the gesture over for scrolling.
      start.current = null;
      slide(event.currentTarget as HTMLElement, 0);
    },
  };
}
