-- Owner: hcps
-- A word knows where its HCP stands in the list, so that the first that have a frequent word are
-- found in an index alone.
ALTER TABLE hcp_words ADD COLUMN sort_name TEXT NOT NULL DEFAULT '';
UPDATE hcp_words SET sort_name = (SELECT h.sort_name FROM hcps h WHERE h.id = hcp_words.hcp_id);
DROP INDEX hcp_words_found;
CREATE INDEX hcp_words_found ON hcp_words (database_id, word, sort_name, hcp_id);
