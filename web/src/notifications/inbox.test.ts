import { describe, expect, it } from 'vitest';
import type { Change, Notification, NotificationList } from '../shell/wire.ts';
import {
  emptyInbox,
  fromSnapshot,
  type Inbox,
  isUnread,
  shownRows,
  shownUnread,
  withAnswer,
  withChange,
  withConfirmed,
  withCount,
  withoutPending,
  withPage,
  withPending,
} from './inbox.ts';

const at = '2026-11-21T09:00:00.000Z';

function row(seq: number, more: Partial<Notification> = {}): Notification {
  const id = `ntf_${seq}`;
  return {
    seq,
    rangSeq: seq,
    id,
    receivedAt: at,
    seenAt: null,
    readAt: null,
    archivedAt: null,
    resolvedAt: null,
    count: 1,
    event: {
      id,
      type: 'build.failed',
      priority: 'warning',
      sessionId: null,
      projectId: null,
      timestamp: at,
      title: `Row ${seq}`,
      message: 'Something',
      data: { schemaVersion: 3, semanticType: 'build.failed', subject: null },
    },
    actions: [],
    ...more,
  };
}

function list(headSeq: number, rows: Notification[], more: Partial<NotificationList> = {}): NotificationList {
  const unhandledCount = rows.filter(isUnread).length;
  return {
    notifications: rows,
    unreadCount: unhandledCount,
    unhandledCount,
    limit: 50,
    nextBeforeSeq: null,
    headSeq,
    ...more,
  };
}

function change(seq: number, type: string, notification: Notification): Change {
  return { seq, type, projectId: null, sessionId: null, payload: { notification }, createdAt: at };
}

const created = (seq: number, notification = row(seq)) => change(seq, 'notification_created', notification);
const updated = (seq: number, notification: Notification) => change(seq, 'notification_updated', notification);
const resolved = (seq: number, notification: Notification) => change(seq, 'notification_resolved', notification);
const seqs = (inbox: Inbox) => shownRows(inbox).map(({ seq }) => seq);
const start = () => fromSnapshot(emptyInbox, list(10, [row(10), row(8, { readAt: at }), row(5)]));

