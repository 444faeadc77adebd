import { batch, effect, signal } from '@preact/signals';
import { type Answer, api, whenSignInEnds } from './api.ts';
import type { Loading } from './live.ts';
import { problemWords } from './problem-words.ts';
import { returnPath, signInPath } from './return-path.ts';
import { navigate, place } from './router.ts';
import { reconnectPause } from './stream/reconnect.ts';
import { texts } from './texts.ts';
import { toast } from './toast.tsx';
import type { CurrentPerson } from './wire.ts';

/** Who is signed in; null when nobody is, undefined until the server was asked. */
export const person = signal<CurrentPerson | null | undefined>(undefined);

/** How it stands with that question. */
export const arriving = signal<Loading>({ state: 'loading' });

let failures = 0;
let retry: ReturnType<typeof setTimeout> | undefined;

// Other tabs of this browser share the cookie, so they must learn at once that it changed its owner.
const tabs = 'BroadcastChannel' in globalThis ? new BroadcastChannel('carillon-account') : null;

export function startAccount(): void {
  whenSignInEnds(endSignIn);
  tabs?.addEventListener('message', () => void resume());
  // However somebody who is not signed in came here, also by the browser's way back: there is nothing to show.
  effect(() => {
    const { path } = place.value;
    if (person.value !== null || path === '/sign-in' || path === '/setup') return;
    navigate(signInPath(location.pathname + location.search), { replace: true });
  });
  void resume();
}

/** Goes on as whoever is signed in; there is nothing to do at the entrance for somebody who is inside. */
export async function resume(): Promise<void> {
  clearTimeout(retry);
  const answer = await learnWhoIsSignedIn();
  if (answer.ok || answer.problem.status === 401) {
    failures = 0;
    arriving.value = { state: 'ready' };
  } else {
    arriving.value = { state: 'failed', problem: answer.problem };
    retry = setTimeout(resume, reconnectPause(++failures));
  }
  if (answer.ok && place.value.path === '/sign-in')
    navigate(returnPath(place.value.query.get('return')), { replace: true });
}

export async function learnWhoIsSignedIn(): Promise<Answer<CurrentPerson>> {
  const answer = await api.get<CurrentPerson>('/me');
  if (answer.ok) person.value = answer.value;
  return answer;
}

/** After a form put the cookie in place. */
export async function enter(to: string): Promise<Answer<CurrentPerson>> {
  const answer = await learnWhoIsSignedIn();
  if (answer.ok) {
    tabs?.postMessage('changed');
    navigate(to, { replace: true });
  }
  return answer;
}

export async function signOut(): Promise<void> {
  const answer = await api.post<void>('/sign-out', {});
  if (!answer.ok && answer.problem.status !== 401) {
    toast(`${texts.frame.signOutFailed} ${problemWords(answer.problem)}`, {
      label: texts.common.retry,
      run: () => void signOut(),
    });
    return;
  }
  batch(() => {
    person.value = null;
    navigate('/sign-in');
  });
  tabs?.postMessage('changed');
}

export function endSignIn(): void {
  person.value = null;
}
