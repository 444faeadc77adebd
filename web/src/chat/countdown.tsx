import { useEffect, useState } from 'preact/hooks';
import { announce } from '../shell/announcer.tsx';
import { texts } from '../shell/texts.ts';
import { countdown } from '../shell/time.ts';
import { limitedUntil } from './outbox-store.ts';

/** Over the limit: how long until the next message goes, second by second. */
export function LimitNotice() {
  const until = limitedUntil.value;
  const [at, setAt] = useState(Date.now());
  useEffect(() => {
    if (until === null || until <= Date.now()) return;
    setAt(Date.now());
    // Said once: a countdown that is read out every second is worse than none.
    announce(texts.chat.limited(countdown(until - Date.now())));
    const timer = setInterval(() => setAt(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [until]);
  if (until === null || until <= at) return null;
  return (
    <p class="talk-notice warning" data-testid="limit">
      {texts.chat.limited(countdown(until - at))}
    </p>
  );
}
