-- +goose Up
-- The customer of an attempt: who has a new number is not called more often.
ALTER TABLE attempts ADD COLUMN list TEXT NOT NULL DEFAULT '';
ALTER TABLE attempts ADD COLUMN key TEXT NOT NULL DEFAULT '';
UPDATE attempts SET
    list = COALESCE((SELECT list FROM contacts WHERE id = attempts.contact), ''),
    key = COALESCE((SELECT key FROM contacts WHERE id = attempts.contact), '');
CREATE INDEX attempts_by_customer ON attempts (list, key, begun_at);
