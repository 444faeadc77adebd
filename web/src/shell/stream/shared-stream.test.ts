// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openSharedStream, type SharedStream } from './shared-stream.ts';

type Request = (name: string, options: LockOptions, work: () => Promise<void>) => Promise<unknown>;

let asked: LockOptions[];
let reads: AbortSignal[];
let stream: SharedStream;

beforeEach(() => {
  asked = [];
  reads = [];
  vi.useFakeTimers();
  vi.stubGlobal('fetch', (_address: string, { signal }: { signal: AbortSignal }) => {
    reads.push(signal);
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
});

afterEach(() => {
  stream.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function open(request: Request): void {
  vi.stubGlobal('navigator', {
    onLine: true,
    locks: {
      request(name: string, options: LockOptions, work: () => Promise<void>) {
        asked.push(options);
        // A page that asks without a pause would never give the test its turn again.
        return asked.length < 1_000 ? request(name, options, work) : new Promise(() => {});
      },
    },
  });
  stream = openSharedStream({
    personId: 'ada',
    topics: 'notifications',
    readSnapshots: async () => 7,
    changed() {},
    gap() {},
    connection() {},
    signInEnded() {},
  });
}

const aborted = () => Promise.reject(new DOMException('The document is going away', 'AbortError'));

it('pauses before it asks again for a lock that is always refused', async () => {
  open(aborted);
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(asked.length).toBeGreaterThan(20);
  expect(asked.length).toBeLessThan(60);
  expect(reads).toEqual([]);
});

it('asks no more once it is closed', async () => {
  open(aborted);
  await vi.advanceTimersByTimeAsync(0);
  stream.close();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(asked).toHaveLength(1);
});

it('reads for this tab alone where no lock can be had', async () => {
  open(() => Promise.reject(new DOMException('Not here', 'SecurityError')));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(asked).toHaveLength(1);
  expect(reads).toHaveLength(1);
  expect(reads[0]?.aborted).toBe(false);
});

it('stops reading when another tab takes the lead, and queues behind it', async () => {
  let take = () => {};
  open((_name, { signal }, work) => {
    if (asked.length > 1) return new Promise(() => {});
    void work();
    return new Promise((_, reject) => {
      take = () => reject(new DOMException('Stolen', 'AbortError'));
      signal?.addEventListener('abort', take);
    });
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(reads[0]?.aborted).toBe(false);
  take();
  await vi.advanceTimersByTimeAsync(0);
  expect(reads[0]?.aborted).toBe(true);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toHaveLength(2);
  expect(reads).toHaveLength(1);
});
