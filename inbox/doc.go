// Package inbox receives: messages, receipts and typing become contacts, conversations and events.
//
// Everything that arrives is stored in one transaction with its event before the
// provider acknowledges it to WhatsApp, and a second arrival changes nothing.
// Contacts are a graph of identities (phone, LID), never "phone = key"; when two of
// them turn out to be one person they are merged, with their conversations.
//
// Invariants:
//   - One conversation per contact and number; one contact per identity and workspace.
//   - A message is unique by number, direction, the sender's contact and WhatsApp's id.
//   - Receipts only move a message's status forward.
//   - History never counts as unread and makes no message event.
//
// It does not send (package send does), does not decide who answers, and does not connect numbers.
package inbox
