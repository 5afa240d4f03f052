-- +goose Up
-- Every version of every flow that was ever used. The one added last is the
-- version that new campaigns and calls begin with.
CREATE TABLE flows (
    hash     TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    text     TEXT NOT NULL,
    added_at BIGINT NOT NULL
);
CREATE INDEX flows_by_name ON flows (name, added_at);
