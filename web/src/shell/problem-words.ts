import type { Problem } from './api.ts';
import { texts } from './texts.ts';

/** What is wrong and what to do next, in one or two sentences. */
export function problemWords(problem: Problem): string {
  if (problem.status === 0) return `${texts.problem.unreachable} ${texts.problem.unreachableHelp}`;
  if (problem.detail !== null)
    return problem.title === '' ? problem.detail : `${sentence(problem.title)} ${problem.detail}`;
  const help =
    problem.retryAfterSeconds === null
      ? texts.problem.unexpectedHelp
      : texts.problem.waitSeconds(problem.retryAfterSeconds);
  return `${problem.title === '' ? texts.problem.unexpected : sentence(problem.title)} ${help}`;
}

function sentence(words: string): string {
  return /[.!?]$/.test(words) ? words : `${words}.`;
}
