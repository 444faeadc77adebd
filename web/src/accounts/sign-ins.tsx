import { useAction } from '../shell/action.ts';
import { api } from '../shell/api.ts';
import { signOut } from '../shell/person.ts';
import { useRemoteList } from '../shell/remote-list.ts';
import { texts } from '../shell/texts.ts';
import { now, relativeTime } from '../shell/time.ts';
import type { SignIn } from '../shell/wire.ts';
import { Item, Items, Section } from './section.tsx';

const words = texts.profile;

export function SignIns() {
  const list = useRemoteList<SignIn>('/sign-ins', (answer: { signIns: SignIn[] }) => answer.signIns);
  return (
    <Section title={words.signIns} help={words.signInsHelp}>
      <Items list={list}>{signIn => <SignInItem key={signIn.id} signIn={signIn} onEnded={list.reload} />}</Items>
    </Section>
  );
}

function SignInItem({ signIn, onEnded }: { signIn: SignIn; onEnded: () => Promise<void> }) {
  const action = useAction(onEnded);

  function end(): void {
    if (signIn.current) void signOut();
    else void action.run(() => api.delete(`/sign-ins/${encodeURIComponent(signIn.id)}`));
  }

  return (
    <Item action={action}>
      <div class="item-text">
        <p class="item-title">
          <bdi>{signIn.device}</bdi>
          {signIn.current ? <span class="tag">{words.current}</span> : null}
        </p>
        <p class="row-meta">
          <span>{words.lastUsed(relativeTime(signIn.lastSeenAt, now.value))}</span>
          <span>{words.signedIn(relativeTime(signIn.createdAt, now.value))}</span>
        </p>
      </div>
      <button
        type="button"
        class="button small"
        aria-label={words.endSignInOf(signIn.device)}
        aria-disabled={action.pending}
        onClick={end}
      >
        {words.endSignIn}
      </button>
    </Item>
  );
}
