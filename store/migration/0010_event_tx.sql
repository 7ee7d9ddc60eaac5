-- +goose Up
-- @postgres

-- Which transaction wrote an event. All that are older than the oldest that runs are over, so that whoever gives numbers
-- need not look again at what was there: entries of events that have theirs stay in an index until the next vacuum.
ALTER TABLE events ADD COLUMN tx xid8;
UPDATE events SET tx = '0' WHERE position IS NULL;
ALTER TABLE events ALTER COLUMN tx SET DEFAULT pg_current_xact_id();
DROP INDEX events_unstamped;
CREATE INDEX events_unstamped ON events (tx) WHERE position IS NULL;
-- @end
-- @sqlite

-- Events have their numbers from the start.
DROP INDEX events_unstamped;
-- @end
