// Package migration holds the database's history as embedded SQL files.
//
// One file per step, NNNN_name.sql, for both engines. Files are append-only: once
// released, a file never changes (its checksum is kept in every database). Two words
// stand for what the engines spell differently: @serial@ is a primary key that counts
// by itself and is never reused, @blob@ is a column of bytes. Lines between "-- @sqlite"
// and "-- @end", or "-- @postgres" and "-- @end", are for that engine alone.
//
// Tables with a column named workspace get row-level security and grants by a generic
// step after the migrations (see package store); files here never mention roles.
package migration

import "embed"

// Files are the migrations as written.
//
//go:embed *.sql
var Files embed.FS
