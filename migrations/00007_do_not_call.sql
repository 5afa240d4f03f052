-- +goose Up
CREATE TABLE do_not_call (
    number   TEXT NOT NULL,
    campaign TEXT NOT NULL, -- empty: no campaign may
    why      TEXT NOT NULL,
    call_id  TEXT NOT NULL, -- in which it was asked for; empty: by hand
    at       BIGINT NOT NULL,
    PRIMARY KEY (number, campaign)
);