describe('The inbox', () => {
  it('starts from a snapshot, newest first', () => {
    expect(seqs(start())).toEqual([10, 8, 5]);
    expect(shownUnread(start())).toBe(2);
  });

  it('puts a new row on top and counts it', () => {
    const inbox = withChange(start(), created(11));
    expect(seqs(inbox)).toEqual([11, 10, 8, 5]);
    expect(shownUnread(inbox)).toBe(3);
  });

  it('knows a row that is told twice', () => {
    const once = withChange(start(), created(11));
    expect(withChange(once, created(11))).toBe(once);
    expect(withChange(start(), created(10))).toEqual(start());
  });

  it('counts by what a row was before and is after', () => {
    let inbox = withChange(start(), updated(11, row(10, { readAt: at })));
    expect(shownUnread(inbox)).toBe(1);
    inbox = withChange(inbox, updated(12, row(10, { readAt: at, seenAt: at })));
    expect(shownUnread(inbox)).toBe(1);
    inbox = withChange(inbox, updated(13, row(10)));
    expect(shownUnread(inbox)).toBe(2);
    inbox = withChange(inbox, updated(14, row(10, { archivedAt: at })));
    expect(shownUnread(inbox)).toBe(1);
    expect(seqs(inbox)).toEqual([8, 5]);
  });

  it('brings back a row that was put away elsewhere and taken out again', () => {
    let inbox = withChange(start(), updated(11, row(8, { readAt: at, archivedAt: at })));
    inbox = withChange(inbox, updated(12, row(8, { readAt: at })));
    expect(seqs(inbox)).toEqual([10, 8, 5]);
  });

  it('keeps a resolved row and its place, and takes it off the count', () => {
    const inbox = withChange(start(), resolved(11, row(5, { resolvedAt: at })));
    expect(shownRows(inbox).at(-1)?.resolvedAt).toBe(at);
    expect(shownUnread(inbox)).toBe(1);
  });

  it('moves a row that rings again to the top, and counts it again', () => {
    const rang = row(8, { seq: 11, rangSeq: 11, count: 2 });
    const inbox = withChange(start(), change(11, 'notification_rang', rang));
    expect(shownRows(inbox).map(({ id }) => id)).toEqual(['ntf_8', 'ntf_10', 'ntf_5']);
    expect(shownUnread(inbox)).toBe(3);
    // An answer that was written before it rang changes nothing of that.
    const late = withAnswer(inbox, row(8, { readAt: at, seenAt: at }), start().rows.get('ntf_8'));
    expect(shownRows(late)[0]).toMatchObject({ id: 'ntf_8', seq: 11, rangSeq: 11, readAt: null, seenAt: null });
  });

  it('takes a row that rings again and was never loaded to the top, and asks for the count', () => {
    const inbox = withChange(start(), change(11, 'notification_rang', row(2, { seq: 11, rangSeq: 11 })));
    expect(shownRows(inbox)[0]?.id).toBe('ntf_2');
    expect(inbox.unreadDoubtful).toBe(true);
  });

  it('does not let an older change turn a newer page back', () => {
    const inbox = withPage(start(), list(20, [row(4, { readAt: at })]));
    expect(withChange(inbox, updated(15, row(4)))).toBe(inbox);
  });

  it('asks for the count when a row changes that was never loaded', () => {
    const inbox = withChange(start(), updated(11, row(2, { readAt: at })));
    expect(inbox.unreadDoubtful).toBe(true);
    const counted = withCount(inbox, 7, 12);
    expect(counted.unreadDoubtful).toBe(false);
    expect(shownUnread(counted)).toBe(7);
  });

  it('does not count what the asked count contains already', () => {
    const counted = withCount(start(), 3, 12);
    expect(shownUnread(withChange(counted, created(11)))).toBe(3);
    expect(shownUnread(withChange(counted, created(13)))).toBe(4);
  });

  it('asks for the count when a page shows a change that the stream has yet to bring', () => {
    expect(withPage(start(), list(12, [row(10, { readAt: at })])).unreadDoubtful).toBe(true);
    expect(withPage(start(), list(12, [row(3)])).unreadDoubtful).toBe(false);
  });

  it('loses the rows of a session that is deleted, and asks for the count', () => {
    const of = (seq: number, sessionId: string, projectId = 'p') => {
      const one = row(seq);
      return { ...one, event: { ...one.event, sessionId, projectId } };
    };
    const inbox = fromSnapshot(emptyInbox, list(10, [of(10, 's'), of(8, 'other'), of(5, 's', 'q')]));
    const deleted = { ...created(11), type: 'session_deleted', projectId: 'p', sessionId: 's', payload: {} };
    const after = withChange(inbox, deleted);
    expect(seqs(after)).toEqual([8, 5]);
    expect(shownUnread(after)).toBe(shownUnread(inbox) - 1);
    expect(after.unreadDoubtful).toBe(true);
  });

  it('skips types and shapes that it does not know', () => {
    const inbox = start();
    expect(withChange(inbox, change(11, 'session_updated', row(11)))).toBe(inbox);
    expect(withChange(inbox, { ...created(11), payload: {} })).toBe(inbox);
  });
});

describe('A change that the server has not confirmed', () => {
  const pending = { key: 1, mark: { read: true }, ids: new Set(['ntf_10']) };

  it('shows at once and counts at once', () => {
    const inbox = withPending(start(), pending);
    expect(shownUnread(inbox)).toBe(1);
    expect(shownRows(inbox)[0]?.readAt).not.toBeNull();
  });

  it('is taken back by forgetting it, and what arrived meanwhile stays', () => {
    let inbox = withPending(start(), pending);
    inbox = withChange(inbox, created(11));
    inbox = withoutPending(inbox, 1);
    expect(seqs(inbox)).toEqual([11, 10, 8, 5]);
    expect(shownUnread(inbox)).toBe(3);
  });

  it.each(['answer first', 'stream first'])('is counted once, %s', order => {
    const confirmed = row(10, { readAt: at });
    let inbox = withPending(start(), pending);
    const asked = inbox.rows.get('ntf_10');
    if (order === 'stream first') inbox = withChange(inbox, updated(11, confirmed));
    inbox = withAnswer(withoutPending(inbox, 1), confirmed, asked);
    if (order === 'answer first') inbox = withChange(inbox, updated(11, confirmed));
    expect(shownUnread(inbox)).toBe(1);
  });

  it('does not bring back what the log took away before the answer came', () => {
    const asked = start().rows.get('ntf_10');
    let inbox = withChange(start(), updated(11, row(10, { seenAt: at })));
    inbox = withChange(inbox, updated(12, row(10, { seenAt: at, archivedAt: at })));
    inbox = withAnswer(inbox, row(10, { seenAt: at }), asked);
    expect(seqs(inbox)).toEqual([8, 5]);
    expect(shownUnread(inbox)).toBe(1);
  });

  it('stands although something else about the row came first', () => {
    const asked = start().rows.get('ntf_10');
    let inbox = withChange(start(), updated(11, row(10, { seenAt: at })));
    inbox = withAnswer(inbox, row(10, { seenAt: at, readAt: at }), asked);
    expect(shownUnread(inbox)).toBe(1);
  });

  it('is not about a row that rings after it', () => {
    const rang = change(11, 'notification_rang', row(10, { seq: 11, rangSeq: 11, count: 2 }));
    const inbox = withChange(withPending(start(), pending), rang);
    expect(shownUnread(inbox)).toBe(2);
    expect(shownRows(withConfirmed(inbox, 1, at))[0]).toMatchObject({ id: 'ntf_10', readAt: null });
  });

  it('survives a new snapshot', () => {
    const inbox = fromSnapshot(withPending(start(), pending), list(12, [row(12), row(10)]));
    expect(shownUnread(inbox)).toBe(1);
  });

  it('applies in the order in which it was made', () => {
    let inbox = withPending(start(), pending);
    inbox = withPending(inbox, { key: 2, mark: { read: false }, ids: new Set(['ntf_10']) });
    expect(shownUnread(inbox)).toBe(2);
  });

  it('may hide a row and bring it back', () => {
    const away = { key: 3, mark: { archived: true }, ids: new Set(['ntf_10']) };
    const inbox = withPending(start(), away);
    expect(seqs(inbox)).toEqual([8, 5]);
    expect(seqs(withoutPending(inbox, 3))).toEqual([10, 8, 5]);
  });
});

