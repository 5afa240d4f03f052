-- +goose Up
-- The trunks of each node as they stood when that last changed. A node that does
-- not renew its lease any more says nothing of now.
CREATE TABLE trunks (
    node       TEXT NOT NULL,
    name       TEXT NOT NULL,
    up         BIGINT NOT NULL,  -- 1: calls can go by it
    why        TEXT NOT NULL,    -- it is down; empty while up
    since      BIGINT NOT NULL,
    registered BIGINT NOT NULL,  -- until then, at the carrier; 0: it is not
    noted_at   BIGINT NOT NULL,
    PRIMARY KEY (node, name)
);

-- All numbers that a campaign shows: who calls one of them back is known by it.
CREATE TABLE campaign_numbers (
    campaign TEXT NOT NULL,
    number   TEXT NOT NULL,
    PRIMARY KEY (campaign, number)
);
CREATE INDEX campaign_numbers_by_number ON campaign_numbers (number);
INSERT INTO campaign_numbers (campaign, number) SELECT id, caller_id FROM campaigns;
