-- Owner: oauth
CREATE TABLE authorization_requests (
    id          TEXT   NOT NULL PRIMARY KEY,
    cookie_hash TEXT   NOT NULL, -- the browser it began in
    client_id   TEXT   NOT NULL,
    request     TEXT   NOT NULL, -- JSON of the checked request
    sign_in     TEXT,            -- session id and time of the sign-in that answered it, JSON
    capacity    TEXT,            -- JSON of the choice, once made
    consent     TEXT,            -- JSON of the decision, once made
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    answered_at BIGINT
);
CREATE INDEX authorization_requests_by_expiry ON authorization_requests (expires_at);

-- Owner: oauth
CREATE TABLE seen_assertions (
    hash       TEXT   NOT NULL PRIMARY KEY, -- of issuer and jti
    expires_at BIGINT NOT NULL
);
