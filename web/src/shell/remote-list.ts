import { useEffect, useRef, useState } from 'preact/hooks';
import { api, type Problem } from './api.ts';

export interface RemoteList<T> {
  items: T[] | null;
  problem: Problem | null;
  /** Done when the list is at least as new as this call. */
  reload: () => Promise<void>;
}

/** A list of a settings page: read when shown and after each change; what was shown stays until the new one is there. */
export function useRemoteList<T>(path: string, unwrap: (answer: never) => T[]): RemoteList<T> {
  const [items, setItems] = useState<T[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const asked = useRef(0);
  const shown = useRef(0);

  async function reload(): Promise<void> {
    const mine = ++asked.current;
    const answer = await api.get<unknown>(path);
    // Answers overtake each other; an older one must not turn the list back.
    if (mine < shown.current) return;
    shown.current = mine;
    setProblem(answer.ok ? null : answer.problem);
    if (answer.ok) setItems(unwrap(answer.value as never));
  }

  useEffect(() => void reload(), [path]);

  return { items, problem, reload };
}
