//! The rota of backups, and the way back from one.

use std::cmp::Reverse;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use crate::store::{Reader, Store, StoreError};

/// The folder of the backups within the data directory.
pub const FOLDER: &str = "backups";

/// How many are kept.
const KEPT: usize = 7;

/// How often one is made by itself.
const EVERY: SignedDuration = SignedDuration::from_hours(24);

/// Told to the next start: this database seems to be damaged.
const MARK: &str = "damaged";

/// A file's name from its moment, and back.
const NAME: &str = "scofeed-%Y%m%dT%H%M%SZ.db";

/// Why a backup cannot be made or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database, or the copy.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file or folder.
    #[error("{path}: {source}")]
    File {
        /// Its path.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// There is nothing to go back to.
    #[error("{0} holds no good backup")]
    None(PathBuf),
    /// The database is damaged and nothing can take its place.
    #[error(
        "{database} is damaged ({said}), and there is no good backup in {backups}: it is left as \
         it is. Put a good copy in its place, or move it away to begin anew"
    )]
    Lost {
        /// The database.
        database: PathBuf,
        /// What is wrong with it.
        said: String,
        /// Where backups would be.
        backups: PathBuf,
    },
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    |source| BackupError::File { path, source }
}

/// The backups in a folder, the newest first, each with its moment.
pub fn list(folder: &Path) -> Vec<(Timestamp, PathBuf)> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut list: Vec<_> = files
        .filter_map(|file| {
            let name = file.file_name();
            let moment = jiff::civil::DateTime::strptime(NAME, name.to_str()?).ok()?;
            let moment = Offset::UTC.to_timestamp(moment).ok()?;
            Some((moment, file.path()))
        })
        .collect();
    list.sort();
    list.reverse();
    list
}

/// When the next backup is to be made by itself.
pub fn due(folder: &Path, now: Timestamp) -> Timestamp {
    let moments = list(folder).into_iter().map(|(moment, _)| moment);
    let newest = moments.filter(|moment| *moment <= now).max();
    newest.map_or(now, |newest| newest.checked_add(EVERY).unwrap_or(now))
}

/// Makes a backup in `folder`, checks it, and gives up the oldest beyond
/// seven. It is there whole or not at all.
pub fn backup(reader: &Reader, folder: &Path, now: Timestamp) -> Result<PathBuf, BackupError> {
    fs::create_dir_all(folder).map_err(at(folder))?;
    let begun = folder.join("begun.tmp");
    remove(&begun)?;
    let path = folder.join(now.strftime(NAME).to_string());
    reader.copy(&begun)?;
    settle(&begun, &path)?;
    let mut made = list(folder);
    // Those of the future are of a clock that was set back since.
    made.sort_by_key(|(moment, _)| (*moment > now, Reverse(*moment)));
    for (_, old) in made.into_iter().skip(KEPT) {
        remove(&old)?;
    }
    Ok(path)
}

/// Puts a file in its place for good: synced, renamed, and the folder synced.
fn settle(from: &Path, to: &Path) -> Result<(), BackupError> {
    let sync = |path: &Path| File::open(path).and_then(|file| file.sync_all());
    sync(from).map_err(at(from))?;
    fs::rename(from, to).map_err(at(to))?;
    let folder = to.parent().unwrap_or(Path::new("."));
    sync(folder).map_err(at(folder))
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}

/// The files of a database: itself, its log, and the log's index.
fn parts(database: &Path, of: &str) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|end| {
        let mut name = database.as_os_str().to_owned();
        name.push(of);
        name.push(end);
        name.into()
    })
}

/// Moves the database aside under a name that ends in `word` and the time.
fn aside(database: &Path, word: &str, now: Timestamp) -> Result<(), BackupError> {
    let word = now.strftime(&format!(".{word}-%Y%m%dT%H%M%SZ")).to_string();
    for (part, aside) in parts(database, "").iter().zip(parts(database, &word)) {
        match fs::rename(part, aside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(part)(error)),
            _ => {}
        }
    }
    Ok(())
}

