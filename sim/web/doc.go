// Package web is the server side of WhatsApp Web as an unmodified whatsmeow client
// needs it: Noise XX with its own certificate chain, frames, binary stanzas, pairing,
// login, device lists, offline queues and the routing of messages and receipts.
//
// It is not a Signal endpoint: it never sees a plaintext. Phones and contacts live in
// package phone and are attached as [Primary] devices of a [User].
//
// Invariants:
//   - one frame is one websocket message, because whatsmeow assembles a split frame
//     wrongly (docs/protocol/whatsapp-web.md, "Frames");
//   - one goroutine reads a connection and one writes it; a stanza of one connection
//     is handled to its end before the next;
//   - the server does not close after stream:error 515, the client does;
//   - a stanza that wants an acknowledgement stays in its device's queue until that
//     comes, and is sent again at the next login;
//   - server-made stanza ids start with "sim-", so they never equal a client's id.
package web
