-- Owner: imports
CREATE TABLE imports (
    id           TEXT   NOT NULL PRIMARY KEY,
    database_id  TEXT   NOT NULL REFERENCES databases (id),
    file_name    TEXT   NOT NULL,
    sheet_name   TEXT,
    bytes        BIGINT NOT NULL,
    status       TEXT   NOT NULL CHECK (status IN ('staged', 'committed', 'undone')),
    created_at   BIGINT NOT NULL,
    committed_at BIGINT,
    expires_at   BIGINT NOT NULL -- then it is forgotten, with its rows
);
CREATE INDEX imports_by_end ON imports (expires_at);

-- Owner: imports
-- What stands in a file and is not empty. A row is taken when no reason speaks against it.
CREATE TABLE import_rows (
    import_id TEXT   NOT NULL REFERENCES imports (id),
    number    BIGINT NOT NULL, -- in the file, from 1
    document  TEXT   NOT NULL, -- JSON: what stands there, and how it is read
    reasons   TEXT   NOT NULL, -- between spaces
    hcp_id    TEXT,            -- what it became
    PRIMARY KEY (import_id, number)
);
