-- +goose Up
CREATE TABLE calls (
    id          TEXT PRIMARY KEY, -- an attempt's id where there is one
    direction   TEXT NOT NULL,
    from_number TEXT NOT NULL,
    to_number   TEXT NOT NULL,
    trunk       TEXT NOT NULL,
    phone       TEXT NOT NULL,
    campaign    TEXT NOT NULL,
    contact     TEXT NOT NULL,
    customer    TEXT NOT NULL, -- JSON, as it was when the call began
    owner       TEXT NOT NULL, -- node and run
    flow_hash   TEXT NOT NULL,
    seq         BIGINT NOT NULL,
    state       TEXT NOT NULL, -- JSON
    actions     TEXT NOT NULL, -- JSON
    answered_at BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL DEFAULT 0,
    ending      TEXT NOT NULL DEFAULT ''
);
CREATE INDEX calls_open ON calls (owner) WHERE ended_at = 0;
CREATE INDEX calls_by_contact ON calls (contact) WHERE contact <> '';
CREATE INDEX calls_reached ON calls (campaign, contact) WHERE campaign <> '' AND answered_at > 0;

CREATE TABLE answers (
    call_id   TEXT NOT NULL,
    result    TEXT NOT NULL,
    campaign  TEXT NOT NULL,
    contact   TEXT NOT NULL,
    value     TEXT NOT NULL,
    category  TEXT NOT NULL,
    node      TEXT NOT NULL,
    flow_hash TEXT NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (call_id, result)
);
CREATE INDEX answers_by_contact ON answers (campaign, contact, result, at);

CREATE TABLE callbacks (
    call_id  TEXT NOT NULL,
    number   TEXT NOT NULL,
    campaign TEXT NOT NULL,
    contact  TEXT NOT NULL,
    queue    TEXT NOT NULL,
    agent    TEXT NOT NULL,
    reason   TEXT NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (call_id, at)
);
CREATE INDEX callbacks_by_time ON callbacks (at);
