import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { announce } from './announcer.tsx';
import { CloseIcon } from './icons.tsx';
import { whenPersonLeaves } from './leaving.ts';
import { texts } from './texts.ts';

interface Toast {
  key: number;
  words: string;
  undo?: Undo;
}

interface Undo {
  label: string;
  run: () => void;
  /** What comes back by it, and takes the focus that the button had. */
  back?: () => HTMLElement | null;
}

const current = signal<Toast | null>(null);
const lifetime = 8_000;

let keys = 0;

/** Says that something was done and, for eight seconds, offers to undo it. A newer one takes the place of an older one. */
export function toast(words: string, undo?: Undo): void {
  current.value = { key: ++keys, words, ...(undo === undefined ? {} : { undo }) };
  announce(words);
}

export function clearToast(): void {
  current.value = null;
}

whenPersonLeaves(clearToast);

export function Toasts() {
  const shown = current.value;
  return (
    <section class="toasts" aria-label={texts.common.messages}>
      {shown === null ? null : <ToastCard key={shown.key} toast={shown} />}
    </section>
  );
}

function ToastCard({ toast: { words, undo } }: { toast: Toast }) {
  /** Where the focus was before it came here. */
  const before = useRef<EventTarget | null>(null);

  function leave(undone?: Undo): void {
    clearToast();
    undone?.run();
    requestAnimationFrame(() => giveFocusTo(undone?.back?.() ?? before.current));
  }

  useEffect(() => {
    let left = lifetime;
    let since = Date.now();
    let timer = setTimeout(clearToast, left);
    const card = document.querySelector<HTMLElement>('.toast');
    // Time stands still while somebody is about to press Undo.
    const hold = () => {
      clearTimeout(timer);
      left -= Date.now() - since;
    };
    const note = ({ relatedTarget }: FocusEvent) => {
      if (relatedTarget instanceof Element && !card?.contains(relatedTarget)) before.current = relatedTarget;
    };
    const release = () => {
      since = Date.now();
      clearTimeout(timer);
      timer = setTimeout(clearToast, Math.max(left, 1_500));
    };
    card?.addEventListener('pointerenter', hold);
    card?.addEventListener('pointerleave', release);
    card?.addEventListener('focusin', hold);
    card?.addEventListener('focusin', note);
    card?.addEventListener('focusout', release);
    return () => clearTimeout(timer);
  }, []);

  return (
    <div class="toast" data-testid="toast">
      <span dir="auto">{words}</span>
      {undo === undefined ? null : (
        <button type="button" class="toast-undo" onClick={() => leave(undo)}>
          {undo.label}
        </button>
      )}
      <button type="button" class="icon-button" aria-label={texts.common.dismissMessage} onClick={() => leave()}>
        <CloseIcon />
      </button>
    </div>
  );
}

/** The heading is where the page begins, for whoever has no better place. */
function giveFocusTo(place: EventTarget | null): void {
  const heading = document.querySelector<HTMLElement>('main h1');
  const target = place instanceof HTMLElement && place.isConnected && place !== document.body ? place : heading;
  target?.focus({ preventScroll: target === heading });
}
