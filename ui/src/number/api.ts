import { api } from '@/api/client';
import type { EventPage, List, Pairing, WaNumber } from '@/api/types';

const at = (id: string) => `/v1/numbers/${encodeURIComponent(id)}`;

export type NumberAction = 'connect' | 'disconnect' | 'restart' | 'logout' | 'primary';

export const listNumbers = (signal?: AbortSignal) => api.get<List<WaNumber>>('/v1/numbers', undefined, signal);
export const readNumber = (id: string, signal?: AbortSignal) => api.get<WaNumber>(at(id), undefined, signal);
export const createNumber = (body: { name: string; proxy?: string }) =>
  api.post<WaNumber>('/v1/numbers', { provider: 'web', ...body });
export const changeNumber = (id: string, body: { name?: string; proxy?: string }) => api.patch<WaNumber>(at(id), body);
export const deleteNumber = (id: string) => api.delete(at(id));
export const act = (id: string, action: NumberAction) => api.post<WaNumber>(`${at(id)}/${action}`);

export const readPairing = (id: string, signal?: AbortSignal) =>
  api.get<Pairing>(`${at(id)}/pairing`, undefined, signal);
export const startPairing = (id: string, body: { method: 'qr' | 'code'; phone?: string }) =>
  api.post<Pairing>(`${at(id)}/pair`, body);
export const cancelPairing = (id: string) => api.delete(`${at(id)}/pairing`);
export const answerPasskey = (id: string, body: { response?: unknown; confirm?: boolean }) =>
  api.post<Pairing | undefined>(`${at(id)}/pairing/passkey`, body);
export const simulateScan = (id: string) => api.post(`${at(id)}/simulated-scan`, {});

/** One page of what happened to a number, newest first; `before` is the previous page's next_before, 0 for the newest. */
export const readHistory = (id: string, before: number, signal?: AbortSignal) =>
  api.get<EventPage>(
    '/v1/events',
    { number: id, type: 'number.state', order: 'desc', before: before || undefined, limit: 10 },
    signal,
  );
