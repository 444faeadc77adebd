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
  const query = new URLSearchParams();
  if (projectId !== undefined) query.set('project', projectId);
  if (prompt !== undefined) {
    query.set('agent', 'demo');
    query.set('message', prompt);
  }
  return (
    <a class="button primary" href={query.size === 0 ? '/new' : `/new?${query}`}>
      <PlusIcon />
      {words ?? texts.newSession.title}
    </a>
  );
}
