import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { serve } from '@/test/show';
import { connect, disconnect, hooks } from './connection';

/** Pusher's client as far as we use it: what it was told, and its changes of state. */
const made: FakePusher[] = [];
class FakePusher {
  private changed: (states: { previous: string; current: string }) => void = () => undefined;
  connection = {
    bind: (_: string, on: (states: { previous: string; current: string }) => void) => {
      this.changed = on;
    },
  };
  constructor() {
    made.push(this);
  }
  subscribe = () => ({ bind: () => undefined, bind_global: () => undefined });
  becomes(previous: string, current: string) {
    this.changed({ previous, current });
  }
  disconnect() {
    this.becomes('connected', 'disconnected');
  }
}
vi.mock('pusher-js', () => ({ default: FakePusher }));

beforeEach(() => {
  made.length = 0;
  hooks.refused = vi.fn();
  serve(() => ({
    key: 'k',
    path: '/app',
    channel: 'private-workspace.w1',
    presence: '',
    auth_endpoint: '/v1/realtime/auth',
  }));
});
afterEach(() => {
  disconnect();
  vi.unstubAllGlobals();
});

it('asks who one is when the server ends the connection for good, and not when it is lost or we leave', async () => {
  await connect();
  made[0]?.becomes('connecting', 'connected');
  made[0]?.becomes('connected', 'connecting');
  made[0]?.becomes('connecting', 'connected');
  expect(hooks.refused).not.toHaveBeenCalled();
  made[0]?.becomes('connected', 'disconnected');
  expect(hooks.refused).toHaveBeenCalledOnce();

  await connect();
  made[1]?.becomes('connecting', 'connected');
  disconnect();
  expect(hooks.refused).toHaveBeenCalledOnce();
});
