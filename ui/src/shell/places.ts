import { LayoutDashboard, MessagesSquare, Settings, Smartphone } from '@lucide/vue';

export interface Counts {
  unread: number;
  attention: number;
}

/** The rooms of the navigation, in order, with what each counts. */
export const places = [
  { name: 'overview', icon: LayoutDashboard, path: '/' },
  { name: 'conversations', icon: MessagesSquare, path: '/conversations', count: 'unread' },
  { name: 'numbers', icon: Smartphone, path: '/numbers', count: 'attention' },
  { name: 'settings', icon: Settings, path: '/settings' },
] as const;

/** Whether a path lies in a room. */
export function inPlace(path: string, place: string): boolean {
  return place === '/' ? path === '/' : path === place || path.startsWith(`${place}/`);
}
