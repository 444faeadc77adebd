import { exactTime, now, relativeTime } from './time.ts';

/** A moment, as far away as it is now. The exact time is in the tooltip and for those who listen. */
export function When({ at }: { at: string }) {
  const exact = exactTime(at);
  return (
    <time dateTime={at} title={exact}>
      <span aria-hidden="true">{relativeTime(at, now.value)}</span>
      <span class="visually-hidden">{exact}</span>
    </time>
  );
}
