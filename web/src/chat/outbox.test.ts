// @vitest-environment happy-dom
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Answer, Problem } from '../shell/api.ts';
import type { ChatMessage } from '../shell/wire.ts';
import { type DrainParts, drain } from './drain.ts';
import {
  doubtful,
  nextToSend,
  type OutboxStorage,
  openOutboxStorage,
  storageInMemory,
  verdictOf,
  type Waiting,
  type Written,
} from './outbox.ts';

const noon = Date.UTC(2026, 10, 21, 12);
const hour = 3_600_000;

function written(text: string, more: Partial<Written> = {}): Written {
  return {
    id: `id of ${text}`,
    personId: 'ada',
    projectId: 'p',
    sessionId: 's1',
    text,
    writtenAt: noon,
    isConfirmed: false,
    refusal: null,
    ...more,
  };
}

const waiting = (order: number, more: Partial<Waiting> = {}): Waiting => ({ ...written(`${order}`), order, ...more });
const problem = (status: number, retryAfterSeconds: number | null = null): Problem => ({
  status,
  code: `HTTP_${status}`,
  title: 'It did not work',
  detail: 'Do something.',
  retryAfterSeconds,
});

describe.each([
  ['the database of the browser', openOutboxStorage],
  ['the memory of the tab', async () => storageInMemory()],
])('%s', (_, open) => {
  let storage: OutboxStorage;

  beforeEach(async () => {
    globalThis.indexedDB = new IDBFactory();
    storage = await open();
  });

  it('keeps messages in the order in which they were written', async () => {
    for (const text of ['one', 'two', 'three']) await storage.add(written(text));
    expect((await storage.all('ada')).map(({ text }) => text)).toEqual(['one', 'two', 'three']);
  });

  it('never shows one person what another wrote', async () => {
    await storage.add(written('mine'));
    await storage.add(written('hers', { personId: 'grace' }));
    expect((await storage.all('grace')).map(({ text }) => text)).toEqual(['hers']);
    expect(await storage.all('nobody')).toEqual([]);
  });

  it('puts back what was taken out, where it was', async () => {
    const first = await storage.add(written('one'));
    await storage.add(written('two'));
    await storage.remove(first.order);
    expect(await storage.all('ada')).toHaveLength(1);
    await storage.put({ ...first, isConfirmed: true });
    expect((await storage.all('ada')).map(({ text, isConfirmed }) => [text, isConfirmed])).toEqual([
      ['one', true],
      ['two', false],
    ]);
  });
});

it('outlives the page', async () => {
  globalThis.indexedDB = new IDBFactory();
  await (await openOutboxStorage()).add(written('kept'));
  expect((await (await openOutboxStorage()).all('ada')).map(({ text }) => text)).toEqual(['kept']);
});

it('does without a database where there is none', async () => {
  globalThis.indexedDB = {
    open: () => {
      throw new DOMException('No.', 'SecurityError');
    },
  } as unknown as IDBFactory;
  const storage = await openOutboxStorage();
  await storage.add(written('kept'));
  expect(await storage.all('ada')).toHaveLength(1);
});

describe('what goes next', () => {
  it('is the oldest', () => {
    expect(nextToSend([waiting(1), waiting(2)], noon)?.order).toBe(1);
    expect(nextToSend([], noon)).toBeNull();
  });

  it('is never overtaken within its session, and does not hold up others', () => {
    const refused = waiting(1, { refusal: 'No.' });
    expect(nextToSend([refused, waiting(2), waiting(3, { sessionId: 's2' })], noon)?.order).toBe(3);
    expect(nextToSend([refused, waiting(2)], noon)).toBeNull();
  });

  it('is asked about after an hour, and goes when the person says so', () => {
    const old = waiting(1, { writtenAt: noon - hour - 1 });
    expect(doubtful([old, waiting(2)], noon)).toEqual([old]);
    expect(nextToSend([old, waiting(2)], noon)).toBeNull();
    const confirmed = { ...old, isConfirmed: true };
    expect(doubtful([confirmed], noon)).toEqual([]);
    expect(nextToSend([confirmed, waiting(2)], noon)?.order).toBe(1);
    expect(doubtful([waiting(1, { writtenAt: noon - hour })], noon)).toEqual([]);
  });
});

