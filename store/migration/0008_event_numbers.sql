-- +goose Up

-- The history of a number is a handful of events among millions of messages. Only queries that repeat the condition
-- word for word can use it: see eventsSQL.
CREATE INDEX events_number ON events (workspace, number, seq) WHERE type >= 'number.' AND type < 'number/';
