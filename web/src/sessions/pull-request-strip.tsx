import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ExternalIcon, PullRequestIcon } from '../shell/icons.tsx';
import { checkLink } from '../shell/links.ts';
import { Failure } from '../shell/states.tsx';
import { texts } from '../shell/texts.ts';
import type { PullRequest } from '../shell/wire.ts';
import { keyOf, openPullRequests, type SessionPullRequests } from './pull-requests.ts';

const words = texts.pullRequests;
const mostAtOnce = 2;

export interface StripProps {
  sessionId: string;
  /** What can be done about one that is ready, which another slice knows. */
  mergeOf: (pullRequest: PullRequest) => ComponentChildren;
}

/** The pull requests of a session: how far each is, and the way to the forge. Nothing at all when there are none. */
export function PullRequestStrip({ sessionId, mergeOf }: StripProps) {
  const [opened, setOpened] = useState<SessionPullRequests | null>(null);
  const [isWhole, showAll] = useState(false);
  useEffect(() => {
    const mine = openPullRequests(sessionId);
    setOpened(mine);
    return () => mine.close();
  }, [sessionId]);
  if (opened === null) return <Unread />;

  const all = opened.all.value;
  const loading = opened.live.loading.value;
  const shown = isWhole ? all : all.slice(0, mostAtOnce);
  // That there is no connection is said elsewhere, and there may be no pull requests at all.
  if (loading.state === 'failed' && all.length === 0 && loading.problem.status !== 0) {
    return (
      <div>
        <Failure title={words.failed} problem={loading.problem} onRetry={() => void opened.live.reload()} />
      </div>
    );
  }
  if (all.length === 0) return loading.state === 'loading' ? <Unread /> : null;
  return (
    <section class="prs" aria-label={words.title}>
      <ul>
        {shown.map(pullRequest => (
          <li key={keyOf(pullRequest)}>
            <Row pullRequest={pullRequest} merge={pullRequest.mergeReady ? mergeOf(pullRequest) : null} />
          </li>
        ))}
      </ul>
      {shown.length < all.length ? (
        <button type="button" class="button small quiet" onClick={() => showAll(true)}>
          {words.more(all.length - shown.length)}
        </button>
      ) : null}
    </section>
  );
}

/** As long as this is here, the conversation below is not shown: it would have to make room. */
function Unread() {
  return <span class="prs-unread" hidden />;
}

function Row({ pullRequest, merge }: { pullRequest: PullRequest; merge: ComponentChildren }) {
  const { title, number, provider, owner, repo, url, state, draft } = pullRequest;
  // GitLab writes its numbers with an exclamation mark.
  const name = `${provider === 'gitlab' ? '!' : '#'}${number}`;
  const link = checkLink(url);
  const label = (
    <>
      <span class="muted">{name}</span>{' '}
      <span class="clip" dir="auto">
        {title}
      </span>
    </>
  );
  return (
    <div class="pr" data-testid="pull-request" title={`${owner}/${repo}${name}`}>
      <span class={`pr-state ${draft && state === 'open' ? 'draft' : state}`}>
        <PullRequestIcon />
        {draft && state === 'open' ? words.draft : words[state]}
      </span>
      {link.ok ? (
        <a class="pr-title" href={link.href} target="_blank" rel="noopener noreferrer">
          {label}
          <ExternalIcon />
          <span class="visually-hidden">, {texts.actions.opensNewTab}</span>
        </a>
      ) : (
        <span class="pr-title">{label}</span>
      )}
      {state === 'open' ? <Signs pullRequest={pullRequest} merge={merge} /> : null}
    </div>
  );
}

/** Never by colour alone: each sign is a word. */
function Signs({ pullRequest, merge }: { pullRequest: PullRequest; merge: ComponentChildren }) {
  const { checks, review, conflicts, mergeReady } = pullRequest;
  return (
    <span class="pr-signs">
      {mergeReady ? <span class="tag good">{words.ready}</span> : null}
      {conflicts ? <span class="tag bad">{words.conflicts}</span> : null}
      {checks === 'unknown' || mergeReady ? null : (
        <span class={`tag ${checks === 'failing' ? 'bad' : checks === 'passing' ? 'good' : ''}`}>
          {words.checks[checks]}
        </span>
      )}
      {review === 'none' ? null : (
        <span class={`tag ${review === 'approved' ? 'good' : 'bad'}`}>{words.review[review]}</span>
      )}
      {merge}
    </span>
  );
}
