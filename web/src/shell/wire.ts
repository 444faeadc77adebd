// What crosses the wire, as src/Carillon.Protocol defines it. Every other file takes its types from here, so that this
// one file can become re-exports of api.generated.ts once the OpenAPI document is part of the repository.

export type Priority = 'urgent' | 'action' | 'warning' | 'info';
export type Role = 'admin' | 'member';
export type Scope = 'read' | 'publish' | 'tickets' | 'admin';
export type Activity = 'starting' | 'working' | 'idle' | 'waiting_input' | 'blocked' | 'stuck' | 'exited' | 'killed';

export interface CurrentPerson {
  id: string;
  name: string;
  role: Role;
  pushId: string;
  scopes?: Scope[];
}

export interface SetupState {
  needed: boolean;
}

export interface User {
  id: string;
  name: string;
  role: Role;
  createdAt: string;
}

export interface SignIn {
  id: string;
  device: string;
  current: boolean;
  createdAt: string;
  lastSeenAt: string;
  expiresAt: string;
}

export interface Token {
  id: string;
  name: string;
  scopes: Scope[];
  projectId: string | null;
  createdAt: string;
  lastUsedAt: string | null;
  expiresAt: string | null;
}

export interface NewToken {
  name: string;
  scopes: Scope[];
  projectId?: string;
  expiresAt?: string;
}

export interface CreatedToken {
  token: string;
  id: string;
  name: string;
  scopes: Scope[];
  projectId: string | null;
  expiresAt: string | null;
}

export interface Project {
  id: string;
  name: string;
  closed: boolean;
  members: string[];
  createdAt: string;
}

export interface Session {
  id: string;
  projectId: string;
  agent: string;
  title: string;
  owner: string;
  activity: Activity;
  message: string | null;
  parentSessionId: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface SessionList {
  sessions: Session[];
  nextBefore: string | null;
  headSeq: number;
}

export interface NotificationAction {
  id: string;
  kind: string;
  label: string;
  route?: string;
  url?: string;
}

export interface NotificationEvent {
  id: string;
  type: string;
  priority: Priority;
  sessionId: string | null;
  projectId: string | null;
  timestamp: string;
  title: string | null;
  message: string;
  data: {
    schemaVersion: number;
    semanticType: string;
    subject?: {
      session?: { id: string; projectId?: string | null; title?: string };
      project?: { id: string; name: string };
    } | null;
  };
}

export interface Notification {
  seq: number;
  id: string;
  receivedAt: string;
  seenAt: string | null;
  readAt: string | null;
  archivedAt: string | null;
  resolvedAt: string | null;
  count: number;
  event: NotificationEvent;
  actions: NotificationAction[];
}

export interface NotificationList {
  notifications: Notification[];
  unreadCount: number;
  limit: number;
  nextBeforeSeq: number | null;
  headSeq: number;
}

export interface NotificationUpdate {
  read?: boolean;
  archived?: boolean;
  seen?: boolean;
}

export interface PublishNotification {
  type: string;
  priority: Priority;
  title?: string;
  message: string;
  actions?: NotificationAction[];
}

export interface ActionToken {
  token: string;
  expiresAt: string;
}

export interface ActionAnswer {
  ok: boolean;
  actionId: string;
  kind: string;
  result: { route?: string; url?: string };
}

/** One row of the change log. */
export interface Change {
  seq: number;
  type: string;
  projectId: string | null;
  sessionId: string | null;
  payload: unknown;
  createdAt: string;
}

export interface Hello {
  epoch: string;
  head: number;
  oldest: number;
  resume: 'live' | 'ok' | 'gap';
}
