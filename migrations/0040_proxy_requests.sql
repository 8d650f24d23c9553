-- Owner: guardianship
-- What adults asked of whoever has an identifier: there is a row whether or not anybody has
-- it, so that who asks learns nothing (N-01).
CREATE TABLE proxy_requests (
    id              TEXT   NOT NULL PRIMARY KEY, -- also the guardianship's, where there is one
    organization_id TEXT   NOT NULL REFERENCES organizations (id),
    account_id      TEXT   NOT NULL REFERENCES accounts (id),
    identifier      TEXT   NOT NULL,
    access_level    TEXT   NOT NULL CHECK (access_level IN ('full', 'limited')),
    ends_at         BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    withdrawn_at    BIGINT
);
CREATE UNIQUE INDEX proxy_requests_once ON proxy_requests (account_id, organization_id, identifier) WHERE withdrawn_at IS NULL;
