-- Owner: hcps
CREATE TABLE hcp_tokens (
    id           TEXT   NOT NULL PRIMARY KEY,
    hcp_id       TEXT   NOT NULL REFERENCES hcps (id),
    name         TEXT   NOT NULL,
    name_folded  TEXT   NOT NULL,
    hash         TEXT   NOT NULL UNIQUE, -- SHA-256
    expires_at   BIGINT NOT NULL,
    created_by   TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    UNIQUE (hcp_id, name_folded) -- I-35
);

-- Owner: hcps
-- Public keys only: there is no column for another (N-13).
CREATE TABLE hcp_keys (
    id          TEXT   NOT NULL PRIMARY KEY,
    hcp_id      TEXT   NOT NULL REFERENCES hcps (id),
    database_id TEXT   NOT NULL,
    spki_sha256 TEXT   NOT NULL,
    spki_hex    TEXT   NOT NULL,
    alg         TEXT   NOT NULL,
    created_by  TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    UNIQUE (database_id, spki_sha256) -- I-37
);
CREATE INDEX hcp_keys_by_hcp ON hcp_keys (hcp_id);
