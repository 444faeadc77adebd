import { useEffect } from 'preact/hooks';
import { RingIcon } from '../shell/icons.tsx';
import { texts } from '../shell/texts.ts';
import type { Session } from '../shell/wire.ts';
import { setSubscription, subscriptions, wantSubscription } from './subscriptions.ts';

/** Whether this person is told when the agent is done. On a row its name says which session it is about. */
export function RingButton({ session: { id, title }, isOfRow }: { session: Session; isOfRow?: boolean }) {
  useEffect(() => wantSubscription(id), [id]);
  const isOn = subscriptions.value.get(id) ?? false;
  const name = isOfRow ? texts.session.ringOf(title) : texts.session.ring;
  return (
    <button
      type="button"
      class="icon-button ring-button"
      aria-label={name}
      aria-pressed={isOn}
      title={texts.session.ring}
      onClick={() => void setSubscription(id, !isOn)}
    >
      <RingIcon on={isOn} />
    </button>
  );
}
