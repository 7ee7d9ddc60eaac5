// pusher-js: after 4200 it is back, on a new socket, in all its channels.
const { assert, connected, control, event, subscribed, trigger, within, run } = require("./kit.cjs");

run(async () => {
  const pusher = await connected();
  const before = pusher.connection.socket_id;
  const channels = [pusher.subscribe("news"), pusher.subscribe("private-news"), pusher.subscribe("presence-room")];
  await Promise.all(channels.map(subscribed));

  const again = Promise.all(channels.map(subscribed));
  const back = within("a new socket", (done) => pusher.connection.bind("connected", () => pusher.connection.socket_id !== before && done()));
  await control("close-app");
  await back;
  await again;
  const got = event(channels[1], "tick");
  await trigger("private-news", "tick", { back: true });
  assert.deepEqual(await got, { back: true });
});
