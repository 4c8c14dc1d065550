//! The state of everything, as every status output prints it.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Counters, Incident, SourceKey, WebUrl};

/// When a source is polled next, and why then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The promised moment: no request before it (law 6).
    pub at: Timestamp,
    /// The reason in words.
    pub why: String,
}

/// The state of one source in a word or three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceState {
    /// The selectors of its list page find less than they must.
    BrokenSelector,
    /// A list without selectors of its own yields less than it must.
    NoList,
    /// Something answers, and it is no feed.
    NotAFeed,
    /// It does not want us.
    Blocked,
    /// Given up by its publisher.
    Gone,
    /// What it sends waits for a word of the admin.
    Quarantined,
    /// The last poll failed for another reason.
    Failing,
    /// It should have been asked by now.
    Late,
    /// Quiet beyond its own habit.
    Silent,
    /// It has moved for good, and is asked there.
    Moved,
    /// Not polled yet.
    New,
    /// The last poll was good.
    Fine,
    /// Switched off in `feeds.toml`.
    Off,
}

impl SourceState {
    /// The words that are printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BrokenSelector => "broken selector",
            Self::NoList => "no list",
            Self::NotAFeed => "not a feed",
            Self::Blocked => "blocked",
            Self::Gone => "gone",
            Self::Quarantined => "quarantined",
            Self::Failing => "failing",
            Self::Late => "late",
            Self::Silent => "silent",
            Self::Moved => "moved",
            Self::New => "new",
            Self::Fine => "fine",
            Self::Off => "off",
        }
    }

    /// Whether it brings nothing, or less than it should.
    pub fn is_trouble(self) -> bool {
        self < Self::Silent
    }

    /// Whether an admin should look at it.
    pub fn wants_a_look(self) -> bool {
        self < Self::New
    }
}

/// Where a source seems to have moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The new address.
    pub to: WebUrl,
    /// Since when lasting redirects lead there.
    pub since: Timestamp,
    /// How often they were seen.
    pub times: u32,
    /// Whether it is believed, and followed (F-19).
    pub proven: bool,
}

/// What a source's last day of polls came to (O-08).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayOfPolls {
    /// Requests.
    pub asked: u64,
    /// Of these, answered with 304.
    pub unchanged: u64,
    /// Of these, failed.
    pub failed: u64,
    /// Bytes on the wire.
    pub bytes: u64,
}

/// One source in the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceReport {
    /// Its name.
    pub source: SourceKey,
    /// Its title.
    pub title: String,
    /// Its state.
    pub state: SourceState,
    /// Since when it is in this state, where that matters.
    pub since: Option<Timestamp>,
    /// What is wrong, in words.
    pub wrong: Option<String>,
    /// What to do about it, in words.
    pub todo: Option<String>,
    /// What failed, by its stable name.
    pub failure: Option<String>,
    /// The HTTP status of the failure, if it was one.
    pub status: Option<u16>,
    /// Failures in a row.
    pub tries: u32,
    /// Good polls in a row, up to two.
    pub well: u32,
    /// Since when it fails.
    pub failing_since: Option<Timestamp>,
    /// When it failed last.
    pub failed_at: Option<Timestamp>,
    /// The last good poll.
    pub last_ok: Option<Timestamp>,
    /// Its usual interval.
    #[serde(serialize_with = "seconds", deserialize_with = "in_seconds")]
    pub every: Duration,
    /// The next poll, and why then.
    pub next: Option<Due>,
    /// From when on it is quiet beyond its own habit, if it has one.
    pub silent_from: Option<Timestamp>,
    /// When its newest item appeared.
    pub newest: Option<Timestamp>,
    /// Since when it counts as given up by its publisher.
    pub gone: Option<Timestamp>,
    /// Where it seems to have moved.
    pub moved: Option<Move>,
    /// When items may have been lost between two documents.
    pub missed_at: Option<Timestamp>,
    /// Why what it sends waits for a word of the admin.
    pub quarantine: Option<String>,
    /// Items by hour of the day, UTC, in hundredths of the busiest hour.
    pub rhythm: Option<[u8; 24]>,
    /// Items seen so far.
    pub items: u64,
    /// Of these, about the topic.
    pub kept: u64,
    /// Of these, nearly about the topic.
    pub near: u64,
    /// Of these, held back until the admin accepts their source.
    pub quarantined: u64,
    /// Its last day of polls.
    pub day: DayOfPolls,
    /// What the last document left out, and why.
    pub skipped: Vec<super::Skipped>,
    /// How its page was last read; `None` for a feed.
    pub reading: Option<super::Reading>,
}

fn seconds<S: Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(span.as_secs())
}

fn in_seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    u64::deserialize(from).map(Duration::from_secs)
}

