-- Owner: mail
-- Letters that could not be delivered, for whoever asked for one of them.
CREATE TABLE undelivered_letters (
    letter_id TEXT   NOT NULL PRIMARY KEY,
    failed_at BIGINT NOT NULL
);
CREATE INDEX undelivered_letters_by_age ON undelivered_letters (failed_at);

-- Owner: invitations
ALTER TABLE hcp_invitations ADD COLUMN letter_id TEXT;
