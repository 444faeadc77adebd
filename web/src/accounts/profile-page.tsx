import { useState } from 'preact/hooks';
import { useAction } from '../shell/action.ts';
import { announce } from '../shell/announcer.tsx';
import { api } from '../shell/api.ts';
import { CopyButton } from '../shell/copy.tsx';
import { Choice, Field, Form, FormError } from '../shell/form.tsx';
import { person } from '../shell/person.ts';
import { problemWords } from '../shell/problem-words.ts';
import { usePage } from '../shell/router.ts';
import { texts } from '../shell/texts.ts';
import { type Theme, theme } from '../shell/theme.ts';
import type { CurrentPerson } from '../shell/wire.ts';
import { passwordError } from './rules.ts';
import { Section } from './section.tsx';
import { SignIns } from './sign-ins.tsx';
import { Tokens } from './tokens.tsx';

const words = texts.profile;

export function ProfilePage() {
  usePage(words.title);
  const me = person.value;
  if (!me) return null;
  return (
    <div class="page narrow">
      <header class="page-head">
        <div>
          <h1 tabIndex={-1}>{words.title}</h1>
          <p class="muted">
            {me.name} · {texts.role(me.role)}
          </p>
        </div>
      </header>
      <Section title={words.theme}>
        <ThemeChoice />
      </Section>
      <Section title={words.pushId} help={words.pushIdHelp}>
        <div class="command">
          <code>{me.pushId}</code>
          <CopyButton text={me.pushId} label={words.copyPushId} />
        </div>
      </Section>
      <Tokens />
      <SignIns />
      <PasswordChange me={me} />
    </div>
  );
}

function ThemeChoice() {
  return (
    <Choice<Theme>
      quiet
      label={words.theme}
      value={theme.value}
      options={[
        { value: 'system', name: words.themeSystem },
        { value: 'light', name: words.themeLight },
        { value: 'dark', name: words.themeDark },
      ]}
      onValue={choice => {
        theme.value = choice;
      }}
    />
  );
}

function PasswordChange({ me }: { me: CurrentPerson }) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [tried, setTried] = useState(false);
  const [done, setDone] = useState(false);
  const { pending, problem, run } = useAction();

  async function submit(): Promise<void> {
    setTried(true);
    setDone(false);
    if (current === '' || passwordError(next) !== null) return;
    const answer = await run(() =>
      api.patch(`/users/${encodeURIComponent(me.name)}`, { password: next, currentPassword: current }),
    );
    if (!answer?.ok) return;
    setTried(false);
    setCurrent('');
    setNext('');
    setDone(true);
    announce(words.passwordChanged);
  }

  const wrong = problem?.code === 'PASSWORD_WRONG';
  return (
    <Section title={words.password}>
      <Form boxed onSubmit={() => void submit()}>
        {/* Password managers look for a name beside a password. */}
        <input
          class="visually-hidden"
          type="text"
          name="username"
          autocomplete="username"
          value={me.name}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <Field
          label={words.currentPassword}
          type="password"
          autocomplete="current-password"
          value={current}
          onValue={setCurrent}
          error={wrong ? words.currentWrong : tried && current === '' ? words.currentMissing : null}
        />
        <Field
          label={words.newPassword}
          type="password"
          autocomplete="new-password"
          value={next}
          onValue={setNext}
          help={texts.entrance.passwordRule}
          error={tried ? passwordError(next) : null}
        />
        <FormError>{problem === null || wrong ? null : problemWords(problem)}</FormError>
        <div class="form-foot">
          <button type="submit" class="button primary" aria-disabled={pending}>
            {words.changePassword}
          </button>
          {done ? <span class="muted">{words.passwordChanged}</span> : null}
        </div>
      </Form>
    </Section>
  );
}
