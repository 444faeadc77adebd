import type { Change, Notification } from '../shell/wire.ts';

/** Names one call of a row that is to be heard. A row rings again under the same id. */
export function ringOf({ id, rangSeq }: Notification): string {
  return `${id} ${rangSeq}`;
}

/** Tells which changes are due to be shown and heard, each ring once, however often it arrives. */
export class Rings {
  readonly #heard = new Map<string, number>();

  /** The row that rings with this change; null for everything else. */
  hear(change: Change): Notification | null {
    if (change.type !== 'notification_created' && change.type !== 'notification_rang') return null;
    const { notification } = change.payload as { notification?: Notification };
    if (notification === undefined) return null;
    // Rows of the log that an earlier version wrote have no rangSeq; they rang where they stand.
    const rangSeq = notification.rangSeq ?? change.seq;
    if ((this.#heard.get(notification.id) ?? 0) >= rangSeq) return null;
    this.#heard.set(notification.id, rangSeq);
    return notification;
  }
}
