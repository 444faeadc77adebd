import { isLocalPath } from './return-path.ts';

const defaultHosts = ['github.com', 'gitlab.com', 'linear.app'];

/** The hosts that actions may lead to: the server's list if it put one into the page, else its default. */
export function actionHosts(page: Document = document): readonly string[] {
  const listed = page.querySelector<HTMLMetaElement>('meta[name="carillon-action-hosts"]')?.content;
  const hosts = listed?.split(/[\s,]+/).filter(host => host !== '');
  return hosts?.length ? hosts.map(host => host.toLowerCase()) : defaultHosts;
}

export type LinkCheck = { ok: true; href: string } | { ok: false; reason: 'not-https' | 'unknown-host' | 'malformed' };

/**
 * The page's own look at an external address. The server checked it when it was stored, but a row may be older than
 * the rule, and a link is opened here and not there.
 */
export function checkLink(address: string, hosts: readonly string[] = actionHosts()): LinkCheck {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return { ok: false, reason: 'malformed' };
  }
  if (url.protocol !== 'https:') return { ok: false, reason: 'not-https' };
  // URL drops a default port, and "user@" hides the true host from a quick reader.
  if (url.port !== '' || url.username !== '' || url.password !== '') return { ok: false, reason: 'malformed' };
  if (!hosts.includes(url.hostname)) return { ok: false, reason: 'unknown-host' };
  return { ok: true, href: url.href };
}

/** A route that may be followed inside the page. */
export function checkRoute(route: string): boolean {
  return isLocalPath(route);
}
