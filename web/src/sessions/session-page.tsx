import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ActivityPill } from '../shell/activity.tsx';
import { api, type Problem } from '../shell/api.ts';
import { projectName } from '../shell/projects.ts';
import { projectPath, sessionPath, usePage } from '../shell/router.ts';
import { Empty, Failure, Skeleton } from '../shell/states.tsx';
import { texts } from '../shell/texts.ts';
import { When } from '../shell/when.tsx';
import type { Session } from '../shell/wire.ts';
import { addSessions, findSession, loading } from './session-store.ts';

export interface SessionPageProps {
  projectId: string;
  sessionId: string;
  /** Its notifications, which another slice knows how to show. */
  notifications: ComponentChildren;
}

export function SessionPage({ projectId, sessionId, notifications }: SessionPageProps) {
  const found = findSession(sessionId);
  const session = found?.projectId === projectId ? found : undefined;
  const [problem, setProblem] = useState<Problem | null>(null);
  const [attempt, again] = useState(0);
  const ready = loading.value.state !== 'loading';
  usePage(session?.title ?? sessionId, { name: projectName(projectId), to: projectPath(projectId) });

  // Each attempt asks anew.
  useEffect(() => {
    if (session !== undefined || !ready) return;
    let left = false;
    setProblem(null);
    void api.get<{ session: Session }>(`/sessions/${encodeURIComponent(sessionId)}`).then(answer => {
      if (left) return;
      if (!answer.ok) setProblem(answer.problem);
      else if (answer.value.session.projectId === projectId) addSessions([answer.value.session]);
      else setProblem({ status: 404, code: 'SESSION_NOT_FOUND', title: '', detail: null, retryAfterSeconds: null });
    });
    return () => {
      left = true;
    };
  }, [sessionId, projectId, session === undefined, ready, attempt]);

  const missing = session === undefined && problem?.status === 404;
  return (
    <div class="page">
      <header class="page-head session-head">
        <div>
          <p class="crumb">
            <a href={projectPath(projectId)}>{projectName(projectId)}</a>
          </p>
          <h1 tabIndex={-1}>{missing ? texts.session.missing : (session?.title ?? sessionId)}</h1>
        </div>
        {session === undefined ? null : <ActivityPill activity={session.activity} />}
      </header>
      {session === undefined ? (
        missing ? (
          <Empty title={texts.session.missing} help={texts.session.missingHelp} />
        ) : problem !== null ? (
          <Failure title={texts.session.failed} problem={problem} onRetry={() => again(attempt + 1)} />
        ) : (
          <Skeleton rows={2} />
        )
      ) : (
        <About session={session} />
      )}
      {missing ? null : (
        <section class="block" aria-labelledby="session-notifications">
          <h2 id="session-notifications">{texts.session.notifications}</h2>
          {notifications}
        </section>
      )}
    </div>
  );
}

function About({ session }: { session: Session }) {
  const parent = session.parentSessionId;
  return (
    <>
      <section class="card message-card" aria-labelledby="last-message">
        <h2 id="last-message" class="card-label">
          {texts.session.lastMessage}
        </h2>
        <p class={session.message === null ? 'muted' : 'message-text'}>{session.message ?? texts.session.noMessage}</p>
      </section>
      <dl class="facts">
        <div>
          <dt>{texts.session.agent}</dt>
          <dd>{session.agent}</dd>
        </div>
        <div>
          <dt>{texts.session.owner}</dt>
          <dd>{session.owner}</dd>
        </div>
        <div>
          <dt>{texts.session.started}</dt>
          <dd>
            <When at={session.createdAt} />
          </dd>
        </div>
        <div>
          <dt>{texts.session.changed}</dt>
          <dd>
            <When at={session.updatedAt} />
          </dd>
        </div>
        {parent === null ? null : (
          <div>
            <dt>{texts.session.parent}</dt>
            <dd>
              <a href={sessionPath(session.projectId, parent)}>{findSession(parent)?.title ?? parent}</a>
            </dd>
          </div>
        )}
      </dl>
    </>
  );
}
