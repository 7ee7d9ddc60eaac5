-- +goose Up

-- The Pusher app of each workspace; its id is the workspace's. secret signs, master is
-- what the keys of encrypted channels are derived from: both are sealed.
CREATE TABLE realtime_apps (
    workspace  TEXT   NOT NULL PRIMARY KEY,
    app_key    TEXT   NOT NULL UNIQUE,
    secret     TEXT   NOT NULL,
    master     TEXT   NOT NULL,
    rotated_at BIGINT NOT NULL
);
