import { QueryClient } from '@tanstack/vue-query';
import { Problem } from './problem';

/** The names under which answers are cached; realtime events invalidate by the same names. */
export const keys = {
  overview: ['overview'] as const,
  numbers: ['numbers'] as const,
  number: (id: string) => ['numbers', id] as const,
  pairing: (id: string) => ['pairing', id] as const,
  history: (id: string) => ['history', id] as const,
  conversations: ['conversations'] as const,
  conversationList: (filter: object) => ['conversations', 'list', filter] as const,
  conversation: (id: string) => ['conversations', 'one', id] as const,
  threads: ['messages'] as const,
  messages: (id: string) => ['messages', id] as const,
  people: ['people'] as const,
  invitations: ['invitations'] as const,
  apiKeys: ['api-keys'] as const,
  workspace: ['workspace'] as const,
  settings: ['settings'] as const,
  realtimeApp: ['realtime-app'] as const,
};

/** A refusal is final; only a silent network and the server's own trouble are worth asking again. */
export function worthRetrying(failures: number, error: unknown): boolean {
  if (failures >= 2) return false;
  return !(error instanceof Problem) || error.status === 0 || error.status >= 500;
}

export const queryClient = new QueryClient({
  defaultOptions: { queries: { staleTime: 10_000, gcTime: 5 * 60_000, retry: worthRetrying } },
});
