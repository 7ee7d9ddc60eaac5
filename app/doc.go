// Package app is the composition root: it reads the settings, opens the store,
// binds each capability to what it needs, mounts everything on one mux, and
// starts and stops the parts in order. It holds no business rule of its own.
//
// Run reads from top to bottom as the order of the start; stopping is the reverse.
package app
