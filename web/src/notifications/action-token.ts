import { type Answer, api } from '../shell/api.ts';
import { whenPersonLeaves } from '../shell/leaving.ts';
import type { ActionAnswer, ActionToken, Notification, NotificationAction } from '../shell/wire.ts';

const safety = 30_000;

let held: ActionToken | null = null;

async function token(): Promise<Answer<string>> {
  if (held !== null && Date.parse(held.expiresAt) - safety > Date.now()) return { ok: true, value: held.token };
  const answer = await api.get<ActionToken>('/action-token');
  if (!answer.ok) return answer;
  held = answer.value;
  return { ok: true, value: held.token };
}

export function forgetActionToken(): void {
  held = null;
}

whenPersonLeaves(forgetActionToken);

/** Runs an action on the server. A refused token is replaced once: it may have ended between two clicks. */
export async function execute(
  notification: Notification,
  action: NotificationAction,
  text?: string,
): Promise<Answer<ActionAnswer>> {
  const first = await attempt(notification, action, text);
  if (first.ok || first.problem.status !== 403) return first;
  forgetActionToken();
  return attempt(notification, action, text);
}

async function attempt(
  notification: Notification,
  action: NotificationAction,
  text?: string,
): Promise<Answer<ActionAnswer>> {
  const proof = await token();
  if (!proof.ok) return proof;
  const path = `/notifications/${encodeURIComponent(notification.id)}/actions/${encodeURIComponent(action.id)}`;
  return api.post<ActionAnswer>(path, text === undefined ? {} : { text }, {
    headers: { 'X-AO-Action-Token': proof.value },
  });
}
