//! What was published, put into an empty database: the ids, dates and places
//! of stories outlive the database that they came from (law 2, X-14).

use jiff::Timestamp;
use rusqlite::params;

use super::super::StoreError;
use super::{ItemRow, REBUILT, Writing, set_meta, text_hash};
use crate::model::{Judged, SourceKey, Standing, StoryId};
use crate::story::Placed;

/// A story as it was published.
#[derive(Debug)]
pub struct Seed {
    /// Its id.
    pub id: StoryId,
    /// When it first stood in an edition.
    pub entered: Timestamp,
    /// The date that is shown.
    pub published: Timestamp,
    /// When the text a reader sees last changed.
    pub updated: Timestamp,
    /// Its members, the one that is shown first.
    pub members: Vec<SeedMember>,
}

/// A member of such a story. Its own key is not published: until its source
/// shows it again it has another.
#[derive(Debug)]
pub struct SeedMember {
    /// Its source.
    pub source: SourceKey,
    /// What was published of it.
    pub judged: Judged,
    /// How it belongs to the story.
    pub placed: Placed,
}

impl Writing<'_> {
    /// Whether anything was ever seen.
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self
            .connection
            .query_row("SELECT NOT EXISTS (SELECT 1 FROM item)", [], |row| {
                row.get(0)
            })?)
    }

    /// Puts a story back that was published. Stories come in the order in
    /// which they entered.
    pub fn seed(&mut self, seed: &Seed) -> Result<(), StoreError> {
        let entered = seed.entered.as_millisecond();
        self.now = entered;
        self.stamp = self.stamp.max(entered);
        let mut story = None;
        for member in &seed.members {
            let row = ItemRow {
                judged: &member.judged,
                standing: Standing::Published,
                held: None,
                awaits: None,
                look: None,
                placed: Some(&member.placed),
                known: None,
                reworded: false,
            };
            let hash = text_hash(&member.judged.item);
            let item = self.insert(&member.source, REBUILT, &row, &hash)?;
            story = Some((
                self.member(item, &member.placed, entered)?,
                story.map_or(item, |(_, first)| first),
            ));
            self.index(item)?;
        }
        let Some((story, shows)) = story else {
            return Ok(());
        };
        self.connection
            .prepare_cached(
                "UPDATE story SET rep = ?2, shows = ?2, entered = ?3, published = ?4, updated = ?5,
                     revision = 1
                 WHERE seq = ?1",
            )?
            .execute(params![
                story,
                shows,
                entered,
                seed.published.as_millisecond(),
                seed.updated.as_millisecond(),
            ])?;
        set_meta(self.connection, "rebuilt", entered)?;
        self.shown(story, shows)
    }
}
