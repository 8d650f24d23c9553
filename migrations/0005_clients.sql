-- Owner: clients
CREATE TABLE clients (
    client_id       TEXT   NOT NULL PRIMARY KEY,
    organization_id TEXT   REFERENCES organizations (id),
    name            TEXT   NOT NULL,
    status          TEXT   NOT NULL CHECK (status IN ('active', 'disabled')),
    registration    TEXT   NOT NULL, -- JSON of clients::Registration
    secret          TEXT,            -- SHA-256 or PHC string
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL
);
CREATE INDEX clients_by_organization ON clients (organization_id);

-- Owner: clients
CREATE TABLE consents (
    id                  TEXT   NOT NULL PRIMARY KEY,
    subject_account_id  TEXT   NOT NULL REFERENCES accounts (id),
    client_id           TEXT   NOT NULL REFERENCES clients (client_id),
    scopes              TEXT   NOT NULL,
    given_by_account_id TEXT   NOT NULL REFERENCES accounts (id),
    guardianship_id     TEXT,
    given_at            BIGINT NOT NULL,
    revoked_at          BIGINT
);
CREATE UNIQUE INDEX consents_in_force ON consents (subject_account_id, client_id, given_by_account_id) WHERE revoked_at IS NULL;
