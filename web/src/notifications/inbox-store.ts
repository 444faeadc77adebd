import { batch, computed, effect, signal } from '@preact/signals';
import { announce } from '../shell/announcer.tsx';
import { api, query } from '../shell/api.ts';
import { whenPersonLeaves } from '../shell/leaving.ts';
import { keepLive } from '../shell/live.ts';
import { noticeProject } from '../shell/projects.ts';
import { texts } from '../shell/texts.ts';
import type { Notification, NotificationList } from '../shell/wire.ts';
import {
  emptyInbox,
  fromSnapshot,
  type Inbox,
  isUnread,
  shownRows,
  shownUnread,
  withChange,
  withCount,
  withPage,
} from './inbox.ts';
import { Rings, ringOf } from './rings.ts';
import { toneOf } from './tone.ts';
import { type Part, partKey, queryOf, unreadSoFar, type View } from './views.ts';

const pageSize = 50;
const largestPage = 500;

export const inbox = signal<Inbox>(emptyInbox);
export const rows = computed(() => shownRows(inbox.value));
export const unread = computed(() => shownUnread(inbox.value));
export const views = signal<Readonly<Record<string, View>>>({});

/** The rings that were just heard; their rows slide in. */
export const arrivals = new Set<string>();

const rings = new Rings();

/** What is typed into the search field. */
export const search = signal('');

const everything = partKey({});
let generation = 0;

const live = keepLive<NotificationList>({
  read: () => {
    // After a gap the person keeps as many rows as were on the screen.
    const wanted = Math.min(largestPage, Math.max(pageSize, rows.peek().length));
    return api.get<NotificationList>(`/notifications${query({ limit: wanted })}`);
  },
  replace(list) {
    generation++;
    batch(() => {
      inbox.value = fromSnapshot(inbox.peek(), list);
      views.value = { [everything]: { nextBeforeSeq: list.nextBeforeSeq, loading: false, problem: null } };
    });
  },
  apply(change) {
    const known = inbox.peek();
    const next = withChange(known, change);
    const rung = next === known ? null : rings.hear(change);
    // Before the rows are drawn: they look it up.
    if (rung !== null) arrived(rung);
    inbox.value = next;
  },
});

export const { loading, reload, accept } = live;

export function forgetInbox(): void {
  live.stop();
  generation++;
  batch(() => {
    inbox.value = emptyInbox;
    views.value = {};
    search.value = '';
  });
}

whenPersonLeaves(forgetInbox);

/** Loads the first page of a part unless it is there already. */
export async function openView(part: Part): Promise<void> {
  const key = partKey(part);
  if (key === everything || views.peek()[key] !== undefined) return;
  await loadPage(part, null);
}

export async function loadOlder(part: Part): Promise<void> {
  const view = views.peek()[partKey(part)];
  if (view === undefined) return openView(part);
  if (view.loading || (view.nextBeforeSeq === null && view.problem === null)) return;
  await loadPage(part, view.nextBeforeSeq);
}

async function loadPage(part: Part, before: number | null): Promise<void> {
  const key = partKey(part);
  const mine = generation;
  setView(key, { nextBeforeSeq: before ?? unreadSoFar, loading: true, problem: null });
  const beforeSeq = before === unreadSoFar ? null : before;
  const answer = await api.get<NotificationList>(
    `/notifications${query({ ...queryOf(part), limit: pageSize, beforeSeq })}`,
  );
  if (mine !== generation) {
    // A new snapshot came in between, and this page may not join it without a hole.
    if (key !== everything) await openView(part);
    return;
  }
  batch(() => {
    if (answer.ok) inbox.value = withPage(inbox.peek(), answer.value);
    setView(key, {
      nextBeforeSeq: answer.ok ? answer.value.nextBeforeSeq : (before ?? unreadSoFar),
      loading: false,
      problem: answer.ok ? null : answer.problem,
    });
  });
}

function setView(key: string, view: View): void {
  views.value = { ...views.peek(), [key]: view };
}

let heard: Notification[] = [];
let speaking: ReturnType<typeof setTimeout> | undefined;

function arrived(notification: Notification): void {
  noticeProject(notification.event.projectId);
  const ring = ringOf(notification);
  arrivals.add(ring);
  setTimeout(() => arrivals.delete(ring), 1_000);
  if (!isUnread(notification)) return;
  heard.push(notification);
  clearTimeout(speaking);
  // A burst is one sentence, not twenty.
  speaking = setTimeout(() => {
    const [only] = heard;
    if (only !== undefined) {
      announce(
        heard.length === 1
          ? texts.notifications.announceOne(texts.priority(toneOf(only)), only.event.title ?? only.event.message)
          : texts.notifications.announceMany(heard.length),
      );
    }
    heard = [];
  }, 600);
}

let counting: ReturnType<typeof setTimeout> | undefined;

effect(() => {
  const { unreadDoubtful, pending } = inbox.value;
  // Counting while something is under way would count it or not, by chance.
  if (!unreadDoubtful || pending.length > 0) return;
  clearTimeout(counting);
  counting = setTimeout(async () => {
    const answer = await api.get<NotificationList>(
      `/notifications${query({ limit: 1, unreadOnly: true, unresolvedOnly: true })}`,
    );
    if (answer.ok) inbox.value = withCount(inbox.peek(), answer.value.unhandledCount, answer.value.headSeq);
  }, 300);
});
