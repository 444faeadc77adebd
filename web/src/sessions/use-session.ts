import { useEffect, useState } from 'preact/hooks';
import { api, type Problem } from '../shell/api.ts';
import type { Session } from '../shell/wire.ts';
import { addSessions, findSession, loading } from './session-store.ts';

export interface SessionInQuestion {
  session: Session | undefined;
  problem: Problem | null;
  again: () => void;
}

/** A session by its id: from the store, or from the server when it is too old for the store. */
export function useSession(sessionId: string): SessionInQuestion {
  const session = findSession(sessionId);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [attempt, setAttempt] = useState(0);
  const isReady = loading.value.state !== 'loading';

  // Each attempt asks anew.
  useEffect(() => {
    if (session !== undefined || !isReady || sessionId === '') return;
    let left = false;
    setProblem(null);
    void api.get<{ session: Session }>(`/sessions/${encodeURIComponent(sessionId)}`).then(answer => {
      if (left) return;
      if (answer.ok) addSessions([answer.value.session]);
      else setProblem(answer.problem);
    });
    return () => {
      left = true;
    };
  }, [sessionId, session === undefined, isReady, attempt]);

  return { session, problem, again: () => setAttempt(before => before + 1) };
}
