-- Version 5: corrections that wait to be told, and addresses that pages name.

-- When a story says that it was reworded: that was too soon after it said so
-- the last time.
ALTER TABLE story ADD COLUMN owed INTEGER;
CREATE INDEX story_owed ON story (owed) WHERE owed IS NOT NULL;

-- The canonical form of the address that the page calls its own, where that
-- is another one than its item's, and believed.
ALTER TABLE look ADD COLUMN canon TEXT;
CREATE INDEX look_canon ON look (canon) WHERE canon IS NOT NULL;

-- What an edit gains meets what had come by then, whatever date that bears.
DROP INDEX member_moment;
