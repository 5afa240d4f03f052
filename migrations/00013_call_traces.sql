-- +goose Up
-- How calls went on the wire, one row a leg; pruned by age and number.
CREATE TABLE call_traces (
    id          TEXT PRIMARY KEY, -- the call's; an attempt's where there is one
    serves      TEXT NOT NULL,    -- the call that this leg was for; empty for a call of its own
    sip_call_id TEXT NOT NULL,
    direction   TEXT NOT NULL,
    from_number TEXT NOT NULL,
    to_number   TEXT NOT NULL,
    trunk       TEXT NOT NULL,
    phone       TEXT NOT NULL,
    campaign    TEXT NOT NULL,
    contact     TEXT NOT NULL,
    disposition TEXT NOT NULL,
    begun_at    BIGINT NOT NULL,
    ringing_at  BIGINT NOT NULL,
    answered_at BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL,
    detail      TEXT NOT NULL, -- JSON: cause, timers, sound
    messages    TEXT NOT NULL  -- base64 of the packed messages, without secrets
);
CREATE INDEX call_traces_by_time ON call_traces (begun_at);
CREATE INDEX call_traces_by_sip_call_id ON call_traces (sip_call_id);
CREATE INDEX call_traces_by_call ON call_traces (serves) WHERE serves <> '';
