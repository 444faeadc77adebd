import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { ActivityPill } from '../shell/activity.tsx';
import { bindKeys } from '../shell/keyboard.ts';
import { plainLine } from '../shell/plain-text.ts';
import { projectName } from '../shell/projects.ts';
import { beside, sessionPath } from '../shell/router.ts';
import { texts } from '../shell/texts.ts';
import { When } from '../shell/when.tsx';
import type { Notification } from '../shell/wire.ts';
import { byKind, kindOf, type Need } from './needs.ts';

export interface NeedParts {
  markOf: (notification: Notification) => ComponentChildren;
  /** All that can be done about a notification. */
  actionsOf: (notification: Notification) => ComponentChildren;
  /** The field for an answer, behind a button. */
  replyOf: (notification: Notification) => ComponentChildren;
  dismissOf: (notification: Notification) => ComponentChildren;
}

/** As many as are looked at one by one; more than these are worked through as a list. */
const mostCards = 3;

/** What waits for the person, to be answered one after the other without leaving the list. */
export function NeedList({ needs, parts }: { needs: readonly Need[]; parts: NeedParts }) {
  const list = useRef<HTMLDivElement>(null);
  useKeptFocus(list);
  useEffect(() => bindNeedKeys(list), []);
  if (needs.length <= mostCards) {
    return (
      <div ref={list}>
        <ul class="need-cards">
          {needs.map(need => (
            <NeedCard key={need.key} need={need} parts={parts} />
          ))}
        </ul>
      </div>
    );
  }
  return (
    <div ref={list} class="card need-groups">
      {byKind(needs).map(({ kind, needs: some }) => {
        const head = (
          <>
            {texts.overview.kinds[kind]}
            <span class="tab-count">{some.length}</span>
          </>
        );
        const rows = (
          <ul>
            {some.map(need => (
              <NeedRow key={need.key} need={need} parts={parts} />
            ))}
          </ul>
        );
        // An agent that makes no progress mostly goes on by itself.
        return kind === 'stuck' ? (
          <details key={kind}>
            <summary class="need-kind">{head}</summary>
            {rows}
          </details>
        ) : (
          <section key={kind} aria-label={texts.overview.kinds[kind]}>
            <h3 class="need-kind">{head}</h3>
            {rows}
          </section>
        );
      })}
    </div>
  );
}

function NeedCard({ need, parts }: { need: Need; parts: NeedParts }) {
  const { session, notification } = need;
  const { message } = wordsOf(need);
  return (
    <li class="card need" data-testid="need">
      <div class="need-head">
        <Mark need={need} parts={parts} />
        <span class="muted small-text">
          <When at={need.since} />
        </span>
        {/* A session that waits stays here until it goes on; dismissing its notification would not help it. */}
        {session === null && notification !== null ? parts.dismissOf(notification) : null}
      </div>
      <h3 dir="auto">
        <Title need={need} />
      </h3>
      {message === null ? null : (
        <p class="need-message" dir="auto">
          {message}
        </p>
      )}
      <Facts need={need} />
      {notification === null ? null : parts.actionsOf(notification)}
    </li>
  );
}

function NeedRow({ need, parts }: { need: Need; parts: NeedParts }) {
  const { session, notification } = need;
  const { message } = wordsOf(need);
  return (
    <li class="need need-row" data-testid="need">
      <Mark need={need} parts={parts} />
      <div class="need-text">
        <p class="need-title" dir="auto">
          <Title need={need} />
        </p>
        {message === null ? null : (
          <p class="need-message" dir="auto">
            {message}
          </p>
        )}
        <Facts need={need} withTime />
      </div>
      {notification === null ? null : parts.replyOf(notification)}
      {session === null && notification !== null ? parts.dismissOf(notification) : null}
    </li>
  );
}

function Mark({ need: { session, notification }, parts }: { need: Need; parts: NeedParts }) {
  return <>{session !== null ? <ActivityPill session={session} /> : notification && parts.markOf(notification)}</>;
}

function Title({ need }: { need: Need }) {
  const { session, notification } = need;
  const projectId = session?.projectId ?? notification?.event.projectId ?? null;
  const sessionId = session?.id ?? notification?.event.sessionId ?? null;
  const { title } = wordsOf(need);
  if (projectId === null || sessionId === null) return <>{title}</>;
  return (
    <a
      class="need-open"
      href={sessionPath(projectId, sessionId)}
      aria-current={beside.value === sessionPath(projectId, sessionId) ? 'true' : undefined}
    >
      {title}
    </a>
  );
}

function Facts({ need: { session, notification, since }, withTime = false }: { need: Need; withTime?: boolean }) {
  const projectId = session?.projectId ?? notification?.event.projectId ?? null;
  return (
    <p class="row-meta">
      {projectId === null ? null : <span dir="auto">{projectName(projectId)}</span>}
      {session === null ? null : <span dir="auto">{texts.agent(session.agent)}</span>}
      {notification?.event.by ? <span>{texts.notifications.by(notification.event.by)}</span> : null}
      {withTime ? <When at={since} /> : null}
    </p>
  );
}

function wordsOf(need: Need): { title: string; message: string | null } {
  const { session, notification } = need;
  const title = session?.title ?? notification?.event.title ?? notification?.event.message ?? '';
  // An agent that does not get on says nothing; the last that it said is not why.
  const told = kindOf(need) === 'stuck' ? null : (session?.message ?? notification?.event.message ?? null);
  return { title, message: told === null || plainLine(told) === title ? null : told };
}

/** Where the focus is when a row goes that was answered: on the one that takes its place. */
function useKeptFocus(list: { current: HTMLElement | null }): void {
  const place = useRef<number | null>(null);
  useEffect(() => {
    const note = () => {
      const at = rowsIn(list).findIndex(row => row.contains(document.activeElement));
      place.current = at < 0 ? null : at;
    };
    document.addEventListener('focusin', note);
    return () => document.removeEventListener('focusin', note);
  }, []);
  useLayoutEffect(() => {
    if (place.current === null || document.activeElement !== document.body) return;
    const rows = rowsIn(list);
    rows[Math.min(place.current, rows.length - 1)]?.querySelector<HTMLElement>('a, button')?.focus();
  });
}

function bindNeedKeys(list: { current: HTMLElement | null }): () => void {
  const step = (by: number) => () => {
    const rows = rowsIn(list);
    const at = rows.findIndex(row => row.contains(document.activeElement));
    const to = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))];
    to?.querySelector<HTMLElement>('a, button')?.focus({ preventScroll: true });
    to?.scrollIntoView({ block: 'nearest' });
  };
  const press = (tool: string) => () => {
    const row = rowsIn(list).find(one => one.contains(document.activeElement));
    row?.querySelector<HTMLElement>(tool)?.click();
  };
  return bindKeys({
    j: step(1),
    k: step(-1),
    r: press('[data-kind="send-message"]'),
    e: press('[data-tool="dismiss"]'),
  });
}

function rowsIn(list: { current: HTMLElement | null }): HTMLElement[] {
  // What is folded is passed over.
  return [...(list.current?.querySelectorAll<HTMLElement>('.need') ?? [])].filter(
    row => row.closest('details:not([open])') === null,
  );
}
