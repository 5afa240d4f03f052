-- +goose Up
-- Calls that nobody carries any more but that the network may still have. Who
-- recovered them ends them; should it die over that the next one does.
CREATE TABLE lost_calls (
    attempt TEXT PRIMARY KEY,
    owner   TEXT NOT NULL,  -- node and run that ends it
    until   BIGINT NOT NULL -- from then on the network has forgotten it
);
