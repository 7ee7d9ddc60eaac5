-- +goose Up

-- A connected number, or one about to be. A deleted one stays as a row, because its conversations name it.
-- linked_phone is its phone while the phone counts as linked here; unique over all workspaces.
CREATE TABLE numbers (
    workspace     TEXT   NOT NULL,
    id            TEXT   NOT NULL,
    name          TEXT   NOT NULL,
    provider      TEXT   NOT NULL,
    phone         TEXT   NOT NULL DEFAULT '',
    lid           TEXT   NOT NULL DEFAULT '',
    push_name     TEXT   NOT NULL DEFAULT '',
    linked_phone  TEXT   UNIQUE,
    state         TEXT   NOT NULL,
    cause         TEXT   NOT NULL DEFAULT '',
    code          TEXT   NOT NULL DEFAULT '',
    text          TEXT   NOT NULL DEFAULT '',
    since         BIGINT NOT NULL,
    until         BIGINT NOT NULL DEFAULT 0,
    is_primary    BIGINT NOT NULL DEFAULT 0,
    enabled       BIGINT NOT NULL DEFAULT 1,
    last_activity BIGINT NOT NULL DEFAULT 0,
    proxy         TEXT   NOT NULL DEFAULT '',
    metadata      TEXT   NOT NULL DEFAULT '{}',
    created_at    BIGINT NOT NULL,
    deleted_at    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX numbers_primary ON numbers (workspace) WHERE is_primary = 1;

-- Pairings that were started, for the hourly limit.
CREATE TABLE pairings (
    workspace  TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    number     TEXT   NOT NULL,
    started_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE INDEX pairings_started ON pairings (workspace, started_at);

-- The keys of linked devices: every value is sealed.
CREATE TABLE device_records (
    workspace TEXT NOT NULL,
    number    TEXT NOT NULL,
    kind      TEXT NOT NULL,
    name      TEXT NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (workspace, number, kind, name)
);

-- Which phone (digits) belongs to which hidden account id.
CREATE TABLE lids (
    workspace TEXT NOT NULL,
    phone     TEXT NOT NULL,
    lid       TEXT NOT NULL,
    PRIMARY KEY (workspace, phone)
);
CREATE UNIQUE INDEX lids_lid ON lids (workspace, lid);
