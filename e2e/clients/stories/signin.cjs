// pusher-js: user sign-in, events to a user, the watchlist, and being terminated.
const { assert, connected, control, event, state, trigger, within, run } = require("./kit.cjs");

run(async () => {
  const ben = await connected("ben");
  ben.signin();
  await ben.user.signinDonePromise;

  const ana = await connected("ana"); // the auth endpoint gives Ana a watchlist: ben and cem
  const online = within("ben online", (done) => ana.user.watchlist.bind("online", (e) => e.user_ids.includes("ben") && done()));
  ana.signin();
  await ana.user.signinDonePromise;
  assert.equal(ana.user.user_data.id, "ana");
  await online;

  const told = event(ana.user, "hello");
  await trigger("#server-to-user-ana", "hello", { a: 1 });
  assert.deepEqual(await told, { a: 1 });

  const joined = within("cem online", (done) => ana.user.watchlist.bind("online", (e) => e.user_ids.includes("cem") && done()));
  const cem = await connected("cem");
  cem.signin();
  await cem.user.signinDonePromise;
  await joined;

  const offline = within("ben offline", (done) => ana.user.watchlist.bind("offline", (e) => e.user_ids.includes("ben") && done()));
  await control("terminate", { user: "ben" });
  await state(ben, "disconnected"); // 4009: for good
  await offline;
  assert.equal(ana.connection.state, "connected");
});
