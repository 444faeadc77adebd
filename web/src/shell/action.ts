import { useRef, useState } from 'preact/hooks';
import type { Answer, Problem } from './api.ts';

/** What a person asks of the server from one place of the page: one thing at a time, and never silently. */
export interface Action {
  /** Under way, until the page shows what came of it. Its controls take no second press meanwhile. */
  pending: boolean;
  /** Why the last attempt did not work. */
  problem: Problem | null;
  /** Answers null when something is under way already. */
  run<T>(request: () => Promise<Answer<T>>): Promise<Answer<T> | null>;
  retry(): void;
}

/** `settle` reads what is true now, whatever the answer was; only then is the action over. */
export function useAction(settle?: () => Promise<void>): Action {
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  // Beside the state: a second click may come before the first is drawn.
  const underWay = useRef(false);
  const last = useRef<(() => Promise<unknown>) | null>(null);

  async function run<T>(request: () => Promise<Answer<T>>): Promise<Answer<T> | null> {
    if (underWay.current) return null;
    underWay.current = true;
    last.current = () => run(request);
    setPending(true);
    const answer = await request();
    setProblem(answer.ok ? null : answer.problem);
    await settle?.();
    underWay.current = false;
    setPending(false);
    return answer;
  }

  return { pending, problem, run, retry: () => void last.current?.() };
}
