// Package phone is the Signal side of the simulated network: the primary device of an
// account, and a contact, which is only a primary device. It makes keys from a seed,
// links companions (device identities, pairing codes, passkeys) and encrypts and decrypts
// with real Signal sessions.
//
// It is not a network: it neither sends nor routes; package sim joins it to package web.
package phone
