import { useEffect } from 'preact/hooks';
import { RingIcon } from '../shell/icons.tsx';
import { Menu } from '../shell/menu.tsx';
import { texts } from '../shell/texts.ts';
import type { BellMode, Session } from '../shell/wire.ts';
import { isOwn } from './mine.ts';
import { modeOf, setSubscription, wantSubscription } from './subscriptions.ts';

const words = texts.session;
const modes: readonly BellMode[] = ['all', 'needs_me', 'off'];

export interface BellMenuProps {
  mode: BellMode;
  label: string;
  onChoose: (mode: BellMode) => void;
  /** Nobody chose it: a row shows the bell when somebody looks for it. */
  isGiven?: boolean;
}

/** What a person is told of a session: the button shows it, its menu changes it. */
export function BellMenu({ mode, label, onChoose, isGiven = false }: BellMenuProps) {
  return (
    <Menu
      label={label}
      look={['ring-button', mode === 'off' ? 'quiet' : 'rings', isGiven ? 'given' : 'set'].join(' ')}
      icon={<RingIcon mode={mode} />}
      items={modes.map(one => ({
        name: words.bellModes[one],
        help: words.bellHelp[one],
        isChosen: one === mode,
        run: () => onChoose(one),
      }))}
    />
  );
}

/** The bell of a session that there is. On a row its name says which session it is about. */
export function SessionBell({ session, isOfRow = false }: { session: Session; isOfRow?: boolean }) {
  const { id, title } = session;
  useEffect(() => wantSubscription(id), [id]);
  const given = isOwn(session) ? 'all' : 'off';
  const mode = modeOf(id) ?? given;
  return (
    <BellMenu
      mode={mode}
      label={isOfRow ? words.bellOf(title, mode) : words.bell(mode)}
      isGiven={mode === given}
      onChoose={chosen => {
        if (chosen !== mode) void setSubscription(id, chosen, mode);
      }}
    />
  );
}
