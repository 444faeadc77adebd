import { effect, untracked } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { hasAttention, onAttention } from './attention.ts';
import { isUnread } from './inbox.ts';
import { readNow } from './inbox-changes.ts';
import { loading, openView, rows, views } from './inbox-store.ts';
import { ringOf } from './rings.ts';
import { partKey } from './views.ts';

/** Whoever looks at a session need not be told what happens in it: what is there is read, and so is what arrives. */
export function ReadByLooking({ sessionId }: { sessionId: string }) {
  // Also what is too old for the rows that are loaded.
  const part = { sessionId, unreadOnly: true, unresolvedOnly: true };
  const isOpen = views.value[partKey(part)] !== undefined;
  const isReady = loading.value.state === 'ready';
  useEffect(() => {
    if (isReady && !isOpen) void openView(part);
  }, [sessionId, isReady, isOpen]);
  useEffect(() => readByLooking(sessionId), [sessionId]);
  return null;
}

/** Marks rows of a session read for as long as it is on the screen, and only while somebody is there. Answers how to stop. */
export function readByLooking(sessionId: string): () => void {
  // What the person marks unread afterwards is meant to stay so.
  const told = new Set<string>();

  async function look(): Promise<void> {
    if (!hasAttention()) return;
    const fresh = rows
      .peek()
      .filter(row => row.event.sessionId === sessionId && isUnread(row) && !told.has(ringOf(row)));
    if (fresh.length === 0) return;
    for (const row of fresh) told.add(ringOf(row));
    if (await readNow(fresh.map(({ id }) => id))) return;
    // Tried again when something else happens or the person comes back.
    for (const row of fresh) told.delete(ringOf(row));
  }

  const stopFollowing = effect(() => {
    rows.value;
    untracked(() => void look());
  });
  const stopWatching = onAttention(() => void look());
  return () => {
    stopFollowing();
    stopWatching();
  };
}
