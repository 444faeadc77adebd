import { batch, effect, signal, untracked } from '@preact/signals';
import { announce } from '../shell/announcer.tsx';
import { type Answer, api, type Problem, query } from '../shell/api.ts';
import { whenPersonLeaves } from '../shell/leaving.ts';
import type { Loading } from '../shell/live.ts';
import { endSignIn } from '../shell/person.ts';
import { connection, noticeOf } from '../shell/stream/connection.ts';
import type { Connection } from '../shell/stream/event-stream.ts';
import { reconnectPause } from '../shell/stream/reconnect.ts';
import { texts } from '../shell/texts.ts';
import type { ChatMessage, MessageList } from '../shell/wire.ts';
import {
  type Conversation,
  fromList,
  readAgain,
  waitsForAgent,
  withFrame,
  withOlder,
  withOwn,
  withoutMessage,
  withWhatBecame,
} from './conversation.ts';
import type { ServerFrame, SessionFrame } from './frames.ts';
import { type ChatSocket, openChatSocket } from './socket.ts';

const pageSize = 50;

/** A page that is left and opened again soon finds its connection and its words still there. */
const keepSocketFor = 30_000;
const keepConversations = 8;

/** A server that leaves holes is not asked about each of them. */
const askAgainAfter = 1_000;

/** A conversation, and how the page stands with it. */
export interface Shown {
  /** Null until it was read once. */
  conversation: Conversation | null;
  loading: Loading;
  older: { pending: boolean; problem: Problem | null };
  /** The person asked the agent to stop. */
  isStopping: boolean;
  /** Why the last request over the socket was refused, in the server's words. */
  refusal: string | null;
}

const untouched: Shown = {
  conversation: null,
  loading: { state: 'loading' },
  older: { pending: false, problem: null },
  isStopping: false,
  refusal: null,
};

export const conversations = signal<ReadonlyMap<string, Shown>>(new Map());

/** How the socket is, or that none is needed; the event stream has a state of its own. */
export const chatConnection = signal<Connection | 'closed'>('closed');
export const chatNotice = noticeOf(chatConnection);

/** Called when the socket is back: what waits to be sent may go. */
let whenReady: () => void = () => {};

export function onChatReady(tell: () => void): void {
  whenReady = tell;
}

const viewers = new Map<string, number>();
const askedAt = new Map<string, number>();
const failures = new Map<string, number>();
const retries = new Map<string, ReturnType<typeof setTimeout>>();
let socket: ChatSocket | null = null;
let stopFollowing = () => {};
let closing: ReturnType<typeof setTimeout> | undefined;
let generation = 0;

/** Shows a session's conversation and follows it, until the answer is called. */
export function openConversation(sessionId: string): () => void {
  const mine = generation;
  viewers.set(sessionId, (viewers.get(sessionId) ?? 0) + 1);
  clearTimeout(closing);
  if (socket === null) connect();
  const known = conversations.peek().get(sessionId);
  if (known?.conversation == null) {
    if (known === undefined) change(sessionId, () => untouched);
    void read(sessionId);
  } else {
    attach(sessionId);
  }
  return () => {
    if (mine !== generation) return;
    const left = (viewers.get(sessionId) ?? 1) - 1;
    if (left > 0) viewers.set(sessionId, left);
    else leave(sessionId);
  };
}

function leave(sessionId: string): void {
  viewers.delete(sessionId);
  askedAt.delete(sessionId);
  clearTimeout(retries.get(sessionId));
  socket?.send({ type: 'detach', sessionId });
  // The one that was left last is the last to be forgotten.
  const kept = new Map(conversations.peek());
  const left = kept.get(sessionId);
  kept.delete(sessionId);
  if (left?.conversation != null) kept.set(sessionId, left);
  for (const id of kept.keys()) {
    if (kept.size <= keepConversations) break;
    if (!viewers.has(id)) kept.delete(id);
  }
  conversations.value = kept;
  if (viewers.size === 0) closing = setTimeout(disconnect, keepSocketFor);
}

export function forgetConversations(): void {
  generation++;
  disconnect();
  for (const timer of retries.values()) clearTimeout(timer);
  viewers.clear();
  askedAt.clear();
  failures.clear();
  conversations.value = new Map();
}

whenPersonLeaves(forgetConversations);

export function readConversation(sessionId: string): void {
  change(sessionId, before => ({ ...before, loading: { state: 'loading' } }));
  void read(sessionId);
}

