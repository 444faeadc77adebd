// What crosses the wire, under the names that the page uses. The shapes come from the server's own description of itself:
// `npm run types` makes them anew, and a test of the server fails when the description is not the committed one.
import type { components } from './api.generated.ts';

type Schemas = components['schemas'];

export type ActionAnswer = Schemas['ActionAnswer'];
export type ActionToken = Schemas['ActionToken'];
export type AgentDescription = Schemas['AgentDescription'];
export type AuditEntry = Schemas['AuditEntry'];
export type AuditList = Schemas['AuditList'];
export type ChatMessage = Schemas['ChatMessage'];
export type CreatedToken = Schemas['CreatedToken'];
export type CurrentPerson = Schemas['CurrentPerson'];
export type MessageList = Schemas['MessageList'];
export type NewSession = Schemas['NewSession'];
export type NewToken = Schemas['NewToken'];
export type Notification = Schemas['Notification'];
export type NotificationAction = Schemas['NotificationAction'];
export type NotificationList = Schemas['NotificationList'];
export type NotificationUpdate = Schemas['NotificationUpdate'];
export type Project = Schemas['Project'];
export type PublishNotification = Schemas['PublishNotification'];
export type PullRequest = Schemas['PullRequest'];
export type PullRequestList = Schemas['PullRequestList'];
export type RunStep = Schemas['RunStep'];
export type SendMessage = Schemas['SendMessage'];
export type Session = Schemas['Session'];
export type SessionUpdate = Schemas['SessionUpdate'];
export type SessionList = Schemas['SessionList'];
export type SetupState = Schemas['SetupState'];
export type SignIn = Schemas['SignIn'];
export type SubscriptionStates = Schemas['SubscriptionStates'];
export type BellMode = 'all' | 'needs_me' | 'off';
export type Token = Schemas['Token'];
export type User = Schemas['User'];

export type AuditKind = AuditEntry['kind'];
export type Activity = Session['activity'];
export type Priority = Notification['event']['priority'];
export type Role = User['role'];
export type Scope = Token['scopes'][number];

/** One row of the change log, which the description of the REST interface does not know. */
export interface Change {
  seq: number;
  type: string;
  projectId: string | null;
  sessionId: string | null;
  payload: unknown;
  createdAt: string;
}

/** The first event of every stream. */
export interface Hello {
  epoch: string;
  head: number;
  oldest: number;
  resume: 'live' | 'ok' | 'gap';
}
