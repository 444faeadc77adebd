import { expect, it } from 'vitest';
import { reconnectPause } from './reconnect.ts';

it('reconnects at once, then doubles from one second to thirty', () => {
  const longest = [0, 1, 2, 3, 4, 5, 6, 7, 60].map(attempt => reconnectPause(attempt, () => 0));
  expect(longest).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

it('takes at most half away as jitter', () => {
  for (let attempt = 1; attempt < 80; attempt++) {
    const full = reconnectPause(attempt, () => 0);
    const least = reconnectPause(attempt, () => 0.999_999);
    expect(least).toBeGreaterThanOrEqual(full / 2);
    expect(least).toBeLessThan(full);
  }
});
