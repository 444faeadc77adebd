/** What became of a request for a Web Lock. */
export type LockEnd =
  /** The work was done while this tab held the lock. */
  | 'done'
  /**
   * The request was aborted, another tab took the lock away, or the document is going away. Pause before asking again:
   * WebKit rejects every request of a document that is going away at once, and a loop of those freezes the tab for good.
   */
  | 'aborted'
  /** This browser has no locks for this page, and asking again would not change that. */
  | 'unavailable';

/** Runs the work once this tab holds the lock. What the work throws goes to the caller. */
export async function withLock(name: string, options: LockOptions, work: () => Promise<void>): Promise<LockEnd> {
  // Missing on plain http outside this machine, whatever the types say.
  const locks: LockManager | null | undefined = navigator.locks;
  if (locks == null) return 'unavailable';
  const failures: unknown[] = [];
  try {
    await locks.request(name, options, () => work().catch(error => failures.push(error)));
  } catch (error) {
    return error instanceof DOMException && error.name === 'AbortError' ? 'aborted' : 'unavailable';
  }
  if (failures.length > 0) throw failures[0];
  return 'done';
}
