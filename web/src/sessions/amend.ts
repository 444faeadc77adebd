import { type Answer, api } from '../shell/api.ts';
import type { Session, SessionUpdate } from '../shell/wire.ts';

/** Deletes a session with all that was said in it and told of it. */
export function remove(id: string): Promise<Answer<undefined>> {
  return api.delete<undefined>(`/sessions/${encodeURIComponent(id)}`);
}

/** What a person decides about a session: its title, and whether it is put away. */
export function amend(id: string, update: SessionUpdate): Promise<Answer<{ session: Session }>> {
  return api.patch<{ session: Session }>(`/sessions/${encodeURIComponent(id)}`, update);
}
