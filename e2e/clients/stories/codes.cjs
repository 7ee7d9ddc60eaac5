// The table of close codes in docs/protocol/pusher.md is what pusher-js really does.
const { assert, client, env, within, run } = require("./kit.cjs");

const expected = {
  final: [4001, 4003, 4004, 4005, 4006, 4007, 4008, 4009, 4301, 4302],
  atOnce: [4200, 4201, 4202],
  afterASecond: [4100, 1009],
};

// watch connects to a server that greets and closes with the code, and says what pusher-js does next: nothing for ever, or how
// long it means to wait before it comes back. How long that takes in the end is the machine's affair.
function watch(code) {
  const { connection } = client("ana", { wsPath: `/closing/${code}` });
  const waits = []; // it plans a second for every close, and for some codes none as well
  const { retryIn } = connection;
  connection.retryIn = (ms) => {
    waits.push(ms);
    retryIn.call(connection, ms);
  };
  return within(`the end of ${code}`, (done) => {
    let greeted = false; // the server closes at once after its greeting; pusher-js keeps the state "connected" while it waits
    connection.bind("disconnected", () => done({ code, final: true }));
    connection.bind("connected", () => {
      if (!greeted) {
        greeted = true;
        return;
      }
      const wait = Math.min(...waits);
      connection.unbind("disconnected");
      connection.disconnect();
      done({ code, final: false, wait });
    });
  });
}

run(async () => {
  assert.ok(env.PUSHER_KEY);
  const seen = await Promise.all(Object.values(expected).flat().map(watch));
  for (const { code, final, wait } of seen) {
    if (expected.final.includes(code)) assert.equal(final, true, `${code} is final`);
    else if (expected.atOnce.includes(code)) assert.equal(wait, 0, `${code}: at once`);
    else assert.equal(wait, 1000, `${code}: after a second`);
  }
});
