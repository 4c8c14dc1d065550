//! Finding stories: by words, over our own folded text, and by id, with all
//! that is known of them.
//!
//! # Why our own tokens
//! SQLite's tokenizers know no words of Chinese and fold other letters than
//! we do. What is indexed is text that is folded already, one space between
//! its words, so a word is found here exactly where the topic would find it.

use rusqlite::{Connection, OptionalExtension, params};

use super::StoreError;
use super::read::{ITEM_COLUMNS, Reader, list, member};
use super::write::{Writing, time};
use crate::model::{Standing, Story, StoryId};
use crate::render::{Detail, Told};
use crate::text::fold;
use crate::text::query::Query;

/// Items that are looked through for the stories of an answer. One story may
/// be told by many.
const ITEMS_AT_MOST: u32 = 1000;

impl Writing<'_> {
    /// Makes a published item findable, and any other not.
    pub(super) fn index(&self, seq: i64) -> Result<(), StoreError> {
        index(self.connection, seq)
    }
}

fn index(connection: &Connection, seq: i64) -> Result<(), StoreError> {
    let words = connection
        .prepare_cached(
            "SELECT title || char(10) || lead || char(10) || byline || char(10) ||
                    coalesce(outlet, '')
             FROM item WHERE seq = ?1 AND standing = ?2",
        )?
        .query_row(params![seq, Standing::Published.as_str()], |row| {
            Ok(fold::folded(row.get_ref(0)?.as_str()?))
        })
        .optional()?;
    connection
        .prepare_cached("DELETE FROM search WHERE rowid = ?1")?
        .execute([seq])?;
    if let Some(words) = words {
        connection
            .prepare_cached("INSERT INTO search (rowid, words) VALUES (?1, ?2)")?
            .execute(params![seq, words])?;
    }
    Ok(())
}

impl Reader {
    /// The stories that are told in these words, newest first, at most
    /// `most`.
    pub fn search(&self, query: &Query, most: usize) -> Result<Vec<Story>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT m.story
             FROM (SELECT rowid AS item FROM search WHERE search MATCH ?1
                   ORDER BY rowid DESC LIMIT ?2) f
                  JOIN member m ON m.item = f.item JOIN story s ON s.seq = m.story
             WHERE s.shows IS NOT NULL",
        )?;
        let mut rows = statement.query(params![query.to_match(), ITEMS_AT_MOST])?;
        let mut stories: Vec<i64> = Vec::new();
        while let (Some(row), true) = (rows.next()?, stories.len() < most) {
            let story = row.get(0)?;
            if !stories.contains(&story) {
                stories.push(story);
            }
        }
        let these: Vec<String> = stories.iter().map(i64::to_string).collect();
        self.stories_where(&these.join(", "), &[])
    }

    /// Whether there is such a story, shown or not.
    pub fn has_story(&self, id: StoryId) -> Result<bool, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM story WHERE id = ?1)")?
            .query_row([id.as_bytes()], |row| row.get(0))?)
    }

    /// A story with all that is known of it; `None` if it is not shown.
    pub fn detail(&self, id: StoryId) -> Result<Option<Detail>, StoreError> {
        let values = params![id.as_bytes()];
        let mut stories = self.stories_where("SELECT seq FROM story WHERE id = ?1", values)?;
        let Some(story) = stories.pop() else {
            return Ok(None);
        };
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {ITEM_COLUMNS}, m.how, m.said, i.reasons, i.changed
             FROM story s JOIN member m ON m.story = s.seq JOIN item i ON i.seq = m.item
             WHERE s.id = ?1 AND i.standing = '{}' ORDER BY m.rank DESC, m.at, i.seq",
            Standing::Published.as_str()
        ))?;
        let mut rows = statement.query(values)?;
        let mut told = Vec::new();
        while let Some(row) = rows.next()? {
            let member = member(row)?;
            told.push(Told {
                before: self.revisions(&member.source, &member.item.key)?,
                since: time(row.get("changed")?)?,
                member,
                said: row.get("said")?,
                reasons: list(&row.get::<_, String>("reasons")?, "item")?,
            });
        }
        Ok(Some(Detail { story, told }))
    }

    /// The story that has what this one was founded by, if this one was joined
    /// into it by hand and has nothing left to show.
    pub fn heir(&self, id: StoryId) -> Result<Option<StoryId>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT h.id FROM story s JOIN member m ON m.item = s.founder
                 JOIN story h ON h.seq = m.story
             WHERE s.id = ?1 AND s.shows IS NULL AND h.shows IS NOT NULL",
        )?;
        let heir = statement.query_row([id.as_bytes()], |row| row.get(0));
        Ok(heir.optional()?.map(StoryId::from_bytes))
    }

    /// Counts the changes of stories: what was read of them is true as long
    /// as this stays the same.
    pub fn changes(&self) -> Result<i64, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT value FROM meta WHERE key = 'changes'")?;
        Ok(statement
            .query_row([], |row| row.get(0))
            .optional()?
            .unwrap_or(0))
    }
}
