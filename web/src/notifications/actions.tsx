import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { actionKinds } from '../shell/action-kinds.generated.ts';
import { announce } from '../shell/announcer.tsx';
import type { Problem } from '../shell/api.ts';
import { Confirm } from '../shell/dialog.tsx';
import { CheckIcon, DotsIcon, ExternalIcon } from '../shell/icons.tsx';
import { checkLink, checkRoute } from '../shell/links.ts';
import { problemWords } from '../shell/problem-words.ts';
import { navigate, place, sessionPath } from '../shell/router.ts';
import { texts } from '../shell/texts.ts';
import type { Notification, NotificationAction } from '../shell/wire.ts';
import { execute } from './action-token.ts';
import { markRead, settle } from './inbox-changes.ts';

type Progress =
  | { state: 'ready' }
  | { state: 'pending' }
  | { state: 'done'; url?: string }
  | { state: 'failed'; problem: Problem };

const refusals = {
  'not-https': texts.actions.refusedHttps,
  'unknown-host': texts.actions.refusedHost,
  malformed: texts.actions.refusedMalformed,
};

export interface ActionsProps {
  notification: Notification;
  onMoved?: (() => void) | undefined;
  /** Where one kind is wanted and the others stand elsewhere. */
  only?: NotificationAction['kind'];
  /** A row leads to its session itself and has room for one action; the others come on request. */
  inRow?: string | null;
}

/** What the person can do about a notification from where they are. */
export function Actions({ notification, onMoved, only, inRow }: ActionsProps) {
  const [isWhole, showAll] = useState(false);
  const { projectId, sessionId } = notification.event;
  const session = projectId !== null && sessionId !== null ? sessionPath(projectId, sessionId) : null;
  const here = place.value.path;
  const known = notification.actions.filter(
    // A newer server may offer other kinds; a button that does nothing would be worse than none. Nobody needs a way to where they are.
    action =>
      action.kind in actionKinds &&
      (only === undefined || action.kind === only) &&
      !(action.kind === 'open-session' && [here, inRow].includes(action.route ?? session)),
  );
  if (known.length === 0) return null;
  return (
    <div class="actions">
      {known.slice(0, inRow === undefined || isWhole ? undefined : 1).map((action, index) => (
        <Action key={action.id} notification={notification} action={action} first={index === 0} onMoved={onMoved} />
      ))}
      {inRow === undefined || known.length === 1 ? null : (
        <button
          type="button"
          class="icon-button more-actions"
          aria-label={texts.actions.moreOf(notification.event.title ?? notification.event.message)}
          aria-expanded={isWhole}
          title={texts.actions.more}
          onClick={() => showAll(!isWhole)}
        >
          <DotsIcon />
        </button>
      )}
    </div>
  );
}

interface ActionProps {
  notification: Notification;
  action: NotificationAction;
  first: boolean;
  onMoved?: (() => void) | undefined;
}

function Action({ notification, action, first, onMoved }: ActionProps) {
  const [progress, setProgress] = useState<Progress>({ state: 'ready' });
  const [writing, write] = useState(false);
  const [asking, ask] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const wrote = useRef(false);
  // The field goes when what was written is sent or given up; the button that opened it is there again.
  useLayoutEffect(() => {
    if (wrote.current && !writing) button.current?.focus();
    wrote.current = writing;
  }, [writing]);
  const look = first && asks(notification) ? 'button small primary' : 'button small';

  async function run(text?: string): Promise<void> {
    setProgress({ state: 'pending' });
    const answer = await execute(notification, action, text);
    if (!answer.ok) {
      setProgress({ state: 'failed', problem: answer.problem });
      return;
    }
    const { route, url } = answer.value.result;
    write(false);
    setProgress({ state: 'done', ...(url == null ? {} : { url }) });
    if (action.kind === 'dismiss') settle(notification, { archived: true });
    else if (action.kind === 'mark-read') settle(notification, { read: true });
    else markRead(notification);
    // Whoever answers from a list goes on with the list.
    if (action.kind !== 'send-message' && route != null && checkRoute(route)) {
      onMoved?.();
      navigate(route);
    } else {
      announce(action.kind === 'send-message' ? texts.actions.sent : `${action.label}: ${texts.actions.done}`);
    }
  }

  if (writing) {
    return (
      <Message
        pending={progress.state === 'pending'}
        problem={progress.state === 'failed' ? progress.problem : null}
        onSend={text => void run(text)}
        onCancel={() => {
          write(false);
          setProgress({ state: 'ready' });
        }}
      />
    );
  }

  if (progress.state === 'failed') {
    return <Failed label={action.label} problem={progress.problem} onRetry={() => void run()} />;
  }

  const refusal = refusalOf(action);
  if (refusal !== null) {
    return (
      <span class="action-refused">
        <button type="button" class="button small" disabled title={refusal} dir="auto">
          {action.label}
        </button>
        <span class="action-reason">{refusal}</span>
      </span>
    );
  }

  const address = progress.state === 'done' ? (progress.url ?? action.url) : action.url;
  const link = address == null ? null : checkLink(address);
  if (link?.ok) {
    // A window that is opened after an answer arrived counts as a popup and is blocked. So the click follows a real link,
    // which this page has checked, and tells the server beside it; the server's refusal then shows up here.
    return (
      <a class={look} href={link.href} target="_blank" rel="noopener noreferrer" onClick={() => void run()}>
        {progress.state === 'done' ? <CheckIcon /> : null}
        <bdi>{action.label}</bdi>
        <ExternalIcon />
        <span class="visually-hidden">, {texts.actions.opensNewTab}</span>
      </a>
    );
  }

  const question = questionOf(notification, action);
  return (
    <>
      <button
        type="button"
        ref={button}
        class={look}
        aria-disabled={progress.state === 'pending'}
        data-state={progress.state}
        data-kind={action.kind}
        onClick={() => {
          if (progress.state === 'pending') return;
          if (actionKinds[action.kind].text) write(true);
          else if (question !== null) ask(true);
          else void run();
        }}
      >
        {progress.state === 'pending' ? <i class="busy" aria-hidden="true" /> : null}
        {progress.state === 'done' ? <CheckIcon /> : null}
        <bdi>{progress.state === 'done' ? doneWords(action) : action.label}</bdi>
      </button>
      {asking && question !== null ? (
        <Confirm
          title={question}
          help={texts.actions.mergeHelp}
          yes={action.label}
          onYes={() => void run()}
          onClose={() => ask(false)}
        />
      ) : null}
    </>
  );
}

