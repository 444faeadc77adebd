import type { Answer, Problem } from '../shell/api.ts';
import { problemWords } from '../shell/problem-words.ts';
import type { ChatMessage } from '../shell/wire.ts';
import { nextToSend, type OutboxStorage, verdictOf, type Waiting } from './outbox.ts';

export interface DrainParts {
  storage: OutboxStorage;
  personId: string;
  now(): number;
  /** Whether this browser is still signed in as the person; null when nobody could be asked. */
  isStillHere(): Promise<boolean | null>;
  post(waiting: Waiting): Promise<Answer<ChatMessage>>;
  sending(waiting: Waiting | null): void;
  accepted(waiting: Waiting, message: ChatMessage): void;
  /** The list is another one now. */
  changed(): Promise<void>;
}

export type DrainEnd =
  | { state: 'done' }
  | { state: 'limited'; seconds: number }
  | { state: 'failed'; problem: Problem | null };

/** So long after it was written or asked about, a message meets the sign-in that it was written under. */
const surelyOurs = 10_000;

/** Sends what waits, first in first out, and stops at the first failure. The caller holds the lock of all tabs. */
export async function drain(parts: DrainParts): Promise<DrainEnd> {
  const { storage, personId } = parts;
  let surelyUntil = 0;
  for (;;) {
    const next = nextToSend(await storage.all(personId), parts.now());
    if (next === null) return { state: 'done' };
    if (parts.now() > Math.max(surelyUntil, next.writtenAt + surelyOurs)) {
      const isHere = await parts.isStillHere();
      if (isHere === null) return { state: 'failed', problem: null };
      if (!isHere) return { state: 'done' };
      surelyUntil = parts.now() + surelyOurs;
    }
    parts.sending(next);
    const answer = await parts.post(next);
    parts.sending(null);
    if (answer.ok) {
      // Removed only now. Whoever is cut off in between sends it again, and the server takes each id once.
      await storage.remove(next.order);
      parts.accepted(next, answer.value);
      continue;
    }
    const verdict = verdictOf(answer.problem);
    if (verdict === 'signed out') return { state: 'done' };
    if (verdict === 'later') return { state: 'failed', problem: answer.problem };
    if (verdict !== 'never') return { state: 'limited', seconds: verdict.waitSeconds };
    await refuse(storage, next, answer.problem);
    await parts.changed();
  }
}

async function refuse(storage: OutboxStorage, waiting: Waiting, problem: Problem): Promise<void> {
  // It may have been cancelled while it was on its way.
  const still = (await storage.all(waiting.personId)).find(({ order }) => order === waiting.order);
  if (still !== undefined) await storage.put({ ...still, refusal: problemWords(problem) });
}
