import { useState } from 'preact/hooks';
import { actionKinds } from '../shell/action-kinds.generated.ts';
import { api, type Problem } from '../shell/api.ts';
import { FormError } from '../shell/form.tsx';
import { problemWords } from '../shell/problem-words.ts';
import { texts } from '../shell/texts.ts';
import type { PublishNotification } from '../shell/wire.ts';

const words = texts.tryIt;

// The loudest comes last, so that it ends up on top.
const samples: PublishNotification[] = [
  { type: 'sample.pushed', priority: 'info', title: words.infoTitle, message: words.infoMessage },
  {
    type: 'sample.completed',
    priority: 'info',
    title: words.successTitle,
    message: words.successMessage,
    actions: [{ id: 'dismiss', kind: 'dismiss', label: actionKinds.dismiss.label }],
  },
  { type: 'sample.slow', priority: 'warning', title: words.warningTitle, message: words.warningMessage },
  {
    type: 'sample.ready',
    priority: 'action',
    title: words.actionTitle,
    message: words.actionMessage,
    actions: [{ id: 'open-pr', kind: 'open-pr', label: actionKinds['open-pr'].label, url: 'https://github.com/pulls' }],
  },
  {
    type: 'sample.needs_input',
    priority: 'urgent',
    title: words.urgentTitle,
    message: words.urgentMessage,
    actions: [
      { id: 'open', kind: 'open-session', label: words.openInbox, route: '/notifications' },
      { id: 'read', kind: 'mark-read', label: actionKinds['mark-read'].label },
    ],
  },
];

/** Sends one sample of each priority to oneself, by the way that every agent uses. Where there is something better to do, it stands second. */
export function TryIt({ isSecond }: { isSecond?: boolean }) {
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  async function send(): Promise<void> {
    setPending(true);
    setProblem(null);
    for (const sample of samples) {
      const answer = await api.post('/notifications', sample);
      if (!answer.ok) {
        setProblem(answer.problem);
        break;
      }
    }
    setPending(false);
  }

  return (
    <div class="try-it">
      <button
        type="button"
        class={isSecond ? 'button' : 'button primary'}
        aria-disabled={pending}
        onClick={() => !pending && void send()}
      >
        {pending ? <i class="busy" aria-hidden="true" /> : null}
        {words.button}
      </button>
      <p class="muted">{words.means}</p>
      <FormError>{problem === null ? null : `${words.failed} ${problemWords(problem)}`}</FormError>
    </div>
  );
}
