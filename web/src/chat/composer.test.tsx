// @vitest-environment happy-dom
import 'fake-indexeddb/auto';
import { render } from 'preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setDraft } from '../shell/drafts.ts';
import type { Session } from '../shell/wire.ts';
import { Composer, draftName } from './composer.tsx';
import * as outbox from './outbox-store.ts';

const session = { id: 's1', projectId: 'p', agent: 'demo' } as Session;
const stopped = vi.fn();
let said: string[];
let isKept: boolean;

beforeEach(() => {
  said = [];
  isKept = true;
  stopped.mockClear();
  setDraft(draftName('s1'), '');
  vi.spyOn(outbox, 'say').mockImplementation(async (_project, _session, text) => {
    said.push(text);
    return isKept;
  });
});

afterEach(() => {
  render(null, document.body);
  vi.restoreAllMocks();
});

function show(isRunning = false): void {
  render(
    <Composer session={session} isRunning={isRunning} isStopping={false} onSaid={() => {}} onStop={stopped} />,
    document.body,
  );
}

const field = () => document.querySelector('textarea') as HTMLTextAreaElement;
const button = (name: string) => document.querySelector(`[aria-label="${name}"]`) as HTMLButtonElement;
const settled = () => new Promise(resolve => requestAnimationFrame(resolve));

async function type(text: string): Promise<void> {
  field().value = text;
  field().dispatchEvent(new Event('input', { bubbles: true }));
  await settled();
}

async function press(how: KeyboardEventInit & { key: string }): Promise<boolean> {
  const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...how });
  field().dispatchEvent(event);
  await settled();
  return event.defaultPrevented;
}

describe('the keyboard', () => {
  it('sends with Enter, and empties the field', async () => {
    show();
    await type('  hello  ');
    await press({ key: 'Enter' });
    expect(said).toEqual(['hello']);
    expect(field().value).toBe('');
  });

  it('makes a new line with Shift and Enter, and while an input method composes', async () => {
    show();
    await type('hello');
    expect(await press({ key: 'Enter', shiftKey: true })).toBe(false);
    expect(await press({ key: 'Enter', isComposing: true })).toBe(false);
    expect(said).toEqual([]);
  });

  it('sends nothing that is empty or too long', async () => {
    show();
    await type('   ');
    await press({ key: 'Enter' });
    await type('x'.repeat(65_537));
    await press({ key: 'Enter' });
    expect(said).toEqual([]);
    expect(document.body.textContent).toContain('1 character too many');
  });
});

describe('the buttons', () => {
  it('stop and send beside each other while the agent works', async () => {
    show(true);
    button('Stop').click();
    await settled();
    expect(stopped).toHaveBeenCalledOnce();
    await type('go on');
    button('Send').click();
    await settled();
    expect(said).toEqual(['go on']);
    expect(stopped).toHaveBeenCalledOnce();
  });

  it('are one while nothing runs', () => {
    show();
    expect(document.querySelectorAll('button').length).toBe(1);
  });
});

it('is emptied only when the words are kept, and keeps what was typed meanwhile', async () => {
  let kept = (_: boolean) => {};
  vi.mocked(outbox.say).mockImplementation(async (_project, _session, text) => {
    said.push(text);
    return new Promise(resolve => {
      kept = resolve;
    });
  });
  show();
  await type('first');
  await press({ key: 'Enter' });
  await press({ key: 'Enter' });
  expect(field().value).toBe('first');
  await type('first and second');
  kept(true);
  await settled();
  await settled();
  expect(field().value).toBe('and second');
  expect(said).toEqual(['first']);
});

it('keeps what could not be kept elsewhere, and says so', async () => {
  isKept = false;
  show();
  await type('first');
  await press({ key: 'Enter' });
  await settled();
  expect(field().value).toBe('first');
  expect(document.querySelector('[role="alert"]')?.textContent).toContain('could not store');
});
