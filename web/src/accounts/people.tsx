import { useState } from 'preact/hooks';
import { api, type Problem } from '../shell/api.ts';
import { Confirm } from '../shell/dialog.tsx';
import { Choice, Field, Form, FormError } from '../shell/form.tsx';
import { person } from '../shell/person.ts';
import { problemWords } from '../shell/problem-words.ts';
import type { RemoteList } from '../shell/remote-list.ts';
import { texts } from '../shell/texts.ts';
import { shortTime } from '../shell/time.ts';
import type { Role, User } from '../shell/wire.ts';
import { nameError, passwordError } from './rules.ts';
import { Items, Section } from './section.tsx';

const words = texts.admin;
const roles = (['member', 'admin'] as const).map(value => ({ value, name: texts.role(value) }));

export function People({ list }: { list: RemoteList<User> }) {
  const [adding, add] = useState(false);
  const [deleting, askToDelete] = useState<User | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  async function run(request: Promise<{ ok: true } | { ok: false; problem: Problem }>): Promise<void> {
    const answer = await request;
    setProblem(answer.ok ? null : answer.problem);
    list.reload();
  }

  const addPerson = (
    <button type="button" class="button" aria-expanded={adding} onClick={() => add(!adding)}>
      {words.addPerson}
    </button>
  );
  return (
    <Section title={words.people} side={addPerson}>
      {adding ? (
        <PersonForm
          onClose={() => add(false)}
          onAdded={() => {
            add(false);
            list.reload();
          }}
        />
      ) : null}
      <FormError>{problem === null ? null : problemWords(problem)}</FormError>
      <Items list={list}>
        {user => (
          <li key={user.id} class="item">
            <div class="item-text">
              <p class="item-title">
                {user.name}
                {user.name === person.value?.name ? <span class="tag">{words.you}</span> : null}
              </p>
              <p class="row-meta">
                <span>{words.since(shortTime(user.createdAt))}</span>
              </p>
            </div>
            <Choice<Role>
              quiet
              label={words.roleOf(user.name)}
              value={user.role}
              options={roles}
              onValue={role => void run(api.patch(`/users/${encodeURIComponent(user.name)}`, { role }))}
            />
            <button
              type="button"
              class="button small"
              aria-label={words.deleteOf(user.name)}
              onClick={() => askToDelete(user)}
            >
              {texts.common.delete}
            </button>
          </li>
        )}
      </Items>
      {deleting === null ? null : (
        <Confirm
          title={words.deletePersonSure(deleting.name)}
          help={words.deletePersonHelp}
          yes={texts.common.delete}
          onYes={() => void run(api.delete(`/users/${encodeURIComponent(deleting.name)}`))}
          onClose={() => askToDelete(null)}
        />
      )}
    </Section>
  );
}

function PersonForm({ onClose, onAdded }: { onClose: () => void; onAdded: () => void }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Role>('member');
  const [tried, setTried] = useState(false);
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  async function submit(): Promise<void> {
    setTried(true);
    if (pending || nameError(name) !== null || passwordError(password) !== null) return;
    setPending(true);
    const answer = await api.post('/users', { name, password, role });
    setPending(false);
    if (answer.ok) onAdded();
    else setProblem(answer.problem);
  }

  const taken = problem?.code === 'USER_EXISTS';
  return (
    <Form boxed onSubmit={() => void submit()}>
      <Field
        label={texts.entrance.name}
        autocomplete="off"
        autofocus
        value={name}
        onValue={setName}
        help={texts.entrance.nameRule}
        error={taken ? problemWords(problem) : tried ? nameError(name) : null}
      />
      <Field
        label={texts.entrance.password}
        type="password"
        autocomplete="new-password"
        value={password}
        onValue={setPassword}
        help={texts.entrance.passwordRule}
        error={tried ? passwordError(password) : null}
      />
      <Choice<Role> label={words.role} value={role} options={roles} onValue={setRole} />
      <FormError>{problem === null || taken ? null : problemWords(problem)}</FormError>
      <div class="form-foot">
        <button type="submit" class="button primary" aria-disabled={pending}>
          {words.addPerson}
        </button>
        <button type="button" class="button" onClick={onClose}>
          {texts.common.cancel}
        </button>
      </div>
    </Form>
  );
}
