-- What an adult asked leads to the relation that came of it: whoever said no and is asked again has
-- a new one, and whoever gave up his identifier still has his.

-- Owner: guardianship
ALTER TABLE proxy_requests ADD COLUMN guardianship_id TEXT;  -- the last that came of it
UPDATE proxy_requests SET guardianship_id = id
WHERE EXISTS (SELECT 1 FROM guardianships g WHERE g.id = proxy_requests.id);
CREATE INDEX proxy_requests_by_guardianship ON proxy_requests (guardianship_id);
