-- +goose Up
CREATE TABLE lists (
    name       TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE customers (
    list         TEXT NOT NULL,
    key          TEXT NOT NULL,
    number       TEXT NOT NULL,
    name         TEXT NOT NULL,
    language     TEXT NOT NULL,
    segment      TEXT NOT NULL,
    manager      TEXT NOT NULL,
    zone         TEXT NOT NULL,
    attributes   TEXT NOT NULL,            -- JSON object of strings
    updated_at   BIGINT NOT NULL,
    withdrawn_at BIGINT NOT NULL DEFAULT 0, -- taken off the list by hand
    PRIMARY KEY (list, key)
);
CREATE INDEX customers_by_number ON customers (number);
