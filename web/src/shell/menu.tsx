import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';

export interface MenuItem {
  name: string;
  run: () => void;
  isDangerous?: boolean;
  /** What it does, in a line below the name. */
  help?: string;
  /** One of several of which one is chosen; undefined for what is only done. */
  isChosen?: boolean;
}

export interface MenuProps {
  label: string;
  icon: ComponentChildren;
  items: readonly MenuItem[];
  /** One of them is under way. */
  pending?: boolean;
  /** A class for the button. */
  look?: string;
}

/** A button with a few more things to do behind it. Arrow keys move, Escape closes and gives the focus back. */
export function Menu({ label, icon, items, pending = false, look }: MenuProps) {
  const [isOpen, open] = useState(false);
  const holder = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();

  useEffect(() => {
    if (!isOpen) return;
    const first = holder.current?.querySelector<HTMLElement>('[aria-checked="true"], [role="menuitem"]');
    first?.focus();
    const outside = (event: Event) => {
      if (event.target instanceof Node && !holder.current?.contains(event.target)) open(false);
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [isOpen]);

  function move(event: KeyboardEvent): void {
    const all = [...(holder.current?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === 'Escape' || event.key === 'Tab') {
      open(false);
      if (event.key === 'Escape') button.current?.focus();
    } else if (to !== undefined) {
      event.preventDefault();
      all.at(to % all.length)?.focus();
    } else {
      return;
    }
    event.stopPropagation();
  }

  return (
    <div class="menu" ref={holder}>
      <button
        ref={button}
        type="button"
        class={look === undefined ? 'icon-button' : `icon-button ${look}`}
        title={label}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-busy={pending}
        aria-controls={isOpen ? id : undefined}
        onClick={() => open(!isOpen)}
      >
        {pending ? <i class="busy" aria-hidden="true" /> : icon}
      </button>
      {isOpen ? (
        <div id={id} class="menu-list" role="menu" aria-label={label} tabIndex={-1} onKeyDown={move}>
          {items.map(({ name, run, isDangerous, help, isChosen }) => (
            <button
              key={name}
              type="button"
              {...(isChosen === undefined ? { role: 'menuitem' } : { role: 'menuitemradio', 'aria-checked': isChosen })}
              tabIndex={-1}
              class={isDangerous ? 'menu-item danger' : 'menu-item'}
              onClick={() => {
                open(false);
                // Back to the button first: a dialog that opens now gives the focus back to where it was.
                button.current?.focus();
                run();
              }}
            >
              {name}
              {help === undefined ? null : <span class="menu-help">{help}</span>}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}
