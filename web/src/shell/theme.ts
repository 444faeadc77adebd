import { effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const key = 'carillon-theme';

export const theme = signal<Theme>(stored());

function stored(): Theme {
  try {
    const value = localStorage.getItem(key);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    // Storage may be forbidden; the system's choice is a good one.
    return 'system';
  }
}

/** What the browser puts around the page; the same colours are --surface in tokens.css and stand in index.html. */
const around = { light: '#fcfcfb', dark: '#111113' };

effect(() => {
  const choice = theme.value;
  for (const tag of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    tag.content = around[choice === 'system' ? (tag.media.includes('dark') ? 'dark' : 'light') : choice];
  }
  if (choice === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  try {
    if (choice === 'system') localStorage.removeItem(key);
    else localStorage.setItem(key, choice);
  } catch {
    // Then it lasts as long as the tab.
  }
});
