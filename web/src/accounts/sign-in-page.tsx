import { useEffect, useState } from 'preact/hooks';
import { api, type Problem } from '../shell/api.ts';
import { Field, Form, FormError } from '../shell/form.tsx';
import { enter } from '../shell/person.ts';
import { problemWords } from '../shell/problem-words.ts';
import { returnPath } from '../shell/return-path.ts';
import { navigate, place, usePage } from '../shell/router.ts';
import { texts } from '../shell/texts.ts';
import type { SetupState } from '../shell/wire.ts';
import { Entrance } from './entrance.tsx';

const words = texts.entrance;

export function SignInPage() {
  usePage(words.signIn);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState(false);
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  useEffect(() => {
    // A server without people has nobody to sign in.
    void api.get<SetupState>('/setup', { anonymous: true }).then(answer => {
      if (answer.ok && answer.value.needed) navigate('/setup', { replace: true });
    });
  }, []);

  async function submit(): Promise<void> {
    setTried(true);
    if (pending || name.trim() === '' || password === '') return;
    setPending(true);
    setProblem(null);
    const answer = await api.post<void>('/sign-in', { name: name.trim(), password }, { anonymous: true });
    const entered = answer.ok ? await enter(returnPath(place.value.query.get('return'))) : answer;
    setPending(false);
    if (!entered.ok) {
      setProblem(entered.problem);
      setPassword('');
      setTried(false);
    }
  }

  const wrong = problem?.code === 'SIGN_IN_FAILED';
  return (
    <Entrance title={words.signIn}>
      <Form onSubmit={() => void submit()}>
        <Field
          label={words.name}
          name="username"
          autocomplete="username"
          autofocus
          value={name}
          onValue={setName}
          error={tried && name.trim() === '' ? words.nameMissing : null}
        />
        <Field
          label={words.password}
          name="password"
          type="password"
          autocomplete="current-password"
          value={password}
          onValue={setPassword}
          error={wrong ? words.failed : tried && password === '' ? words.passwordMissing : null}
        />
        <FormError>
          {problem === null || wrong
            ? null
            : problem.status === 429
              ? words.tooMany(problem.retryAfterSeconds)
              : problemWords(problem)}
        </FormError>
        <button type="submit" class="button primary wide" aria-disabled={pending}>
          {pending ? <i class="busy" aria-hidden="true" /> : null}
          {words.signIn}
        </button>
      </Form>
    </Entrance>
  );
}
