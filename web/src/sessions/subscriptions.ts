import { signal } from '@preact/signals';
import { api, query } from '../shell/api.ts';
import { whenPersonLeaves } from '../shell/leaving.ts';
import { reconnectPause } from '../shell/stream/reconnect.ts';
import { texts } from '../shell/texts.ts';
import { toast } from '../shell/toast.tsx';
import type { BellMode, SubscriptionStates } from '../shell/wire.ts';

/** What this person is told of sessions, as far as it was asked. */
const subscriptions = signal<ReadonlyMap<string, BellMode | null>>(new Map());

/** What this person is told of a session; undefined while that is asked, null when there was no answer. */
export function modeOf(sessionId: string): BellMode | null | undefined {
  return subscriptions.value.get(sessionId);
}

const mostPerRequest = 100;
const asked = new Set<string>();
let wanted = new Set<string>();
let generation = 0;
let failures = 0;

/** Learns of a session's bell. Rows that are shown together are asked about together. */
export function wantSubscription(sessionId: string): void {
  if (asked.has(sessionId)) return;
  asked.add(sessionId);
  if (wanted.size === 0) setTimeout(() => void ask(), 0);
  wanted.add(sessionId);
}

async function ask(): Promise<void> {
  const mine = generation;
  const all = [...wanted];
  wanted = new Set();
  for (let from = 0; from < all.length; from += mostPerRequest) {
    const ids = all.slice(from, from + mostPerRequest);
    const answer = await api.get<SubscriptionStates>(`/sessions/subscriptions${query({ ids: ids.join(',') })}`);
    if (mine !== generation) return;
    // Without an answer a bell shows what nobody chose. That is said at once: whoever waits for it would wait for ever.
    const unknown = ids.map(id => [id, null] as const);
    if (answer.ok) {
      failures = 0;
      // What was clicked meanwhile is newer.
      const known = Object.entries(answer.value.modes)
        .filter(([id]) => !changing.has(id))
        .map(([id, mode]) => [id, mode as BellMode] as const);
      subscriptions.value = new Map<string, BellMode | null>([...unknown, ...subscriptions.peek(), ...known]);
    } else {
      subscriptions.value = new Map<string, BellMode | null>([...unknown, ...subscriptions.peek()]);
      // Not by whoever shows it next, which is at once.
      setTimeout(() => mine === generation && askAgain(ids), reconnectPause(++failures));
    }
  }
}

const changing = new Map<string, number>();

/** Shown at once, and taken back if the server does not agree. */
export async function setSubscription(sessionId: string, mode: BellMode, before: BellMode): Promise<void> {
  const mine = generation;
  const attempt = (changing.get(sessionId) ?? 0) + 1;
  changing.set(sessionId, attempt);
  asked.add(sessionId);
  set(sessionId, mode);
  const path = `/sessions/${encodeURIComponent(sessionId)}/subscription`;
  const answer = mode === 'off' ? await api.delete<void>(path) : await api.put<void>(path, { mode });
  if (mine !== generation || changing.get(sessionId) !== attempt) return;
  changing.delete(sessionId);
  if (answer.ok) return;
  set(sessionId, before);
  toast(texts.session.ringFailed, {
    label: texts.common.retry,
    run: () => void setSubscription(sessionId, mode, before),
  });
}

function set(sessionId: string, mode: BellMode): void {
  subscriptions.value = new Map(subscriptions.peek()).set(sessionId, mode);
}

export function forgetSubscriptions(): void {
  generation++;
  asked.clear();
  wanted.clear();
  changing.clear();
  subscriptions.value = new Map();
}

whenPersonLeaves(forgetSubscriptions);

/** After a gap: another tab or device may have changed any of them. */
export function askAgainForSubscriptions(): void {
  askAgain([...subscriptions.peek().keys()]);
}

function askAgain(ids: readonly string[]): void {
  for (const id of ids) {
    asked.delete(id);
    wantSubscription(id);
  }
}
