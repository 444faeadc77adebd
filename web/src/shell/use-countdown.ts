import { useEffect, useState } from 'preact/hooks';

/** How many milliseconds are left until then, second by second; null when there are none. */
export function useCountdown(until: number | null): number | null {
  const [at, setAt] = useState(Date.now());
  useEffect(() => {
    if (until === null || until <= Date.now()) return;
    setAt(Date.now());
    const timer = setInterval(() => setAt(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [until]);
  return until === null || until <= at ? null : until - at;
}
