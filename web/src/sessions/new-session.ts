import { plainLine } from '../shell/plain-text.ts';

// The rules of the form for a new session.

export const longestTitle = 80;
const longestProjectId = 64;

/** A title out of the first line of what the agent is asked, cut between words. */
export function suggestTitle(message: string): string {
  const line =
    message
      .split('\n')
      .map(words => plainLine(words.replace(/^[#>*\-\s]+/, '')))
      .find(words => words !== '') ?? '';
  if (line.length <= longestTitle) return line;
  const cut = line.slice(0, longestTitle - 1);
  const space = cut.lastIndexOf(' ');
  return `${(space > longestTitle / 2 ? cut.slice(0, space) : cut).trimEnd()}…`;
}

/** An id for a project out of its name: "Büro & Garten" is `buro-garten`. Empty when nothing of the name can be in an id. */
export function projectIdFor(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, longestProjectId)
    .replace(/^-+|-+$/g, '');
}
