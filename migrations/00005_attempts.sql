-- +goose Up
-- The ledger: one row for each INVITE, committed before it leaves.
CREATE TABLE attempts (
    id          TEXT PRIMARY KEY,
    campaign    TEXT NOT NULL,
    contact     TEXT NOT NULL,
    number      TEXT NOT NULL,
    caller_id   TEXT NOT NULL,
    ordinal     BIGINT NOT NULL,
    try         BIGINT NOT NULL,
    trunk       TEXT NOT NULL,
    node        TEXT NOT NULL,
    owner       TEXT NOT NULL, -- node and run
    leg         TEXT NOT NULL, -- JSON: Call-ID, tags, branch, target
    flow_hash   TEXT NOT NULL,
    begun_at    BIGINT NOT NULL,
    ringing_at  BIGINT NOT NULL DEFAULT 0,
    answered_at BIGINT NOT NULL DEFAULT 0,
    ended_at    BIGINT NOT NULL DEFAULT 0,
    disposition TEXT NOT NULL DEFAULT '',
    evidence    TEXT NOT NULL DEFAULT '{}', -- JSON
    verdict     TEXT NOT NULL,              -- JSON: why it was allowed
    inputs      TEXT NOT NULL               -- JSON: what that was read from
);
-- One unended attempt per number, over all campaigns.
CREATE UNIQUE INDEX attempts_open ON attempts (number) WHERE ended_at = 0;
CREATE INDEX attempts_left_open ON attempts (owner) WHERE ended_at = 0;
CREATE INDEX attempts_by_number ON attempts (number, begun_at);
CREATE INDEX attempts_by_contact ON attempts (contact, id);
CREATE INDEX attempts_by_campaign ON attempts (campaign, id);
CREATE INDEX attempts_answered ON attempts (campaign, contact) WHERE answered_at > 0;
