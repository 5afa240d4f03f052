-- +goose Up
-- The messages that callers have left, one row each; pruned by age. The sound
-- is a file in the directory for recordings of the node named, or still with
-- the carrier. An answer whose value is a message's id stays when it is deleted.
CREATE TABLE recordings (
    id        TEXT PRIMARY KEY,
    call_id   TEXT NOT NULL,
    number    TEXT NOT NULL, -- of who has left it; may be empty
    campaign  TEXT NOT NULL,
    contact   TEXT NOT NULL,
    result    TEXT NOT NULL,
    node      TEXT NOT NULL, -- of the flow
    host      TEXT NOT NULL, -- the node of this service that has the file; empty without one
    file      TEXT NOT NULL, -- empty while it is with the carrier
    bytes     BIGINT NOT NULL,
    length_ms BIGINT NOT NULL,
    carrier   TEXT NOT NULL,
    trunk     TEXT NOT NULL,
    url       TEXT NOT NULL, -- at the carrier; empty once it is there no more, or left there for good
    at        BIGINT NOT NULL
);
CREATE INDEX recordings_by_time ON recordings (at);
CREATE INDEX recordings_elsewhere ON recordings (at) WHERE url <> '';
