-- +goose Up

-- What a request with an idempotency key asked for, as a digest: the same key for something else is refused.
ALTER TABLE messages ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';
