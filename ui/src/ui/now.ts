import { ref } from 'vue';

/** The current time in ms, moved every second: whatever shows "2 minutes ago" or a countdown reads it. */
export const now = ref(Date.now());

if (typeof window !== 'undefined') {
  window.setInterval(() => {
    now.value = Date.now();
  }, 1000);
}
