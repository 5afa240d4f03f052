-- +goose Up
-- Talks with somebody outside, and talks that callers were transferred to.
ALTER TABLE talks ADD COLUMN from_talk TEXT NOT NULL DEFAULT ''; -- the talk that the caller was transferred from
ALTER TABLE talks ADD COLUMN number TEXT NOT NULL DEFAULT '';    -- called in place of an agent
ALTER TABLE talks ADD COLUMN trunk TEXT NOT NULL DEFAULT '';     -- by which; empty when the caller's network was asked to
ALTER TABLE talks ADD COLUMN leg TEXT NOT NULL DEFAULT '{}';     -- JSON: the dialog of that call
