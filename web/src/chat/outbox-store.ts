import { batch, computed, effect, signal, untracked } from '@preact/signals';
import { announce } from '../shell/announcer.tsx';
import { type Answer, api, type Problem } from '../shell/api.ts';
import { withLock } from '../shell/locks.ts';
import { randomId } from '../shell/random-id.ts';
import { connection } from '../shell/stream/connection.ts';
import { reconnectPause } from '../shell/stream/reconnect.ts';
import { texts } from '../shell/texts.ts';
import { now } from '../shell/time.ts';
import { toast } from '../shell/toast.tsx';
import type { ChatMessage, CurrentPerson, SendMessage } from '../shell/wire.ts';
import { onChatReady, showOwnMessage, wakeChat } from './conversations.ts';
import { type DrainEnd, drain } from './drain.ts';
import { doubtful, type OutboxStorage, openOutboxStorage, type Waiting } from './outbox.ts';

/** What this person wrote in this browser and the server does not have yet, in the order in which it goes. */
export const waiting = signal<readonly Waiting[]>([]);

/** The one that is on its way. */
export const sending = signal<number | null>(null);

/** Until when the server wants no more messages from this person. */
export const limitedUntil = signal<number | null>(null);

/** Why the oldest message did not go, when it was not for the lack of a connection. It is tried again. */
export const trouble = signal<Problem | null>(null);

/** What waited so long that the person is asked, once there is a connection to send it over. */
export const inQuestion = computed(() => (connection.value === 'live' ? doubtful(waiting.value, now.value) : []));

const questions = computed(() => inQuestion.value.length);

/** What tabs of one person tell each other. */
type News =
  | { kind: 'changed' }
  | { kind: 'limited'; until: number | null }
  | { kind: 'accepted'; order: number; sessionId: string; message: ChatMessage };

interface Outbox {
  personId: string;
  storage: Promise<OutboxStorage>;
  channel: BroadcastChannel | null;
  ended: AbortController;
}

let outbox: Outbox | null = null;
let onItsWay: { order: number; control: AbortController } | null = null;
let retry: ReturnType<typeof setTimeout> | undefined;
let failures = 0;

/** From signing in to signing out. What waits then waits for this person to come back. */
export function startOutbox(personId: string): () => void {
  const mine: Outbox = {
    personId,
    storage: openOutboxStorage(),
    channel: 'BroadcastChannel' in globalThis ? new BroadcastChannel(`carillon-outbox-${personId}`) : null,
    ended: new AbortController(),
  };
  outbox = mine;
  if (mine.channel !== null) mine.channel.onmessage = (event: MessageEvent<News>) => void hear(event.data);

  const { signal: ended } = mine.ended;
  const sendNow = () => void send();
  addEventListener('online', sendNow, { signal: ended });
  addEventListener('focus', sendNow, { signal: ended });
  document.addEventListener('visibilitychange', sendNow, { signal: ended });
  onChatReady(sendNow);
  const stopFollowing = effect(() => {
    if (connection.value === 'live') untracked(sendNow);
  });
  const stopSpeaking = effect(() => {
    const count = questions.value;
    if (count > 0) untracked(() => announce(texts.chat.question(count)));
  });
  void refresh().then(sendNow);

  return () => {
    stopFollowing();
    stopSpeaking();
    onChatReady(() => {});
    mine.ended.abort();
    mine.channel?.close();
    onItsWay?.control.abort();
    clearTimeout(retry);
    outbox = null;
    failures = 0;
    batch(() => {
      waiting.value = [];
      sending.value = null;
      limitedUntil.value = null;
      trouble.value = null;
    });
  };
}

/** Keeps the message, then sends it. False when it could not even be kept. */
export async function say(projectId: string, sessionId: string, text: string): Promise<boolean> {
  const mine = outbox;
  if (mine === null) return false;
  try {
    const storage = await mine.storage;
    await storage.add({
      id: randomId(),
      personId: mine.personId,
      projectId,
      sessionId,
      text,
      writtenAt: Date.now(),
      isConfirmed: false,
      refusal: null,
    });
  } catch {
    return false;
  }
  await changed();
  void send();
  return true;
}

/** Takes a message back before it goes. */
export async function cancel(message: Waiting): Promise<void> {
  await discard([message]);
  toast(texts.chat.cancelled, { label: texts.common.undo, run: () => void putBack(message) });
}

export async function discard(messages: readonly Waiting[]): Promise<void> {
  const storage = await outbox?.storage;
  for (const { order } of messages) {
    if (onItsWay?.order === order) onItsWay.control.abort();
    await storage?.remove(order);
  }
  await changed();
  void send();
}

async function putBack(message: Waiting): Promise<void> {
  // Written anew, as far as the question about old messages goes.
  await (await outbox?.storage)?.put({ ...message, isConfirmed: true, refusal: null });
  await changed();
  void send();
}

