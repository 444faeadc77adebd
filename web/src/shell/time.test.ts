// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { dayName, isToday, relativeTime } from './time.ts';

const at = new Date(2026, 10, 21, 15, 30, 0).getTime();
const ago = (seconds: number) => new Date(at - seconds * 1_000).toISOString();

describe('Relative time', () => {
  it.each([
    [0, 'just now'],
    [44, 'just now'],
    [-30, 'just now'],
    [46, '1 min. ago'],
    [60, '1 min. ago'],
    [5 * 60 + 10, '5 min. ago'],
    [59 * 60, '59 min. ago'],
    [60 * 60, '1 hr. ago'],
    [3 * 3_600 + 600, '3 hr. ago'],
    [24 * 3_600, 'yesterday'],
    [3 * 86_400, '3 days ago'],
    [10 * 86_400, 'Nov 11'],
    [400 * 86_400, 'Oct 17, 2025'],
  ])('of %d seconds ago reads "%s"', (seconds, words) => {
    expect(relativeTime(ago(seconds), at)).toBe(words);
  });

  it('counts calendar days, not spans of 24 hours', () => {
    expect(relativeTime(new Date(2026, 10, 19, 23, 50).toISOString(), at)).toBe('2 days ago');
  });
});

describe('Day names', () => {
  it('names today and yesterday, then the date', () => {
    expect(dayName(ago(0), at)).toBe('Today');
    expect(dayName(ago(15 * 3_600), at)).toBe('Today');
    expect(dayName(ago(16 * 3_600), at)).toBe('Yesterday');
    expect(dayName(ago(5 * 86_400), at)).toBe('Monday, November 16');
    expect(dayName(ago(400 * 86_400), at)).toBe('October 17, 2025');
    expect(isToday(ago(60), at)).toBe(true);
    expect(isToday(ago(86_400), at)).toBe(false);
  });
});
