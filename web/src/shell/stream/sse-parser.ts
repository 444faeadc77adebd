export interface SseEvent {
  /** Null when the frame had no id: then the position does not move. */
  id: string | null;
  event: string;
  data: string;
}

/**
 * Reads `text/event-stream` as the HTML standard defines it, from pieces that may be cut anywhere. EventSource cannot be
 * used: it gives up for good on any answer that is not 200, and repeats its first `after` on every reconnect.
 */
export function createSseParser(): { feed(text: string): SseEvent[] } {
  let rest = '';
  let started = false;
  let skipLineFeed = false;
  let id: string | null = null;
  let event = '';
  let data: string[] = [];

  function line(text: string, out: SseEvent[]): void {
    if (text === '') {
      if (data.length > 0) out.push({ id, event: event || 'message', data: data.join('\n') });
      id = null;
      event = '';
      data = [];
      return;
    }
    const colon = text.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
    else if (field === 'id' && !value.includes('\0')) id = value;
  }

  return {
    feed(text) {
      const out: SseEvent[] = [];
      let piece = text;
      if (piece === '') return out;
      if (!started) {
        started = true;
        if (piece.startsWith('\uFEFF')) piece = piece.slice(1);
      }
      // "\r\n" may be cut between its halves: the "\r" ended the line already, so a "\n" that comes next is not another.
      if (skipLineFeed && piece !== '') {
        skipLineFeed = false;
        if (piece[0] === '\n') piece = piece.slice(1);
      }
      rest += piece;
      let from = 0;
      for (let at = 0; at < rest.length; at++) {
        const char = rest.charCodeAt(at);
        if (char !== 10 && char !== 13) continue;
        line(rest.slice(from, at), out);
        if (char === 13) {
          if (at + 1 === rest.length) skipLineFeed = true;
          else if (rest.charCodeAt(at + 1) === 10) at++;
        }
        from = at + 1;
      }
      rest = rest.slice(from);
      return out;
    },
  };
}
