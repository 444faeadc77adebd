const firstPause = 1_000;
const longestPause = 30_000;

/** How long silence may last before the connection counts as dead: three of the server's heartbeats. */
export const staleAfter = 45_000;

/** A connection that lived this long proves that the server is well: the next loss starts from the shortest pause. */
export const provenAfter = 2_000;

/**
 * How long to wait before the given attempt: not at all, then 1 s, 2 s, 4 s … 30 s. Jitter takes up to half away, so
 * that the browsers which a restart cut off do not come back as one.
 */
export function reconnectPause(attempt: number, random: () => number = Math.random): number {
  if (attempt <= 0) return 0;
  const full = Math.min(longestPause, firstPause * 2 ** (attempt - 1));
  return Math.round(full * (1 - random() / 2));
}
