import { api } from '@/api/client';
import type { Contact, Conversation, List, Message } from '@/api/types';

export interface ConversationFilter {
  number?: string;
  q?: string;
  unread?: boolean;
  cursor?: string;
  limit?: number;
}

const at = (id: string) => `/v1/conversations/${encodeURIComponent(id)}`;

export const listConversations = (f: ConversationFilter, signal?: AbortSignal) =>
  api.get<List<Conversation>>('/v1/conversations', { ...f, unread: f.unread || undefined }, signal);
export const readConversation = (id: string, signal?: AbortSignal) => api.get<Conversation>(at(id), undefined, signal);
export const listMessages = (id: string, cursor: string, signal?: AbortSignal) =>
  api.get<List<Message>>(`${at(id)}/messages`, { cursor }, signal);

export interface Draft {
  text: string;
  quoted?: string;
  client_ref: string;
}
export const sendMessage = (id: string, draft: Draft) =>
  api.post<Message>(`${at(id)}/messages`, draft, draft.client_ref);
export const retryMessage = (id: string) => api.post<Message>(`/v1/messages/${encodeURIComponent(id)}/retry`);
export const markRead = (id: string, upTo?: string) => api.post(`${at(id)}/read`, upTo ? { up_to: upTo } : {});
export const setTyping = (id: string, on: boolean) => api.post(`${at(id)}/typing`, { on });
export const renameContact = (id: string, name: string) =>
  api.patch<Contact>(`/v1/contacts/${encodeURIComponent(id)}`, { name });
