import { describe, expect, it } from 'vitest';
import type { ChatMessage, MessageList, RunStep } from '../shell/wire.ts';
import {
  type Conversation,
  fromList,
  inReadingOrder,
  openRuns,
  readAgain,
  type Then,
  withFrame,
  withOlder,
  withOwn,
  withWhatBecame,
} from './conversation.ts';
import type { SessionFrame } from './frames.ts';

const sessionId = 's1';
const empty: MessageList = { messages: [], nextBeforeSeq: null, head: 0 };

function said(seq: number, role: ChatMessage['role'], text: string, runId: string | null = null): ChatMessage {
  return {
    seq,
    id: `m${seq}`,
    role,
    text,
    by: role === 'person' ? 'ada' : null,
    runId,
    status: role === 'agent' ? 'completed' : null,
    steps: role === 'agent' ? [] : null,
    createdAt: '2026-11-21T09:00:00Z',
  };
}

const messageFrame = (message: ChatMessage): SessionFrame => ({ type: 'message', sessionId, ...message });
const chunk = (offset: number, text: string, runId = 'r1'): SessionFrame => ({
  type: 'chunk',
  sessionId,
  runId,
  offset,
  text,
});
const snapshot = (text: string, runId = 'r1'): SessionFrame => ({
  type: 'snapshot',
  sessionId,
  runId,
  text,
  offset: text.length,
});
const step = (id: string, status: RunStep['status'], offset = 0): SessionFrame => ({
  type: 'step',
  sessionId,
  runId: 'r1',
  id,
  name: 'Bash',
  detail: 'ls',
  status,
  offset,
});

function heard(frames: SessionFrame[], from: Conversation = fromList(empty)): [Conversation, Then[]] {
  let conversation = from;
  const then: Then[] = [];
  for (const frame of frames) {
    const [next, what] = withFrame(conversation, frame);
    conversation = next;
    then.push(what);
  }
  return [conversation, then];
}

describe('an answer that is being given', () => {
  it('grows by its chunks, and takes what it has already only once', () => {
    const [conversation, then] = heard([chunk(0, 'Hello'), chunk(0, 'Hello'), chunk(3, 'lo, w'), chunk(8, 'orld')]);
    expect(conversation.run?.text).toBe('Hello, world');
    expect(then).toEqual([null, null, null, null]);
  });

  it('asks again when a piece is missing, and does not show what comes behind it', () => {
    const [conversation, then] = heard([chunk(0, 'Hello'), chunk(9, 'ld')]);
    expect(conversation.run?.text).toBe('Hello');
    expect(then).toEqual([null, 'attach again']);
  });

  it('asks again when it hears of a run from its middle', () => {
    expect(heard([chunk(4, 'o')])[1]).toEqual(['attach again']);
  });

  it('is what the snapshot says, with the steps that were known', () => {
    const [conversation] = heard([chunk(0, 'Hel'), step('a', 'running'), snapshot('Hello'), chunk(5, '!')]);
    expect(conversation.run).toMatchObject({ text: 'Hello!', steps: [{ id: 'a' }] });
  });

  it('has each step once, as it was last told', () => {
    const [conversation] = heard([step('a', 'running'), step('b', 'running'), step('a', 'done')]);
    expect(conversation.run?.steps.map(({ id, status }) => [id, status])).toEqual([
      ['a', 'done'],
      ['b', 'running'],
    ]);
  });

  it('gives way to the message, and its echoes are not heard', () => {
    const [conversation] = heard([
      chunk(0, 'Hello'),
      messageFrame(said(2, 'agent', 'Hello, world', 'r1')),
      { type: 'complete', sessionId, runId: 'r1', messageId: 'm2', status: 'completed' },
      chunk(5, ', world'),
      snapshot('Hello'),
      step('a', 'done'),
    ]);
    expect(conversation.run).toBeNull();
    expect(conversation.messages.map(({ text }) => text)).toEqual(['Hello, world']);
  });

  it('ends also when there is nothing but the reason why it was not given', () => {
    const [conversation] = heard([step('a', 'running'), messageFrame(said(2, 'system', 'Stopped.', 'r1'))]);
    expect(conversation.run).toBeNull();
  });

  it('stays on the screen while the connection is made anew', () => {
    const before = heard([{ type: 'typing', sessionId, on: true }, chunk(0, 'Hello')])[0];
    const [conversation] = heard([{ type: 'attached', sessionId, head: 0, activity: 'working' }], before);
    expect(conversation).toMatchObject({ isTyping: true, run: { text: 'Hello' } });
  });
});

