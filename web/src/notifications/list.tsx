import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { bindKeys } from '../shell/keyboard.ts';
import { Failure, Skeleton } from '../shell/states.tsx';
import { texts } from '../shell/texts.ts';
import { dayName, now } from '../shell/time.ts';
import type { Notification } from '../shell/wire.ts';
import { loading, loadOlder, openView, reload, rows, views } from './inbox-store.ts';
import { Row } from './row.tsx';
import { matchesSearch, type Part, partKey, rowsOf, unreadSoFar } from './views.ts';

export interface ListProps {
  part: Part;
  empty: ComponentChildren;
  search?: string;
  onMoved?: () => void;
}

/** A part of the inbox: its rows by day, and whatever there is to say instead of or besides them. */
export function List({ part, empty, search = '', onMoved }: ListProps) {
  const list = useRef<HTMLDivElement>(null);
  const key = partKey(part);
  const view = views.value[key];
  const isOpen = view !== undefined;
  // The key is the part.
  useEffect(() => {
    if (!isOpen && loading.value.state === 'ready') void openView(part);
  }, [key, isOpen, loading.value.state]);
  useLayoutEffect(() => bindListKeys(list), []);

  const known = rowsOf(part, views.value, rows.value);
  const shown = search.trim() === '' ? known : known.filter(row => matchesSearch(row, search.trim()));
  const state = loading.value;
  const hasRead = isOpen && view.nextBeforeSeq !== unreadSoFar;

  return (
    <div class="notification-list" ref={list} data-testid="notification-list">
      {state.state === 'failed' ? (
        <Failure
          title={
            known.length === 0
              ? texts.notifications.failed
              : `${texts.notifications.failed} ${texts.notifications.stale}`
          }
          problem={state.problem}
          onRetry={() => void reload()}
        />
      ) : null}
      {shown.length > 0 ? <Days notifications={shown} onMoved={onMoved} /> : null}
      {shown.length === 0 && state.state !== 'failed' ? (
        hasRead && !view.loading ? (
          empty
        ) : view?.problem ? null : (
          <Skeleton />
        )
      ) : null}
      {isOpen && (view.problem !== null || (hasRead && view.nextBeforeSeq !== null)) ? <Older part={part} /> : null}
    </div>
  );
}

function Days({ notifications, onMoved }: { notifications: Notification[]; onMoved?: (() => void) | undefined }) {
  const days: { key: string; name: string; rows: Notification[] }[] = [];
  for (const notification of notifications) {
    const name = dayName(notification.receivedAt, now.value);
    const last = days.at(-1);
    if (last?.name === name) last.rows.push(notification);
    // Not named after its rows: a row that comes or goes must not make the others anew, and the focus fall off them.
    else days.push({ key: `${name} ${days.filter(day => day.name === name).length}`, name, rows: [notification] });
  }
  return days.map(day => (
    <div key={day.key} class="day">
      <h2 class="day-name">{day.name}</h2>
      <ul>
        {day.rows.map(row => (
          <Row key={row.id} notification={row} onMoved={onMoved} />
        ))}
      </ul>
    </div>
  ));
}

/** Older rows load by themselves when the end comes near; the button is for whoever does not scroll, and for a retry. */
function Older({ part }: { part: Part }) {
  const end = useRef<HTMLDivElement>(null);
  const key = partKey(part);
  const view = views.value[key];
  const next = view?.nextBeforeSeq;
  const failed = view?.problem !== null;
  // The key is the part, and a new end is watched anew.
  useEffect(() => {
    const mark = end.current;
    if (mark === null || failed) return;
    const watch = new IntersectionObserver(
      entries => entries.some(entry => entry.isIntersecting) && void loadOlder(part),
      {
        rootMargin: '400px',
      },
    );
    watch.observe(mark);
    return () => watch.disconnect();
  }, [key, next, failed]);

  return (
    <div class="older" ref={end}>
      {failed ? <p role="alert">{texts.notifications.olderFailed}</p> : null}
      <button type="button" class="button" aria-disabled={view?.loading} onClick={() => void loadOlder(part)}>
        {view?.loading ? texts.notifications.loadingOlder : failed ? texts.common.retry : texts.notifications.loadOlder}
      </button>
    </div>
  );
}

function bindListKeys(list: { current: HTMLElement | null }): () => void {
  const all = () => [...(list.current?.querySelectorAll<HTMLElement>('.row') ?? [])];
  const current = () => document.activeElement?.closest<HTMLElement>('.row') ?? null;

  const step = (by: number) => () => {
    const rows = all();
    const at = rows.indexOf(current() as HTMLElement);
    const to = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))];
    const open = to?.querySelector<HTMLElement>('.row-open');
    open?.focus({ preventScroll: true });
    to?.scrollIntoView({ block: 'nearest' });
  };
  const press = (tool: 'read' | 'dismiss') => () => {
    const row = current();
    if (row === null || !list.current?.contains(row)) return;
    row.querySelector<HTMLElement>(`[data-tool="${tool}"]`)?.click();
  };

  return bindKeys({ j: step(1), k: step(-1), e: press('dismiss'), r: press('read') });
}
