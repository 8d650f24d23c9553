-- Owner: guardianship
-- Codes by which somebody who grew up takes over his account, given to him after a proof of
-- who he is (DOMAIN.md 4.4).
CREATE TABLE handover_codes (
    id              TEXT   NOT NULL PRIMARY KEY,
    account_id      TEXT   NOT NULL REFERENCES accounts (id),
    organization_id TEXT   NOT NULL REFERENCES organizations (id),
    code_hash       TEXT   NOT NULL UNIQUE, -- under the server's key
    issued_by       TEXT,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    ended_at        BIGINT                  -- used, or another took its place
);
CREATE INDEX handover_codes_by_account ON handover_codes (account_id);
