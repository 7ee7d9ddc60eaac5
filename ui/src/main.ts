import { VueQueryPlugin } from '@tanstack/vue-query';
import { createApp } from 'vue';
import App from './App.vue';
import { queryClient } from './api/query';
import { preferredLanguage, setLanguage } from './i18n';
import { router } from './router';
import './style.css';

await setLanguage(preferredLanguage());
createApp(App).use(VueQueryPlugin, { queryClient }).use(router).mount('#app');
