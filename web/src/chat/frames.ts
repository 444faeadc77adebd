import type { Activity, ChatMessage, RunStep } from '../shell/wire.ts';

// What goes over `/chat/ws`, written by hand: a WebSocket is not part of the server's description of itself.
// The records are in src/Carillon.Protocol/Chat.cs.

/** The WebSocket subprotocol. */
export const subprotocol = 'chat-stream-v1';

/** Close codes that mean something to this page. */
export const closeCodes = { signInEnded: 4401, forbidden: 4403, tooMany: 4429 };

export type ServerFrame =
  | { type: 'ready'; idleSeconds: number }
  | { type: 'attached'; sessionId: string; head: number; activity: Activity }
  | { type: 'snapshot'; sessionId: string; runId: string; text: string; offset: number }
  | { type: 'chunk'; sessionId: string; runId: string; offset: number; text: string }
  | ({ type: 'step'; sessionId: string; runId: string } & RunStep)
  | ({ type: 'message'; sessionId: string } & ChatMessage)
  | { type: 'accepted'; id: string; messageId: string }
  | {
      type: 'complete';
      sessionId: string;
      runId: string;
      messageId: string;
      status: 'completed' | 'stopped' | 'failed';
    }
  | { type: 'delivered'; sessionId: string; messageId: string }
  | { type: 'withdrawn'; sessionId: string; messageId: string }
  | { type: 'typing'; sessionId: string; on: boolean }
  | {
      type: 'error';
      code: string;
      message: string;
      retryAfter?: number | null;
      id?: string | null;
      sessionId?: string | null;
    }
  | { type: 'pong' };

/** A frame about one session. */
export type SessionFrame = Extract<
  ServerFrame,
  { type: 'attached' | 'snapshot' | 'chunk' | 'step' | 'message' | 'complete' | 'delivered' | 'withdrawn' | 'typing' }
>;

// `chat_request` is missing on purpose: the page sends messages by HTTP, so that one queue serves all sessions.
export type ClientFrame =
  | { type: 'attach'; sessionId: string; after?: number }
  | { type: 'detach'; sessionId: string }
  | { type: 'stop'; sessionId: string; everything?: boolean }
  | { type: 'ping' };
