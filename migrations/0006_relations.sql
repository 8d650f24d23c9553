-- Owner: guardianship
CREATE TABLE guardianships (
    id                   TEXT    NOT NULL PRIMARY KEY, -- also the FHIR RelatedPerson's
    organization_id      TEXT    NOT NULL REFERENCES organizations (id),
    guardian_account_id  TEXT    NOT NULL REFERENCES accounts (id),
    dependent_account_id TEXT    NOT NULL REFERENCES accounts (id),
    relationship         TEXT    NOT NULL,
    basis                TEXT    NOT NULL CHECK (basis IN ('parental', 'court_order', 'power_of_attorney', 'patient_consent')),
    access_level         TEXT    NOT NULL CHECK (access_level IN ('full', 'limited')),
    scope_ceiling        TEXT,
    starts_at            BIGINT  NOT NULL,
    ends_at              BIGINT,
    survives_majority    BOOLEAN NOT NULL,
    status               TEXT    NOT NULL CHECK (status IN ('pending', 'active', 'suspended', 'ended')),
    verification         TEXT    NOT NULL CHECK (verification IN ('self_asserted', 'staff_verified')),
    evidence_ref         TEXT,
    created_by           TEXT,
    approved_by          TEXT,
    ended_by             TEXT,
    ended_at             BIGINT,
    ended_reason         TEXT,
    created_at           BIGINT  NOT NULL,
    CHECK (guardian_account_id <> dependent_account_id)
);
CREATE UNIQUE INDEX guardianships_one_at_a_time ON guardianships (guardian_account_id, dependent_account_id, organization_id) WHERE status <> 'ended'; -- I-13
CREATE INDEX guardianships_by_dependent ON guardianships (dependent_account_id);

-- Owner: providers
CREATE TABLE memberships (
    account_id       TEXT   NOT NULL REFERENCES accounts (id),
    organization_id  TEXT   NOT NULL REFERENCES organizations (id),
    roles            TEXT   NOT NULL, -- JSON array
    status           TEXT   NOT NULL CHECK (status IN ('invited', 'active', 'suspended', 'ended')),
    hcp_id           TEXT,
    created_at       BIGINT NOT NULL,
    last_reviewed_at BIGINT,
    PRIMARY KEY (account_id, organization_id)
);
CREATE INDEX memberships_by_organization ON memberships (organization_id);

-- Owner: config_users
CREATE TABLE config_grants (
    account_id      TEXT   NOT NULL REFERENCES accounts (id),
    organization_id TEXT   NOT NULL REFERENCES organizations (id),
    role            TEXT   NOT NULL CHECK (role IN ('owner', 'member')),
    permissions     TEXT   NOT NULL, -- JSON array of {permission, granted_by, granted_at}
    status          TEXT   NOT NULL CHECK (status IN ('invited', 'active', 'ended')),
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (account_id, organization_id)
);
CREATE INDEX config_grants_by_organization ON config_grants (organization_id);

-- Owner: service_accounts
CREATE TABLE service_accounts (
    id              TEXT   NOT NULL PRIMARY KEY, -- `client_id` and `sub`
    organization_id TEXT   REFERENCES organizations (id), -- null: the platform's operator
    name            TEXT   NOT NULL,
    registration    TEXT   NOT NULL, -- JSON: modes, scopes, audiences, purposes, jwks
    status          TEXT   NOT NULL CHECK (status IN ('active', 'disabled')),
    created_at      BIGINT NOT NULL,
    UNIQUE (organization_id, name)
);

-- Owner: service_accounts
CREATE TABLE api_keys (
    id                 TEXT   NOT NULL PRIMARY KEY,
    service_account_id TEXT   NOT NULL REFERENCES service_accounts (id),
    name               TEXT   NOT NULL,
    secret             TEXT   NOT NULL, -- SHA-256 or PHC string
    expires_at         BIGINT NOT NULL,
    revoked_at         BIGINT,
    last_used_at       BIGINT,
    created_at         BIGINT NOT NULL,
    UNIQUE (service_account_id, name)
);
