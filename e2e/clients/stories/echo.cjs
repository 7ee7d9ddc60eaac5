// laravel-echo: private, presence, whisper and raw event names, with both of its broadcasters.
const Pusher = require("pusher-js");
const { assert, base, env, trigger, within, run } = require("./kit.cjs");

function echo(Echo, as, broadcaster) {
  return new Echo({
    broadcaster,
    Pusher,
    key: env.PUSHER_KEY,
    cluster: "none",
    wsHost: env.PUSHER_HOST,
    wsPort: Number(env.PUSHER_PORT),
    forceTLS: false,
    enabledTransports: ["ws"],
    authEndpoint: `${base}/auth`,
    auth: { headers: { "X-As": as } },
  });
}

const joined = (channel) => within("the subscription", (done) => channel.subscribed(done));

run(async () => {
  const { default: Echo } = await import("laravel-echo");
  for (const broadcaster of ["reverb", "pusher"]) {
    const [ana, ben] = [echo(Echo, "ana", broadcaster), echo(Echo, "ben", broadcaster)];

    const received = within(".message.received", (done) => ana.private("workspace.1").listen(".message.received", done));
    await joined(ana.private("workspace.1"));
    await trigger("private-workspace.1", "message.received", { type: "message.received", data: { text: "halo" } });
    assert.equal((await received).data.text, "halo");

    const status = within(".session-status-changed", (done) => ana.join("workspace.1").listen(".session-status-changed", done));
    const here = within("here", (done) => ana.join("workspace.1").here(done));
    assert.deepEqual(await here, [{ name: "Ana" }]);
    await trigger("presence-workspace.1", "session-status-changed", { sessionId: "n1", status: "connected", workspaceId: "1" });
    assert.deepEqual(await status, { sessionId: "n1", status: "connected", workspaceId: "1" });

    const joining = within("joining", (done) => ana.join("workspace.1").joining(done));
    const bens = ben.join("workspace.1");
    await joined(bens);
    assert.deepEqual(await joining, { name: "Ben" });
    const whisper = within("the whisper", (done) => ana.join("workspace.1").listenForWhisper("typing", done));
    bens.whisper("typing", { on: true });
    assert.deepEqual(await whisper, { on: true });
    const leaving = within("leaving", (done) => ana.join("workspace.1").leaving(done));
    ben.leave("workspace.1");
    assert.deepEqual(await leaving, { name: "Ben" });

    const refused = within("the refusal", (done) => ana.private("forbidden").error(done));
    assert.equal((await refused).status, 403);
    ana.disconnect();
    ben.disconnect();
  }
});
