-- +goose Up
-- Calls by trunks that are no attempts, as of transfers, until they are over: what
-- they last counts into the trunk's day. When they were joined and ended is in
-- talks.
CREATE TABLE dialed (
    id    TEXT PRIMARY KEY, -- talks.agent_call
    trunk TEXT NOT NULL,
    day   TEXT NOT NULL,   -- trunk_days.day
    price BIGINT NOT NULL, -- of a started minute, in millionths of the currency
    at    BIGINT NOT NULL
);
CREATE INDEX dialed_by_day ON dialed (trunk, day);
CREATE INDEX talks_by_agent_call ON talks (agent_call);
