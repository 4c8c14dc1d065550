//! An upgrade of the database, killed before its calls: what is left is whole,
//! the backup that came first too, and the next start ends it.
//!
//! The kills are those of the library in `tests/faults`, whose path stands in
//! `FAULT_LIBRARY`; `.ci/run upgrade` builds it.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rusqlite::{Connection, params};
use scofeed::care::backup;
use scofeed::daemon::DATABASE;
use tempfile::TempDir;

const OURS: i64 = 0x5343_4F66;
const STORIES: i64 = 40;
const HOUR: i64 = 3_600_000;
const NOW: i64 = 1_795_000_000_000;

/// So many calls of each upgrade are the last one, from the first call on.
const KILLS: usize = 20;

/// The steps of the schema, the first version first.
fn steps() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let later = (2..).map(|version| format!("schema-{version}.sql"));
    std::iter::once("schema.sql".to_owned())
        .chain(later)
        .map_while(|name| fs::read_to_string(folder.join(name)).ok())
        .collect()
}

/// A database of this version with stories in it.
fn found(path: &Path, version: usize) {
    let mut database = Connection::open(path).unwrap();
    let pragma = |database: &Connection, name, value| {
        database.pragma_update(None, name, value).unwrap();
    };
    for step in &steps()[..version] {
        database.execute_batch(step).unwrap();
    }
    pragma(&database, "application_id", OURS);
    pragma(&database, "user_version", i64::try_from(version).unwrap());
    let writing = database.transaction().unwrap();
    for n in 1..=STORIES {
        let at = NOW + n * HOUR;
        writing
            .execute(
                "INSERT INTO item (seq, source, key, link, title, lead, content, byline, media,
                     categories, stated, seen, last_seen, text_hash, version, changed, generation,
                     verdict, reasons, standing)
                 VALUES (?1, 'steppe', 'key-' || ?1, 'https://steppe.example/' || ?1,
                     'The SCO opens school ' || ?1, '', '', '[]', '[]', '[]', ?2, ?2, ?2, x'00',
                     1, ?2, 'old', 'keep', '[]', 'published')",
                [n, at],
            )
            .unwrap();
        writing
            .execute(
                "INSERT INTO story (seq, id, founder, rep, shows, entered, published, updated,
                     revision)
                 VALUES (?1, ?2, ?1, ?1, ?1, ?3, ?3, ?3, ?1)",
                params![n, i128::from(n).to_be_bytes(), at],
            )
            .unwrap();
        writing
            .execute(
                "INSERT INTO member (item, story, how, said, rank, moment, at)
                 VALUES (?1, ?1, 'founder', '', 0, ?2, ?2)",
                [n, at],
            )
            .unwrap();
    }
    writing.commit().unwrap();
}

fn rows(database: &Connection, query: &str) -> Vec<String> {
    let mut statement = database.prepare(query).unwrap();
    let text = statement.query_map([], |row| row.get(0)).unwrap();
    text.collect::<Result<_, _>>().unwrap()
}

/// A database that is whole: its version and what must not be lost.
#[track_caller]
fn whole(path: &Path) -> (usize, Vec<String>) {
    let database = Connection::open(path).unwrap();
    assert_eq!(rows(&database, "PRAGMA integrity_check"), ["ok"]);
    let kept = rows(
        &database,
        "SELECT format('%s %d %d %d %s %s %s', hex(id), entered, published, updated, key, title,
             standing)
         FROM story JOIN item ON item.seq = story.founder JOIN member ON member.story = story.seq
         ORDER BY story.seq",
    );
    let version = database.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0));
    (usize::try_from(version.unwrap()).unwrap(), kept)
}

/// The state that an upgrade ends in.
#[derive(Debug, PartialEq)]
struct End {
    database: (usize, Vec<String>),
    schema: Vec<String>,
    feed: Vec<String>,
}

