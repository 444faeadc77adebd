import { place, sessionPath } from '../shell/router.ts';
import { texts } from '../shell/texts.ts';
import { now, relativeTime } from '../shell/time.ts';
import { confirm, discard, inQuestion, waiting } from './outbox-store.ts';

/** What the outbox has to ask or say, on whatever page the person is. */
export function OutboxNotice() {
  return (
    <>
      <Question />
      <Refused />
    </>
  );
}

/** What waited for hours may not be what the person wants to say now. */
function Question() {
  const messages = inQuestion.value;
  const [oldest] = messages;
  if (oldest === undefined) return null;
  const since = relativeTime(new Date(oldest.writtenAt).toISOString(), now.value);
  return (
    <div class="frame-notice" data-testid="outbox-question">
      <p>{texts.chat.questionSince(messages.length, since)}</p>
      <div class="form-foot">
        <button type="button" class="button small primary" onClick={() => void confirm(messages)}>
          {texts.chat.send}
        </button>
        <button type="button" class="button small" onClick={() => void discard(messages)}>
          {texts.chat.discard}
        </button>
      </div>
    </div>
  );
}

/** A message that no server will take, in a session that is not the one on the screen. */
function Refused() {
  const elsewhere = waiting.value.filter(
    ({ refusal, projectId, sessionId }) => refusal !== null && place.value.path !== sessionPath(projectId, sessionId),
  );
  const [first] = elsewhere;
  if (first === undefined) return null;
  return (
    <div class="frame-notice" role="status">
      <p>{texts.chat.refused(elsewhere.length)}</p>
      <a class="button small" href={sessionPath(first.projectId, first.sessionId)}>
        {texts.chat.look}
      </a>
    </div>
  );
}
