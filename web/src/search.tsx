import { useState } from 'preact/hooks';
import { markAllRead } from './notifications/inbox-changes.ts';
import { rows, search, unread } from './notifications/inbox-store.ts';
import { PriorityMark } from './notifications/priority-mark.tsx';
import { toneOf } from './notifications/tone.ts';
import { matchesSearch, targetOf } from './notifications/views.ts';
import { groupOf } from './sessions/groups.ts';
import { isMine } from './sessions/mine.ts';
import { sessionsWith, useEarlierWith } from './sessions/search.ts';
import { sessions } from './sessions/session-store.ts';
import { ActivityDot } from './shell/activity.tsx';
import { type Findable, type FindableGroup, Palette } from './shell/palette.tsx';
import { person, signOut } from './shell/person.ts';
import { projectName, projects } from './shell/projects.ts';
import { navigate, projectPath, sessionPath } from './shell/router.ts';
import { texts } from './shell/texts.ts';
import { type Theme, theme } from './shell/theme.ts';
import type { Notification, Session } from './shell/wire.ts';

const most = { sessions: 8, projects: 5, notifications: 6, commands: 6 };

/** Finds everything that this person can open or do, whichever slice keeps it. */
export function Search({ onClose }: { onClose: () => void }) {
  const [words, look] = useState('');
  useEarlierWith(words);
  return (
    <Palette
      onClose={onClose}
      onWords={look}
      groups={words === '' ? atFirst() : [...thingsWith(words), commands(words), inNotifications(words)]}
    />
  );
}

/** Before a word was typed: what waits for this person, where they were, and what can be done. */
function atFirst(): FindableGroup[] {
  const live = sessions.value;
  const needs = live.filter(session => groupOf(session, isMine(session)) === 'needs');
  const recent = live.filter(session => isMine(session) && !needs.includes(session));
  return [
    group(texts.overview.needsYou, needs.slice(0, most.sessions).map(findableSession)),
    group(texts.search.recent, recent.slice(0, most.projects).map(findableSession)),
    commands(''),
  ];
}

function thingsWith(words: string): FindableGroup[] {
  const asked = words.toLocaleLowerCase();
  return [
    group(texts.sessions.title, sessionsWith(words).slice(0, most.sessions).map(findableSession)),
    group(
      texts.frame.projects,
      (projects.value ?? [])
        .filter(({ id, name }) => `${id} ${name}`.toLocaleLowerCase().includes(asked))
        .slice(0, most.projects)
        .map(({ id, name }) => ({ key: `project-${id}`, name, does: projectPath(id) })),
    ),
    group(
      texts.notifications.title,
      rows.value
        .filter(row => row.archivedAt === null && matchesSearch(row, words))
        .slice(0, most.notifications)
        .map(row => findableNotification(row, words)),
    ),
  ];
}

function findableSession(session: Session): Findable {
  return {
    key: `session-${session.id}`,
    name: session.title,
    hint: texts.search.sessionIn(projectName(session.projectId), session.owner),
    mark: <ActivityDot session={session} />,
    does: sessionPath(session.projectId, session.id),
  };
}

function findableNotification(notification: Notification, words: string): Findable {
  const { title, message } = notification.event;
  return {
    key: `notification-${notification.id}`,
    name: title ?? message,
    hint: title === null ? undefined : message,
    mark: <PriorityMark tone={toneOf(notification)} />,
    does: targetOf(notification) ?? (() => showNotificationsWith(words)),
  };
}

/** What is loaded may not be all that there is. */
function inNotifications(words: string): FindableGroup {
  return group(texts.search.further, [
    { key: 'in-notifications', name: texts.search.inNotifications(words), does: () => showNotificationsWith(words) },
  ]);
}

function showNotificationsWith(words: string): void {
  search.value = words;
  navigate('/notifications?tab=all');
}

function commands(words: string): FindableGroup {
  const asked = words.toLocaleLowerCase();
  const all: Findable[] = [
    { key: 'new', name: texts.newSession.title, hint: 'c', does: '/new' },
    { key: 'overview', name: texts.keys.overview, hint: 'g o', does: '/' },
    { key: 'sessions', name: texts.keys.sessions, hint: 'g s', does: '/sessions' },
    { key: 'notifications', name: texts.keys.notifications, hint: 'g n', does: '/notifications' },
    ...(unread.value > 0
      ? [{ key: 'read', name: texts.notifications.markAll, does: () => void markAllRead(null) }]
      : []),
    { key: 'profile', name: texts.frame.profile, does: '/profile' },
    ...(person.value?.role === 'admin'
      ? [
          { key: 'admin', name: texts.frame.administration, does: '/admin' },
          { key: 'audit', name: texts.audit.title, does: '/admin/audit' },
        ]
      : []),
    ...(['light', 'dark', 'system'] as const)
      .filter(choice => choice !== theme.value)
      .map(choice => ({ key: `theme-${choice}`, name: texts.search.theme(choice), does: () => choose(choice) })),
    { key: 'sign-out', name: texts.frame.signOut, does: () => void signOut() },
  ];
  return group(
    texts.search.commands,
    all.filter(({ name }) => name.toLocaleLowerCase().includes(asked)).slice(0, most.commands),
  );
}

function choose(choice: Theme): void {
  theme.value = choice;
}

function group(name: string, items: Findable[]): FindableGroup {
  return { name, items };
}
