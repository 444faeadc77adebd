// @vitest-environment happy-dom
import { expect, it } from 'vitest';
import type { Change, Session } from '../shell/wire.ts';
import { withSessionChange } from './session-store.ts';

const waiting = (id: string, queuePosition: number | null) => ({ id, queuePosition }) as Session;
const moved = (behind: number, by: number) =>
  ({ seq: 1, type: 'queue_moved', payload: { behind, by } }) as unknown as Change;
const places = (sessions: ReadonlyMap<string, Session>) => [...sessions.values()].map(one => one.queuePosition);

it('those behind a place in the line move, and nobody else', () => {
  const line = new Map(
    [waiting('a', null), waiting('b', 1), waiting('c', 2), waiting('d', 3)].map(one => [one.id, one]),
  );
  const up = withSessionChange(line, moved(2, -1));
  expect(places(up)).toEqual([null, 1, 2, 2]);
  expect(places(withSessionChange(up, moved(0, 1)))).toEqual([null, 2, 3, 3]);
});
