-- Owner: delegations
CREATE TABLE delegations (
    id                  TEXT   NOT NULL PRIMARY KEY,
    organization_id     TEXT   NOT NULL REFERENCES organizations (id),
    service_account_id  TEXT   NOT NULL REFERENCES service_accounts (id),
    provider_account_id TEXT   NOT NULL REFERENCES accounts (id),
    scopes              TEXT   NOT NULL,
    starts_at           BIGINT NOT NULL,
    ends_at             BIGINT NOT NULL,
    granted_by          TEXT   NOT NULL REFERENCES accounts (id),
    created_at          BIGINT NOT NULL,
    revoked_at          BIGINT,
    CHECK (starts_at < ends_at)
);
CREATE INDEX delegations_by_organization ON delegations (organization_id, id);
CREATE INDEX delegations_by_provider ON delegations (provider_account_id);
CREATE INDEX delegations_by_service_account ON delegations (service_account_id);
