import { useState } from 'preact/hooks';
import { useAction } from '../shell/action.ts';
import { api, query } from '../shell/api.ts';
import { Failure } from '../shell/states.tsx';
import { texts } from '../shell/texts.ts';
import type { SessionList } from '../shell/wire.ts';
import { SessionRows } from './session-rows.tsx';
import { addSessions, archivedSessions } from './session-store.ts';

const pageSize = 200;

/** What was put away, once somebody asks for it. */
export function ArchivedSessions({ projectId }: { projectId: string | null }) {
  // Undefined before the first page, null behind the last one.
  const [before, setBefore] = useState<string | null | undefined>(undefined);
  const action = useAction();
  const shown = archivedSessions.value.filter(session => projectId === null || session.projectId === projectId);

  async function load(): Promise<void> {
    const answer = await action.run(() =>
      api.get<SessionList>(`/sessions${query({ projectId, includeArchived: true, limit: pageSize, before })}`),
    );
    if (!answer?.ok) return;
    addSessions(answer.value.sessions.filter(({ archivedAt }) => archivedAt !== null));
    setBefore(answer.value.nextBefore);
  }

  if (action.problem !== null)
    return <Failure title={texts.sessions.archivedFailed} problem={action.problem} onRetry={() => void load()} />;
  return (
    <>
      {before === undefined ? null : (
        <section class="block" aria-labelledby="sessions-archived" data-testid="sessions-archived">
          <h2 id="sessions-archived">{texts.sessions.groups.archived}</h2>
          {shown.length > 0 ? <SessionRows sessions={shown} /> : <p class="muted pad">{texts.sessions.noArchived}</p>}
        </section>
      )}
      {before === null ? null : (
        <button type="button" class="button quiet" aria-disabled={action.pending} onClick={() => void load()}>
          {before === undefined ? texts.sessions.showArchived : texts.project.earlier}
        </button>
      )}
    </>
  );
}
