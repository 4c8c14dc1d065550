//! What the public knows of us and we must not forget: who we are, and the
//! validators that we gave.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::read::Reader;
use super::write::{set_meta, time};
use super::{Store, StoreError};
use crate::model::{StoryId, WebUrl};
use crate::render::{self, Known};

/// Stands behind an id that may still change.
const PROVISIONAL: &str = " for now";

/// What stands in the output directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// The directory.
    pub directory: PathBuf,
    /// The number of the last change of a story that it shows.
    pub changes: i64,
    /// The sheets of the edition, by the names of their files.
    pub sheets: BTreeSet<String>,
}

impl Store {
    /// Notes what stands in the output directory.
    pub fn file(&mut self, filed: &Filed) -> Result<(), StoreError> {
        let filed = serde_json::to_string(filed).map_err(|_| StoreError::Damaged("meta"))?;
        set_meta(&self.connection, "filed", filed)
    }

    /// The id of our feed, for ever. One that was made of an address on
    /// loopback was nobody's but our own, and the first address that others
    /// can reach makes another. A feed that was published before ids were told
    /// apart keeps its own.
    pub fn identity(&mut self, url: &WebUrl) -> Result<String, StoreError> {
        let noted: Option<String> = self
            .connection
            .query_row("SELECT value FROM meta WHERE key = 'identity'", [], |row| {
                row.get(0)
            })
            .optional()?;
        match noted.as_deref().map(|noted| noted.split_once(PROVISIONAL)) {
            None if self.has_published()? => {
                self.take_identity(&render::old_id())?;
                return Ok(render::old_id());
            }
            Some(None) => return Ok(noted.unwrap_or_default()),
            Some(Some((id, _))) if url.is_loopback() => return Ok(id.to_owned()),
            None | Some(Some(_)) => {}
        }
        let id = render::first_id(url);
        let how = if url.is_loopback() { PROVISIONAL } else { "" };
        self.take_identity(&format!("{id}{how}"))?;
        Ok(id)
    }

    /// Takes an id that we had before.
    pub fn take_identity(&mut self, id: &str) -> Result<(), StoreError> {
        set_meta(&self.connection, "identity", id)
    }

    fn has_published(&self) -> Result<bool, StoreError> {
        Ok(self.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM story WHERE entered IS NOT NULL)",
            [],
            |row| row.get(0),
        )?)
    }

    /// Notes what clients may hold from now on.
    pub fn know<'k>(
        &mut self,
        known: impl IntoIterator<Item = (&'k String, &'k Known)>,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        for (path, Known { tag, modified }) in known {
            transaction
                .prepare_cached(
                    "INSERT INTO known (path, tag, modified) VALUES (?1, ?2, ?3)
                     ON CONFLICT (path) DO UPDATE
                     SET tag = excluded.tag, modified = excluded.modified",
                )?
                .execute(params![path, tag, modified.as_millisecond()])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Notes which tags the hub knows of.
    pub fn tell<'t>(
        &mut self,
        told: impl IntoIterator<Item = (&'t String, &'t String)>,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        for (path, tag) in told {
            transaction
                .prepare_cached("UPDATE known SET told = ?2 WHERE path = ?1")?
                .execute(params![path, tag])?;
        }
        transaction.commit()?;
        Ok(())
    }
}

impl Reader {
    /// What stands in the output directory, by what was noted last.
    pub fn filed(&self) -> Result<Option<Filed>, StoreError> {
        let filed: Option<String> = self
            .connection
            .query_row("SELECT value FROM meta WHERE key = 'filed'", [], |row| {
                row.get(0)
            })
            .optional()?;
        // What cannot be read was noted by another version.
        Ok(filed.and_then(|filed| serde_json::from_str(&filed).ok()))
    }

    /// The stories that were ever shown and have changed since that change,
    /// each with its revision and when it entered.
    pub fn changed(&self, since: i64) -> Result<Vec<(StoryId, u64, Timestamp)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, revision, entered FROM story WHERE revision > ?1 AND entered IS NOT NULL",
        )?;
        let mut rows = statement.query([since])?;
        let mut changed = Vec::new();
        while let Some(row) = rows.next()? {
            let id = StoryId::from_bytes(row.get(0)?);
            changed.push((id, row.get(1)?, time(row.get(2)?)?));
        }
        Ok(changed)
    }

    /// Which tags the hub knows of, by path.
    pub fn told(&self) -> Result<BTreeMap<String, String>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT path, told FROM known WHERE told IS NOT NULL")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What clients may hold, by path.
    pub fn known(&self) -> Result<BTreeMap<String, Known>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT path, tag, modified FROM known")?;
        let mut rows = statement.query([])?;
        let mut known = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let validators = Known {
                tag: row.get(1)?,
                modified: time(row.get(2)?)?,
            };
            known.insert(row.get(0)?, validators);
        }
        Ok(known)
    }
}
