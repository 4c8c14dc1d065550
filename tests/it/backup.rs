//! Copies of the database, and the way back: never a silently empty start
//!

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use scofeed::care::backup;
use scofeed::daemon::{self, DATABASE, Desk, DeskError};
use scofeed::store::{Reader, Store, StoreError};

use crate::room::{CONFIG, Room, at, config, item};

const START: &str = "2026-11-24T09:00:00Z";

/// A data directory with two stories and a backup of it.
struct Kept {
    data: tempfile::TempDir,
    titles: Vec<String>,
}

impl Kept {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut room = Room::open(config(CONFIG), data.path(), at(START));
        room.introduce("steppe");
        room.pass(SignedDuration::from_hours(2));
        let news = item("1", "Alpha counts its cranes and bridges");
        room.shows("steppe", vec![news]);
        room.desk.build().unwrap();
        let titles = room.titles("/atom.xml");
        assert_eq!(titles.len(), 2, "{titles:?}");
        drop(room);
        let kept = Self { data, titles };
        backup::backup(&kept.reader(), &kept.backups(), at(START)).unwrap();
        kept
    }

    fn database(&self) -> PathBuf {
        self.data.path().join(DATABASE)
    }

    fn backups(&self) -> PathBuf {
        self.data.path().join(backup::FOLDER)
    }

    fn reader(&self) -> Reader {
        Reader::open(&self.database()).unwrap()
    }

    /// The titles that a start publishes.
    fn started(&self) -> Result<Vec<String>, String> {
        let now = at(START) + SignedDuration::from_hours(3);
        let data = self.data.path();
        // The child of another test has our lock between its fork and its exec.
        let is_free = |opened: &Result<_, _>| !matches!(opened, Err(DeskError::Taken { .. }));
        let desk = (0..10_000)
            .map(|_| Desk::open(config(CONFIG), data, now))
            .find(is_free)
            .expect("the lock is held")
            .map_err(|error| error.to_string())?;
        Ok(Room::of(desk, data, now).titles("/atom.xml"))
    }

    /// The files that were moved aside.
    fn aside(&self) -> Vec<String> {
        let files = fs::read_dir(self.data.path()).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut aside: Vec<_> = names
            .filter(|name| name.contains(".corrupt-") && name.ends_with('Z'))
            .collect();
        aside.sort();
        aside
    }

    fn spoil(&self, how: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(self.database()).unwrap();
        how(&mut bytes);
        fs::write(self.database(), bytes).unwrap();
    }
}

#[test]
fn a_database_that_cannot_be_used_gives_way_to_the_newest_good_backup() {
    type Spoil = fn(&mut Vec<u8>);
    let spoils: [(&str, Spoil); 4] = [
        ("head", |bytes| bytes[..32].fill(b'x')),
        ("schema", |bytes| bytes[100..4096].fill(0xff)),
        ("zero length", Vec::clear),
        ("other bytes", |bytes| *bytes = b"a diary".repeat(1000)),
    ];
    for (name, spoil) in spoils {
        let kept = Kept::new();
        kept.spoil(spoil);
        assert_eq!(kept.started(), Ok(kept.titles.clone()), "{name}");
        assert_eq!(kept.aside().len(), 1, "{name}: {:?}", kept.aside());
        // Once.
        assert_eq!(kept.started(), Ok(kept.titles.clone()), "{name}");
        assert_eq!(kept.aside().len(), 1, "{name}: {:?}", kept.aside());
    }
    let kept = Kept::new();
    fs::remove_file(kept.database()).unwrap();
    assert_eq!(kept.started(), Ok(kept.titles.clone()));
}

#[test]
fn who_looks_sees_whether_a_service_runs() {
    let data = tempfile::tempdir().unwrap();
    assert!(!daemon::is_running(data.path()));
    let room = Room::open(config(CONFIG), data.path(), at(START));
    assert!(daemon::is_running(data.path()));
    drop(room);
    assert!(!daemon::is_running(data.path()));
}

