// What every story uses: a connected client, waiting with a limit, and the server's test controls.
const assert = require("node:assert/strict");
const Pusher = require("pusher-js");

const { PUSHER_HOST, PUSHER_PORT, PUSHER_KEY, PUSHER_SECRET, PUSHER_APP } = process.env;
const base = `http://${PUSHER_HOST}:${PUSHER_PORT}`;
const open = [];

// The options that point pusher-js at this server; `as` is who the auth endpoint takes the client for.
function options(as = "ana", more = {}) {
  return {
    cluster: "none",
    wsHost: PUSHER_HOST,
    wsPort: Number(PUSHER_PORT),
    forceTLS: false,
    enabledTransports: ["ws"],
    disableStats: true,
    channelAuthorization: { endpoint: `${base}/auth`, transport: "ajax", headers: { "X-As": as } },
    userAuthentication: { endpoint: `${base}/user-auth`, transport: "ajax", headers: { "X-As": as } },
    ...more,
  };
}

function client(as, more) {
  const pusher = new Pusher(PUSHER_KEY, options(as, more));
  open.push(pusher);
  return pusher;
}

// A promise that fails after a minute, which a busy machine may need, and says what it waited for.
function within(what, start, ms = 60_000) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), ms);
    start((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}

const event = (source, name) => within(`the event ${name}`, (done) => source.bind(name, done));
const subscribed = (channel) => within(`the subscription to ${channel.name}`, (done) => channel.bind("pusher:subscription_succeeded", done));
const state = (pusher, name) =>
  within(`the state ${name}`, (done) => {
    if (pusher.connection.state === name) done();
    else pusher.connection.bind(name, done);
  });

async function connected(as, more) {
  const pusher = client(as, more);
  await state(pusher, "connected");
  return pusher;
}

// control asks the test server to do something; see clients_test.go.
async function control(what, query = {}) {
  const answer = await fetch(`${base}/control/${what}?${new URLSearchParams(query)}`, { method: "POST" });
  assert.equal(answer.status, 200, `control ${what}`);
  return answer.json();
}

const trigger = (channel, name, data) => control("trigger", { channel, name, data: JSON.stringify(data) });

// run runs a story and ends the process with its outcome.
function run(story) {
  story()
    .then(() => 0)
    .catch((error) => {
      console.error(error);
      return 1;
    })
    .then((code) => {
      for (const pusher of open) pusher.disconnect();
      process.exit(code);
    });
}

module.exports = { assert, Pusher, base, options, client, connected, within, event, subscribed, state, control, trigger, run, env: { PUSHER_HOST, PUSHER_PORT, PUSHER_KEY, PUSHER_SECRET, PUSHER_APP } };
