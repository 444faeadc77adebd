import { useState } from 'preact/hooks';
import { announce } from './announcer.tsx';
import { texts } from './texts.ts';

export interface CopyProps {
  text: string;
  label?: string;
  primary?: boolean;
  quiet?: boolean;
}

/** Copies a text and says so in place. */
export function CopyButton({ text, label, primary, quiet }: CopyProps) {
  const [copied, setCopied] = useState(false);
  const look = primary ? 'button primary' : quiet ? 'button small quiet' : 'button';
  return (
    <button
      type="button"
      class={look}
      onClick={async () => {
        if (!(await copy(text))) return;
        setCopied(true);
        announce(texts.common.copied);
        setTimeout(() => setCopied(false), 2_000);
      }}
    >
      {copied ? texts.common.copied : (label ?? texts.common.copy)}
    </button>
  );
}

export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // navigator.clipboard is missing on plain http, where many self-hosted servers live.
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'visually-hidden';
    (document.querySelector('dialog[open]') ?? document.body).append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}
