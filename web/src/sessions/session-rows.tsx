import { ActivityPill, isBusy } from '../shell/activity.tsx';
import { plainLine } from '../shell/plain-text.ts';
import { beside, sessionPath } from '../shell/router.ts';
import { texts } from '../shell/texts.ts';
import { now, spanWords } from '../shell/time.ts';
import { When } from '../shell/when.tsx';
import type { Session } from '../shell/wire.ts';
import { SessionBell } from './bell-menu.tsx';
import { isOwn } from './mine.ts';
import { workingSince } from './session-store.ts';

/** Sessions one below the other: who does what, and for how long or since when. */
export function SessionRows({ sessions: shown }: { sessions: readonly Session[] }) {
  return (
    <ul class="card session-rows">
      {shown.map(session => (
        <li key={session.id} class="session-item" data-testid="session-row">
          <a
            href={sessionPath(session.projectId, session.id)}
            class="session-row"
            aria-current={beside.value === sessionPath(session.projectId, session.id) ? 'true' : undefined}
          >
            <span class="session-row-text">
              <span class="session-row-title" dir="auto">
                {session.title}
              </span>
              <span class="row-meta">
                <span dir="auto">{texts.agent(session.agent)}</span>
                {isOwn(session) ? null : <span dir="auto">{session.owner}</span>}
                {session.message === null || plainLine(session.message) === session.title ? null : (
                  <span class="clip" dir="auto">
                    {session.message}
                  </span>
                )}
              </span>
            </span>
            <ActivityPill session={session} />
            <span class="muted small-text session-time">
              {isBusy(session.activity) && session.queuePosition === null ? (
                <Elapsed since={workingSince(session)} />
              ) : (
                <When at={session.updatedAt} />
              )}
            </span>
          </a>
          <SessionBell session={session} isOfRow />
        </li>
      ))}
    </ul>
  );
}

function Elapsed({ since }: { since: string }) {
  return <>{texts.session.turnFor(spanWords(now.value - Date.parse(since)))}</>;
}
