-- Version 3: what clients may hold, and whose feed an address gave.

-- The validators that were last served at each path.
CREATE TABLE known (
    path     TEXT PRIMARY KEY,
    tag      TEXT NOT NULL,
    modified INTEGER NOT NULL,
    told     TEXT                              -- the tag that the hub knows of
) STRICT, WITHOUT ROWID;

-- Which feed the address gave: what it calls itself, and where it links to,
-- JSON.
ALTER TABLE source ADD COLUMN feed TEXT;
