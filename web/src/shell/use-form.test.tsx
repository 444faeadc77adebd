// @vitest-environment happy-dom
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Answer } from './api.ts';
import { type FormState, useForm } from './use-form.ts';

const root = document.createElement('div');
let form: FormState<'name'>;
let name: string;
let sent: ((answer: Answer<string>) => void)[];
let done: string[];

function Probe() {
  form = useForm({
    faults: { name: name === '' ? 'Enter a name.' : null },
    send: () => new Promise<Answer<string>>(resolve => sent.push(resolve)),
    done: value => done.push(value),
    about: { NAME_TAKEN: 'name' },
    words: ({ code }) => code,
  });
  return null;
}

const draw = () => act(() => render(<Probe />, root));
const submit = () => act(() => form.submit());
function answer(words: Answer<string>): Promise<void> {
  sent.pop()?.(words);
  return vi.waitFor(() => expect(form.isDone || form.refusal !== null || form.faults.name !== null).toBe(true));
}
const refusal = (code: string): Answer<string> => ({
  ok: false,
  problem: { status: 409, code, title: '', detail: null, retryAfterSeconds: null },
});

beforeEach(() => {
  name = '';
  sent = [];
  done = [];
  return draw();
});

afterEach(() => render(null, root));

it('says what is wrong with a field once the form was sent, and sends nothing', async () => {
  expect(form.faults.name).toBeNull();
  await submit();
  expect(form.faults.name).toBe('Enter a name.');
  expect(sent).toEqual([]);
});

it('sends once, however often it is pressed', async () => {
  name = 'ada';
  await draw();
  await submit();
  await submit();
  expect(sent).toHaveLength(1);
  expect(form.pending).toBe(true);
  await answer({ ok: true, value: 'made' });
  expect(done).toEqual(['made']);
  expect(form).toMatchObject({ pending: false, isDone: true, refusal: null });
});

it('says a refusal beside the field that it is about, and any other at the end', async () => {
  name = 'ada';
  await draw();
  await submit();
  await answer(refusal('NAME_TAKEN'));
  expect(form).toMatchObject({ faults: { name: 'NAME_TAKEN' }, refusal: null, isDone: false });
  await submit();
  expect(form.faults.name).toBeNull();
  await answer(refusal('DISK_FULL'));
  expect(form).toMatchObject({ faults: { name: null }, refusal: 'DISK_FULL' });
  await act(() => form.forgive());
  expect(form.refusal).toBeNull();
});
