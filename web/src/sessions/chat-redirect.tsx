import { useEffect } from 'preact/hooks';
import { navigate, place, sessionPath, usePage } from '../shell/router.ts';
import { Empty, Failure, Skeleton } from '../shell/states.tsx';
import { texts } from '../shell/texts.ts';
import { useSession } from './use-session.ts';

/** `/chat?id=…`: the address that knows a session and not its project. */
export function ChatRedirect() {
  const sessionId = place.value.query.get('id') ?? '';
  const { session, problem, again } = useSession(sessionId);
  const isMissing = sessionId === '' || problem?.status === 404;
  usePage(isMissing ? texts.session.missing : sessionId);
  useEffect(() => {
    if (session !== undefined) navigate(sessionPath(session.projectId, session.id), { replace: true });
  }, [session]);
  return (
    <div class="page">
      {isMissing ? (
        <>
          <h1 class="visually-hidden" tabIndex={-1}>
            {texts.session.missing}
          </h1>
          <Empty title={texts.session.missing} help={texts.session.missingHelp} />
        </>
      ) : problem !== null ? (
        <Failure title={texts.session.failed} problem={problem} onRetry={again} />
      ) : (
        <Skeleton rows={2} />
      )}
    </div>
  );
}
