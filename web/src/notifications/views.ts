import type { Problem } from '../shell/api.ts';
import { sessionPath } from '../shell/router.ts';
import type { Notification } from '../shell/wire.ts';
import { isUnread } from './inbox.ts';

/** A part of the inbox that a list shows and pages through. */
export interface Part {
  unreadOnly?: boolean;
  projectId?: string;
  sessionId?: string;
  unresolvedOnly?: boolean;
  /** What waits for the person: urgent or to be acted on, and not resolved. */
  needsOnly?: boolean;
}

export interface View {
  /** Rows below this were not loaded for this part, though another part may have brought some; null at the end. */
  nextBeforeSeq: number | null;
  loading: boolean;
  problem: Problem | null;
}

/** Where a part stands of which no page was read yet. */
export const unreadSoFar = Number.MAX_SAFE_INTEGER;

export function partKey(part: Part): string {
  return JSON.stringify([
    part.unreadOnly ?? false,
    part.projectId ?? null,
    part.sessionId ?? null,
    part.unresolvedOnly ?? false,
    part.needsOnly ?? false,
  ]);
}

/** What the server is asked for. It does not tell needs from the rest, so more may come than the part shows. */
export function queryOf({ needsOnly, ...asked }: Part): Omit<Part, 'needsOnly'> {
  return needsOnly ? { ...asked, unresolvedOnly: true } : asked;
}

function needsPerson({ event: { priority }, resolvedAt }: Notification): boolean {
  return resolvedAt === null && (priority === 'urgent' || priority === 'action');
}

export function belongs(part: Part, notification: Notification): boolean {
  if (part.unreadOnly && !isUnread(notification)) return false;
  if (part.needsOnly && !needsPerson(notification)) return false;
  if (part.unresolvedOnly && notification.resolvedAt !== null) return false;
  if (part.projectId !== undefined && notification.event.projectId !== part.projectId) return false;
  return part.sessionId === undefined || notification.event.sessionId === part.sessionId;
}

/**
 * What a part shows of the known rows: only down to where it was loaded without holes. Until its own first page is there,
 * that is as far as the whole inbox was loaded.
 */
export function rowsOf(
  part: Part,
  views: Readonly<Record<string, View>>,
  rows: readonly Notification[],
): Notification[] {
  const own = views[partKey(part)];
  const view = own === undefined || own.nextBeforeSeq === unreadSoFar ? views[partKey({})] : own;
  const oldest = view?.nextBeforeSeq ?? null;
  return rows.filter(row => belongs(part, row) && (oldest === null || row.seq >= oldest));
}

/** True when every word stands somewhere in the row. */
/** Where a notification leads, if it is about something that has a page. */
export function targetOf({ event: { projectId, sessionId } }: Notification): string | null {
  return sessionId !== null && projectId !== null ? sessionPath(projectId, sessionId) : null;
}

export function matchesSearch(notification: Notification, words: string): boolean {
  const { title, message, type, projectId, sessionId, data } = notification.event;
  const text = [title, message, type, projectId, sessionId, data.subject?.project?.name, data.subject?.session?.title]
    .join(' ')
    .toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every(word => text.includes(word));
}