async function read(sessionId: string): Promise<void> {
  const mine = generation;
  clearTimeout(retries.get(sessionId));
  const answer = await api.get<MessageList>(`${messagesPath(sessionId)}${query({ limit: pageSize })}`);
  if (mine !== generation || !viewers.has(sessionId)) return;
  if (answer.ok) {
    failures.delete(sessionId);
    change(sessionId, before => ({
      ...before,
      conversation:
        before.conversation === null ? fromList(answer.value) : readAgain(before.conversation, answer.value),
      loading: { state: 'ready' },
    }));
    // Also when it was asked a moment ago: what came while the list was on its way comes again.
    askedAt.delete(sessionId);
    attach(sessionId);
    return;
  }
  change(sessionId, before => ({ ...before, loading: { state: 'failed', problem: answer.problem } }));
  const { status } = answer.problem;
  if (status !== 0 && status < 500) return;
  const count = (failures.get(sessionId) ?? 0) + 1;
  failures.set(sessionId, count);
  retries.set(
    sessionId,
    setTimeout(() => void read(sessionId), reconnectPause(count)),
  );
}

/** What was delivered while nobody listened stands in the list alone. When that cannot be read, the next `attached` asks again. */
async function lookAgain(sessionId: string): Promise<void> {
  const mine = generation;
  let beforeSeq: number | null = null;
  do {
    const answer: Answer<MessageList> = await api.get(
      `${messagesPath(sessionId)}${query({ limit: pageSize, beforeSeq })}`,
    );
    if (mine !== generation || !answer.ok) return;
    change(sessionId, before => ({
      ...before,
      conversation: before.conversation === null ? null : withWhatBecame(before.conversation, answer.value),
    }));
    beforeSeq = answer.value.nextBeforeSeq;
  } while (beforeSeq !== null && stillWaitsBefore(sessionId, beforeSeq));
}

function stillWaitsBefore(sessionId: string, seq: number): boolean {
  const conversation = conversations.peek().get(sessionId)?.conversation;
  return conversation?.messages.some(message => message.seq < seq && waitsForAgent(conversation, message)) ?? false;
}

export async function loadOlderMessages(sessionId: string): Promise<void> {
  const mine = generation;
  const shown = conversations.peek().get(sessionId);
  const beforeSeq = shown?.conversation?.nextBeforeSeq ?? null;
  if (shown === undefined || shown.older.pending || beforeSeq === null) return;
  change(sessionId, before => ({ ...before, older: { pending: true, problem: null } }));
  const answer = await api.get<MessageList>(`${messagesPath(sessionId)}${query({ limit: pageSize, beforeSeq })}`);
  if (mine !== generation) return;
  change(sessionId, before => {
    if (!answer.ok) return { ...before, older: { pending: false, problem: answer.problem } };
    // It may have been read anew meanwhile, and then this page does not join it.
    const joins = before.conversation?.nextBeforeSeq === beforeSeq;
    return {
      ...before,
      conversation:
        joins && before.conversation !== null ? withOlder(before.conversation, answer.value) : before.conversation,
      older: { pending: false, problem: null },
    };
  });
}

/** What this browser sent, as soon as the server answered; the socket tells it again. */
export function showOwnMessage(sessionId: string, message: ChatMessage): void {
  change(sessionId, before => ({
    ...before,
    conversation: before.conversation === null ? null : withOwn(before.conversation, message),
  }));
}

/** Takes a message back that the agent does not have yet. */
export async function withdrawMessage(sessionId: string, messageId: string): Promise<Answer<unknown>> {
  const answer = await api.delete(`${messagesPath(sessionId)}/${encodeURIComponent(messageId)}`);
  if (answer.ok)
    change(sessionId, before => ({
      ...before,
      conversation: before.conversation === null ? null : withoutMessage(before.conversation, messageId),
    }));
  return answer;
}

/** Stops what the agent is doing now; or also what waits behind it. */
export function stopAgent(sessionId: string, everything = false): void {
  const isSent =
    socket?.send(everything ? { type: 'stop', sessionId, everything } : { type: 'stop', sessionId }) ?? false;
  change(sessionId, before => ({
    ...before,
    isStopping: isSent,
    refusal: isSent ? null : texts.chat.stopNeedsConnection,
  }));
}

export function clearRefusal(sessionId: string): void {
  change(sessionId, before => (before.refusal === null ? before : { ...before, refusal: null }));
}

function messagesPath(sessionId: string): string {
  return `/sessions/${encodeURIComponent(sessionId)}/messages`;
}

