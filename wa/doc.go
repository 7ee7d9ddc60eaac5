// Package wa holds the words of WhatsApp that the rest of the program shares:
// phone numbers, identities, messages, receipts, signals, and the two
// interfaces between a provider and its number. It does no I/O and knows no
// provider's dialect.
//
// Every type in the methods of [Receiver] and [Link] lives here, because the
// providers (wa/web, wa/cloud, wa/evolution) stand below the rooms that use them.
package wa
