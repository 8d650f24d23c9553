-- A relation that is proposed starts once the guardian has accepted and staff, or the adult
-- who grants it, have approved.
ALTER TABLE guardianships ADD COLUMN accepted_at BIGINT;
ALTER TABLE guardianships ADD COLUMN approved_at BIGINT;
