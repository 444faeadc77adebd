import { readProblem } from '../api.ts';
import type { Change, Hello } from '../wire.ts';
import { provenAfter, reconnectPause, staleAfter } from './reconnect.ts';
import { createSseParser, type SseEvent } from './sse-parser.ts';

/** A place in the change log. An epoch of null means that no stream was open yet, only a snapshot was read. */
export interface Position {
  seq: number;
  epoch: string | null;
}

export type Connection = 'connecting' | 'live' | 'reconnecting' | 'offline';

export interface StreamListener {
  changed(change: Change): void;
  /** Everything up to here was delivered. */
  moved(position: Position): void;
  /** Changes were lost, or the log is another one: read the snapshot again. */
  gap(position: Position): void;
  alive(): void;
  connection(state: Connection): void;
  signInEnded(): void;
}

export interface EventStream {
  /** The person is back: try now instead of later. After a change of network, what looks open is opened again too. */
  wake(networkChanged?: boolean): void;
  close(): void;
}

/** Reads `/events` for as long as it is open, and comes back by itself from wherever it was cut. */
export function openEventStream(topics: string, start: Position | null, listener: StreamListener): EventStream {
  let position = start;
  let closed = false;
  let everLive = false;
  let attempt = 0;
  let atOnce = false;
  let lastHeard = 0;
  let connected: AbortController | null = null;
  let endPause: (() => void) | null = null;

  void run();

  async function run(): Promise<void> {
    while (!closed) {
      const openedAt = Date.now();
      const atLeast = await connect();
      if (closed) return;
      listener.connection(navigator.onLine ? (everLive ? 'reconnecting' : 'connecting') : 'offline');
      const proven = lastHeard > openedAt && Date.now() - openedAt >= provenAfter;
      attempt = atOnce || proven ? 0 : attempt + 1;
      atOnce = false;
      await pause(Math.max(reconnectPause(attempt), atLeast));
    }
  }

  /** One connection, from request to loss. Answers how long the server wants to be left alone, at least. */
  async function connect(): Promise<number> {
    const control = new AbortController();
    connected = control;
    lastHeard = Date.now();
    const watch = setInterval(() => {
      if (Date.now() - lastHeard > staleAfter) control.abort();
    }, 5_000);
    try {
      const response = await fetch(address(), { signal: control.signal, headers: { accept: 'text/event-stream' } });
      if (response.status === 401) {
        closed = true;
        listener.signInEnded();
        return 0;
      }
      if (!response.ok || response.body === null) {
        const problem = await readProblem(response);
        // The position itself was refused: go on from now and have everything read again.
        if (response.status === 400 && position !== null) position = null;
        return (problem.retryAfterSeconds ?? 1) * 1_000;
      }
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      const parser = createSseParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done || closed) return 0;
        lastHeard = Date.now();
        for (const event of parser.feed(decoder.decode(value, { stream: true }))) receive(event);
      }
    } catch {
      // Cut off, stale or closed: the loop knows which and what to do.
      return 0;
    } finally {
      clearInterval(watch);
      control.abort();
      connected = null;
    }
  }

  function address(): string {
    const values = new URLSearchParams({ topics, heartbeat: 'event' });
    if (position !== null) {
      values.set('after', String(position.seq));
      if (position.epoch !== null) values.set('epoch', position.epoch);
    }
    return `/events?${values}`;
  }

  function receive(event: SseEvent): void {
    if (closed) return;
    listener.alive();
    if (event.event === 'hello') {
      greet(JSON.parse(event.data) as Hello);
    } else if (event.event === 'stream_error') {
      const { code } = JSON.parse(event.data) as { code: string };
      if (code === 'AUTH_EXPIRED') {
        closed = true;
        connected?.abort();
        listener.signInEnded();
      }
    } else if (event.id !== null && position !== null) {
      const seq = Number(event.id);
      if (!Number.isSafeInteger(seq) || seq <= position.seq) return;
      if (event.event !== 'cursor') listener.changed(JSON.parse(event.data) as Change);
      position = { seq, epoch: position.epoch };
      listener.moved(position);
    }
  }

  function greet(hello: Hello): void {
    const from = position;
    const otherLog = from !== null && from.epoch !== null && from.epoch !== hello.epoch;
    const lost = hello.resume === 'gap' || otherLog || (from === null && everLive);
    everLive = true;
    position = { seq: lost || from === null ? hello.head : from.seq, epoch: hello.epoch };
    listener.connection('live');
    if (lost) listener.gap(position);
    else listener.moved(position);
  }

  function pause(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(end, milliseconds);
      function end(): void {
        clearTimeout(timer);
        endPause = null;
        resolve();
      }
      endPause = end;
    });
  }

  return {
    wake(networkChanged = false) {
      if (endPause !== null) {
        attempt = 0;
        endPause();
      } else if (connected !== null && (networkChanged || Date.now() - lastHeard > staleAfter / 2)) {
        // The socket may look open for minutes after a sleep or on a network that is gone. One heartbeat is missing: do
        // not wait for a third.
        atOnce = true;
        connected.abort();
      }
    },
    close() {
      closed = true;
      connected?.abort();
      endPause?.();
    },
  };
}
