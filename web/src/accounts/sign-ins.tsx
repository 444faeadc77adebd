import { useState } from 'preact/hooks';
import { api, type Problem } from '../shell/api.ts';
import { FormError } from '../shell/form.tsx';
import { signOut } from '../shell/person.ts';
import { problemWords } from '../shell/problem-words.ts';
import { useRemoteList } from '../shell/remote-list.ts';
import { texts } from '../shell/texts.ts';
import { now, relativeTime } from '../shell/time.ts';
import type { SignIn } from '../shell/wire.ts';
import { Items, Section } from './section.tsx';

const words = texts.profile;

export function SignIns() {
  const list = useRemoteList<SignIn>('/sign-ins', (answer: { signIns: SignIn[] }) => answer.signIns);
  const [problem, setProblem] = useState<Problem | null>(null);

  async function end(signIn: SignIn): Promise<void> {
    if (signIn.current) return signOut();
    const answer = await api.delete<void>(`/sign-ins/${encodeURIComponent(signIn.id)}`);
    setProblem(answer.ok || answer.problem.status === 404 ? null : answer.problem);
    list.reload();
  }

  return (
    <Section title={words.signIns} help={words.signInsHelp}>
      <Items list={list}>
        {signIn => (
          <li key={signIn.id} class="item">
            <div class="item-text">
              <p class="item-title">
                {signIn.device}
                {signIn.current ? <span class="tag">{words.current}</span> : null}
              </p>
              <p class="row-meta">
                <span>{words.lastUsed(relativeTime(signIn.lastSeenAt, now.value))}</span>
                <span>{words.signedIn(relativeTime(signIn.createdAt, now.value))}</span>
              </p>
            </div>
            <button
              type="button"
              class="button small"
              aria-label={words.endSignInOf(signIn.device)}
              onClick={() => void end(signIn)}
            >
              {words.endSignIn}
            </button>
          </li>
        )}
      </Items>
      <FormError>{problem === null ? null : problemWords(problem)}</FormError>
    </Section>
  );
}
