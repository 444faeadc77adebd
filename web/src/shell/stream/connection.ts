import { effect, type ReadonlySignal, signal } from '@preact/signals';
import type { Connection } from './event-stream.ts';

export type ConnectionNotice = 'reconnecting' | 'offline' | null;

const worthSaying = 2_000;

/** What the person is told of a connection: nothing while it is live, and nothing about a loss that lasts less than two seconds. */
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
        notice.value = 'reconnecting';
      }, worthSaying);
    }
  });
  return notice;
}

/** How the stream is, at this moment. */
export const connection = signal<Connection>('connecting');

export const connectionNotice = noticeOf(connection);
