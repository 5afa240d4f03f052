-- +goose Up
CREATE TABLE agents (
    agent         TEXT PRIMARY KEY,
    wish          TEXT NOT NULL,
    wrap_up_until BIGINT NOT NULL,
    reserved      TEXT NOT NULL,
    reserved_at   BIGINT NOT NULL,
    idle_since    BIGINT NOT NULL
);

CREATE TABLE talks (
    id          TEXT PRIMARY KEY,
    call_id     TEXT NOT NULL,
    agent_call  TEXT NOT NULL,
    queue       TEXT NOT NULL,
    campaign    TEXT NOT NULL,
    contact     TEXT NOT NULL,
    agent       TEXT NOT NULL,
    known_agent BIGINT NOT NULL,
    outcome     TEXT NOT NULL,
    waited_from BIGINT NOT NULL,
    joined_at   BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL
);
CREATE INDEX talks_by_call ON talks (call_id);
CREATE INDEX talks_open ON talks (call_id) WHERE ended_at = 0;
CREATE INDEX talks_by_time ON talks (waited_from);

CREATE TABLE bindings (
    agent      TEXT NOT NULL,
    contact    TEXT NOT NULL,
    source     TEXT NOT NULL,
    call_id    TEXT NOT NULL,
    cseq       BIGINT NOT NULL,
    user_agent TEXT NOT NULL,
    expires    BIGINT NOT NULL,
    PRIMARY KEY (agent, contact)
);
