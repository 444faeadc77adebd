import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useAction } from '../shell/action.ts';
import { api } from '../shell/api.ts';
import { CopyButton } from '../shell/copy.tsx';
import { ActionProblem, Choice } from '../shell/form.tsx';
import { person } from '../shell/person.ts';
import { texts } from '../shell/texts.ts';
import type { CreatedToken, Session } from '../shell/wire.ts';
import { type HookedAgent, hookedAgents, pasteBlock } from './connect.ts';

const words = texts.overview;

/** Whether the person has begun nothing yet: has neither a session nor a token. Null until that is known. */
export function useIsNew(sessions: readonly Session[], isReady: boolean): boolean | null {
  const [hasToken, setHasToken] = useState<boolean | null>(null);
  const owns = sessions.some(({ owner }) => owner === person.value?.name);
  const asks = isReady && !owns;

  useEffect(() => {
    if (!asks) return;
    let isGone = false;
    // Who cannot be told is no newcomer: the way in must not stand in the way.
    void api
      .get<{ tokens: unknown[] }>('/tokens')
      .then(answer => isGone || setHasToken(!answer.ok || answer.value.tokens.length > 0));
    return () => {
      isGone = true;
    };
  }, [asks]);

  return owns ? false : hasToken === null ? null : !hasToken;
}

/** The first page of somebody who has nothing yet: three ways to begin, each of which works as it stands. `docs/start/first-run.md` has the same. */
export function Start({ start, samples }: { start: ComponentChildren; samples: ComponentChildren }) {
  return (
    <section class="card start">
      <p>{words.empty}</p>
      <ol>
        <li>
          <h2>{words.startTitle}</h2>
          <p class="muted">{words.startHelp}</p>
          {start}
        </li>
        <li>
          <h2>{words.samplesTitle}</h2>
          {samples}
        </li>
        <li>
          <h2>{words.connectTitle}</h2>
          <Connect />
        </li>
      </ol>
    </section>
  );
}

function Connect() {
  const [agent, setAgent] = useState<HookedAgent>('claude-code');
  const [token, setToken] = useState<string | null>(null);
  const action = useAction();
  const name = hookedAgents[agent];

  async function make(): Promise<void> {
    const answer = await action.run(() => api.post<CreatedToken>('/tokens', { name, scopes: ['publish'] }));
    if (answer?.ok) setToken(answer.value.token);
  }

  return (
    <>
      <p class="muted">{words.connectHelp}</p>
      <div class="start-choice">
        <Choice<HookedAgent>
          label={words.connectAgent}
          value={agent}
          options={Object.entries(hookedAgents).map(([value, name]) => ({ value: value as HookedAgent, name }))}
          onValue={setAgent}
        />
        {token === null ? (
          <button type="button" class="button" aria-disabled={action.pending} onClick={() => void make()}>
            {action.pending ? <i class="busy" aria-hidden="true" /> : null}
            {words.connect}
          </button>
        ) : null}
      </div>
      <ActionProblem action={action} />
      {token === null ? null : <Commands agent={agent} token={token} />}
    </>
  );
}

function Commands({ agent, token }: { agent: HookedAgent; token: string }) {
  const block = useRef<HTMLElement>(null);
  const text = pasteBlock(agent, token, location.origin);
  // The button that made it is gone, and the focus would be nowhere.
  useEffect(() => block.current?.focus(), []);
  return (
    <section class="start-commands" ref={block} tabIndex={-1} aria-label={words.connectCommands}>
      <p>{words.connectPaste(hookedAgents[agent])}</p>
      <div class="command">
        <code class="command-lines" data-testid="connect-commands">
          {text}
        </code>
        <CopyButton text={text} primary />
      </div>
      <p class="muted">{words.connectOnce}</p>
    </section>
  );
}
