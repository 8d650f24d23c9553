-- Seals stand together: a row holds those of up to some hundred events that were sealed at once,
-- so sealing an event no longer means rows and indexes of its own.

-- Owner: audit
CREATE TABLE audit_seals_in_batches (
    after  BIGINT NOT NULL PRIMARY KEY,  -- how many events are sealed before these
    seq    BIGINT NOT NULL,              -- the number of the last of these, counted from 1
    hash   TEXT   NOT NULL,              -- its seal
    slot   TEXT   NOT NULL,              -- what their ids begin with
    ids    TEXT   NOT NULL,              -- one behind the other, 36 characters each
    hashes TEXT   NOT NULL               -- likewise, 64 characters each
);
INSERT INTO audit_seals_in_batches (after, seq, hash, slot, ids, hashes)
SELECT seq - 1, seq, hash, substr(event_id, 1, 11), event_id, hash FROM audit_seals;
DROP TABLE audit_seals;
ALTER TABLE audit_seals_in_batches RENAME TO audit_seals;
CREATE INDEX audit_seals_by_slot ON audit_seals (slot);

-- Who looks at what happened in his account does not see what applications do by the minute, so the
-- indexes behind that page need not hold it (`audit::page_of_person` has the same list).
DROP INDEX audit_events_by_subject;
DROP INDEX audit_events_by_actor;
CREATE INDEX audit_events_by_subject ON audit_events (subject, id)
    WHERE action NOT IN ('code_issued', 'code_redeemed', 'token_refreshed', 'token_issued',
        'authorization', 'client_authentication');
CREATE INDEX audit_events_by_actor ON audit_events (actor, id)
    WHERE action NOT IN ('code_issued', 'code_redeemed', 'token_refreshed', 'token_issued',
        'authorization', 'client_authentication');
