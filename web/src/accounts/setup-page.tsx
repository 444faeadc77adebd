import { useEffect, useState } from 'preact/hooks';
import { api } from '../shell/api.ts';
import { Field, Form, FormEnd } from '../shell/form.tsx';
import { enter } from '../shell/person.ts';
import { problemWords } from '../shell/problem-words.ts';
import { usePage } from '../shell/router.ts';
import { texts } from '../shell/texts.ts';
import { useForm } from '../shell/use-form.ts';
import type { SetupState } from '../shell/wire.ts';
import { Entrance } from './entrance.tsx';
import { nameError, passwordError } from './rules.ts';

const words = texts.entrance;

/** Takes the code out of the address, so that it stays neither on the screen nor in the history. */
function takeCode(): string {
  const code = location.hash.slice(1);
  if (code !== '') history.replaceState(null, '', '/setup');
  return code;
}

export function SetupPage() {
  usePage(words.setUp);
  const [code, setCode] = useState(takeCode);
  const [needed, setNeeded] = useState(true);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const form = useForm({
    faults: { name: nameError(name), password: passwordError(password) },
    async send() {
      const answer = await api.post<void>('/setup', { code, name, password }, { anonymous: true });
      return answer.ok ? enter('/') : answer;
    },
    words: problem => (problem.code === 'SETUP_CODE_INVALID' ? words.codeWrong : problemWords(problem)),
  });

  const { forgive } = form;
  useEffect(() => {
    void api.get<SetupState>('/setup', { anonymous: true }).then(answer => answer.ok && setNeeded(answer.value.needed));
    // The link may be opened in a tab that shows this page already.
    const pasted = () => {
      if (location.pathname !== '/setup' || location.hash === '') return;
      setCode(takeCode());
      // What was wrong with the link before says nothing about this one.
      forgive();
    };
    addEventListener('hashchange', pasted);
    return () => removeEventListener('hashchange', pasted);
  }, []);

  if (!needed || form.problem?.code === 'SETUP_DONE') {
    return (
      <Entrance title={words.setUp} help={words.setUpDone}>
        <a class="button primary wide" href="/sign-in">
          {words.toSignIn}
        </a>
      </Entrance>
    );
  }
  if (code === '') return <Entrance title={words.codeMissing} help={words.codeMissingHelp} children={null} />;

  return (
    <Entrance title={words.setUp} help={words.setUpHelp}>
      <Form form={form}>
        <Field
          label={words.name}
          name="username"
          autocomplete="username"
          autofocus
          value={name}
          onValue={setName}
          help={words.nameRule}
          error={form.faults.name}
        />
        <Field
          label={words.password}
          name="password"
          type="password"
          autocomplete="new-password"
          value={password}
          onValue={setPassword}
          help={words.passwordRule}
          error={form.faults.password}
        />
        <FormEnd form={form} yes={words.setUpButton} wide />
      </Form>
    </Entrance>
  );
}
