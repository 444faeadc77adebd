import { navigate } from './router.ts';

type Keys = Record<string, (event: KeyboardEvent) => void>;

const chordTime = 1_200;
const bindings = new Set<Keys>();

/**
 * Binds keys while a part of the page is shown: `j`, `?`, `g o` for one after the other, `mod k` for Ctrl K, or Command K on a
 * Mac, which works while somebody writes as well. Answers how to unbind.
 */
export function bindKeys(keys: Keys): () => void {
  bindings.add(keys);
  return () => bindings.delete(keys);
}

export function startKeyboard(): void {
  let first: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  addEventListener('keydown', event => {
    const isMod = event.ctrlKey || event.metaKey;
    if (event.defaultPrevented || event.altKey || (!isMod && isWriting(event.target))) return;
    // A dialog has the keyboard to itself.
    if (document.querySelector('dialog[open]') !== null) return;
    const key = isMod ? `mod ${event.key.toLowerCase()}` : first === null ? event.key : `${first} ${event.key}`;
    first = null;
    clearTimeout(timer);
    // The newest binding wins: a popover is in front of the page.
    const action = [...bindings].toReversed().find(keys => keys[key] !== undefined)?.[key];
    if (action !== undefined) {
      event.preventDefault();
      action(event);
    } else if (key === 'g') {
      first = 'g';
      timer = setTimeout(() => {
        first = null;
      }, chordTime);
    }
  });

  bindKeys({
    'g o': () => navigate('/'),
    'g s': () => navigate('/sessions'),
    'g n': () => navigate('/notifications'),
    c: () => {
      const project = /^\/projects\/([^/]+)/.exec(location.pathname)?.[1];
      navigate(project === undefined ? '/new' : `/new?project=${project}`);
    },
  });
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;
}

/** What the keyboard here calls the key of `mod`. */
export const modName = /^(?:Mac|iPhone|iPad)/.test(navigator.platform) ? '⌘' : 'Ctrl';
