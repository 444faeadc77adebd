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

/** What needs the person, longest waiting last. A session and the notification about it are one need, not two. */
export function needsOf(sessions: readonly Session[], notifications: readonly Notification[]): Need[] {
  const open = notifications.filter(
    ({ event, resolvedAt }) => resolvedAt === null && (event.priority === 'urgent' || event.priority === 'action'),
  );
  const needs = sessions
    .filter(session => needsPerson(session.activity))
    .map((session): Need => {
      const about = open.find(({ event }) => event.sessionId === session.id && event.priority === 'urgent');
      return { key: session.id, session, notification: about ?? null, since: session.updatedAt };
    });
  const told = new Set(needs.map(need => need.notification?.id));
  for (const notification of open) {
    if (told.has(notification.id)) continue;
    needs.push({ key: notification.id, session: null, notification, since: notification.event.timestamp });
  }
  return needs.sort((one, other) => loudness(other) - loudness(one) || other.since.localeCompare(one.since));
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
