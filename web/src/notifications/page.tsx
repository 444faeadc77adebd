import { query } from '../shell/api.ts';
import { Choice } from '../shell/form.tsx';
import { SearchIcon } from '../shell/icons.tsx';
import { projects } from '../shell/projects.ts';
import { navigate, place, usePage } from '../shell/router.ts';
import { texts } from '../shell/texts.ts';
import { EmptyInbox } from './empty.tsx';
import { isUnread } from './inbox.ts';
import { markAllRead } from './inbox-changes.ts';
import { rows, search, unread } from './inbox-store.ts';
import { List } from './list.tsx';
import { type Tab, Tabs } from './tabs.tsx';

const panel = 'notification-panel';

export function NotificationsPage() {
  usePage(texts.notifications.title);
  const { query: asked } = place.value;
  const tab: Tab = asked.get('tab') === 'unread' ? 'unread' : 'all';
  const project = asked.get('project') ?? '';
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
          part={{
            ...(tab === 'unread' ? { unreadOnly: true, unresolvedOnly: true } : {}),
            ...(project === '' ? {} : { projectId: project }),
          }}
          search={search.value}
          empty={<EmptyInbox tab={tab} partial={project !== ''} words={search.value.trim()} />}
        />
      </div>
    </div>
  );
}

/** Looks through the loaded notifications while it is being typed into. */
export function SearchField() {
  return (
    <search class="search">
      <form
        onSubmit={event => {
          event.preventDefault();
          navigate('/notifications');
        }}
      >
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
  return `/notifications${query({ tab: tab === 'unread' ? tab : null, project: project === '' ? null : project })}`;
}
