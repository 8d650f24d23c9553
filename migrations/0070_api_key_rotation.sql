-- Owner: service_accounts
-- The key that took its place: a key is replaced once.
ALTER TABLE api_keys ADD COLUMN replaced_by TEXT;
