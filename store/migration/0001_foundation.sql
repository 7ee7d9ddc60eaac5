-- +goose Up

-- The event log. A row is written in the transaction of the change it tells; seq and
-- position are stamped afterwards, and only stamped rows are visible. ordinal is given
-- at insert, so a change that depends on another comes after it.
CREATE TABLE events (
    ordinal      @serial@,
    id           TEXT   NOT NULL UNIQUE,
    workspace    TEXT   NOT NULL,
    seq          BIGINT,
    position     BIGINT,
    type         TEXT   NOT NULL,
    number       TEXT   NOT NULL DEFAULT '',
    conversation TEXT   NOT NULL DEFAULT '',
    time         BIGINT NOT NULL,
    data         TEXT   NOT NULL
);
CREATE UNIQUE INDEX events_seq ON events (workspace, seq);
CREATE UNIQUE INDEX events_position ON events (position);
CREATE INDEX events_unstamped ON events (ordinal) WHERE position IS NULL;

-- The last seq of each workspace; the row '' holds the last position.
CREATE TABLE event_heads (
    workspace TEXT   NOT NULL PRIMARY KEY,
    seq       BIGINT NOT NULL,
    pruned    BIGINT NOT NULL DEFAULT 0
);
INSERT INTO event_heads (workspace, seq) VALUES ('', 0);

-- How far each consumer of the pump has come, and which node runs it.
CREATE TABLE event_cursors (
    consumer TEXT   NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    node     TEXT   NOT NULL DEFAULT '',
    until    BIGINT NOT NULL DEFAULT 0,
    disabled BIGINT NOT NULL DEFAULT 0
);

-- One data key per workspace, wrapped by the master key.
CREATE TABLE data_keys (
    workspace  TEXT   NOT NULL PRIMARY KEY,
    id         TEXT   NOT NULL,
    master     TEXT   NOT NULL,
    wrapped    TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

-- The master keys in use: one, or two while a rotation is under way. The canary opens with the right key only.
CREATE TABLE master_keys (
    id         TEXT   NOT NULL PRIMARY KEY,
    canary     TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

-- One lease per node. The epoch grows with every acquisition by anyone.
CREATE TABLE nodes (
    node       TEXT   NOT NULL PRIMARY KEY,
    epoch      BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    started_at BIGINT NOT NULL
);
CREATE TABLE node_epoch (
    id    BIGINT NOT NULL PRIMARY KEY,
    epoch BIGINT NOT NULL
);
INSERT INTO node_epoch (id, epoch) VALUES (1, 0);

-- Which node runs a number's lane, under which epoch of that node's lease.
CREATE TABLE lanes (
    workspace TEXT   NOT NULL,
    number    TEXT   NOT NULL,
    node      TEXT   NOT NULL,
    epoch     BIGINT NOT NULL,
    PRIMARY KEY (workspace, number)
);
