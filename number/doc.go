// Package number connects WhatsApp numbers and keeps them connected.
//
// A number is a row with a state, and while it is enabled a runner: one goroutine
// that owns the number's [wa.Link], hears its signals, decides when to connect
// again, and writes every change of state with its event in one transaction.
//
// Invariants:
//   - A number runs on one node: it is claimed with an epoch, every write of its
//     runner and of its device store carries that epoch, and a write with an old
//     one is refused.
//   - A number is never paired again by the program; only a person starts a pairing.
//   - Deleting is marked in the database first, so that a crash in between ends at the next start.
//   - A QR code, a pairing code and a passkey challenge are shown live and never stored or logged.
//
// It does not know whatsmeow (wa/web does), does not store messages (inbox does),
// and does not send them (send does): it only tells who may send now.
package number
