import { useState } from 'preact/hooks';
import { announce } from '../shell/announcer.tsx';
import { api } from '../shell/api.ts';
import { CopyButton } from '../shell/copy.tsx';
import { Choice, Field, Form, FormEnd } from '../shell/form.tsx';
import { person } from '../shell/person.ts';
import { problemWords } from '../shell/problem-words.ts';
import { usePage } from '../shell/router.ts';
import { texts } from '../shell/texts.ts';
import { type Theme, theme } from '../shell/theme.ts';
import { useForm } from '../shell/use-form.ts';
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
    <div class="page narrow at-once">
      <header class="page-head">
        <div>
          <h1 tabIndex={-1}>{words.title}</h1>
          <p class="muted">
            <bdi>{me.name}</bdi> · {texts.role(me.role)}
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
  const form = useForm({
    faults: { current: current === '' ? words.currentMissing : null, next: passwordError(next) },
    send: () => api.patch(`/users/${encodeURIComponent(me.name)}`, { password: next, currentPassword: current }),
    done() {
      setCurrent('');
      setNext('');
      announce(words.passwordChanged);
    },
    about: { PASSWORD_WRONG: 'current' },
    words: problem => (problem.code === 'PASSWORD_WRONG' ? words.currentWrong : problemWords(problem)),
  });

  return (
    <Section title={words.password}>
      <Form boxed form={form}>
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
          error={form.faults.current}
        />
        <Field
          label={words.newPassword}
          type="password"
          autocomplete="new-password"
          value={next}
          onValue={setNext}
          help={texts.entrance.passwordRule}
          error={form.faults.next}
        />
        <FormEnd form={form} yes={words.changePassword} done={words.passwordChanged} />
      </Form>
    </Section>
  );
}