describe('Marking everything read', () => {
  const everything = { key: 1, mark: { read: true }, ids: new Set(['ntf_10', 'ntf_5']), everything: true };
  const long = () => fromSnapshot(emptyInbox, list(10, [row(10), row(5)], { unhandledCount: 40 }));

  it('empties the count even though most rows were never loaded', () => {
    expect(shownUnread(long())).toBe(40);
    expect(shownUnread(withPending(long(), everything))).toBe(0);
  });

  it('leaves unread what arrives after the click', () => {
    expect(shownUnread(withChange(withPending(long(), everything), created(11)))).toBe(1);
  });

  it('is confirmed, and then the count is asked for', () => {
    const inbox = withConfirmed(withPending(long(), everything), 1, at);
    expect(shownUnread(inbox)).toBe(0);
    expect(inbox.unreadDoubtful).toBe(true);
    expect(inbox.pending).toEqual([]);
  });

  it('is taken back whole', () => {
    expect(shownUnread(withoutPending(withPending(long(), everything), 1))).toBe(40);
  });
});

describe('Whatever order things come in', () => {
  it('rows and count end as the log says', () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    for (let round = 0; round < 200; round++) {
      const truth = new Map<string, Notification>();
      const log: Change[] = [];
      for (let seq = 1; seq <= 40; seq++) {
        const known = [...truth.values()];
        const victim = known[random(known.length)];
        if (victim === undefined || random(3) === 0) {
          truth.set(`ntf_${seq}`, row(seq));
          log.push(created(seq));
        } else {
          const flip = { ...victim, readAt: random(2) ? at : null, archivedAt: random(4) ? null : at };
          truth.set(victim.id, flip);
          log.push(updated(seq, flip));
        }
        if (victim !== undefined && random(4) === 0) {
          seq++;
          const rings = random(2) === 0;
          const known = truth.get(victim.id) as Notification;
          const again = { ...known, seq, ...(rings ? { rangSeq: seq, readAt: null, archivedAt: null } : {}) };
          truth.set(victim.id, again);
          log.push(change(seq, rings ? 'notification_rang' : 'notification_updated', again));
        }
      }
      // A snapshot somewhere in the log, then the log from somewhere before it, some of it twice.
      const head = random(41);
      const then = new Map<string, Notification>();
      for (const { payload } of log.slice(0, head)) {
        const { notification } = payload as { notification: Notification };
        then.set(notification.id, notification);
      }
      let inbox = fromSnapshot(emptyInbox, list(head, [...then.values()]));
      for (const entry of log.slice(Math.max(0, head - random(10)))) {
        inbox = withChange(inbox, entry);
        if (random(4) === 0) inbox = withChange(inbox, entry);
      }
      const expected = [...truth.values()]
        .filter(({ archivedAt }) => archivedAt === null)
        .sort((a, b) => b.seq - a.seq);
      expect(shownRows(inbox)).toEqual(expected);
      expect(inbox.unreadDoubtful).toBe(false);
      expect(shownUnread(inbox)).toBe(expected.filter(isUnread).length);
    }
  });
});
