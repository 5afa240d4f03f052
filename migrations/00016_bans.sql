-- +goose Up
-- Sources that a node does not hear, as they guessed passwords.
CREATE TABLE bans (
    node      TEXT NOT NULL,
    source    TEXT NOT NULL, -- an IPv4 address, or the first one of an IPv6 network of 64 bits
    since     BIGINT NOT NULL,
    until     BIGINT NOT NULL,
    lifted_at BIGINT NOT NULL DEFAULT 0, -- by a person; the node has not noticed yet
    PRIMARY KEY (node, source)
);
