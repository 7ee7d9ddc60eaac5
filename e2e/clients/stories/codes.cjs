// The table of close codes in docs/protocol/pusher.md is what pusher-js really does.
const { assert, client, env, run } = require("./kit.cjs");

const expected = {
  final: [4001, 4003, 4004, 4005, 4006, 4007, 4008, 4009, 4301, 4302],
  atOnce: [4200, 4201, 4202],
  afterASecond: [4100, 1009],
};

// watch connects to a server that greets and closes with the code, and says when pusher-js came back.
function watch(code) {
  const pusher = client("ana", { wsPath: `/closing/${code}` });
  let first = 0; // the server closes at once after its greeting; pusher-js keeps the state "connected" while it waits
  return new Promise((resolve) => {
    const limit = setTimeout(() => resolve({ code, final: pusher.connection.state === "disconnected" }), 3000);
    pusher.connection.bind("connected", () => {
      if (!first) {
        first = Date.now();
        return;
      }
      clearTimeout(limit);
      pusher.disconnect();
      resolve({ code, after: Date.now() - first });
    });
  });
}

// A busy machine can make "at once" slow: two more tries, alone.
const quicker = async (code) => (await watch(code)).after < 900 || (await watch(code)).after < 900;

run(async () => {
  assert.ok(env.PUSHER_KEY);
  const seen = await Promise.all(Object.values(expected).flat().map(watch));
  for (const { code, final, after } of seen) {
    if (expected.final.includes(code)) assert.equal(final, true, `${code} is final`);
    else if (expected.atOnce.includes(code)) assert.ok(after < 900 || (await quicker(code)), `${code}: at once, not after ${after} ms`);
    else assert.ok(after >= 900, `${code}: after a second, not after ${after} ms`);
  }
});
