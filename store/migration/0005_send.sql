-- +goose Up

-- Messages on their way out, gone from here once settled. position orders a conversation;
-- state is queued or sending; unclear says that an earlier try may have left;
-- epoch is the lease under which the row was claimed last.
CREATE TABLE outbox (
    workspace    TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    message      TEXT   NOT NULL,
    number       TEXT   NOT NULL,
    conversation TEXT   NOT NULL,
    position     BIGINT NOT NULL,
    state        TEXT   NOT NULL,
    attempts     BIGINT NOT NULL DEFAULT 0,
    next_at      BIGINT NOT NULL DEFAULT 0,
    expires_at   BIGINT NOT NULL,
    unclear      BIGINT NOT NULL DEFAULT 0,
    epoch        BIGINT NOT NULL DEFAULT 0,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX outbox_message ON outbox (workspace, message);
CREATE INDEX outbox_lane ON outbox (workspace, number, position, id);
CREATE INDEX outbox_thread ON outbox (workspace, conversation, position, id);
CREATE INDEX outbox_expiry ON outbox (expires_at);
