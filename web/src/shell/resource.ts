import { batch, type ReadonlySignal, signal } from '@preact/signals';
import type { Answer } from './api.ts';
import { whenPersonLeaves } from './leaving.ts';
import type { Loading } from './live.ts';
import { reconnectPause } from './stream/reconnect.ts';

export interface Resource<T> {
  /** What was read last, also while it is read again or cannot be; null before. */
  readonly value: ReadonlySignal<T | null>;
  readonly loading: ReadonlySignal<Loading>;
  /** Reads it, or reads it anew. */
  read(): Promise<void>;
}

/** What is read from the server for the person who is signed in. A failure is shown where it is needed, and tried again. */
export function resource<T>(ask: () => Promise<Answer<T>>): Resource<T> {
  const value = signal<T | null>(null);
  const loading = signal<Loading>({ state: 'loading' });
  let round = 0;
  let failures = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;

  async function attempt(): Promise<void> {
    // The newest wins: an older answer may lack what the newer was asked for.
    const mine = ++round;
    clearTimeout(retry);
    const answer = await ask();
    if (mine !== round) return;
    if (answer.ok) {
      failures = 0;
      batch(() => {
        value.value = answer.value;
        loading.value = { state: 'ready' };
      });
      return;
    }
    loading.value = { state: 'failed', problem: answer.problem };
    if (answer.problem.status !== 401) retry = setTimeout(attempt, reconnectPause(++failures));
  }

  whenPersonLeaves(() => {
    round++;
    failures = 0;
    clearTimeout(retry);
    value.value = null;
    loading.value = { state: 'loading' };
  });

  return {
    value,
    loading,
    read() {
      if (loading.peek().state === 'failed') loading.value = { state: 'loading' };
      return attempt();
    },
  };
}
