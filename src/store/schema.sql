-- The schema of scofeed, version 1. Times are milliseconds since 1970 UTC.
-- `seq` numbers are internal: public ids are hashes of keys.

-- The service's own memory: generation, stamp, shaped, changes …
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- What a host has asked of us.
CREATE TABLE host (
    name      TEXT PRIMARY KEY,
    next_at   INTEGER,                         -- until when it is left alone
    busy      TEXT,                            -- its last 503, JSON
    robots    TEXT,                            -- the lines of robots.txt that are for us
    robots_at INTEGER
) STRICT, WITHOUT ROWID;

-- What was last promised to an address, whatever source it belonged to: it is
-- not asked sooner because a source was renamed, or left it and came back.
CREATE TABLE asked (
    url TEXT PRIMARY KEY,
    at  INTEGER NOT NULL,
    due INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What must be remembered of a source (F-36).
CREATE TABLE source (
    key           TEXT PRIMARY KEY,
    epoch         TEXT NOT NULL,               -- address and recipe; validators belong to one
    validators_of TEXT,                        -- the address that gave them
    etag          BLOB,
    last_modified BLOB,
    body_hash     BLOB,
    asked_at      INTEGER NOT NULL,            -- the last claim
    due           INTEGER NOT NULL,            -- the promise: no request before
    due_why       TEXT NOT NULL,
    schedule      TEXT NOT NULL,               -- what the due time follows from, JSON
    tries         INTEGER NOT NULL DEFAULT 0,  -- failures in a row
    last_ok       INTEGER,
    failing_since INTEGER,
    failure_kind  TEXT,
    failure       TEXT,
    skipped       TEXT NOT NULL DEFAULT '[]',  -- what the last document left out, JSON
    reading       TEXT                         -- how a page was last read, JSON
) STRICT, WITHOUT ROWID;

-- The ledger of polls.
CREATE TABLE poll (
    id      INTEGER PRIMARY KEY,
    source  TEXT NOT NULL,
    at      INTEGER NOT NULL,
    took_ms INTEGER NOT NULL,
    status  INTEGER,
    asked_if INTEGER NOT NULL,                 -- 1: asked with validators
    bytes   INTEGER NOT NULL,
    items   INTEGER NOT NULL,
    new     INTEGER NOT NULL,
    kept    INTEGER NOT NULL,
    failure TEXT
) STRICT;
CREATE INDEX poll_at ON poll (at);

-- The ledger of items: everything seen, with its verdict.
CREATE TABLE item (
    seq            INTEGER PRIMARY KEY,
    source         TEXT NOT NULL,
    key            TEXT NOT NULL,
    canon          TEXT,
    link           TEXT,
    title          TEXT NOT NULL,
    lead           TEXT NOT NULL,
    content        TEXT NOT NULL,
    byline         TEXT NOT NULL,              -- JSON
    outlet         TEXT,
    language       TEXT,
    media          TEXT NOT NULL,              -- JSON
    categories     TEXT NOT NULL,              -- JSON
    stated         INTEGER,
    stated_updated INTEGER,
    seen           INTEGER NOT NULL,
    last_seen      INTEGER NOT NULL,
    text_hash      BLOB NOT NULL,
    version        INTEGER NOT NULL,
    changed        INTEGER NOT NULL,
    generation     TEXT NOT NULL,              -- of the rules that gave the verdict
    verdict        TEXT NOT NULL,
    reasons        TEXT NOT NULL,              -- JSON
    held           TEXT,                       -- why it is held back whenever it is kept
    standing       TEXT NOT NULL,
    standing_until INTEGER,                    -- when it stops waiting
    pruned         INTEGER,                    -- when its text was given up; the row stays
    UNIQUE (source, key)
) STRICT;
CREATE INDEX item_canon ON item (canon) WHERE canon IS NOT NULL;
CREATE INDEX item_idle ON item (last_seen) WHERE verdict <> 'keep';
CREATE INDEX item_waits ON item (standing_until) WHERE standing_until IS NOT NULL;

-- The one reading of an item's article page.
CREATE TABLE look (
    item     INTEGER PRIMARY KEY REFERENCES item (seq),
    due      INTEGER,                          -- NULL: nothing more to do
    tries    INTEGER NOT NULL DEFAULT 0,
    outcome  TEXT,                             -- 'read', or why not, in words
    article  TEXT                              -- what the page told, JSON
) STRICT;
CREATE INDEX look_due ON look (due) WHERE due IS NOT NULL;

-- What an item that belongs to a story said before it was reworded.
CREATE TABLE revision (
    item    INTEGER NOT NULL REFERENCES item (seq),
    version INTEGER NOT NULL,
    at      INTEGER NOT NULL,                  -- since when it said so
    title   TEXT NOT NULL,
    lead    TEXT NOT NULL,
    PRIMARY KEY (item, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE story (
    seq       INTEGER PRIMARY KEY,
    id        BLOB NOT NULL UNIQUE,
    founder   INTEGER NOT NULL REFERENCES item (seq),
    rep       INTEGER REFERENCES item (seq),   -- the representative, fixed when it entered
    shows     INTEGER REFERENCES item (seq),   -- NULL: not shown
    entered   INTEGER UNIQUE,
    published INTEGER,
    updated   INTEGER,
    revision  INTEGER NOT NULL                 -- the number of its last change
) STRICT;
CREATE INDEX story_shown ON story (entered) WHERE shows IS NOT NULL;

CREATE TABLE member (
    item   INTEGER PRIMARY KEY REFERENCES item (seq),
    story  INTEGER NOT NULL REFERENCES story (seq),
    how    TEXT NOT NULL,
    said   TEXT NOT NULL,                      -- the evidence in words
    rank   INTEGER NOT NULL,                   -- who is shown: higher first
    print  BLOB,                               -- what is compared; NULL: nothing joins it
    moment INTEGER NOT NULL,                   -- the date it bears: near to what in time
    at     INTEGER NOT NULL                    -- when it joined
) STRICT;
CREATE INDEX member_story ON member (story);
CREATE INDEX member_moment ON member (moment);
CREATE INDEX member_at ON member (at);

-- What a person decided: noted by a command, applied by the desk.
CREATE TABLE decision (
    id         INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    what       TEXT NOT NULL,                  -- 'story': to which an item belongs
    subject    TEXT NOT NULL,                  -- source and key of the item
    object     TEXT NOT NULL,                  -- the story
    applied_at INTEGER,
    outcome    TEXT
) STRICT;
CREATE INDEX decision_waits ON decision (id) WHERE applied_at IS NULL;

-- Which views show a story: derived, as `story.shows` is, in the same
-- transaction. The main view's path is empty and shows all.
CREATE TABLE shelf (
    view    TEXT NOT NULL,
    entered INTEGER NOT NULL,
    story   INTEGER NOT NULL REFERENCES story (seq),
    PRIMARY KEY (view, entered)
) STRICT, WITHOUT ROWID;
CREATE INDEX shelf_story ON shelf (story);

-- The words of published items, folded by us: rowid is the item. The
-- tokenizer only separates at spaces.
CREATE VIRTUAL TABLE search USING fts5 (
    words,
    content = '',
    contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* Co'"
);

-- Closed archives, kept as bytes for ever (law 4).
CREATE TABLE archive (
    view     TEXT NOT NULL,
    period   TEXT NOT NULL,                    -- 2026-11, or 2026-11-16
    bytes_gz BLOB NOT NULL,
    tag      TEXT NOT NULL,
    modified INTEGER NOT NULL,
    UNIQUE (view, period)
) STRICT;
