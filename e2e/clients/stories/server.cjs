// The server SDK for Node: trigger, batch, exclusion, encryption, info, users and terminate, strict on secrets.
const Server = require("pusher");
const { assert, connected, event, state, subscribed, run, env } = require("./kit.cjs");

const credentials = { appId: env.PUSHER_APP, key: env.PUSHER_KEY, secret: env.PUSHER_SECRET, host: env.PUSHER_HOST, port: env.PUSHER_PORT, useTLS: false };
const json = (answer) => answer.json();

run(async () => {
  const server = new Server({ ...credentials, encryptionMasterKeyBase64: process.env.PUSHER_MASTER });
  const [ana, ben] = [await connected("ana"), await connected("ben")];
  const all = [];
  for (const pusher of [ana, ben]) for (const name of ["news", "presence-room", "private-encrypted-news"]) all.push(subscribed(pusher.subscribe(name)));
  await Promise.all(all);

  const got = [event(ana.channel("news"), "tick"), event(ben.channel("news"), "tick")];
  assert.equal((await server.trigger("news", "tick", { a: 1 })).status, 200);
  assert.deepEqual(await Promise.all(got), [{ a: 1 }, { a: 1 }]);

  let echoed = false;
  ana.channel("news").bind("mine", () => (echoed = true));
  const others = event(ben.channel("news"), "mine");
  const info = await json(await server.trigger("news", "mine", {}, { socket_id: ana.connection.socket_id, info: "subscription_count" }));
  assert.deepEqual(info, { channels: { news: { subscription_count: 2 } } });
  await others;

  const secret = event(ana.channel("private-encrypted-news"), "secret");
  await server.trigger("private-encrypted-news", "secret", { hidden: true });
  assert.deepEqual(await secret, { hidden: true });
  assert.equal(echoed, false, "the excluded socket heard nothing");

  const both = [event(ana.channel("news"), "one"), event(ana.channel("news"), "two")];
  await server.triggerBatch([
    { channel: "news", name: "one", data: {} },
    { channel: "news", name: "two", data: {} },
  ]);
  await Promise.all(both);

  const room = await json(await server.get({ path: "/channels/presence-room", params: { info: "user_count,subscription_count" } }));
  assert.deepEqual(room, { occupied: true, user_count: 2, subscription_count: 2 });
  const users = await json(await server.get({ path: "/channels/presence-room/users" }));
  assert.deepEqual(users.users, [{ id: "ana" }, { id: "ben" }]);
  const channels = await json(await server.get({ path: "/channels", params: { filter_by_prefix: "presence-" } }));
  assert.deepEqual(Object.keys(channels.channels), ["presence-room"]);

  ben.signin();
  await ben.user.signinDonePromise;
  const hello = event(ben.user, "hello");
  await server.sendToUser("ben", "hello", { b: 2 });
  assert.deepEqual(await hello, { b: 2 });
  await server.terminateUserConnections("ben");
  await state(ben, "disconnected");

  const forger = new Server({ ...credentials, secret: "wrong" });
  await assert.rejects(forger.trigger("news", "tick", {}), (error) => error.status === 401);
  await assert.rejects(server.trigger("news", "big", "x".repeat(11_000)), (error) => error.status === 413);
});
