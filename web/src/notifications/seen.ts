import { useEffect } from 'preact/hooks';
import type { Notification } from '../shell/wire.ts';
import { hasAttention, onAttention } from './attention.ts';
import { acknowledgeSeen } from './inbox-changes.ts';

const settleTime = 500;

const onScreen = new Map<Element, string>();
const told = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;

const observer = new IntersectionObserver(
  entries => {
    for (const entry of entries) {
      const id = (entry.target as HTMLElement).dataset.id;
      if (entry.isIntersecting && id !== undefined) onScreen.set(entry.target, id);
      else onScreen.delete(entry.target);
    }
    plan();
  },
  { threshold: 0.6 },
);

onAttention(plan);

/** Seen means: on the screen for a moment, and somebody there. */
function plan(): void {
  clearTimeout(timer);
  if (onScreen.size === 0) return;
  timer = setTimeout(() => {
    if (!hasAttention()) return;
    const fresh = [...new Set(onScreen.values())].filter(id => !told.has(id));
    for (const id of fresh) told.add(id);
    if (fresh.length > 0) void acknowledgeSeen(fresh);
  }, settleTime);
}

/** Watches a row until it was seen. */
export function useSeen(element: { current: HTMLElement | null }, { id, seenAt, rangSeq }: Notification): void {
  // A row that rings again is unseen again and counts anew.
  useEffect(() => {
    const row = element.current;
    if (row === null || seenAt !== null) return;
    told.delete(id);
    observer.observe(row);
    return () => {
      observer.unobserve(row);
      onScreen.delete(row);
    };
  }, [id, seenAt, rangSeq]);
}
