-- Owner: hcps
-- Databases and their HCPs have numbers, which count up: an entry of a list is then a third as
-- wide, and lists that were sorted by ids are sorted by them.
CREATE TABLE hcp_numbers (
    database_id TEXT   NOT NULL PRIMARY KEY REFERENCES databases (id),
    directory   BIGINT NOT NULL UNIQUE, -- the database's number
    last        BIGINT NOT NULL         -- the last number that one of its HCPs got
);
INSERT INTO hcp_numbers (database_id, directory, last)
    SELECT database_id, ROW_NUMBER() OVER (ORDER BY database_id), COUNT(*)
    FROM hcps GROUP BY database_id;

DROP INDEX hcps_by_name;
DROP INDEX hcps_by_age;
DROP INDEX hcps_by_type;
DROP INDEX hcps_by_type_and_age;
DROP INDEX hcps_by_parent;
DROP INDEX hcps_by_parent_and_age;
DROP INDEX hcps_disabled;
DROP INDEX hcps_disabled_by_age;
ALTER TABLE hcps ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
UPDATE hcps SET number = n.number
    FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY database_id ORDER BY id) AS number FROM hcps) n
    WHERE n.id = hcps.id;
CREATE UNIQUE INDEX hcps_by_age ON hcps (database_id, number);
CREATE INDEX hcps_by_name ON hcps (database_id, sort_name, number);
CREATE INDEX hcps_by_type ON hcps (database_id, type, sort_name, number);
CREATE INDEX hcps_by_type_and_age ON hcps (database_id, type, number);
CREATE INDEX hcps_by_parent ON hcps (parent_id, sort_name, number) WHERE parent_id IS NOT NULL;
CREATE INDEX hcps_by_parent_and_age ON hcps (parent_id, number) WHERE parent_id IS NOT NULL;
CREATE INDEX hcps_disabled ON hcps (database_id, sort_name, number) WHERE status = 'disabled';
CREATE INDEX hcps_disabled_by_age ON hcps (database_id, number) WHERE status = 'disabled';

CREATE TABLE hcp_lists (
    directory BIGINT NOT NULL,
    list      TEXT   NOT NULL, -- in hexadecimal, so that a beginning is a range under any collation
    sort_name TEXT   NOT NULL,
    hcp       BIGINT NOT NULL, -- its number
    PRIMARY KEY (directory, list, sort_name, hcp)
);
INSERT INTO hcp_lists (directory, list, sort_name, hcp)
    SELECT n.directory, w.word, w.sort_name, h.number
    FROM hcp_words w JOIN hcps h ON h.id = w.hcp_id
    JOIN hcp_numbers n ON n.database_id = h.database_id
    ORDER BY n.directory, w.word, w.sort_name, h.number;
DROP TABLE hcp_words;
CREATE INDEX hcp_lists_of ON hcp_lists (directory, hcp);
