import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { Action } from '../shell/action.ts';
import { ActionProblem } from '../shell/form.tsx';
import type { RemoteList } from '../shell/remote-list.ts';
import { Failure, Skeleton } from '../shell/states.tsx';
import { texts } from '../shell/texts.ts';

export interface SectionProps {
  title: string;
  help?: string;
  /** The form that adds to what the section lists, behind a button in its head. */
  adding?: { name: string; form: (close: () => void) => ComponentChildren };
  children: ComponentChildren;
}

/** One block of a settings page. */
export function Section({ title, help, adding, children }: SectionProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  return (
    <section class="block" aria-labelledby={id}>
      <div class="block-head">
        <h2 id={id}>{title}</h2>
        {adding === undefined ? null : (
          <button type="button" class="button" aria-expanded={open} onClick={() => setOpen(!open)}>
            {adding.name}
          </button>
        )}
      </div>
      {help === undefined ? null : <p class="muted block-help">{help}</p>}
      {open ? adding?.form(() => setOpen(false)) : null}
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
  return (
    <>
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
    </>
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
