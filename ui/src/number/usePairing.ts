import { useQuery } from '@tanstack/vue-query';
import { computed, onBeforeUnmount, onMounted, ref, watch } from 'vue';
import { keys, queryClient } from '@/api/query';
import type { Pairing, WaNumber } from '@/api/types';
import { explain } from '@/format/problem';
import { useI18n } from '@/i18n';
import { listenToCodes, realtime } from '@/realtime/connection';
import { answerPasskey, cancelPairing, simulateScan, startPairing } from './api';
import { faceOf, reached, takeCode } from './pairing';
import { pairingQuery } from './queries';

/** The life of one pairing dialog: starts a pairing, follows it, and ends it when the dialog closes unused. */
export function usePairing(number: WaNumber) {
  const { t } = useI18n();
  const key = keys.pairing(number.id);
  const { data, error, refetch } = useQuery(pairingQuery(number.id));
  const failure = ref('');
  const busy = ref(false);
  const lastGood = ref(-1);
  const wanted = ref(false);
  const face = computed(() => faceOf(data.value));

  watch(data, (p) => {
    if (p && p.step !== 'failed') lastGood.value = Math.max(reached(p.step), -1);
  });

  async function guard(work: () => Promise<Pairing | undefined | unknown>): Promise<boolean> {
    busy.value = true;
    failure.value = '';
    try {
      const answer = (await work()) as Pairing | undefined;
      if (answer && typeof answer === 'object' && 'step' in answer) queryClient.setQueryData(key, answer);
      else await refetch();
      return true;
    } catch (e) {
      failure.value = explain(e, t);
      void refetch();
      return false;
    } finally {
      busy.value = false;
    }
  }

  const start = (method: 'qr' | 'code', phone?: string) => {
    wanted.value = true;
    return guard(async () => {
      // The server refuses a second pairing of the same method while one is open.
      if (data.value?.open && data.value.method === method) await cancelPairing(number.id).catch(() => undefined);
      return startPairing(number.id, { method, ...(phone ? { phone } : {}) });
    });
  };

  // The first answer decides: an open pairing is followed, else a new one is started where the limit allows it.
  const stopFirst = watch(data, (p) => {
    if (!p || wanted.value) return;
    wanted.value = true;
    queueMicrotask(() => stopFirst());
    if (!p.open && p.limit.remaining > 0) void start('qr');
  });

  let stopListening = () => {};
  let gone = false;
  async function listen() {
    stopListening();
    const stop = await listenToCodes(number.id, (e) => {
      const shown = queryClient.getQueryData<Pairing>(key);
      if (shown) queryClient.setQueryData(key, takeCode(shown, e.data));
      void refetch();
    });
    if (gone) stop();
    else stopListening = stop;
  }
  onMounted(listen);
  watch(realtime.state, (now, before) => {
    if (now === 'on' && before === 'connecting') void listen();
  });
  onBeforeUnmount(() => {
    gone = true;
    stopListening();
    const p = data.value;
    const unused = p?.open && ['waiting', 'shown'].includes(p.step);
    if (unused) void cancelPairing(number.id).catch(() => undefined);
    void queryClient.invalidateQueries({ queryKey: keys.numbers });
  });

  return {
    pairing: data,
    face,
    error,
    failure,
    busy,
    lastGood,
    start,
    scan: () => guard(() => simulateScan(number.id)),
    answer: (body: { response?: unknown; confirm?: boolean }) => guard(() => answerPasskey(number.id, body)),
    cancel: () => guard(() => cancelPairing(number.id)),
  };
}
