import { type InfiniteData, useInfiniteQuery } from '@tanstack/vue-query';
import { computed } from 'vue';
import { keys, queryClient } from '@/api/query';
import type { Conversation, List, Message } from '@/api/types';
import { explain } from '@/format/problem';
import { useI18n } from '@/i18n';
import { toast } from '@/ui/toast';
import { session } from '@/workspace/session';
import { listMessages, retryMessage, sendMessage } from './api';
import { layout } from './layout';
import { addPending, dropPending, failPending, type Pending, pendingOf, settle, thread } from './outgoing';
import { useWaiting } from './useWaiting';

type Pages = InfiniteData<List<Message>, string>;

/** The messages of one conversation: reading pages backwards, sending at once and honestly, trying again. */
export function useThread(id: string) {
  const { t } = useI18n();
  const query = useInfiniteQuery({
    queryKey: keys.messages(id),
    queryFn: ({ pageParam, signal }) => listMessages(id, pageParam, signal),
    initialPageParam: '',
    getNextPageParam: (last: List<Message>) => last.next || undefined,
  });
  const messages = computed(() => thread(query.data.value?.pages ?? [], pendingOf(id)));
  const rows = computed(() => layout(messages.value, session.timezone.value));

  function take(message: Message) {
    queryClient.setQueryData<Pages>(
      keys.messages(id),
      (data) => data && { ...data, pages: settle(data.pages, message) },
    );
  }

  // What waits is among the newest; what is new besides comes by events.
  useWaiting(messages, async () => {
    const known = new Set(messages.value.map((m) => m.id));
    for (const message of (await listMessages(id, '')).items) if (known.has(message.id)) take(message);
  });

  async function deliver(p: Pending) {
    failPending(id, p.client_ref, '');
    try {
      take(await sendMessage(id, { text: p.text, client_ref: p.client_ref, quoted: p.quoted?.message }));
      dropPending(id, p.client_ref);
      void queryClient.invalidateQueries({ queryKey: ['conversations', 'list'] });
    } catch (error) {
      failPending(id, p.client_ref, explain(error, t));
    }
  }

  function send(conversation: Conversation, text: string, quoted?: Pending['quoted']) {
    const p: Pending = {
      client_ref: crypto.randomUUID(),
      conversation: id,
      number: conversation.number,
      text,
      quoted,
      time: new Date().toISOString(),
      failure: '',
    };
    addPending(p);
    return deliver(p);
  }

  async function retry(message: Message & { pending?: Pending }) {
    if (message.pending) return deliver(message.pending);
    try {
      take(await retryMessage(message.id));
    } catch (error) {
      toast(explain(error, t), 'bad');
    }
  }

  return { ...query, messages, rows, send, retry, discard: (ref: string) => dropPending(id, ref) };
}
