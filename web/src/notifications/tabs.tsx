import { texts } from '../shell/texts.ts';
import { unread } from './inbox-store.ts';

export type Tab = 'all' | 'unread';

export interface TabsProps {
  value: Tab;
  onValue: (tab: Tab) => void;
  panel: string;
  /** The count is of the whole inbox, so it is left out where only a part is shown. */
  counted: boolean;
}

const order: Tab[] = ['all', 'unread'];

export function Tabs({ value, onValue, panel, counted }: TabsProps) {
  const names: Record<Tab, string> = { all: texts.notifications.all, unread: texts.notifications.unread };
  return (
    <div class="tabs" role="tablist" aria-label={texts.notifications.filterTabs}>
      {order.map(tab => (
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
            if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
            const other = tab === 'all' ? 'unread' : 'all';
            onValue(other);
            document.getElementById(`${panel}-${other}`)?.focus();
          }}
        >
          {names[tab]}
          {tab === 'unread' && counted && unread.value > 0 ? (
            <span class="tab-count">{texts.badge(unread.value)}</span>
          ) : null}
        </button>
      ))}
    </div>
  );
}
