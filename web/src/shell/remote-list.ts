import { useEffect, useState } from 'preact/hooks';
import { type Answer, api, type Problem } from './api.ts';

export interface RemoteList<T> {
  items: T[] | null;
  problem: Problem | null;
  reload: () => void;
}

/** A list of a settings page: read when shown and after each change; what was shown stays until the new one is there. */
export function useRemoteList<T>(path: string, unwrap: (answer: never) => T[]): RemoteList<T> {
  const [items, setItems] = useState<T[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [round, setRound] = useState(0);

  // Each round reads anew.
  useEffect(() => {
    let left = false;
    void api.get<unknown>(path).then((answer: Answer<unknown>) => {
      if (left) return;
      setProblem(answer.ok ? null : answer.problem);
      if (answer.ok) setItems(unwrap(answer.value as never));
    });
    return () => {
      left = true;
    };
  }, [path, round]);

  return { items, problem, reload: () => setRound(before => before + 1) };
}
