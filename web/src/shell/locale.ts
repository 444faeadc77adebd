/** The words are English; how dates, clocks and numbers are written is a matter of where one is. */
export function localeFor(language: string): string {
  try {
    const { region } = new Intl.Locale(language).maximize();
    return region === undefined ? 'en' : `en-${region}`;
  } catch {
    // Some system's own name of a language, such as "C".
    return 'en';
  }
}

export const locale = localeFor(navigator.language);
