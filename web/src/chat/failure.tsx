import { useState } from 'preact/hooks';
import { useAction } from '../shell/action.ts';
import { api } from '../shell/api.ts';
import { CopyButton } from '../shell/copy.tsx';
import { problemWords } from '../shell/problem-words.ts';
import { texts } from '../shell/texts.ts';
import { When } from '../shell/when.tsx';
import type { Session } from '../shell/wire.ts';

/** So much of an output says what went wrong; the rest is a click away. */
const firstLines = 8;

export interface FailedProps {
  agent: string;
  /** A sentence, and below it the output that explains it, if there is any. */
  reason: string | null;
  at: string;
  /** What can be done about it; null in a conversation that has gone on since, and a sentence where it is not done here. */
  remedy: { session: Session; onEdit: () => void } | string | null;
}

/** What failed, why, and the way on. */
export function Failed({ agent, reason, at, remedy }: FailedProps) {
  const [sentence = '', ...output] = (reason ?? '').trim().split('\n');
  return (
    <div class="failure-block" data-testid="failed">
      <p>
        <strong>{texts.chat.hasFailed(agent)}</strong> <When at={at} />
      </p>
      {sentence === '' ? null : <p dir="auto">{sentence}</p>}
      {output.length === 0 ? null : <Output lines={output} />}
      {remedy === null ? null : typeof remedy === 'string' ? <p class="muted">{remedy}</p> : <Remedy {...remedy} />}
    </div>
  );
}

function Output({ lines }: { lines: readonly string[] }) {
  const [isWhole, setWhole] = useState(false);
  const hidden = lines.length - firstLines;
  return (
    <div class="code">
      <div class="code-head">
        <span />
        <CopyButton text={lines.join('\n')} quiet />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must scroll by keyboard too. */}
      <pre tabIndex={0}>{(isWhole ? lines : lines.slice(0, firstLines)).join('\n')}</pre>
      {isWhole || hidden <= 0 ? null : (
        <button type="button" class="button small quiet" onClick={() => setWhole(true)}>
          {texts.chat.moreLines(hidden)}
        </button>
      )}
    </div>
  );
}

function Remedy({ session, onEdit }: { session: Session; onEdit: () => void }) {
  const { pending, problem, run } = useAction();
  return (
    <>
      <div class="form-foot">
        <button
          type="button"
          class="button small primary"
          aria-disabled={pending}
          onClick={() => void run(() => api.post(`/sessions/${encodeURIComponent(session.id)}/restore`, {}))}
        >
          {pending ? <i class="busy" aria-hidden="true" /> : null}
          {texts.chat.tryAgain}
        </button>
        <button type="button" class="button small" onClick={onEdit}>
          {texts.chat.editAndSend}
        </button>
      </div>
      {problem === null ? null : (
        <p class="field-error" role="alert">
          {problemWords(problem)}
        </p>
      )}
    </>
  );
}
