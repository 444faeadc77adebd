import type { Notification, Priority } from '../shell/wire.ts';

export type Tone = Priority | 'success';

const successes = new Set(['run.finished', 'pr.merge_ready', 'pr.merged']);
const successEndings = ['.completed', '.succeeded', '.merge_ready'];

/** How a row looks: by its priority, except that good news looks like good news. */
export function toneOf({ event: { type, priority } }: Pick<Notification, 'event'>): Tone {
  if (successes.has(type) || successEndings.some(ending => type.endsWith(ending))) return 'success';
  return priority === 'urgent' || priority === 'action' || priority === 'warning' ? priority : 'info';
}
