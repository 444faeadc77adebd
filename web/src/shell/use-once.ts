import { useRef } from 'preact/hooks';

/** True from the first time on that it was: what was shown once is not taken away to wait for more. */
export function useOnce(isSo: boolean): boolean {
  const was = useRef(false);
  was.current ||= isSo;
  return was.current;
}
