import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Dialog } from './dialog.tsx';
import { SearchIcon } from './icons.tsx';
import { navigate } from './router.ts';
import { texts } from './texts.ts';

/** Something that can be found: a place to go to, or a thing to do. */
export interface Findable {
  key: string;
  name: string;
  /** What tells it from others of that name. */
  hint?: string | undefined;
  mark?: ComponentChildren;
  does: string | (() => void);
}

export interface FindableGroup {
  name: string;
  items: readonly Findable[];
}

export interface PaletteProps {
  /** What there is to be found with the words, of each kind the best first. */
  groups: readonly FindableGroup[];
  onWords: (words: string) => void;
  onClose: () => void;
}

/** One field that finds everything. The arrow keys choose, Enter goes there, Escape gives the focus back. */
export function Palette({ groups: offered, onWords, onClose }: PaletteProps) {
  const [words, setWords] = useState('');
  const [at, choose] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const groups = offered.filter(({ items }) => items.length > 0);
  const all = groups.flatMap(({ items }) => items);
  const chosen = all[Math.min(at, all.length - 1)];

  useLayoutEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [at, words]);

  function go({ does }: Findable): void {
    // Closed first: the browser gives the focus back then, and where one goes may take it.
    onClose();
    if (typeof does === 'string') navigate(does);
    else does();
  }

  function move(event: KeyboardEvent): void {
    // Letters that are still being composed have these keys to themselves.
    if (event.isComposing || all.length === 0) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined) choose((Math.min(at, all.length - 1) + by + all.length) % all.length);
    else if (event.key === 'Enter' && chosen !== undefined) go(chosen);
    else return;
    event.preventDefault();
  }

  return (
    <Dialog title={texts.search.title} shape="palette" onClose={onClose}>
      <div class="palette-field">
        <SearchIcon />
        <input
          type="text"
          role="combobox"
          aria-label={texts.search.title}
          aria-expanded={all.length > 0}
          aria-controls={`${id}-found`}
          aria-activedescendant={chosen === undefined ? undefined : `${id}-${chosen.key}`}
          aria-autocomplete="list"
          placeholder={texts.search.placeholder}
          autocomplete="off"
          spellcheck={false}
          dir="auto"
          value={words}
          onInput={event => {
            setWords(event.currentTarget.value);
            onWords(event.currentTarget.value.trim());
            choose(0);
          }}
          onKeyDown={move}
        />
      </div>
      <div class="palette-found" id={`${id}-found`} role="listbox" aria-label={texts.search.found} ref={list}>
        {groups.map(({ name, items }) => (
          // biome-ignore lint/a11y/useSemanticElements: a group of options, which no element stands for.
          <div key={name} role="group" aria-label={name}>
            <p class="palette-group" aria-hidden="true">
              {name}
            </p>
            {items.map(item => (
              <Option
                key={item.key}
                id={`${id}-${item.key}`}
                item={item}
                isChosen={item === chosen}
                onGo={() => go(item)}
              />
            ))}
          </div>
        ))}
      </div>
      {all.length === 0 ? (
        <p class="palette-none muted" role="status" dir="auto">
          {texts.notifications.emptySearch(words.trim())}
        </p>
      ) : null}
    </Dialog>
  );
}

interface OptionProps {
  id: string;
  item: Findable;
  isChosen: boolean;
  onGo: () => void;
}

function Option({ id, item, isChosen, onGo }: OptionProps) {
  const { name, hint, mark } = item;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's, which keeps the focus.
    // biome-ignore lint/a11y/useFocusableInteractive: the field points to it instead.
    <div id={id} role="option" class="palette-option" aria-selected={isChosen} onClick={onGo}>
      {mark}
      <span class="clip palette-name" dir="auto">
        {name}
      </span>
      {hint === undefined ? null : (
        <span class="clip palette-hint" dir="auto">
          {hint}
        </span>
      )}
    </div>
  );
}
