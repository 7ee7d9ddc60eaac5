// Package pusher is a Pusher Channels server, protocol 7, as a library.
//
// It is for programs that want browsers and server SDKs written for Pusher
// Channels to talk to them directly: mount a Server on /app/ and /apps/, give it
// a way to look up apps, and publish with Server.Trigger.
//
// It is not a broker: nothing is stored apart from the last event of a cache
// channel, a missed event is gone, and there is one node. It knows nothing of
// what the events mean; whoever signs a subscription decides who may listen.
//
// Invariants:
//   - A frame is encoded once, however many sockets receive it, and publishing
//     never waits for a socket: each has a bounded queue, and a reader that is
//     too slow is closed with 4200.
//   - An idle socket costs one goroutine and about a kilobyte of buffers. A
//     writer exists only while there is something to write, and it is the only
//     one that writes to the network.
//   - Within one channel a socket receives events in the order in which they
//     were published, and none before its subscription_succeeded.
//   - Apps is asked when a socket connects, subscribes or signs in and when an
//     HTTP call arrives, never for an event.
//   - A close code that pusher-js takes as final (4000 to 4099) is sent only for
//     what will not heal by itself.
//
// The wire facts and their sources are in docs/protocol/pusher.md.
package pusher
