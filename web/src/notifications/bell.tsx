import { signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { BellIcon } from '../shell/icons.tsx';
import { place } from '../shell/router.ts';
import { texts } from '../shell/texts.ts';
import { EmptyInbox } from './empty.tsx';
import { markAllRead } from './inbox-changes.ts';
import { unread } from './inbox-store.ts';
import { List } from './list.tsx';
import { partOf, type Tab, Tabs } from './tabs.tsx';

const open = signal(false);
const tab = signal<Tab>('all');
const panel = 'notification-popover';
let keptScroll = 0;

/** The bell with what is unread, which opens the inbox in place. A phone has the inbox among its tabs. */
export function Bell() {
  const button = useRef<HTMLButtonElement>(null);
  const label = texts.notifications.bell(unread.value);
  const path = place.value.path;
  // Going elsewhere closes it.
  useEffect(() => close(false), [path]);

  function close(giveFocusBack: boolean): void {
    if (!open.peek()) return;
    open.value = false;
    if (giveFocusBack) button.current?.focus();
  }

  return (
    <div class="bell-place">
      <button
        ref={button}
        type="button"
        class="bell"
        aria-label={label}
        aria-haspopup="dialog"
        aria-expanded={open.value}
        data-testid="bell"
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <BellIcon />
        {unread.value > 0 ? (
          <span class="badge" data-testid="bell-badge" aria-hidden="true">
            {texts.badge(unread.value)}
          </span>
        ) : null}
      </button>
      {open.value ? <Popover bell={button} onClose={close} /> : null}
    </div>
  );
}

interface PopoverProps {
  bell: { current: HTMLElement | null };
  onClose: (giveFocusBack: boolean) => void;
}

function Popover({ bell, onClose }: PopoverProps) {
  const box = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    if (scroller.current !== null) scroller.current.scrollTop = keptScroll;
    box.current?.focus({ preventScroll: true });
  }, []);

  // Bound once, for as long as it is open.
  useEffect(() => {
    const outside = (event: PointerEvent) => {
      const target = event.target as Element;
      const inside =
        box.current?.contains(target) || bell.current?.contains(target) || target.closest('.toasts, dialog') !== null;
      // A row that was just dismissed is no longer in the document, and was not outside either.
      if (!inside && target.isConnected) onClose(false);
    };
    const closeOnEscape = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) onClose(true);
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('keydown', closeOnEscape);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('keydown', closeOnEscape);
    };
  }, []);

  return (
    <div
      ref={box}
      class="popover"
      role="dialog"
      aria-label={texts.notifications.title}
      tabIndex={-1}
      data-testid="notification-popover"
    >
      <div class="popover-head">
        <Tabs
          value={tab.value}
          panel={panel}
          counted
          onValue={to => {
            tab.value = to;
          }}
        />
        <button
          type="button"
          class="button small quiet"
          aria-disabled={unread.value === 0}
          onClick={() => unread.value > 0 && void markAllRead(null)}
        >
          {texts.notifications.markAll}
        </button>
      </div>
      <div
        ref={scroller}
        id={panel}
        class="popover-scroll"
        role="tabpanel"
        aria-labelledby={`${panel}-${tab.value}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        tabIndex={0}
        onScroll={event => {
          keptScroll = event.currentTarget.scrollTop;
        }}
      >
        <List part={partOf(tab.value)} empty={<EmptyInbox tab={tab.value} />} onMoved={() => onClose(false)} />
      </div>
      <div class="popover-foot">
        <a href="/notifications" onClick={() => onClose(false)}>
          {texts.notifications.openPage}
        </a>
      </div>
    </div>
  );
}
