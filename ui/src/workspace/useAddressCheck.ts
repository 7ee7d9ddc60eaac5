import { ref } from 'vue';
import { api } from '@/api/client';
import type { AddressCheck } from '@/api/types';
import { judgeAddress, reach } from './address';

/**
 * What is known of an address: nothing yet; being asked; answered to this browser or the server ('yes'), not to this
 * browser ('no'); could not be asked; or the server's reason why it does not lead here. None of them keeps anybody from using it.
 */
export type Advice = 'unknown' | 'checking' | 'yes' | 'no' | 'unasked' | Exclude<AddressCheck['reason'], ''>;

/** Asks whether an address leads to this installation: the browser for the address it has open, the server for any other. */
export function useAddressCheck(path: string, more: () => Record<string, string> = () => ({})) {
  const advice = ref<Advice>('unknown');
  let asked = '';

  async function ask(url: string): Promise<Advice> {
    const near = await reach(url);
    if (near !== 'elsewhere') return near;
    try {
      const found = await api.post<AddressCheck>(path, { ...more(), public_url: new URL(url).origin });
      return found.reached ? 'yes' : found.reason || 'unasked';
    } catch {
      return 'unasked';
    }
  }
  async function check(text: string) {
    const url = text.trim();
    const judged = judgeAddress(url);
    if (judged === 'empty' || judged === 'bad' || (url === asked && advice.value !== 'unasked')) return;
    if (judged === 'local' && new URL(url).origin !== location.origin) return; // only that machine could tell
    asked = url;
    advice.value = 'checking';
    const found = await ask(url);
    if (asked === url) advice.value = found; // else another address was typed meanwhile
  }
  function forget() {
    asked = '';
    advice.value = 'unknown';
  }
  return { advice, check, forget };
}
