-- Version 2: incidents, links between stories of different languages, and
-- sources whose documents wait for a word of the admin.

-- A source, or the service itself, being in trouble: opened and closed once.
CREATE TABLE incident (
    id     INTEGER PRIMARY KEY,
    scope  TEXT NOT NULL,                      -- a source; empty: the service
    kind   TEXT NOT NULL,
    opened INTEGER NOT NULL,
    said   TEXT NOT NULL,                      -- what is wrong, in words
    advice TEXT NOT NULL,                      -- what to do about it
    said_at INTEGER NOT NULL,                  -- since when it is said so
    closed INTEGER                             -- NULL: still open
) STRICT;
CREATE UNIQUE INDEX incident_open ON incident (scope, kind) WHERE closed IS NULL;
CREATE INDEX incident_closed ON incident (closed) WHERE closed IS NOT NULL;

-- Two stories that tell the same news in different languages: a link, never
-- a merger. `story` is the one that came later.
CREATE TABLE kin (
    story INTEGER NOT NULL REFERENCES story (seq),
    other INTEGER NOT NULL REFERENCES story (seq),
    said  TEXT NOT NULL,                       -- the evidence in words
    at    INTEGER NOT NULL,
    PRIMARY KEY (story, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX kin_other ON kin (other);

-- Since when an item is gone from its source and from its own address.
ALTER TABLE item ADD COLUMN withdrawn INTEGER;

-- When its page was to be read once more: its source had stopped listing it
-- while it listed older ones.
ALTER TABLE look ADD COLUMN again INTEGER;

-- Why what this address sends is not believed until it is accepted, JSON.
ALTER TABLE source ADD COLUMN quarantine TEXT;

-- `status` counts what was seen of each source by verdict.
CREATE INDEX item_verdict ON item (source, verdict);

-- What was given up, and what comes next: asked with every report.
CREATE INDEX item_pruned ON item (pruned) WHERE pruned IS NOT NULL;
CREATE INDEX item_texts ON item (last_seen) WHERE verdict <> 'keep' AND pruned IS NULL;
