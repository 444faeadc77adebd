import { signal } from '@preact/signals';
import { person } from './person.ts';

/** What was typed and not sent, by what it is for. It outlives a reload of the tab, and nobody else gets to see it. */
const drafts = signal<Readonly<Record<string, string>>>({});

function keyOf(what: string): string {
  return `carillon-draft ${person.peek()?.id ?? ''} ${what}`;
}

export function draftOf(what: string): string {
  const key = keyOf(what);
  return drafts.value[key] ?? stored(key);
}

export function setDraft(what: string, text: string): void {
  const key = keyOf(what);
  drafts.value = { ...drafts.peek(), [key]: text };
  try {
    if (text === '') sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    // Storage may be forbidden or full. Then it lasts as long as the page.
  }
}

function stored(key: string): string {
  try {
    return sessionStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}
