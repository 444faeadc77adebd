/** The agents whose settings `carillon hook install` writes. */
export const hookedAgents = { 'claude-code': 'Claude Code', codex: 'Codex' } as const;

export type HookedAgent = keyof typeof hookedAgents;

const file = '~/.config/carillon/token';

/** What connects an agent, for a POSIX shell. The token goes into a file that only its owner reads, so that no variable has to be set. */
export function pasteBlock(agent: HookedAgent, token: string, server: string): string {
  return [
    `(umask 077; mkdir -p ~/.config/carillon; echo ${token} > ${file})`,
    `carillon hook install ${agent} --url ${server} --token-file ${file}`,
  ].join('\n');
}
