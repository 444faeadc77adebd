import type { ComponentChildren } from 'preact';
import { CopyButton } from '../shell/copy.tsx';
import { person } from '../shell/person.ts';
import { texts } from '../shell/texts.ts';
import { When } from '../shell/when.tsx';
import type { ChatMessage, RunStep } from '../shell/wire.ts';
import { Answer } from './answer.tsx';

export interface AgentSaidProps {
  agent: string;
  text: string;
  steps: readonly RunStep[];
  /** The message that it became; null while it is being given. */
  message: ChatMessage | null;
}

/** An answer, from its first word on. When it is complete, only its foot is added: what is shown and selected stays. */
export function AgentSaid({ agent, text, steps, message }: AgentSaidProps) {
  const status = message?.status;
  return (
    <>
      <p class="visually-hidden">{texts.chat.said(agent)}</p>
      <Answer text={text} steps={steps} isGoing={message === null} />
      {message !== null && text === '' && steps.length === 0 ? <p class="muted">{texts.chat.silent}</p> : null}
      {message !== null ? (
        <p class="said-foot">
          {status === 'stopped' || status === 'failed' ? (
            <span class={`tag ${status}`}>{status === 'stopped' ? texts.chat.stopped : texts.chat.failedMark}</span>
          ) : null}
          <When at={message.createdAt} />
          {text === '' ? null : <CopyButton text={text} quiet />}
        </p>
      ) : text === '' && steps.length === 0 ? (
        <p class="typing">
          <span class="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {texts.chat.working(agent)}
        </p>
      ) : null}
    </>
  );
}

export function SystemSaid({ message: { text, createdAt } }: { message: ChatMessage }) {
  return (
    <p class="said-by-system">
      <span dir="auto">{text}</span> <When at={createdAt} />
    </p>
  );
}

export interface PersonSaidProps {
  message: ChatMessage;
  /** It was sent while the agent worked on something else. */
  waitsItsTurn: boolean;
  /** What its author may do until the agent has it. */
  controls: ComponentChildren;
}

export function PersonSaid({ message, waitsItsTurn, controls }: PersonSaidProps) {
  const { text, by, status, createdAt } = message;
  const isMine = by === null || by === person.value?.name;
  return (
    <div class="said-by-person">
      <p class={isMine ? 'visually-hidden' : 'said-by'}>{isMine ? texts.chat.youSaid : texts.chat.said(by)}</p>
      <p class="bubble" dir="auto">
        {text}
      </p>
      <p class="said-foot">
        {/* The time only shows up on hover: what is always there stands at the edge. */}
        <When at={createdAt} />
        {waitsItsTurn ? <span>{texts.chat.waitsItsTurn}</span> : null}
        {status === 'waiting' || status === 'delivered' ? <span>{texts.chat.handed[status]}</span> : null}
        {waitsItsTurn || status === 'waiting' ? controls : null}
      </p>
    </div>
  );
}
