import { api } from '@/api/client';
import type { Person, Theme } from '@/api/types';
import { type LanguageCode, setLanguage } from '@/i18n';
import { session } from './session';
import { applyTheme } from './theme';

/** Changes what the person prefers: shown at once, kept on the server when somebody is logged in. */
async function keep(change: Partial<Pick<Person, 'language' | 'theme' | 'name'>>): Promise<void> {
  const me = session.me.value;
  if (!me) return;
  session.me.value = { ...me, person: { ...me.person, ...change } };
  await api.patch('/v1/me', change);
}

export async function chooseTheme(next: Theme): Promise<void> {
  applyTheme(next);
  await keep({ theme: next });
}

export async function chooseLanguage(next: LanguageCode): Promise<void> {
  await setLanguage(next);
  await keep({ language: next });
}

export const rename = (name: string) => keep({ name });