function change(sessionId: string, how: (before: Shown) => Shown): void {
  const known = conversations.peek();
  const before = known.get(sessionId);
  // Something may still be told about a session that nobody looks at any more.
  if (before === undefined && !viewers.has(sessionId)) return;
  const next = how(before ?? untouched);
  if (next !== before) conversations.value = new Map(known).set(sessionId, next);
}

// The socket

function connect(): void {
  chatConnection.value = 'connecting';
  socket = openChatSocket({
    ready() {
      askedAt.clear();
      for (const sessionId of viewers.keys()) attach(sessionId);
      whenReady();
    },
    frame: receive,
    connection(state) {
      chatConnection.value = state;
    },
    signInEnded: endSignIn,
  });
  addEventListener('online', cameOnline);
  addEventListener('offline', wentOffline);
  addEventListener('focus', cameBack);
  document.addEventListener('visibilitychange', cameBack);
  stopFollowing = effect(() => {
    if (connection.value === 'live') untracked(wakeChat);
  });
}

function disconnect(): void {
  clearTimeout(closing);
  stopFollowing();
  socket?.close();
  socket = null;
  chatConnection.value = 'closed';
  removeEventListener('online', cameOnline);
  removeEventListener('offline', wentOffline);
  removeEventListener('focus', cameBack);
  document.removeEventListener('visibilitychange', cameBack);
}

/** Something came through to the server: a socket that waits to be opened again need not wait any longer. */
export function wakeChat(): void {
  if (chatConnection.peek() !== 'live') socket?.wake();
}

function cameOnline(): void {
  chatConnection.value = 'reconnecting';
  socket?.wake(true);
}

function wentOffline(): void {
  chatConnection.value = 'offline';
}

function cameBack(): void {
  if (document.visibilityState === 'visible') socket?.wake();
}

function attach(sessionId: string): void {
  const conversation = conversations.peek().get(sessionId)?.conversation;
  if (conversation == null || askedAt.has(sessionId)) return;
  if (socket?.send({ type: 'attach', sessionId, after: conversation.head })) askedAt.set(sessionId, Date.now());
}

/** Frames are missing: from the next `attached` on they are whole again. */
function attachAgain(sessionId: string): void {
  const last = askedAt.get(sessionId) ?? 0;
  const wait = last + askAgainAfter - Date.now();
  if (wait <= 0) {
    askedAt.delete(sessionId);
    attach(sessionId);
    return;
  }
  clearTimeout(retries.get(sessionId));
  retries.set(
    sessionId,
    setTimeout(() => attachAgain(sessionId), wait),
  );
}

function receive(frame: ServerFrame): void {
  if (frame.type === 'error') refused(frame);
  else if ('sessionId' in frame) batch(() => tell(frame));
}

function tell(frame: SessionFrame): void {
  const { sessionId } = frame;
  const before = conversations.peek().get(sessionId)?.conversation;
  if (before == null || !viewers.has(sessionId)) return;
  const [conversation, then] = withFrame(before, frame);
  const isQuiet = frame.type === 'complete' || (frame.type === 'typing' && !frame.on);
  change(sessionId, shown => ({
    ...shown,
    conversation,
    isStopping: shown.isStopping && !isQuiet,
    refusal: frame.type === 'typing' && frame.on ? null : shown.refusal,
  }));
  if (then === 'attach again') attachAgain(sessionId);
  if (then === 'read again') void read(sessionId);
  if (then === 'look again') void lookAgain(sessionId);
  if (frame.type === 'message') speak(before, frame);
}

function refused({ code, message, sessionId }: Extract<ServerFrame, { type: 'error' }>): void {
  if (sessionId == null) return;
  change(sessionId, before =>
    code === 'SESSION_NOT_FOUND'
      ? {
          ...before,
          loading: {
            state: 'failed',
            problem: { status: 404, code, title: '', detail: message, retryAfterSeconds: null },
          },
        }
      : { ...before, isStopping: false, refusal: message },
  );
}

const longestSpoken = 200;

/** Who listens hears an answer when it is complete, not by the token. */
function speak(before: Conversation, message: ChatMessage): void {
  if (message.role === 'person' || before.messages.some(({ id }) => id === message.id)) return;
  const words = message.text.replace(/\s+/g, ' ').slice(0, longestSpoken);
  announce(message.role === 'system' || message.status === null ? words : texts.chat.answered(message.status, words));
}
