import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { draftOf, setDraft } from '../shell/drafts.ts';
import { SendIcon, StopIcon } from '../shell/icons.tsx';
import { bindKeys } from '../shell/keyboard.ts';
import { plainText } from '../shell/plain-text.ts';
import { texts } from '../shell/texts.ts';
import type { Session } from '../shell/wire.ts';
import { say } from './outbox-store.ts';

/** The server's limit, in UTF-16 units. */
const mostUnits = 65_536;
const nearTheEnd = 1_000;

/** The second click of a double click on Send must not stop the agent. */
const stillTheSameClick = 700;

const hasFingers = matchMedia('(pointer: coarse)');
const growsByItself = CSS.supports('field-sizing', 'content');

export interface ComposerProps {
  session: Session;
  isRunning: boolean;
  isStopping: boolean;
  onSaid: () => void;
  onStop: () => void;
}

export function draftName(sessionId: string): string {
  return `session ${sessionId}`;
}

/** Where the person writes. What they wrote is theirs until the outbox has it. */
export function Composer({ session, isRunning, isStopping, onSaid, onStop }: ComposerProps) {
  const name = draftName(session.id);
  const text = draftOf(name);
  const field = useRef<HTMLTextAreaElement>(null);
  const help = useId();
  const [isLost, setLost] = useState(false);
  const saidAt = useRef(0);
  const left = mostUnits - text.length;
  const isEmpty = text.trim() === '';
  const stops = isRunning && isEmpty;
  const canSend = !isEmpty && left >= 0;

  useLayoutEffect(() => bindKeys({ m: () => field.current?.focus() }), []);
  // The height follows the text.
  useLayoutEffect(() => {
    const element = field.current;
    if (element === null || growsByItself) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  async function submit(): Promise<void> {
    if (stops) {
      if (!isStopping && Date.now() - saidAt.current > stillTheSameClick) onStop();
      return;
    }
    if (!canSend) return;
    saidAt.current = Date.now();
    const words = plainText(text).trim();
    if (words === '') return;
    // Emptied at once, so that the next message can be begun; given back if it could not be kept.
    setDraft(name, '');
    if (await say(session.projectId, session.id, words)) {
      onSaid();
    } else {
      const since = draftOf(name);
      setDraft(name, since === '' ? words : `${words}\n${since}`);
      setLost(true);
    }
  }

  return (
    <form
      class="composer"
      onSubmit={event => {
        event.preventDefault();
        void submit();
      }}
    >
      {isLost ? (
        <p class="field-error" role="alert">
          {texts.chat.notKept}
        </p>
      ) : null}
      <div class="composer-box">
        <textarea
          ref={field}
          rows={1}
          value={text}
          dir="auto"
          aria-label={texts.chat.message}
          aria-describedby={left < nearTheEnd ? help : undefined}
          aria-invalid={left < 0}
          placeholder={texts.chat.placeholder(session.agent)}
          enterkeyhint={hasFingers.matches ? 'enter' : 'send'}
          onInput={event => {
            setLost(false);
            setDraft(name, event.currentTarget.value);
          }}
          onKeyDown={event => {
            // While an input method composes, Enter chooses a word.
            if (event.key !== 'Enter' || event.isComposing || event.shiftKey || event.altKey) return;
            // With fingers there is no Shift at hand: Enter is a new line and the button sends.
            if (hasFingers.matches && !event.ctrlKey && !event.metaKey) return;
            event.preventDefault();
            if (!stops) void submit();
          }}
        />
        <button
          type="submit"
          class={stops ? 'send-button stop' : 'send-button'}
          aria-label={stops ? (isStopping ? texts.chat.stopping : texts.chat.stop) : texts.chat.send}
          title={stops ? texts.chat.stop : texts.chat.send}
          aria-disabled={stops ? isStopping : !canSend}
          // The field keeps the focus, and the phone its keyboard.
          onMouseDown={event => event.preventDefault()}
        >
          {stops ? isStopping ? <i class="busy" aria-hidden="true" /> : <StopIcon /> : <SendIcon />}
        </button>
      </div>
      {left < nearTheEnd ? (
        <p id={help} class={left < 0 ? 'field-error' : 'field-help'} role={left < 0 ? 'alert' : undefined}>
          {left < 0 ? texts.chat.tooLong(-left) : texts.chat.charactersLeft(left)}
        </p>
      ) : null}
    </form>
  );
}
