import { type Answer, api } from '../shell/api.ts';
import type { Session, SessionUpdate } from '../shell/wire.ts';

/** What a person decides about a session: its title, and whether it is put away. */
export function amend(id: string, update: SessionUpdate): Promise<Answer<{ session: Session }>> {
  return api.patch<{ session: Session }>(`/sessions/${encodeURIComponent(id)}`, update);
}
