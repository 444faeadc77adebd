import { useAction } from '../shell/action.ts';
import { problemWords } from '../shell/problem-words.ts';
import { texts } from '../shell/texts.ts';
import { toast } from '../shell/toast.tsx';
import type { ChatMessage, Session } from '../shell/wire.ts';
import { withdrawMessage } from './conversations.ts';
import { say } from './outbox-store.ts';

export interface TakeBackProps {
  session: Session;
  message: ChatMessage;
  onEdit: (text: string) => void;
  /** The row goes away with the button that was pressed; the focus needs another place. */
  onGone: () => void;
}

/** Edits or cancels a message that the agent does not have yet. The server says whether that is still so. */
export function TakeBack({ session, message: { id, text }, onEdit, onGone }: TakeBackProps) {
  const { pending, run } = useAction();

  async function takeBack(then: () => void): Promise<void> {
    const answer = await run(() => withdrawMessage(session.id, id));
    if (answer === null) return;
    if (answer.ok) then();
    else toast(problemWords(answer.problem));
  }

  const cancelled = () => {
    onGone();
    toast(texts.chat.cancelled, {
      label: texts.common.undo,
      run: () => void say(session.projectId, session.id, text),
    });
  };
  const of = text.slice(0, 60);
  return (
    <span class="take-back">
      <button
        type="button"
        class="button small quiet"
        aria-label={texts.chat.editOf(of)}
        aria-disabled={pending}
        onClick={() => void takeBack(() => onEdit(text))}
      >
        {texts.chat.edit}
      </button>
      <button
        type="button"
        class="button small quiet"
        aria-label={texts.chat.cancelOf(of)}
        aria-disabled={pending}
        onClick={() => void takeBack(cancelled)}
      >
        {texts.common.cancel}
      </button>
    </span>
  );
}
