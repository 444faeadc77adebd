import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Action } from './action.ts';
import { CloseIcon } from './icons.tsx';
import { texts } from './texts.ts';

export interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** A sheet comes up from the lower edge on phones; a palette has its field in place of a heading. */
  shape?: 'dialog' | 'sheet' | 'palette';
}

/** A modal dialog. The browser keeps the focus inside, closes on Escape and gives the focus back. */
export function Dialog({ title, onClose, children, shape = 'dialog' }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();

  // Not useEffect: it would clean up after the element is gone, and the browser gives the focus back only from one that is there.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the click only catches the backdrop; Escape does the same by keyboard.
    <dialog
      ref={dialog}
      class={shape}
      aria-labelledby={shape === 'palette' ? undefined : heading}
      aria-label={shape === 'palette' ? title : undefined}
      onCancel={event => {
        event.preventDefault();
        onClose();
      }}
      onClick={event => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div class="dialog-body">
        {shape === 'palette' ? null : (
          <header class="dialog-head">
            <h2 id={heading} dir="auto">
              {title}
            </h2>
            <button type="button" class="icon-button" aria-label={texts.common.close} onClick={onClose}>
              <CloseIcon />
            </button>
          </header>
        )}
        {children}
      </div>
    </dialog>
  );
}

export interface ConfirmProps {
  title: string;
  help: string;
  yes: string;
  onYes: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be undone. */
export function Confirm({ title, help, yes, onYes, onClose }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p class="muted">{help}</p>
      <div class="form-foot">
        <button
          type="button"
          class="button danger"
          onClick={() => {
            onClose();
            onYes();
          }}
        >
          {yes}
        </button>
        <button type="button" class="button" onClick={onClose}>
          {texts.common.cancel}
        </button>
      </div>
    </Dialog>
  );
}

export interface ConfirmButtonProps {
  /** What is done, on the button and on the button of the question. */
  name: string;
  /** The same for listeners, with what it is done to. */
  label: string;
  title: string;
  help: string;
  action: Action;
  onYes: () => void;
}

/** The button of a row that asks before it does what cannot be undone. */
export function ConfirmButton({ name, label, title, help, action: { pending }, onYes }: ConfirmButtonProps) {
  const [asking, ask] = useState(false);
  return (
    <>
      <button
        type="button"
        class="button small"
        aria-label={label}
        aria-disabled={pending}
        onClick={() => !pending && ask(true)}
      >
        {name}
      </button>
      {asking ? <Confirm title={title} help={help} yes={name} onYes={onYes} onClose={() => ask(false)} /> : null}
    </>
  );
}
