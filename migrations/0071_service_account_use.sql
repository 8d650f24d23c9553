-- Owner: service_accounts
-- How many tokens a service account got on a day (days since the epoch, in UTC). Nodes add what
-- they issued every few seconds. Without a foreign key: a node may add to an account that another
-- one has just removed.
CREATE TABLE service_account_days (
    service_account_id TEXT   NOT NULL,
    day                BIGINT NOT NULL,
    tokens             BIGINT NOT NULL,
    PRIMARY KEY (service_account_id, day)
);
