import { signal } from '@preact/signals';

const wide = matchMedia('(min-width: 900px)');

/** True when there is room for the rail and a popover. The same number stands in frame.css. */
export const isWide = signal(wide.matches);

wide.addEventListener('change', () => {
  isWide.value = wide.matches;
});
