import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router';
import { load, onSessionEnd, readSetup, session } from './workspace/session';

// Pages for people who are not logged in; every other page needs a session.
const outside: RouteRecordRaw[] = [
  { path: '/setup', name: 'setup', component: () => import('./workspace/SetupPage.vue') },
  { path: '/login', name: 'login', component: () => import('./workspace/LoginPage.vue') },
  { path: '/forgot', name: 'forgot', component: () => import('./workspace/ForgotPage.vue') },
  {
    path: '/password-reset/:token',
    name: 'reset',
    component: () => import('./workspace/ResetPage.vue'),
    props: true,
  },
  {
    path: '/invitation/:token',
    name: 'invitation',
    component: () => import('./workspace/InvitationPage.vue'),
    props: true,
  },
];
for (const route of outside) route.meta = { outside: true };

const inside: RouteRecordRaw[] = [
  { path: '', name: 'overview', component: () => import('./overview/OverviewPage.vue') },
  { path: 'numbers', name: 'numbers', component: () => import('./number/NumbersPage.vue') },
  { path: 'numbers/:id', name: 'number', component: () => import('./number/NumberPage.vue'), props: true },
  {
    path: 'conversations/:id?',
    name: 'conversations',
    component: () => import('./inbox/InboxPage.vue'),
    props: true,
    meta: { full: true },
  },
  {
    path: 'settings',
    component: () => import('./settings/SettingsLayout.vue'),
    children: [
      { path: '', name: 'settings', redirect: { name: 'profile' } },
      { path: 'profile', name: 'profile', component: () => import('./settings/ProfilePage.vue') },
      { path: 'workspace', name: 'workspace', component: () => import('./settings/WorkspacePage.vue') },
      { path: 'people', name: 'people', component: () => import('./settings/PeoplePage.vue') },
      { path: 'api-keys', name: 'api-keys', component: () => import('./settings/ApiKeysPage.vue') },
      { path: 'developers', name: 'developers', component: () => import('./settings/DevelopersPage.vue') },
      { path: 'installation', name: 'installation', component: () => import('./settings/InstallationPage.vue') },
    ],
  },
  { path: ':rest(.*)*', name: 'lost', component: () => import('./shell/LostPage.vue') },
];

export const router = createRouter({
  history: createWebHistory(),
  routes: [...outside, { path: '/', component: () => import('./shell/AppShell.vue'), children: inside }],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
});

/** A path of this program to return to after login; anything else (another site) becomes the overview. */
export function safeReturn(path: unknown): string {
  return typeof path === 'string' && /^\/(?![/\\])/.test(path) ? path : '/';
}

router.beforeEach(async (to) => {
  if (to.meta.outside || session.me.value) return true;
  if (await load()) return true;
  const setup = await readSetup();
  if (setup.needed) return { name: 'setup', query: to.query };
  return { name: 'login', query: to.fullPath === '/' ? {} : { next: to.fullPath } };
});

onSessionEnd(() => {
  const here = router.currentRoute.value;
  if (!here.meta.outside) void router.push({ name: 'login', query: { next: here.fullPath } });
});
