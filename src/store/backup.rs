//! Copies of the database: made while it is used, and checked before anybody
//! relies on them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use rusqlite::{Connection, OpenFlags};

use super::{BUSY, Reader, STEPS, Store, StoreError, check_ours};

/// What a copy must hold, to the row.
const COUNTED: &str = "SELECT (SELECT count(*) FROM item) + (SELECT count(*) FROM story)
                            + (SELECT count(*) FROM archive) + (SELECT count(*) FROM member)";

impl StoreError {
    /// Whether this account may not do that, whatever the file is worth.
    pub fn is_forbidden(&self) -> bool {
        use rusqlite::ErrorCode::{CannotOpen, PermissionDenied, ReadOnly};
        let Self::Sqlite(error) = self else {
            return false;
        };
        matches!(
            error.sqlite_error_code(),
            Some(CannotOpen | PermissionDenied | ReadOnly)
        )
    }

    /// Whether the file itself is damaged: trying again does not mend it.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Sqlite(error) => matches!(
                error.sqlite_error_code(),
                Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase)
            ),
            Self::Corrupt(_) | Self::NoDatabase(_) => true,
            Self::NotOurs(_) | Self::TooNew { .. } | Self::Damaged(_) => false,
        }
    }
}

/// Why a page could not be read, if that is what a check tells: nothing is
/// known of the page then.
fn unread(said: &str) -> Option<i32> {
    let (_, code) = said.split_once("unable to get the page. error code=")?;
    let digits = code.find(|c: char| !c.is_ascii_digit());
    let code: i32 = digits
        .map_or(code, |end| code.get(..end).unwrap_or_default())
        .parse()
        .ok()?;
    (code & 0xff != rusqlite::ffi::SQLITE_CORRUPT).then_some(code)
}

impl Reader {
    /// Writes a copy of what is committed to `path`, where nothing may be
    /// yet, and checks it: its pages, and that it holds as many rows.
    pub fn copy(&self, path: &Path) -> Result<(), StoreError> {
        let before = self.counted()?;
        let name = path.to_string_lossy();
        self.connection.execute("VACUUM INTO ?1", [&name])?;
        let after = self.counted()?;
        let copied = Self::check(path)?.counted()?;
        // Rows may come, and go, while it is made.
        if (before.min(after)..=before.max(after)).contains(&copied) {
            Ok(())
        } else {
            Err(StoreError::Corrupt(format!(
                "a copy has {copied} rows in place of {after}"
            )))
        }
    }

    /// Opens the file if every page of it is whole.
    pub fn check(path: &Path) -> Result<Self, StoreError> {
        let reader = Self::open(path)?;
        reader.quick_check()?;
        Ok(reader)
    }

    /// Looks at every page.
    pub fn quick_check(&self) -> Result<(), StoreError> {
        self.checked("PRAGMA quick_check(1)")
    }

    /// Looks at every page, and whether the indices tell what the tables do.
    pub fn full_check(&self) -> Result<(), StoreError> {
        self.checked("PRAGMA integrity_check(1)")
    }

    fn checked(&self, pragma: &str) -> Result<(), StoreError> {
        let said: String = self.connection.query_row(pragma, [], |row| row.get(0))?;
        match (&*said, unread(&said)) {
            ("ok", _) => check_schema(&self.connection),
            (_, Some(code)) => {
                let error = rusqlite::ffi::Error::new(code);
                Err(rusqlite::Error::SqliteFailure(error, Some(said)).into())
            }
            (_, None) => Err(StoreError::Corrupt(said)),
        }
    }

    fn counted(&self) -> Result<i64, StoreError> {
        Ok(self.connection.query_row(COUNTED, [], |row| row.get(0))?)
    }
}

fn version(connection: &Connection) -> Result<usize, StoreError> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok(usize::try_from(found).unwrap_or(usize::MAX))
}

/// Whether a file of our version has the tables that we make, word for word: a
/// bit that is another there is seen by nobody until a name is missed. What
/// stands there beside them is somebody else's.
fn check_schema(connection: &Connection) -> Result<(), StoreError> {
    if version(connection)? != STEPS.len() {
        return Ok(());
    }
    let found = schema(connection)?;
    for (name, words) in made()? {
        if found.get(name) != Some(words) {
            return Err(StoreError::Corrupt(format!(
                "`{name}` is not as it was made"
            )));
        }
    }
    Ok(())
}

/// What a database of our version holds.
fn made() -> Result<&'static Schema, StoreError> {
    static MADE: OnceLock<Schema> = OnceLock::new();
    if let Some(made) = MADE.get() {
        return Ok(made);
    }
    let made = Connection::open_in_memory()?;
    for step in STEPS {
        made.execute_batch(step)?;
    }
    let made = schema(&made)?;
    Ok(MADE.get_or_init(|| made))
}

/// What a database holds, by name, and the words that made it.
type Schema = BTreeMap<String, Option<String>>;

fn schema(connection: &Connection) -> Result<Schema, StoreError> {
    let mut statement = connection.prepare("SELECT name, sql FROM sqlite_schema")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Store {
    /// The schema version of the file, and ours; `None` if there is no file
    /// that is ours.
    pub fn versions(path: &Path) -> Result<Option<(usize, usize)>, StoreError> {
        if !path.exists() {
            return Ok(None);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        check_ours(&connection, path)?;
        check_schema(&connection)?;
        Ok(Some((version(&connection)?, STEPS.len())))
    }

    /// Counts every promise from `now` on: this is an older state of what
    /// was, and what was promised since is not known (law 6).
    pub fn promise_anew(&mut self, now: jiff::Timestamp) -> Result<(), StoreError> {
        let never = crate::schedule::NEVER.as_millisecond();
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "UPDATE source SET due = max(due, ?1 + (due - asked_at)), asked_at = ?1
             WHERE due < ?2",
            [now.as_millisecond(), never],
        )?;
        transaction.execute(
            "UPDATE asked SET due = max(due, ?1 + (due - at)), at = ?1 WHERE due < ?2",
            [now.as_millisecond(), never],
        )?;
        transaction.commit()?;
        Ok(())
    }
}
