import { DismissIcon } from '../shell/icons.tsx';
import { texts } from '../shell/texts.ts';
import type { Notification } from '../shell/wire.ts';
import { dismiss } from './inbox-changes.ts';

export interface DismissButtonProps {
  notification: Notification;
  onDismiss?: () => void;
}

export function DismissButton({ notification, onDismiss = () => dismiss(notification) }: DismissButtonProps) {
  const { title, message } = notification.event;
  return (
    <button
      type="button"
      class="icon-button"
      title={texts.notifications.dismiss}
      aria-label={texts.notifications.dismissOf(title ?? message)}
      data-tool="dismiss"
      onClick={onDismiss}
    >
      <DismissIcon />
    </button>
  );
}
