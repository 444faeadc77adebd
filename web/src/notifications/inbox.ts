import type { Change, Notification, NotificationList } from '../shell/wire.ts';

// The inbox as pure values. What the server said (`rows`, `unread`) and what the person just did but the server has not
// confirmed (`pending`) are kept apart: a failed change is taken back by forgetting it, whatever arrived meanwhile.

export interface Row {
  notification: Notification;
  /** The log's head that this row reflects: an older change must not turn it back. */
  asOf: number;
}

export interface Mark {
  read?: boolean;
  archived?: boolean;
}

export interface Pending {
  key: number;
  mark: Mark;
  ids: ReadonlySet<string>;
  /** Also covers rows that were never loaded, so that the count cannot be told from the known rows alone. */
  everything?: boolean;
  /** Where the rows had rung last when the person did it: a row that rings afterwards is not meant. */
  rang?: ReadonlyMap<string, number>;
}

export interface Inbox {
  rows: ReadonlyMap<string, Row>;
  unread: number;
  /** The log's head that `unread` reflects. */
  unreadAsOf: number;
  /** Something unread changed that is not known here: ask the server for the count. */
  unreadDoubtful: boolean;
  pending: readonly Pending[];
}

export const emptyInbox: Inbox = {
  rows: new Map(),
  unread: 0,
  unreadAsOf: 0,
  unreadDoubtful: false,
  pending: [],
};

/** Whether it still asks for the person: what was handled elsewhere needs no click to leave the badge. */
export function isUnread({ readAt, archivedAt, resolvedAt }: Notification): boolean {
  return readAt === null && archivedAt === null && resolvedAt === null;
}

/** Starts again from a snapshot of the whole inbox. */
export function fromSnapshot(inbox: Inbox, list: NotificationList): Inbox {
  return {
    rows: new Map(list.notifications.map(notification => [notification.id, { notification, asOf: list.headSeq }])),
    unread: list.unhandledCount,
    unreadAsOf: list.headSeq,
    unreadDoubtful: false,
    pending: inbox.pending,
  };
}

/** Adds a further page, possibly of a part of the inbox only. */
export function withPage(inbox: Inbox, list: NotificationList): Inbox {
  const rows = new Map(inbox.rows);
  let doubtful = inbox.unreadDoubtful;
  for (const notification of list.notifications) {
    const known = rows.get(notification.id);
    if (known !== undefined && known.asOf > list.headSeq) continue;
    // The page is ahead of the stream here. The change itself will be skipped for this row, so its part of the count too.
    if (
      known === undefined
        ? list.headSeq > inbox.unreadAsOf && isUnread(notification) && notification.seq > inbox.unreadAsOf
        : isUnread(known.notification) !== isUnread(notification)
    )
      doubtful = true;
    rows.set(notification.id, { notification, asOf: list.headSeq });
  }
  return { ...inbox, rows, unreadDoubtful: doubtful };
}

export function withCount(inbox: Inbox, unread: number, asOf: number): Inbox {
  return asOf < inbox.unreadAsOf ? inbox : { ...inbox, unread, unreadAsOf: asOf, unreadDoubtful: false };
}

/** Applies one change of the log. Changes of other things, and of shapes that are not known here, change nothing. */
export function withChange(inbox: Inbox, change: Change): Inbox {
  if (change.type === 'session_deleted') return withoutSession(inbox, change);
  if (!change.type.startsWith('notification_')) return inbox;
  const { notification } = change.payload as { notification?: Notification };
  if (notification === undefined) return inbox;

  const known = inbox.rows.get(notification.id);
  if (known !== undefined && known.asOf >= change.seq) return inbox;
  const rows = new Map(inbox.rows);
  rows.set(notification.id, { notification, asOf: change.seq });
  if (change.seq <= inbox.unreadAsOf) return { ...inbox, rows };

  const before = known === undefined ? 0 : Number(isUnread(known.notification));
  const after = Number(isUnread(notification));
  // Of a row that was never loaded nobody here knows whether it was counted.
  const doubtful = known === undefined && change.type !== 'notification_created';
  return {
    ...inbox,
    rows,
    unread: doubtful ? inbox.unread : Math.max(0, inbox.unread + after - before),
    unreadAsOf: change.seq,
    unreadDoubtful: inbox.unreadDoubtful || doubtful,
  };
}

/** A session was deleted, and its alerts with it, also those that were never loaded. */
function withoutSession(inbox: Inbox, { seq, projectId, sessionId }: Change): Inbox {
  const rows = new Map(inbox.rows);
  let counted = 0;
  for (const [id, { notification, asOf }] of inbox.rows) {
    const { event } = notification;
    if (event.sessionId !== sessionId || event.projectId !== projectId || asOf >= seq) continue;
    rows.delete(id);
    counted += Number(isUnread(notification));
  }
  if (seq <= inbox.unreadAsOf) return { ...inbox, rows };
  return { ...inbox, rows, unread: Math.max(0, inbox.unread - counted), unreadAsOf: seq, unreadDoubtful: true };
}

