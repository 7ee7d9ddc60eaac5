// pusher-js, many of them: a drain takes its time, and every client is told to go elsewhere. That its closes are spread evenly over
// that time is for a test with a clock of its own (pusher/drain_test.go): here a busy machine could read them all at once.
const { assert, connected, control, run } = require("./kit.cjs");

const clients = 60;
const seconds = 2;
const slices = seconds * 10;

run(async () => {
  const all = await Promise.all(Array.from({ length: clients }, (_, i) => connected(`person${i}`)));
  const gone = Promise.all(
    all.map(
      (pusher) =>
        new Promise((resolve) =>
          pusher.connection.bind("state_change", ({ previous }) => {
            if (previous !== "connected") return;
            pusher.disconnect();
            resolve();
          }),
        ),
    ),
  );
  const begin = Date.now();
  await control("drain", { seconds });
  const took = Date.now() - begin;
  await gone;
  assert.ok(took >= ((seconds * 1000) / slices) * (slices - 1), `the drain took ${took} ms`);
});
