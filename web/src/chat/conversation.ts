import type { ChatMessage, MessageList, RunStep } from '../shell/wire.ts';
import type { ServerFrame, SessionFrame } from './frames.ts';

// The rules by which frames become what is on the screen. Pure: the socket, the network and time are elsewhere.

/** An answer that is being given. */
export interface Run {
  id: string;
  text: string;
  steps: readonly RunStep[];
}

export interface Conversation {
  /** By seq, without repeats. */
  messages: readonly ChatMessage[];
  /** Passed for those before the oldest; null when there are none. */
  nextBeforeSeq: number | null;
  /** Everything up to here is known: what `attach` takes as `after`. */
  head: number;
  run: Run | null;
  /** The agent works on an answer. */
  isTyping: boolean;
  /** Runs that have their answer. Whatever still comes of them is an echo. */
  ended: ReadonlySet<string>;
}

/** What a frame leaves to be done: frames were missed, what is known is not of this log any more, or more was delivered by now. */
export type Then = 'attach again' | 'read again' | 'look again' | null;

export function fromList(list: MessageList): Conversation {
  return {
    messages: list.messages,
    nextBeforeSeq: list.nextBeforeSeq,
    head: list.head,
    run: null,
    isTyping: false,
    ended: new Set(list.messages.filter(isAnswer).map(message => message.runId ?? '')),
  };
}

/** A snapshot that takes the place of what was known. The answer that is being given stays: it is not part of lists. */
export function readAgain(before: Conversation, list: MessageList): Conversation {
  const next = fromList(list);
  return before.run === null || next.ended.has(before.run.id)
    ? next
    : { ...next, run: before.run, isTyping: before.isTyping };
}

export function withOlder(before: Conversation, list: MessageList): Conversation {
  return {
    ...before,
    messages: merge(before.messages, list.messages),
    nextBeforeSeq: list.nextBeforeSeq,
    ended: new Set([...before.ended, ...fromList(list).ended]),
  };
}

/** What this page said itself, as the server answered. The head stays: others may have spoken before it. */
export function withOwn(before: Conversation, message: ChatMessage): Conversation {
  // Sent again, and taken back meanwhile in another tab.
  if (message.status === 'withdrawn') return before;
  // The socket may have been quicker, and knows by now what became of it.
  if (before.messages.some(({ id }) => id === message.id)) return before;
  return { ...before, messages: merge(before.messages, [message]) };
}

/**
 * What a list tells of messages that were delivered or taken back while nobody listened. What is delivered stays so: the list may be
 * the older word.
 */
export function withWhatBecame(before: Conversation, { messages, nextBeforeSeq, head }: MessageList): Conversation {
  const delivered = messages.filter(message => message.role === 'person' && message.status === 'delivered');
  const listed = new Set(messages.map(({ id }) => id));
  const from = nextBeforeSeq ?? 0;
  const still: readonly ChatMessage[] = before.messages.filter(
    message => listed.has(message.id) || message.seq < from || message.seq > head || !waitsForAgent(before, message),
  );
  return { ...before, messages: delivered.reduce((known, { id }) => withDelivered(known, id), still) };
}

export function withFrame(before: Conversation, frame: SessionFrame): [Conversation, Then] {
  switch (frame.type) {
    case 'attached':
      // While it works, `typing` follows at once; switching it off in between would only flicker.
      // A head that went back: the database was restored, and some of what is shown may not have happened.
      return [
        { ...before, isTyping: before.isTyping && frame.activity === 'working' },
        frame.head < before.head
          ? 'read again'
          : before.messages.some(message => waitsForAgent(before, message))
            ? 'look again'
            : null,
      ];
    case 'typing':
      return [{ ...before, isTyping: frame.on }, null];
    case 'snapshot': {
      if (before.ended.has(frame.runId)) return [before, null];
      const steps = before.run?.id === frame.runId ? before.run.steps : [];
      return [{ ...before, run: { id: frame.runId, text: frame.text, steps } }, null];
    }
    case 'chunk':
      return withChunk(before, frame);
    case 'step': {
      if (before.ended.has(frame.runId)) return [before, null];
      const run = before.run?.id === frame.runId ? before.run : { id: frame.runId, text: '', steps: [] };
      return [{ ...before, run: { ...run, steps: withStep(run.steps, frame) } }, null];
    }
    case 'message':
      return [withMessage(before, messageOf(frame)), null];
    case 'delivered':
      return [{ ...before, messages: withDelivered(before.messages, frame.messageId) }, null];
    case 'withdrawn':
      return [withoutMessage(before, frame.messageId), null];
    case 'complete':
      // Whoever came between the two has no other word of it than this; the next run says for itself that it begins.
      return [{ ...withoutRun(before, frame.runId), isTyping: false }, null];
  }
}

