-- Owner: hcps
-- Everything that an HCP is found by, so that one that was found by one word is tested for the
-- others where it stands.
ALTER TABLE hcps ADD COLUMN words TEXT NOT NULL DEFAULT '';
UPDATE hcps SET words = COALESCE(
    (SELECT string_agg(' ' || w.word, '') FROM hcp_words w WHERE w.hcp_id = hcps.id), '');

-- Owner: hcps
-- Each beginning of a word, and each pair of them, has a list that is kept in the order of names.
DROP INDEX hcp_words_found;
ALTER TABLE hcp_words RENAME TO hcp_words_before;
CREATE TABLE hcp_words (
    database_id TEXT NOT NULL,
    word        TEXT NOT NULL, -- in hexadecimal, so that a beginning is a range under any collation
    sort_name   TEXT NOT NULL,
    hcp_id      TEXT NOT NULL REFERENCES hcps (id),
    PRIMARY KEY (database_id, word, sort_name, hcp_id)
);
-- Addresses ('e') and phone numbers from their beginning ('p') and from their end ('r').
INSERT INTO hcp_words (database_id, word, sort_name, hcp_id)
    SELECT database_id, word, sort_name, hcp_id FROM hcp_words_before WHERE word NOT LIKE '6e%';
-- Beginnings of names ('b'), those of organizations once more ('o').
INSERT INTO hcp_words (database_id, word, sort_name, hcp_id)
    SELECT DISTINCT w.database_id, k.kind || substr(w.word, 3, 2 * k.bytes), w.sort_name, w.hcp_id
    FROM hcp_words_before w
    JOIN hcps h ON h.id = w.hcp_id
    JOIN (SELECT f.kind, l.bytes FROM (SELECT '62' AS kind UNION ALL SELECT '6f') f
          CROSS JOIN (SELECT 2 AS bytes UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 6
            UNION ALL SELECT 8) l) k
      ON length(w.word) >= 2 + 2 * k.bytes AND (k.kind = '62' OR h.type = 'organization')
    WHERE w.word LIKE '6e%';
-- Pairs of names by their first two letters ('d').
INSERT INTO hcp_words (database_id, word, sort_name, hcp_id)
    SELECT DISTINCT a.database_id, '64' || substr(a.word, 3, 4) || substr(b.word, 3, 4),
      a.sort_name, a.hcp_id
    FROM hcp_words_before a JOIN hcp_words_before b ON b.hcp_id = a.hcp_id AND a.word < b.word
    WHERE a.word LIKE '6e%' AND b.word LIKE '6e%' AND length(a.word) >= 6 AND length(b.word) >= 6;
DROP TABLE hcp_words_before;
CREATE INDEX hcp_words_of ON hcp_words (hcp_id);
