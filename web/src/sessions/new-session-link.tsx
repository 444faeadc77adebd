import { PlusIcon } from '../shell/icons.tsx';
import { texts } from '../shell/texts.ts';

/** Leads to the form for a new session, in this project if there is one. */
export function NewSessionLink({ projectId, words }: { projectId?: string; words?: string }) {
  const to = projectId === undefined ? '/new' : `/new?project=${encodeURIComponent(projectId)}`;
  return (
    <a class="button primary" href={to}>
      <PlusIcon />
      {words ?? texts.newSession.title}
    </a>
  );
}
