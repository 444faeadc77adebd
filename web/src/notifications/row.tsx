import { useMemo, useRef, useState } from 'preact/hooks';
import { ReadIcon, UnreadIcon } from '../shell/icons.tsx';
import { projectName } from '../shell/projects.ts';
import { beside, place } from '../shell/router.ts';
import { texts } from '../shell/texts.ts';
import { When } from '../shell/when.tsx';
import type { Notification } from '../shell/wire.ts';
import { Actions } from './actions.tsx';
import { DismissButton } from './dismiss-button.tsx';
import { isUnread } from './inbox.ts';
import { dismiss, markRead } from './inbox-changes.ts';
import { arrivals } from './inbox-store.ts';
import { PriorityMark } from './priority-mark.tsx';
import { ringOf } from './rings.ts';
import { useSeen } from './seen.ts';
import { useSwipe } from './swipe.ts';
import { toneOf } from './tone.ts';
import { targetOf } from './views.ts';

export interface RowProps {
  notification: Notification;
  /** Called when the person went to another page from here: a popover closes then. */
  onMoved?: (() => void) | undefined;
}

export function Row({ notification, onMoved }: RowProps) {
  const { event, count, resolvedAt } = notification;
  const row = useRef<HTMLLIElement>(null);
  const [expanded, expand] = useState(false);
  const fresh = useMemo(() => arrivals.has(ringOf(notification)), [notification.rangSeq]);
  const isNew = isUnread(notification);
  const title = event.title ?? event.message;
  const tone = toneOf(notification);
  const target = targetOf(notification);

  const putAway = () => {
    moveFocusOn(row.current);
    dismiss(notification);
  };
  const toggleRead = () => markRead(notification, isNew);
  useSeen(row, notification);
  const swipe = useSwipe({ onLeft: putAway, onRight: toggleRead });

  const heading = (
    <>
      {isNew ? <span class="visually-hidden">{texts.notifications.isUnread} </span> : null}
      <span class={expanded ? 'row-title whole' : 'row-title'} dir="auto" title={expanded ? undefined : title}>
        {title}
      </span>
    </>
  );

  return (
    <li
      ref={row}
      class={[
        'row',
        isNew ? 'unread' : '',
        resolvedAt === null ? '' : 'resolved',
        fresh ? 'arrived' : '',
        target !== null && beside.value === target ? 'chosen' : '',
      ].join(' ')}
      data-testid="notification"
      data-id={notification.id}
      data-priority={event.priority}
      data-tone={tone}
      {...swipe}
    >
      <div class="row-inner">
        <PriorityMark tone={tone} />
        <div class="row-text">
          {target === null || place.value.path === target ? (
            <button
              type="button"
              class="row-open"
              aria-expanded={expanded}
              onClick={() => {
                expand(!expanded);
                markRead(notification);
              }}
            >
              {heading}
            </button>
          ) : (
            <a
              class="row-open"
              href={target}
              aria-current={beside.value === target ? 'true' : undefined}
              onClick={() => {
                markRead(notification);
                onMoved?.();
              }}
            >
              {heading}
            </a>
          )}
          {event.title === null ? null : (
            <p class={expanded ? 'row-message whole' : 'row-message'} dir="auto">
              {event.message}
            </p>
          )}
          <Meta notification={notification} count={count} title={title} />
        </div>
        <Actions notification={notification} onMoved={onMoved} inRow={target} />
        <div class="row-tools">
          <button
            type="button"
            class="icon-button"
            hidden={resolvedAt !== null}
            title={isNew ? texts.notifications.read : texts.notifications.markUnread}
            aria-label={isNew ? texts.notifications.readOf(title) : texts.notifications.unreadOf(title)}
            data-tool="read"
            onClick={toggleRead}
          >
            {isNew ? <ReadIcon /> : <UnreadIcon />}
          </button>
          <DismissButton notification={notification} onDismiss={putAway} />
        </div>
      </div>
      <div class="row-under" aria-hidden="true">
        <span>{isNew ? texts.notifications.read : texts.notifications.markUnread}</span>
        <span>{texts.notifications.dismiss}</span>
      </div>
    </li>
  );
}

interface MetaProps {
  notification: Notification;
  count: number;
  title: string;
}

function Meta({ notification: { event, resolvedAt }, count, title }: MetaProps) {
  const { subject } = event.data;
  const session = event.sessionId === null ? null : (subject?.session?.title ?? event.sessionId);
  return (
    <p class="row-meta">
      {resolvedAt === null ? null : <span class="resolved-mark">{texts.notifications.resolved}</span>}
      {event.projectId === null ? null : (
        <span dir="auto">{subject?.project?.name ?? projectName(event.projectId)}</span>
      )}
      {/* Most notifications of a session are named after it; once is enough. */}
      {session === null || session === title ? null : (
        <span class="row-session" dir="auto">
          {session}
        </span>
      )}
      {/* What the server tells by itself needs no name. */}
      {event.by ? <span class="row-by">{texts.notifications.by(event.by)}</span> : null}
      <When at={event.timestamp} />
      {count > 1 ? <span class="times">{texts.notifications.times(count)}</span> : null}
    </p>
  );
}

/** The row under the focus is about to leave; its neighbour takes the focus, so that the keyboard goes on from there. */
export function moveFocusOn(row: HTMLElement | null): void {
  if (row === null || !row.contains(document.activeElement)) return;
  const rows = [...(row.closest('.notification-list')?.querySelectorAll<HTMLElement>('.row') ?? [])];
  const index = rows.indexOf(row);
  const neighbour = rows[index + 1] ?? rows[index - 1];
  neighbour?.querySelector<HTMLElement>('.row-open')?.focus();
}
