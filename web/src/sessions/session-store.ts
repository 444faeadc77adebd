import { computed, signal } from '@preact/signals';
import { isBusy } from '../shell/activity.tsx';
import { api, query } from '../shell/api.ts';
import { whenPersonLeaves } from '../shell/leaving.ts';
import { keepLive } from '../shell/live.ts';
import { noticeProject } from '../shell/projects.ts';
import type { Activity, Change, Session, SessionList } from '../shell/wire.ts';

const pageSize = 200;

const known = signal<ReadonlyMap<string, Session>>(new Map());

const all = computed(() =>
  [...known.value.values()].sort((one, other) => other.updatedAt.localeCompare(one.updatedAt)),
);

/** The sessions that this person sees, most recently changed first. Those that were put away are not listed. */
export const sessions = computed(() => all.value.filter(({ archivedAt }) => archivedAt === null));

/** Those that were put away, as far as they were asked for. */
export const archivedSessions = computed(() => all.value.filter(({ archivedAt }) => archivedAt !== null));

/** Where the sessions begin that the snapshot left out, or null if it has all of them. */
export const earlierThanKnown = signal<string | null>(null);

const live = keepLive<SessionList>({
  read: () => api.get<SessionList>(`/sessions${query({ limit: pageSize })}`),
  replace(list) {
    known.value = new Map(list.sessions.map(session => [session.id, session]));
    earlierThanKnown.value = list.nextBefore;
  },
  apply(change) {
    noticeBusy(known.peek(), change);
    known.value = withSessionChange(known.peek(), change);
    noticeProject(change.projectId);
  },
});

export const { loading, reload, accept } = live;

export function withSessionChange(before: ReadonlyMap<string, Session>, change: Change): ReadonlyMap<string, Session> {
  if (change.type === 'queue_moved') return withQueueMove(before, change.payload as QueueMove);
  if (change.type === 'session_deleted') return without(before, change.sessionId);
  if (change.type !== 'session_updated') return before;
  const { session } = change.payload as { session?: Session };
  return session === undefined ? before : new Map(before).set(session.id, session);
}

function without(before: ReadonlyMap<string, Session>, id: string | null): ReadonlyMap<string, Session> {
  if (id === null || !before.has(id)) return before;
  const after = new Map(before);
  after.delete(id);
  return after;
}

interface QueueMove {
  behind: number;
  by: number;
}

/** A session left the line of those that wait, or joined it: those behind it have another place. */
function withQueueMove(before: ReadonlyMap<string, Session>, move: QueueMove): ReadonlyMap<string, Session> {
  const after = new Map(before);
  for (const session of before.values()) {
    if (session.queuePosition !== null && session.queuePosition > move.behind)
      after.set(session.id, { ...session, queuePosition: session.queuePosition + move.by });
  }
  return after;
}

const busySince = new Map<string, string>();

/**
 * Since when an agent has been at it. A session's own time moves on with each report; this page remembers the first one
 * that it saw.
 */
export function workingSince(session: Session): string {
  return busySince.get(session.id) ?? session.updatedAt;
}

function noticeBusy(before: ReadonlyMap<string, Session>, change: Change): void {
  const { session } = change.payload as { session?: Session };
  if (change.type !== 'session_updated' || session === undefined) return;
  const was = before.get(session.id);
  if (!isBusy(session.activity)) busySince.delete(session.id);
  else if (was === undefined || !isBusy(was.activity) || was.queuePosition !== null)
    busySince.set(session.id, session.updatedAt);
  else if (!busySince.has(session.id)) busySince.set(session.id, was.updatedAt);
}

/** Sessions that were read apart from the snapshot: older than it, or opened by their address. */
export function addSessions(more: Session[]): void {
  const next = new Map(known.peek());
  for (const session of more) {
    const have = next.get(session.id);
    if (have === undefined || have.updatedAt < session.updatedAt) next.set(session.id, session);
  }
  known.value = next;
}

/** What the server answered to a change, which is newer than whatever is known. */
export function replaceSession(session: Session): void {
  known.value = new Map(known.peek()).set(session.id, session);
}

/** The server deleted it, and will say so to everybody. */
export function forgetSession(id: string): void {
  known.value = without(known.peek(), id);
}

export function findSession(id: string): Session | undefined {
  return known.value.get(id);
}

export function childrenOf(id: string): Session[] {
  return sessions.value.filter(session => session.parentSessionId === id);
}

export function forgetSessions(): void {
  live.stop();
  busySince.clear();
  known.value = new Map();
  earlierThanKnown.value = null;
}

whenPersonLeaves(forgetSessions);

const over = new Set<Activity>(['exited', 'killed']);

/** True while there is an agent that could still do something. */
export function isLive(session: Session): boolean {
  return !over.has(session.activity);
}
