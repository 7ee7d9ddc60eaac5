import { computed, shallowRef } from 'vue';
import { api, credentials, hooks } from '@/api/client';
import { queryClient } from '@/api/query';
import type { Me, Membership, Role, Setup, Theme } from '@/api/types';
import { type LanguageCode, setLanguage } from '@/i18n';
import { applyTheme } from './theme';

const WORKSPACE_KEY = 'sapa.workspace';

const me = shallowRef<Me | null>(null);
const workspaceId = shallowRef('');
const membership = computed<Membership | undefined>(() =>
  me.value?.memberships.find((m) => m.workspace.id === workspaceId.value),
);
const role = computed<Role | undefined>(() => membership.value?.role);

/** Who is logged in and in which workspace they act. The only holder of that state. */
export const session = {
  me,
  workspaceId,
  membership,
  role,
  timezone: computed(() => membership.value?.workspace.timezone),
  /** Owners and admins manage; agents answer. The server decides again on every request. */
  manages: computed(() => role.value === 'owner' || role.value === 'admin'),
  simulator: computed(() => me.value?.simulator ?? false),
};

/** Takes over what login, setup, an invitation or /v1/me answered. */
export async function enter(answer: Me): Promise<void> {
  me.value = answer;
  credentials.csrf = answer.csrf;
  const ids = answer.memberships.map((m) => m.workspace.id);
  const last = sessionStorage.getItem(WORKSPACE_KEY) ?? localStorage.getItem(WORKSPACE_KEY) ?? '';
  choose(ids.includes(last) ? last : (ids[0] ?? ''));
  applyTheme((answer.person.theme || 'system') as Theme);
  const language = answer.person.language;
  if (language === 'en' || language === 'id') await setLanguage(language as LanguageCode);
}

function choose(id: string) {
  workspaceId.value = id;
  credentials.workspace = id;
  if (id) {
    sessionStorage.setItem(WORKSPACE_KEY, id);
    localStorage.setItem(WORKSPACE_KEY, id);
  }
}

/** Acts in another workspace from now on; everything shown before is forgotten. */
export function switchWorkspace(id: string) {
  if (id === workspaceId.value) return;
  choose(id);
  queryClient.clear();
}

/** Asks the server who is logged in; null when nobody is. */
export async function load(): Promise<Me | null> {
  const answer = await api.get<Me>('/v1/me').catch((error) => {
    if (error?.status === 401) return null;
    throw error;
  });
  if (answer) await enter(answer);
  return answer;
}

/** Forgets everything about the person in this tab. */
export function forget() {
  me.value = null;
  workspaceId.value = '';
  credentials.csrf = '';
  credentials.workspace = '';
  queryClient.clear();
}

export async function logout(): Promise<void> {
  await api.post('/v1/logout').catch(() => undefined);
  forget();
}

export const readSetup = () => api.get<Setup>('/v1/setup');

/** What to do when a request finds that the session has ended; the router installs it. */
export function onSessionEnd(act: () => void) {
  hooks.unauthenticated = () => {
    forget();
    act();
  };
}
