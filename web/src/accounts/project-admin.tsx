import { useState } from 'preact/hooks';
import { useAction } from '../shell/action.ts';
import { api } from '../shell/api.ts';
import { Choice, Field, Form, FormError } from '../shell/form.tsx';
import { CloseIcon } from '../shell/icons.tsx';
import { problemWords } from '../shell/problem-words.ts';
import { readProjects } from '../shell/projects.ts';
import { type RemoteList, useRemoteList } from '../shell/remote-list.ts';
import { texts } from '../shell/texts.ts';
import type { Project, User } from '../shell/wire.ts';
import { lengthError, projectIdError } from './rules.ts';
import { Item, Items, Section } from './section.tsx';

const words = texts.admin;

export function Projects({ people }: { people: RemoteList<User> }) {
  const list = useRemoteList<Project>('/projects?all=true', (answer: { projects: Project[] }) => answer.projects);
  const [adding, add] = useState(false);

  const changed = () => {
    // The rail shows the same projects.
    void readProjects();
    return list.reload();
  };
  const addProject = (
    <button type="button" class="button" aria-expanded={adding} onClick={() => add(!adding)}>
      {words.addProject}
    </button>
  );
  return (
    <Section title={words.projects} side={addProject}>
      {adding ? (
        <ProjectForm
          onClose={() => add(false)}
          onAdded={() => {
            add(false);
            void changed();
          }}
        />
      ) : null}
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

  return (
    <Item action={action} stacked>
      <div class="item-line">
        <div class="item-text">
          <p class="item-title">
            {project.name}
            <code class="tag">{project.id}</code>
          </p>
          <p class="row-meta">
            <span>{project.closed ? words.closed : words.open}</span>
          </p>
        </div>
        <button
          type="button"
          class="button small"
          aria-label={project.closed ? words.reopenOf(project.name) : words.closeOf(project.name)}
          aria-disabled={action.pending}
          onClick={() => void action.run(() => api.patch(path, { closed: !project.closed }))}
        >
          {project.closed ? words.reopen : words.close}
        </button>
      </div>
      <div class="members">
        <span class="muted">{project.members.length === 0 ? words.noMembers : words.members}</span>
        {project.members.map(name => (
          <span key={name} class="member">
            {name}
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

function ProjectForm({ onClose, onAdded }: { onClose: () => void; onAdded: () => void }) {
  const [id, setId] = useState('');
  const [name, setName] = useState('');
  const [closed, setClosed] = useState(false);
  const [tried, setTried] = useState(false);
  const { pending, problem, run } = useAction();
  const wrongName = lengthError(name, 80, words.projectNameWrong);

  async function submit(): Promise<void> {
    setTried(true);
    if (wrongName !== null || projectIdError(id) !== null) return;
    const answer = await run(() => api.post('/projects', { id, name: name.trim(), closed }));
    if (answer?.ok) onAdded();
  }

  const taken = problem?.code === 'PROJECT_EXISTS';
  return (
    <Form boxed onSubmit={() => void submit()}>
      <Field
        label={words.projectName}
        autocomplete="off"
        autofocus
        value={name}
        onValue={setName}
        error={tried ? wrongName : null}
      />
      <Field
        label={words.projectId}
        autocomplete="off"
        value={id}
        onValue={setId}
        help={words.projectIdRule}
        error={taken ? problemWords(problem) : tried ? projectIdError(id) : null}
      />
      <label class="check">
        <input type="checkbox" checked={closed} onChange={event => setClosed(event.currentTarget.checked)} />
        <span>{words.closed}</span>
      </label>
      <FormError>{problem === null || taken ? null : problemWords(problem)}</FormError>
      <div class="form-foot">
        <button type="submit" class="button primary" aria-disabled={pending}>
          {words.addProject}
        </button>
        <button type="button" class="button" onClick={onClose}>
          {texts.common.cancel}
        </button>
      </div>
    </Form>
  );
}
