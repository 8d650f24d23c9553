-- Owner: store
CREATE TABLE change_marks (
    topic   TEXT   NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL
);
INSERT INTO change_marks (topic, version) VALUES ('configuration', 0), ('people', 0), ('revocations', 0), ('keys', 0);

-- Owner: keys
CREATE TABLE signing_keys (
    kid          TEXT   NOT NULL PRIMARY KEY,
    alg          TEXT   NOT NULL CHECK (alg IN ('RS256', 'PS256', 'ES256', 'EdDSA')),
    public_key   TEXT   NOT NULL, -- SPKI DER, hex
    private_key  TEXT   NOT NULL, -- PKCS #8 DER, sealed: "key id:nonce:ciphertext", hex
    published_at BIGINT NOT NULL,
    active_at    BIGINT NOT NULL, -- signs from here
    retired_at   BIGINT,          -- signs no more from here
    removed_at   BIGINT           -- published no more from here
);
CREATE UNIQUE INDEX signing_keys_one_newest ON signing_keys (alg) WHERE retired_at IS NULL;

-- Owner: audit
CREATE TABLE audit_events (
    id              TEXT   NOT NULL PRIMARY KEY,
    at              BIGINT NOT NULL,
    action          TEXT   NOT NULL,
    outcome         TEXT   NOT NULL CHECK (outcome IN ('done', 'refused')),
    actor           TEXT,
    actor_type      TEXT,
    subject         TEXT,
    client_id       TEXT,
    organization_id TEXT,
    relation_id     TEXT,
    object          TEXT,
    reason          TEXT,
    address         TEXT,
    request_id      TEXT
);
CREATE INDEX audit_events_by_organization ON audit_events (organization_id, id);
CREATE INDEX audit_events_by_subject ON audit_events (subject, id);
CREATE INDEX audit_events_by_actor ON audit_events (actor, id);

-- Owner: audit
CREATE TABLE audit_seals (
    seq      BIGINT NOT NULL PRIMARY KEY,
    event_id TEXT   NOT NULL UNIQUE,
    hash     TEXT   NOT NULL
);