/** Only what waits for the person gets a strong button: a list in which everything calls is a list in which nothing does. */
function asks({ event, readAt, resolvedAt }: Notification): boolean {
  if (resolvedAt !== null) return false;
  return event.priority === 'urgent' || (event.priority === 'action' && readAt === null);
}

/** What cannot be undone is asked about first, by the name of what it is done to. */
function questionOf({ event }: Notification, action: NotificationAction): string | null {
  const one = event.data.subject?.pullRequest;
  if (action.kind !== 'merge-pr' || one == null) return null;
  return texts.actions.mergeQuestion(
    `${one.owner}/${one.repo}${one.provider === 'gitlab' ? '!' : '#'}${one.number}`,
    one.headSha.slice(0, 8),
  );
}

function doneWords(action: NotificationAction): string {
  return actionKinds[action.kind].text ? texts.actions.sent : action.label;
}

function refusalOf(action: NotificationAction): string | null {
  if (action.route != null && !checkRoute(action.route)) return texts.actions.refusedRoute;
  if (action.url == null) return null;
  const checked = checkLink(action.url);
  return checked.ok ? null : refusals[checked.reason];
}

function Failed({ label, problem, onRetry }: { label: string; problem: Problem; onRetry: () => void }) {
  return (
    <span class="action-failed" role="alert">
      <span>
        <strong dir="auto">{label}</strong>: {problemWords(problem)}
      </span>
      <button type="button" class="button small" onClick={onRetry}>
        {texts.common.retry}
      </button>
    </span>
  );
}

interface MessageProps {
  pending: boolean;
  /** Why the last attempt failed. What was written stays, to be sent again or changed. */
  problem: Problem | null;
  onSend: (text: string) => void;
  onCancel: () => void;
}

function Message({ pending, problem, onSend, onCancel }: MessageProps) {
  const [text, setText] = useState('');
  const reason = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  // Before the next key is pressed: keys beside the field mean something else.
  useLayoutEffect(() => field.current?.focus(), []);
  return (
    <form
      class="message-form"
      onSubmit={event => {
        event.preventDefault();
        if (text.trim() !== '' && !pending) onSend(text.trim());
      }}
      onKeyDown={event => {
        if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
          event.preventDefault();
          event.currentTarget.requestSubmit();
        }
        if (event.key !== 'Escape') return;
        // Escape closes the field, not the popover around it.
        event.stopPropagation();
        onCancel();
      }}
    >
      <textarea
        rows={1}
        aria-label={texts.actions.messageLabel}
        placeholder={texts.actions.messagePlaceholder}
        value={text}
        dir="auto"
        maxLength={1_000}
        aria-describedby={problem === null ? undefined : reason}
        ref={field}
        onInput={event => setText(event.currentTarget.value)}
      />
      <button type="submit" class="button small primary" aria-disabled={pending || text.trim() === ''}>
        {pending ? <i class="busy" aria-hidden="true" /> : null}
        {texts.actions.send}
      </button>
      {problem === null ? null : (
        <p class="field-error" role="alert" id={reason}>
          {problemWords(problem)}
        </p>
      )}
    </form>
  );
}
