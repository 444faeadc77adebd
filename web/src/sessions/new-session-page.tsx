import { useEffect, useRef, useState } from 'preact/hooks';
import { type Answer, api } from '../shell/api.ts';
import { draftOf, setDraft } from '../shell/drafts.ts';
import { Choice, Field, Form, FormEnd, TextArea } from '../shell/form.tsx';
import { plainLine, plainText } from '../shell/plain-text.ts';
import { problemWords } from '../shell/problem-words.ts';
import { projects, projectsLoading, readProjects } from '../shell/projects.ts';
import { randomId } from '../shell/random-id.ts';
import { navigate, place, sessionPath, usePage } from '../shell/router.ts';
import { Failure, Skeleton } from '../shell/states.tsx';
import { texts } from '../shell/texts.ts';
import { countdown } from '../shell/time.ts';
import { useCountdown } from '../shell/use-countdown.ts';
import { useForm } from '../shell/use-form.ts';
import { isWide } from '../shell/viewport.ts';
import type { BellMode, NewSession, Session } from '../shell/wire.ts';
import { AgentChoice } from './agent-choice.tsx';
import { useAgents } from './agents.ts';
import { BellMenu } from './bell-menu.tsx';
import { longestTitle, projectIdFor, suggestTitle } from './new-session.ts';
import { addSessions } from './session-store.ts';
import { setSubscription } from './subscriptions.ts';

const words = texts.newSession;
const draft = 'new session';
const another = ' another';

/** Who works where on what. The answer is already on its way when the session's page comes up. */
export function NewSessionPage() {
  usePage(words.title);
  const agents = useAgents();
  const known = projects.value;
  const { query } = place.value;
  const prompt = query.get('message');
  const [chosenProject, chooseProject] = useState<string | null>(query.get('project'));
  // Who comes with a message to try is to press one button, and has no project yet.
  const [projectName, setProjectName] = useState(prompt === null ? '' : words.firstProject);
  const [chosenAgent, chooseAgent] = useState<string | null>(query.get('agent'));
  const [ownTitle, setOwnTitle] = useState<string | null>(null);
  const [bell, setBell] = useState<BellMode>('all');
  const [limitedUntil, setLimitedUntil] = useState<number | null>(null);
  const limitLeft = useCountdown(limitedUntil);
  const made = useRef<string | null>(null);
  const request = useRef<{ body: string; key: string } | null>(null);

  const message = draftOf(draft);
  const title = ownTitle ?? suggestTitle(message);
  const projectId = known?.some(({ id }) => id === chosenProject) ? chosenProject : (known?.[0]?.id ?? null);
  const makesProject = known !== null && (chosenProject === another || known.length === 0);
  const agent = agents.items?.find(({ name }) => name === chosenAgent) ?? agents.items?.find(one => !one.unavailable);
  const newProjectId = projectIdFor(projectName);
  const wrongName = makesProject && (newProjectId === '' || projectName.trim().length > 80);
  const form = useForm({
    faults: {
      project: wrongName ? words.projectNameWrong : null,
      message: message.trim() === '' ? words.messageMissing : null,
      title: title.length > longestTitle ? words.titleWrong : null,
      agent: agent === undefined ? words.noAgents : null,
    },
    send: start,
    done({ session }) {
      addSessions([session]);
      if (bell !== 'all') void setSubscription(session.id, bell, 'all');
      setDraft(draft, '');
      navigate(sessionPath(session.projectId, session.id), { replace: true });
    },
    refused(problem) {
      const seconds = problem.status === 429 ? problem.retryAfterSeconds : null;
      setLimitedUntil(seconds === null ? null : Date.now() + seconds * 1_000);
    },
    about: { PROJECT_EXISTS: 'project' },
    words: problem =>
      problem.code === 'PROJECT_EXISTS'
        ? words.projectTaken
        : limitLeft !== null
          ? words.limited(countdown(limitLeft))
          : `${words.failed} ${problemWords(problem)}`,
  });

  useEffect(() => {
    // What was typed before and not sent is worth more.
    if (prompt !== null && draftOf(draft) === '') setDraft(draft, prompt);
  }, []);

  async function start(): Promise<Answer<{ session: Session }>> {
    let target = projectId;
    if (makesProject) {
      // A second attempt finds the project of the first.
      if (made.current !== newProjectId) {
        const answer = await api.post('/projects', { id: newProjectId, name: projectName.trim(), closed: false });
        if (!answer.ok) return answer as Answer<never>;
        made.current = newProjectId;
        void readProjects();
      }
      target = newProjectId;
    }
    const body: NewSession = {
      projectId: target ?? '',
      agent: agent?.name ?? '',
      message: plainText(message).trim(),
      ...(plainLine(title) === '' ? {} : { title: plainLine(title) }),
    };
    // The same request again, after an answer that got lost, makes no second session. Another request is another key.
    const asText = JSON.stringify(body);
    if (request.current?.body !== asText) request.current = { body: asText, key: randomId() };
    return api.post('/sessions', body, { headers: { 'Idempotency-Key': request.current.key } });
  }

  return (
    <div class="page narrow">
      <header class="page-head">
        <h1 tabIndex={-1}>{words.title}</h1>
      </header>
      {agents.problem !== null && agents.items === null ? (
        <Failure title={words.agentsFailed} problem={agents.problem} onRetry={agents.reload} />
      ) : known === null && projectsLoading.value.state === 'failed' ? (
        <Failure
          title={texts.frame.projectsFailed}
          problem={projectsLoading.value.problem}
          onRetry={() => void readProjects()}
        />
      ) : agents.items === null || known === null ? (
        <Skeleton rows={4} />
      ) : (
        <Form form={form}>
          {known.length === 0 ? null : (
            <Choice
              label={words.project}
              value={makesProject ? another : (projectId ?? '')}
              options={[
                ...known.map(({ id, name }) => ({ value: id, name })),
                { value: another, name: words.newProject },
              ]}
              onValue={chooseProject}
            />
          )}
          {makesProject ? (
            <Field
              label={words.projectName}
              autocomplete="off"
              value={projectName}
              onValue={setProjectName}
              help={words.projectNameHelp}
              error={form.faults.project}
            />
          ) : null}
          <AgentChoice agents={agents.items} chosen={agent?.name ?? null} onChoose={chooseAgent} />
          <TextArea
            label={words.message}
            placeholder={words.messagePlaceholder}
            value={message}
            onValue={text => setDraft(draft, text)}
            error={form.faults.message}
            // With fingers it would bring up the keyboard over everything else.
            autofocus={isWide.value}
          />
          <Field
            label={words.sessionTitle}
            autocomplete="off"
            required={false}
            value={title}
            onValue={setOwnTitle}
            help={words.titleHelp}
            error={title.length > longestTitle ? words.titleWrong : null}
          />
          <div class="bell-field">
            <span>
              {words.notifications}
              <span class="field-help check-help">
                {texts.session.bellModes[bell]}. {texts.session.bellHelp[bell]}
              </span>
            </span>
            <BellMenu mode={bell} label={texts.session.bell(bell)} onChoose={setBell} />
          </div>
          <FormEnd
            form={form}
            yes={form.refusal === null ? words.start : texts.common.retry}
            disabled={agent === undefined}
          />
        </Form>
      )}
    </div>
  );
}
