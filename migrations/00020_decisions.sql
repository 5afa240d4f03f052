-- +goose Up
-- Who decided about a contact whose attempt ended unknown, and on which attempt.
ALTER TABLE decisions ADD COLUMN who TEXT NOT NULL DEFAULT '';
ALTER TABLE decisions ADD COLUMN attempt TEXT NOT NULL DEFAULT '';
