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
export function ActivityPill({ session: { activity, queuePosition, failed } }: { session: Session }) {
  const isQueued = queuePosition !== null;
  return (
    <span class={`pill ${isQueued ? 'queued' : failed ? 'failed' : look(activity)}`} data-testid="activity">
      <i aria-hidden="true" />
      {isQueued ? texts.session.queued(queuePosition) : failed ? texts.session.hasFailed : texts.activity(activity)}
    </span>
  );
}

/** The same without words, where the words stand beside it for listeners. */
export function ActivityDot({ activity }: { activity: Activity }) {
  return (
    <span class={`dot ${look(activity)}`} title={texts.activity(activity)}>
      <span class="visually-hidden">, {texts.activity(activity)}</span>
    </span>
  );
}
