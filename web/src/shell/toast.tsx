import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { announce } from './announcer.tsx';
import { CloseIcon } from './icons.tsx';
import { texts } from './texts.ts';

interface Toast {
  key: number;
  words: string;
  undo?: { label: string; run: () => void };
}

const current = signal<Toast | null>(null);
const lifetime = 8_000;

let keys = 0;

/** Says that something was done and, for eight seconds, offers to undo it. A newer one takes the place of an older one. */
export function toast(words: string, undo?: Toast['undo']): void {
  current.value = { key: ++keys, words, ...(undo === undefined ? {} : { undo }) };
  announce(words);
}

export function clearToast(): void {
  current.value = null;
}

export function Toasts() {
  const shown = current.value;
  return (
    <section class="toasts" aria-label={texts.common.messages}>
      {shown === null ? null : <ToastCard key={shown.key} toast={shown} />}
    </section>
  );
}

function ToastCard({ toast: { words, undo } }: { toast: Toast }) {
  useEffect(() => {
    let left = lifetime;
    let since = Date.now();
    let timer = setTimeout(clearToast, left);
    const card = document.querySelector('.toast');
    // Time stands still while somebody is about to press Undo.
    const hold = () => {
      clearTimeout(timer);
      left -= Date.now() - since;
    };
    const release = () => {
      since = Date.now();
      clearTimeout(timer);
      timer = setTimeout(clearToast, Math.max(left, 1_500));
    };
    card?.addEventListener('pointerenter', hold);
    card?.addEventListener('pointerleave', release);
    card?.addEventListener('focusin', hold);
    card?.addEventListener('focusout', release);
    return () => clearTimeout(timer);
  }, []);

  return (
    <div class="toast" data-testid="toast">
      <span dir="auto">{words}</span>
      {undo === undefined ? null : (
        <button
          type="button"
          class="toast-undo"
          onClick={() => {
            clearToast();
            undo.run();
          }}
        >
          {undo.label}
        </button>
      )}
      <button type="button" class="icon-button" aria-label={texts.common.dismissMessage} onClick={clearToast}>
        <CloseIcon />
      </button>
    </div>
  );
}
