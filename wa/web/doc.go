// Package web is the provider on WhatsApp Web: whatsmeow behind [wa.Link].
//
// It keeps whatsmeow's keys in a device store of our own ([DeviceStore], sealed by
// package store), never reconnects by itself, and turns whatsmeow's events into
// messages, receipts and signals.
//
// Invariants:
//   - A stanza is acknowledged only after the receiver has stored what it brought. The
//     first failure (store or panic) closes the connection before another stanza is handled:
//     its context ends, and with it every way to send an acknowledgement.
//   - What a decryption changed becomes durable only after the receiver has stored the
//     message, or together with the sealed plaintext (docs/adr/0007-device-store.md).
//   - What an encryption changed is durable before the message leaves.
//   - whatsmeow decodes only what was looked through before: a frame that would end the
//     process ends its connection (docs/adr/0015-airlock.md).
//   - No key, message text, code or full phone number is logged.
//
// It decides nothing about when to connect, pair or give up: package number does.
package web
