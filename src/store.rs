//! The one SQLite file: schema, the only writer, and readers beside it.
//!
//! `Store` is owned by the desk. A claim is committed before each request,
//! a settlement after it; whatever answers have arrived settle together, a
//! savepoint each, so that one that cannot be stored does not undo the rest.
//!
//! # Why `synchronous=FULL`
//! An item once published must never be forgotten, or it would come back as
//! new. We commit about once per changed fetch, so the sync costs nothing
//! that anyone notices (REQUIREMENTS 4.2).

mod backup;
mod incident;
mod public;
mod read;
mod search;
mod shelf;
mod write;

pub use public::Filed;
pub use read::{Counts, Found, LedgerRow, Reader, SourceRow};
pub use write::{
    ClaimRow, DueLook, Flip, ItemRow, KnownItem, LookMemory, LookPlan, Looked, Recalled, Seed,
    SeedMember, Settling, SourceMemory, SourceSettlement, Writing, Written,
};

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::render::View;

/// `PRAGMA application_id`: tells our files from others (`SCOf`).
const APPLICATION_ID: i32 = 0x5343_4F66;

/// The steps from an empty file to the present schema; `user_version` counts
/// the steps that a file has taken.
const STEPS: [&str; 5] = [
    include_str!("store/schema.sql"),
    include_str!("store/schema-2.sql"),
    include_str!("store/schema-3.sql"),
    include_str!("store/schema-4.sql"),
    include_str!("store/schema-5.sql"),
];

/// Statements that a connection keeps compiled: more than it has.
const STATEMENTS: usize = 128;

/// How long a command waits for the service's short transactions.
const BUSY: Duration = Duration::from_secs(5);

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite's own words.
    #[error("database: {0}")]
    Sqlite(rusqlite::Error),
    /// A database of another program.
    #[error("{0} is not a scofeed database")]
    NotOurs(PathBuf),
    /// What stands there is no database, or its head is damaged.
    #[error("{0} is not a scofeed database, or its head is damaged")]
    NoDatabase(PathBuf),
    /// A file that a later version has written.
    #[error("{path} has schema version {found}; this version knows {known}: use a newer scofeed")]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: usize,
        /// Ours.
        known: usize,
    },
    /// The file is not whole, in SQLite's words.
    #[error("database is damaged: {0}")]
    Corrupt(String),
    /// A stored value that we cannot have written.
    #[error("database: row of `{0}` holds a value that cannot be read")]
    Damaged(&'static str),
}

// Its words are ours already: it is no source of ours, which would tell them
// once more.
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// The writer. There is one, and the desk owns it.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    /// The views that are configured.
    views: Vec<View>,
}

impl Store {
    /// Opens the file, creates it if there is none, and brings its schema up
    /// to date, each step in a transaction.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut connection = Connection::open(path)?;
        tune(&connection)?;
        check_ours(&connection, path)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // Pages that SQLite keeps for itself, in KiB: 4 MiB.
        connection.pragma_update(None, "cache_size", -4096)?;
        migrate(&mut connection, path)?;
        Ok(Self {
            connection,
            path: path.to_owned(),
            views: Vec::new(),
        })
    }

    /// A reader of the same file.
    pub fn reader(&self) -> Result<Reader, StoreError> {
        Reader::open(&self.path)
    }
}

/// What holds for whoever writes and for whoever reads.
///
/// A statement keeps the plan that it was compiled with. Without this SQLite
/// compiles one that compares with a bound time anew for every time that is
/// bound, which was a tenth of what the service did.
fn tune(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn check_ours(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let not_ours = || StoreError::NotOurs(path.to_owned());
    let id: i32 = connection
        .query_row("PRAGMA application_id", [], |row| row.get(0))
        .map_err(|e| match e.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => StoreError::NoDatabase(path.to_owned()),
            _ => e.into(),
        })?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if id == APPLICATION_ID || (id == 0 && tables == 0) {
        Ok(())
    } else {
        Err(not_ours())
    }
}

