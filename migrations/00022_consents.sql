-- +goose Up
-- Who has consented to be called, or has taken it back. Rows are only added, but
-- for when and by whom a consent was ended.
CREATE TABLE consents (
    number      TEXT NOT NULL,             -- empty: the customer of list and key
    list        TEXT NOT NULL,
    key         TEXT NOT NULL,
    channel     TEXT NOT NULL,             -- voice
    at          BIGINT NOT NULL,           -- given
    level       TEXT NOT NULL,             -- express or written; empty: a refusal, which ends what was given before
    evidence    TEXT NOT NULL,             -- a text, or where it is kept
    source      TEXT NOT NULL,             -- where it was given
    who         TEXT NOT NULL,             -- that entered it
    noted_at    BIGINT NOT NULL,
    revoked_at  BIGINT NOT NULL DEFAULT 0, -- 0: it holds
    revoked_by  TEXT NOT NULL DEFAULT '',
    revoked_why TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (number, list, key, channel, at, level)
);
CREATE INDEX consents_by_customer ON consents (list, key) WHERE key <> '';