/// Puts a backup in the database's place, which is moved aside. Nobody may
/// have it open.
pub fn restore(
    database: &Path,
    backup: &Path,
    word: &str,
    now: Timestamp,
) -> Result<(), BackupError> {
    drop(Reader::check(backup)?);
    let begun = database.with_extension("tmp");
    fs::copy(backup, &begun).map_err(at(backup))?;
    Store::open(&begun)?.promise_anew(now)?;
    aside(database, word, now)?;
    settle(&begun, database)
}

/// The newest backup that is whole.
pub fn newest_good(folder: &Path) -> Option<PathBuf> {
    let paths = list(folder).into_iter().map(|(_, path)| path);
    paths.into_iter().find(|path| Reader::check(path).is_ok())
}

/// Tells the next start that the database seems to be damaged.
pub fn mark(data: &Path, said: &str) {
    if let Err(error) = fs::write(data.join(MARK), said) {
        tracing::error!(%error, "the next start cannot be told that the database is damaged");
    }
}

/// What was found damaged while the service ran, if it was.
pub fn marked(data: &Path) -> Option<String> {
    fs::read_to_string(data.join(MARK)).ok()
}

/// What was done so that the database of a data directory can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// It is of an older version, and was copied before it becomes a newer.
    Copied(String),
    /// A backup took its place: what was stored since is lost.
    Restored(String),
}

/// Whether a database that SQLite calls damaged is so. One that cannot be read
/// at all may be whole: its disk is in trouble.
pub fn is_damaged(database: &Path) -> bool {
    let read = |path: &Path| io::copy(&mut File::open(path)?, &mut io::sink());
    read(database).is_ok() && matches!(is_sound(database), Ok(false))
}

/// Whether nothing is wrong with a database.
fn is_sound(database: &Path) -> Result<bool, StoreError> {
    if !database.exists() {
        return Ok(false);
    }
    match Reader::open(database).and_then(|reader| reader.full_check()) {
        Ok(()) => Ok(true),
        Err(error @ StoreError::Sqlite(_)) if !error.is_damage() => Err(error),
        Err(_) => Ok(false),
    }
}

/// Sees to it that the database of a data directory can be used: one that is
/// damaged, empty or missing is moved aside, and the newest good backup takes
/// its place. What was done, in words; `None` if nothing had to be.
///
/// What a running service took for damage is looked at again: SQLite calls a
/// database malformed also when one of its pages could not be read for once.
pub fn recover(data: &Path, file: &str, now: Timestamp) -> Result<Option<Recovery>, BackupError> {
    let (database, backups) = (data.join(file), data.join(FOLDER));
    let marked = match marked(data) {
        Some(said) if !is_sound(&database)? => Some(said),
        Some(_) => {
            remove(&data.join(MARK))?;
            None
        }
        None => None,
    };
    let damage = match (marked, Store::versions(&database)) {
        (Some(said), _) => Some(said),
        (None, Err(error)) if error.is_damage() => Some(error.to_string()),
        (None, Err(error)) => return Err(error.into()),
        (None, Ok(Some((0, _)))) => Some("it is empty".to_owned()),
        (None, Ok(None)) => Some("it is missing".to_owned()),
        (None, Ok(Some((found, known)))) if found < known => {
            let path = backup(&Reader::open(&database)?, &backups, now)?;
            return Ok(Some(Recovery::Copied(format!(
                "the database is of version {found}, and becomes one of version {known}; as it \
                 was it is kept in {}",
                path.display()
            ))));
        }
        (None, Ok(Some(_))) => None,
    };
    let Some(said) = damage else {
        return Ok(None);
    };
    let Some(good) = newest_good(&backups) else {
        let length = fs::metadata(&database).map_or(0, |file| file.len());
        if length == 0 {
            // A first start, or one that was ended before it wrote anything.
            return Ok(None);
        }
        return Err(BackupError::Lost {
            database,
            said,
            backups,
        });
    };
    let aside = if database.exists() {
        ", was moved aside as `scofeed.db.corrupt-…`,"
    } else {
        ""
    };
    restore(&database, &good, "corrupt", now)?;
    remove(&data.join(MARK))?;
    Ok(Some(Recovery::Restored(format!(
        "the database could not be used ({said}){aside} and {} took its place: what was stored \
         since is lost, and sources are asked again an interval from now",
        good.display()
    ))))
}
