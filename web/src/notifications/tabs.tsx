import { texts } from '../shell/texts.ts';
import { unread } from './inbox-store.ts';
import type { Part } from './views.ts';

const order = ['needs', 'unread', 'all'] as const;
export type Tab = (typeof order)[number];

export function isTab(word: string | null): word is Tab {
  return order.some(tab => tab === word);
}

const parts: Record<Tab, Part> = {
  needs: { needsOnly: true },
  unread: { unreadOnly: true, unresolvedOnly: true },
  all: {},
};

export function partOf(tab: Tab, projectId = ''): Part {
  return projectId === '' ? parts[tab] : { ...parts[tab], projectId };
}

export interface TabsProps {
  value: Tab;
  onValue: (tab: Tab) => void;
  panel: string;
  /** The count is of the whole inbox, so it is left out where only a part is shown. */
  counted: boolean;
}

export function Tabs({ value, onValue, panel, counted }: TabsProps) {
  return (
    <div class="tabs" role="tablist" aria-label={texts.notifications.filterTabs}>
      {order.map((tab, at) => (
        <button
          key={tab}
          type="button"
          role="tab"
          id={`${panel}-${tab}`}
          aria-selected={tab === value}
          aria-controls={panel}
          tabIndex={tab === value ? 0 : -1}
          onClick={() => onValue(tab)}
          onKeyDown={event => {
            const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
            const other = by === undefined ? undefined : order.at((at + by) % order.length);
            if (other === undefined) return;
            onValue(other);
            document.getElementById(`${panel}-${other}`)?.focus();
          }}
        >
          {texts.notifications.tabs[tab]}
          {tab === 'unread' && counted && unread.value > 0 ? (
            <span class="tab-count">{texts.badge(unread.value)}</span>
          ) : null}
        </button>
      ))}
    </div>
  );
}
