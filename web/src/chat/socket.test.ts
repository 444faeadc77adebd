// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FakeWebSocket } from '../../tests/fake-socket.ts';
import { type ChatSocket, openChatSocket } from './socket.ts';

const told: string[] = [];
let socket: ChatSocket;

function open(): FakeWebSocket {
  socket = openChatSocket({
    ready: () => told.push('ready'),
    frame: frame => told.push(frame.type),
    connection: state => told.push(state),
    signInEnded: () => told.push('signInEnded'),
  });
  return FakeWebSocket.newest;
}

beforeEach(() => {
  FakeWebSocket.all = [];
  told.length = 0;
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeWebSocket);
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(() => {
  socket.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it('speaks the subprotocol, and takes requests once the server is ready', () => {
  const wire = open();
  expect(wire.protocol).toBe('chat-stream-v1');
  expect(wire.url).toMatch(/^ws:\/\/.+\/chat\/ws$/);
  expect(socket.send({ type: 'stop', sessionId: 's' })).toBe(false);
  wire.say({ type: 'ready', idleSeconds: 90 });
  expect(socket.send({ type: 'stop', sessionId: 's' })).toBe(true);
  expect(wire.sent).toEqual([{ type: 'stop', sessionId: 's' }]);
  expect(told).toEqual(['live', 'ready']);
});

it('pings every 30 seconds, and stays as long as it is answered', () => {
  const wire = open();
  wire.say({ type: 'ready', idleSeconds: 90 });
  for (let half = 1; half <= 10; half++) {
    vi.advanceTimersByTime(30_000);
    expect(wire.sent).toHaveLength(half);
    wire.say({ type: 'pong' });
  }
  expect(FakeWebSocket.all).toHaveLength(1);
});

it('gives up a connection that is silent for 45 seconds', () => {
  const wire = open();
  wire.say({ type: 'ready', idleSeconds: 90 });
  vi.advanceTimersByTime(45_000);
  expect(FakeWebSocket.all).toHaveLength(1);
  vi.advanceTimersByTime(5_000);
  expect(wire.closedWith).not.toBeNull();
  vi.advanceTimersByTime(1_000);
  expect(FakeWebSocket.all).toHaveLength(2);
  expect(told.at(-1)).toBe('reconnecting');
});

it('does not take the slow timers of a hidden tab for silence of the server', () => {
  const wire = open();
  wire.say({ type: 'ready', idleSeconds: 90 });
  vi.setSystemTime(Date.now() + 60_000);
  vi.advanceTimersByTime(5_000);
  expect(wire.closedWith).toBeNull();
  expect(wire.sent).toEqual([{ type: 'ping' }]);
});

it('comes back at once, and then ever later', () => {
  const wire = open();
  wire.say({ type: 'ready', idleSeconds: 90 });
  vi.advanceTimersByTime(3_000);
  wire.say({ type: 'pong' });
  wire.cut();
  vi.advanceTimersByTime(0);
  expect(FakeWebSocket.all).toHaveLength(2);
  for (const [count, pause] of [1_000, 2_000, 4_000, 8_000].entries()) {
    FakeWebSocket.newest.cut();
    vi.advanceTimersByTime(pause - 1);
    expect(FakeWebSocket.all).toHaveLength(2 + count);
    vi.advanceTimersByTime(1);
    expect(FakeWebSocket.all).toHaveLength(3 + count);
  }
});

it('does not wait any longer when the person is back', () => {
  open();
  for (let attempt = 0; attempt < 4; attempt++) {
    FakeWebSocket.newest.cut();
    vi.advanceTimersByTime(10_000);
  }
  FakeWebSocket.newest.cut();
  const count = FakeWebSocket.all.length;
  socket.wake();
  expect(FakeWebSocket.all).toHaveLength(count + 1);
});

it('asks a connection that only looks open, and opens another one when there is no answer', () => {
  const wire = open();
  wire.say({ type: 'ready', idleSeconds: 90 });
  vi.setSystemTime(Date.now() + 20_000);
  socket.wake();
  expect(wire.sent).toEqual([{ type: 'ping' }]);
  vi.advanceTimersByTime(2_999);
  expect(FakeWebSocket.all).toHaveLength(1);
  vi.advanceTimersByTime(2);
  expect(FakeWebSocket.all).toHaveLength(2);
});

it('opens another one at once after a change of network', () => {
  open().say({ type: 'ready', idleSeconds: 90 });
  socket.wake(true);
  vi.advanceTimersByTime(0);
  expect(FakeWebSocket.all).toHaveLength(2);
});

it('ends with the sign-in', () => {
  open().cut(4401);
  vi.advanceTimersByTime(120_000);
  expect(told).toEqual(['signInEnded']);
  expect(FakeWebSocket.all).toHaveLength(1);
});

it('leaves a server alone that has too many connections', () => {
  open().say({ type: 'ready', idleSeconds: 90 });
  FakeWebSocket.newest.cut(4429);
  vi.advanceTimersByTime(29_000);
  expect(FakeWebSocket.all).toHaveLength(1);
  vi.advanceTimersByTime(1_000);
  expect(FakeWebSocket.all).toHaveLength(2);
});

it('does not hear what an abandoned connection still says', () => {
  const wire = open();
  wire.say({ type: 'ready', idleSeconds: 90 });
  socket.wake(true);
  told.length = 0;
  wire.say({ type: 'typing', sessionId: 's', on: true });
  wire.cut();
  expect(told).toEqual([]);
});
