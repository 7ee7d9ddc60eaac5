import type { InfiniteData } from '@tanstack/vue-query';
import { onBeforeUnmount, onMounted, type Ref, ref, watch } from 'vue';
import { keys, queryClient } from '@/api/query';
import type { Conversation, List } from '@/api/types';
import { markRead } from './api';
import type { Shown } from './outgoing';

/** Marks a conversation read while the person looks at its end; a hidden tab reads nothing. */
export function useRead(
  id: string,
  conversation: Ref<Conversation | undefined>,
  messages: Ref<Shown[]>,
  atEnd: Ref<boolean>,
) {
  const visible = ref(document.visibilityState === 'visible');
  const onVisibility = () => {
    visible.value = document.visibilityState === 'visible';
  };
  onMounted(() => document.addEventListener('visibilitychange', onVisibility));
  onBeforeUnmount(() => document.removeEventListener('visibilitychange', onVisibility));

  let marked = '';
  watch(
    [conversation, messages, atEnd, visible],
    () => {
      const newest = [...messages.value].reverse().find((m) => m.direction === 'in');
      if (!conversation.value?.unread || !newest || !atEnd.value || !visible.value || marked === newest.id) return;
      marked = newest.id;
      clearUnread(id);
      markRead(id, newest.id)
        .then(() => queryClient.invalidateQueries({ queryKey: keys.overview }))
        .catch(() => {
          marked = '';
        });
    },
    { immediate: true },
  );
}

function clearUnread(id: string) {
  queryClient.setQueryData<Conversation>(keys.conversation(id), (c) => c && { ...c, unread: 0 });
  queryClient.setQueriesData<InfiniteData<List<Conversation>>>(
    { queryKey: ['conversations', 'list'] },
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((p) => ({ ...p, items: p.items.map((c) => (c.id === id ? { ...c, unread: 0 } : c)) })),
      },
  );
}
