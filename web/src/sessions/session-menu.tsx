import type { ComponentChildren } from 'preact';
import { useContext, useState } from 'preact/hooks';
import { useAction } from '../shell/action.ts';
import { api } from '../shell/api.ts';
import { CopyButton } from '../shell/copy.tsx';
import { Confirm, Dialog } from '../shell/dialog.tsx';
import { DotsIcon } from '../shell/icons.tsx';
import { Menu, type MenuItem } from '../shell/menu.tsx';
import { person } from '../shell/person.ts';
import { problemWords } from '../shell/problem-words.ts';
import { IsBeside, navigate, withBeside } from '../shell/router.ts';
import { texts } from '../shell/texts.ts';
import { toast } from '../shell/toast.tsx';
import type { Session } from '../shell/wire.ts';
import { amend, remove } from './amend.ts';
import { Facts } from './facts.tsx';
import { isOwn } from './mine.ts';
import { Rename } from './rename.tsx';
import { addSessions, forgetSession, isLive, replaceSession } from './session-store.ts';

const words = texts.session;

/** What is needed of a session now and then. */
export function SessionMenu({ session, notifications }: { session: Session; notifications: ComponentChildren }) {
  const [shown, show] = useState<'about' | 'notifications' | 'rename' | 'end' | 'remove' | null>(null);
  const close = () => show(null);
  const action = useAction();
  const isBeside = useContext(IsBeside);

  async function change(what: 'stop' | 'restore', failed: string): Promise<void> {
    const answer = await action.run(() =>
      api.post<{ session?: Session } | undefined>(`/sessions/${encodeURIComponent(session.id)}/${what}`, {}),
    );
    if (answer === null) return;
    if (answer.ok) {
      if (answer.value?.session !== undefined) addSessions([answer.value.session]);
    } else {
      toast(`${failed} ${problemWords(answer.problem)}`, {
        label: texts.common.retry,
        run: () => void change(what, failed),
      });
    }
  }

  async function archive(archived: boolean): Promise<void> {
    const answer = await action.run(() => amend(session.id, { archived }));
    if (answer === null) return;
    if (!answer.ok) {
      toast(`${words.archiveFailed} ${problemWords(answer.problem)}`, {
        label: texts.common.retry,
        run: () => void archive(archived),
      });
      return;
    }
    replaceSession(answer.value.session);
    if (archived) toast(words.archived, { label: texts.common.undo, run: () => void archive(false) });
  }

  async function removeIt(): Promise<void> {
    const answer = await action.run(() => remove(session.id));
    if (answer === null) return;
    if (!answer.ok && answer.problem.code !== 'SESSION_NOT_FOUND') {
      toast(`${words.removeFailed} ${problemWords(answer.problem)}`, {
        label: texts.common.retry,
        run: () => void removeIt(),
      });
      return;
    }
    navigate(isBeside ? withBeside(null) : '/sessions', { replace: true, stays: isBeside });
    forgetSession(session.id);
    toast(words.removed);
  }

  const items: MenuItem[] = [
    { name: words.about, run: () => show('about') },
    { name: words.notifications, run: () => show('notifications') },
  ];
  // Of an agent elsewhere its owner alone decides; for the others the server knows who has a hand in it.
  if (session.hosted || isOwn(session)) {
    items.push(
      { name: words.rename, run: () => show('rename') },
      session.archivedAt === null
        ? { name: words.archive, run: () => void archive(true) }
        : { name: words.unarchive, run: () => void archive(false) },
    );
  }
  if (session.hosted) {
    items.push(
      isLive(session)
        ? { name: words.end, run: () => show('end'), isDangerous: true }
        : { name: words.restore, run: () => void change('restore', words.restoreFailed) },
    );
  }
  if (isOwn(session) || person.value?.role === 'admin')
    items.push({ name: words.remove, run: () => show('remove'), isDangerous: true });
  return (
    <>
      <Menu label={words.menu} icon={<DotsIcon />} items={items} pending={action.pending} />
      {shown === 'about' ? (
        <Dialog title={words.about} onClose={close}>
          <Facts session={session} onMoved={close} />
          <div class="command">
            <code>{session.id}</code>
            <CopyButton text={session.id} />
          </div>
        </Dialog>
      ) : null}
      {shown === 'notifications' ? (
        <Dialog title={words.notifications} onClose={close}>
          {notifications}
        </Dialog>
      ) : null}
      {shown === 'rename' ? <Rename session={session} onClose={close} /> : null}
      {shown === 'end' ? (
        <Confirm
          title={words.endSure(session.title)}
          help={words.endHelp}
          yes={words.end}
          onYes={() => void change('stop', words.endFailed)}
          onClose={close}
        />
      ) : null}
      {shown === 'remove' ? (
        <Confirm
          title={words.removeSure(session.title)}
          help={words.removeHelp}
          yes={words.removeYes}
          onYes={() => void removeIt()}
          onClose={close}
        />
      ) : null}
    </>
  );
}
