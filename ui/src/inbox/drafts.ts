import type { Message } from '@/api/types';

/** What a person typed but did not send, and what it answers to. */
export interface StoredDraft {
  text: string;
  quoted?: { message: string; text: string; author: Message['author'] };
}

const key = (workspace: string, conversation: string) => `sapa.draft.${workspace}.${conversation}`;

/** Reads the draft of a conversation; an empty one when there is none or the storage is off. */
export function readDraft(workspace: string, conversation: string): StoredDraft {
  try {
    const stored = JSON.parse(localStorage.getItem(key(workspace, conversation)) ?? 'null');
    return typeof stored?.text === 'string' ? stored : { text: '' };
  } catch {
    return { text: '' };
  }
}

/** Keeps the draft of a conversation; an empty one is removed. */
export function keepDraft(workspace: string, conversation: string, draft: StoredDraft) {
  try {
    if (!draft.text.trim() && !draft.quoted) localStorage.removeItem(key(workspace, conversation));
    else localStorage.setItem(key(workspace, conversation), JSON.stringify(draft));
  } catch {
    // A full or forbidden storage only costs the draft's survival of a reload.
  }
}
