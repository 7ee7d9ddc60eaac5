// pusher-js: connect, and each kind of channel.
const { assert, connected, event, subscribed, trigger, within, run } = require("./kit.cjs");

run(async () => {
  const pusher = await connected();
  assert.match(pusher.connection.socket_id, /^\d+\.\d+$/);

  for (const name of ["news", "private-news", "private-encrypted-news"]) {
    const channel = pusher.subscribe(name);
    await subscribed(channel);
    const got = event(channel, "tick");
    await trigger(name, "tick", { on: name, text: "selamat pagi 🌞" });
    assert.deepEqual(await got, { on: name, text: "selamat pagi 🌞" });
  }

  for (const name of ["cache-news", "private-cache-news", "private-encrypted-cache-news"]) {
    const first = pusher.subscribe(name);
    await event(first, "pusher:cache_miss");
    await trigger(name, "tick", { last: 1 });
    const other = await connected("ben");
    assert.deepEqual(await event(other.subscribe(name), "tick"), { last: 1 });
  }

  const counted = pusher.subscribe("counted");
  await within("a count of 1", (done) => counted.bind("pusher:subscription_count", (data) => data.subscription_count === 1 && done()));

  pusher.unsubscribe("news");
  await subscribed(pusher.subscribe("fence")); // unsubscribe has no reply, but frames are handled in order
  let late = false;
  pusher.bind("late", () => (late = true));
  const after = event(pusher.channel("private-news"), "after");
  await trigger("news", "late", {});
  await trigger("private-news", "after", {});
  await after;
  assert.equal(late, false, "nothing arrives after unsubscribe");
});
