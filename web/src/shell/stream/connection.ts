import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { whenPersonLeaves } from '../leaving.ts';
import type { Connection } from './event-stream.ts';

export type ConnectionNotice = 'connecting' | 'reconnecting' | 'offline' | null;

// A slow line takes its time to connect, and nothing has been lost by then.
const worthSaying = { connecting: 5_000, reconnecting: 2_000 };

/** What the person is told of a connection: nothing while it is live, and nothing about what lasts a moment only. */
export function noticeOf(connection: ReadonlySignal<Connection | 'closed'>): ReadonlySignal<ConnectionNotice> {
  const notice = signal<ConnectionNotice>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const state = connection.value;
    clearTimeout(timer);
    if (state === 'live' || state === 'closed') notice.value = null;
    else if (state === 'offline') notice.value = 'offline';
    else {
      timer = setTimeout(() => {
        notice.value = state;
      }, worthSaying[state]);
    }
  });
  return notice;
}

/** How the stream is, at this moment. */
export const connection = signal<Connection>('connecting');

whenPersonLeaves(() => {
  connection.value = 'connecting';
});

export const connectionNotice = noticeOf(connection);
