// pusher-js: here, joining, leaving and client events on presence and private channels.
const { assert, connected, event, subscribed, within, run } = require("./kit.cjs");

run(async () => {
  const ana = await connected("ana");
  const room = ana.subscribe("presence-room");
  await subscribed(room);
  assert.equal(room.members.count, 1);
  assert.deepEqual(room.members.me, { id: "ana", info: { name: "Ana" } });

  const joins = [];
  room.bind("pusher:member_added", (member) => joins.push(member));
  const ben1 = await connected("ben");
  const bens = ben1.subscribe("presence-room");
  await subscribed(bens);
  assert.equal(bens.members.count, 2);
  const ben2 = await connected("ben");
  await subscribed(ben2.subscribe("presence-room"));

  // A whisper comes with the sender's id and reaches everybody but the sender.
  const heard = within("the whisper", (done) => room.bind("client-typing", (data, metadata) => done({ data, metadata })));
  assert.equal(bens.trigger("client-typing", { on: true }), true);
  assert.deepEqual(await heard, { data: { on: true }, metadata: { user_id: "ben" } });
  assert.deepEqual(joins, [{ id: "ben", info: { name: "Ben" } }], "a second socket of the same user is no news");

  const left = event(room, "pusher:member_removed");
  ben1.disconnect();
  ben2.disconnect();
  assert.equal((await left).id, "ben");
  assert.equal(room.members.count, 1);

  const cem = await connected("cem");
  const [one, two] = [ana.subscribe("private-chat"), cem.subscribe("private-chat")];
  await Promise.all([subscribed(one), subscribed(two)]);
  const whisper = event(one, "client-hello");
  two.trigger("client-hello", "hi");
  assert.equal(await whisper, "hi");

  // More than ten a second are refused with 4301, and the socket stays open.
  const limited = within("the error 4301", (done) => cem.connection.bind("error", (e) => e?.data?.code === 4301 && done()));
  for (let i = 0; i < 20; i++) two.trigger("client-hello", i);
  await limited;
  assert.equal(cem.connection.state, "connected");
});
