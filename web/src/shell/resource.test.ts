import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Answer } from './api.ts';
import { forgetPerson } from './leaving.ts';
import { resource } from './resource.ts';

const broken: Answer<string> = {
  ok: false,
  problem: { status: 503, code: 'HTTP_503', title: '', detail: null, retryAfterSeconds: null },
};
const answered = (value: string): Answer<string> => ({ ok: true, value });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  forgetPerson();
  vi.useRealTimers();
});

it('says that it failed, keeps what it had, and tries again', async () => {
  const answers = [answered('one'), broken, answered('two')];
  const list = resource(async () => answers.shift() ?? broken);
  expect(list.loading.value.state).toBe('loading');
  await list.read();
  expect([list.value.value, list.loading.value.state]).toEqual(['one', 'ready']);
  await list.read();
  expect([list.value.value, list.loading.value.state]).toEqual(['one', 'failed']);
  await vi.runOnlyPendingTimersAsync();
  expect([list.value.value, list.loading.value.state]).toEqual(['two', 'ready']);
});

it('takes no older answer for a newer one', async () => {
  const waiting: ((answer: Answer<string>) => void)[] = [];
  const list = resource(() => new Promise<Answer<string>>(resolve => waiting.push(resolve)));
  const reads = [list.read(), list.read()];
  waiting[1]?.(answered('newer'));
  waiting[0]?.(answered('older'));
  await Promise.all(reads);
  expect(list.value.value).toBe('newer');
});

it('forgets with the person, also what is still on its way', async () => {
  let resolve: (answer: Answer<string>) => void = () => {};
  const list = resource(() => new Promise<Answer<string>>(done => (resolve = done)));
  const read = list.read();
  forgetPerson();
  resolve(answered('of somebody else'));
  await read;
  expect([list.value.value, list.loading.value.state]).toEqual([null, 'loading']);
});
