-- +goose Up
ALTER TABLE bindings ADD COLUMN instance TEXT NOT NULL DEFAULT '';
ALTER TABLE bindings ADD COLUMN path TEXT NOT NULL DEFAULT '';

-- What a trunk has carried in a day, for its caps. The day is the service's own.
ALTER TABLE attempts ADD COLUMN cap_day TEXT NOT NULL DEFAULT ''; -- counted there; empty: nowhere
ALTER TABLE attempts ADD COLUMN price BIGINT NOT NULL DEFAULT 0;  -- of a started minute, in millionths of the currency
CREATE TABLE trunk_days (
    trunk   TEXT NOT NULL,
    day     TEXT NOT NULL, -- 2026-11-22
    calls   BIGINT NOT NULL DEFAULT 0,
    minutes BIGINT NOT NULL DEFAULT 0, -- started ones, of calls that are over
    spend   BIGINT NOT NULL DEFAULT 0, -- for them, in millionths of the currency
    PRIMARY KEY (trunk, day)
);

-- What a person should look at: the latest of each kind and subject.
CREATE TABLE alarms (
    kind       TEXT NOT NULL,
    subject    TEXT NOT NULL,
    text       TEXT NOT NULL,
    since      BIGINT NOT NULL, -- raised first
    at         BIGINT NOT NULL, -- raised last
    times      BIGINT NOT NULL,
    until      BIGINT NOT NULL, -- over by itself then; 0: when it is told to be
    cleared_at BIGINT NOT NULL, -- 0: not
    PRIMARY KEY (kind, subject)
);
CREATE INDEX alarms_by_time ON alarms (at);
