import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { beside, IsBeside, match, navigate, withBeside } from './router.ts';
import { texts } from './texts.ts';
import { isRoomy } from './viewport.ts';

export interface SplitProps {
  children: ComponentChildren;
  /** What can be shown beside the list: the parts of its path, for the pattern `shows`. */
  shows: string;
  show: (parts: Record<string, string>) => ComponentChildren;
}

/**
 * A page with a list, and where there is room, beside it what was chosen from it. A link of the list that leads to such a page
 * opens it there; it stays a link, to be opened in a tab of its own.
 */
export function Split({ children, shows, show }: SplitProps) {
  const chosen = beside.value;
  const parts = chosen === null ? null : match(shows, chosen);
  const isAlone = !isRoomy.value;
  useEffect(() => {
    // The window became narrow, or the address came from a wide one.
    if (isAlone && chosen !== null) navigate(parts === null ? withBeside(null) : chosen, { replace: true });
  }, [isAlone, chosen]);
  if (isAlone) return <>{children}</>;

  function openBeside(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || link.target !== '' || link.origin !== location.origin) return;
    if (match(shows, link.pathname) === null) return;
    event.preventDefault();
    // From one to the next is no way back of many steps.
    navigate(withBeside(link.pathname), { replace: chosen !== null, stays: true });
  }

  return (
    <div class="split">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the links inside are what is pressed. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Enter on a link is a click. */}
      <div class="split-list" onClick={openBeside}>
        {children}
      </div>
      <section class="split-beside" aria-label={texts.frame.beside}>
        {parts === null ? (
          <p class="split-none muted">{texts.frame.besideHelp}</p>
        ) : (
          <IsBeside.Provider value>{show(parts)}</IsBeside.Provider>
        )}
      </section>
    </div>
  );
}
