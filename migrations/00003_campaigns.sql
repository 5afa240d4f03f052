-- +goose Up
CREATE TABLE campaigns (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    list       TEXT NOT NULL,
    caller_id  TEXT NOT NULL,
    definition TEXT NOT NULL, -- JSON; never changes
    flow_hash  TEXT NOT NULL, -- likewise
    state      TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT NOT NULL DEFAULT 0,
    ended_at   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX campaigns_by_state ON campaigns (state);
CREATE INDEX campaigns_by_caller_id ON campaigns (caller_id);
CREATE INDEX campaigns_by_list ON campaigns (list);
