-- Owner: grants
-- One row holds a grant, the code it was born with and its refresh family.
CREATE TABLE grants (
    id                TEXT   NOT NULL PRIMARY KEY,
    capacity          TEXT   NOT NULL, -- JSON of grants::Capacity
    subject           TEXT   NOT NULL,
    actor             TEXT,
    relation_id       TEXT,
    organization_id   TEXT,
    client_id         TEXT   NOT NULL,
    session_id        TEXT,
    scope             TEXT   NOT NULL,
    audience          TEXT   NOT NULL,
    audience_is_bound BOOLEAN NOT NULL,         -- the request named it: T-06
    claims            TEXT,                     -- the `claims` parameter, JSON
    nonce             TEXT,
    auth_time         BIGINT,
    amr               TEXT,
    acr               TEXT,
    created_at        BIGINT NOT NULL,
    expires_at        BIGINT NOT NULL,
    code_hash         TEXT   UNIQUE,
    code_expires_at   BIGINT,
    code_challenge    TEXT,
    redirect_uri      TEXT,
    redirect_uri_sent BOOLEAN NOT NULL DEFAULT TRUE,
    redeemed_at       BIGINT,
    refresh_salt      TEXT,                     -- with the server's key it makes the family's tokens
    refresh_seq       BIGINT NOT NULL DEFAULT 0,
    rotated_at        BIGINT,
    revoked_at        BIGINT,
    revoked_reason    TEXT
);
CREATE INDEX grants_by_subject ON grants (subject);
CREATE INDEX grants_by_actor ON grants (actor) WHERE actor IS NOT NULL;
CREATE INDEX grants_by_relation ON grants (relation_id) WHERE relation_id IS NOT NULL;
CREATE INDEX grants_by_client ON grants (client_id);
CREATE INDEX grants_by_session ON grants (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX grants_by_expiry ON grants (expires_at);

-- Owner: grants
CREATE TABLE revoked_tokens (
    jti        TEXT   NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
