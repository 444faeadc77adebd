import { signal } from '@preact/signals';

const spoken = signal('');

/** Tells people who listen instead of looking, when they are done with what they listen to. */
export function announce(words: string): void {
  // The same words twice are only spoken twice if the region changes in between.
  spoken.value = spoken.value === words ? `${words}\u00A0` : words;
}

export function Announcer() {
  return (
    <div class="visually-hidden" role="status" aria-live="polite" aria-atomic="true" data-testid="announcer">
      {spoken.value}
    </div>
  );
}
