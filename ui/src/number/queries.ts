import { type MaybeRefOrGetter, toValue } from 'vue';
import { keys } from '@/api/query';
import type { EventPage } from '@/api/types';
import { listNumbers, readHistory, readNumber, readPairing } from './api';

export const numbersQuery = () => ({
  queryKey: keys.numbers,
  queryFn: ({ signal }: { signal: AbortSignal }) => listNumbers(signal),
});

export const numberQuery = (id: MaybeRefOrGetter<string>) => ({
  queryKey: ['numbers', id] as const,
  queryFn: ({ signal }: { signal: AbortSignal }) => readNumber(toValue(id), signal),
});

/** What happened to a number, newest first, in pages towards its beginning. */
export const historyQuery = (id: MaybeRefOrGetter<string>) => ({
  queryKey: ['history', id] as const,
  queryFn: ({ pageParam, signal }: { pageParam: number; signal: AbortSignal }) =>
    readHistory(toValue(id), pageParam, signal),
  initialPageParam: 0,
  getNextPageParam: (last: EventPage) => last.next_before || undefined,
});

/** Polls while the dialog is open: realtime is faster, but a lost event must not leave a dead code on the screen. */
export const pairingQuery = (id: MaybeRefOrGetter<string>) => ({
  queryKey: ['pairing', id] as const,
  queryFn: ({ signal }: { signal: AbortSignal }) => readPairing(toValue(id), signal),
  refetchInterval: 2000,
  staleTime: 0,
  gcTime: 0,
});