#[test]
fn without_a_backup_a_damaged_database_is_left_as_it_is() {
    let kept = Kept::new();
    fs::remove_dir_all(kept.backups()).unwrap();
    kept.spoil(|bytes| bytes[..32].fill(b'x'));
    let before = fs::read(kept.database()).unwrap();
    for _ in 0..2 {
        let refused = kept.started().unwrap_err();
        assert!(refused.contains("no good backup"), "{refused}");
        assert_eq!(fs::read(kept.database()).unwrap(), before);
    }
    assert!(kept.aside().is_empty());
}

#[test]
fn a_backup_that_is_damaged_itself_is_passed_over() {
    let kept = Kept::new();
    let later = at(START) + SignedDuration::from_hours(24);
    let newer = backup::backup(&kept.reader(), &kept.backups(), later).unwrap();
    fs::write(&newer, "no database").unwrap();
    assert_eq!(backup::list(&kept.backups()).len(), 2);
    kept.spoil(|bytes| bytes[..32].fill(b'x'));
    assert_eq!(kept.started(), Ok(kept.titles.clone()));
}

#[test]
fn damage_found_while_it_runs_is_mended_at_the_next_start() {
    let kept = Kept::new();
    kept.spoil(|bytes| {
        let last = bytes.len() - 4096;
        bytes[last..].fill(0xff);
    });
    backup::mark(kept.data.path(), "page 7 is not what it was");
    assert_eq!(kept.started(), Ok(kept.titles.clone()));
    assert_eq!(kept.aside().len(), 1);
    assert_eq!(backup::marked(kept.data.path()), None);
}

/// A page is met when its table is read: by the check, or by the start itself.
#[test]
fn a_damaged_page_of_any_table_gives_way_at_the_next_start() {
    let kept = Kept::new();
    let whole = fs::read(kept.database()).unwrap();
    let mut restored = 0;
    for page in 0..whole.len() / 4096 {
        let mut bytes = whole.clone();
        bytes[page * 4096..][..4096].fill(0xff);
        fs::write(kept.database(), bytes).unwrap();
        let started = kept
            .started()
            .unwrap_or_else(|said| panic!("page {page}: {said}"));
        assert!(!started.is_empty(), "page {page}");
        restored = restored.max(kept.aside().len());
    }
    assert!(restored > 0);
}

/// SQLite takes a page that could not be read for once for a damaged one.
#[test]
fn what_only_seemed_damaged_is_kept_without_a_backup_too() {
    let kept = Kept::new();
    fs::remove_dir_all(kept.backups()).unwrap();
    backup::mark(kept.data.path(), "database disk image is malformed");
    assert_eq!(kept.started(), Ok(kept.titles.clone()));
    assert!(kept.aside().is_empty());
    assert_eq!(backup::marked(kept.data.path()), None);
}

/// a bit of a page anywhere, and nothing starts empty.
#[test]
fn a_flipped_bit_never_empties_the_feed() {
    const PLACES: usize = 500;
    let kept = Kept::new();
    let whole = fs::read(kept.database()).unwrap();
    let mut restored = 0;
    for n in 0..PLACES {
        let place = n * (whole.len() - 1) / (PLACES - 1);
        let mut bytes = whole.clone();
        bytes[place] ^= 1 << (n % 8);
        fs::write(kept.database(), bytes).unwrap();
        let damaged = Reader::check(&kept.database()).is_err();
        match kept.started() {
            Ok(titles) if titles == kept.titles => {}
            // It starts, and what is wrong is found by the look at every page.
            Ok(titles) => assert!(damaged || titles.len() == 2, "{place}: {titles:?}"),
            Err(error) => {
                assert!(damaged || error.contains("version"), "{place}: {error}");
                backup::mark(kept.data.path(), &error);
                if error.contains("version") {
                    fs::write(kept.database(), &whole).unwrap();
                }
                assert_eq!(kept.started(), Ok(kept.titles.clone()), "{place}");
                restored += 1;
            }
        }
        drop(fs::remove_file(kept.data.path().join("damaged")));
    }
    assert!(restored < PLACES);
}

