-- +goose Up
CREATE TABLE nodes (
    name        TEXT PRIMARY KEY,
    owner       TEXT NOT NULL,   -- node and run: what claims, attempts and calls are signed with
    host        TEXT NOT NULL,
    pid         BIGINT NOT NULL,
    regained_at BIGINT NOT NULL, -- when it had the lease again after losing it; 0: it never lost it
    lease_until BIGINT NOT NULL
);
CREATE UNIQUE INDEX nodes_by_owner ON nodes (owner);

-- Switches that hold for all nodes and outlive them.
CREATE TABLE switches (
    name TEXT PRIMARY KEY,
    why  TEXT NOT NULL,
    at   BIGINT NOT NULL
);

-- Counts what commands change, so that a service can tell such changes from its
-- own writing.
CREATE TABLE changes (
    id BIGINT PRIMARY KEY,
    n  BIGINT NOT NULL
);
INSERT INTO changes (id, n) VALUES (1, 0);
