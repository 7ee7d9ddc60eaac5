import { ref } from 'vue';
import { keys, queryClient } from '@/api/query';
import type { WaNumber } from '@/api/types';
import { explain } from '@/format/problem';
import { useI18n } from '@/i18n';
import { toast } from '@/ui/toast';
import { act, type NumberAction } from './api';

/** Runs actions on numbers: tells what happened, keeps the cache true, and says which one is running. */
export function useNumberActions() {
  const { t } = useI18n();
  const running = ref('');

  async function run(number: WaNumber, action: NumberAction): Promise<boolean> {
    running.value = `${number.id}:${action}`;
    try {
      const answer = await act(number.id, action);
      if (answer?.id) queryClient.setQueryData(keys.number(number.id), answer);
      toast(t(`number.${action}_done`, { name: number.name }));
      return true;
    } catch (error) {
      toast(explain(error, t), 'bad');
      return false;
    } finally {
      running.value = '';
      void queryClient.invalidateQueries({ queryKey: keys.numbers });
      void queryClient.invalidateQueries({ queryKey: keys.overview });
    }
  }
  return { run, running };
}
