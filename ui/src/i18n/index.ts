import { computed, ref, shallowReactive } from 'vue';
import type en from './en';
import { format } from './format';

export type Messages = typeof en;
export type LanguageCode = 'en' | 'id';
type Args = Record<string, unknown>;

export const LANGUAGES: { value: LanguageCode; label: string }[] = [
  { value: 'id', label: 'Bahasa Indonesia' },
  { value: 'en', label: 'English' },
];

const language = ref<LanguageCode>('en');
const words = shallowReactive<Partial<Record<LanguageCode, Messages>>>({});
const loaders = {
  en: () => import('./en/index'),
  id: () => import('./id/index'),
};

function find(key: string): string | undefined {
  let node: unknown = words[language.value];
  for (const part of key.split('.')) {
    if (typeof node !== 'object' || node === null) return undefined;
    node = (node as Record<string, unknown>)[part];
  }
  return typeof node === 'string' ? node : undefined;
}

/** Whether the key has words. */
const te = (key: string): boolean => find(key) !== undefined;

/** The words of a key: `t('a.b')`, with arguments `t('a.b', { name })`, and counted `t('a.b', 3)` or `t('a.b', { time }, 3)`. */
function t(key: string, args?: Args | number, count?: number): string {
  const text = find(key);
  if (text === undefined) return key;
  return typeof args === 'number' ? format(text, { n: args }, args) : format(text, args ?? {}, count);
}

const locale = computed(() => language.value);

/** The words of the current language; everything that calls them follows a change of language by itself. */
export const useI18n = () => ({ t, te, locale });

/** The language before anybody is logged in: the last one chosen here, else the browser's, else English. */
export function preferredLanguage(): LanguageCode {
  const chosen = localStorage.getItem('sapa.language');
  if (chosen === 'en' || chosen === 'id') return chosen;
  return navigator.languages?.some((l) => l.toLowerCase().startsWith('id')) ? 'id' : 'en';
}

/** Loads a language's words and shows them. */
export async function setLanguage(code: LanguageCode): Promise<void> {
  words[code] ??= (await loaders[code]()).default as Messages;
  language.value = code;
  document.documentElement.lang = code;
  localStorage.setItem('sapa.language', code);
}
