import { texts } from '../shell/texts.ts';
import type { AgentDescription } from '../shell/wire.ts';

export interface AgentChoiceProps {
  agents: readonly AgentDescription[];
  chosen: string | null;
  onChoose: (name: string) => void;
}

/** One of the server's agents. What cannot run here says why, so that somebody can change it. */
export function AgentChoice({ agents, chosen, onChoose }: AgentChoiceProps) {
  return (
    <fieldset class="field">
      <legend>{texts.newSession.agent}</legend>
      {agents.length === 0 ? <p class="muted">{texts.newSession.noAgents}</p> : null}
      <div class="card agent-choice">
        {agents.map(({ name, title, unavailable }) => (
          <label key={name} class={unavailable === null ? 'check' : 'check unavailable'}>
            <input
              type="radio"
              name="agent"
              value={name}
              checked={name === chosen}
              disabled={unavailable !== null}
              onChange={() => onChoose(name)}
            />
            <span>
              <bdi>{title}</bdi>
              {unavailable === null ? null : <span class="field-help check-help">{unavailable}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
