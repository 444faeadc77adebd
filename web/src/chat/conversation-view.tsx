import { useEffect, useRef } from 'preact/hooks';
import { announce } from '../shell/announcer.tsx';
import { copy } from '../shell/copy.tsx';
import { draftOf, setDraft } from '../shell/drafts.ts';
import { DownIcon } from '../shell/icons.tsx';
import { person } from '../shell/person.ts';
import { Empty, Failure, Skeleton } from '../shell/states.tsx';
import { texts } from '../shell/texts.ts';
import { isWide } from '../shell/viewport.ts';
import type { ChatMessage, RunStep, Session } from '../shell/wire.ts';
import { Composer, draftName } from './composer.tsx';
import { type Conversation, inReadingOrder, openRuns } from './conversation.ts';
import {
  chatNotice,
  clearRefusal,
  conversations,
  loadOlderMessages,
  openConversation,
  readConversation,
  type Shown,
  stopAgent,
} from './conversations.ts';
import { LimitNotice } from './countdown.tsx';
import { Failed } from './failure.tsx';
import { AgentSaid, PersonSaid, SystemSaid } from './message.tsx';
import type { Waiting } from './outbox.ts';
import { discard, waiting } from './outbox-store.ts';
import { useScrolling } from './scrolling.ts';
import { TakeBack } from './take-back.tsx';
import { WaitingList } from './waiting.tsx';

/** The same one each time, so that an answer without any is not shown anew. */
const noSteps: readonly RunStep[] = [];

/** What was said in a session, what is being said, and where to say something. */
export default function ConversationView({ session }: { session: Session }) {
  const { id } = session;
  const scroller = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => openConversation(id), [id]);

  const shown = conversations.value.get(id);
  const conversation = shown?.conversation ?? null;
  const unsent = waiting.value.filter(({ sessionId }) => sessionId === id);
  const { isAtEnd, toEnd } = useScrolling(scroller, content, conversation?.messages[0]?.id);
  const isRunning = conversation !== null && works(conversation, session);
  const queued = conversation === null || !isRunning ? 0 : openRuns(conversation).length - 1;

  // Back into the field, before what is being written there; the server will not take it as it was.
  const edit = (text: string) => {
    const draft = draftOf(draftName(id));
    setDraft(draftName(id), draft === '' ? text : `${text}\n${draft}`);
    field()?.focus();
  };
  const takeBack = (message: Waiting) => {
    edit(message.text);
    void discard([message]);
  };
  const toField = () => isWide.value && field()?.focus();
  const field = () => scroller.current?.parentElement?.querySelector('textarea');

  return (
    <div class="talk">
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: it only catches the clicks of the buttons inside. */}
      <section
        class="talk-scroll"
        ref={scroller}
        aria-labelledby="conversation"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must scroll by keyboard too.
        tabIndex={0}
        onClick={copyCode}
      >
        <div class="talk-inner" ref={content}>
          {/* Between the page's heading and those of the agents. */}
          <h2 id="conversation" class="visually-hidden">
            {texts.chat.conversation}
          </h2>
          {shown?.loading.state === 'failed' ? (
            <Failure title={texts.chat.failed} problem={shown.loading.problem} onRetry={() => readConversation(id)} />
          ) : null}
          {conversation === null ? (
            shown?.loading.state === 'failed' ? null : (
              <Skeleton rows={4} />
            )
          ) : (
            <>
              {shown === undefined ? null : <Older sessionId={id} shown={shown} scroller={scroller} />}
              <Messages conversation={conversation} session={session} onEdit={edit} onGone={toField} />
              <LastWords session={session} conversation={conversation} />
              {conversation.messages.length === 0 &&
              conversation.run === null &&
              unsent.length === 0 &&
              session.message === null ? (
                <Empty title={texts.chat.empty} help={emptyHelp(session)} />
              ) : null}
            </>
          )}
          <WaitingList waiting={unsent} messages={conversation?.messages ?? []} onEdit={takeBack} onGone={toField} />
        </div>
      </section>
      <div class="talk-foot">
        <div class="talk-foot-inner">
          {isAtEnd ? null : (
            <button type="button" class="button jump" onClick={toEnd}>
              <DownIcon />
              {texts.chat.jump}
            </button>
          )}
          <ConnectionLine />
          <LimitNotice />
          {shown?.refusal == null ? null : (
            <p class="talk-notice problem" role="alert">
              {shown.refusal}
            </p>
          )}
          {queued > 0 ? (
            <div class="talk-notice queue-notice">
              <span>{texts.chat.queuedBehind(queued)}</span>
              <button type="button" class="button small" onClick={() => stopAgent(id, true)}>
                {texts.chat.stopEverything}
              </button>
            </div>
          ) : null}
          {isOver(session) ? (
            <p class="talk-notice muted">
              {conversation?.messages.some(({ role }) => role === 'person')
                ? texts.chat.questionAnswered
                : texts.chat.questionEnded}
            </p>
          ) : mayWrite(session) ? (
            <Composer
              key={id}
              session={session}
              isRunning={isRunning}
              isStopping={shown?.isStopping ?? false}
              onSaid={() => {
                clearRefusal(id);
                toEnd();
              }}
              onStop={() => stopAgent(id)}
            />
          ) : (
            <p class="talk-notice muted">{texts.chat.ownersOnly(session.owner)}</p>
          )}
        </div>
      </div>
    </div>
  );
}

