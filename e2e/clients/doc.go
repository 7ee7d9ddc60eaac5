// Package clients runs foreign clients, unmodified: Pusher clients against the server,
// pusher-js, laravel-echo and the server SDK for Node as programs under stories, and
// pusher-http-go from Go; and Baileys, a second companion library, against the simulated
// WhatsApp. It holds tests only; `make clients` installs the npm part.
package clients
