-- Owner: accounts
CREATE TABLE accounts (
    id                    TEXT   NOT NULL PRIMARY KEY,
    status                TEXT   NOT NULL CHECK (status IN ('pending', 'active', 'suspended', 'closed')),
    standing              TEXT   NOT NULL CHECK (standing IN ('primary', 'dependent')),
    given_name            TEXT   NOT NULL,
    family_name           TEXT   NOT NULL,
    display_name          TEXT   NOT NULL,
    birth_date            TEXT,   -- YYYY-MM-DD
    contact_identifier_id TEXT,
    created_at            BIGINT NOT NULL,
    updated_at            BIGINT NOT NULL,
    closed_at             BIGINT,
    emancipated_at        BIGINT
);

-- Owner: accounts
CREATE TABLE login_identifiers (
    id          TEXT   NOT NULL PRIMARY KEY,
    account_id  TEXT   NOT NULL REFERENCES accounts (id),
    kind        TEXT   NOT NULL CHECK (kind IN ('email', 'phone')),
    value_norm  TEXT   NOT NULL,
    verified_at BIGINT NOT NULL,
    UNIQUE (kind, value_norm) -- I-05
);
CREATE INDEX login_identifiers_by_account ON login_identifiers (account_id);

-- Owner: accounts
CREATE TABLE credentials (
    id         TEXT   NOT NULL PRIMARY KEY,
    account_id TEXT   NOT NULL REFERENCES accounts (id),
    kind       TEXT   NOT NULL CHECK (kind IN ('password', 'totp', 'webauthn', 'recovery')),
    material   TEXT   NOT NULL, -- password: PHC string
    created_at BIGINT NOT NULL
);
CREATE INDEX credentials_by_account ON credentials (account_id);
CREATE UNIQUE INDEX credentials_one_password ON credentials (account_id) WHERE kind = 'password';

-- Owner: accounts
CREATE TABLE consumer_profiles (
    account_id      TEXT   NOT NULL REFERENCES accounts (id),
    organization_id TEXT   NOT NULL REFERENCES organizations (id),
    patient_id      TEXT,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (account_id, organization_id),
    UNIQUE (organization_id, patient_id)
);

-- Owner: accounts
CREATE TABLE sessions (
    id           TEXT   NOT NULL PRIMARY KEY, -- `sid`
    cookie_hash  TEXT   NOT NULL UNIQUE,      -- SHA-256 of the cookie's value
    data         TEXT   NOT NULL,             -- tower-sessions' record: CSRF token, theme, flash
    account_id   TEXT   REFERENCES accounts (id),
    auth_time    BIGINT,
    amr          TEXT,
    acr          TEXT,
    address      TEXT,
    user_agent   TEXT,
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    ended_at     BIGINT
);
CREATE INDEX sessions_by_account ON sessions (account_id);

-- Owner: accounts
CREATE TABLE throttles (
    key           TEXT   NOT NULL PRIMARY KEY,
    failures      BIGINT NOT NULL,
    window_start  BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);
