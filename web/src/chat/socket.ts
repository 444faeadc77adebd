import type { Connection } from '../shell/stream/event-stream.ts';
import { provenAfter, reconnectPause, staleAfter } from '../shell/stream/reconnect.ts';
import { type ClientFrame, closeCodes, type ServerFrame, subprotocol } from './frames.ts';

const pingEvery = 30_000;
const lookEvery = 5_000;

/** A ping that is not answered for so long, after a long silence, means that nobody is there. */
const answerWithin = 10_000;

/** After a wake-up the person is looking: half-open sockets are found out sooner. */
const answerAtOnceWithin = 3_000;

/** How long to leave a server alone that said "too many" or does not want this page at all. */
const refusedPause = 30_000;

export interface ChatListener {
  /** The socket takes requests. Nothing is attached yet. */
  ready(): void;
  frame(frame: ServerFrame): void;
  connection(state: Connection): void;
  signInEnded(): void;
}

export interface ChatSocket {
  /** False when there is no connection to send it on. */
  send(frame: ClientFrame): boolean;
  /** The person is back: try now instead of later. After a change of network, what looks open is opened again too. */
  wake(networkChanged?: boolean): void;
  close(): void;
}

/** Holds a connection to `/chat/ws` for as long as it is open, and comes back by itself. */
export function openChatSocket(listener: ChatListener): ChatSocket {
  let socket: WebSocket | null = null;
  let isReady = false;
  let everReady = false;
  let closed = false;
  let attempt = 0;
  let openedAt = 0;
  let lastHeard = 0;
  let lastPing = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let checkSoon: ReturnType<typeof setTimeout> | undefined;
  let look: ReturnType<typeof setInterval> | undefined;

  connect();

  function connect(): void {
    clearTimeout(retry);
    retry = undefined;
    isReady = false;
    openedAt = lastHeard = lastPing = Date.now();
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const mine = new WebSocket(`${scheme}://${location.host}/chat/ws`, subprotocol);
    socket = mine;
    mine.onmessage = event => {
      if (mine === socket) receive(event.data);
    };
    mine.onclose = event => {
      if (mine === socket) lost(event.code);
    };
    look = setInterval(keepAlive, lookEvery);
  }

  function receive(data: unknown): void {
    lastHeard = Date.now();
    let frame: ServerFrame;
    try {
      frame = JSON.parse(String(data)) as ServerFrame;
    } catch {
      // A proxy's words, not the server's.
      return;
    }
    if (frame.type === 'ready') {
      isReady = true;
      everReady = true;
      listener.connection('live');
      listener.ready();
    } else if (frame.type !== 'pong') {
      listener.frame(frame);
    }
  }

  function keepAlive(): void {
    const at = Date.now();
    // Timers of a hidden tab run once a minute, and then the silence is ours: only an unanswered ping proves anything.
    const unanswered = lastPing > lastHeard && at - lastPing >= answerWithin;
    if (at - lastHeard > staleAfter && (unanswered || !isReady)) abandon();
    else if (isReady && at - lastPing >= pingEvery) ping();
  }

  function ping(): void {
    lastPing = Date.now();
    socket?.send(JSON.stringify({ type: 'ping' } satisfies ClientFrame));
  }

  /** Not waiting for the other side to agree: a dead connection takes minutes to close. */
  function abandon(): void {
    const dead = socket;
    lost(0);
    dead?.close();
  }

  function lost(code: number): void {
    const proven = isReady && lastHeard - openedAt >= provenAfter;
    socket = null;
    isReady = false;
    clearInterval(look);
    clearTimeout(checkSoon);
    if (closed) return;
    if (code === closeCodes.signInEnded) {
      closed = true;
      listener.signInEnded();
      return;
    }
    listener.connection(navigator.onLine ? (everReady ? 'reconnecting' : 'connecting') : 'offline');
    attempt = proven ? 0 : attempt + 1;
    const refused = code === closeCodes.tooMany || code === closeCodes.forbidden;
    retry = setTimeout(connect, Math.max(reconnectPause(attempt), refused ? refusedPause : 0));
  }

  return {
    send(frame) {
      if (socket === null || !isReady) return false;
      socket.send(JSON.stringify(frame));
      return true;
    },
    wake(networkChanged = false) {
      if (closed) return;
      if (retry !== undefined) {
        attempt = 0;
        connect();
      } else if (networkChanged) {
        attempt = -1;
        abandon();
      } else if (isReady && Date.now() - lastHeard > answerAtOnceWithin) {
        ping();
        clearTimeout(checkSoon);
        checkSoon = setTimeout(() => {
          if (lastPing <= lastHeard) return;
          attempt = -1;
          abandon();
        }, answerAtOnceWithin);
      }
    },
    close() {
      closed = true;
      clearTimeout(retry);
      clearTimeout(checkSoon);
      clearInterval(look);
      socket?.close(1000);
      socket = null;
    },
  };
}