/** The person said that these may go although they are old. */
export async function confirm(messages: readonly Waiting[]): Promise<void> {
  const storage = await outbox?.storage;
  for (const message of messages) await storage?.put({ ...message, isConfirmed: true });
  await changed();
  void send();
}

async function refresh(): Promise<void> {
  const mine = outbox;
  if (mine === null) return;
  const all = await (await mine.storage).all(mine.personId);
  if (outbox === mine) waiting.value = all;
}

async function changed(): Promise<void> {
  tell({ kind: 'changed' });
  await refresh();
}

function tell(news: News): void {
  outbox?.channel?.postMessage(news);
}

async function hear(news: News): Promise<void> {
  if (news.kind === 'limited') waitUntil(news.until);
  else if (news.kind === 'accepted') took(news.order, news.sessionId, news.message);
  else await refresh();
}

function took(order: number, sessionId: string, message: ChatMessage): void {
  wakeChat();
  // Together, so that it is on the screen once at every moment.
  batch(() => {
    waiting.value = waiting.peek().filter(other => other.order !== order);
    showOwnMessage(sessionId, message);
  });
}

let isSending = false;
let sendAgain = false;

/** Sends what waits, unless another tab does. Asked for again while it is at it, it looks once more. */
export async function send(): Promise<void> {
  if (isSending) {
    sendAgain = true;
    return;
  }
  isSending = true;
  try {
    do {
      sendAgain = false;
      const mine = outbox;
      if (mine === null || waiting.peek().length === 0) break;
      if (limitedUntil.peek() !== null && Date.now() < (limitedUntil.peek() ?? 0)) break;
      clearTimeout(retry);
      await underLock(mine, () => sendAll(mine));
    } while (sendAgain);
  } finally {
    isSending = false;
  }
}

/** One drainer over all tabs. Where there are no locks each tab sends for itself; the server takes each id once. */
async function underLock(mine: Outbox, run: () => Promise<void>): Promise<void> {
  const end = await withLock(`carillon-outbox-${mine.personId}`, { signal: mine.ended.signal }, run);
  // Signed out while another tab had the lock.
  if (outbox !== mine) return;
  if (end === 'unavailable') await run();
  else if (end === 'aborted') trySoon();
}

async function sendAll(mine: Outbox): Promise<void> {
  const end = await drain({
    storage: await mine.storage,
    personId: mine.personId,
    now: Date.now,
    isStillHere: async () => {
      const answer = await api.get<CurrentPerson>('/me');
      if (!answer.ok) return answer.problem.status === 401 ? false : null;
      return answer.value.id === mine.personId;
    },
    post: message => (outbox === mine ? post(message) : Promise.resolve(gone)),
    sending(message) {
      sending.value = message?.order ?? null;
    },
    accepted(message, answer) {
      failures = 0;
      const { order, sessionId } = message;
      tell({ kind: 'accepted', order, sessionId, message: answer });
      batch(() => {
        limited(null);
        trouble.value = null;
        took(order, sessionId, answer);
      });
    },
    changed,
  });
  if (outbox === mine) ended(end);
}

/** The person left in mid-way; nothing of theirs is sent any more. */
const gone: Answer<ChatMessage> = {
  ok: false,
  problem: { status: 401, code: 'SIGNED_OUT', title: '', detail: null, retryAfterSeconds: null },
};

async function post({ id, order, sessionId, text }: Waiting): Promise<Answer<ChatMessage>> {
  const control = new AbortController();
  onItsWay = { order, control };
  const body: SendMessage = { id, message: text };
  const answer = await api.post<{ message: ChatMessage }>(`/sessions/${encodeURIComponent(sessionId)}/messages`, body, {
    control,
  });
  onItsWay = null;
  return answer.ok ? { ok: true, value: answer.value.message } : answer;
}

function ended(end: DrainEnd): void {
  if (end.state === 'done') {
    trouble.value = null;
  } else if (end.state === 'limited') {
    limited(Date.now() + end.seconds * 1_000);
  } else {
    trouble.value = end.problem !== null && isOfServer(end.problem) ? end.problem : null;
    trySoon();
  }
}

function trySoon(): void {
  retry = setTimeout(() => void send(), reconnectPause(++failures));
}

/** Without an answer, or with one of a proxy that has no server behind it, there is nothing to say but that it waits. */
function isOfServer({ status, code }: Problem): boolean {
  return status !== 0 && !code.startsWith('HTTP_');
}

function limited(until: number | null): void {
  if (limitedUntil.peek() === until) return;
  tell({ kind: 'limited', until });
  waitUntil(until);
}

/** Every tab waits, for the one that was told may be closed by then. */
function waitUntil(until: number | null): void {
  limitedUntil.value = until;
  clearTimeout(retry);
  if (until !== null) retry = setTimeout(() => void send(), until - Date.now());
}
