import { useState } from 'preact/hooks';
import { useAction } from './action.ts';
import type { Answer, Problem } from './api.ts';
import { problemWords } from './problem-words.ts';

export interface FormPlan<F extends string, T> {
  /** What is wrong with each field; null where it will do. */
  faults: Record<F, string | null>;
  /** Called when nothing is wrong. */
  send: () => Promise<Answer<T>>;
  done?: (value: T) => void;
  refused?: (problem: Problem) => void;
  /** The server's refusals that are about one field, by their code. */
  about?: Record<string, NoInfer<F>>;
  /** What a refusal says here, where that is not what the server says. */
  words?: (problem: Problem) => string;
}

export interface FormState<F extends string> {
  /** What to show beside each field: nothing until the person tried to send. */
  faults: Record<F, string | null>;
  /** Why it was not taken, where that is about no field. */
  refusal: string | null;
  problem: Problem | null;
  pending: boolean;
  /** The last attempt was taken, and nothing was tried since. */
  isDone: boolean;
  submit: () => void;
  /** Takes back what the server refused: it says nothing about what is sent next. */
  forgive: () => void;
}

/** What every form does: it tells what is wrong once it was sent, sends one thing at a time, and says what came of it. */
export function useForm<F extends string, T>(plan: FormPlan<F, T>): FormState<F> {
  const { faults, about = {}, words = problemWords } = plan;
  const action = useAction();
  const [stage, setStage] = useState<'new' | 'tried' | 'done'>('new');
  const [problem, setProblem] = useState<Problem | null>(null);
  const concerned = problem === null ? null : (about[problem.code] ?? null);
  const fields = Object.keys(faults) as F[];

  async function submit(): Promise<void> {
    setStage('tried');
    if (fields.some(field => faults[field] !== null)) return;
    // Gone while it is sent, so that the same words are read out again if they come again.
    setProblem(null);
    const answer = await action.run(plan.send);
    if (answer === null) return;
    setStage(answer.ok ? 'done' : 'new');
    if (answer.ok) {
      plan.done?.(answer.value);
    } else {
      setProblem(answer.problem);
      plan.refused?.(answer.problem);
    }
  }

  function shown(field: F): string | null {
    if (problem !== null && field === concerned) return words(problem);
    return stage === 'tried' ? faults[field] : null;
  }

  return {
    faults: Object.fromEntries(fields.map(field => [field, shown(field)])) as Record<F, string | null>,
    refusal: problem === null || concerned !== null ? null : words(problem),
    problem,
    pending: action.pending,
    isDone: stage === 'done',
    submit: () => void submit(),
    forgive: () => setProblem(null),
  };
}
