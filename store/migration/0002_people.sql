-- +goose Up

-- A tenant. The plan is a row of its own, because another hand changes it.
CREATE TABLE workspaces (
    workspace    TEXT   NOT NULL PRIMARY KEY,
    name         TEXT   NOT NULL,
    country      TEXT   NOT NULL,
    timezone     TEXT   NOT NULL,
    origins      TEXT   NOT NULL,
    broadcast_qr BIGINT NOT NULL DEFAULT 0,
    created_at   BIGINT NOT NULL
);
CREATE TABLE plans (
    workspace   TEXT   NOT NULL PRIMARY KEY,
    max_numbers BIGINT NOT NULL
);

-- Origins once more, to answer a preflight (which names no workspace) by index.
CREATE TABLE origins (
    workspace TEXT NOT NULL,
    origin    TEXT NOT NULL,
    PRIMARY KEY (workspace, origin)
);
CREATE INDEX origins_origin ON origins (origin);

-- People, their logins and their reset links belong to the installation. Tokens are hashes.
CREATE TABLE people (
    id            TEXT   NOT NULL PRIMARY KEY,
    email         TEXT   NOT NULL UNIQUE,
    name          TEXT   NOT NULL,
    password      TEXT   NOT NULL,
    language      TEXT   NOT NULL,
    theme         TEXT   NOT NULL,
    administrator BIGINT NOT NULL DEFAULT 0,
    created_at    BIGINT NOT NULL,
    last_seen     BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE sessions (
    hash       TEXT   NOT NULL PRIMARY KEY,
    person     TEXT   NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_person ON sessions (person);
CREATE INDEX sessions_expires ON sessions (expires_at);
CREATE TABLE password_resets (
    hash       TEXT   NOT NULL PRIMARY KEY,
    person     TEXT   NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX password_resets_person ON password_resets (person);
CREATE TABLE setup_links (
    hash       TEXT   NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL
);
CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE memberships (
    workspace  TEXT   NOT NULL,
    person     TEXT   NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    role       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, person)
);
CREATE INDEX memberships_person ON memberships (person);

CREATE TABLE invitations (
    workspace  TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    email      TEXT   NOT NULL,
    role       TEXT   NOT NULL,
    hash       TEXT   NOT NULL UNIQUE,
    invited_by TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX invitations_email ON invitations (workspace, email);

CREATE TABLE api_keys (
    workspace  TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    prefix     TEXT   NOT NULL,
    hash       TEXT   NOT NULL UNIQUE,
    scopes     TEXT   NOT NULL,
    created_by TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    last_used  BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, id)
);

-- Answers of requests that carried an Idempotency-Key. status 0 means that the first
-- request still runs. The body is sealed: it may hold a key that is shown once.
CREATE TABLE idempotency (
    workspace  TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    route      TEXT   NOT NULL,
    request    TEXT   NOT NULL,
    status     BIGINT NOT NULL DEFAULT 0,
    media_type TEXT   NOT NULL DEFAULT '',
    body       TEXT   NOT NULL DEFAULT '',
    started_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id, route)
);
CREATE INDEX idempotency_expires ON idempotency (expires_at);
