-- +goose Up
-- The countries that a trunk has called so far.
CREATE TABLE trunk_countries (
    trunk    TEXT NOT NULL,
    country  TEXT NOT NULL, -- its calling code: 44
    first_at BIGINT NOT NULL,
    PRIMARY KEY (trunk, country)
);
