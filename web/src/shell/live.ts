import { type ReadonlySignal, signal } from '@preact/signals';
import type { Answer, Problem } from './api.ts';
import { reconnectPause } from './stream/reconnect.ts';
import type { Change } from './wire.ts';

export type Loading = { state: 'loading' } | { state: 'ready' } | { state: 'failed'; problem: Problem };

export interface LiveSource<S extends { headSeq: number }> {
  read(): Promise<Answer<S>>;
  replace(snapshot: S): void;
  apply(change: Change): void;
}

export interface Live {
  readonly loading: ReadonlySignal<Loading>;
  /** Reads the snapshot; answers with the log's head at that moment, or null when it could not be read. */
  reload(): Promise<number | null>;
  accept(change: Change): void;
  stop(): void;
}

/**
 * A snapshot and every change after it. Changes that arrive while a snapshot is being read wait for it, and those that it
 * already contains are dropped: no gap, no repeat.
 */
export function keepLive<S extends { headSeq: number }>(source: LiveSource<S>): Live {
  const loading = signal<Loading>({ state: 'loading' });
  let waiting: Change[] | null = null;
  let head: number | null = null;
  let round = 0;
  let failures = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;

  function reload(): Promise<number | null> {
    if (loading.value.state === 'failed') loading.value = { state: 'loading' };
    return read();
  }

  async function read(): Promise<number | null> {
    const mine = ++round;
    clearTimeout(retry);
    waiting = [];
    const answer = await source.read();
    if (mine !== round) return null;
    if (!answer.ok) {
      // What arrives now is dropped: the next attempt reads a snapshot that is newer than it.
      waiting = null;
      head = null;
      loading.value = { state: 'failed', problem: answer.problem };
      if (answer.problem.status !== 401) {
        // What went wrong stays on the screen until an attempt succeeds.
        retry = setTimeout(read, reconnectPause(++failures));
      }
      return null;
    }
    failures = 0;
    head = answer.value.headSeq;
    source.replace(answer.value);
    const late = waiting ?? [];
    waiting = null;
    for (const change of late) accept(change);
    loading.value = { state: 'ready' };
    return head;
  }

  function accept(change: Change): void {
    if (waiting !== null) waiting.push(change);
    else if (head !== null && change.seq > head) source.apply(change);
  }

  return {
    loading,
    reload,
    accept,
    stop() {
      round++;
      clearTimeout(retry);
      waiting = null;
      head = null;
      loading.value = { state: 'loading' };
    },
  };
}
