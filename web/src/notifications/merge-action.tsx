import { useEffect } from 'preact/hooks';
import type { Notification, PullRequest } from '../shell/wire.ts';
import { Actions } from './actions.tsx';
import { loading, openView, rows, views } from './inbox-store.ts';
import { rowsOf } from './views.ts';

/** Merging is an action of the notification that says that it can be done; whoever got none may not merge from here. */
export function MergeAction({ pullRequest }: { pullRequest: PullRequest }) {
  const part = { sessionId: pullRequest.sessionId, unresolvedOnly: true };
  const isReady = loading.value.state === 'ready';
  useEffect(() => {
    if (isReady) void openView(part);
  }, [pullRequest.sessionId, isReady]);
  const offer = rowsOf(part, views.value, rows.value).find(row => offersMerge(row, pullRequest));
  return offer === undefined ? null : <Actions notification={offer} only="merge-pr" />;
}

function offersMerge({ event, actions }: Notification, { provider, owner, repo, number }: PullRequest): boolean {
  const about = event.data.subject?.pullRequest;
  return (
    actions.some(({ kind }) => kind === 'merge-pr') &&
    about?.provider === provider &&
    about.owner === owner &&
    about.repo === repo &&
    about.number === number
  );
}
