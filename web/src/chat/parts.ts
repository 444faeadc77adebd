import type { RunStep } from '../shell/wire.ts';

/** An answer in the order in which it was given: words, then what was done, then more words. */
export type Part =
  | { kind: 'words'; key: string; text: string }
  | { kind: 'steps'; key: string; steps: readonly RunStep[] };

export function partsOf(text: string, steps: readonly RunStep[]): Part[] {
  const parts: Part[] = [];
  const ordered = [...steps].sort((one, other) => one.offset - other.offset);
  let from = 0;
  const addWords = (to: number) => {
    const words = text.slice(from, to);
    if (words.trim() !== '') parts.push({ kind: 'words', key: `words ${from}`, text: words });
    from = to;
  };
  for (const step of ordered) {
    const cut = Math.max(from, cutAt(text, Math.min(step.offset, text.length)));
    if (cut > from) addWords(cut);
    const last = parts.at(-1);
    if (last?.kind === 'steps') parts[parts.length - 1] = { ...last, steps: [...last.steps, step] };
    else parts.push({ kind: 'steps', key: `steps ${step.id}`, steps: [step] });
  }
  addWords(text.length);
  return parts;
}

/** Where the text may be cut without tearing a code block: at the offset, or at the end of the block that is open there. */
function cutAt(text: string, offset: number): number {
  const fences = /^ {0,3}(`{3,}|~{3,})[^\n]*(?:\n|$)/gm;
  let open: string | null = null;
  for (let fence = fences.exec(text); fence !== null; fence = fences.exec(text)) {
    const marks = fence[1] ?? '';
    const end = fence.index + fence[0].length;
    if (open === null) {
      if (fence.index >= offset) return offset;
      open = marks;
    } else if (marks[0] === open[0] && marks.length >= open.length) {
      open = null;
      // The offset lies in the block that ends here.
      if (offset < end) return end;
    }
  }
  return open === null ? offset : text.length;
}
