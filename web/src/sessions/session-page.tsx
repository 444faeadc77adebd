import type { ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
import { ActivityPill } from '../shell/activity.tsx';
import { projectName } from '../shell/projects.ts';
import { IsBeside, projectPath, usePage } from '../shell/router.ts';
import { Empty, Failure, Skeleton } from '../shell/states.tsx';
import { texts } from '../shell/texts.ts';
import type { PullRequest, Session } from '../shell/wire.ts';
import { SessionBell } from './bell-menu.tsx';
import { PullRequestStrip } from './pull-request-strip.tsx';
import { SessionMenu } from './session-menu.tsx';
import { useSession } from './use-session.ts';

export interface SessionPageProps {
  projectId: string;
  sessionId: string;
  /** Its notifications, which another slice knows how to show. */
  notifications: ComponentChildren;
  /** What is said in it, likewise. */
  conversationOf: (session: Session) => ComponentChildren;
  /** The way to merge a pull request that is ready, likewise. */
  mergeOf: (pullRequest: PullRequest) => ComponentChildren;
}

export function SessionPage({ projectId, sessionId, notifications, conversationOf, mergeOf }: SessionPageProps) {
  const { session: found, problem, again } = useSession(sessionId);
  const session = found?.projectId === projectId ? found : undefined;
  const isMissing = session === undefined && (found !== undefined || problem?.status === 404);
  const title = isMissing ? texts.session.missing : (session?.title ?? sessionId);
  usePage(session?.title ?? sessionId, { name: projectName(projectId), to: projectPath(projectId) });

  // The page that it is shown beside has a heading of its own.
  const Heading = useContext(IsBeside) ? 'h2' : 'h1';
  const head = (
    <header class="session-head">
      <div class="session-title">
        <p class="crumb">
          <a href={projectPath(projectId)} dir="auto">
            {projectName(projectId)}
          </a>
        </p>
        <Heading class="session-name" tabIndex={-1} dir="auto">
          {title}
        </Heading>
        {isMissing || problem !== null ? null : (
          <p class="session-state">
            {session === undefined ? null : (
              <>
                <ActivityPill session={session} />
                <span class="muted clip" dir="auto">
                  {texts.agent(session.agent)}
                </span>
              </>
            )}
          </p>
        )}
      </div>
      {session === undefined ? null : (
        <div class="session-tools">
          <SessionBell session={session} />
          <SessionMenu session={session} notifications={notifications} />
        </div>
      )}
    </header>
  );

  return (
    <div class="session-page talking">
      <div class="session-top">
        {head}
        {session === undefined ? null : <PullRequestStrip sessionId={sessionId} mergeOf={mergeOf} />}
      </div>
      {session !== undefined ? (
        conversationOf(session)
      ) : (
        <div class="page">
          {isMissing ? (
            <Empty title={texts.session.missing} help={texts.session.missingHelp} />
          ) : problem !== null ? (
            <Failure title={texts.session.failed} problem={problem} onRetry={again} />
          ) : (
            <Skeleton rows={2} />
          )}
        </div>
      )}
    </div>
  );
}
