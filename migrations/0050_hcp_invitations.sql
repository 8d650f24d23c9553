-- Owner: invitations
-- An HCP's person is invited by a link that went to the HCP's e-mail address. The row goes with
-- the HCP (I-34).
CREATE TABLE hcp_invitations (
    id              TEXT   NOT NULL PRIMARY KEY,
    hcp_id          TEXT   NOT NULL REFERENCES hcps (id) ON DELETE CASCADE,
    organization_id TEXT   NOT NULL REFERENCES organizations (id),
    email           TEXT   NOT NULL, -- normalised, as it was then
    name            TEXT   NOT NULL,
    roles           TEXT,            -- JSON, of a membership where the HCP has a parent
    token_hash      TEXT   NOT NULL UNIQUE,
    invited_by      TEXT,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    accepted_at     BIGINT,
    voided_at       BIGINT
);
CREATE INDEX hcp_invitations_by_hcp ON hcp_invitations (hcp_id, created_at);
