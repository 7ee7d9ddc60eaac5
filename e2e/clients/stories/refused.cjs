// pusher-js: what is refused, and what the client makes of it.
const { assert, Pusher, connected, event, options, state, within, run } = require("./kit.cjs");

run(async () => {
  const pusher = await connected();
  // The auth endpoint says no.
  const denied = await event(pusher.subscribe("private-forbidden"), "pusher:subscription_error");
  assert.equal(denied.status, 403);
  // The auth endpoint signs with another secret: this server says no, and the socket stays open.
  const forged = await event(pusher.subscribe("private-forged"), "pusher:subscription_error");
  assert.equal(forged.type, "AuthError");
  assert.equal(forged.status, 401);
  assert.equal(pusher.connection.state, "connected");

  // A sign-in with a wrong signature ends with 4009, after which pusher-js never comes back.
  const forger = await connected("forger");
  const error = within("the error 4009", (done) => forger.connection.bind("error", (e) => e?.data?.code === 4009 && done()));
  forger.signin();
  await error;
  await state(forger, "disconnected");

  // An unknown key is final too.
  const stranger = new Pusher("no-such-key", options());
  const unknown = within("the error 4001", (done) => stranger.connection.bind("error", (e) => e?.error?.data?.code === 4001 && done()));
  await unknown;
  await state(stranger, "disconnected");
});
