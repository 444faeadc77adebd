import { computed, effect, untracked } from '@preact/signals';
import { render } from 'preact';
import './shell/theme.ts';
import './shell/styles/tokens.css';
import './shell/styles/base.css';
import './shell/styles/controls.css';
import './shell/styles/frame.css';
import './notifications/notifications.css';
import './sessions/sessions.css';
import './chat/chat.css';
import './overview/overview.css';
import './accounts/accounts.css';
// After all that it speaks about.
import './shell/styles/forced-colors.css';
import { App, Conversation } from './app.tsx';
import { chatConnection } from './chat/conversations.ts';
import { startOutbox } from './chat/outbox-store.ts';
import * as inbox from './notifications/inbox-store.ts';
import * as pullRequests from './sessions/pull-requests.ts';
import * as sessions from './sessions/session-store.ts';
import { askAgainForSubscriptions } from './sessions/subscriptions.ts';
import { startKeyboard } from './shell/keyboard.ts';
import { forgetPerson } from './shell/leaving.ts';
import { endSignIn, person, startAccount } from './shell/person.ts';
import { readProjects } from './shell/projects.ts';
import { startRouter, waiting } from './shell/router.ts';
import { connection } from './shell/stream/connection.ts';
import { openSharedStream } from './shell/stream/shared-stream.ts';
import type { Change } from './shell/wire.ts';

const stores = [inbox, sessions];

/** From signing in to signing out: the stores are filled, follow the log, and are emptied again. */
function begin(personId: string): () => void {
  void readProjects();
  const stream = openSharedStream({
    personId,
    topics: 'notifications,sessions,prs',
    async readSnapshots() {
      const heads = await Promise.all(stores.map(store => store.reload()));
      const known = heads.filter(head => head !== null);
      return known.length === 0 ? null : Math.min(...known);
    },
    changed(change: Change) {
      for (const store of stores) store.accept(change);
      pullRequests.accept(change);
    },
    gap() {
      void readProjects();
      for (const store of stores) void store.reload();
      pullRequests.reload();
      askAgainForSubscriptions();
    },
    connection(state) {
      connection.value = state;
    },
    signInEnded: endSignIn,
  });
  const stopOutbox = startOutbox(personId);
  // Where the socket came through, the stream does as well.
  const stopWaking = effect(() => {
    if (chatConnection.value === 'live' && connection.peek() !== 'live') stream.wake();
  });

  return () => {
    stream.close();
    stopWaking();
    stopOutbox();
    forgetPerson();
  };
}

const personId = computed(() => person.value?.id ?? null);
let end: (() => void) | null = null;

effect(() => {
  const id = personId.value;
  // Not tracked: what the stores read while they start is no reason to start again.
  untracked(() => {
    end?.();
    end = id === null ? null : begin(id);
  });
});
effect(() => {
  waiting.value = inbox.unread.value;
});

startRouter();
startKeyboard();
startAccount();

const root = document.getElementById('app');
if (root !== null) render(<App />, root);

// While nothing else is to be done; by the time somebody opens a session, or is offline, it is there.
setTimeout(Conversation.preload, 2_000);
