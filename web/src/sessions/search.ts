import { useEffect } from 'preact/hooks';
import { api, query } from '../shell/api.ts';
import { projectName } from '../shell/projects.ts';
import type { Session, SessionList } from '../shell/wire.ts';
import { hasWords } from './groups.ts';
import { addSessions, sessions } from './session-store.ts';

const pause = 250;
const mostFound = 100;
/** The server takes no more; what is loaded is compared with all of them. */
const mostAsked = 200;

/** The sessions that have the words, the newest first, as far as they are loaded. */
export function sessionsWith(words: string): Session[] {
  return sessions.value.filter(session => hasWords(session, words, projectName(session.projectId)));
}

/** What is not loaded yet is looked for at the server, once somebody stops typing, and joins what is loaded. */
export function useEarlierWith(words: string, projectId: string | null = null): void {
  useEffect(() => {
    if (words === '') return;
    let isOver = false;
    const timer = setTimeout(async () => {
      const answer = await api.get<SessionList>(
        `/sessions${query({ q: words.slice(0, mostAsked), projectId, limit: mostFound })}`,
      );
      // Without an answer what is loaded is searched all the same.
      if (!isOver && answer.ok) addSessions(answer.value.sessions);
    }, pause);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [words, projectId]);
}