describe('messages', () => {
  it('stand in the order of the log, each once', () => {
    const [conversation] = heard([
      messageFrame(said(5, 'person', 'five')),
      messageFrame(said(3, 'person', 'three')),
      messageFrame(said(5, 'person', 'five')),
    ]);
    expect(conversation.messages.map(({ seq }) => seq)).toEqual([3, 5]);
    expect(conversation.head).toBe(5);
  });

  it('that this page sent do not move the head, for others may have spoken before', () => {
    const conversation = withOwn(fromList(empty), said(7, 'person', 'mine'));
    expect(conversation.head).toBe(0);
    expect(heard([messageFrame(said(6, 'person', 'before mine'))], conversation)[0].messages).toHaveLength(2);
  });

  it('that are older come before', () => {
    const newest = fromList({ messages: [said(5, 'person', 'five')], nextBeforeSeq: 5, head: 5 });
    const older = withOlder(newest, {
      messages: [said(1, 'person', 'one'), said(2, 'agent', 'two')],
      nextBeforeSeq: null,
      head: 5,
    });
    expect(older.messages.map(({ seq }) => seq)).toEqual([1, 2, 5]);
    expect(older.nextBeforeSeq).toBeNull();
  });

  it('are read again when the head went back', () => {
    const known = fromList({ messages: [said(9, 'person', 'nine')], nextBeforeSeq: null, head: 9 });
    expect(heard([{ type: 'attached', sessionId, head: 4, activity: 'idle' }], known)[1]).toEqual(['read again']);
    expect(readAgain(known, empty).messages).toEqual([]);
  });

  it('are read with each answer below its question', () => {
    const { messages: shown, placeOf } = inReadingOrder([
      said(1, 'person', 'first', 'r1'),
      said(2, 'person', 'second', 'r2'),
      said(3, 'agent', 'to the first', 'r1'),
      said(4, 'agent', 'to the second', 'r2'),
      said(5, 'system', 'Something else'),
    ]);
    expect(shown.map(({ seq }) => seq)).toEqual([1, 3, 2, 4, 5]);
    expect([placeOf('r1'), placeOf('r2'), placeOf('unheard of')]).toEqual([2, 4, 5]);
  });

  it('that wait go when their author takes them back, also while nobody listened', () => {
    const [known] = heard([
      messageFrame(said(1, 'person', 'first', 'r1')),
      messageFrame(said(2, 'person', 'second', 'r2')),
      messageFrame(said(3, 'person', 'third', 'r3')),
    ]);
    const [after] = heard([{ type: 'withdrawn', sessionId, messageId: known.messages[1]?.id ?? '' }], known);
    expect(after.messages.map(({ seq }) => seq)).toEqual([1, 3]);
    expect(openRuns(after)).toEqual(['r1', 'r3']);

    const listed = known.messages.filter(({ seq }) => seq !== 3);
    expect(heard([{ type: 'attached', sessionId, head: 3, activity: 'working' }], known)[1]).toEqual(['look again']);
    const seen = withWhatBecame(known, { messages: [...listed], nextBeforeSeq: null, head: 3 });
    expect(seen.messages.map(({ seq }) => seq)).toEqual([1, 2]);
    // A list that is older than what is known, or does not reach so far back, says nothing of it.
    expect(withWhatBecame(known, { messages: [...listed], nextBeforeSeq: null, head: 2 }).messages.length).toBe(3);
    expect(withWhatBecame(known, { messages: [], nextBeforeSeq: 4, head: 4 }).messages.length).toBe(3);
  });

  it('keep the failure of a message that was asked again before its answer', () => {
    const { messages: shown, placeOf } = inReadingOrder([
      said(1, 'person', 'first', 'r1'),
      said(2, 'agent', 'to the first', 'r1'),
      said(3, 'person', 'second', 'r3'),
      said(4, 'system', 'The second failed', 'r2'),
      said(5, 'person', 'third', 'r4'),
      said(6, 'agent', 'to the second', 'r3'),
    ]);
    expect(shown.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 6, 5]);
    expect([placeOf('r3'), placeOf('r4')]).toEqual([5, 6]);
  });

  it('that wait for their answer are known', () => {
    const [conversation] = heard([
      messageFrame(said(1, 'person', 'first', 'r1')),
      messageFrame(said(2, 'person', 'second', 'r2')),
      messageFrame(said(3, 'person', 'third', 'r3')),
      messageFrame(said(4, 'agent', 'answer', 'r1')),
    ]);
    expect(openRuns(conversation)).toEqual(['r2', 'r3']);
  });
});

