-- Owner: accounts
-- An identifier that somebody wants for an account that is there; it reserves nothing until he
-- has shown that it is his.
CREATE TABLE new_identifiers (
    id         TEXT   NOT NULL PRIMARY KEY,
    account_id TEXT   NOT NULL REFERENCES accounts (id),
    kind       TEXT   NOT NULL CHECK (kind IN ('email', 'phone')),
    value_norm TEXT   NOT NULL,
    password   TEXT,            -- PHC string, when one is chosen with it (hand-over)
    credential TEXT   NOT NULL, -- fingerprint of the password that the account had
    browser    TEXT   NOT NULL, -- the browser it began in
    token_hash TEXT   NOT NULL UNIQUE,
    code_hash  TEXT   NOT NULL, -- under the server's key; no code fits where the identifier is owned
    failures   BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);
CREATE INDEX new_identifiers_by_expiry ON new_identifiers (expires_at);