struct Place {
    library: PathBuf,
    folder: TempDir,
    /// The database before the upgrade.
    old: PathBuf,
}

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn data(&self) -> PathBuf {
        self.path("data")
    }

    fn reset(&self) {
        for left in ["data", "site"] {
            fs::remove_dir_all(self.path(left)).ok();
        }
        fs::create_dir(self.data()).unwrap();
        fs::copy(&self.old, self.data().join(DATABASE)).unwrap();
    }

    /// A start, killed before its call of this number if there is one.
    fn start(&self, killed_at: Option<usize>) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scofeed"));
        command
            .args(["run", "--once", "--data"])
            .arg(self.data())
            .current_dir(self.folder.path())
            .env_remove("RUST_LOG")
            .env("LD_PRELOAD", &self.library)
            .env("FAULT_UNDER", self.data())
            .env("FAULT_TRACE", self.path("trace"));
        if let Some(number) = killed_at {
            command.env("FAULT_DO", "KILL");
            command.env("FAULT_AT", number.to_string());
        }
        fs::remove_file(self.path("trace")).ok();
        command.output().unwrap()
    }

    /// What a start that nobody disturbs comes to.
    #[track_caller]
    fn end(&self) -> End {
        let ran = self.start(None);
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{said}");
        let database = self.data().join(DATABASE);
        let schema = "SELECT name || ifnull(sql, '') FROM sqlite_schema ORDER BY name";
        let schema = rows(&Connection::open(&database).unwrap(), schema);
        let feed = fs::read(self.path("site/atom.xml")).unwrap();
        let feed = feed_rs::parser::parse(feed.as_slice()).unwrap();
        End {
            database: whole(&database),
            schema,
            feed: feed.entries.into_iter().map(|entry| entry.id).collect(),
        }
    }

    fn backups(&self) -> Vec<PathBuf> {
        let list = backup::list(&self.data().join(backup::FOLDER));
        list.into_iter().map(|(_, path)| path).collect()
    }
}

#[test]
#[ignore = "needs the library that kills: .ci/run upgrade"]
fn an_upgrade_that_is_killed_anywhere_is_ended_by_the_next_start() {
    let library = std::env::var_os("FAULT_LIBRARY").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let place = Place {
        library: fs::canonicalize(library).unwrap(),
        old: folder.path().join("old.db"),
        folder,
    };
    let config = "[feed]\nurl = \"https://sco.example/\"\n[publish]\ndirectory = \"site\"\n";
    fs::write(place.path("feeds.toml"), config).unwrap();
    let known = steps().len();
    let (mut kills, mut met) = (0, BTreeSet::new());
    for version in 1..known {
        fs::remove_file(&place.old).ok();
        found(&place.old, version);
        let (_, kept) = whole(&place.old);
        assert_eq!(kept.len(), 40);
        place.reset();
        let end = place.end();
        assert_eq!(end.database, (known, kept.clone()));
        assert_eq!(end.feed.len(), kept.len());
        let calls = fs::read_to_string(place.path("trace")).unwrap();
        let calls = calls.lines().count();
        for number in (1..=calls).step_by(calls.div_ceil(KILLS)) {
            let what = format!("from version {version}, killed before call {number} of {calls}");
            place.reset();
            let ran = place.start(Some(number));
            assert_eq!(ran.status.signal(), Some(9), "{what}");
            // To look into it would roll back what was under way.
            let copy = place.path("copy");
            fs::remove_dir_all(&copy).ok();
            fs::create_dir(&copy).unwrap();
            for part in ["", "-wal"] {
                let part = format!("{DATABASE}{part}");
                fs::copy(place.data().join(&part), copy.join(&part)).ok();
            }
            let (now, held) = whole(&copy.join(DATABASE));
            assert!((version..=known).contains(&now), "{what}: version {now}");
            assert_eq!(held, kept, "{what}");
            let backups = place.backups();
            assert!(
                now == version || !backups.is_empty(),
                "{what}: no backup came first"
            );
            for backup in backups {
                assert_eq!(whole(&backup), (version, kept.clone()), "{what}");
            }
            assert_eq!(place.end(), end, "{what}");
            met.insert(now);
            kills += 1;
        }
    }
    eprintln!("{kills} upgrades killed; versions that were left: {met:?}");
    assert!(kills >= 20 && met.len() == known, "{kills}, {met:?}");
}
