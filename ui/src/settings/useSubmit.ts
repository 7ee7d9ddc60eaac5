import { ref } from 'vue';
import { explain } from '@/format/problem';
import { useI18n } from '@/i18n';
import { toast } from '@/ui/toast';

/** Runs one change at a time: busy meanwhile, a sentence when it failed, a toast when it worked. */
export function useSubmit() {
  const { t } = useI18n();
  const busy = ref(false);
  const failure = ref('');

  async function submit<T>(work: () => Promise<T>, done?: string): Promise<T | undefined> {
    busy.value = true;
    failure.value = '';
    try {
      const answer = await work();
      if (done) toast(done);
      return answer;
    } catch (error) {
      failure.value = explain(error, t);
      return undefined;
    } finally {
      busy.value = false;
    }
  }
  return { busy, failure, submit };
}