#[test]
fn seven_are_kept_and_one_is_due_a_day() {
    let kept = Kept::new();
    let day = |n: i64| at(START) + SignedDuration::from_hours(24 * n);
    assert_eq!(backup::due(&kept.backups(), day(0)), day(1));
    for n in 1..10 {
        backup::backup(&kept.reader(), &kept.backups(), day(n)).unwrap();
    }
    let moments: Vec<Timestamp> = backup::list(&kept.backups())
        .iter()
        .map(|(at, _)| *at)
        .collect();
    let expected: Vec<Timestamp> = (3..10).rev().map(day).collect();
    assert_eq!(moments, expected);
    // A clock that was set back: those of the future do not keep the next one
    // off, nor push it out, nor is another due at once.
    assert_eq!(backup::due(&kept.backups(), day(2)), day(2));
    backup::backup(&kept.reader(), &kept.backups(), day(2)).unwrap();
    assert_eq!(backup::due(&kept.backups(), day(2)), day(3));
    assert_eq!(backup::list(&kept.backups()).len(), 7);
    assert_eq!(backup::due(Path::new("/nonexistent"), day(5)), day(5));
}

#[test]
fn going_back_asks_nobody_sooner_than_promised() {
    let kept = Kept::new();
    let due = |path: &Path| -> i64 {
        let database = rusqlite::Connection::open(path).unwrap();
        let sql = "SELECT due FROM source WHERE key = 'steppe'";
        database.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let asked = |path: &Path, at: Timestamp| {
        let database = rusqlite::Connection::open(path).unwrap();
        let epoch = "INSERT OR REPLACE INTO source (key, epoch, asked_at, due, due_why, schedule)
                     VALUES ('steppe', 'x', ?1, ?1 + 3600000, '', '{}')";
        database.execute(epoch, [at.as_millisecond()]).unwrap();
    };
    asked(&kept.database(), at(START));
    let backup = backup::backup(&kept.reader(), &kept.backups(), at(START)).unwrap();
    // Half a day later it was asked, which the backup does not know.
    let later = at(START) + SignedDuration::from_hours(12);
    asked(&kept.database(), later);
    let promised = due(&kept.database());
    let now = later + SignedDuration::from_mins(1);
    backup::restore(&kept.database(), &backup, "replaced", now).unwrap();
    assert!(due(&kept.database()) >= promised);
}

#[test]
fn what_is_of_another_program_or_a_later_version_is_left_alone() {
    let kept = Kept::new();
    let database = rusqlite::Connection::open(kept.database()).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    drop(database);
    let refused = kept.started().unwrap_err();
    assert!(refused.contains("schema version 99"), "{refused}");
    let database = rusqlite::Connection::open(kept.database()).unwrap();
    database.pragma_update(None, "application_id", 7).unwrap();
    drop(database);
    let refused = kept.started().unwrap_err();
    assert!(refused.contains("is not a scofeed database"), "{refused}");
    assert!(kept.aside().is_empty());
}

#[test]
fn an_upgrade_makes_a_backup_first_and_is_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(DATABASE);
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../../src/store/schema.sql"))
        .unwrap();
    old.pragma_update(None, "application_id", 0x5343_4F66)
        .unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    old.execute("INSERT INTO meta VALUES ('kept', 1)", [])
        .unwrap();
    // The last statement of the step fails.
    old.execute_batch("CREATE INDEX item_verdict ON item (verdict)")
        .unwrap();
    drop(old);
    let version = || Store::versions(&path).unwrap().unwrap().0;
    let tables = || {
        let database = rusqlite::Connection::open(&path).unwrap();
        let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'incident'";
        database
            .query_row::<i64, _, _>(sql, [], |row| row.get(0))
            .unwrap()
    };
    assert!(matches!(Store::open(&path), Err(StoreError::Sqlite(_))));
    assert_eq!((version(), tables()), (1, 0));
    let mend = rusqlite::Connection::open(&path).unwrap();
    mend.execute_batch("DROP INDEX item_verdict").unwrap();
    drop(mend);
    drop(Desk::open(config(CONFIG), dir.path(), at(START)).unwrap());
    assert!(version() > 1);
    let [(_, backup)] = &backup::list(&dir.path().join(backup::FOLDER))[..] else {
        panic!("no backup")
    };
    assert_eq!(Store::versions(backup).unwrap().unwrap().0, 1);
}
