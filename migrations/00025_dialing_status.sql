-- +goose Up
-- What each node does for each running campaign, and why no more: for other
-- processes to tell. Written at most once a second, where it has changed.
CREATE TABLE dialing_status (
    node     TEXT NOT NULL,
    campaign TEXT NOT NULL,
    at       BIGINT NOT NULL,
    standing TEXT NOT NULL, -- JSON
    PRIMARY KEY (node, campaign)
);
CREATE INDEX dialing_status_by_campaign ON dialing_status (campaign);
