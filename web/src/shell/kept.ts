import { type Signal, signal } from '@preact/signals';

/** What this browser remembers between visits, and until it is closed where storage is forbidden. */
export function kept<T>(
  key: string,
  read: (stored: string | null) => T,
  write: (value: T) => string | null,
): Signal<T> {
  const value = signal(read(stored(key)));
  let isFirst = true;
  value.subscribe(now => {
    // What nobody chose is not written down.
    if (isFirst) {
      isFirst = false;
      return;
    }
    const words = write(now);
    try {
      if (words === null) localStorage.removeItem(key);
      else localStorage.setItem(key, words);
    } catch {
      // Then it lasts as long as the page.
    }
  });
  return value;
}

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
