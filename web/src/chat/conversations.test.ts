// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FakeWebSocket } from '../../tests/fake-socket.ts';
import type { ChatMessage, MessageList } from '../shell/wire.ts';
import {
  conversations,
  forgetConversations,
  loadOlderMessages,
  openConversation,
  showOwnMessage,
  stopAgent,
} from './conversations.ts';

const said = (seq: number, text: string): ChatMessage => ({
  seq,
  id: `m${seq}`,
  role: 'person',
  text,
  by: 'ada',
  runId: null,
  status: null,
  steps: null,
  createdAt: '2026-11-21T09:00:00Z',
});

const requests: string[] = [];
let answers: (MessageList | number)[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeWebSocket);
  FakeWebSocket.all = [];
  requests.length = 0;
  answers = [];
  vi.stubGlobal('fetch', async (address: string) => {
    requests.push(address);
    const answer = answers.shift();
    return typeof answer === 'object' ? Response.json(answer) : new Response('{}', { status: answer ?? 500 });
  });
});

afterEach(() => {
  forgetConversations();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const shown = () => conversations.value.get('s1');
const texts = () => shown()?.conversation?.messages.map(({ text }) => text);
const answered = () => vi.advanceTimersByTimeAsync(0);
const ready = { type: 'ready', idleSeconds: 90 } as const;

async function opened(list: MessageList): Promise<FakeWebSocket> {
  answers = [list];
  openConversation('s1');
  await answered();
  FakeWebSocket.newest.say(ready);
  return FakeWebSocket.newest;
}

it('reads what was said, and follows from there', async () => {
  const socket = await opened({ messages: [said(3, 'three')], nextBeforeSeq: null, head: 3 });
  expect(socket.sent).toEqual([{ type: 'attach', sessionId: 's1', after: 3 }]);
  socket.say(
    { type: 'attached', sessionId: 's1', head: 3, activity: 'idle' },
    { type: 'message', sessionId: 's1', ...said(4, 'four') },
  );
  expect(texts()).toEqual(['three', 'four']);
});

it('attaches after a cut from the last that it heard, and what is shown stays', async () => {
  const socket = await opened({ messages: [], nextBeforeSeq: null, head: 0 });
  socket.say(
    { type: 'attached', sessionId: 's1', head: 0, activity: 'working' },
    { type: 'message', sessionId: 's1', ...said(1, 'one') },
    { type: 'chunk', sessionId: 's1', runId: 'r', offset: 0, text: 'Hel' },
  );
  socket.cut();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(shown()?.conversation?.run?.text).toBe('Hel');
  FakeWebSocket.newest.say(ready);
  expect(FakeWebSocket.newest).not.toBe(socket);
  expect(FakeWebSocket.newest.sent).toEqual([{ type: 'attach', sessionId: 's1', after: 1 }]);
  expect(requests).toHaveLength(1);
});

it('asks once for what is missing, also when more is missing before the answer comes', async () => {
  const socket = await opened({ messages: [], nextBeforeSeq: null, head: 0 });
  socket.say({ type: 'attached', sessionId: 's1', head: 0, activity: 'working' });
  await vi.advanceTimersByTimeAsync(5_000);
  socket.sent.length = 0;
  socket.say(
    { type: 'chunk', sessionId: 's1', runId: 'r', offset: 4, text: 'o' },
    { type: 'chunk', sessionId: 's1', runId: 'r', offset: 5, text: '!' },
  );
  expect(socket.sent).toEqual([{ type: 'attach', sessionId: 's1', after: 0 }]);
  socket.say(
    { type: 'attached', sessionId: 's1', head: 0, activity: 'working' },
    { type: 'snapshot', sessionId: 's1', runId: 'r', text: 'Hello!', offset: 6 },
  );
  expect(shown()?.conversation?.run?.text).toBe('Hello!');
});

it('loads older messages before those that it has', async () => {
  await opened({ messages: [said(3, 'three')], nextBeforeSeq: 3, head: 3 });
  answers = [{ messages: [said(1, 'one')], nextBeforeSeq: null, head: 3 }];
  await loadOlderMessages('s1');
  expect(requests.at(-1)).toContain('beforeSeq=3');
  expect(texts()).toEqual(['one', 'three']);
  await loadOlderMessages('s1');
  expect(requests).toHaveLength(2);
});

it('says that it could not be read, and tries again by itself when that may help', async () => {
  answers = [503, { messages: [said(1, 'one')], nextBeforeSeq: null, head: 1 }];
  openConversation('s1');
  await answered();
  expect(shown()?.loading.state).toBe('failed');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(texts()).toEqual(['one']);
  expect(shown()?.loading.state).toBe('ready');
});

it('does not try again what will not change', async () => {
  answers = [404];
  openConversation('s1');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(requests).toHaveLength(1);
});

it('shows once what it sent, whoever tells of it first', async () => {
  const socket = await opened({ messages: [], nextBeforeSeq: null, head: 0 });
  showOwnMessage('s1', said(5, 'mine'));
  socket.say({ type: 'message', sessionId: 's1', ...said(5, 'mine') });
  expect(texts()).toEqual(['mine']);
});

it('stops over the socket, and says so when there is none', async () => {
  const socket = await opened({ messages: [], nextBeforeSeq: null, head: 0 });
  stopAgent('s1');
  expect(socket.sent.at(-1)).toEqual({ type: 'stop', sessionId: 's1' });
  expect(shown()?.isStopping).toBe(true);
  socket.say({ type: 'typing', sessionId: 's1', on: false });
  expect(shown()?.isStopping).toBe(false);
  socket.cut();
  stopAgent('s1');
  expect(shown()).toMatchObject({ isStopping: false, refusal: expect.stringContaining('connection') });
});

it('keeps a conversation that was left, and the socket for a moment', async () => {
  answers = [{ messages: [said(1, 'one')], nextBeforeSeq: null, head: 1 }];
  const leave = openConversation('s1');
  await answered();
  const socket = FakeWebSocket.newest;
  socket.say(ready);
  leave();
  expect(socket.sent.at(-1)).toEqual({ type: 'detach', sessionId: 's1' });
  openConversation('s1');
  expect(socket.sent.at(-1)).toEqual({ type: 'attach', sessionId: 's1', after: 1 });
  expect(requests).toHaveLength(1);
});

it('lets go of the socket that nobody needs', async () => {
  answers = [{ messages: [], nextBeforeSeq: null, head: 0 }];
  const leave = openConversation('s1');
  await answered();
  leave();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(FakeWebSocket.newest.closedWith).toBe(1000);
});

it('looks once after a gap whether what waited was delivered, and keeps everything else', async () => {
  const waiting = { ...said(5, 'mine'), status: 'waiting' } as const;
  const socket = await opened({ messages: [said(4, 'four'), waiting], nextBeforeSeq: 4, head: 5 });
  answers = [{ messages: [said(3, 'three')], nextBeforeSeq: null, head: 5 }];
  await loadOlderMessages('s1');
  answers = [{ messages: [{ ...waiting, status: 'delivered' }], nextBeforeSeq: 5, head: 5 }];
  socket.say({ type: 'attached', sessionId: 's1', head: 5, activity: 'working' });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(texts()).toEqual(['three', 'four', 'mine']);
  expect(shown()?.conversation?.messages.at(-1)?.status).toBe('delivered');
  expect(requests).toHaveLength(3);
  expect(socket.sent.filter(frame => (frame as { type: string }).type === 'attach')).toHaveLength(1);
});

it('does not ask for ever while something waits', async () => {
  const list = { messages: [{ ...said(5, 'mine'), status: 'waiting' } as const], nextBeforeSeq: null, head: 5 };
  const socket = await opened(list);
  answers = [list, list, list];
  socket.say({ type: 'attached', sessionId: 's1', head: 5, activity: 'exited' });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(requests).toHaveLength(2);
});

it('knows that a message was delivered, whoever says later that it waits', async () => {
  const waiting = { ...said(5, 'mine'), status: 'waiting' } as const;
  const socket = await opened({ messages: [], nextBeforeSeq: null, head: 0 });
  socket.say({ type: 'message', sessionId: 's1', ...waiting }, { type: 'delivered', sessionId: 's1', messageId: 'm5' });
  showOwnMessage('s1', waiting);
  expect(shown()?.conversation?.messages).toEqual([{ ...waiting, status: 'delivered' }]);
});

it('looks as far back as something waits', async () => {
  const waiting = { ...said(3, 'mine'), status: 'waiting' } as const;
  const socket = await opened({ messages: [waiting], nextBeforeSeq: null, head: 3 });
  answers = [
    { messages: [said(90, 'new')], nextBeforeSeq: 90, head: 90 },
    { messages: [{ ...waiting, status: 'delivered' }], nextBeforeSeq: 3, head: 90 },
  ];
  socket.say({ type: 'attached', sessionId: 's1', head: 90, activity: 'working' });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(shown()?.conversation?.messages[0]?.status).toBe('delivered');
  expect(requests).toHaveLength(3);
});
