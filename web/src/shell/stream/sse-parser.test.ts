import { describe, expect, it } from 'vitest';
import { createSseParser, type SseEvent } from './sse-parser.ts';

const text =
  'retry: 2000\n\nevent: hello\ndata: {"epoch":"e1","head":7}\n\n: heartbeat\n\n' +
  'id: 8\nevent: notification_created\ndata: {"title":"Grüße 🔔 日本"}\n\n' +
  'id:9\r\nevent:cursor\r\ndata:{}\r\n\r\nid: 10\rdata: a\rdata: b\r\r' +
  'unknown: x\ndata\ndata: \n\nid: 11\n\nevent: heartbeat\ndata: {}\n\ndata: unfinished';

const events: SseEvent[] = [
  { id: null, event: 'hello', data: '{"epoch":"e1","head":7}' },
  { id: '8', event: 'notification_created', data: '{"title":"Grüße 🔔 日本"}' },
  { id: '9', event: 'cursor', data: '{}' },
  { id: '10', event: 'message', data: 'a\nb' },
  { id: null, event: 'message', data: '\n' },
  { id: null, event: 'heartbeat', data: '{}' },
];

function parse(bytes: Uint8Array, cuts: number[]): SseEvent[] {
  const parser = createSseParser();
  const decoder = new TextDecoder();
  const out: SseEvent[] = [];
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    out.push(...parser.feed(decoder.decode(bytes.subarray(from, to), { stream: true })));
    from = to;
  }
  return out;
}

describe('The event stream parser', () => {
  const bytes = new TextEncoder().encode(text);

  it('reads whole frames', () => {
    expect(parse(bytes, [])).toEqual(events);
  });

  it('reads the same whichever byte the stream is cut at', () => {
    for (let cut = 0; cut <= bytes.length; cut++) expect(parse(bytes, [cut])).toEqual(events);
  });

  it('reads the same byte by byte', () => {
    expect(
      parse(
        bytes,
        Array.from(bytes, (_, at) => at),
      ),
    ).toEqual(events);
  });

  it('reads the same for random cuts', () => {
    let seed = 42;
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed / 2_147_483_648;
    };
    for (let round = 0; round < 300; round++) {
      const cuts = Array.from({ length: 1 + Math.floor(random() * 20) }, () => Math.floor(random() * bytes.length));
      expect(
        parse(
          bytes,
          cuts.toSorted((a, b) => a - b),
        ),
      ).toEqual(events);
    }
  });

  it('skips a byte order mark only at the start', () => {
    const parser = createSseParser();
    expect(parser.feed('\uFEFFdata: a\n\n')).toEqual([{ id: null, event: 'message', data: 'a' }]);
    expect(parser.feed('\uFEFFdata: b\n\n')).toEqual([]);
  });

  it('keeps nothing of a frame without data', () => {
    const parser = createSseParser();
    expect(parser.feed('id: 5\nevent: x\n\ndata: y\n\n')).toEqual([{ id: null, event: 'message', data: 'y' }]);
  });
});
