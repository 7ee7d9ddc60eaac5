-- +goose Up

-- Who the workspace talks to. phone and lid are the current ones; contact_identities holds all that ever led here.
-- search is name, push name and phone in small letters.
CREATE TABLE contacts (
    workspace  TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    name       TEXT   NOT NULL DEFAULT '',
    push_name  TEXT   NOT NULL DEFAULT '',
    phone      TEXT   NOT NULL DEFAULT '',
    lid        TEXT   NOT NULL DEFAULT '',
    search     TEXT   NOT NULL DEFAULT '',
    metadata   TEXT   NOT NULL DEFAULT '{}',
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
);

-- The identity graph: each phone and each LID leads to one contact.
CREATE TABLE contact_identities (
    workspace  TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    value      TEXT   NOT NULL,
    contact    TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, kind, value)
);
CREATE INDEX contact_identities_contact ON contact_identities (workspace, contact);

-- One row per workspace, locked while its identity graph changes.
CREATE TABLE identity_locks (
    workspace TEXT NOT NULL PRIMARY KEY
);

-- Ids of contacts and conversations that were merged, and what they lead to now.
CREATE TABLE merged_ids (
    workspace TEXT   NOT NULL,
    id        TEXT   NOT NULL,
    into_id   TEXT   NOT NULL,
    merged_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE INDEX merged_ids_into ON merged_ids (workspace, into_id);

-- The thread of one contact on one number. last_activity is the position of the last message.
CREATE TABLE conversations (
    workspace     TEXT   NOT NULL,
    id            TEXT   NOT NULL,
    number        TEXT   NOT NULL,
    contact       TEXT   NOT NULL,
    owner         TEXT   NOT NULL DEFAULT 'nobody',
    owner_epoch   BIGINT NOT NULL DEFAULT 0,
    unread        BIGINT NOT NULL DEFAULT 0,
    read_position BIGINT NOT NULL DEFAULT 0,
    last_message  TEXT   NOT NULL DEFAULT '',
    last_activity BIGINT NOT NULL,
    metadata      TEXT   NOT NULL DEFAULT '{}',
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX conversations_contact ON conversations (workspace, contact, number);
CREATE INDEX conversations_activity ON conversations (workspace, last_activity, id);
CREATE INDEX conversations_number ON conversations (workspace, number, last_activity, id);
CREATE INDEX conversations_unread ON conversations (workspace, last_activity, id) WHERE unread > 0;

-- Every message, in and out. contact is the other side; position orders a conversation: the
-- moment of storing (Unix ms, increasing), or WhatsApp's time for an imported history.
CREATE TABLE messages (
    workspace      TEXT   NOT NULL,
    id             TEXT   NOT NULL,
    number         TEXT   NOT NULL,
    conversation   TEXT   NOT NULL,
    contact        TEXT   NOT NULL,
    from_me        BIGINT NOT NULL,
    wa_id          TEXT   NOT NULL,
    kind           TEXT   NOT NULL,
    text           TEXT   NOT NULL,
    quoted         TEXT   NOT NULL DEFAULT '',
    quoted_wa_id   TEXT   NOT NULL DEFAULT '',
    quoted_from_me BIGINT NOT NULL DEFAULT 0,
    status         TEXT   NOT NULL,
    author_kind    TEXT   NOT NULL,
    author_id      TEXT   NOT NULL DEFAULT '',
    author_name    TEXT   NOT NULL DEFAULT '',
    failure_code   TEXT   NOT NULL DEFAULT '',
    failure_text   TEXT   NOT NULL DEFAULT '',
    failed_at      BIGINT NOT NULL DEFAULT 0,
    time           BIGINT NOT NULL,
    position       BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL DEFAULT 0,
    metadata       TEXT   NOT NULL DEFAULT '{}',
    client_ref     TEXT   NOT NULL DEFAULT '',
    idempotency    TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX messages_arrival ON messages (workspace, number, wa_id, from_me, contact);
CREATE UNIQUE INDEX messages_idempotency ON messages (workspace, author_kind, author_id, idempotency) WHERE idempotency <> '';
CREATE INDEX messages_thread ON messages (workspace, conversation, position, id);
CREATE INDEX messages_recent ON messages (workspace, position, from_me);
CREATE INDEX messages_failed ON messages (workspace, failed_at) WHERE failed_at > 0;
