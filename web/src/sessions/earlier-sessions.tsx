import { useState } from 'preact/hooks';
import { useAction } from '../shell/action.ts';
import { api, query } from '../shell/api.ts';
import { Failure } from '../shell/states.tsx';
import { texts } from '../shell/texts.ts';
import type { SessionList } from '../shell/wire.ts';
import { addSessions, earlierThanKnown, loading } from './session-store.ts';

/** The first snapshot holds the newest sessions of all projects; older ones, and those of a quiet project, are asked for. */
export function EarlierSessions({ projectId }: { projectId: string | null }) {
  // Undefined as long as it was not asked; a project's own list begins with its newest.
  const [before, setBefore] = useState<string | null | undefined>(undefined);
  const action = useAction();
  const { state } = loading.value;
  const from = before === undefined && projectId === null && state === 'ready' ? earlierThanKnown.value : before;
  if (state === 'loading' || (state === 'ready' && earlierThanKnown.value === null) || from === null) return null;

  async function load(): Promise<void> {
    const answer = await action.run(() =>
      api.get<SessionList>(`/sessions${query({ projectId, limit: 100, before: from })}`),
    );
    if (!answer?.ok) return;
    addSessions(answer.value.sessions);
    setBefore(answer.value.nextBefore);
  }

  return action.problem === null ? (
    <button type="button" class="button quiet" aria-disabled={action.pending} onClick={() => void load()}>
      {texts.project.earlier}
    </button>
  ) : (
    <Failure title={texts.project.earlierFailed} problem={action.problem} onRetry={() => void load()} />
  );
}
