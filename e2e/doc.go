// Package e2e holds whole stories: the built program as its own process, the simulated WhatsApp in its place, PostgreSQL
// or SQLite below, judged by the simulator's ledger. Browser stories live in browser/, foreign clients in clients/.
package e2e
