-- Owner: organizations
-- The name of what is archived is free again.
UPDATE solutions SET name = name || ' ' || id WHERE archived_at IS NOT NULL;
UPDATE databases SET name = name || ' ' || id WHERE archived_at IS NOT NULL;
