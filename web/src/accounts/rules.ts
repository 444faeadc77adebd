import { texts } from '../shell/texts.ts';

// The server has the last word on all of these; here they only save a round trip.

export function nameError(name: string): string | null {
  return /^[A-Za-z0-9._-]{1,40}$/.test(name) ? null : texts.entrance.nameWrong;
}

export function passwordError(password: string): string | null {
  if (password.length < 8) return texts.entrance.passwordShort;
  return password.length > 256 ? texts.entrance.passwordLong : null;
}

export function projectIdError(id: string): string | null {
  return /^[a-z0-9._-]{1,64}$/.test(id) ? null : texts.admin.projectIdWrong;
}

export function lengthError(text: string, most: number, words: string): string | null {
  const length = text.trim().length;
  return length >= 1 && length <= most ? null : words;
}
