const forgets = new Set<() => void>();

/** What is kept of one person says here how it is forgotten: the next person at this browser must find nothing of it. */
export function whenPersonLeaves(forget: () => void): void {
  forgets.add(forget);
}

export function forgetPerson(): void {
  for (const forget of forgets) forget();
}
