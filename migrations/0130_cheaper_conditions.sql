-- The indexes behind what people see of their accounts hold the same events as before. A list after
-- NOT IN makes SQLite fill and search a table of its own for each row, twice; comparisons end with
-- the first that is false, so the most frequent action stands first (`audit::page_of_person` has the
-- same conditions).

-- Owner: audit
DROP INDEX audit_events_by_subject;
DROP INDEX audit_events_by_actor;
CREATE INDEX audit_events_by_subject ON audit_events (subject, id)
    WHERE action <> 'token_issued' AND action <> 'token_refreshed' AND action <> 'code_redeemed'
        AND action <> 'code_issued' AND action <> 'authorization'
        AND action <> 'client_authentication';
CREATE INDEX audit_events_by_actor ON audit_events (actor, id)
    WHERE action <> 'token_issued' AND action <> 'token_refreshed' AND action <> 'code_redeemed'
        AND action <> 'code_issued' AND action <> 'authorization'
        AND action <> 'client_authentication';
