import { kept } from '../shell/kept.ts';
import { person } from '../shell/person.ts';
import type { Session } from '../shell/wire.ts';
import { modeOf, wantSubscription } from './subscriptions.ts';

/** Whether lists of sessions leave out those of others. */
export const onlyMine = kept(
  'carillon-only-mine',
  stored => stored !== 'false',
  only => (only ? null : 'false'),
);

/** True for the sessions that a person answers for: their own, and those whose bell they rang on. */
export function isMine(session: Session): boolean {
  if (isOwn(session)) return true;
  wantSubscription(session.id);
  return (modeOf(session.id) ?? 'off') !== 'off';
}

/** Whether that is known of all of these. The bells of others' sessions are asked for, all of them together. */
export function areMineKnown(sessions: readonly Session[]): boolean {
  const others = sessions.filter(session => !isOwn(session));
  for (const { id } of others) wantSubscription(id);
  return others.every(({ id }) => modeOf(id) !== undefined);
}

export function isOwn(session: Session): boolean {
  return session.owner === person.value?.name;
}
