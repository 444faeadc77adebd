import { person } from './person.ts';
import { texts } from './texts.ts';
import type { Activity, Session } from './wire.ts';

const needing = new Set<Activity>(['waiting_input', 'blocked', 'stuck']);
const busy = new Set<Activity>(['starting', 'working']);

/** True when the agent cannot go on without a person. */
export function needsPerson(activity: Activity): boolean {
  return needing.has(activity);
}

export function isBusy(activity: Activity): boolean {
  return busy.has(activity);
}

function look(activity: Activity): string {
  if (needing.has(activity)) return 'needs';
  if (busy.has(activity)) return 'busy-now';
  return activity === 'idle' ? 'idle' : 'over';
}

/** A session that waits for a free place to run says where it stands instead. */
export function ActivityPill({ session }: { session: Session }) {
  const { activity, queuePosition, failed } = session;
  const isQueued = queuePosition !== null;
  return (
    <span class={`pill ${isQueued ? 'queued' : failed ? 'failed' : look(activity)}`} data-testid="activity">
      <i aria-hidden="true" />
      {isQueued ? texts.session.queued(queuePosition) : failed ? texts.session.hasFailed : activityWords(session)}
    </span>
  );
}

/** What it does, in words; it may wait for somebody else than this person. */
function activityWords({ activity, owner }: Session): string {
  return activity === 'waiting_input' && owner !== person.value?.name
    ? texts.session.waitingFor(owner)
    : texts.activity(activity);
}

/** The same without words, where the words stand beside it for listeners. */
export function ActivityDot({ session }: { session: Session }) {
  return (
    <span class={`dot ${look(session.activity)}`} title={activityWords(session)}>
      <span class="visually-hidden">, {activityWords(session)}</span>
    </span>
  );
}
