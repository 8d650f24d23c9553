-- Owner: imports
-- An import is stored and taken in steps, so that nobody waits for all of a large one. What it
-- goes on with stands here: how far it is, who wants it, and on which request's behalf.
ALTER TABLE import_rows RENAME TO import_rows_before;
ALTER TABLE imports RENAME TO imports_before;
CREATE TABLE imports (
    id           TEXT    NOT NULL PRIMARY KEY,
    database_id  TEXT    NOT NULL REFERENCES databases (id),
    file_name    TEXT    NOT NULL,
    sheet_name   TEXT,
    bytes        BIGINT  NOT NULL,
    status       TEXT    NOT NULL
      CHECK (status IN ('reading', 'staged', 'committing', 'committed', 'undone')),
    created_at   BIGINT  NOT NULL,
    committed_at BIGINT,
    expires_at   BIGINT  NOT NULL, -- then it is forgotten, with its rows
    position     BIGINT  NOT NULL DEFAULT 0, -- the number of the last row that was taken
    rows_done    BIGINT  NOT NULL DEFAULT 0,
    rows_wanted  BIGINT  NOT NULL DEFAULT 0,
    moved_at     BIGINT, -- when it came so far
    doer         TEXT,
    doer_type    TEXT    CHECK (doer_type IN ('person', 'machine', 'command')),
    invites      BOOLEAN NOT NULL DEFAULT FALSE,
    request_id   TEXT,
    address      TEXT
);
INSERT INTO imports (id, database_id, file_name, sheet_name, bytes, status, created_at,
    committed_at, expires_at)
  SELECT id, database_id, file_name, sheet_name, bytes, status, created_at, committed_at, expires_at
  FROM imports_before;
CREATE TABLE import_rows (
    import_id TEXT   NOT NULL REFERENCES imports (id),
    number    BIGINT NOT NULL, -- in the file, from 1
    document  TEXT   NOT NULL, -- JSON: what stands there, and how it is read
    reasons   TEXT   NOT NULL, -- between spaces
    hcp_id    TEXT,            -- what it became
    PRIMARY KEY (import_id, number)
);
INSERT INTO import_rows (import_id, number, document, reasons, hcp_id)
  SELECT import_id, number, document, reasons, hcp_id FROM import_rows_before;
DROP TABLE import_rows_before;
DROP TABLE imports_before;
CREATE INDEX imports_by_end ON imports (expires_at);
CREATE INDEX imports_under_way ON imports (moved_at) WHERE status = 'committing';
