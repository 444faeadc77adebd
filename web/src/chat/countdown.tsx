import { useEffect } from 'preact/hooks';
import { announce } from '../shell/announcer.tsx';
import { texts } from '../shell/texts.ts';
import { countdown } from '../shell/time.ts';
import { useCountdown } from '../shell/use-countdown.ts';
import { limitedUntil } from './outbox-store.ts';

/** Over the limit: how long until the next message goes, second by second. */
export function LimitNotice() {
  const until = limitedUntil.value;
  const left = useCountdown(until);
  useEffect(() => {
    // Said once: a countdown that is read out every second is worse than none.
    if (until !== null && until > Date.now()) announce(texts.chat.limited(countdown(until - Date.now())));
  }, [until]);
  if (left === null) return null;
  return (
    <p class="talk-notice warning" data-testid="limit">
      {texts.chat.limited(countdown(left))}
    </p>
  );
}
