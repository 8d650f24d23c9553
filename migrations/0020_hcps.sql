-- Owner: hcps
CREATE TABLE hcps (
    id             TEXT   NOT NULL PRIMARY KEY,
    database_id    TEXT   NOT NULL REFERENCES databases (id),
    type           TEXT   NOT NULL CHECK (type IN ('professional', 'organization')),
    first_name     TEXT,
    last_name      TEXT,
    name           TEXT,   -- of an organization
    email          TEXT,   -- normalised
    phone          TEXT,   -- E.164
    parent_id      TEXT   REFERENCES hcps (id),
    status         TEXT   NOT NULL CHECK (status IN ('active', 'disabled')),
    account_id     TEXT   REFERENCES accounts (id),
    version        BIGINT NOT NULL,
    sort_name      TEXT   NOT NULL, -- what lists are sorted by
    created_at     BIGINT NOT NULL,
    last_access_at BIGINT,
    UNIQUE (database_id, email) -- I-31
);
-- A list is read from where a page starts, in either order, whatever it is filtered by.
CREATE INDEX hcps_by_name ON hcps (database_id, sort_name, id);
CREATE INDEX hcps_by_age ON hcps (database_id, id);
CREATE INDEX hcps_by_type ON hcps (database_id, type, sort_name, id);
CREATE INDEX hcps_by_type_and_age ON hcps (database_id, type, id);
CREATE INDEX hcps_by_parent ON hcps (parent_id, sort_name, id) WHERE parent_id IS NOT NULL;
CREATE INDEX hcps_disabled ON hcps (database_id, sort_name, id) WHERE status = 'disabled';
CREATE INDEX hcps_by_account ON hcps (account_id) WHERE account_id IS NOT NULL;

-- Owner: hcps
-- What an HCP is found by. Words are written in hexadecimal, so that a beginning is a range
-- under the collation of any database.
CREATE TABLE hcp_words (
    hcp_id      TEXT NOT NULL REFERENCES hcps (id),
    word        TEXT NOT NULL,
    database_id TEXT NOT NULL,
    PRIMARY KEY (hcp_id, word)
);
CREATE INDEX hcp_words_found ON hcp_words (database_id, word, hcp_id);

-- Owner: hcps
-- Creations that named an `Idempotency-Key`, so that a request sent again makes nothing anew.
CREATE TABLE hcp_creations (
    key_hash     TEXT   NOT NULL PRIMARY KEY,
    request_hash TEXT   NOT NULL,
    hcp_id       TEXT   NOT NULL,
    created_at   BIGINT NOT NULL
);
CREATE INDEX hcp_creations_by_age ON hcp_creations (created_at);
