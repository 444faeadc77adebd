import { ActivityDot } from '../shell/activity.tsx';
import { LockIcon } from '../shell/icons.tsx';
import { projects, projectsLoading, readProjects } from '../shell/projects.ts';
import { place, projectPath, sessionPath } from '../shell/router.ts';
import { texts } from '../shell/texts.ts';
import { isLive, sessions } from './session-store.ts';

const mostPerProject = 6;

/** The projects of the left rail, each with its live sessions. */
export function ProjectRail() {
  const path = place.value.path;
  const all = projects.value ?? [];
  const loading = projectsLoading.value;
  const isMissing = projects.value === null && loading.state === 'failed';
  if (all.length === 0 && !isMissing) return null;
  return (
    <div class="rail-projects">
      <h2>{texts.frame.projects}</h2>
      {isMissing ? (
        <div class="rail-failure" role="alert">
          <p>{texts.frame.projectsFailed}</p>
          <button type="button" class="button small" onClick={() => void readProjects()}>
            {texts.common.retry}
          </button>
        </div>
      ) : null}
      <ul>
        {all.map(project => (
          <li key={project.id}>
            <a
              class="rail-link"
              href={projectPath(project.id)}
              aria-current={path === projectPath(project.id) ? 'page' : undefined}
            >
              <span class="clip" dir="auto">
                {project.name}
              </span>
              {project.closed ? <LockIcon /> : null}
            </a>
            <ul>
              {sessions.value
                .filter(session => session.projectId === project.id && isLive(session))
                .slice(0, mostPerProject)
                .map(session => {
                  const to = sessionPath(project.id, session.id);
                  return (
                    <li key={session.id}>
                      <a
                        class="rail-link rail-session"
                        href={to}
                        title={session.title}
                        aria-current={path === to ? 'page' : undefined}
                      >
                        <span class="clip" dir="auto">
                          {session.title}
                        </span>
                        <ActivityDot session={session} />
                      </a>
                    </li>
                  );
                })}
            </ul>
          </li>
        ))}
      </ul>
    </div>
  );
}