function withChunk(before: Conversation, chunk: Extract<ServerFrame, { type: 'chunk' }>): [Conversation, Then] {
  if (before.ended.has(chunk.runId)) return [before, null];
  // The first chunk of a run may be the first that is heard of it.
  const run = before.run?.id === chunk.runId ? before.run : { id: chunk.runId, text: '', steps: [] };
  const have = run.text.length;
  if (chunk.offset > have) return [before, 'attach again'];
  const news = chunk.text.slice(have - chunk.offset);
  if (news === '' && run === before.run) return [before, null];
  return [{ ...before, run: { ...run, text: run.text + news } }, null];
}

function withStep(steps: readonly RunStep[], { id, name, detail, status, offset }: RunStep): readonly RunStep[] {
  const step = { id, name, detail: detail ?? null, status, offset };
  const at = steps.findIndex(known => known.id === id);
  return at < 0 ? [...steps, step] : steps.with(at, step);
}

function withDelivered(messages: readonly ChatMessage[], id: string): readonly ChatMessage[] {
  const at = messages.findIndex(message => message.id === id && isWaiting(message));
  const message = messages[at];
  return message === undefined ? messages : messages.with(at, { ...message, status: 'delivered' });
}

/** It was said to an agent that runs elsewhere and has not fetched it yet. */
export function isWaiting({ role, status }: ChatMessage): boolean {
  return role === 'person' && status === 'waiting';
}

/** Nobody knows yet that the agent has it: it may still be taken back. */
export function waitsForAgent(conversation: Conversation, message: ChatMessage): boolean {
  const { role, runId } = message;
  return isWaiting(message) || (role === 'person' && runId !== null && !conversation.ended.has(runId));
}

/** Its author took it back. */
export function withoutMessage(before: Conversation, id: string): Conversation {
  return { ...before, messages: before.messages.filter(message => message.id !== id) };
}

function withMessage(before: Conversation, message: ChatMessage): Conversation {
  const next = {
    ...before,
    messages: merge(before.messages, [message]),
    head: Math.max(before.head, message.seq),
  };
  return isAnswer(message) ? withoutRun(next, message.runId ?? '') : next;
}

function withoutRun(before: Conversation, runId: string): Conversation {
  return {
    ...before,
    run: before.run?.id === runId ? null : before.run,
    ended: before.ended.has(runId) ? before.ended : new Set(before.ended).add(runId),
  };
}

/** A run ends in what the agent said, or in the server's words why it said nothing. */
function isAnswer(message: ChatMessage): boolean {
  return message.role !== 'person' && message.runId !== null;
}

function messageOf(frame: Extract<ServerFrame, { type: 'message' }>): ChatMessage {
  const { seq, id, role, text, by, runId, status, steps, createdAt } = frame;
  // What a message does not have may be null or missing.
  return {
    seq,
    id,
    role,
    text,
    by: by ?? null,
    runId: runId ?? null,
    status: status ?? null,
    steps: steps ?? null,
    createdAt,
  };
}

function merge(known: readonly ChatMessage[], more: readonly ChatMessage[]): readonly ChatMessage[] {
  const last = known.at(-1);
  const first = more[0];
  // Nearly always: something new at the end.
  if (first === undefined) return known;
  if (more.length === 1 && (last === undefined || first.seq > last.seq)) return [...known, first];
  const byId = new Map([...known, ...more].map(message => [message.id, message]));
  return [...byId.values()].sort((one, other) => one.seq - other.seq);
}

/** The messages as a person reads them, and where among them the answer to a run has its place. */
export interface Reading {
  messages: readonly ChatMessage[];
  placeOf: (runId: string | undefined) => number;
}

/**
 * An answer stands below the message that it answers, also when another message was written meanwhile. A message that was asked
 * again names its latest run alone; the answers of earlier ones stay where they were, before the new one.
 */
export function inReadingOrder(messages: readonly ChatMessage[]): Reading {
  const asked = new Map<string, number>();
  for (const { role, runId, seq } of messages) {
    if (role === 'person' && runId !== null) asked.set(runId, seq);
  }
  const places = new Map<string, number>();
  let lastAsked: number | null = null;
  for (const { id, role, runId, seq } of messages) {
    if (role === 'person' && runId !== null) lastAsked = seq;
    places.set(id, runId === null ? seq : (asked.get(runId) ?? lastAsked ?? seq));
  }
  const place = (message: ChatMessage) => places.get(message.id) ?? message.seq;
  const ordered = [...messages].sort((one, other) => place(one) - place(other) || one.seq - other.seq);
  return {
    messages: ordered,
    placeOf(runId) {
      const wanted = runId === undefined ? undefined : asked.get(runId);
      return wanted === undefined ? ordered.length : ordered.findLastIndex(message => place(message) <= wanted) + 1;
    },
  };
}

/** The runs that were asked for and have no answer yet, in the order in which they go. */
export function openRuns(conversation: Conversation): string[] {
  const open: string[] = [];
  for (const { role, runId } of conversation.messages) {
    if (role === 'person' && runId !== null && !conversation.ended.has(runId)) open.push(runId);
  }
  return open;
}