/// Trouble of the service itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceTrouble {
    /// Since when.
    pub since: Timestamp,
    /// When it was last met.
    pub last: Timestamp,
    /// What is wrong, in words.
    pub said: String,
}

/// Room on the file system of the data directory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// What we may still use.
    pub free: u64,
    /// What there is.
    pub size: u64,
}

/// The service itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceReport {
    /// Since when it runs; `None` if it is not the service that reports.
    pub since: Option<Timestamp>,
    /// When the present edition was built.
    pub published: Option<Timestamp>,
    /// When the configuration in force was loaded.
    pub configured: Option<Timestamp>,
    /// The configuration on disk does not load; the last good one runs.
    pub config: Option<ServiceTrouble>,
    /// The database cannot be read or written.
    pub database: Option<ServiceTrouble>,
    /// The edition cannot be written as files.
    pub files: Option<ServiceTrouble>,
    /// No backup can be made.
    pub backup: Option<ServiceTrouble>,
    /// Room for the data.
    pub disk: Option<Disk>,
    /// What was counted since it runs.
    #[serde(skip)]
    pub counters: Counters,
}

/// The state of everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// When it was made.
    pub at: Timestamp,
    /// The sources, by name.
    pub sources: Vec<SourceReport>,
    /// Stories in the edition's window and behind it.
    pub stories: u64,
    /// When the newest story entered.
    pub newest: Option<Timestamp>,
    /// What the admin should do, in words.
    pub advice: Vec<String>,
    /// The incidents: open ones, and those closed of late; the newest first.
    pub incidents: Vec<Incident>,
    /// The service itself.
    pub service: ServiceReport,
    /// How much is remembered.
    pub ledger: LedgerSize,
}

impl Report {
    /// A report of nothing, before anything is known.
    pub fn empty(at: Timestamp) -> Self {
        Self {
            at,
            sources: Vec::new(),
            stories: 0,
            newest: None,
            advice: Vec::new(),
            incidents: Vec::new(),
            service: ServiceReport::default(),
            ledger: LedgerSize::default(),
        }
    }

    /// The sources that are polled.
    pub fn polled(&self) -> impl Iterator<Item = &SourceReport> {
        let polled = |source: &&SourceReport| source.state != SourceState::Off;
        self.sources.iter().filter(polled)
    }

    /// The incidents that are open, the newest first.
    pub fn open(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.iter().filter(|i| i.closed.is_none())
    }

    /// One line for whoever has a second: what the service suffers from, and
    /// how many sources are well.
    pub fn headline(&self) -> String {
        let open: HashSet<&SourceKey> = self.open().filter_map(|i| i.scope.as_ref()).collect();
        let count = |is_so: &dyn Fn(&SourceReport) -> bool| {
            self.polled().filter(|source| is_so(source)).count()
        };
        let all = count(&|_| true);
        let ill = count(&|source| source.state.is_trouble());
        let odd = count(&|s| s.state.wants_a_look() || open.contains(&s.source));
        let sources = match (all, ill, odd - ill) {
            (0, ..) => "no source is polled".to_owned(),
            (1, 0, 0) => "the source is well".to_owned(),
            (1, 1, _) => "the source is in trouble".to_owned(),
            (2, 0, 0) => "both sources are well".to_owned(),
            (2, 2, _) => "neither source is well".to_owned(),
            (all, 0, 0) => format!("all {all} sources are well"),
            (_, 0, 1) => "no source is in trouble, 1 wants a look".to_owned(),
            (_, 0, odd) => format!("no source is in trouble, {odd} want a look"),
            (all, ill, _) if ill == all => format!("none of the {all} sources is well"),
            (all, 1, _) => format!("1 of {all} sources is in trouble"),
            (all, ill, _) => format!("{ill} of {all} sources are in trouble"),
        };
        match self.open().find(|incident| incident.scope.is_none()) {
            Some(incident) => format!("{}; {sources}", incident.title()),
            None => sources,
        }
    }
}

/// How much is remembered, and until when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerSize {
    /// Items, kept or not.
    pub items: u64,
    /// Of these, those whose text was given up; their verdicts stay.
    pub given_up: u64,
    /// Polls.
    pub polls: u64,
    /// Bytes of the database, without its log.
    pub bytes: u64,
    /// When the next item that was not about the topic loses its text.
    pub next_given_up: Option<Timestamp>,
}

/// One row of the poll ledger (O-08).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PollRow {
    /// The source.
    pub source: SourceKey,
    /// When it was asked.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// The status of the answer, if one came.
    pub status: Option<u16>,
    /// Whether it was asked with validators.
    pub conditional: bool,
    /// Bytes on the wire.
    pub bytes: u64,
    /// Items in the document.
    pub items: u64,
    /// Of these, never seen before.
    pub new: u64,
    /// Of these, kept.
    pub kept: u64,
    /// What went wrong, in words.
    pub failure: Option<String>,
}
