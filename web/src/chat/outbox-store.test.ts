// @vitest-environment happy-dom
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { connection } from '../shell/stream/connection.ts';
import { cancel, confirm, inQuestion, limitedUntil, say, startOutbox, trouble, waiting } from './outbox-store.ts';

type Reply = 'accept' | 'no network' | { status: number; retryAfter?: number };

let reply: Reply;
let seq: number;
let posted: { id: string; message: string }[];
let stop: () => void;

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  reply = 'accept';
  seq = 0;
  posted = [];
  connection.value = 'live';
  vi.stubGlobal('fetch', async (address: string, options: RequestInit) => {
    if (reply === 'no network') throw new TypeError('Failed to fetch');
    if (address.endsWith('/me')) return Response.json({ id: 'ada', name: 'ada', role: 'member' });
    posted.push(JSON.parse(String(options.body)));
    if (reply === 'accept') return Response.json({ message: { seq: ++seq } }, { status: 201 });
    const headers: HeadersInit = reply.retryAfter === undefined ? {} : { 'retry-after': String(reply.retryAfter) };
    return Response.json({ code: 'TOLD_BY_SERVER', title: 'No' }, { status: reply.status, headers });
  });
  stop = startOutbox('ada');
});

afterEach(() => {
  stop();
  vi.unstubAllGlobals();
});

const texts = () => waiting.value.map(({ text }) => text);
const words = () => posted.map(({ message }) => message);
/** The database and the answers take their time, on a busy machine more than the second that is usual. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 20_000 });
const online = () => dispatchEvent(new Event('online'));

it('sends what is said, and forgets it once the server has it', async () => {
  await say('p', 's1', 'hello');
  await eventually(() => expect(texts()).toEqual([]));
  expect(words()).toEqual(['hello']);
});

it('keeps what cannot be sent, and sends it in order when it can', async () => {
  reply = 'no network';
  for (const text of ['one', 'two', 'three']) await say('p', 's1', text);
  expect(texts()).toEqual(['one', 'two', 'three']);
  expect(trouble.value).toBeNull();
  reply = 'accept';
  online();
  await eventually(() => expect(texts()).toEqual([]));
  expect(words()).toEqual(['one', 'two', 'three']);
  expect(new Set(posted.map(({ id }) => id)).size).toBe(3);
});

it('sends the same id again after an answer that was lost', async () => {
  reply = { status: 500 };
  await say('p', 's1', 'once');
  await eventually(() => expect(trouble.value).not.toBeNull());
  reply = 'accept';
  online();
  await eventually(() => expect(texts()).toEqual([]));
  expect(posted).toHaveLength(2);
  expect(posted[0]?.id).toBe(posted[1]?.id);
});

/** A browser whose locks are refused, each with this error. */
function refuseLocks(error: DOMException): { asked: number } {
  const count = { asked: 0 };
  vi.stubGlobal('navigator', {
    onLine: true,
    locks: {
      request() {
        count.asked++;
        return Promise.reject(error);
      },
    },
  });
  return count;
}

it('sends without a lock where none can be had', async () => {
  refuseLocks(new DOMException('Not here', 'SecurityError'));
  await say('p', 's1', 'hello');
  await eventually(() => expect(words()).toEqual(['hello']));
});

it('pauses before it asks again for a lock that was refused', async () => {
  const count = refuseLocks(new DOMException('The document is going away', 'AbortError'));
  await say('p', 's1', 'hello');
  await eventually(() => expect(count.asked).toBe(1));
  vi.stubGlobal('navigator', { onLine: true });
  await eventually(() => expect(words()).toEqual(['hello']));
  expect(count.asked).toBe(1);
});

it('sends in browsers that cannot join two signals', async () => {
  vi.stubGlobal('AbortSignal', class {});
  for (const text of ['one', 'two']) await say('p', 's1', text);
  await eventually(() => expect(words()).toEqual(['one', 'two']));
});

it('waits for as long as the server says, and sends nothing meanwhile', async () => {
  reply = { status: 429, retryAfter: 60 };
  await say('p', 's1', 'too many');
  await eventually(() => expect(limitedUntil.value).toBeGreaterThan(Date.now() + 50_000));
  await say('p', 's1', 'and another');
  online();
  await eventually(() => expect(texts()).toEqual(['too many', 'and another']));
  expect(posted).toHaveLength(1);
});

it('shows what the server will never take, with its reason', async () => {
  reply = { status: 409 };
  await say('p', 's1', 'refused');
  await eventually(() => expect(waiting.value[0]?.refusal).toContain('No.'));
});

it('takes a message back', async () => {
  reply = 'no network';
  await say('p', 's1', 'one');
  await say('p', 's1', 'two');
  const [first] = waiting.value;
  if (first !== undefined) await cancel(first);
  expect(texts()).toEqual(['two']);
  reply = 'accept';
  online();
  await eventually(() => expect(words()).toEqual(['two']));
});

it('asks about what is older than an hour, once there is a connection', async () => {
  reply = 'no network';
  await say('p', 's1', 'old');
  stop();
  connection.value = 'offline';
  const now = Date.now();
  const clock = vi.spyOn(Date, 'now').mockReturnValue(now + 3_700_000);
  const { now: present } = await import('../shell/time.ts');
  present.value = Date.now();
  reply = 'accept';
  stop = startOutbox('ada');
  await eventually(() => expect(texts()).toEqual(['old']));
  expect(inQuestion.value).toEqual([]);
  connection.value = 'live';
  expect(inQuestion.value.map(({ text }) => text)).toEqual(['old']);
  online();
  expect(posted).toEqual([]);
  await confirm(inQuestion.value);
  await eventually(() => expect(texts()).toEqual([]));
  expect(words()).toEqual(['old']);
  clock.mockRestore();
  present.value = Date.now();
});

it('leaves what one person wrote alone while another is signed in', async () => {
  reply = 'no network';
  await say('p', 's1', 'of ada');
  stop();
  reply = 'accept';
  stop = startOutbox('grace');
  online();
  await say('p', 's1', 'of grace');
  await eventually(() => expect(words()).toEqual(['of grace']));
  stop();
  stop = startOutbox('ada');
  await eventually(() => expect(words()).toEqual(['of grace', 'of ada']));
});
