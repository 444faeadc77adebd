import { effect, signal } from '@preact/signals';
import type { Connection } from './event-stream.ts';

/** How the stream is, at this moment. */
export const connection = signal<Connection>('connecting');

/** What the person is told: nothing while it is live, and nothing about a loss that lasts less than two seconds. */
export const connectionNotice = signal<'reconnecting' | 'offline' | null>(null);

const worthSaying = 2_000;

let timer: ReturnType<typeof setTimeout> | undefined;

effect(() => {
  const state = connection.value;
  clearTimeout(timer);
  if (state === 'live') connectionNotice.value = null;
  else if (state === 'offline') connectionNotice.value = 'offline';
  else {
    timer = setTimeout(() => {
      connectionNotice.value = 'reconnecting';
    }, worthSaying);
  }
});