/**
 * The server answered a change of one row with its new state; the log will say the same, and then nothing moves. The log may
 * have been faster, even with what happened to the row after this answer was written: what moved since `asked`, the row as it
 * was known when the request left, stays as it is.
 */
export function withAnswer(inbox: Inbox, answer: Notification, asked: Row | undefined): Inbox {
  const known = inbox.rows.get(answer.id);
  // It was written before the row was called again.
  if (known !== undefined && answer.seq < known.notification.seq) return inbox;
  const notification =
    known === undefined || asked === undefined || known === asked ? answer : merged(asked.notification, known, answer);
  const rows = new Map(inbox.rows);
  rows.set(notification.id, { notification, asOf: known?.asOf ?? 0 });
  const before = known === undefined ? Number(isUnread(notification)) : Number(isUnread(known.notification));
  return { ...inbox, rows, unread: Math.max(0, inbox.unread + Number(isUnread(notification)) - before) };
}

function merged(asked: Notification, { notification: known }: Row, answer: Notification): Notification {
  const pick = (mark: 'seenAt' | 'readAt' | 'archivedAt') => (known[mark] === asked[mark] ? answer[mark] : known[mark]);
  return { ...known, seenAt: pick('seenAt'), readAt: pick('readAt'), archivedAt: pick('archivedAt') };
}

export function withPending(inbox: Inbox, pending: Pending): Inbox {
  const rang = new Map<string, number>();
  for (const id of pending.ids) {
    const row = inbox.rows.get(id);
    if (row !== undefined) rang.set(id, row.notification.rangSeq);
  }
  return { ...inbox, pending: [...inbox.pending, { ...pending, rang }] };
}

function isMeant(pending: Pending, { id, rangSeq }: Notification): boolean {
  return pending.ids.has(id) && !(rangSeq > (pending.rang?.get(id) ?? rangSeq));
}

export function withoutPending(inbox: Inbox, key: number): Inbox {
  return { ...inbox, pending: inbox.pending.filter(pending => pending.key !== key) };
}

/** A pending change that the server confirmed without sending the rows. */
export function withConfirmed(inbox: Inbox, key: number, at: string): Inbox {
  const confirmed = inbox.pending.find(pending => pending.key === key);
  let next = withoutPending(inbox, key);
  if (confirmed === undefined) return next;
  for (const id of confirmed.ids) {
    const row = next.rows.get(id);
    if (row !== undefined && isMeant(confirmed, row.notification))
      next = withAnswer(next, marked(row.notification, confirmed.mark, at), row);
  }
  return confirmed.everything ? { ...next, unread: knownUnread(next), unreadDoubtful: true } : next;
}

/** The rows as the person sees them: with what is pending, without what is put away, newest first. */
export function shownRows(inbox: Inbox): Notification[] {
  const shown: Notification[] = [];
  for (const { notification } of inbox.rows.values()) {
    const seen = withMarks(inbox, notification);
    if (seen.archivedAt === null) shown.push(seen);
  }
  return shown.sort((one, other) => other.seq - one.seq);
}

export function shownUnread(inbox: Inbox): number {
  if (inbox.pending.length === 0) return inbox.unread;
  if (inbox.pending.some(pending => pending.everything)) {
    return shownRows(inbox).filter(isUnread).length;
  }
  let unread = inbox.unread;
  for (const id of new Set(inbox.pending.flatMap(pending => [...pending.ids]))) {
    const row = inbox.rows.get(id);
    if (row === undefined) continue;
    unread += Number(isUnread(withMarks(inbox, row.notification))) - Number(isUnread(row.notification));
  }
  return Math.max(0, unread);
}

function knownUnread(inbox: Inbox): number {
  let count = 0;
  for (const { notification } of inbox.rows.values()) count += Number(isUnread(notification));
  return count;
}

function withMarks(inbox: Inbox, notification: Notification): Notification {
  let seen = notification;
  for (const pending of inbox.pending) {
    if (isMeant(pending, notification)) seen = marked(seen, pending.mark, notification.receivedAt);
  }
  return seen;
}

function marked(notification: Notification, mark: Mark, at: string): Notification {
  return {
    ...notification,
    readAt: mark.read === undefined ? notification.readAt : mark.read ? (notification.readAt ?? at) : null,
    archivedAt:
      mark.archived === undefined ? notification.archivedAt : mark.archived ? (notification.archivedAt ?? at) : null,
  };
}
