-- +goose Up
-- Who must not be called: a number, a customer with whatever numbers they have, or
-- both. What is lifted stays, with who lifted it and why.
CREATE TABLE do_not_call_2 (
    number     TEXT NOT NULL,             -- empty: the customer alone is named
    list       TEXT NOT NULL,             -- with key: the customer; empty: the number alone is named
    key        TEXT NOT NULL,
    campaign   TEXT NOT NULL,             -- empty: no campaign may
    source     TEXT NOT NULL,             -- the registry that it was imported from; empty: somebody asked
    lifted_at  BIGINT NOT NULL DEFAULT 0, -- 0: it holds
    as_of      BIGINT NOT NULL,           -- the registry's date
    why        TEXT NOT NULL,
    who        TEXT NOT NULL,             -- that entered it
    call_id    TEXT NOT NULL,             -- in which it was asked for; empty: by hand
    at         BIGINT NOT NULL,
    lifted_by  TEXT NOT NULL DEFAULT '',
    lifted_why TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (number, list, key, campaign, source, lifted_at)
);
INSERT INTO do_not_call_2 (number, list, key, campaign, source, as_of, why, who, call_id, at)
SELECT number, '', '', campaign, '', 0, why, '', call_id, at FROM do_not_call;
DROP TABLE do_not_call;
ALTER TABLE do_not_call_2 RENAME TO do_not_call;
CREATE INDEX do_not_call_by_customer ON do_not_call (list, key) WHERE key <> '';
CREATE INDEX do_not_call_by_source ON do_not_call (source, at) WHERE source <> '';
