-- Version 4: how one source is.

-- The polls of a source: asked with every report of it.
CREATE INDEX poll_source ON poll (source, at);
