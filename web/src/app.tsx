import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { AdminPage } from './accounts/admin-page.tsx';
import { AuditPage } from './accounts/audit-page.tsx';
import { ProfilePage } from './accounts/profile-page.tsx';
import { SetupPage } from './accounts/setup-page.tsx';
import { SignInPage } from './accounts/sign-in-page.tsx';
import { OutboxNotice } from './chat/outbox-notice.tsx';
import { Actions } from './notifications/actions.tsx';
import { Bell } from './notifications/bell.tsx';
import { DismissButton } from './notifications/dismiss-button.tsx';
import * as inbox from './notifications/inbox-store.ts';
import { MergeAction } from './notifications/merge-action.tsx';
import { NotificationsPage } from './notifications/page.tsx';
import { PartOfInbox } from './notifications/part.tsx';
import { PriorityMark } from './notifications/priority-mark.tsx';
import { ReadByLooking } from './notifications/read-by-looking.tsx';
import { toneOf } from './notifications/tone.ts';
import { TryIt } from './notifications/try-it.tsx';
import { partKey, rowsOf, unreadSoFar } from './notifications/views.ts';
import { OverviewPage } from './overview/overview-page.tsx';
import { Search } from './search.tsx';
import { ChatRedirect } from './sessions/chat-redirect.tsx';
import { areMineKnown, isMine } from './sessions/mine.ts';
import { NewSessionLink } from './sessions/new-session-link.tsx';
import { NewSessionPage } from './sessions/new-session-page.tsx';
import { ProjectPage } from './sessions/project-page.tsx';
import { ProjectRail } from './sessions/rail.tsx';
import { SessionPage } from './sessions/session-page.tsx';
import { SessionRows } from './sessions/session-rows.tsx';
import * as sessions from './sessions/session-store.ts';
import { SessionsPage } from './sessions/sessions-page.tsx';
import { needsPerson } from './shell/activity.tsx';
import { Announcer } from './shell/announcer.tsx';
import { Frame } from './shell/frame.tsx';
import { lazy } from './shell/lazy.tsx';
import { MissingPage } from './shell/missing-page.tsx';
import { arriving, person, resume } from './shell/person.ts';
import { match, place } from './shell/router.ts';
import { Split } from './shell/split.tsx';
import { Failure, Skeleton } from './shell/states.tsx';
import { texts } from './shell/texts.ts';
import { Toasts } from './shell/toast.tsx';

// Markdown and what keeps it harmless are a third of the page, and needed on one page only.
export const Conversation = lazy(async () => (await import('./chat/conversation-view.tsx')).default);

type Page = (parts: Record<string, string>) => ComponentChildren;

const entrances: Record<string, Page> = {
  '/sign-in': () => <SignInPage />,
  '/setup': () => <SetupPage />,
};

const sessionPage = '/projects/:project/sessions/:session';

// The slices do not know each other. Where one page shows what another slice keeps, they are put together here.
const pages: Record<string, Page> = {
  '/': () => <Overview />,
  '/notifications': () => (
    <Split shows={sessionPage} show={SessionWithAll}>
      <NotificationsPage />
    </Split>
  ),
  '/sessions': () => <SessionsPage />,
  '/profile': () => <ProfilePage />,
  '/admin': () => <AdminPage />,
  '/admin/audit': () => <AuditPage />,
  '/new': () => <NewSessionPage />,
  '/chat': () => <ChatRedirect />,
  '/projects/:project': ({ project = '' }) => (
    <ProjectPage key={project} projectId={project} notifications={<PartOfInbox part={{ projectId: project }} />} />
  ),
  [sessionPage]: SessionWithAll,
};

function SessionWithAll({ project = '', session = '' }: Record<string, string>) {
  return (
    <>
      <SessionPage
        key={session}
        projectId={project}
        sessionId={session}
        notifications={<PartOfInbox part={{ sessionId: session }} />}
        conversationOf={shown => <Conversation session={shown} />}
        mergeOf={pullRequest => <MergeAction pullRequest={pullRequest} />}
      />
      <ReadByLooking sessionId={session} />
    </>
  );
}

const unresolved = { unresolvedOnly: true };

function Overview() {
  const ready = inbox.loading.value.state === 'ready';
  useEffect(() => {
    if (ready) void inbox.openView(unresolved);
  }, [ready]);
  const view = inbox.views.value[partKey(unresolved)];
  const isReading =
    inbox.loading.value.state === 'loading' ||
    (ready && (view === undefined || (view.problem === null && view.nextBeforeSeq === unreadSoFar))) ||
    !areMineKnown(sessions.sessions.value.filter(({ activity }) => needsPerson(activity)));
  return (
    <OverviewPage
      isReading={isReading}
      besideOf={list => (
        <Split shows={sessionPage} show={SessionWithAll}>
          {list}
        </Split>
      )}
      sessions={sessions.sessions.value}
      notifications={rowsOf(unresolved, inbox.views.value, inbox.rows.value)}
      loading={sessions.loading.value}
      onRetry={() => void sessions.reload()}
      markOf={notification => <PriorityMark tone={toneOf(notification)} />}
      actionsOf={notification => <Actions notification={notification} />}
      replyOf={notification => <Actions notification={notification} only="send-message" />}
      isMine={isMine}
      dismissOf={notification => <DismissButton notification={notification} />}
      sessionRows={shown => <SessionRows sessions={shown} />}
      tryIt={<TryIt isSecond />}
      newSession={(words, prompt) => <NewSessionLink words={words} prompt={prompt} />}
    />
  );
}

export function App() {
  return (
    <>
      <Current />
      <Toasts />
      <Announcer />
    </>
  );
}

function Current() {
  const { path } = place.value;
  const entrance = find(entrances, path);
  if (entrance !== null) return entrance;
  if (person.value === null) return null;
  if (person.value === undefined) return <Arriving />;
  return (
    <Frame
      bell={<Bell />}
      search={close => <Search onClose={close} />}
      railExtra={<ProjectRail />}
      notice={<OutboxNotice />}
    >
      {find(pages, path) ?? <MissingPage />}
    </Frame>
  );
}

/** Before it is known who is here: nothing of anybody may be shown, and that it is not known has to be said. */
function Arriving() {
  const state = arriving.value;
  return (
    <main class="page narrow" id="content">
      {state.state === 'failed' ? (
        <Failure title={texts.frame.arrivingFailed} problem={state.problem} onRetry={() => void resume()} />
      ) : (
        <Skeleton />
      )}
    </main>
  );
}

function find(among: Record<string, Page>, path: string): ComponentChildren {
  for (const [pattern, page] of Object.entries(among)) {
    const parts = match(pattern, path);
    if (parts !== null) return page(parts);
  }
  return null;
}
