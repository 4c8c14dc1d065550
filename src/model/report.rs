//! The state of everything, as every status output prints it.

use jiff::Timestamp;
use serde::Serialize;

use super::SourceKey;

/// When a source is polled next, and why then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Due {
    /// The promised moment: no request before it (law 6).
    pub at: Timestamp,
    /// The reason in words.
    pub why: String,
}

/// The state of one source in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceState {
    /// Not polled yet.
    New,
    /// The last poll was good.
    Fine,
    /// The last poll failed.
    Failing,
    /// Switched off in `feeds.toml`.
    Off,
}

impl SourceState {
    /// The word that is printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Fine => "fine",
            Self::Failing => "failing",
            Self::Off => "off",
        }
    }
}

/// One source in the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceReport {
    /// Its name.
    pub source: SourceKey,
    /// Its title.
    pub title: String,
    /// Its state.
    pub state: SourceState,
    /// What is wrong, in words.
    pub wrong: Option<String>,
    /// Since when it fails.
    pub failing_since: Option<Timestamp>,
    /// The last good poll.
    pub last_ok: Option<Timestamp>,
    /// The next poll, and why then.
    pub next: Option<Due>,
    /// From when on it is quiet beyond its own habit, if it has one.
    pub silent_from: Option<Timestamp>,
    /// Items seen so far.
    pub items: u64,
    /// Items kept so far.
    pub kept: u64,
    /// What the last document left out, and why.
    pub skipped: Vec<super::Skipped>,
    /// How its page was last read; `None` for a feed.
    pub reading: Option<super::Reading>,
}

/// The state of everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The sources, by name.
    pub sources: Vec<SourceReport>,
    /// Stories in the edition's window and behind it.
    pub stories: u64,
    /// When the newest story entered.
    pub newest: Option<Timestamp>,
    /// What the admin should do, in words.
    pub advice: Vec<String>,
    /// How much is remembered.
    pub ledger: LedgerSize,
}

/// How much is remembered, and until when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LedgerSize {
    /// Items, kept or not.
    pub items: u64,
    /// Of these, those whose text was given up; their verdicts stay.
    pub given_up: u64,
    /// Polls.
    pub polls: u64,
    /// Bytes of the database.
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
