-- Owner: mail
-- Letters on their way. A letter that left, or that nobody could deliver, is deleted.
CREATE TABLE mail_outbox (
    id         TEXT   NOT NULL PRIMARY KEY,
    recipient  TEXT   NOT NULL, -- sealed, as the letter is
    letter     TEXT   NOT NULL, -- sealed: it may hold a link or a code
    attempts   BIGINT NOT NULL DEFAULT 0,
    next_at    BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX mail_outbox_by_turn ON mail_outbox (next_at);

-- Owner: accounts
-- A registration that nobody has verified reserves nothing (I-06).
CREATE TABLE pending_sign_ups (
    id              TEXT   NOT NULL PRIMARY KEY,
    organization_id TEXT   NOT NULL REFERENCES organizations (id),
    kind            TEXT   NOT NULL CHECK (kind IN ('email', 'phone')),
    value_norm      TEXT   NOT NULL,
    given_name      TEXT   NOT NULL,
    family_name     TEXT   NOT NULL,
    password        TEXT   NOT NULL, -- PHC string
    browser         TEXT   NOT NULL, -- the browser it began in
    token_hash      TEXT   NOT NULL UNIQUE,
    code_hash       TEXT   NOT NULL, -- under the server's key; worth nothing where the identifier is owned
    failures        BIGINT NOT NULL DEFAULT 0,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    used_at         BIGINT
);
CREATE INDEX pending_sign_ups_by_expiry ON pending_sign_ups (expires_at);

-- Owner: accounts
CREATE TABLE recoveries (
    id            TEXT   NOT NULL PRIMARY KEY,
    account_id    TEXT   NOT NULL REFERENCES accounts (id),
    identifier_id TEXT   NOT NULL, -- the address it was sent to
    credential    TEXT   NOT NULL, -- fingerprint of the password it is to replace
    token_hash    TEXT   NOT NULL UNIQUE,
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    used_at       BIGINT
);
CREATE INDEX recoveries_by_expiry ON recoveries (expires_at);
