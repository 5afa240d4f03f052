-- +goose Up
-- Whether agents are configured at the node: at one node of a database alone.
ALTER TABLE nodes ADD COLUMN agents BIGINT NOT NULL DEFAULT 0;
