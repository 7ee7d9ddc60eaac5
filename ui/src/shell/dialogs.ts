import { ref } from 'vue';

/** Which dialog of the shell is open; the palette and the sidebar both open them. */
export const shellDialog = ref<'' | 'palette' | 'help'>('');
