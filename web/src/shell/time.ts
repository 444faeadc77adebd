import { signal } from '@preact/signals';
import { locale } from './locale.ts';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
const dayOfThisYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
const dayOfAnotherYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
const weekdayOfAnotherYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' });
const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' });
const shortExact = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });

/** The present, moving on every 20 seconds while somebody looks. */
export const now = signal(Date.now());

const tick = () => {
  if (document.visibilityState === 'visible') now.value = Date.now();
};
setInterval(tick, 20_000);
document.addEventListener('visibilitychange', tick);

/** "just now", "5 min. ago", "3 hr. ago", "yesterday", then the date. */
export function relativeTime(iso: string, at: number): string {
  const then = new Date(iso);
  const seconds = Math.round((then.getTime() - at) / 1_000);
  const past = -seconds;
  // The server's clock may run a little ahead of this one.
  if (Math.abs(seconds) < 45) return 'just now';
  if (Math.abs(past) < 59.5 * minute) return relative.format(Math.round(seconds / minute), 'minute');
  if (Math.abs(past) < 23.5 * hour) return relative.format(Math.round(seconds / hour), 'hour');
  if (Math.abs(past) < 6.5 * day) return relative.format(-calendarDaysBetween(then, new Date(at)), 'day');
  return sameYear(then, new Date(at)) ? dayOfThisYear.format(then) : dayOfAnotherYear.format(then);
}

/** The words that separate the days of a list. */
export function dayName(iso: string, at: number): string {
  const then = new Date(iso);
  const today = new Date(at);
  const days = calendarDaysBetween(then, today);
  if (days <= 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return sameYear(then, today) ? weekday.format(then) : weekdayOfAnotherYear.format(then);
}

export function exactTime(iso: string): string {
  return exact.format(new Date(iso));
}

export function shortTime(iso: string): string {
  return shortExact.format(new Date(iso));
}

const minutes = new Intl.NumberFormat(locale, { style: 'unit', unit: 'minute', unitDisplay: 'short' });
const hours = new Intl.NumberFormat(locale, { style: 'unit', unit: 'hour', unitDisplay: 'short' });
const days = new Intl.NumberFormat(locale, { style: 'unit', unit: 'day', unitDisplay: 'long' });

/** How long something has lasted: "under 1 min", "12 min", "2 hr 5 min", "3 days". */
export function spanWords(milliseconds: number): string {
  const whole = Math.floor(milliseconds / (minute * 1_000));
  if (whole < 1) return `under ${minutes.format(1)}`;
  if (whole < 60) return minutes.format(whole);
  if (whole < 24 * 60) {
    const rest = whole % 60;
    return rest === 0 ? hours.format(whole / 60) : `${hours.format(Math.floor(whole / 60))} ${minutes.format(rest)}`;
  }
  return days.format(Math.floor(whole / (24 * 60)));
}

/** What is left of a wait, to be shown every second: "0:42", "12:05", "1:02:05". */
export function countdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1_000));
  const two = (value: number) => String(value).padStart(2, '0');
  const [inHours, inMinutes] = [Math.floor(seconds / hour), Math.floor((seconds % hour) / minute)];
  return inHours > 0
    ? `${inHours}:${two(inMinutes)}:${two(seconds % minute)}`
    : `${inMinutes}:${two(seconds % minute)}`;
}

export function isToday(iso: string, at: number): boolean {
  return calendarDaysBetween(new Date(iso), new Date(at)) === 0;
}

function calendarDaysBetween(earlier: Date, later: Date): number {
  // Midnights in UTC of the local dates: daylight saving makes some local days 23 or 25 hours long.
  const from = Date.UTC(earlier.getFullYear(), earlier.getMonth(), earlier.getDate());
  const to = Date.UTC(later.getFullYear(), later.getMonth(), later.getDate());
  return Math.round((to - from) / (day * 1_000));
}

function sameYear(one: Date, other: Date): boolean {
  return one.getFullYear() === other.getFullYear();
}
