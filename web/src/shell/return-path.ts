/** True for a path of this server: one leading slash, nothing that a browser could read as another host. */
export function isLocalPath(path: string): boolean {
  if (!path.startsWith('/') || path.startsWith('//')) return false;
  // Browsers treat a backslash like a slash and drop tabs and line breaks, so "/\host" and "/<tab>/host" leave the site.
  for (const char of path) {
    if (char === '\\' || char.charCodeAt(0) < 0x20 || char.charCodeAt(0) === 0x7f) return false;
  }
  return true;
}

/** Where to go after signing in: the asked path if it is local and not an entrance itself, else the overview. */
export function returnPath(asked: string | null): string {
  if (asked === null || !isLocalPath(asked)) return '/';
  const path = asked.split(/[?#]/, 1)[0];
  return path === '/sign-in' || path === '/setup' ? '/' : asked;
}

export function signInPath(from: string): string {
  const back = returnPath(from);
  return back === '/' ? '/sign-in' : `/sign-in?return=${encodeURIComponent(back)}`;
}
