import type { ComponentChildren } from 'preact';
import type { Loading } from '../shell/live.ts';
import { usePage } from '../shell/router.ts';
import { Failure, Skeleton } from '../shell/states.tsx';
import { texts } from '../shell/texts.ts';
import { now } from '../shell/time.ts';
import { useOnce } from '../shell/use-once.ts';
import type { Notification, Session } from '../shell/wire.ts';
import { NeedList, type NeedParts } from './need-list.tsx';
import { finishedToday, needsOf, othersNeedsOf, queuedOf, workingOf } from './needs.ts';
import { Start, useIsNew } from './start.tsx';

export interface OverviewProps extends NeedParts {
  sessions: readonly Session[];
  notifications: readonly Notification[];
  loading: Loading;
  /** Not all is known yet of what may need this person. */
  isReading: boolean;
  onRetry: () => void;
  /** Whether this person answers for a session. */
  isMine: (session: Session) => boolean;
  sessionRows: (sessions: Session[]) => ComponentChildren;
  tryIt: ComponentChildren;
  /** Puts beside the list what is chosen from it, where there is room. */
  besideOf: (list: ComponentChildren) => ComponentChildren;
  /** Leads to the form for a new session, with a first message for the demo agent if there is one. */
  newSession: (words?: string, prompt?: string) => ComponentChildren;
}

/** What waits for the person first, then what goes on without them. */
export function OverviewPage(props: OverviewProps) {
  usePage(texts.overview.title);
  const { sessions, notifications, loading } = props;
  const needs = needsOf(sessions, notifications, props.isMine);
  const others = othersNeedsOf(sessions, notifications, props.isMine);
  const working = workingOf(sessions);
  const queued = queuedOf(sessions);
  const finished = finishedToday(sessions, now.value);
  const isEmpty = sessions.length === 0 && needs.length === 0;
  const isReady = loading.state === 'ready';
  const isNew = useIsNew(sessions, isReady);
  const isFirst = !useOnce(isReady && !props.isReading);
  // Until it is known whether somebody begins here, nothing is shown that would have to make room for it.
  const isWaiting = isEmpty ? loading.state === 'loading' : isReady && (isNew === null || isFirst);

  const page = (
    <div class="page at-once">
      <header class="page-head">
        <h1 tabIndex={-1}>{texts.overview.title}</h1>
        {isEmpty ? null : props.newSession()}
      </header>
      {loading.state === 'failed' ? (
        <Failure title={texts.overview.failed} problem={loading.problem} onRetry={props.onRetry} />
      ) : null}
      {isReady && (isEmpty || isNew) ? (
        <Start samples={props.tryIt} start={props.newSession(texts.overview.start, texts.overview.demoPrompt)} />
      ) : null}
      {isWaiting ? (
        <Skeleton rows={3} />
      ) : isEmpty ? null : (
        <>
          <section class="block" aria-labelledby="needs-you">
            <h2 id="needs-you">
              {texts.overview.needsYou}
              {needs.length > 0 ? <span class="tab-count">{needs.length}</span> : null}
            </h2>
            {needs.length === 0 ? (
              <p class="card calm">
                <span>{texts.overview.calm}.</span> <span class="muted">{texts.overview.calmHelp}</span>
              </p>
            ) : (
              <NeedList needs={needs} parts={props} />
            )}
          </section>
          {others.length === 0 ? null : (
            <details class="block others">
              <summary>{texts.overview.others(others.length)}</summary>
              {props.sessionRows(others)}
            </details>
          )}
          <section class="block" aria-labelledby="working">
            <h2 id="working">{texts.overview.working}</h2>
            {working.length === 0 ? <p class="muted pad">{texts.overview.nothingWorks}</p> : props.sessionRows(working)}
          </section>
          {queued.length === 0 ? null : (
            <section class="block" aria-labelledby="queued">
              <h2 id="queued">
                {texts.overview.queued}
                <span class="tab-count">{queued.length}</span>
              </h2>
              {props.sessionRows(queued)}
            </section>
          )}
          {finished.length === 0 ? null : (
            <section class="block" aria-labelledby="finished">
              <h2 id="finished">{texts.overview.finished}</h2>
              {props.sessionRows(finished)}
            </section>
          )}
        </>
      )}
    </div>
  );
  // Whoever begins here has nothing to choose from, and is shown how to begin in the middle of the page.
  return <>{isEmpty || isNew ? page : props.besideOf(page)}</>;
}
