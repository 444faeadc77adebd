import { texts } from '../shell/texts.ts';
import type { Tone } from './tone.ts';

const shapes: Record<Tone, preact.JSX.Element> = {
  urgent: <circle cx="8" cy="8" r="5" fill="currentColor" />,
  action: <circle cx="8" cy="8" r="4.2" fill="none" stroke="currentColor" stroke-width="2.4" />,
  warning: (
    <path d="M8 2.9 14 13.2H2L8 2.9Z" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round" />
  ),
  info: <circle cx="8" cy="8" r="2.4" fill="currentColor" />,
  success: (
    <path
      d="m3 8.6 3.3 3.3L13 5"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
  ),
};

/** Each priority has its own shape: colour alone says nothing to one man in twelve. */
export function PriorityMark({ tone }: { tone: Tone }) {
  return (
    <span class={`mark tone-${tone}`} title={texts.priority(tone)}>
      <svg width="1rem" height="1rem" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        {shapes[tone]}
      </svg>
      <span class="visually-hidden">{texts.priority(tone)}.</span>
    </span>
  );
}
