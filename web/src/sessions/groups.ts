import { isBusy, needsPerson } from '../shell/activity.tsx';
import { texts } from '../shell/texts.ts';
import type { Session } from '../shell/wire.ts';

/** In the order in which they are shown. */
export const groups = ['needs', 'others', 'working', 'idle', 'ended'] as const;
export type Group = (typeof groups)[number];

/** Under which heading a session is looked for. Only what waits for this person needs them. */
export function groupOf(session: Session, isMine: boolean): Group {
  if (needsPerson(session.activity)) return isMine ? 'needs' : 'others';
  if (isBusy(session.activity) || session.queuePosition !== null) return 'working';
  return session.activity === 'idle' ? 'idle' : 'ended';
}

/** Each group that there is, with its sessions as they came. */
export function inGroups(
  sessions: readonly Session[],
  isMine: (session: Session) => boolean,
): { group: Group; sessions: Session[] }[] {
  const found = new Map<Group, Session[]>(groups.map(group => [group, []]));
  for (const session of sessions) found.get(groupOf(session, isMine(session)))?.push(session);
  return groups
    .map(group => ({ group, sessions: found.get(group) ?? [] }))
    .filter(({ sessions: some }) => some.length > 0);
}

/** True when all the words occur in what a person would look for: title, project, agent, owner. */
export function hasWords(session: Session, words: string, projectName: string): boolean {
  const text =
    `${session.title} ${projectName} ${session.agent} ${texts.agent(session.agent)} ${session.owner}`.toLocaleLowerCase();
  return words
    .toLocaleLowerCase()
    .split(/\s+/)
    .every(word => text.includes(word));
}
