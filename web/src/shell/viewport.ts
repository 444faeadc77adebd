import { signal } from '@preact/signals';

// In letters and not in pixels: who reads with letters twice as large has half the room.
const wide = matchMedia('(min-width: 56.25em)');

/** True when there is room for the rail and a popover. The same number stands in frame.css. */
export const isWide = signal(wide.matches);

wide.addEventListener('change', () => {
  isWide.value = wide.matches;
});

const roomy = matchMedia('(min-width: 90em)');

/** True when a list and a conversation have room side by side. */
export const isRoomy = signal(roomy.matches);

roomy.addEventListener('change', () => {
  isRoomy.value = roomy.matches;
});

// iOS lays its keyboard over the page and says so only here. What has to stay above it is as high as what can be seen.
const visible = window.visualViewport ?? null;
const style = document.documentElement.style;

function follow(): void {
  // With two fingers somebody looks at a part more closely; the page stays as it is.
  const isPlain = visible !== null && visible.scale < 1.05;
  if (isPlain && innerHeight - visible.height > 1) {
    style.setProperty('--visible-height', `${visible.height}px`);
    style.setProperty('--visible-top', `${visible.offsetTop}px`);
  } else {
    style.removeProperty('--visible-height');
    style.removeProperty('--visible-top');
  }
}

visible?.addEventListener('resize', follow);
visible?.addEventListener('scroll', follow);
