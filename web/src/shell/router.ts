import { computed, effect, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext, useLayoutEffect } from 'preact/hooks';
import favicon from './favicon.svg';
import faviconUnread from './favicon-unread.svg';
import { texts } from './texts.ts';

export interface Place {
  path: string;
  query: URLSearchParams;
}

const here = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });

export const place = signal<Place>(here());

/** What the current page calls itself; the tab's title is made of it. */
export const pageTitle = signal('');

/** The page that this one belongs to; a narrow screen leads back there from its top bar. */
export const parentPage = signal<{ name: string; to: string } | null>(null);

/** How many notifications wait; the tab's title and icon say so. */
export const waiting = signal(0);

/** The page that the address says is shown beside this one, if it says so. */
export const beside = computed(() => place.value.query.get('beside'));

/** True in what is shown beside another page, which gives the tab its title and takes the focus. */
export const IsBeside = createContext(false);

let moved = false;

export interface Move {
  replace?: boolean;
  /** The page stays as it is, with its focus and its place; only something on it changes. */
  stays?: boolean;
}

export function navigate(to: string, { replace = false, stays = false }: Move = {}): void {
  if (to === location.pathname + location.search + location.hash) return;
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  if (!stays) {
    moved = true;
    scrollTo(0, 0);
  }
  place.value = here();
}

/** Follows browser history and turns clicks on local links into moves inside the page. */
export function startRouter(): void {
  addEventListener('popstate', () => {
    moved = true;
    place.value = here();
  });
  document.addEventListener('click', event => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return;
    // A jump within the page is the browser's business.
    if (link.hash !== '' && link.pathname === location.pathname) return;
    event.preventDefault();
    navigate(link.pathname + link.search + link.hash);
  });
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  effect(() => {
    const name = pageTitle.value === '' ? texts.product : `${pageTitle.value} · ${texts.product}`;
    document.title = waiting.value > 0 ? `(${texts.badge(waiting.value)}) ${name}` : name;
    const href = waiting.value > 0 ? faviconUnread : favicon;
    if (icon !== null && icon.getAttribute('href') !== href) icon.href = href;
  });
}

/** Names the page, and after a move puts the focus on its heading, where a screen reader goes on reading. */
export function usePage(title: string, parent: { name: string; to: string } | null = null): void {
  const isBeside = useContext(IsBeside);
  useLayoutEffect(() => {
    if (isBeside) return;
    pageTitle.value = title;
    parentPage.value = parent;
  }, [title, parent?.name, parent?.to]);
  useLayoutEffect(() => {
    if (!moved || isBeside) return;
    moved = false;
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  }, []);
}

/** The named parts of a path that has the pattern's shape, else null: `match('/projects/:project', path)`. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const expected = pattern.split('/');
  const actual = path.replace(/\/+$/, '').split('/');
  if (pattern === '/') return path === '/' ? {} : null;
  if (expected.length !== actual.length) return null;
  const found: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    const given = actual[index] ?? '';
    if (part.startsWith(':')) {
      if (given === '') return null;
      try {
        found[part.slice(1)] = decodeURIComponent(given);
      } catch {
        return null;
      }
    } else if (part !== given) {
      return null;
    }
  }
  return found;
}

/** The address of this page with another one beside it, or with none. */
export function withBeside(path: string | null): string {
  const query = new URLSearchParams(place.peek().query);
  if (path === null) query.delete('beside');
  else query.set('beside', path);
  const words = query.toString();
  return words === '' ? place.peek().path : `${place.peek().path}?${words}`;
}

export function sessionPath(projectId: string, sessionId: string): string {
  return `/projects/${encodeURIComponent(projectId)}/sessions/${encodeURIComponent(sessionId)}`;
}

export function projectPath(projectId: string): string {
  return `/projects/${encodeURIComponent(projectId)}`;
}
