import { batch } from '@preact/signals';
import { type Answer, api, query } from '../shell/api.ts';
import { problemWords } from '../shell/problem-words.ts';
import { texts } from '../shell/texts.ts';
import { toast } from '../shell/toast.tsx';
import type { Notification, NotificationList, NotificationUpdate } from '../shell/wire.ts';
import { type Inbox, isUnread, type Mark, withAnswer, withConfirmed, withoutPending, withPending } from './inbox.ts';
import { inbox, reload, rows, unread } from './inbox-store.ts';

let keys = 0;
const lanes = new Map<string, Promise<unknown>>();

/** Changes of one row reach the server in the order in which the person made them. */
function inLane<T>(id: string, work: () => Promise<T>): Promise<T> {
  const before = lanes.get(id) ?? Promise.resolve();
  const mine = before.then(work);
  lanes.set(id, mine);
  void mine.finally(() => {
    if (lanes.get(id) === mine) lanes.delete(id);
  });
  return mine;
}

/** Asks the server to change a row; answers with what its answer makes of the inbox. */
function update(id: string, change: NotificationUpdate): Promise<Answer<(to: Inbox) => Inbox>> {
  return inLane(id, async () => {
    const asked = inbox.peek().rows.get(id);
    const answer = await api.patch<{ notification: Notification }>(`/notifications/${encodeURIComponent(id)}`, change);
    return answer.ok ? { ok: true, value: to => withAnswer(to, answer.value.notification, asked) } : answer;
  });
}

async function mark(id: string, change: Mark): Promise<void> {
  const key = ++keys;
  inbox.value = withPending(inbox.peek(), { key, mark: change, ids: new Set([id]) });
  const answer = await update(id, change);
  batch(() => {
    inbox.value = withoutPending(inbox.peek(), key);
    if (answer.ok) inbox.value = answer.value(inbox.peek());
  });
  if (!answer.ok && answer.problem.status !== 401) {
    const words = answer.problem.status === 0 ? texts.notifications.updateFailed : problemWords(answer.problem);
    toast(words, { label: texts.common.retry, run: () => void mark(id, change) });
    if (answer.problem.status === 404) void reload();
  }
}

export function markRead(notification: Notification, read = true): void {
  if ((notification.readAt !== null) !== read) void mark(notification.id, { read });
}

/** Puts a row away, and for a while offers to bring it back as it was. */
export function dismiss(notification: Notification): void {
  void mark(notification.id, { archived: true });
  // If it fails, the failure's own words take the place of this offer.
  toast(texts.notifications.dismissed, {
    label: texts.common.undo,
    run: () => void mark(notification.id, { archived: false }),
    back: () => document.querySelector<HTMLElement>(`.row[data-id="${CSS.escape(notification.id)}"] .row-open`),
  });
}

/** An action that ran on the server did this; the log will confirm it. */
export function settle(notification: Notification, change: Mark): void {
  const key = ++keys;
  batch(() => {
    inbox.value = withPending(inbox.peek(), { key, mark: change, ids: new Set([notification.id]) });
    inbox.value = withConfirmed(inbox.peek(), key, new Date().toISOString());
  });
}

/** The server takes back so many at once. */
const undoLimit = 500;

export async function markAllRead(projectId: string | null): Promise<void> {
  const shown = rows.peek().filter(row => projectId === null || row.event.projectId === projectId);
  const upToSeq = Math.max(0, ...rows.peek().map(row => row.seq));
  const known = shown.filter(isUnread).map(row => row.id);
  const key = ++keys;
  // The rows that were never loaded are marked too, so undoing needs their names. Asked before the change, or it is too late.
  const total = unread.peek();
  inbox.value = withPending(inbox.peek(), {
    key,
    mark: { read: true },
    ids: new Set(known),
    everything: projectId === null,
  });
  const { ids, all } =
    projectId === null && total <= known.length
      ? { ids: known, all: true }
      : await namesOfUnread(projectId, upToSeq, known);

  const answer = await api.post<{ updated: number }>('/notifications/read-all', {
    upToSeq,
    ...(projectId === null ? {} : { projectId }),
  });
  if (!answer.ok) {
    inbox.value = withoutPending(inbox.peek(), key);
    toast(`${texts.notifications.updateFailed} ${problemWords(answer.problem)}`, {
      label: texts.common.retry,
      run: () => void markAllRead(projectId),
    });
    return;
  }
  inbox.value = withConfirmed(inbox.peek(), key, new Date().toISOString());
  const { updated } = answer.value;
  if (updated === 0) return;
  // The server marked what was handled elsewhere too, which the person did not count among the unread.
  toast(texts.notifications.marked(all ? ids.length : updated), {
    label: all ? texts.common.undo : texts.notifications.undoFirst(ids.length),
    run: () => void markUnread(ids),
  });
}

async function namesOfUnread(
  projectId: string | null,
  upToSeq: number,
  known: string[],
): Promise<{ ids: string[]; all: boolean }> {
  const answer = await api.get<NotificationList>(
    `/notifications${query({ projectId, unreadOnly: true, unresolvedOnly: true, limit: undoLimit, beforeSeq: upToSeq + 1 })}`,
  );
  return answer.ok
    ? { ids: answer.value.notifications.map(row => row.id), all: answer.value.nextBeforeSeq === null }
    : { ids: known, all: false };
}

async function markUnread(ids: string[]): Promise<void> {
  const key = ++keys;
  inbox.value = withPending(inbox.peek(), { key, mark: { read: false }, ids: new Set(ids) });
  // One request: whoever goes elsewhere meanwhile loses none of them.
  const answer = await api.post<{ updated: number }>('/notifications/read-all', { ids, read: false });
  const next = answer.ok
    ? withConfirmed(inbox.peek(), key, new Date().toISOString())
    : withoutPending(inbox.peek(), key);
  inbox.value = { ...next, unreadDoubtful: true };
  if (!answer.ok) {
    toast(`${texts.notifications.updateFailed} ${problemWords(answer.problem)}`, {
      label: texts.common.retry,
      run: () => void markUnread(ids),
    });
  }
}

/** What the person has in front of them need not be offered to them: no undo, and no word if it does not work. */
export async function readNow(ids: string[]): Promise<boolean> {
  const key = ++keys;
  inbox.value = withPending(inbox.peek(), { key, mark: { read: true }, ids: new Set(ids) });
  const answer = await api.post<{ updated: number }>('/notifications/read-all', { ids });
  inbox.value = answer.ok
    ? withConfirmed(inbox.peek(), key, new Date().toISOString())
    : withoutPending(inbox.peek(), key);
  return answer.ok;
}

/** Tells the server what was on the screen in front of somebody: it then need not ring elsewhere. */
export async function acknowledgeSeen(ids: string[]): Promise<void> {
  await inTurns(ids, async id => {
    const answer = await update(id, { seen: true });
    if (answer.ok) inbox.value = answer.value(inbox.peek());
  });
}

/** A few at a time, so that a long list leaves connections for what the person does next. */
async function inTurns(ids: readonly string[], work: (id: string) => Promise<void>): Promise<void> {
  const queue = [...ids];
  const worker = async () => {
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) await work(id);
  };
  await Promise.all([worker(), worker(), worker()]);
}
