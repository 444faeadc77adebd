import { useState } from 'preact/hooks';
import { Dialog } from '../shell/dialog.tsx';
import { Field, Form, FormEnd } from '../shell/form.tsx';
import { texts } from '../shell/texts.ts';
import { useForm } from '../shell/use-form.ts';
import type { Session } from '../shell/wire.ts';
import { amend } from './amend.ts';
import { replaceSession } from './session-store.ts';

const longestTitle = 80;

export function Rename({ session, onClose }: { session: Session; onClose: () => void }) {
  const [title, setTitle] = useState(session.title);
  const isRight = title.trim() !== '' && title.trim().length <= longestTitle;
  const form = useForm({
    faults: { title: isRight ? null : texts.session.titleWrong },
    send: () => amend(session.id, { title: title.trim() }),
    done: ({ session: renamed }) => {
      replaceSession(renamed);
      onClose();
    },
    about: { INVALID_SESSION: 'title' },
  });
  return (
    <Dialog title={texts.session.renameTitle} onClose={onClose}>
      <Form form={form}>
        <Field
          label={texts.newSession.sessionTitle}
          autocomplete="off"
          autofocus
          value={title}
          onValue={setTitle}
          error={form.faults.title}
        />
        <FormEnd form={form} yes={texts.common.save} onCancel={onClose} />
      </Form>
    </Dialog>
  );
}