// A server whose conversation goes on whether or not anybody listens, and a page whose connection is cut anywhere.
describe('a connection that is cut at random', () => {
  it('loses nothing and repeats nothing', () => {
    for (let seed = 0; seed < 200; seed++) listenWithCuts(seed);
  });

  function listenWithCuts(seed: number): void {
    const random = numbersFrom(seed);
    const server = new FakeServer(random);
    let page = fromList(empty);
    let isConnected = false;
    const inFlight: SessionFrame[] = [];
    const attach = () => {
      isConnected = true;
      inFlight.length = 0;
      inFlight.push(...server.attach(page.head));
    };

    for (let turn = 0; turn < 400; turn++) {
      const news = server.goOn();
      if (isConnected) inFlight.push(...news);
      const chance = random();
      if (chance < 0.03) isConnected = false;
      else if (!isConnected && chance < 0.2) attach();
      while (isConnected && inFlight.length > 0 && random() < 0.8) {
        const frame = inFlight.shift() as SessionFrame;
        // A frame that the network swallowed, which no network should do.
        if (frame.type === 'chunk' && random() < 0.02) continue;
        const [next, then] = withFrame(page, frame);
        page = next;
        if (then === 'attach again') attach();
        for (const run of server.runs.values()) {
          if (page.run?.id === run.id) expect(run.text.startsWith(page.run.text), `seed ${seed}`).toBe(true);
        }
      }
    }
    server.finish();
    attach();
    for (const frame of inFlight) page = withFrame(page, frame)[0];

    expect(page.messages, `seed ${seed}`).toEqual(server.messages);
    expect(page.run, `seed ${seed}`).toBeNull();
    expect(page.isTyping, `seed ${seed}`).toBe(false);
  }
});

class FakeServer {
  readonly messages: ChatMessage[] = [];
  readonly runs = new Map<string, { id: string; text: string; steps: RunStep[] }>();
  #active: string | null = null;
  #seq = 0;

  constructor(private readonly random: () => number) {}

  goOn(): SessionFrame[] {
    if (this.#active === null) {
      if (this.random() < 0.7) return [];
      const id = `r${this.runs.size + 1}`;
      this.runs.set(id, { id, text: '', steps: [] });
      this.#active = id;
      return [this.#say('person', `Question ${id}`, id), { type: 'typing', sessionId, on: true }];
    }
    const run = this.runs.get(this.#active);
    if (run === undefined) return [];
    const chance = this.random();
    if (chance < 0.1) return this.finish();
    if (chance < 0.25) {
      const known: RunStep = {
        id: `step${Math.floor(this.random() * 3)}`,
        name: 'Bash',
        detail: null,
        status: chance < 0.2 ? 'done' : 'running',
        offset: run.text.length,
      };
      run.steps = [...run.steps.filter(({ id }) => id !== known.id), known];
      return [{ type: 'step', sessionId, runId: run.id, ...known }];
    }
    const text = 'abcdefghijkl 🔔\n'.slice(0, 1 + Math.floor(this.random() * 15));
    const offset = run.text.length;
    run.text += text;
    return [{ type: 'chunk', sessionId, runId: run.id, offset, text }];
  }

  finish(): SessionFrame[] {
    const run = this.#active === null ? undefined : this.runs.get(this.#active);
    if (run === undefined) return [];
    this.#active = null;
    const answer = this.#say(run.text === '' ? 'system' : 'agent', run.text, run.id);
    return [answer, this.#complete(run.id), { type: 'typing', sessionId, on: false }];
  }

  attach(from: number): SessionFrame[] {
    const run = this.#active === null ? undefined : this.runs.get(this.#active);
    const missed = this.messages
      .filter(({ seq }) => seq > from)
      .flatMap(message => [
        messageFrame(message),
        ...(message.role === 'agent' ? [this.#complete(message.runId ?? '')] : []),
      ]);
    return [
      { type: 'attached', sessionId, head: this.#seq, activity: run === undefined ? 'idle' : 'working' },
      ...missed,
      ...(run === undefined
        ? []
        : ([
            { type: 'typing', sessionId, on: true },
            { type: 'snapshot', sessionId, runId: run.id, text: run.text, offset: run.text.length },
            ...run.steps.map(known => ({ type: 'step', sessionId, runId: run.id, ...known })),
          ] as SessionFrame[])),
    ];
  }

  #complete(runId: string): SessionFrame {
    return { type: 'complete', sessionId, runId, messageId: '', status: 'completed' };
  }

  #say(role: ChatMessage['role'], text: string, runId: string): SessionFrame {
    const message = said(++this.#seq, role, text, runId);
    this.messages.push(message);
    return messageFrame(message);
  }
}

/** Mulberry32: small, and the same everywhere. */
function numbersFrom(seed: number): () => number {
  let state = seed + 0x6d2b79f5;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
