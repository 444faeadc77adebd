import type { ServerFrame } from '../src/chat/frames.ts';

/** Stands in for the browser's WebSocket in tests, which play the server. */
export class FakeWebSocket {
  static all: FakeWebSocket[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: unknown[] = [];
  closedWith: number | null = null;

  constructor(
    readonly url: string,
    readonly protocol: string,
  ) {
    FakeWebSocket.all.push(this);
  }

  static get newest(): FakeWebSocket {
    return FakeWebSocket.all.at(-1) as FakeWebSocket;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(code = 1005): void {
    this.closedWith = code;
  }

  say(...frames: ServerFrame[]): void {
    for (const frame of frames) this.onmessage?.({ data: JSON.stringify(frame) });
  }

  cut(code = 1006): void {
    this.onclose?.({ code });
  }
}
