// Clients of pusher-js on one public channel: KEY HOST PORT COUNT. Prints a line "try" for each attempt to connect, and "in" for each
// subscription. Ends with its standard input.
const net = require("node:net");
const Pusher = require("pusher-js");

const [key, wsHost, wsPort, count] = process.argv.slice(2);
const say = (what) => process.stdout.write(`${what}\n`);

// pusher-js tells its state, which stays "connecting" over many attempts; what the network sees is this.
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  say("try");
  return connect.apply(this, args);
};

for (let i = 0; i < Number(count); i++) {
  const pusher = new Pusher(key, { cluster: "none", wsHost, wsPort: Number(wsPort), forceTLS: false, enabledTransports: ["ws"], disableStats: true });
  pusher.subscribe("return").bind("pusher:subscription_succeeded", () => say("in"));
}
process.stdin.resume().on("end", () => process.exit(0));
