import type { ComponentChildren, RefObject } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Action } from '../shell/action.ts';
import { ActionProblem } from '../shell/form.tsx';
import type { RemoteList } from '../shell/remote-list.ts';
import { Failure, Skeleton } from '../shell/states.tsx';
import { texts } from '../shell/texts.ts';

export interface SectionProps {
  title: string;
  help?: string;
  /** The form that adds to what the section lists, behind a button in its head. */
  adding?: {
    name: string;
    form: (close: () => void) => ComponentChildren;
    button?: RefObject<HTMLButtonElement | null>;
  };
  children: ComponentChildren;
}

/** One block of a settings page. */
export function Section({ title, help, adding, children }: SectionProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const own = useRef<HTMLButtonElement>(null);
  const button = adding?.button ?? own;
  const close = () => {
    // Before the form is gone, and with it whatever has the focus in it.
    button.current?.focus();
    setOpen(false);
  };
  return (
    <section class="block" aria-labelledby={id}>
      <div class="block-head">
        <h2 id={id}>{title}</h2>
        {adding === undefined ? null : (
          <button ref={button} type="button" class="button" aria-expanded={open} onClick={() => setOpen(!open)}>
            {adding.name}
          </button>
        )}
      </div>
      {help === undefined ? null : <p class="muted block-help">{help}</p>}
      {open ? adding?.form(close) : null}
      {children}
    </section>
  );
}

export interface ItemsProps<T> {
  list: RemoteList<T>;
  none?: string;
  children: (item: T) => ComponentChildren;
}

/** The rows of a settings list, or what there is to say instead. */
export function Items<T>({ list, none, children }: ItemsProps<T>) {
  const holder = useRef<HTMLDivElement>(null);
  const at = useRef<number | null>(null);

  // The row that had the focus is gone: the next one takes it, or the section's own button where none is left.
  useLayoutEffect(() => {
    if (at.current === null || document.activeElement !== document.body) return;
    const rows = [...(holder.current?.querySelectorAll('.items > li') ?? [])];
    const heir = rows[Math.min(at.current, rows.length - 1)] ?? holder.current?.closest('section');
    heir?.querySelector<HTMLElement>('button, select')?.focus();
  }, [list.items]);

  return (
    <div
      ref={holder}
      onFocusIn={event => {
        const row = event.target instanceof Element ? event.target.closest('.items > li') : null;
        at.current = row === null ? null : [...(row.parentElement?.children ?? [])].indexOf(row);
      }}
      onFocusOut={event => {
        // Somewhere else, and not nowhere because the row is gone.
        if (event.relatedTarget !== null) at.current = null;
      }}
    >
      {list.problem === null ? null : (
        <Failure title={texts.profile.listFailed} problem={list.problem} onRetry={() => void list.reload()} />
      )}
      {list.items === null ? (
        list.problem === null ? (
          <Skeleton rows={2} />
        ) : null
      ) : list.items.length === 0 ? (
        <p class="muted pad">{none}</p>
      ) : (
        <ul class="card items">{list.items.map(item => children(item))}</ul>
      )}
    </div>
  );
}

export interface ItemProps {
  /** What can be done with it. */
  action: Action;
  stacked?: boolean;
  children: ComponentChildren;
}

/** One such row: busy while something is being done with it, and what did not work stands in it. */
export function Item({ action, stacked = false, children }: ItemProps) {
  return (
    <li class={stacked ? 'item stacked' : 'item'} aria-busy={action.pending}>
      {children}
      <ActionProblem action={action} />
    </li>
  );
}
