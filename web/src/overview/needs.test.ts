// @vitest-environment happy-dom
import { expect, it } from 'vitest';
import type { Activity, Notification, Priority, Session } from '../shell/wire.ts';
import { byKind, needsOf, othersNeedsOf, queuedOf, workingOf } from './needs.ts';

const session = (id: string, activity: Activity, updatedAt: string) =>
  ({ id, activity, updatedAt, queuePosition: null }) as Session;
const notification = (id: string, priority: Priority, sessionId: string | null, resolvedAt: string | null = null) =>
  ({ id, resolvedAt, event: { priority, sessionId, timestamp: '2026-11-21T09:00:00Z', data: {} } }) as Notification;
const all = () => true;
const none = () => false;

it('makes one need of a session and the notification about it', () => {
  const needs = needsOf([session('s1', 'waiting_input', '2026')], [notification('n1', 'urgent', 's1')], all);
  expect(needs).toHaveLength(1);
  expect(needs[0]).toMatchObject({ key: 's1', notification: { id: 'n1' } });
});

it('leaves out what goes on by itself, is resolved or only informs', () => {
  const sessions = [session('s1', 'working', '2026'), session('s2', 'idle', '2026')];
  const notifications = [
    notification('n1', 'info', null),
    notification('n2', 'urgent', null, '2026'),
    notification('n3', 'warning', null),
  ];
  expect(needsOf(sessions, notifications, all)).toEqual([]);
});

it('puts what is urgent before what can be done', () => {
  const keys = needsOf(
    [session('s1', 'stuck', '2025')],
    [notification('n1', 'action', null), notification('n2', 'urgent', null)],
    all,
  );
  expect(keys.map(({ key }) => key)).toEqual(['n2', 's1', 'n1']);
});

it('tells those that work from those that wait for a place', () => {
  const queued = (id: string, queuePosition: number) => ({ ...session(id, 'starting', '2026'), queuePosition });
  const sessions = [queued('s1', 2), session('s2', 'working', '2026'), queued('s3', 1), session('s4', 'idle', '2026')];
  expect(workingOf(sessions).map(({ id }) => id)).toEqual(['s2']);
  expect(queuedOf(sessions).map(({ id }) => id)).toEqual(['s3', 's1']);
});

it('takes what waits for somebody else for mine only when I was told of it', () => {
  const sessions = [session('s1', 'waiting_input', '2026'), session('s2', 'blocked', '2026')];
  const told = [notification('n1', 'action', 's1')];
  expect(needsOf(sessions, told, none)).toMatchObject([{ key: 's1', notification: { id: 'n1' } }]);
  expect(othersNeedsOf(sessions, told, none).map(({ id }) => id)).toEqual(['s2']);
  expect(othersNeedsOf(sessions, told, all)).toEqual([]);
});

it('puts decisions before questions, and what makes no progress last', () => {
  const sessions = [
    session('s1', 'stuck', '2026'),
    session('s2', 'waiting_input', '2026'),
    session('s3', 'blocked', '2026'),
  ];
  const groups = byKind(needsOf(sessions, [notification('n1', 'urgent', null)], all));
  expect(groups.map(({ kind, needs }) => [kind, needs.length])).toEqual([
    ['decision', 1],
    ['question', 1],
    ['other', 1],
    ['stuck', 1],
  ]);
});
