import { texts } from '../shell/texts.ts';
import { onlyMine } from './mine.ts';

/** Mine or All: the same choice wherever sessions are listed. */
export function MineSwitch() {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would draw its own frame.
    <div class="switch" role="group" aria-label={texts.sessions.whose}>
      {[true, false].map(only => (
        <button
          key={String(only)}
          type="button"
          aria-pressed={onlyMine.value === only}
          onClick={() => {
            onlyMine.value = only;
          }}
        >
          {only ? texts.sessions.mine : texts.sessions.all}
        </button>
      ))}
    </div>
  );
}
