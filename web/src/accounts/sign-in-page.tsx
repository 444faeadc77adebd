import { useEffect, useState } from 'preact/hooks';
import { api, type Problem } from '../shell/api.ts';
import { Field, Form, FormEnd } from '../shell/form.tsx';
import { enter } from '../shell/person.ts';
import { problemWords } from '../shell/problem-words.ts';
import { returnPath } from '../shell/return-path.ts';
import { navigate, place, usePage } from '../shell/router.ts';
import { texts } from '../shell/texts.ts';
import { useForm } from '../shell/use-form.ts';
import type { SetupState } from '../shell/wire.ts';
import { Entrance } from './entrance.tsx';

const words = texts.entrance;

export function SignInPage() {
  usePage(words.signIn);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const form = useForm({
    faults: {
      name: name.trim() === '' ? words.nameMissing : null,
      password: password === '' ? words.passwordMissing : null,
    },
    async send() {
      const answer = await api.post<void>('/sign-in', { name: name.trim(), password }, { anonymous: true });
      return answer.ok ? enter(returnPath(place.value.query.get('return'))) : answer;
    },
    refused: () => setPassword(''),
    about: { SIGN_IN_FAILED: 'password' },
    words: wordsOf,
  });

  useEffect(() => {
    // A server without people has nobody to sign in.
    void api.get<SetupState>('/setup', { anonymous: true }).then(answer => {
      if (answer.ok && answer.value.needed) navigate('/setup', { replace: true });
    });
  }, []);

  return (
    <Entrance title={words.signIn}>
      <Form form={form}>
        <Field
          label={words.name}
          name="username"
          autocomplete="username"
          autofocus
          value={name}
          onValue={setName}
          error={form.faults.name}
        />
        <Field
          label={words.password}
          name="password"
          type="password"
          autocomplete="current-password"
          value={password}
          onValue={setPassword}
          error={form.faults.password}
        />
        <FormEnd form={form} yes={words.signIn} wide />
      </Form>
      <p class="muted small-text">{words.forgotten}</p>
    </Entrance>
  );
}

function wordsOf(problem: Problem): string {
  if (problem.code === 'SIGN_IN_FAILED') return words.failed;
  return problem.status === 429 ? words.tooMany(problem.retryAfterSeconds) : problemWords(problem);
}