/// The version of the schema, if it is one that we know.
fn version(connection: &Connection, path: &Path) -> Result<usize, StoreError> {
    let found = connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))?;
    let found = usize::try_from(found).unwrap_or(usize::MAX);
    let known = STEPS.len();
    if found > known {
        return Err(StoreError::TooNew {
            path: path.to_owned(),
            found,
            known,
        });
    }
    Ok(found)
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let found = version(connection, path)?;
    for (at, step) in STEPS.iter().enumerate().skip(found) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", at + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;
    use rusqlite::hooks::{AuthContext, Authorization};

    use super::*;

    fn error(path: &Path) -> String {
        Store::open(path).unwrap_err().to_string()
    }

    #[test]
    fn a_file_that_is_not_ours_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.db");
        std::fs::write(&path, "a diary, not a database, and long enough to be one").unwrap();
        assert!(error(&path).contains("is not a scofeed database"));
        std::fs::remove_file(&path).unwrap();
        Connection::open(&path)
            .unwrap()
            .execute_batch("CREATE TABLE diary (day TEXT)")
            .unwrap();
        assert!(error(&path).contains("is not a scofeed database"));
    }

    #[test]
    fn a_statement_is_compiled_once() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("x.db")).unwrap();
        let reader = Reader::open(&store.path).unwrap();
        for connection in [&store.connection, &reader.connection] {
            let mut statement = connection
                .prepare("SELECT count(*) FROM look WHERE due BETWEEN ?1 - 1 AND ?1")
                .unwrap();
            for due in 0..3 {
                let found: i64 = statement.query_row([due], |row| row.get(0)).unwrap();
                assert_eq!(found, 0);
            }
            assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
        }
    }

    #[test]
    fn a_file_of_a_later_version_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.db");
        let store = Store::open(&path).unwrap();
        store
            .connection
            .pragma_update(None, "user_version", 99)
            .unwrap();
        drop(store);
        assert!(error(&path).contains("schema version 99"));
        let read = Reader::open(&path).unwrap_err().to_string();
        assert!(read.contains("schema version 99"), "{read}");
    }

    /// The names and words of what is in a database.
    fn schema(connection: &Connection) -> Vec<(String, Option<String>)> {
        connection
            .prepare("SELECT name, sql FROM sqlite_schema ORDER BY name")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    }

    /// A file of a version, with something in it.
    fn found(path: &Path, version: usize) -> Connection {
        let connection = quick(path);
        for step in &STEPS[..version] {
            connection.execute_batch(step).unwrap();
        }
        let pragmas = [
            ("application_id", i64::from(APPLICATION_ID)),
            ("user_version", i64::try_from(version).unwrap()),
        ];
        for (name, value) in pragmas {
            connection.pragma_update(None, name, value).unwrap();
        }
        connection
            .execute("INSERT INTO meta VALUES ('kept', 1)", [])
            .unwrap();
        connection
    }

    /// A connection that waits for no disk: nobody pulls the plug here.
    fn quick(path: &Path) -> Connection {
        let connection = Connection::open(path).unwrap();
        connection
            .pragma_update(None, "synchronous", "off")
            .unwrap();
        connection
    }

    fn kept(connection: &Connection) -> i64 {
        let sql = "SELECT value FROM meta WHERE key = 'kept'";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_file_of_any_earlier_version_is_brought_up_to_date() {
        let dir = tempfile::tempdir().unwrap();
        let fresh = Store::open(&dir.path().join("fresh.db")).unwrap();
        for version in 1..STEPS.len() {
            let path = dir.path().join(format!("{version}.db"));
            drop(found(&path, version));
            let store = Store::open(&path).unwrap();
            assert_eq!(kept(&store.connection), 1);
            let (now, fresh) = (schema(&store.connection), schema(&fresh.connection));
            assert_eq!(now, fresh, "from version {version}");
        }
    }

    /// whatever of it fails, and it is the old one or a new one, whole;
    /// and what comes next ends it.
    #[test]
    fn an_upgrade_that_ends_anywhere_is_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let schemas: Vec<_> = (1..=STEPS.len())
            .map(|version| schema(&found(&dir.path().join(format!("{version}.db")), version)))
            .collect();
        let mut ends = 0;
        for version in 1..STEPS.len() {
            for at in 0.. {
                let path = dir.path().join("copy.db");
                std::fs::copy(dir.path().join(format!("{version}.db")), &path).unwrap();
                let mut connection = quick(&path);
                let mut left = at;
                let deny = move |_: AuthContext<'_>| {
                    left -= 1;
                    if left < 0 {
                        Authorization::Deny
                    } else {
                        Authorization::Allow
                    }
                };
                connection.authorizer(Some(deny)).unwrap();
                let ended = migrate(&mut connection, &path);
                // As the end of the process would: nothing is rolled back.
                drop(connection);
                let mut connection = quick(&path);
                let sql = "PRAGMA user_version";
                let now: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
                let now = usize::try_from(now).unwrap();
                assert!((version..=STEPS.len()).contains(&now), "{version}, {at}");
                assert_eq!(schema(&connection), schemas[now - 1], "{version}, {at}");
                assert_eq!(kept(&connection), 1);
                if ended.is_ok() {
                    break;
                }
                ends += 1;
                migrate(&mut connection, &path).unwrap();
                assert_eq!(schema(&connection), schemas[STEPS.len() - 1]);
                assert_eq!(kept(&connection), 1);
            }
        }
        assert!(ends > 50, "{ends}");
    }

    #[test]
    fn opening_twice_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.db");
        drop(Store::open(&path).unwrap());
        let version: i64 = Store::open(&path)
            .unwrap()
            .connection
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .unwrap();
        assert_eq!(usize::try_from(version).unwrap(), STEPS.len());
    }
}
