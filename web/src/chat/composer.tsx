import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Confirm } from '../shell/dialog.tsx';
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
  const [asksToStop, setAsksToStop] = useState(false);
  // Beside the state: Enter may come twice before the disk has the words.
  const isKeeping = useRef(false);
  const left = mostUnits - text.length;
  const isEmpty = text.trim() === '';
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
    if (!canSend || isKeeping.current) return;
    const words = plainText(text).trim();
    if (words === '') return;
    isKeeping.current = true;
    const isKept = await say(session.projectId, session.id, words);
    isKeeping.current = false;
    if (!isKept) {
      setLost(true);
      return;
    }
    // Emptied only now that the disk has the words: until then this is the only place that does. What was typed meanwhile stays.
    const since = draftOf(name);
    if (since.startsWith(text)) setDraft(name, since.slice(text.length).trimStart());
    onSaid();
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
          placeholder={texts.chat.placeholder(texts.agent(session.agent))}
          enterkeyhint={hasFingers.matches ? 'enter' : 'send'}
          onInput={event => {
            setLost(false);
            setDraft(name, event.currentTarget.value);
          }}
          onKeyDown={event => {
            if (event.key === 'Escape' && isRunning && !isStopping && !event.isComposing) {
              // Or it would close the question that it opens.
              event.preventDefault();
              setAsksToStop(true);
            }
            // While an input method composes, Enter chooses a word.
            if (event.key !== 'Enter' || event.isComposing || event.shiftKey || event.altKey) return;
            // With fingers there is no Shift at hand: Enter is a new line and the button sends.
            if (hasFingers.matches && !event.ctrlKey && !event.metaKey) return;
            event.preventDefault();
            void submit();
          }}
        />
        {isRunning ? (
          <button
            type="button"
            class="send-button stop"
            aria-label={isStopping ? texts.chat.stopping : texts.chat.stop}
            title={texts.chat.stop}
            aria-disabled={isStopping}
            onMouseDown={keepFocus}
            onClick={() => !isStopping && onStop()}
          >
            {isStopping ? <i class="busy" aria-hidden="true" /> : <StopIcon />}
          </button>
        ) : null}
        <button
          type="submit"
          class="send-button"
          aria-label={texts.chat.send}
          title={texts.chat.send}
          aria-disabled={!canSend}
          onMouseDown={keepFocus}
        >
          <SendIcon />
        </button>
      </div>
      {left < nearTheEnd ? (
        <p id={help} class={left < 0 ? 'field-error' : 'field-help'} role={left < 0 ? 'alert' : undefined}>
          {left < 0 ? texts.chat.tooLong(-left) : texts.chat.charactersLeft(left)}
        </p>
      ) : null}
      {asksToStop ? (
        <Confirm
          title={texts.chat.stopSure}
          help={texts.chat.stopHelp}
          yes={texts.chat.stop}
          onYes={onStop}
          onClose={() => setAsksToStop(false)}
        />
      ) : null}
    </form>
  );
}

/** The field keeps the focus, and the phone its keyboard. */
function keepFocus(event: MouseEvent): void {
  event.preventDefault();
}
