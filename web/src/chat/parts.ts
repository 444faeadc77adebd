import type { RunStep } from '../shell/wire.ts';

/** An answer in the order in which it was given: words, then what was done, then more words. */
export type Part =
  | { kind: 'words'; key: string; text: string }
  | { kind: 'steps'; key: string; steps: readonly RunStep[] };

export function partsOf(text: string, steps: readonly RunStep[]): Part[] {
  const parts: Part[] = [];
  const ordered = [...steps].sort((one, other) => one.offset - other.offset);
  const cutAt = cutting(text);
  let from = 0;
  const addWords = (to: number) => {
    const words = text.slice(from, to);
    if (words.trim() !== '') parts.push({ kind: 'words', key: `words ${from}`, text: words });
    from = to;
  };
  for (const step of ordered) {
    const cut = cutAt(Math.min(step.offset, text.length));
    if (cut > from) addWords(cut);
    const last = parts.at(-1);
    if (last?.kind === 'steps') parts[parts.length - 1] = { ...last, steps: [...last.steps, step] };
    else parts.push({ kind: 'steps', key: `steps ${step.id}`, steps: [step] });
  }
  addWords(text.length);
  return parts;
}

/**
 * Where the text may be cut without tearing a code block: at the offset, or at the end of the block that is open there. Offsets come
 * in order, so that all of them together read the text once.
 */
function cutting(text: string): (offset: number) => number {
  const fences = /^ {0,3}(`{3,}|~{3,})[^\n]*(?:\n|$)/gm;
  let fence: RegExpExecArray | null | undefined;
  let open: string | null = null;
  let closed = 0;
  return offset => {
    if (fence === undefined) fence = fences.exec(text);
    for (; fence !== null && (open !== null || fence.index < offset); fence = fences.exec(text)) {
      const marks = fence[1] ?? '';
      if (open === null) {
        open = marks;
      } else if (marks[0] === open[0] && marks.length >= open.length) {
        open = null;
        closed = fence.index + fence[0].length;
      }
    }
    // The offset may lie in the block that ended last.
    return open === null ? Math.max(offset, closed) : text.length;
  };
}
