import { Dialog } from './dialog.tsx';
import { modName } from './keyboard.ts';
import { texts } from './texts.ts';

const keys: [string[], string][] = [
  [['g', 'o'], texts.keys.overview],
  [['g', 's'], texts.keys.sessions],
  [['g', 'n'], texts.keys.notifications],
  [['c'], texts.keys.newSession],
  [['m'], texts.keys.write],
  [['j'], texts.keys.next],
  [['k'], texts.keys.previous],
  [['Enter'], texts.keys.open],
  [['e'], texts.keys.dismiss],
  [['r'], texts.keys.read],
  [['/'], texts.keys.search],
  [[`${modName} K`], texts.keys.searchAll],
  [['?'], texts.keys.help],
];

export function KeyList({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={texts.keys.title} onClose={onClose}>
      <dl class="keys">
        {keys.map(([strokes, means]) => (
          <div key={means}>
            <dt>
              {strokes.map((stroke, index) => (
                <span key={stroke}>
                  {index > 0 ? <span class="muted"> {texts.keys.afterwards} </span> : null}
                  <kbd>{stroke}</kbd>
                </span>
              ))}
            </dt>
            <dd>{means}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
