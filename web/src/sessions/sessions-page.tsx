import { useState } from 'preact/hooks';
import { query } from '../shell/api.ts';
import { SearchIcon } from '../shell/icons.tsx';
import { projects, projectsLoading } from '../shell/projects.ts';
import { navigate, place, projectPath, usePage } from '../shell/router.ts';
import { Empty, Failure, Skeleton } from '../shell/states.tsx';
import { texts } from '../shell/texts.ts';
import { useOnce } from '../shell/use-once.ts';
import type { Session } from '../shell/wire.ts';
import { ArchivedSessions } from './archived-sessions.tsx';
import { EarlierSessions } from './earlier-sessions.tsx';
import { type Group, inGroups } from './groups.ts';
import { areMineKnown, isMine, onlyMine } from './mine.ts';
import { MineSwitch } from './mine-switch.tsx';
import { NewSessionLink } from './new-session-link.tsx';
import { sessionsWith, useEarlierWith } from './search.ts';
import { SessionRows } from './session-rows.tsx';
import { loading, reload, sessions } from './session-store.ts';

/** So many of a group are shown until somebody asks for more: rows by the hundred are not looked through, and cost time. */
const shownAtFirst: Record<Group, number> = { needs: 50, others: 10, working: 50, idle: 20, ended: 20 };

/** Every session that a person may see, by what it needs; in part or by words if they wish. */
export function SessionsPage() {
  usePage(texts.sessions.title);
  const { query: asked } = place.value;
  const project = asked.get('project') ?? '';
  const [words, setWords] = useState('');
  const looked = words.trim();
  useEarlierWith(looked, project === '' ? null : project);
  const found = (looked === '' ? sessions.value : sessionsWith(looked)).filter(
    session => (project === '' || session.projectId === project) && (!onlyMine.value || isMine(session)),
  );
  const state = loading.value;
  const areProjectsRead = projects.value !== null || projectsLoading.value.state === 'failed';
  const isFirst = !useOnce(state.state !== 'loading' && areProjectsRead && areMineKnown(sessions.value));

  return (
    <div class="page at-once">
      <header class="page-head">
        <h1 tabIndex={-1}>{texts.sessions.title}</h1>
        <NewSessionLink projectId={project === '' ? undefined : project} />
      </header>
      <ProjectChips chosen={project} />
      <div class="toolbar">
        <MineSwitch />
        {project === '' ? null : (
          <a class="button quiet" href={projectPath(project)}>
            {texts.sessions.openProject}
          </a>
        )}
        <search class="search">
          <form onSubmit={event => event.preventDefault()}>
            <SearchIcon />
            <input
              type="search"
              aria-label={texts.sessions.search}
              placeholder={texts.frame.searchShort}
              value={words}
              dir="auto"
              data-search
              onInput={event => setWords(event.currentTarget.value)}
            />
          </form>
        </search>
      </div>
      {state.state === 'failed' ? (
        <Failure title={texts.project.sessionsFailed} problem={state.problem} onRetry={() => void reload()} />
      ) : null}
      {isFirst ? <Skeleton rows={6} /> : null}
      {state.state === 'ready' && found.length === 0 ? <Nothing words={looked} /> : null}
      {inGroups(found, isMine).map(({ group, sessions: some }) => (
        <SessionGroup key={`${group} ${project}`} group={group} sessions={some} />
      ))}
      {looked === '' && state.state === 'ready' ? (
        <div class="further">
          <EarlierSessions key={project} projectId={project || null} />
          <ArchivedSessions key={`archived ${project}`} projectId={project || null} />
        </div>
      ) : null}
    </div>
  );
}

/** The projects, one touch away. */
function ProjectChips({ chosen }: { chosen: string }) {
  const all = projects.value ?? [];
  if (all.length < 2 && chosen === '') return null;
  return (
    <nav class="chips" aria-label={texts.frame.projects}>
      <Chip to="/sessions" name={texts.notifications.everyProject} isChosen={chosen === ''} />
      {all.map(({ id, name }) => (
        <Chip key={id} to={`/sessions${query({ project: id })}`} name={name} isChosen={id === chosen} />
      ))}
    </nav>
  );
}

function Chip({ to, name, isChosen }: { to: string; name: string; isChosen: boolean }) {
  return (
    <a
      class="chip"
      href={to}
      dir="auto"
      aria-current={isChosen ? 'page' : undefined}
      ref={chip => {
        if (isChosen) chip?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      }}
      onClick={event => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
        // One choice among several is no page to go back to.
        event.preventDefault();
        navigate(to, { replace: true });
      }}
    >
      {name}
    </a>
  );
}

function SessionGroup({ group, sessions: some }: { group: Group; sessions: readonly Session[] }) {
  const [most, show] = useState(shownAtFirst[group]);
  const heading = `sessions-${group}`;
  return (
    <section class="block" aria-labelledby={heading} data-testid={heading}>
      <h2 id={heading}>
        {texts.sessions.groups[group]}
        <span class="tab-count">{some.length}</span>
      </h2>
      <SessionRows sessions={some.slice(0, most)} />
      {some.length > most ? (
        <button type="button" class="button quiet" onClick={() => show(most + 100)}>
          {texts.sessions.more(some.length - most)}
        </button>
      ) : null}
    </section>
  );
}

function Nothing({ words }: { words: string }) {
  if (words !== '') return <Empty title={texts.notifications.emptySearch(words)} help={texts.sessions.noneHelp} />;
  return <Empty title={texts.project.none} help={onlyMine.value ? texts.sessions.noneOfMine : undefined} />;
}
