import { texts } from '../shell/texts.ts';
import { List } from './list.tsx';
import type { Part } from './views.ts';

/** The notifications of one session or project, on its page. */
export function PartOfInbox({ part }: { part: Part }) {
  return <List part={part} empty={<p class="muted pad">{texts.session.noNotifications}</p>} />;
}