/** An agent elsewhere works on its owner's machine, and takes words from nobody else. */
function mayWrite({ hosted, owner }: Session): boolean {
  return hosted || owner === person.value?.name;
}

function emptyHelp(session: Session): string {
  return !mayWrite(session)
    ? ''
    : session.hosted
      ? texts.chat.emptyHelp(texts.agent(session.agent))
      : texts.chat.elsewhereHelp(texts.agent(session.agent), session.owner);
}

/** True while there is something to stop: an answer that is being given, or one that waits for its turn. */
function works(conversation: Conversation, { activity, hosted }: Session): boolean {
  if (!hosted) return false;
  if (conversation.isTyping || conversation.run !== null) return true;
  if (activity === 'exited' || activity === 'killed') return false;
  return activity === 'starting' || openRuns(conversation).length > 0;
}

interface MessagesProps {
  conversation: Conversation;
  session: Session;
  onEdit: (text: string) => void;
  onGone: () => void;
}

function Messages({ conversation, session, onEdit, onGone }: MessagesProps) {
  const agent = texts.agent(session.agent);
  const { messages, run, isTyping } = conversation;
  const open = openRuns(conversation);
  const current = run?.id ?? (isTyping ? open[0] : undefined);
  // The last words of an agent elsewhere that failed are the reason, which LastWords shows.
  const reading = inReadingOrder(reasonElsewhere(session, messages) === null ? messages : messages.slice(0, -1));
  // What can still be mended: the session ended with it, and nobody went on.
  const lastFailure = session.failed && run === null && !isTyping ? messages.findLast(isFailure) : undefined;
  const lastAsked = messages.findLast(({ role }) => role === 'person')?.text ?? '';
  const rows = reading.messages.map(message => {
    const { id, role, runId } = message;
    const isAnswer = role === 'agent';
    return (
      <li key={isAnswer && runId !== null ? `answer ${runId}` : id} class={`message ${role}`}>
        {isAnswer ? (
          <AgentSaid agent={agent} text={message.text} steps={message.steps ?? noSteps} message={message} />
        ) : isFailure(message) ? (
          <Failed
            agent={agent}
            reason={message.text}
            at={message.createdAt}
            remedy={message === lastFailure ? { session, onEdit: () => onEdit(lastAsked) } : null}
          />
        ) : role === 'system' ? (
          <SystemSaid message={message} />
        ) : (
          <PersonSaid
            message={message}
            waitsItsTurn={runId !== current && open.includes(runId ?? '')}
            controls={
              message.by === person.value?.name ? (
                <TakeBack session={session} message={message} onEdit={onEdit} onGone={onGone} />
              ) : null
            }
          />
        )}
      </li>
    );
  });
  if (run !== null || isTyping) {
    // Where it will stand when it is complete, and under the key of the message that takes its place.
    rows.splice(
      reading.placeOf(current),
      0,
      <li key={current === undefined ? 'answer' : `answer ${current}`} class="message agent" data-testid="going">
        <AgentSaid agent={agent} text={run?.text ?? ''} steps={run?.steps ?? noSteps} message={null} />
      </li>,
    );
  }
  return <ol class="messages">{rows}</ol>;
}

