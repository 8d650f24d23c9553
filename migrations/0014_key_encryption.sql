-- Owner: keys
-- One row at most: there is none until the key-encryption key is changed for the first time.
CREATE TABLE key_encryption (
    one      BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    kek_id   TEXT   NOT NULL, -- the key-encryption key that everything here is sealed with
    mac_root TEXT   NOT NULL  -- what MACs are derived from, sealed; it outlives its first key
);
