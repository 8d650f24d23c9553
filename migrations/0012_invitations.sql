-- Owner: invitations
-- A row lets somebody join by a link that went to his e-mail address, once.
CREATE TABLE invitations (
    id              TEXT   NOT NULL PRIMARY KEY,
    organization_id TEXT   NOT NULL REFERENCES organizations (id),
    kind            TEXT   NOT NULL CHECK (kind IN ('member', 'config_user')),
    account_id      TEXT   NOT NULL REFERENCES accounts (id),
    email           TEXT   NOT NULL, -- normalised
    name            TEXT   NOT NULL, -- as whoever invites wrote it
    token_hash      TEXT   NOT NULL UNIQUE,
    invited_by      TEXT,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    accepted_at     BIGINT,
    voided_at       BIGINT
);
CREATE UNIQUE INDEX invitations_one_open ON invitations (account_id, organization_id, kind)
    WHERE accepted_at IS NULL AND voided_at IS NULL;
CREATE INDEX invitations_by_email ON invitations (organization_id, email);

-- Owner: accounts
ALTER TABLE accounts ADD COLUMN last_sign_in_at BIGINT;
