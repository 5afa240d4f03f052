-- +goose Up
-- How a callee who answered was received: the evidence for rules on abandoned
-- calls. Written with the end of the attempt.
ALTER TABLE attempts ADD COLUMN party TEXT NOT NULL DEFAULT '';
ALTER TABLE attempts ADD COLUMN greeting_end_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN connected_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN abandoned_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN message_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN opted_out BIGINT NOT NULL DEFAULT 0;

-- Which mode a campaign was switched to while it ran, by whom and when.
CREATE TABLE modes (
    campaign TEXT NOT NULL,
    at       BIGINT NOT NULL,
    was      TEXT NOT NULL,
    mode     TEXT NOT NULL,
    queue    TEXT NOT NULL,
    ratio    DOUBLE PRECISION NOT NULL,
    who      TEXT NOT NULL,
    PRIMARY KEY (campaign, at)
);

-- What agents have before them: the customer that one has taken of a preview
-- campaign, and what shall be done with it.
CREATE TABLE previews (
    id         TEXT PRIMARY KEY,
    agent      TEXT NOT NULL,
    campaign   TEXT NOT NULL,
    contact    TEXT NOT NULL,
    state      TEXT NOT NULL,            -- taken, asked, ringing, dialing, talking, ended; done when nothing is left to do
    number     TEXT NOT NULL DEFAULT '', -- to be called; empty: the customer's first
    attempt    TEXT NOT NULL DEFAULT '', -- the latest
    told       TEXT NOT NULL DEFAULT '', -- how it stands, in words
    note       TEXT NOT NULL DEFAULT '', -- of the agent
    result     TEXT NOT NULL DEFAULT '', -- the disposition that the agent gave
    taken_at   BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    over_at    BIGINT NOT NULL DEFAULT 0
);
-- An agent has one at a time, and a contact is before one agent only.
CREATE UNIQUE INDEX previews_by_agent ON previews (agent) WHERE over_at = 0;
CREATE UNIQUE INDEX previews_open ON previews (contact) WHERE over_at = 0;
CREATE INDEX previews_by_contact ON previews (contact, taken_at);

-- What supervisors ask of agents by command, until the service has done it.
CREATE TABLE wishes (
    agent TEXT PRIMARY KEY,
    wish  TEXT NOT NULL,
    at    BIGINT NOT NULL
);
