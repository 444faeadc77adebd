// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Notification } from '../shell/wire.ts';
import { emptyInbox, fromSnapshot, isUnread, withPending } from './inbox.ts';
import { inbox, rows } from './inbox-store.ts';
import { readByLooking } from './read-by-looking.tsx';

let isVisible: boolean;
let isFocused: boolean;
let isReachable: boolean;
let asked: string[][];
let stop: () => void;

beforeEach(() => {
  [isVisible, isFocused, isReachable, asked] = [true, true, true, []];
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => (isVisible ? 'visible' : 'hidden'));
  vi.spyOn(document, 'hasFocus').mockImplementation(() => isFocused);
  vi.stubGlobal('fetch', async (_address: string, options: RequestInit) => {
    asked.push((JSON.parse(String(options.body)) as { ids: string[] }).ids);
    if (!isReachable) throw new TypeError('Failed to fetch');
    return Response.json({ updated: 1 });
  });
  inbox.value = emptyInbox;
  stop = readByLooking('s1');
});

afterEach(() => {
  stop();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const row = (id: string, sessionId: string, more: Partial<Notification> = {}) =>
  ({
    seq: Number(id),
    rangSeq: Number(id),
    id,
    readAt: null,
    archivedAt: null,
    resolvedAt: null,
    event: { sessionId },
    ...more,
  }) as Notification;

function show(...notifications: Notification[]): void {
  const unhandledCount = notifications.filter(isUnread).length;
  inbox.value = fromSnapshot(inbox.peek(), {
    notifications,
    unreadCount: unhandledCount,
    unhandledCount,
    limit: 50,
    nextBeforeSeq: null,
    headSeq: 9,
  });
}

const answered = () => vi.waitFor(() => expect(inbox.value.pending).toEqual([]));

it('reads what is told of the session that is looked at, and of no other', async () => {
  show(row('3', 's1'), row('2', 's2'), row('1', 's1', { readAt: '2026-11-21T09:00:00.000Z' }));
  expect(asked).toEqual([['3']]);
  expect(rows.value.map(isUnread)).toEqual([false, true, false]);
  await answered();
  expect(rows.value.map(isUnread)).toEqual([false, true, false]);
  show(row('4', 's1'), ...rows.value);
  expect(asked).toEqual([['3'], ['4']]);
});

it('reads nothing while nobody looks, and catches up when they come back', () => {
  isVisible = false;
  show(row('1', 's1'));
  isVisible = true;
  isFocused = false;
  document.dispatchEvent(new Event('visibilitychange'));
  show(row('2', 's1'), row('1', 's1'));
  expect(asked).toEqual([]);
  expect(rows.value.every(isUnread)).toBe(true);
  isFocused = true;
  dispatchEvent(new Event('focus'));
  expect(asked).toEqual([['2', '1']]);
});

it('leaves unread what the person marks unread afterwards, until it rings again', async () => {
  show(row('1', 's1'));
  await answered();
  inbox.value = withPending(inbox.peek(), { key: -1, mark: { read: false }, ids: new Set(['1']) });
  dispatchEvent(new Event('focus'));
  expect(asked).toHaveLength(1);
  inbox.value = { ...inbox.peek(), pending: [] };
  show(row('1', 's1', { count: 2 }));
  expect(asked).toHaveLength(1);
  show(row('1', 's1', { rangSeq: 5, count: 3 }));
  expect(asked).toEqual([['1'], ['1']]);
});

it('takes it back when the server was not told, and tells it when the person comes back', async () => {
  isReachable = false;
  show(row('1', 's1'));
  await answered();
  expect(rows.value.map(isUnread)).toEqual([true]);
  expect(asked).toHaveLength(1);
  isReachable = true;
  dispatchEvent(new Event('focus'));
  await answered();
  expect(asked).toHaveLength(2);
  expect(rows.value.map(isUnread)).toEqual([false]);
});
