-- Owner: hcps
CREATE INDEX hcps_disabled_by_age ON hcps (database_id, id) WHERE status = 'disabled';
CREATE INDEX hcps_by_parent_and_age ON hcps (parent_id, id) WHERE parent_id IS NOT NULL;