it.each([
  [0, 'later'],
  [500, 'later'],
  [503, 'later'],
  [408, 'later'],
  [400, 'never'],
  [403, 'never'],
  [404, 'never'],
  [409, 'never'],
  [413, 'never'],
  [401, 'signed out'],
])('knows what a %i means for a message', (status, verdict) => {
  expect(verdictOf(problem(status))).toBe(verdict);
});

describe('draining', () => {
  let storage: OutboxStorage;
  let posted: string[];
  let accepted: string[];
  let answers: Answer<ChatMessage>[];
  let isHere: boolean | null;
  let asked: number;
  let parts: DrainParts;

  beforeEach(() => {
    storage = storageInMemory();
    posted = [];
    accepted = [];
    answers = [];
    isHere = true;
    asked = 0;
    parts = {
      storage,
      personId: 'ada',
      now: () => noon,
      isStillHere: async () => {
        asked++;
        return isHere;
      },
      post: async message => {
        posted.push(message.text);
        return answers.shift() ?? { ok: true, value: { seq: posted.length } as ChatMessage };
      },
      sending: () => {},
      accepted: message => accepted.push(message.text),
      changed: async () => {},
    };
  });

  const add = async (...texts: string[]) => {
    for (const text of texts) await storage.add(written(text));
  };
  const left = async () => (await storage.all('ada')).map(({ text }) => text);

  it('sends everything once, first in first out', async () => {
    await add('one', 'two', 'three');
    expect(await drain(parts)).toEqual({ state: 'done' });
    expect(posted).toEqual(['one', 'two', 'three']);
    expect(accepted).toEqual(posted);
    expect(await left()).toEqual([]);
  });

  it('stops at the first failure and keeps the rest in order', async () => {
    await add('one', 'two', 'three');
    answers = [
      { ok: true, value: {} as ChatMessage },
      { ok: false, problem: problem(0) },
    ];
    expect(await drain(parts)).toEqual({ state: 'failed', problem: problem(0) });
    expect(posted).toEqual(['one', 'two']);
    expect(await left()).toEqual(['two', 'three']);
  });

  it('waits for as long as the server says', async () => {
    await add('one');
    answers = [{ ok: false, problem: problem(429, 42) }];
    expect(await drain(parts)).toEqual({ state: 'limited', seconds: 42 });
    expect(await left()).toEqual(['one']);
  });

  it('keeps what will never be taken for the person to decide, and goes on with other sessions', async () => {
    await add('one', 'two');
    await storage.add(written('three', { sessionId: 's2' }));
    answers = [{ ok: false, problem: problem(409) }];
    expect(await drain(parts)).toEqual({ state: 'done' });
    expect(posted).toEqual(['one', 'three']);
    expect(await storage.all('ada')).toMatchObject([{ text: 'one', refusal: expect.any(String) }, { text: 'two' }]);
  });

  it('does not bring back what was cancelled on the way', async () => {
    await add('one');
    parts.post = async message => {
      await storage.remove(message.order);
      return { ok: false, problem: problem(404) };
    };
    await drain(parts);
    expect(await left()).toEqual([]);
  });

  it('sends what is written meanwhile as well', async () => {
    await add('one');
    const { post } = parts;
    parts.post = async message => {
      if (message.text === 'one') await add('two');
      return post(message);
    };
    await drain(parts);
    expect(posted).toEqual(['one', 'two']);
  });

  it('makes sure that an older message still belongs to who is signed in', async () => {
    await storage.add(written('old', { writtenAt: noon - 60_000 }));
    isHere = false;
    expect(await drain(parts)).toEqual({ state: 'done' });
    isHere = null;
    expect(await drain(parts)).toEqual({ state: 'failed', problem: null });
    expect(posted).toEqual([]);
    isHere = true;
    await drain(parts);
    expect(posted).toEqual(['old']);
  });

  it('does not ask who is signed in about what was just written', async () => {
    await add('one');
    await drain(parts);
    expect(asked).toBe(0);
  });
});
