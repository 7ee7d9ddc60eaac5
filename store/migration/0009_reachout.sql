-- +goose Up

-- WhatsApp's lock on new chats of a number: until when (0: none), and WhatsApp's word or code for it.
ALTER TABLE numbers ADD COLUMN reachout_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE numbers ADD COLUMN reachout_code TEXT NOT NULL DEFAULT '';
