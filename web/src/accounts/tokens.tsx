import { useRef, useState } from 'preact/hooks';
import { useAction } from '../shell/action.ts';
import { api } from '../shell/api.ts';
import { CopyButton } from '../shell/copy.tsx';
import { ConfirmButton } from '../shell/dialog.tsx';
import { Choice, Field, Form, FormEnd } from '../shell/form.tsx';
import { person } from '../shell/person.ts';
import { missingProjects, projectName, projects } from '../shell/projects.ts';
import { useRemoteList } from '../shell/remote-list.ts';
import { texts } from '../shell/texts.ts';
import { now, relativeTime, shortTime } from '../shell/time.ts';
import { useForm } from '../shell/use-form.ts';
import type { CreatedToken, NewToken, Scope, Token } from '../shell/wire.ts';
import { lengthError } from './rules.ts';
import { Item, Items, Section } from './section.tsx';

const words = texts.profile;

/** Those that something needs today, as Scopes.Offered has them; TokenTests compares the two. */
const offeredScopes: readonly Scope[] = ['read', 'publish', 'run', 'admin'];

export function Tokens() {
  const list = useRemoteList<Token>('/tokens', (answer: { tokens: Token[] }) => answer.tokens);
  const [made, setMade] = useState<CreatedToken | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const form = (close: () => void) => (
    <TokenForm
      onClose={close}
      onMade={token => {
        close();
        setMade(token);
        void list.reload();
      }}
    />
  );
  return (
    <Section title={words.tokens} help={words.tokensHelp} adding={{ name: words.newToken, form, button }}>
      {made === null ? null : (
        <Secret
          token={made}
          onClose={() => {
            button.current?.focus();
            setMade(null);
          }}
        />
      )}
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

  async function revoke(): Promise<void> {
    const answer = await action.run(() => api.delete(`/tokens/${encodeURIComponent(token.id)}`));
    if (answer?.ok) onRevoked();
  }

  return (
    <Item action={action}>
      <div class="item-text">
        <p class="item-title">
          <bdi>{token.name}</bdi>
          {token.scopes.map(scope => (
            <span key={scope} class="tag">
              {texts.scope(scope).name}
            </span>
          ))}
        </p>
        <p class="row-meta">
          {token.projectId === null ? null : <span dir="auto">{projectName(token.projectId)}</span>}
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
      <ConfirmButton
        name={words.revoke}
        label={words.revokeOf(token.name)}
        title={words.revokeSure(token.name)}
        help={words.revokeHelp}
        action={action}
        onYes={() => void revoke()}
      />
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
  const offered = offeredScopes.filter(scope => scope !== 'admin' || person.value?.role === 'admin');
  const form = useForm({
    faults: {
      name: lengthError(name, 60, words.tokenNameWrong),
      scopes: scopes.length === 0 ? words.tokenScopesWrong : null,
    },
    send() {
      const wanted: NewToken = {
        name: name.trim(),
        scopes: offered.filter(scope => scopes.includes(scope)),
        ...(projectId === '' ? {} : { projectId }),
        ...(expiry === 'never' ? {} : { expiresAt: new Date(Date.now() + Number(expiry) * 86_400_000).toISOString() }),
      };
      return api.post<CreatedToken>('/tokens', wanted);
    },
    done: onMade,
  });

  return (
    <Form boxed form={form}>
      <Field
        label={words.tokenName}
        value={name}
        onValue={setName}
        help={words.tokenNameHelp}
        autocomplete="off"
        autofocus
        error={form.faults.name}
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
        {form.faults.scopes === null ? null : (
          <p class="field-error" role="alert">
            {form.faults.scopes}
          </p>
        )}
      </fieldset>
      <div class="form-pair">
        <Choice
          label={words.tokenProject}
          value={projectId}
          onValue={setProjectId}
          missing={missingProjects()}
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
      <FormEnd form={form} yes={words.createToken} onCancel={onClose} />
    </Form>
  );
}
