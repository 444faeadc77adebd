import { expect, it } from 'vitest';
import type { Change, Notification } from '../shell/wire.ts';
import { Rings, ringOf } from './rings.ts';

const row = (id: string, rangSeq: number) => ({ id, seq: rangSeq, rangSeq }) as Notification;
const change = (seq: number, type: string, notification?: Notification) =>
  ({ seq, type, payload: { notification } }) as unknown as Change;

it('hears a new row and one that rings again, and nothing else', () => {
  const rings = new Rings();
  expect(rings.hear(change(1, 'notification_created', row('a', 1)))?.id).toBe('a');
  expect(rings.hear(change(2, 'notification_updated', row('a', 1)))).toBeNull();
  expect(rings.hear(change(3, 'notification_rang', row('a', 3)))?.id).toBe('a');
  expect(rings.hear(change(4, 'notification_resolved', row('a', 3)))).toBeNull();
  expect(rings.hear(change(5, 'session_updated', row('b', 5)))).toBeNull();
  expect(rings.hear(change(6, 'notification_rang'))).toBeNull();
});

it('hears each ring once, in whatever order it comes again', () => {
  const rings = new Rings();
  rings.hear(change(1, 'notification_created', row('a', 1)));
  rings.hear(change(3, 'notification_rang', row('a', 3)));
  expect(rings.hear(change(3, 'notification_rang', row('a', 3)))).toBeNull();
  expect(rings.hear(change(1, 'notification_created', row('a', 1)))).toBeNull();
  expect(rings.hear(change(4, 'notification_created', row('b', 4)))?.id).toBe('b');
});

it('hears what an earlier version wrote, which had no rangSeq', () => {
  const rings = new Rings();
  const old = { id: 'a', seq: 7 } as Notification;
  expect(rings.hear(change(7, 'notification_created', old))?.id).toBe('a');
  expect(rings.hear(change(7, 'notification_created', old))).toBeNull();
});

it('names a ring by row and place', () => {
  expect(ringOf(row('a', 3))).not.toBe(ringOf(row('a', 1)));
});
