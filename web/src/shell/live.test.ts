import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Answer } from './api.ts';
import { keepLive } from './live.ts';
import type { Change } from './wire.ts';

interface Snapshot {
  headSeq: number;
}

const change = (seq: number): Change => ({
  seq,
  type: 'x',
  projectId: null,
  sessionId: null,
  payload: {},
  createdAt: '',
});
const failure: Answer<Snapshot> = {
  ok: false,
  problem: { status: 0, code: 'UNREACHABLE', title: '', detail: null, retryAfterSeconds: null },
};

function setUp() {
  const told: string[] = [];
  const asked: ((answer: Answer<Snapshot>) => void)[] = [];
  const live = keepLive<Snapshot>({
    read: () => new Promise(resolve => asked.push(resolve)),
    replace: ({ headSeq }) => told.push(`snapshot ${headSeq}`),
    apply: ({ seq }) => told.push(`change ${seq}`),
  });
  return { told, live, answer: (answer: Answer<Snapshot>) => asked.shift()?.(answer) };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('applies exactly what the snapshot does not contain', async () => {
  const { told, live, answer } = setUp();
  const reading = live.reload();
  for (const seq of [4, 5, 6, 7]) live.accept(change(seq));
  answer({ ok: true, value: { headSeq: 5 } });
  expect(await reading).toBe(5);
  live.accept(change(5));
  live.accept(change(8));
  expect(told).toEqual(['snapshot 5', 'change 6', 'change 7', 'change 8']);
});

it('starts over when a newer snapshot is asked for while one is under way', async () => {
  const { told, live, answer } = setUp();
  const first = live.reload();
  const second = live.reload();
  answer({ ok: true, value: { headSeq: 3 } });
  answer({ ok: true, value: { headSeq: 9 } });
  expect(await first).toBeNull();
  expect(await second).toBe(9);
  expect(told).toEqual(['snapshot 9']);
});

it('says why it failed until it succeeds, ignores the log meanwhile and tries again by itself', async () => {
  const { told, live, answer } = setUp();
  const reading = live.reload();
  answer(failure);
  expect(await reading).toBeNull();
  expect(live.loading.value.state).toBe('failed');
  live.accept(change(4));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(live.loading.value.state).toBe('failed');
  live.accept(change(8));
  answer({ ok: true, value: { headSeq: 7 } });
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual(['snapshot 7', 'change 8']);
  expect(live.loading.value.state).toBe('ready');
});
