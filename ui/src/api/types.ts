// The shapes of API v1 under the words that the UI uses. They are generated from the OpenAPI document (`npm run api`).
import type { components } from './schema';

type S = components['schemas'];

export type Role = S['Membership']['role'];
export type Language = 'en' | 'id';
export type Theme = 'system' | 'light' | 'dark';
export type Metadata = Record<string, unknown>;

export interface List<T> {
  items: T[];
  next: string;
}

export type Me = S['Me'];
export type Person = S['Person'];
export type Membership = S['Membership'];
export type Setup = S['SetupState'];
export type Workspace = S['Workspace'];
export type Member = S['Member'];
export type Invitation = S['Invitation'];
export type InvitationPreview = S['InvitationOffer'];
export type ResetLink = S['ResetLink'];
export type ApiKey = S['APIKey'];
export type WaNumber = S['Number'];
export type NumberState = S['Number']['state'];
export type Pairing = S['Pairing'];
export type PairingStep = S['Pairing']['step'];
export type Contact = S['Contact'];
export type Conversation = S['Conversation'];
export type MessageWaiting = S['MessageWaiting'];
/** Where messages are read they say what they wait for; what sending one answers does not, yet. */
export type Message = S['Message'] & { waiting?: MessageWaiting | null };
export type Status = S['Message']['status'];
export type AuthorKind = S['Author']['kind'];
export type Overview = S['Overview'];
/** An event as the log and realtime carry it; its data differs by type. */
export type Envelope = Omit<S['Envelope'], 'data'> & { data?: Record<string, unknown> };
export interface EventPage {
  items: Envelope[];
  next_after: number;
  next_before: number;
}
export type RealtimeInfo = S['Realtime'];
export type RealtimeApp = S['RealtimeApp'];
export type InstallationSettings = S['Settings'];
export type AddressCheck = S['AddressCheck'];
