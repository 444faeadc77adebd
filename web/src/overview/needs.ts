import { isBusy, needsPerson } from '../shell/activity.tsx';
import { isToday } from '../shell/time.ts';
import type { Notification, Session } from '../shell/wire.ts';

/** One thing that waits for the person: a session that stands still, an open notification, or both together. */
export interface Need {
  key: string;
  session: Session | null;
  notification: Notification | null;
  since: string;
}

/** What kind of answer a need asks for, in the order in which they are shown. */
export const needKinds = ['decision', 'question', 'failed', 'review', 'other', 'stuck'] as const;
export type NeedKind = (typeof needKinds)[number];

/**
 * What needs this person, longest waiting last: their own sessions that wait, and what they were told of. A session and the
 * notification about it are one need, not two.
 */
export function needsOf(
  sessions: readonly Session[],
  notifications: readonly Notification[],
  isMine: (session: Session) => boolean,
): Need[] {
  const open = notifications.filter(
    ({ event, resolvedAt }) => resolvedAt === null && (event.priority === 'urgent' || event.priority === 'action'),
  );
  const needs: Need[] = [];
  for (const session of sessions) {
    if (!needsPerson(session.activity)) continue;
    const about = aboutOf(session, open);
    if (about !== undefined || isMine(session))
      needs.push({ key: session.id, session, notification: about ?? null, since: session.updatedAt });
  }
  const told = new Set(needs.map(need => need.notification?.id));
  for (const notification of open) {
    if (told.has(notification.id)) continue;
    needs.push({ key: notification.id, session: null, notification, since: notification.event.timestamp });
  }
  return needs.sort((one, other) => loudness(other) - loudness(one) || other.since.localeCompare(one.since));
}

/** Sessions that wait for somebody else, and that nobody told this person of. */
export function othersNeedsOf(
  sessions: readonly Session[],
  notifications: readonly Notification[],
  isMine: (session: Session) => boolean,
): Session[] {
  const mine = new Set(needsOf(sessions, notifications, isMine).map(({ key }) => key));
  return sessions.filter(session => needsPerson(session.activity) && !mine.has(session.id));
}

export function kindOf({ session, notification }: Need): NeedKind {
  if (session?.activity === 'blocked') return 'decision';
  if (session?.activity === 'waiting_input') return 'question';
  if (session?.activity === 'stuck') return 'stuck';
  if (notification?.event.data.subject?.pullRequest != null) return 'review';
  return notification?.event.type === 'session.exited' ? 'failed' : 'other';
}

/** Each kind that there is, with its needs. */
export function byKind(needs: readonly Need[]): { kind: NeedKind; needs: Need[] }[] {
  return needKinds
    .map(kind => ({ kind, needs: needs.filter(need => kindOf(need) === kind) }))
    .filter(group => group.needs.length > 0);
}

// Of the notifications about a session, the one that rang for what it waits for now.
function aboutOf(session: Session, open: readonly Notification[]): Notification | undefined {
  const about = open.filter(({ event }) => event.sessionId === session.id && event.data.subject?.pullRequest == null);
  return about.find(({ event }) => event.priority === 'urgent') ?? about[0];
}

function loudness(need: Need): number {
  return need.session !== null || need.notification?.event.priority === 'urgent' ? 1 : 0;
}

export function workingOf(sessions: readonly Session[]): Session[] {
  return sessions.filter(session => isBusy(session.activity) && session.queuePosition === null);
}

/** What waits for a free place to run, the next one first. */
export function queuedOf(sessions: readonly Session[]): Session[] {
  return sessions
    .filter(({ queuePosition }) => queuePosition !== null)
    .sort((one, other) => (one.queuePosition ?? 0) - (other.queuePosition ?? 0));
}

export function finishedToday(sessions: readonly Session[], at: number): Session[] {
  return sessions.filter(
    ({ activity, updatedAt }) =>
      (activity === 'idle' || activity === 'exited' || activity === 'killed') && isToday(updatedAt, at),
  );
}
