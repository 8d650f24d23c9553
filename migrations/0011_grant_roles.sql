-- Owner: grants
-- The names of the roles that the person had when the grant was made, JSON. What was given
-- since does not count for it. Null: a consumer, or a grant from before this column.
ALTER TABLE grants ADD COLUMN roles TEXT;
