//! What a person decided about stories: a command notes it, the desk applies
//! it, and nothing that runs by itself ever changes it again.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, TransactionBehavior, params};

use super::super::{Store, StoreError};
use super::Writing;
use crate::model::{Decision, How, ItemKey, SourceKey, StoryId};

impl Store {
    /// Notes a decision, for the desk of this process or of the one that
    /// runs.
    pub fn decide(&mut self, decision: &Decision, now: Timestamp) -> Result<(), StoreError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction
            .prepare_cached(
                "INSERT INTO decision (at, what, subject, object) VALUES (?1, 'story', ?2, ?3)",
            )?
            .execute(params![
                now.as_millisecond(),
                format!("{} {}", decision.source, decision.key),
                decision.story.to_string(),
            ])?;
        transaction.commit()?;
        Ok(())
    }

    /// The decisions that wait for the desk, with their numbers, in the order
    /// in which they were made.
    pub fn undecided(&self) -> Result<Vec<(i64, Decision)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, subject, object FROM decision
             WHERE applied_at IS NULL AND what = 'story' ORDER BY id",
        )?;
        let mut rows = statement.query([])?;
        let mut waiting = Vec::new();
        while let Some(row) = rows.next()? {
            let decision = decision(&row.get::<_, String>(1)?, &row.get::<_, String>(2)?);
            let decision = decision.ok_or(StoreError::Damaged("decision"))?;
            waiting.push((row.get(0)?, decision));
        }
        Ok(waiting)
    }
}

/// A decision as stored. No source's name holds a space.
fn decision(subject: &str, object: &str) -> Option<Decision> {
    let (source, key) = subject.split_once(' ')?;
    Some(Decision {
        source: SourceKey::new(source).ok()?,
        key: ItemKey::new(key),
        story: StoryId::parse(object)?,
    })
}

impl Writing<'_> {
    /// Applies a decision, and notes what came of it, in words.
    pub fn apply(&mut self, number: i64, decision: &Decision) -> Result<&'static str, StoreError> {
        let outcome = self.assign(decision)?;
        self.connection
            .prepare_cached("UPDATE decision SET applied_at = ?2, outcome = ?3 WHERE id = ?1")?
            .execute(params![number, self.now, outcome])?;
        Ok(outcome)
    }

    fn assign(&mut self, decision: &Decision) -> Result<&'static str, StoreError> {
        let Decision { source, key, story } = decision;
        let found: Option<(i64, i64)> = self
            .connection
            .prepare_cached(
                "SELECT m.item, m.story FROM item i JOIN member m ON m.item = i.seq
                 WHERE i.source = ?1 AND i.key = ?2",
            )?
            .query_row(params![source.as_str(), key.as_str()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let Some((item, old)) = found else {
            return Ok("not done: no story holds this item");
        };
        let new: Option<i64> = self
            .connection
            .prepare_cached("SELECT seq FROM story WHERE id = ?1")?
            .query_row([story.as_bytes()], |row| row.get(0))
            .optional()?;
        let new = match new {
            Some(new) if new == old => return Ok("not done: the item is in this story already"),
            Some(new) => new,
            None if *story == StoryId::of(source, key) => {
                self.connection
                    .prepare_cached("INSERT INTO story (id, founder, revision) VALUES (?1, ?2, 0)")?
                    .execute(params![story.as_bytes(), item])?;
                self.connection.last_insert_rowid()
            }
            None => return Ok("not done: there is no such story"),
        };
        self.take_along(item, old, new)?;
        self.connection
            .prepare_cached(
                "UPDATE member SET story = ?2, how = ?3, said = 'decided by hand' WHERE item = ?1",
            )?
            .execute(params![item, new, How::Manual.as_str()])?;
        self.refresh(old, item, false)?;
        self.refresh(new, item, false)?;
        Ok("done")
    }

    /// Lets an item that goes to another story take the links along that it
    /// came with, and the last one to leave all that are left.
    fn take_along(&self, item: i64, old: i64, new: i64) -> Result<(), StoreError> {
        let links: Vec<(i64, String, i64)> = self
            .connection
            .prepare_cached(
                "SELECT iif(k.story = ?2, k.other, k.story), k.said, k.at
                 FROM kin k JOIN member m ON m.item = ?1
                 WHERE (k.story = ?2 AND k.at = m.at) OR (?2 IN (k.story, k.other)
                     AND NOT EXISTS (SELECT 1 FROM member WHERE story = ?2 AND item <> ?1))
                 ORDER BY k.at, k.story, k.other",
            )?
            .query_map([item, old], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?
            .collect::<Result<_, _>>()?;
        for (other, said, at) in links {
            self.connection
                .prepare_cached(
                    "DELETE FROM kin WHERE (story, other) IN (VALUES (?1, ?2), (?2, ?1))",
                )?
                .execute([old, other])?;
            self.connection
                .prepare_cached(
                    "INSERT INTO kin (story, other, said, at) SELECT ?1, ?2, ?3, ?4
                     WHERE ?1 <> ?2 AND NOT EXISTS (
                         SELECT 1 FROM kin WHERE (story, other) IN (VALUES (?1, ?2), (?2, ?1)))",
                )?
                .execute(params![new, other, said, at])?;
            // It shows one link less, or another.
            self.connection
                .prepare_cached("UPDATE story SET revision = revision + 1 WHERE seq = ?1")?
                .execute([other])?;
        }
        Ok(())
    }
}
