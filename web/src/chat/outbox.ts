import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Problem } from '../shell/api.ts';

/** A message that is written but not on the server's disk yet. */
export interface Waiting {
  /** Grows with each message of this browser: first in, first out. */
  order: number;
  /** The message's id for the server, which takes each id once. */
  id: string;
  /** Whose it is. Another person who signs in here never sends it. */
  personId: string;
  projectId: string;
  sessionId: string;
  text: string;
  writtenAt: number;
  /** The person said that it may go although it is old. */
  isConfirmed: boolean;
  /** Why the server will never take it as it is. */
  refusal: string | null;
}

export type Written = Omit<Waiting, 'order'>;

/** Where messages wait: in the browser's database, or, where there is none, for as long as the tab lives. */
export interface OutboxStorage {
  all(personId: string): Promise<Waiting[]>;
  add(written: Written): Promise<Waiting>;
  /** Puts it where it was, changed or taken back. */
  put(waiting: Waiting): Promise<void>;
  remove(order: number): Promise<void>;
}

interface Schema extends DBSchema {
  outbox: { key: number; value: Waiting; indexes: { personId: string } };
}

export async function openOutboxStorage(): Promise<OutboxStorage> {
  try {
    return await storageInDatabase();
  } catch {
    // Forbidden in some private windows. Sending works all the same, only not across a reload.
    return storageInMemory();
  }
}

async function storageInDatabase(): Promise<OutboxStorage> {
  let opened: Promise<IDBPDatabase<Schema>> | null = null;
  const database = (): Promise<IDBPDatabase<Schema>> => {
    opened ??= openDB<Schema>('carillon', 1, {
      upgrade(db) {
        const outbox = db.createObjectStore('outbox', { keyPath: 'order', autoIncrement: true });
        outbox.createIndex('personId', 'personId');
      },
      // A newer page in another tab needs the database; this one opens it again when it has something to write.
      blocking(_current, _blocked, event) {
        (event.target as IDBDatabase).close();
        opened = null;
      },
      terminated() {
        opened = null;
      },
    });
    return opened;
  };
  await database();
  return {
    all: async personId => (await database()).getAllFromIndex('outbox', 'personId', personId),
    async add(written) {
      // The database gives the number; the type wants it before.
      // Strict: the composer lets go of the words as soon as this is done.
      const transaction = (await database()).transaction('outbox', 'readwrite', { durability: 'strict' });
      const [order] = await Promise.all([transaction.store.add(written as Waiting), transaction.done]);
      return { ...written, order };
    },
    async put(waiting) {
      await (await database()).put('outbox', waiting);
    },
    remove: async order => (await database()).delete('outbox', order),
  };
}

export function storageInMemory(): OutboxStorage {
  const kept = new Map<number, Waiting>();
  let last = 0;
  return {
    all: async personId =>
      [...kept.values()].filter(waiting => waiting.personId === personId).sort((one, other) => one.order - other.order),
    async add(written) {
      const waiting = { ...written, order: ++last };
      kept.set(waiting.order, waiting);
      return waiting;
    },
    async put(waiting) {
      kept.set(waiting.order, waiting);
    },
    async remove(order) {
      kept.delete(order);
    },
  };
}

const hour = 3_600_000;

/** Messages that have waited so long that the person may have changed their mind. */
export function doubtful(waiting: readonly Waiting[], at: number): Waiting[] {
  return waiting.filter(message => isDoubtful(message, at));
}

function isDoubtful({ writtenAt, isConfirmed, refusal }: Waiting, at: number): boolean {
  return refusal === null && !isConfirmed && at - writtenAt > hour;
}

/**
 * The message that goes next: the oldest, but none before an older one of its own session. What the person has to decide
 * first holds up its session and no other.
 */
export function nextToSend(waiting: readonly Waiting[], at: number): Waiting | null {
  const held = new Set<string>();
  for (const message of waiting) {
    if (held.has(message.sessionId)) continue;
    if (message.refusal === null && !isDoubtful(message, at)) return message;
    held.add(message.sessionId);
  }
  return null;
}

export type Verdict = 'never' | 'later' | 'signed out' | { waitSeconds: number };

/** What a refused message has to expect. */
export function verdictOf({ status, retryAfterSeconds }: Problem): Verdict {
  if (status === 401) return 'signed out';
  if (status === 429) return { waitSeconds: retryAfterSeconds ?? 60 };
  // No answer, a slow one, or a server that is not well: the same message may be taken later.
  if (status < 400 || status >= 500 || status === 408 || status === 425) return 'later';
  return 'never';
}
