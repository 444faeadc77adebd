import type { ComponentChildren } from 'preact';
import favicon from '../shell/favicon.svg';
import { texts } from '../shell/texts.ts';

/** The one column of sign-in and set-up. */
export function Entrance({ title, help, children }: { title: string; help?: string; children: ComponentChildren }) {
  return (
    <main class="entrance" id="content">
      <img src={favicon} alt="" width="40" height="40" />
      <h1 tabIndex={-1}>{title}</h1>
      {help === undefined ? <p class="visually-hidden">{texts.product}</p> : <p class="muted">{help}</p>}
      {children}
    </main>
  );
}
