// pusher-js, many of them: a drain spreads its closes over the window, and every client ends up elsewhere.
const { assert, connected, control, run } = require("./kit.cjs");

const clients = 60;
const seconds = 2;

run(async () => {
  const all = await Promise.all(Array.from({ length: clients }, (_, i) => connected(`person${i}`)));
  const begin = Date.now();
  const closed = [];
  const gone = Promise.all(
    all.map(
      (pusher) =>
        new Promise((resolve) =>
          pusher.connection.bind("state_change", ({ previous }) => {
            if (previous !== "connected") return;
            closed.push(Date.now() - begin);
            pusher.disconnect();
            resolve();
          }),
        ),
    ),
  );
  await control("drain", { seconds });
  await gone;
  assert.equal(closed.length, clients);
  const quarters = Array(4).fill(0);
  for (const at of closed) quarters[Math.min(3, Math.floor((at / (seconds * 1000)) * 4))]++;
  assert.ok(Math.max(...quarters) <= (clients * 2) / 3, `closes per quarter of the window: ${quarters}`);
  assert.ok(closed.at(-1) - closed[0] >= (seconds * 1000) / 2, "the closes take most of the window");
});
