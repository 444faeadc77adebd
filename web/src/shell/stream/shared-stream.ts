import { type LockEnd, withLock } from '../locks.ts';
import { randomId } from '../random-id.ts';
import type { Change } from '../wire.ts';
import { type Connection, type EventStream, openEventStream, type Position } from './event-stream.ts';
import { reconnectPause, staleAfter } from './reconnect.ts';

type News =
  | { kind: 'leads' }
  | { kind: 'change'; change: Change }
  | { kind: 'moved' }
  | { kind: 'alive' }
  | { kind: 'gap' }
  | { kind: 'signInEnded' };

/** What the leading tab tells the others. `count` has no holes; who sees one has missed something. */
interface FromLeader {
  leader: string;
  count: number;
  position: Position | null;
  connection: Connection;
  news: News;
}

type Message = FromLeader | { ask: 'position' | 'wake' };

export interface SharedStreamOptions {
  personId: string;
  topics: string;
  /** Reads the first snapshots and answers with the earliest head among them. Called once this tab hears every change. */
  readSnapshots(): Promise<number | null>;
  changed(change: Change): void;
  gap(): void;
  connection(state: Connection): void;
  signInEnded(): void;
}

export interface SharedStream {
  /** The server answered something else: try now instead of later. */
  wake(): void;
  close(): void;
}

/**
 * One stream per browser: HTTP/1.1 gives an origin six connections, and a seventh tab would hang. The tab that holds a
 * Web Lock reads `/events` and repeats it to the others. When it goes, the next in line resumes from the last position
 * that it heard. Where there are no Web Locks (plain http on a network address) or none are granted, every tab reads for
 * itself.
 */
export function openSharedStream(options: SharedStreamOptions): SharedStream {
  // A tab of an older page may follow other topics: tabs share with their like.
  const name = `carillon-events-${options.personId}-${options.topics}`;
  const me = randomId(8);
  const shared = 'locks' in navigator && 'BroadcastChannel' in globalThis;
  let channel = shared ? new BroadcastChannel(name) : null;
  const ended = new AbortController();

  let position: Position | null = null;
  let connection: Connection = 'connecting';
  let stream: EventStream | null = null;
  let count = 0;
  let followed: { leader: string; count: number } | null = null;
  let lastHeard = Date.now();

  if (channel !== null) {
    channel.onmessage = (event: MessageEvent<Message>) => hear(event.data);
    channel.postMessage({ ask: 'position' } satisfies Message);
  }
  const firstHead = options.readSnapshots();
  if (channel === null) void lead(ended.signal);
  else void queueToLead();

  const watch = setInterval(watchLeader, 5_000);
  const wakeUp = () => {
    if (document.visibilityState !== 'visible') return;
    if (stream !== null) stream.wake();
    else channel?.postMessage({ ask: 'wake' } satisfies Message);
  };
  // Every tab hears this one by itself.
  const cameOnline = () => stream?.wake(true);
  const wentOffline = () => setConnection('offline');
  addEventListener('online', cameOnline);
  addEventListener('offline', wentOffline);
  document.addEventListener('visibilitychange', wakeUp);
  addEventListener('pageshow', returned);

  /** Waits for the lead, and queues again when it was lost, for as long as this stream is open. */
  async function queueToLead(): Promise<void> {
    let refusals = 0;
    while (!ended.signal.aborted) {
      const end = await takeLead({ signal: ended.signal }, () => {
        refusals = 0;
      });
      if (ended.signal.aborted) return;
      if (end === 'unavailable') {
        readAlone();
        return;
      }
      await new Promise(resolve => setTimeout(resolve, reconnectPause(++refusals)));
    }
  }

  /** Leads from when the lock is granted until it is lost or this stream is closed. */
  async function takeLead(how: LockOptions, granted?: () => void): Promise<LockEnd> {
    const term = new AbortController();
    const endTerm = () => term.abort();
    ended.signal.addEventListener('abort', endTerm);
    const end = await withLock(name, how, () => {
      granted?.();
      return lead(term.signal);
    });
    ended.signal.removeEventListener('abort', endTerm);
    // Another tab took the lead because it heard nothing from here: this tab was frozen.
    endTerm();
    return end;
  }

  function readAlone(): void {
    channel?.close();
    channel = null;
    void lead(ended.signal);
  }

  /** Reads, and tells the other tabs, until the term is over. */
  async function lead(term: AbortSignal): Promise<void> {
    if (position === null) {
      const head = await firstHead;
      if (head !== null) position ??= { seq: head, epoch: null };
    }
    if (term.aborted) return;
    const mine = openEventStream(options.topics, position, {
      changed(change) {
        options.changed(change);
        tell({ kind: 'change', change });
      },
      moved(to) {
        position = to;
        tell({ kind: 'moved' });
      },
      gap(to) {
        position = to;
        options.gap();
        tell({ kind: 'gap' });
      },
      alive() {
        tell({ kind: 'alive' });
      },
      connection(state) {
        setConnection(state);
        tell({ kind: 'alive' });
      },
      signInEnded() {
        tell({ kind: 'signInEnded' });
        options.signInEnded();
      },
    });
    stream = mine;
    tell({ kind: 'leads' });
    // The lock is held for as long as this is open.
    await new Promise<void>(resolve => {
      term.addEventListener('abort', () => {
        mine.close();
        if (stream === mine) stream = null;
        resolve();
      });
    });
  }

  function tell(news: News): void {
    channel?.postMessage({ leader: me, count: count++, position, connection, news } satisfies Message);
  }

  function hear(message: Message): void {
    if ('ask' in message) {
      if (stream === null) return;
      if (message.ask === 'wake') stream.wake();
      else tell({ kind: 'leads' });
      return;
    }
    if (stream !== null) return;
    lastHeard = Date.now();
    setConnection(message.connection);
    const missed = isHole(message);
    followed = { leader: message.leader, count: message.count };
    const { news } = message;
    if (news.kind === 'signInEnded') {
      options.signInEnded();
    } else if (news.kind === 'gap' || missed) {
      position = message.position;
      options.gap();
    } else if (news.kind === 'change') {
      // A new leader may repeat what the old one told already.
      if (position === null || news.change.seq > position.seq) options.changed(news.change);
    }
    // A change is told before the position that follows it: taking the newer one early would skip the change.
    if (news.kind !== 'change' && message.position !== null) position = message.position;
  }

  function isHole(message: FromLeader): boolean {
    if (followed?.leader === message.leader) return message.count !== followed.count + 1;
    // A new leader starts from what it heard. If that is further than what was heard here, something is missing here.
    if (message.news.kind === 'change' || position === null || message.position === null) return false;
    return message.position.seq > position.seq;
  }

  function watchLeader(): void {
    if (channel === null || stream !== null || ended.signal.aborted) return;
    if (document.visibilityState !== 'visible' || connection === 'offline') return;
    if (Date.now() - lastHeard < staleAfter + 5_000) return;
    lastHeard = Date.now();
    // The place in the queue remains, for when this lead is lost in its turn.
    void takeLead({ steal: true });
  }

  /** The tab comes out of the back-forward cache: nothing was heard meanwhile. */
  function returned(event: PageTransitionEvent): void {
    if (event.persisted) options.gap();
  }

  function setConnection(state: Connection): void {
    connection = state;
    options.connection(state);
  }

  return {
    wake: wakeUp,
    close() {
      ended.abort();
      channel?.close();
      clearInterval(watch);
      removeEventListener('online', cameOnline);
      removeEventListener('offline', wentOffline);
      document.removeEventListener('visibilitychange', wakeUp);
      removeEventListener('pageshow', returned);
    },
  };
}
