import { effect } from '@preact/signals';
import { kept } from './kept.ts';

export type Theme = 'system' | 'light' | 'dark';

export const theme = kept<Theme>(
  'carillon-theme',
  stored => (stored === 'light' || stored === 'dark' ? stored : 'system'),
  choice => (choice === 'system' ? null : choice),
);

/** What the browser puts around the page; the same colours are --surface in tokens.css and stand in index.html. */
const around = { light: '#fcfcfb', dark: '#111113' };

effect(() => {
  const choice = theme.value;
  for (const tag of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    tag.content = around[choice === 'system' ? (tag.media.includes('dark') ? 'dark' : 'light') : choice];
  }
  if (choice === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
});
