import { expect, it } from 'vitest';
import type { PullRequest } from '../shell/wire.ts';
import { withPullRequest } from './pull-requests.ts';

const pullRequest = (number: number, more: Partial<PullRequest> = {}) =>
  ({
    provider: 'github',
    owner: 'acme',
    repo: 'harbour',
    number,
    state: 'open',
    draft: false,
    mergeReady: false,
    createdAt: `2026-11-2${number}`,
    ...more,
  }) as PullRequest;

const fill = (...all: PullRequest[]) => all.reduce<readonly PullRequest[]>(withPullRequest, []);

it('shows first what can be merged, then what is open, and last what is done', () => {
  const all = fill(
    pullRequest(1, { state: 'merged' }),
    pullRequest(2, { draft: true }),
    pullRequest(3),
    pullRequest(4, { mergeReady: true }),
    pullRequest(5),
  );
  expect(all.map(({ number }) => number)).toEqual([4, 5, 3, 2, 1]);
});

it('has each once, as it was last told', () => {
  const all = fill(pullRequest(1), pullRequest(1, { state: 'closed' }), pullRequest(1, { repo: 'other' }));
  expect(all.map(({ repo, state }) => [repo, state])).toEqual([
    ['other', 'open'],
    ['harbour', 'closed'],
  ]);
});
