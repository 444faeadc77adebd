import { type ReadonlySignal, signal } from '@preact/signals';
import { api } from '../shell/api.ts';
import { keepLive, type Live } from '../shell/live.ts';
import type { Change, PullRequest, PullRequestList } from '../shell/wire.ts';

export interface SessionPullRequests {
  readonly all: ReadonlySignal<readonly PullRequest[]>;
  readonly live: Live;
  close(): void;
}

const shown = new Set<SessionPullRequests>();

/** The pull requests of the session that is shown, as long as it is shown. */
export function openPullRequests(sessionId: string): SessionPullRequests {
  const all = signal<readonly PullRequest[]>([]);
  const live = keepLive<PullRequestList>({
    read: () => api.get<PullRequestList>(`/sessions/${encodeURIComponent(sessionId)}/pull-requests`),
    replace(list) {
      all.value = inOrder(list.pullRequests);
    },
    apply(change) {
      const changed = pullRequestOf(change);
      if (changed?.sessionId === sessionId) all.value = withPullRequest(all.peek(), changed);
    },
  });
  const opened: SessionPullRequests = {
    all,
    live,
    close() {
      live.stop();
      shown.delete(opened);
    },
  };
  shown.add(opened);
  void live.reload();
  return opened;
}

export function accept(change: Change): void {
  if (change.type === 'pr_updated') for (const { live } of shown) live.accept(change);
}

export function reload(): void {
  for (const { live } of shown) void live.reload();
}

function pullRequestOf(change: Change): PullRequest | undefined {
  return (change.payload as { pullRequest?: PullRequest }).pullRequest;
}

export function withPullRequest(known: readonly PullRequest[], changed: PullRequest): readonly PullRequest[] {
  const key = keyOf(changed);
  return inOrder([...known.filter(other => keyOf(other) !== key), changed]);
}

export function keyOf({ provider, owner, repo, number }: PullRequest): string {
  return `${provider}/${owner}/${repo}/${number}`;
}

/** What can be done something about comes first: what is ready, then what is open; the newest of each on top. */
function inOrder(all: readonly PullRequest[]): PullRequest[] {
  return [...all].sort(
    (one, other) =>
      nearness(other) - nearness(one) || other.createdAt.localeCompare(one.createdAt) || other.number - one.number,
  );
}

function nearness({ state, draft, mergeReady }: PullRequest): number {
  if (state !== 'open') return 0;
  return mergeReady ? 3 : draft ? 1 : 2;
}
