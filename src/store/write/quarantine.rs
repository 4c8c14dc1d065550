//! Sources that are not believed, until a person accepts them.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, TransactionBehavior, params};

use super::super::{Store, StoreError};
use super::{Writing, json};
use crate::model::{Identity, SourceKey, Standing, WebUrl, Withheld};

/// Links by whose hosts a source is known.
const LINKS: u32 = 200;

impl Store {
    /// Notes that a source is to be believed again, for the desk of this
    /// process or of the one that runs.
    pub fn accept(&mut self, source: &SourceKey, now: Timestamp) -> Result<(), StoreError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction
            .prepare_cached(
                "INSERT INTO decision (at, what, subject, object) VALUES (?1, 'accept', ?2, '')",
            )?
            .execute(params![now.as_millisecond(), source.as_str()])?;
        transaction.commit()?;
        Ok(())
    }

    /// The sources that wait for the desk to believe them, with the numbers of
    /// the decisions.
    pub fn accepted(&self) -> Result<Vec<(i64, SourceKey)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, subject FROM decision
             WHERE applied_at IS NULL AND what = 'accept' ORDER BY id",
        )?;
        let mut rows = statement.query([])?;
        let mut waiting = Vec::new();
        while let Some(row) = rows.next()? {
            let source = SourceKey::new(&row.get::<_, String>(1)?);
            let source = source.map_err(|_| StoreError::Damaged("decision"))?;
            waiting.push((row.get(0)?, source));
        }
        Ok(waiting)
    }
}

impl Writing<'_> {
    /// Why what a source sends is not believed; `None` if it is.
    pub fn quarantine(&self, source: &SourceKey) -> Result<Option<String>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT quarantine FROM source WHERE key = ?1")?
            .query_row([source.as_str()], |row| row.get(0))
            .optional()?
            .flatten())
    }

    /// What a source sends is not believed from now on.
    pub fn put_into_quarantine(&self, source: &SourceKey, why: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE source SET quarantine = ?2 WHERE key = ?1")?
            .execute(params![source.as_str(), why])?;
        Ok(())
    }

    /// What a source last said of itself.
    pub fn identity(&self, source: &SourceKey) -> Result<Identity, StoreError> {
        let said: Option<String> = self
            .connection
            .prepare_cached("SELECT feed FROM source WHERE key = ?1")?
            .query_row([source.as_str()], |row| row.get(0))
            .optional()?
            .flatten();
        said.map_or_else(
            || Ok(Identity::default()),
            |said| serde_json::from_str(&said).map_err(|_| StoreError::Damaged("source")),
        )
    }

    /// Remembers what a source says of itself.
    pub fn remember_identity(
        &self,
        source: &SourceKey,
        identity: &Identity,
    ) -> Result<(), StoreError> {
        let said = json(identity);
        self.connection
            .prepare_cached("UPDATE source SET feed = ?2 WHERE key = ?1 AND feed IS NOT ?2")?
            .execute(params![source.as_str(), said])?;
        Ok(())
    }

    /// How many items are known of a source, and where the newest lead.
    pub fn links_of(&self, source: &SourceKey) -> Result<(u64, Vec<WebUrl>), StoreError> {
        let known = self
            .connection
            .prepare_cached("SELECT count(*) FROM item WHERE source = ?1")?
            .query_row([source.as_str()], |row| row.get(0))?;
        let mut statement = self.connection.prepare_cached(
            "SELECT link FROM item WHERE source = ?1 AND link IS NOT NULL
             ORDER BY seq DESC LIMIT ?2",
        )?;
        let mut rows = statement.query(params![source.as_str(), LINKS])?;
        let mut links = Vec::new();
        while let Some(row) = rows.next()? {
            links.extend(WebUrl::parse(&row.get::<_, String>(0)?));
        }
        Ok((known, links))
    }

    /// Items about the topic that a source has shown since then: those of its
    /// first document do not count, nor those before it was accepted.
    pub fn kept_since(&self, source: &SourceKey, since: Timestamp) -> Result<u64, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT count(*) FROM item WHERE source = ?1 AND verdict = 'keep' AND seen > max(
                     ?2,
                     (SELECT min(seen) FROM item WHERE source = ?1),
                     coalesce((SELECT max(applied_at) FROM decision
                               WHERE what = 'accept' AND subject = ?1), 0))",
            )?
            .query_row(params![source.as_str(), since.as_millisecond()], |row| {
                row.get(0)
            })?)
    }

    /// Believes a source again. Of what was held back, the `newest` are shown;
    /// the rest is like what was there before a source was added (H-70). How
    /// many stories enter.
    pub fn release(
        &mut self,
        number: i64,
        source: &SourceKey,
        newest: usize,
    ) -> Result<u64, StoreError> {
        self.connection
            .prepare_cached("UPDATE source SET quarantine = NULL WHERE key = ?1")?
            .execute([source.as_str()])?;
        let held: Vec<i64> = self
            .connection
            .prepare_cached(
                "SELECT seq FROM item WHERE source = ?1 AND held = ?2
                 ORDER BY coalesce(stated, seen), seq",
            )?
            .query_map(
                params![source.as_str(), Withheld::Quarantine.as_str()],
                |row| row.get(0),
            )?
            .collect::<Result<_, _>>()?;
        let older = held.len().saturating_sub(newest);
        let mut entered = 0;
        for (place, item) in held.into_iter().enumerate() {
            let (why, standing) = if place < older {
                let why = Withheld::Onboarding;
                (Some(why.as_str()), Standing::Withheld(why))
            } else {
                (None, Standing::Published)
            };
            let quarantined = Standing::Withheld(Withheld::Quarantine).as_str();
            self.connection
                .prepare_cached(
                    "UPDATE item SET held = ?2,
                         standing = CASE standing WHEN ?4 THEN ?3 ELSE standing END
                     WHERE seq = ?1",
                )?
                .execute(params![item, why, standing.as_str(), quarantined])?;
            let story: Option<i64> = self
                .connection
                .prepare_cached("SELECT story FROM member WHERE item = ?1")?
                .query_row([item], |row| row.get(0))
                .optional()?;
            if let Some(story) = story {
                entered += u64::from(self.refresh(story, item, false)?);
            }
        }
        self.connection
            .prepare_cached("UPDATE decision SET applied_at = ?2, outcome = 'done' WHERE id = ?1")?
            .execute(params![number, self.now])?;
        Ok(entered)
    }
}
