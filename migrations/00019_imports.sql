-- +goose Up
-- Work on a list that takes many transactions. Nothing of it is seen until it is
-- decided on; from then on whoever opens the database completes it.
CREATE TABLE imports (
    id       TEXT PRIMARY KEY,
    list     TEXT NOT NULL,
    campaign TEXT NOT NULL DEFAULT '', -- that is being created, in place of an import
    enrol    TEXT NOT NULL DEFAULT '[]', -- JSON: the campaigns that get contacts
    at       BIGINT NOT NULL,
    decided  BIGINT NOT NULL DEFAULT 0, -- 1: to be completed
    host     TEXT NOT NULL,
    pid      BIGINT NOT NULL,
    beat_at  BIGINT NOT NULL           -- when the process last did something for it
);
CREATE TABLE import_rows (
    import    TEXT NOT NULL,
    n         BIGINT NOT NULL,
    customers TEXT NOT NULL, -- JSON
    PRIMARY KEY (import, n)
);

-- The campaigns over a list, with those that are being created.
CREATE VIEW campaigns_of_lists AS
    SELECT list, id FROM campaigns
    UNION ALL
    SELECT list, campaign AS id FROM imports WHERE campaign <> '';
