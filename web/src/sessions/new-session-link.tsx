import { query } from '../shell/api.ts';
import { PlusIcon } from '../shell/icons.tsx';
import { texts } from '../shell/texts.ts';

interface NewSessionLinkProps {
  projectId?: string;
  words?: string | undefined;
  /** A first message for the demo agent. */
  prompt?: string | undefined;
}

/** Leads to the form for a new session, in this project if there is one. */
export function NewSessionLink({ projectId, words, prompt }: NewSessionLinkProps) {
  const wanted = query({ project: projectId, agent: prompt === undefined ? null : 'demo', message: prompt });
  return (
    <a class="button primary new-session" href={`/new${wanted}`}>
      <PlusIcon />
      {words ?? texts.newSession.title}
    </a>
  );
}
