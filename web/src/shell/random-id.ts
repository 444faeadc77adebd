/** A name that nobody else has. Not crypto.randomUUID: it is missing on plain http, where many self-hosted servers live. */
export function randomId(bytes = 16): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), byte => byte.toString(16).padStart(2, '0')).join('');
}
