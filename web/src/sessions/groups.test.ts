// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import type { Activity, Session } from '../shell/wire.ts';
import { groupOf, hasWords, inGroups } from './groups.ts';

const session = (activity: Activity, more: Partial<Session> = {}) =>
  ({
    id: activity,
    title: 'Größe ändern',
    agent: 'demo',
    owner: 'ada',
    activity,
    queuePosition: null,
    ...more,
  }) as Session;

describe('the groups of sessions', () => {
  it.each<[Activity, Partial<Session>, boolean, string]>([
    ['waiting_input', {}, true, 'needs'],
    ['waiting_input', {}, false, 'others'],
    ['blocked', {}, true, 'needs'],
    ['stuck', {}, false, 'others'],
    ['starting', {}, true, 'working'],
    ['working', {}, false, 'working'],
    ['idle', { queuePosition: 2 }, true, 'working'],
    ['idle', {}, true, 'idle'],
    ['exited', {}, true, 'ended'],
    ['killed', {}, false, 'ended'],
  ])('%s %j, mine: %s, is %s', (activity, more, isMine, group) => {
    expect(groupOf(session(activity, more), isMine)).toBe(group);
  });

  it('come in one order, without those that are empty', () => {
    const all = [session('exited'), session('working'), session('blocked')];
    expect(inGroups(all, () => true).map(({ group }) => group)).toEqual(['needs', 'working', 'ended']);
  });

  it.each([
    ['größe', true],
    ['GRÖSSE', false],
    ['GRÖßE shop', true],
    ['ada demo', true],
    ['bob', false],
  ])('are found by "%s": %s', (words, found) => {
    expect(hasWords(session('idle'), words, 'Shop')).toBe(found);
  });
});