/** Why an agent elsewhere failed, in its own words: the last that it said. */
function reasonElsewhere({ hosted, failed, message }: Session, messages: readonly ChatMessage[]): string | null {
  const last = messages.at(-1);
  return !hosted && failed && message !== null && last?.role === 'system' ? last.text : null;
}

/** `carillon ask` has gone: nobody would read what is written now. */
function isOver({ agent, hosted, activity }: Session): boolean {
  return agent === 'carillon ask' && !hosted && activity === 'exited';
}

function isFailure({ role, status }: ChatMessage): boolean {
  return role === 'system' && status === 'failed';
}

/**
 * What an agent elsewhere says while it works is only true until the next thing, so it is no message; nor is what it said before there
 * were any.
 */
function LastWords({ session, conversation }: { session: Session; conversation: Conversation }) {
  const { hosted, activity, agent, owner, message, failed, updatedAt } = session;
  if (failed && !hosted) {
    const reason = reasonElsewhere(session, conversation.messages) ?? message;
    return (
      <Failed agent={texts.agent(agent)} reason={reason} at={updatedAt} remedy={texts.chat.startElsewhere(owner)} />
    );
  }
  const isShown = !hosted && (activity === 'working' || conversation.messages.length === 0);
  return isShown && message !== null ? (
    <p class="said-by-system" dir="auto">
      {message}
    </p>
  ) : null;
}

interface OlderProps {
  sessionId: string;
  shown: Shown;
  scroller: { current: HTMLElement | null };
}

/** Older messages come by themselves when the top comes near; the button is for whoever does not scroll, and for a retry. */
function Older({ sessionId, shown, scroller }: OlderProps) {
  const top = useRef<HTMLDivElement>(null);
  const next = shown.conversation?.nextBeforeSeq ?? null;
  const { pending, problem } = shown.older;
  // A new top is watched anew.
  useEffect(() => {
    const mark = top.current;
    if (mark === null || problem !== null) return;
    const watch = new IntersectionObserver(
      entries => entries.some(entry => entry.isIntersecting) && void loadOlderMessages(sessionId),
      { root: scroller.current, rootMargin: '400px 0px 0px' },
    );
    watch.observe(mark);
    return () => watch.disconnect();
  }, [sessionId, next, problem]);
  if (next === null) return null;
  return (
    <div class="older" ref={top}>
      {problem === null ? null : <p role="alert">{texts.chat.olderFailed}</p>}
      <button
        type="button"
        class="button quiet"
        aria-disabled={pending}
        onClick={() => void loadOlderMessages(sessionId)}
      >
        {pending ? texts.chat.loadingOlder : problem === null ? texts.chat.loadOlder : texts.common.retry}
      </button>
    </div>
  );
}

function ConnectionLine() {
  const notice = chatNotice.value;
  return (
    <p class={notice === null ? 'visually-hidden' : 'talk-notice warning'} role="status" data-testid="chat-connection">
      {notice === null ? '' : texts.chat.connection[notice]}
    </p>
  );
}

async function copyCode(event: MouseEvent): Promise<void> {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-copy]') : null;
  const code = button?.closest('.code')?.querySelector('pre')?.textContent;
  if (button === null || code == null || !(await copy(code.replace(/\n$/, '')))) return;
  button.textContent = texts.common.copied;
  announce(texts.common.copied);
  setTimeout(() => {
    button.textContent = texts.common.copy;
  }, 2_000);
}
