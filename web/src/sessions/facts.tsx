import { sessionPath } from '../shell/router.ts';
import { texts } from '../shell/texts.ts';
import { When } from '../shell/when.tsx';
import type { Session } from '../shell/wire.ts';
import { childrenOf, findSession } from './session-store.ts';

/** What there is to know about a session besides what is said in it. */
export function Facts({ session, onMoved }: { session: Session; onMoved?: () => void }) {
  const parent = session.parentSessionId;
  const children = childrenOf(session.id);
  return (
    <dl class="facts">
      <div>
        <dt>{texts.session.agent}</dt>
        <dd dir="auto">{texts.agent(session.agent)}</dd>
      </div>
      <div>
        <dt>{texts.session.owner}</dt>
        <dd dir="auto">{session.owner}</dd>
      </div>
      <div>
        <dt>{texts.session.started}</dt>
        <dd>
          <When at={session.createdAt} />
        </dd>
      </div>
      <div>
        <dt>{texts.session.changed}</dt>
        <dd>
          <When at={session.updatedAt} />
        </dd>
      </div>
      {parent === null ? null : (
        <div>
          <dt>{texts.session.parent}</dt>
          <dd dir="auto">
            <a href={sessionPath(findSession(parent)?.projectId ?? session.projectId, parent)} onClick={onMoved}>
              {findSession(parent)?.title ?? parent}
            </a>
          </dd>
        </div>
      )}
      {children.length === 0 ? null : (
        <div>
          <dt>{texts.session.children}</dt>
          {children.map(child => (
            <dd key={child.id} dir="auto">
              <a href={sessionPath(child.projectId, child.id)} onClick={onMoved}>
                {child.title}
              </a>
            </dd>
          ))}
        </div>
      )}
    </dl>
  );
}
