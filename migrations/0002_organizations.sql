-- Owner: organizations
CREATE TABLE organizations (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    status     TEXT   NOT NULL CHECK (status IN ('active', 'suspended')),
    settings   TEXT   NOT NULL, -- JSON of organizations::Settings
    created_at BIGINT NOT NULL
);

-- Owner: organizations
CREATE TABLE resource_servers (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    audience        TEXT NOT NULL,
    signing_alg     TEXT NOT NULL,
    PRIMARY KEY (organization_id, audience)
);

-- Owner: organizations
CREATE TABLE solutions (
    id              TEXT   NOT NULL PRIMARY KEY,
    organization_id TEXT   NOT NULL REFERENCES organizations (id),
    name            TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    archived_at     BIGINT,
    UNIQUE (organization_id, name)
);

-- Owner: organizations
CREATE TABLE databases (
    id          TEXT   NOT NULL PRIMARY KEY,
    solution_id TEXT   NOT NULL REFERENCES solutions (id),
    name        TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    archived_at BIGINT,
    UNIQUE (solution_id, name)
);
