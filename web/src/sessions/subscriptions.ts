import { signal } from '@preact/signals';
import { api, query } from '../shell/api.ts';
import { whenPersonLeaves } from '../shell/leaving.ts';
import { texts } from '../shell/texts.ts';
import { toast } from '../shell/toast.tsx';
import type { SubscriptionStates } from '../shell/wire.ts';

/** Which sessions ring this person's bell, as far as it was asked. */
export const subscriptions = signal<ReadonlyMap<string, boolean>>(new Map());

const mostPerRequest = 100;
const asked = new Set<string>();
let wanted = new Set<string>();
let generation = 0;

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
    if (answer.ok) {
      // What was clicked meanwhile is newer.
      const known = Object.entries(answer.value.subscriptions).filter(([id]) => !changing.has(id));
      subscriptions.value = new Map([...subscriptions.peek(), ...known]);
    } else {
      // A bell that is not known shows as off; the next time it is shown, it is asked about again.
      for (const id of ids) asked.delete(id);
      const off = ids.map(id => [id, false] as const);
      subscriptions.value = new Map([...off, ...subscriptions.peek()]);
    }
  }
}

const changing = new Map<string, number>();

/** Shown at once, and taken back if the server does not agree. */
export async function setSubscription(sessionId: string, on: boolean): Promise<void> {
  const mine = generation;
  const before = subscriptions.peek().get(sessionId) ?? false;
  const attempt = (changing.get(sessionId) ?? 0) + 1;
  changing.set(sessionId, attempt);
  set(sessionId, on);
  const path = `/sessions/${encodeURIComponent(sessionId)}/subscription`;
  const answer = on ? await api.put<void>(path) : await api.delete<void>(path);
  if (mine !== generation || changing.get(sessionId) !== attempt) return;
  changing.delete(sessionId);
  if (answer.ok) return;
  set(sessionId, before);
  toast(texts.session.ringFailed, { label: texts.common.retry, run: () => void setSubscription(sessionId, on) });
}

/** The server said so with something else. */
export function noteSubscription(sessionId: string, on: boolean): void {
  asked.add(sessionId);
  set(sessionId, on);
}

function set(sessionId: string, on: boolean): void {
  subscriptions.value = new Map(subscriptions.peek()).set(sessionId, on);
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
  asked.clear();
  for (const id of subscriptions.peek().keys()) wantSubscription(id);
}
