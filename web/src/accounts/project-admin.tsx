import { useState } from 'preact/hooks';
import { useAction } from '../shell/action.ts';
import { api } from '../shell/api.ts';
import { ConfirmButton, Dialog } from '../shell/dialog.tsx';
import { Choice, Field, Form, FormEnd } from '../shell/form.tsx';
import { CloseIcon } from '../shell/icons.tsx';
import { readProjects } from '../shell/projects.ts';
import { type RemoteList, useRemoteList } from '../shell/remote-list.ts';
import { texts } from '../shell/texts.ts';
import { toast } from '../shell/toast.tsx';
import { useForm } from '../shell/use-form.ts';
import type { Project, User } from '../shell/wire.ts';
import { lengthError, projectIdError } from './rules.ts';
import { Item, Items, Section } from './section.tsx';

const words = texts.admin;

export function Projects({ people }: { people: RemoteList<User> }) {
  const list = useRemoteList<Project>('/projects?all=true', (answer: { projects: Project[] }) => answer.projects);

  const changed = () => {
    // The rail shows the same projects.
    void readProjects();
    return list.reload();
  };
  const form = (close: () => void) => (
    <ProjectForm
      onClose={close}
      onAdded={() => {
        close();
        void changed();
      }}
    />
  );
  return (
    <Section title={words.projects} adding={{ name: words.addProject, form }}>
      <Items list={list} none={words.noProjects}>
        {project => <ProjectItem key={project.id} project={project} people={people.items ?? []} onChanged={changed} />}
      </Items>
    </Section>
  );
}

interface ProjectItemProps {
  project: Project;
  people: User[];
  onChanged: () => Promise<void>;
}

function ProjectItem({ project, people, onChanged }: ProjectItemProps) {
  const action = useAction(onChanged);
  const path = `/projects/${encodeURIComponent(project.id)}`;
  const others = people.filter(({ name }) => !project.members.includes(name));

  async function remove(): Promise<void> {
    const answer = await action.run(() => api.delete(path));
    if (answer?.ok) toast(words.projectDeleted(project.name));
  }

  return (
    <Item action={action} stacked>
      <div class="item-line">
        <div class="item-text">
          <p class="item-title">
            <bdi>{project.name}</bdi>
            <code class="tag">{project.id}</code>
          </p>
          <p class="row-meta">
            <span>{project.closed ? words.closed : words.open}</span>
          </p>
        </div>
        <RenameButton project={project} path={path} onRenamed={onChanged} />
        <button
          type="button"
          class="button small"
          aria-label={project.closed ? words.reopenOf(project.name) : words.closeOf(project.name)}
          aria-disabled={action.pending}
          onClick={() => void action.run(() => api.patch(path, { closed: !project.closed }))}
        >
          {project.closed ? words.reopen : words.close}
        </button>
        <ConfirmButton
          name={texts.common.delete}
          label={words.deleteOf(project.name)}
          title={words.deleteProjectSure(project.name)}
          help={words.deleteProjectHelp}
          action={action}
          onYes={() => void remove()}
        />
      </div>
      <div class="members">
        <span class="muted">{project.members.length === 0 ? words.noMembers : words.members}</span>
        {project.members.map(name => (
          <span key={name} class="member">
            <bdi>{name}</bdi>
            <button
              type="button"
              class="icon-button tiny"
              aria-label={words.removeMember(name)}
              aria-disabled={action.pending}
              onClick={() => void action.run(() => api.delete(`${path}/members/${encodeURIComponent(name)}`))}
            >
              <CloseIcon />
            </button>
          </span>
        ))}
        {others.length === 0 ? null : (
          <Choice
            quiet
            label={words.addMemberTo(project.name)}
            value=""
            options={[{ value: '', name: words.addMember }, ...others.map(({ name }) => ({ value: name, name }))]}
            pending={action.pending}
            onValue={name => {
              if (name !== '') void action.run(() => api.put(`${path}/members/${encodeURIComponent(name)}`));
            }}
          />
        )}
      </div>
    </Item>
  );
}

interface RenameProps {
  project: Project;
  path: string;
  onRenamed: () => Promise<void>;
}

function RenameButton(props: RenameProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="button small"
        aria-label={words.renameOf(props.project.name)}
        onClick={() => setOpen(true)}
      >
        {words.rename}
      </button>
      {open ? <Rename {...props} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function Rename({ project, path, onRenamed, onClose }: RenameProps & { onClose: () => void }) {
  const [name, setName] = useState(project.name);
  const form = useForm({
    faults: { name: lengthError(name, 80, words.projectNameWrong) },
    send: () => api.patch(path, { name: name.trim() }),
    done() {
      onClose();
      void onRenamed();
    },
    about: { INVALID_REQUEST: 'name' },
  });
  return (
    <Dialog title={words.renameOf(project.name)} onClose={onClose}>
      <Form form={form}>
        <Field
          label={words.projectName}
          autocomplete="off"
          autofocus
          value={name}
          onValue={setName}
          help={words.renameHelp}
          error={form.faults.name}
        />
        <FormEnd form={form} yes={texts.common.save} onCancel={onClose} />
      </Form>
    </Dialog>
  );
}

function ProjectForm({ onClose, onAdded }: { onClose: () => void; onAdded: () => void }) {
  const [id, setId] = useState('');
  const [name, setName] = useState('');
  const [closed, setClosed] = useState(false);
  const form = useForm({
    faults: { name: lengthError(name, 80, words.projectNameWrong), id: projectIdError(id) },
    send: () => api.post('/projects', { id, name: name.trim(), closed }),
    done: onAdded,
    about: { PROJECT_EXISTS: 'id' },
  });

  return (
    <Form boxed form={form}>
      <Field
        label={words.projectName}
        autocomplete="off"
        autofocus
        value={name}
        onValue={setName}
        error={form.faults.name}
      />
      <Field
        label={words.projectId}
        autocomplete="off"
        value={id}
        onValue={setId}
        help={words.projectIdRule}
        error={form.faults.id}
      />
      <label class="check">
        <input type="checkbox" checked={closed} onChange={event => setClosed(event.currentTarget.checked)} />
        <span>{words.closed}</span>
      </label>
      <FormEnd form={form} yes={words.addProject} onCancel={onClose} />
    </Form>
  );
}
