import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Problem } from './api.ts';
import { problemWords } from './problem-words.ts';
import { texts } from './texts.ts';

const worthShowing = 150;

/** The shape of what is coming, once waiting has become noticeable. */
export function Skeleton({ rows = 4 }: { rows?: number }) {
  const [shown, show] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => show(true), worthShowing);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class={shown ? 'skeletons shown' : 'skeletons'} aria-busy="true" data-testid="skeleton">
      <span class="visually-hidden">{texts.common.loading}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} class="skeleton" aria-hidden="true">
          <i />
          <div>
            <b />
            <b />
          </div>
        </div>
      ))}
    </div>
  );
}

export interface EmptyProps {
  title: string;
  help?: string;
  icon?: ComponentChildren;
  children?: ComponentChildren;
}

export function Empty({ title, help, icon, children }: EmptyProps) {
  return (
    <div class="empty" data-testid="empty">
      {icon === undefined ? null : <div class="empty-icon">{icon}</div>}
      <p class="empty-title" dir="auto">
        {title}
      </p>
      {help === undefined ? null : <p class="muted">{help}</p>}
      {children}
    </div>
  );
}

export interface FailureProps {
  title: string;
  problem: Problem;
  onRetry: () => void;
}

export function Failure({ title, problem, onRetry }: FailureProps) {
  return (
    <div class="failure" role="alert" data-testid="failure">
      <div>
        <p class="failure-title">{title}</p>
        <p>{problemWords(problem)}</p>
      </div>
      <button type="button" class="button" onClick={onRetry}>
        {texts.common.retry}
      </button>
    </div>
  );
}
