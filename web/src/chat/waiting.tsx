import { useEffect, useState } from 'preact/hooks';
import { problemWords } from '../shell/problem-words.ts';
import { texts } from '../shell/texts.ts';
import type { ChatMessage } from '../shell/wire.ts';
import type { Waiting } from './outbox.ts';
import { cancel, discard, limitedUntil, sending, trouble } from './outbox-store.ts';

/** A message that goes at once is not called waiting. */
const worthSaying = 1_000;

export interface WaitingListProps {
  waiting: readonly Waiting[];
  messages: readonly ChatMessage[];
  onEdit: (message: Waiting) => void;
  /** The row goes away with the button that was pressed; the focus needs another place. */
  onGone: () => void;
}

/** What was written here and is not with the server yet, below everything that is. */
export function WaitingList({ waiting, messages, onEdit, onGone }: WaitingListProps) {
  if (waiting.length === 0) return null;
  return (
    <ul class="messages waiting-list" aria-label={texts.chat.waitingToSend}>
      {waiting.map((message, index) => (
        <WaitingMessage
          key={message.order}
          message={message}
          isFirst={index === 0}
          messages={messages}
          onEdit={() => onEdit(message)}
          onGone={onGone}
        />
      ))}
    </ul>
  );
}

interface WaitingProps {
  message: Waiting;
  isFirst: boolean;
  messages: readonly ChatMessage[];
  onEdit: () => void;
  onGone: () => void;
}

function WaitingMessage({ message, isFirst, messages, onEdit, onGone }: WaitingProps) {
  const [isLong, setLong] = useState(Date.now() - message.writtenAt > worthSaying);
  // What the server had when this was written. The socket may tell of it before the request is answered.
  const [lastSeq] = useState(messages.at(-1)?.seq ?? 0);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), worthSaying);
    return () => clearTimeout(timer);
  }, []);
  const isOnItsWay = sending.value === message.order;
  const hasArrived = messages.some(
    ({ seq, role, text }) => seq > lastSeq && role === 'person' && text.trim() === message.text.trim(),
  );
  if (isOnItsWay && hasArrived) return null;

  return (
    <li class="message waiting">
      <div class="said-by-person">
        <p class="bubble" dir="auto">
          {message.text}
        </p>
        {message.refusal !== null ? (
          <Refused refusal={message.refusal} onEdit={onEdit} onDiscard={() => void discard([message]).then(onGone)} />
        ) : (
          <p class="said-foot" data-late={isLong}>
            <span>{isOnItsWay ? texts.chat.sending : texts.chat.waitingToSend}</span>
            <button
              type="button"
              class="button small quiet"
              aria-label={texts.chat.cancelOf(message.text.slice(0, 60))}
              onClick={() => void cancel(message).then(onGone)}
            >
              {texts.common.cancel}
            </button>
          </p>
        )}
        {isFirst && trouble.value !== null && limitedUntil.value === null ? (
          <p class="field-error" role="alert">
            {problemWords(trouble.value)} {texts.chat.triedAgain}
          </p>
        ) : null}
      </div>
    </li>
  );
}

function Refused({ refusal, onEdit, onDiscard }: { refusal: string; onEdit: () => void; onDiscard: () => void }) {
  return (
    <div class="refused" role="alert">
      <p>
        <strong>{texts.chat.notTaken}</strong> {refusal}
      </p>
      <div class="form-foot">
        <button type="button" class="button small" onClick={onEdit}>
          {texts.chat.edit}
        </button>
        <button type="button" class="button small" onClick={onDiscard}>
          {texts.chat.discard}
        </button>
      </div>
    </div>
  );
}
