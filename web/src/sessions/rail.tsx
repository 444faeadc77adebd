import { useId } from 'preact/hooks';
import { ActivityDot, needsPerson } from '../shell/activity.tsx';
import { query } from '../shell/api.ts';
import { ChevronIcon, LockIcon } from '../shell/icons.tsx';
import { kept } from '../shell/kept.ts';
import { projects, projectsLoading, readProjects } from '../shell/projects.ts';
import { place, projectPath, sessionPath } from '../shell/router.ts';
import { texts } from '../shell/texts.ts';
import { useOnce } from '../shell/use-once.ts';
import type { Project, Session } from '../shell/wire.ts';
import { groupOf } from './groups.ts';
import { areMineKnown, isMine, isOwn, onlyMine } from './mine.ts';
import { MineSwitch } from './mine-switch.tsx';
import { isLive, sessions, loading as sessionsLoading } from './session-store.ts';

const mostPerProject = 6;

/** The projects whose sessions are folded away, in this browser. */
const folded = kept<ReadonlySet<string>>(
  'carillon-folded-projects',
  stored => new Set(stored?.split(' ')),
  ids => (ids.size === 0 ? null : [...ids].join(' ')),
);

/** The projects of the left rail, each with the sessions that work or need somebody, and how many others there are. */
export function ProjectRail() {
  const all = projects.value ?? [];
  const loading = projectsLoading.value;
  const isMissing = projects.value === null && loading.state === 'failed';
  const isWhole = useOnce(
    sessionsLoading.value.state !== 'loading' && (!onlyMine.value || areMineKnown(sessions.value.filter(isLive))),
  );
  // Not piece by piece: each session that comes later would push the projects below it.
  if ((all.length === 0 && !isMissing) || !isWhole) return null;
  return (
    <div class="rail-projects">
      <div class="rail-head">
        <h2>{texts.frame.projects}</h2>
        <MineSwitch />
      </div>
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
          <RailProject key={project.id} project={project} />
        ))}
      </ul>
    </div>
  );
}

function RailProject({ project }: { project: Project }) {
  const list = useId();
  const path = place.value.path;
  const live = sessions.value.filter(
    session => session.projectId === project.id && isLive(session) && (!onlyMine.value || isMine(session)),
  );
  // What needs this person first; a stable sort keeps the newest of each kind in front.
  const awake = live
    .map(session => ({ session, group: groupOf(session, isMine(session)) }))
    .filter(({ group }) => group !== 'idle')
    .sort((one, other) => Number(other.group === 'needs') - Number(one.group === 'needs'))
    .slice(0, mostPerProject)
    .map(({ session }) => session);
  const others = live.length - awake.length;
  const isFolded = folded.value.has(project.id);
  const isAsleep = live.every(({ activity, queuePosition }) => activity === 'idle' && queuePosition === null);

  return (
    <li>
      <div class="rail-project">
        <a
          class="rail-link"
          href={projectPath(project.id)}
          aria-current={path === projectPath(project.id) ? 'page' : undefined}
        >
          <span class="clip" dir="auto">
            {project.name}
          </span>
          {project.closed ? <LockIcon /> : null}
          {isFolded ? <Folded sessions={live} /> : null}
        </a>
        {live.length === 0 ? null : (
          <button
            type="button"
            class="rail-fold"
            aria-expanded={!isFolded}
            aria-controls={isFolded ? undefined : list}
            aria-label={texts.sessions.of(project.name)}
            onClick={() => fold(project.id, !isFolded)}
          >
            <ChevronIcon />
          </button>
        )}
      </div>
      {isFolded || live.length === 0 ? null : (
        <ul id={list}>
          {awake.map(session => (
            <RailSession key={session.id} session={session} />
          ))}
          {others === 0 ? null : (
            <li>
              <a class="rail-link rail-session rail-others" href={`/sessions${query({ project: project.id })}`}>
                {isAsleep || awake.length < mostPerProject ? texts.sessions.idle(others) : texts.sessions.more(others)}
              </a>
            </li>
          )}
        </ul>
      )}
    </li>
  );
}

function RailSession({ session }: { session: Session }) {
  const to = sessionPath(session.projectId, session.id);
  return (
    <li>
      <a
        class="rail-link rail-session"
        href={to}
        title={isOwn(session) ? session.title : texts.sessions.titleOf(session.title, session.owner)}
        aria-current={place.value.path === to ? 'page' : undefined}
      >
        <span class="clip" dir="auto">
          {session.title}
        </span>
        {isOwn(session) ? null : (
          <span class="rail-owner" dir="auto">
            {session.owner}
          </span>
        )}
        <ActivityDot session={session} />
      </a>
    </li>
  );
}

/** The one of the folded sessions that says most. */
function Folded({ sessions: behind }: { sessions: readonly Session[] }) {
  const session = behind.find(one => needsPerson(one.activity) && isMine(one));
  return session === undefined ? null : <ActivityDot session={session} />;
}

function fold(projectId: string, isFolded: boolean): void {
  const after = new Set(folded.peek());
  if (isFolded) after.add(projectId);
  else after.delete(projectId);
  folded.value = after;
}
