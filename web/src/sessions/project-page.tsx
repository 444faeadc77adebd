import type { ComponentChildren } from 'preact';
import { projects, projectsLoading, readProjects } from '../shell/projects.ts';
import { usePage } from '../shell/router.ts';
import { Empty, Failure, Skeleton } from '../shell/states.tsx';
import { texts } from '../shell/texts.ts';
import { EarlierSessions } from './earlier-sessions.tsx';
import { NewSessionLink } from './new-session-link.tsx';
import { SessionRows } from './session-rows.tsx';
import { loading, reload, sessions } from './session-store.ts';

export function ProjectPage({ projectId, notifications }: { projectId: string; notifications: ComponentChildren }) {
  const project = projects.value?.find(({ id }) => id === projectId);
  const missing = projects.value !== null && project === undefined;
  const title = missing ? texts.project.missing : (project?.name ?? projectId);
  usePage(title);
  const unread = projects.value === null && projectsLoading.value.state === 'failed' ? projectsLoading.value : null;
  const own = sessions.value.filter(session => session.projectId === projectId);

  return (
    <div class="page at-once">
      <header class="page-head">
        <h1 tabIndex={-1} dir="auto">
          {title}
        </h1>
        <div class="page-tools">
          {project?.closed ? <span class="pill over">{texts.project.closed}</span> : null}
          {project === undefined ? null : <NewSessionLink projectId={projectId} />}
        </div>
      </header>
      {unread === null ? null : (
        <Failure title={texts.frame.projectsFailed} problem={unread.problem} onRetry={() => void readProjects()} />
      )}
      {project === undefined && !missing && unread === null ? <Skeleton rows={3} /> : null}
      {missing ? (
        <Empty title={texts.project.missing} help={texts.project.missingHelp} />
      ) : (
        <>
          {project !== undefined && project.members.length > 0 ? (
            <p class="muted">{texts.project.members(texts.list(project.members))}</p>
          ) : null}
          <section class="block" aria-labelledby="project-sessions">
            <h2 id="project-sessions">{texts.project.sessions}</h2>
            {loading.value.state === 'failed' ? (
              <Failure
                title={texts.project.sessionsFailed}
                problem={loading.value.problem}
                onRetry={() => void reload()}
              />
            ) : null}
            {own.length > 0 ? (
              <SessionRows sessions={own} />
            ) : loading.value.state === 'loading' ? (
              <Skeleton rows={3} />
            ) : loading.value.state === 'ready' ? (
              <p class="muted pad">{texts.project.none}</p>
            ) : null}
            <EarlierSessions projectId={projectId} />
          </section>
          <section class="block" aria-labelledby="project-notifications">
            <h2 id="project-notifications">{texts.project.notifications}</h2>
            {notifications}
          </section>
        </>
      )}
    </div>
  );
}
