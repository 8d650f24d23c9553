-- Owner: accounts
-- The name as people look for it: in lower case and without accents.
ALTER TABLE accounts ADD COLUMN search_name TEXT NOT NULL DEFAULT '';
UPDATE accounts SET search_name = LOWER(display_name);
