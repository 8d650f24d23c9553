-- Owner: service_accounts
-- For how many days before its end the last letter about the key was sent.
ALTER TABLE api_keys ADD COLUMN noticed_days BIGINT;
CREATE INDEX api_keys_by_end ON api_keys (expires_at);
