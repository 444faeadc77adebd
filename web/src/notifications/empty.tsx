import { CheckIcon, InboxIcon, SearchIcon } from '../shell/icons.tsx';
import { Empty } from '../shell/states.tsx';
import { texts } from '../shell/texts.ts';
import { search } from './inbox-store.ts';
import type { Tab } from './tabs.tsx';
import { TryIt } from './try-it.tsx';

/** What stands where rows would be: why there are none, and what to do about it. */
export function EmptyInbox({ tab, partial = false, words = '' }: { tab: Tab; partial?: boolean; words?: string }) {
  if (words !== '') {
    return (
      <Empty
        icon={<SearchIcon />}
        title={texts.notifications.emptySearch(words)}
        help={texts.notifications.emptySearchHelp}
      >
        <button
          type="button"
          class="button"
          onClick={() => {
            search.value = '';
          }}
        >
          {texts.notifications.clearSearch}
        </button>
      </Empty>
    );
  }
  if (tab === 'needs') {
    return (
      <Empty icon={<CheckIcon />} title={texts.notifications.emptyNeeds} help={texts.notifications.emptyNeedsHelp} />
    );
  }
  if (tab === 'unread') {
    return (
      <Empty icon={<CheckIcon />} title={texts.notifications.emptyUnread} help={texts.notifications.emptyUnreadHelp} />
    );
  }
  if (partial) {
    return (
      <Empty
        icon={<InboxIcon />}
        title={texts.notifications.emptyProject}
        help={texts.notifications.emptyProjectHelp}
      />
    );
  }
  return (
    <Empty icon={<InboxIcon />} title={texts.notifications.emptyAll} help={texts.notifications.emptyAllHelp}>
      <TryIt />
    </Empty>
  );
}
