import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query';
import { mount } from '@vue/test-utils';
import { vi } from 'vitest';
import type { Component } from 'vue';
import { setLanguage } from '@/i18n';

/** A request as the page sent it. */
export interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
}

/** What a server answers: a body, or a refusal with its status. Nothing for an answer without a body. */
export type Server = (call: Call) => unknown;

export class Refusal {
  constructor(
    readonly status: number,
    readonly problem: Record<string, unknown>,
  ) {}
}

/** Answers the page's requests in place of the network; returns what was asked. */
export function serve(server: Server): Call[] {
  const calls: Call[] = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const at = new URL(url, 'http://sapa.test');
    const body = typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
    const call = { method: init.method ?? 'GET', path: at.pathname, query: at.searchParams, body };
    calls.push(call);
    const answer = await server(call);
    if (answer instanceof Refusal) return new Response(JSON.stringify(answer.problem), { status: answer.status });
    return new Response(answer === undefined ? null : JSON.stringify(answer), {
      status: answer === undefined ? 204 : 200,
    });
  });
  return calls;
}

/** Mounts a component (a generic one has no type that fits) in English, attached to the page, with the plugins that the app has. */
export async function show(component: unknown, props: Record<string, unknown> = {}, slots?: Record<string, unknown>) {
  await setLanguage('en');
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return mount(component as Component, {
    props,
    slots: slots as never,
    attachTo: document.body,
    global: {
      plugins: [[VueQueryPlugin, { queryClient }]],
      stubs: { RouterLink: { template: '<a><slot /></a>' } },
    },
  });
}
