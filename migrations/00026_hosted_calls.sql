-- +goose Up
-- Calls that live at a carrier: what it has told of each, put together.
CREATE TABLE hosted_calls (
    id          TEXT PRIMARY KEY, -- an attempt's id where there is one
    owner       TEXT NOT NULL,    -- node and run that sees to its end
    trunk       TEXT NOT NULL,
    name        TEXT NOT NULL,    -- the carrier's own; empty: not known yet
    phase       BIGINT NOT NULL,  -- how far it has come: call.Phase
    rang        BIGINT NOT NULL,  -- 1: it is known to have rung
    answered_at BIGINT NOT NULL,
    answered_by TEXT NOT NULL,    -- in the carrier's words
    ended_at    BIGINT NOT NULL,
    status      TEXT NOT NULL,    -- how it ended, in the carrier's word
    code        BIGINT NOT NULL,  -- the SIP status that ended it
    trouble     BIGINT NOT NULL,  -- the carrier's number of what went wrong
    text        TEXT NOT NULL,    -- and that in words
    lasted      BIGINT NOT NULL   -- milliseconds, as the carrier counts
);
CREATE INDEX hosted_calls_open ON hosted_calls (owner) WHERE phase < 5;
CREATE INDEX hosted_calls_by_name ON hosted_calls (name) WHERE name <> '';
