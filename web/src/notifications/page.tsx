import { useEffect } from 'preact/hooks';
import { query } from '../shell/api.ts';
import { Choice } from '../shell/form.tsx';
import { SearchIcon } from '../shell/icons.tsx';
import { kept } from '../shell/kept.ts';
import { missingProjects, projects } from '../shell/projects.ts';
import { navigate, place, usePage } from '../shell/router.ts';
import { texts } from '../shell/texts.ts';
import { EmptyInbox } from './empty.tsx';
import { isUnread } from './inbox.ts';
import { markAllRead } from './inbox-changes.ts';
import { rows, search, unread } from './inbox-store.ts';
import { List } from './list.tsx';
import { isTab, partOf, type Tab, Tabs } from './tabs.tsx';

/** The tab that was chosen last in this browser. */
const lastTab = kept<Tab>(
  'carillon-inbox-tab',
  stored => (isTab(stored) ? stored : 'all'),
  tab => tab,
);
const panel = 'notification-panel';

export function NotificationsPage() {
  usePage(texts.notifications.title);
  const { query: asked } = place.value;
  const named = asked.get('tab');
  const tab = isTab(named) ? named : lastTab.peek();
  const project = asked.get('project') ?? '';
  // The address always says what is shown, so that it can be kept and handed on.
  useEffect(() => {
    if (isTab(named)) lastTab.value = named;
    else if (tab !== 'all') navigate(address(tab, project), { replace: true });
  }, [named]);
  const nothingUnread =
    project === '' ? unread.value === 0 : !rows.value.some(row => isUnread(row) && row.event.projectId === project);

  return (
    <div class="page">
      <header class="page-head">
        <h1 tabIndex={-1}>{texts.notifications.title}</h1>
      </header>
      <div class="toolbar">
        <Tabs
          value={tab}
          panel={panel}
          counted={project === ''}
          onValue={to => navigate(address(to, project), { replace: true })}
        />
        <button
          type="button"
          class="button quiet mark-all"
          aria-disabled={nothingUnread}
          onClick={() => !nothingUnread && void markAllRead(project === '' ? null : project)}
        >
          {texts.notifications.markAll}
        </button>
        <Choice
          quiet
          label={texts.notifications.project}
          missing={missingProjects()}
          value={project}
          options={[
            { value: '', name: texts.notifications.everyProject },
            ...(projects.value ?? []).map(({ id, name }) => ({ value: id, name })),
          ]}
          onValue={to => navigate(address(tab, to), { replace: true })}
        />
        <SearchField />
      </div>
      <div id={panel} role="tabpanel" aria-labelledby={`${panel}-${tab}`}>
        <List
          part={partOf(tab, project)}
          search={search.value}
          empty={<EmptyInbox tab={tab} partial={project !== ''} words={search.value.trim()} />}
        />
      </div>
    </div>
  );
}

/** Looks through the loaded notifications while it is being typed into. */
function SearchField() {
  return (
    <search class="search">
      <form onSubmit={event => event.preventDefault()}>
        <SearchIcon />
        <input
          type="search"
          aria-label={texts.frame.search}
          placeholder={texts.frame.searchShort}
          value={search.value}
          dir="auto"
          data-search
          onInput={event => {
            search.value = event.currentTarget.value;
          }}
          onKeyDown={event => {
            if (event.key !== 'Escape') return;
            search.value = '';
            event.currentTarget.blur();
          }}
        />
        <span class="search-key" aria-hidden="true">
          <kbd>/</kbd>
        </span>
      </form>
    </search>
  );
}

function address(tab: Tab, project: string): string {
  return `/notifications${query({ tab, project: project === '' ? null : project })}`;
}
