// @vitest-environment happy-dom
import { expect, it } from 'vitest';
import type { Notification } from '../shell/wire.ts';
import { belongs, matchesSearch, partKey, rowsOf, unreadSoFar, type View } from './views.ts';

const row = (seq: number, projectId: string | null = null, readAt: string | null = null) =>
  ({
    seq,
    readAt,
    archivedAt: null,
    resolvedAt: null,
    event: { title: `Build ${seq}`, message: 'Failed', type: 'build.failed', projectId, sessionId: null, data: {} },
  }) as unknown as Notification;

const view = (nextBeforeSeq: number | null): View => ({ nextBeforeSeq, loading: false, problem: null });
const rows = [row(9), row(8, 'ao'), row(5, 'ao', 'read'), row(2, 'ao')];
const seqs = (found: Notification[]) => found.map(({ seq }) => seq);

it('shows a part only down to where that part was loaded', () => {
  const views = { [partKey({})]: view(8), [partKey({ projectId: 'ao' })]: view(5) };
  expect(seqs(rowsOf({}, views, rows))).toEqual([9, 8]);
  expect(seqs(rowsOf({ projectId: 'ao' }, views, rows))).toEqual([8, 5]);
});

it('shows what the whole inbox knows of a part until its own page is there', () => {
  const views = { [partKey({})]: view(5), [partKey({ unreadOnly: true })]: view(unreadSoFar) };
  expect(seqs(rowsOf({ unreadOnly: true }, views, rows))).toEqual([9, 8]);
  expect(seqs(rowsOf({ projectId: 'ao' }, views, rows))).toEqual([8, 5]);
});

it('shows everything once there is nothing older', () => {
  expect(seqs(rowsOf({}, { [partKey({})]: view(null) }, rows))).toEqual([9, 8, 5, 2]);
});

it('tells parts apart', () => {
  expect(belongs({ unreadOnly: true }, row(1, null, 'read'))).toBe(false);
  expect(belongs({ projectId: 'ao' }, row(1))).toBe(false);
  expect(belongs({ sessionId: 's' }, row(1))).toBe(false);
  expect(belongs({ unresolvedOnly: true }, row(1))).toBe(true);
});

it('finds all words, wherever they stand', () => {
  expect(matchesSearch(row(9), 'failed BUILD')).toBe(true);
  expect(matchesSearch(row(9), 'build passed')).toBe(false);
});
