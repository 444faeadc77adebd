import { useState } from 'preact/hooks';
import { useAction } from '../shell/action.ts';
import { api } from '../shell/api.ts';
import { Confirm } from '../shell/dialog.tsx';
import { Choice, Field, Form, FormError } from '../shell/form.tsx';
import { person } from '../shell/person.ts';
import { problemWords } from '../shell/problem-words.ts';
import type { RemoteList } from '../shell/remote-list.ts';
import { texts } from '../shell/texts.ts';
import { shortTime } from '../shell/time.ts';
import type { Role, User } from '../shell/wire.ts';
import { nameError, passwordError } from './rules.ts';
import { Item, Items, Section } from './section.tsx';

const words = texts.admin;
const roles = (['member', 'admin'] as const).map(value => ({ value, name: texts.role(value) }));

export function People({ list }: { list: RemoteList<User> }) {
  const [adding, add] = useState(false);
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
            void list.reload();
          }}
        />
      ) : null}
      <Items list={list}>{user => <PersonItem key={user.id} user={user} onChanged={list.reload} />}</Items>
    </Section>
  );
}

function PersonItem({ user, onChanged }: { user: User; onChanged: () => Promise<void> }) {
  const action = useAction(onChanged);
  const [deleting, askToDelete] = useState(false);
  const path = `/users/${encodeURIComponent(user.name)}`;
  return (
    <Item action={action}>
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
        pending={action.pending}
        onValue={role => void action.run(() => api.patch(path, { role }))}
      />
      <button
        type="button"
        class="button small"
        aria-label={words.deleteOf(user.name)}
        aria-disabled={action.pending}
        onClick={() => !action.pending && askToDelete(true)}
      >
        {texts.common.delete}
      </button>
      {deleting ? (
        <Confirm
          title={words.deletePersonSure(user.name)}
          help={words.deletePersonHelp}
          yes={texts.common.delete}
          onYes={() => void action.run(() => api.delete(path))}
          onClose={() => askToDelete(false)}
        />
      ) : null}
    </Item>
  );
}

function PersonForm({ onClose, onAdded }: { onClose: () => void; onAdded: () => void }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Role>('member');
  const [tried, setTried] = useState(false);
  const { pending, problem, run } = useAction();

  async function submit(): Promise<void> {
    setTried(true);
    if (nameError(name) !== null || passwordError(password) !== null) return;
    const answer = await run(() => api.post('/users', { name, password, role }));
    if (answer?.ok) onAdded();
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
