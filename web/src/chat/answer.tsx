import { useMemo } from 'preact/hooks';
import { CheckIcon, ChevronIcon, CloseIcon } from '../shell/icons.tsx';
import { texts } from '../shell/texts.ts';
import type { RunStep } from '../shell/wire.ts';
import { partsOf } from './parts.ts';
import { Words } from './words.tsx';

export interface AnswerProps {
  text: string;
  steps: readonly RunStep[];
  isGoing: boolean;
}

/** What an agent says, and in between, folded, what it did. The same component while it grows and when it is done. */
export function Answer({ text, steps, isGoing }: AnswerProps) {
  // With each word of the newest answer, all that were given before are shown again.
  const parts = useMemo(() => partsOf(text, steps), [text, steps]);
  return (
    <div class={isGoing ? 'answer going' : 'answer'}>
      {parts.map((part, index) =>
        part.kind === 'words' ? (
          <Words key={part.key} text={part.text} isGoing={isGoing && index === parts.length - 1} />
        ) : (
          <ul key={part.key} class="steps">
            {part.steps.map(step => (
              <Step key={step.id} step={step} isGoing={isGoing} />
            ))}
          </ul>
        ),
      )}
    </div>
  );
}

function Step({ step: { name, detail, status }, isGoing }: { step: RunStep; isGoing: boolean }) {
  // A run that was cut off leaves steps behind that nobody works on any more.
  const look = status === 'running' && !isGoing ? 'failed' : status;
  const head = (
    <>
      <span class={`step-mark ${look}`}>
        {look === 'running' ? <i class="busy" aria-hidden="true" /> : look === 'done' ? <CheckIcon /> : <CloseIcon />}
        <span class="visually-hidden">{texts.chat.stepStatus[look]}: </span>
      </span>
      <span class="step-name" dir="auto">
        {name}
      </span>
    </>
  );
  if (detail === null || detail === '') {
    return (
      <li class="step">
        <div class="step-line">{head}</div>
      </li>
    );
  }
  return (
    <li class="step">
      <details>
        <summary class="step-line">
          {head}
          <span class="step-detail" dir="auto">
            {detail}
          </span>
          <ChevronIcon />
        </summary>
        <pre class="step-more" dir="auto">
          {detail}
        </pre>
      </details>
    </li>
  );
}
