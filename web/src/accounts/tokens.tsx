import { useState } from 'preact/hooks';
import { useAction } from '../shell/action.ts';
import { api } from '../shell/api.ts';
import { CopyButton } from '../shell/copy.tsx';
import { Confirm } from '../shell/dialog.tsx';
import { Choice, Field, Form, FormError } from '../shell/form.tsx';
import { person } from '../shell/person.ts';
import { problemWords } from '../shell/problem-words.ts';
import { projectName, projects } from '../shell/projects.ts';
import { useRemoteList } from '../shell/remote-list.ts';
import { texts } from '../shell/texts.ts';
import { now, relativeTime, shortTime } from '../shell/time.ts';
import type { CreatedToken, NewToken, Scope, Token } from '../shell/wire.ts';
import { lengthError } from './rules.ts';
import { Item, Items, Section } from './section.tsx';

const words = texts.profile;

export function Tokens() {
  const list = useRemoteList<Token>('/tokens', (answer: { tokens: Token[] }) => answer.tokens);
  const [making, make] = useState(false);
  const [made, setMade] = useState<CreatedToken | null>(null);
  const newToken = (
    <button type="button" class="button" aria-expanded={making} onClick={() => make(!making)}>
      {words.newToken}
    </button>
  );
  return (
    <Section title={words.tokens} help={words.tokensHelp} side={newToken}>
      {making ? (
        <TokenForm
          onClose={() => make(false)}
          onMade={token => {
            make(false);
            setMade(token);
            void list.reload();
          }}
        />
      ) : null}
      {made === null ? null : <Secret token={made} onClose={() => setMade(null)} />}
      <Items list={list} none={words.noTokens}>
        {token => (
          <TokenItem
            key={token.id}
            token={token}
            onRevoked={() => {
              if (made?.id === token.id) setMade(null);
            }}
            onChanged={list.reload}
          />
        )}
      </Items>
    </Section>
  );
}

interface TokenItemProps {
  token: Token;
  onRevoked: () => void;
  onChanged: () => Promise<void>;
}

function TokenItem({ token, onRevoked, onChanged }: TokenItemProps) {
  const action = useAction(onChanged);
  const [revoking, askToRevoke] = useState(false);

  async function revoke(): Promise<void> {
    const answer = await action.run(() => api.delete(`/tokens/${encodeURIComponent(token.id)}`));
    if (answer?.ok) onRevoked();
  }

  return (
    <Item action={action}>
      <div class="item-text">
        <p class="item-title">
          {token.name}
          {token.scopes.map(scope => (
            <span key={scope} class="tag">
              {texts.scope(scope).name}
            </span>
          ))}
        </p>
        <p class="row-meta">
          {token.projectId === null ? null : <span>{projectName(token.projectId)}</span>}
          <span>
            {token.lastUsedAt === null ? words.tokenUnused : words.tokenUsed(relativeTime(token.lastUsedAt, now.value))}
          </span>
          {token.expiresAt === null ? null : (
            <span>
              {Date.parse(token.expiresAt) < now.value ? words.tokenEnded : words.tokenEnds(shortTime(token.expiresAt))}
            </span>
          )}
        </p>
      </div>
      <button
        type="button"
        class="button small"
        aria-label={words.revokeOf(token.name)}
        aria-disabled={action.pending}
        onClick={() => !action.pending && askToRevoke(true)}
      >
        {words.revoke}
      </button>
      {revoking ? (
        <Confirm
          title={words.revokeSure(token.name)}
          help={words.revokeHelp}
          yes={words.revoke}
          onYes={() => void revoke()}
          onClose={() => askToRevoke(false)}
        />
      ) : null}
    </Item>
  );
}

function Secret({ token, onClose }: { token: CreatedToken; onClose: () => void }) {
  return (
    <div class="card secret" role="status">
      <p>{words.tokenMade}</p>
      <div class="command">
        <code data-testid="token-secret">{token.token}</code>
        <CopyButton text={token.token} primary />
      </div>
      <button type="button" class="button" onClick={onClose}>
        {words.tokenDone}
      </button>
    </div>
  );
}

type Expiry = 'never' | '7' | '30' | '90' | '365';
const expiries: Expiry[] = ['never', '7', '30', '90', '365'];

function TokenForm({ onClose, onMade }: { onClose: () => void; onMade: (token: CreatedToken) => void }) {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<Scope[]>(['publish']);
  const [projectId, setProjectId] = useState('');
  const [expiry, setExpiry] = useState<Expiry>('never');
  const [tried, setTried] = useState(false);
  const { pending, problem, run } = useAction();
  const offered: Scope[] =
    person.value?.role === 'admin' ? ['read', 'publish', 'tickets', 'admin'] : ['read', 'publish', 'tickets'];
  const wrongName = lengthError(name, 60, words.tokenNameWrong);

  async function submit(): Promise<void> {
    setTried(true);
    if (wrongName !== null || scopes.length === 0) return;
    const wanted: NewToken = {
      name: name.trim(),
      scopes: offered.filter(scope => scopes.includes(scope)),
      ...(projectId === '' ? {} : { projectId }),
      ...(expiry === 'never' ? {} : { expiresAt: new Date(Date.now() + Number(expiry) * 86_400_000).toISOString() }),
    };
    const answer = await run(() => api.post<CreatedToken>('/tokens', wanted));
    if (answer?.ok) onMade(answer.value);
  }

  return (
    <Form boxed onSubmit={() => void submit()}>
      <Field
        label={words.tokenName}
        value={name}
        onValue={setName}
        help={words.tokenNameHelp}
        autocomplete="off"
        autofocus
        error={tried ? wrongName : null}
      />
      <fieldset>
        <legend>{words.tokenScopes}</legend>
        {offered.map(scope => (
          <label key={scope} class="check">
            <input
              type="checkbox"
              checked={scopes.includes(scope)}
              onChange={event =>
                setScopes(event.currentTarget.checked ? [...scopes, scope] : scopes.filter(other => other !== scope))
              }
            />
            <span>
              {texts.scope(scope).name} <span class="muted">{texts.scope(scope).means}</span>
            </span>
          </label>
        ))}
        {tried && scopes.length === 0 ? (
          <p class="field-error" role="alert">
            {words.tokenScopesWrong}
          </p>
        ) : null}
      </fieldset>
      <div class="form-pair">
        <Choice
          label={words.tokenProject}
          value={projectId}
          onValue={setProjectId}
          options={[
            { value: '', name: words.tokenEveryProject },
            ...(projects.value ?? []).map(project => ({ value: project.id, name: project.name })),
          ]}
        />
        <Choice
          label={words.tokenExpires}
          value={expiry}
          onValue={setExpiry}
          options={expiries.map(value => ({
            value,
            name: value === 'never' ? words.tokenNever : words.tokenDays(Number(value)),
          }))}
        />
      </div>
      <FormError>{problem === null ? null : problemWords(problem)}</FormError>
      <div class="form-foot">
        <button type="submit" class="button primary" aria-disabled={pending}>
          {words.createToken}
        </button>
        <button type="button" class="button" onClick={onClose}>
          {texts.common.cancel}
        </button>
      </div>
    </Form>
  );
}
