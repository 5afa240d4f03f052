-- +goose Up
CREATE TABLE contacts (
    id         TEXT PRIMARY KEY,
    campaign   TEXT NOT NULL,
    list       TEXT NOT NULL,            -- with key: the customer
    key        TEXT NOT NULL,
    number     TEXT NOT NULL,            -- the customer's, where it can be searched
    state      TEXT NOT NULL,
    due        BIGINT NOT NULL,          -- earliest next attempt, while pending
    fresh      BIGINT NOT NULL,          -- 1 until the first attempt, so that retries need not wait for the whole list
    attempts   BIGINT NOT NULL DEFAULT 0,
    faults     BIGINT NOT NULL DEFAULT 0,
    ordinal    BIGINT NOT NULL DEFAULT 0, -- of the latest attempt
    last       TEXT NOT NULL DEFAULT '',  -- disposition of the latest attempt
    claimed_by TEXT NOT NULL DEFAULT '',  -- node and run that has it; empty: nobody
    holder     TEXT NOT NULL DEFAULT '',  -- the attempt, or the contact's own call, that has it while dialing
    prior      TEXT NOT NULL DEFAULT '',  -- its state before its own call; empty: none holds it
    callback   TEXT NOT NULL DEFAULT '',  -- its own latest call that came in while an attempt had it
    leaving    TEXT NOT NULL DEFAULT '',  -- the state that it takes where it would become pending again
    UNIQUE (campaign, key)
);
CREATE INDEX contacts_by_number ON contacts (number);
-- Claiming reads the head of this index: its cost does not grow with the list.
-- An index by state would mislead planners that have no statistics yet.
CREATE INDEX contacts_due ON contacts (campaign, fresh, due, id) WHERE state = 'pending' AND claimed_by = '';
CREATE INDEX contacts_claimed ON contacts (campaign, claimed_by) WHERE claimed_by <> '';

-- What people decided about contacts whose attempt ended unknown.
CREATE TABLE decisions (
    contact TEXT NOT NULL,
    at      BIGINT NOT NULL,
    was     TEXT NOT NULL,
    state   TEXT NOT NULL,
    why     TEXT NOT NULL,
    PRIMARY KEY (contact, at)
);
