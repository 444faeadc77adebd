import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { api } from './api.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('fetch', (_address: string, { signal }: { signal: AbortSignal }) => {
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('gives up on an answer that does not come', async () => {
  const answer = api.get('/me');
  await vi.advanceTimersByTimeAsync(30_000);
  expect(await answer).toMatchObject({ ok: false, problem: { code: 'UNREACHABLE' } });
});

it('ends a request that is taken back', async () => {
  const control = new AbortController();
  const answer = api.post('/messages', {}, { control });
  control.abort();
  expect(await answer).toMatchObject({ ok: false, problem: { code: 'UNREACHABLE' } });
});

it('does not take a mistake of the page for a lost connection', async () => {
  const endless: { self?: unknown } = {};
  endless.self = endless;
  await expect(api.post('/messages', endless)).rejects.toThrow(TypeError);
});
