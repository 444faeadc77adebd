import { type RemoteList, useRemoteList } from '../shell/remote-list.ts';
import type { AgentDescription } from '../shell/wire.ts';

/** The agents that the server can run, and why it cannot run the others. */
export function useAgents(): RemoteList<AgentDescription> {
  return useRemoteList('/agents', (answer: { agents: AgentDescription[] }) => answer.agents);
}
