import { useEffect, useState } from 'preact/hooks';
import { api, type Problem } from '../shell/api.ts';
import { Field, Form, FormError } from '../shell/form.tsx';
import { enter } from '../shell/person.ts';
import { problemWords } from '../shell/problem-words.ts';
import { usePage } from '../shell/router.ts';
import { texts } from '../shell/texts.ts';
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
  const [tried, setTried] = useState(false);
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  useEffect(() => {
    void api.get<SetupState>('/setup', { anonymous: true }).then(answer => answer.ok && setNeeded(answer.value.needed));
    // The link may be opened in a tab that shows this page already.
    const pasted = () => {
      if (location.pathname !== '/setup' || location.hash === '') return;
      setCode(takeCode());
      // What was wrong with the link before says nothing about this one.
      setProblem(null);
    };
    addEventListener('hashchange', pasted);
    return () => removeEventListener('hashchange', pasted);
  }, []);

  async function submit(): Promise<void> {
    setTried(true);
    if (pending || nameError(name) !== null || passwordError(password) !== null) return;
    setPending(true);
    setProblem(null);
    const answer = await api.post<void>('/setup', { code, name, password }, { anonymous: true });
    const entered = answer.ok ? await enter('/') : answer;
    setPending(false);
    if (!entered.ok) setProblem(entered.problem);
  }

  if (!needed || problem?.code === 'SETUP_DONE') {
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
      <Form onSubmit={() => void submit()}>
        <Field
          label={words.name}
          name="username"
          autocomplete="username"
          autofocus
          value={name}
          onValue={setName}
          help={words.nameRule}
          error={tried ? nameError(name) : null}
        />
        <Field
          label={words.password}
          name="password"
          type="password"
          autocomplete="new-password"
          value={password}
          onValue={setPassword}
          help={words.passwordRule}
          error={tried ? passwordError(password) : null}
        />
        <FormError>
          {problem === null ? null : problem.code === 'SETUP_CODE_INVALID' ? words.codeWrong : problemWords(problem)}
        </FormError>
        <button type="submit" class="button primary wide" aria-disabled={pending}>
          {pending ? <i class="busy" aria-hidden="true" /> : null}
          {words.setUpButton}
        </button>
      </Form>
    </Entrance>
  );
}
