// laravel-echo on Sapa's own channels: messages, state, QR codes, who may listen, and a rotated secret.
const Pusher = require("pusher-js");
const Server = require("pusher");
const { assert, base, control, env, event, within, run } = require("../kit.cjs");

const workspace = env.PUSHER_APP;
const number = process.env.SAPA_NUMBER;

run(async () => {
  const { default: Echo } = await import("laravel-echo");
  const echo = (as) =>
    new Echo({
      broadcaster: "reverb",
      Pusher,
      key: env.PUSHER_KEY,
      wsHost: env.PUSHER_HOST,
      wsPort: Number(env.PUSHER_PORT),
      forceTLS: false,
      enabledTransports: ["ws"],
      authEndpoint: `${base}/auth`,
      auth: { headers: { "X-As": as } },
    });
  const joined = (channel) => within(`the subscription to ${channel.name}`, (done) => channel.subscribed(done));
  const next = (channel, name) => within(name, (done) => channel.listen(name, done));
  const [admin, agent] = [echo("admin"), echo("agent")];

  const own = agent.private(`workspace.${workspace}`);
  const room = agent.join(`workspace.${workspace}`);
  const codes = admin.encryptedPrivate(`number.${number}`);
  await Promise.all([joined(own), joined(room), joined(codes)]);

  // A message, with the envelope of the event log.
  const message = next(own, ".message.received");
  await control("message");
  const envelope = await message;
  assert.equal(envelope.type, "message.received");
  assert.equal(envelope.workspace, workspace);
  assert.equal(envelope.seq, 1);
  assert.deepEqual(envelope.data, { text: "halo" });

  // The state of a number, under both names.
  const [status, state] = [next(room, ".session-status-changed"), next(own, ".number.state")];
  await control("connected");
  assert.deepEqual(await status, { sessionId: number, status: "connected", workspaceId: workspace });
  assert.equal((await state).data.state, "connected");

  // A QR code: decrypted for the admin; for everybody under the old name, because this workspace wants it.
  const [code, compat] = [next(codes, ".number.qr"), next(room, ".qr-code-generated")];
  await control("qr");
  const shown = (await code).data;
  assert.equal(shown.text, "2@the-code");
  assert.equal(Buffer.from(shown.png_base64, "base64").subarray(1, 4).toString(), "PNG");
  const { qrCodeBase64, expiresInSeconds, ...ids } = await compat;
  assert.deepEqual(ids, { workspaceId: workspace, sessionId: number });
  assert.equal(qrCodeBase64, shown.png_base64);
  assert.ok(expiresInSeconds > 50 && expiresInSeconds <= 60);

  // An agent may not see codes, and nobody gets into another workspace.
  const strangers = [agent.encryptedPrivate(`number.${number}`), agent.private("workspace.01M0WQ3YZ5T5N9B7E1XG0HJK2A")];
  const refused = await Promise.all(strangers.map((channel) => within(`the refusal of ${channel.name}`, (done) => channel.error(done))));
  for (const { status } of refused) assert.equal(status, 403);

  // The workspace's own server publishes with the app's secret, until the secret is rotated.
  const server = new Server({ appId: workspace, key: env.PUSHER_KEY, secret: env.PUSHER_SECRET, host: env.PUSHER_HOST, port: env.PUSHER_PORT, useTLS: false });
  const custom = next(own, ".order.paid");
  await server.trigger(`private-workspace.${workspace}`, "order.paid", { id: 7 });
  assert.deepEqual(await custom, { id: 7 });
  const before = agent.socketId();
  const back = event(own.subscription, "pusher:subscription_succeeded");
  await control("rotate");
  await assert.rejects(server.trigger(`private-workspace.${workspace}`, "order.paid", {}), (error) => error.status === 401);
  await back; // closed, connected again, and signed with the new secret
  assert.notEqual(agent.socketId(), before);
  const again = next(own, ".message.received");
  await control("message");
  await again;
  admin.disconnect();
  agent.disconnect();
});
