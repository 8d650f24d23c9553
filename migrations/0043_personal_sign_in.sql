-- A dependent may sign in himself, with a password of his own for an identifier that he shares.
ALTER TABLE credentials ADD COLUMN is_personal BOOLEAN NOT NULL DEFAULT FALSE; -- of a dependent
ALTER TABLE credentials ADD COLUMN chosen_by TEXT;                             -- the guardian who chose it; null: its owner
CREATE INDEX credentials_personal ON credentials (account_id) WHERE is_personal;
CREATE INDEX accounts_by_contact ON accounts (contact_identifier_id) WHERE contact_identifier_id IS NOT NULL;
