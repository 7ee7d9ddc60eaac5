// Package send is the one door out: every message that leaves goes through its outbox.
//
// [Service.Enqueue] writes message, outbox row and event in one transaction, the
// WhatsApp id already chosen. One lane (one goroutine) per ready number drains that
// number's rows, in order per conversation, at the pace that the [Governor] gives.
//
// Invariants:
//   - A message has one WhatsApp id for as long as it may have left; every retry uses it, and recipients collapse equal ids.
//   - Within a conversation a message is never sent before an earlier one is settled (sent, failed, unknown or expired).
//   - A row is claimed only by the lane that holds the number's current lease epoch, and only by one.
//   - From sent on, a status never goes back.
//
// It does not know who receives, reads or listens, does not decide what is written,
// and does not connect numbers: package number tells it when a link is ready.
package send
