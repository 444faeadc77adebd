import { useState } from 'preact/hooks';
import { useAction } from '../shell/action.ts';
import { api } from '../shell/api.ts';
import { ConfirmButton, Dialog } from '../shell/dialog.tsx';
import { Choice, Field, Form, FormEnd } from '../shell/form.tsx';
import { person } from '../shell/person.ts';
import type { RemoteList } from '../shell/remote-list.ts';
import { texts } from '../shell/texts.ts';
import { shortTime } from '../shell/time.ts';
import { toast } from '../shell/toast.tsx';
import { useForm } from '../shell/use-form.ts';
import type { Role, User } from '../shell/wire.ts';
import { nameError, passwordError } from './rules.ts';
import { Item, Items, Section } from './section.tsx';

const words = texts.admin;
const roles = (['member', 'admin'] as const).map(value => ({ value, name: texts.role(value) }));

export function People({ list }: { list: RemoteList<User> }) {
  const form = (close: () => void) => (
    <PersonForm
      onClose={close}
      onAdded={() => {
        close();
        void list.reload();
      }}
    />
  );
  return (
    <Section title={words.people} adding={{ name: words.addPerson, form }}>
      <Items list={list}>{user => <PersonItem key={user.id} user={user} onChanged={list.reload} />}</Items>
    </Section>
  );
}

function PersonItem({ user, onChanged }: { user: User; onChanged: () => Promise<void> }) {
  const action = useAction(onChanged);
  const path = `/users/${encodeURIComponent(user.name)}`;
  return (
    <Item action={action}>
      <div class="item-text">
        <p class="item-title">
          <bdi>{user.name}</bdi>
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
      {/* One's own needs the present one: it is changed in the profile. */}
      {user.name === person.value?.name ? null : <NewPasswordButton name={user.name} path={path} />}
      <ConfirmButton
        name={texts.common.delete}
        label={words.deleteOf(user.name)}
        title={words.deletePersonSure(user.name)}
        help={words.deletePersonHelp}
        action={action}
        onYes={() => void action.run(() => api.delete(path))}
      />
    </Item>
  );
}

/** For somebody who forgot theirs. */
function NewPasswordButton({ name, path }: { name: string; path: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="button small" aria-label={words.newPasswordOf(name)} onClick={() => setOpen(true)}>
        {words.newPassword}
      </button>
      {open ? <NewPassword name={name} path={path} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function NewPassword({ name, path, onClose }: { name: string; path: string; onClose: () => void }) {
  const [password, setPassword] = useState('');
  const form = useForm({
    faults: { password: passwordError(password) },
    send: () => api.patch(path, { password }),
    done() {
      onClose();
      toast(words.passwordSet(name));
    },
    about: { INVALID_REQUEST: 'password' },
  });
  return (
    <Dialog title={words.newPasswordOf(name)} onClose={onClose}>
      <Form form={form}>
        <p class="muted">{words.newPasswordHelp}</p>
        <Field
          label={texts.entrance.password}
          type="password"
          autocomplete="new-password"
          autofocus
          value={password}
          onValue={setPassword}
          help={texts.entrance.passwordRule}
          error={form.faults.password}
        />
        <FormEnd form={form} yes={words.setPassword} onCancel={onClose} />
      </Form>
    </Dialog>
  );
}

function PersonForm({ onClose, onAdded }: { onClose: () => void; onAdded: () => void }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Role>('member');
  const form = useForm({
    faults: { name: nameError(name), password: passwordError(password) },
    send: () => api.post('/users', { name, password, role }),
    done: onAdded,
    about: { USER_EXISTS: 'name' },
  });

  return (
    <Form boxed form={form}>
      <Field
        label={texts.entrance.name}
        autocomplete="off"
        autofocus
        value={name}
        onValue={setName}
        help={texts.entrance.nameRule}
        error={form.faults.name}
      />
      <Field
        label={texts.entrance.password}
        type="password"
        autocomplete="new-password"
        value={password}
        onValue={setPassword}
        help={texts.entrance.passwordRule}
        error={form.faults.password}
      />
      <Choice<Role> label={words.role} value={role} options={roles} onValue={setRole} />
      <FormEnd form={form} yes={words.addPerson} onCancel={onClose} />
    </Form>
  );
}
