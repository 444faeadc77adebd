import { person } from '../shell/person.ts';
import { useRemoteList } from '../shell/remote-list.ts';
import { usePage } from '../shell/router.ts';
import { Empty } from '../shell/states.tsx';
import { texts } from '../shell/texts.ts';
import type { User } from '../shell/wire.ts';
import { People } from './people.tsx';
import { Projects } from './project-admin.tsx';
import { Section } from './section.tsx';

export function AdminPage() {
  usePage(texts.admin.title);
  const mayEnter = person.value?.role === 'admin';
  return (
    <div class="page narrow at-once">
      <header class="page-head">
        <h1 tabIndex={-1}>{texts.admin.title}</h1>
      </header>
      {mayEnter ? <Lists /> : <Empty title={texts.admin.denied} help={texts.admin.deniedHelp} />}
    </div>
  );
}

function Lists() {
  const people = useRemoteList<User>('/users', (answer: { users: User[] }) => answer.users);
  return (
    <>
      <People list={people} />
      <Projects people={people} />
      <Section title={texts.admin.audit} help={texts.admin.auditHelp}>
        <a class="button" href="/admin/audit">
          {texts.admin.openAudit}
        </a>
      </Section>
    </>
  );
}
