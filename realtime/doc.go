// Package realtime decides which event goes to which channel of a Pusher
// Channels server, and who may listen there.
//
// It consumes the event log (event.Consumer) and takes live-only events
// (event.Live), gives every workspace its own app (key, secret, origins), and
// signs subscriptions for people and API keys. It does not speak to sockets:
// a Driver does, which is package pusher, or something that speaks like it.
//
// Invariants:
//   - A workspace's app is named by the workspace's id, and everything is signed
//     with that workspace's secret: a signature of one is worthless in another.
//   - A QR code leaves only encrypted, for roles that may pair, or by the switch
//     of the workspace that broadcasts it; it is never logged nor in the event log.
//   - An event has the envelope of the log. Data above 8 kB is reduced to ids with
//     "truncated": true; the reader fetches the rest.
//   - Delivery is at most once to whoever listens: after a reconnect a client
//     fetches again, or reads GET /v1/events?after=.
//
// Channels: private-workspace.{id}, presence-workspace.{id},
// private-conversation.{id}, presence-conversation.{id} and
// private-encrypted-number.{id}; see docs/guides/realtime.md.
package realtime
