//! An incident: a source, or the service itself, being in trouble.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{SourceKey, StoryId};

/// What an incident is about. A scope has one open incident of a kind at
/// most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentKind {
    /// A source without a good poll for three intervals.
    NoSuccess,
    /// A list page that yields less than it must.
    Breach,
    /// A source that its publisher has given up.
    Gone,
    /// A source that is quiet beyond its habit.
    Silent,
    /// A source whose document held nothing that was known.
    LostItems,
    /// A source that sends another's items.
    Quarantined,
    /// Most sources cannot be reached.
    Network,
    /// The configuration does not load.
    Config,
    /// The disk is nearly full.
    Disk,
    /// The database cannot be read or written.
    Database,
    /// The edition cannot be written as files.
    Files,
    /// No backup can be made.
    Backup,
    /// A backup took the place of the database.
    Restored,
    /// The database was lost, and nothing took its place.
    Emptied,
}

impl IncidentKind {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::NoSuccess,
        Self::Breach,
        Self::Gone,
        Self::Silent,
        Self::LostItems,
        Self::Quarantined,
        Self::Network,
        Self::Config,
        Self::Disk,
        Self::Database,
        Self::Files,
        Self::Backup,
        Self::Restored,
        Self::Emptied,
    ];

    /// The stable name, for storage and programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSuccess => "no-success",
            Self::Breach => "breach",
            Self::Gone => "gone",
            Self::Silent => "silent",
            Self::LostItems => "lost-items",
            Self::Quarantined => "quarantined",
            Self::Network => "network",
            Self::Config => "config",
            Self::Disk => "disk",
            Self::Database => "database",
            Self::Files => "files",
            Self::Backup => "backup",
            Self::Restored => "restored",
            Self::Emptied => "emptied",
        }
    }

    /// The kind of that name.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What it is called in a headline.
    pub fn title(self) -> &'static str {
        match self {
            Self::NoSuccess => "no good poll for three intervals",
            Self::Breach => "the page yields less than it must",
            Self::Gone => "given up by its publisher",
            Self::Silent => "quiet beyond its habit",
            Self::LostItems => "items may have been lost",
            Self::Quarantined => "what it sends waits for a word of the admin",
            Self::Network => "most sources cannot be reached",
            Self::Config => "the configuration does not load",
            Self::Disk => "the disk is nearly full",
            Self::Database => "the database is in trouble",
            Self::Files => "the edition cannot be written as files",
            Self::Backup => "no backup can be made",
            Self::Restored => "what was stored of late is lost",
            Self::Emptied => "what was stored is lost",
        }
    }
}

/// One incident, opened and closed once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// The source; `None` for the service itself.
    pub scope: Option<SourceKey>,
    /// What it is about.
    pub kind: IncidentKind,
    /// When it was opened.
    pub opened: Timestamp,
    /// What is wrong, in words.
    pub said: String,
    /// What to do about it, in words.
    pub todo: String,
    /// Since when it is said so.
    pub said_at: Timestamp,
    /// When it was closed.
    pub closed: Option<Timestamp>,
}

impl Incident {
    /// Its id for ever: nothing in it depends on where it is stored.
    pub fn id(&self) -> String {
        let scope = self.scope.as_ref().map_or("", SourceKey::as_str);
        let (kind, opened) = (self.kind.as_str(), self.opened.as_millisecond());
        // No source has an empty name: no story has this id.
        let name = format!("\nincident\n{scope}\n{kind}\n{opened}");
        Uuid::new_v5(&StoryId::NAMESPACE, name.as_bytes())
            .urn()
            .to_string()
    }

    /// Whether it is about the same as another: one of them is the other, or
    /// has come again.
    pub fn is_like(&self, other: &Self) -> bool {
        self.scope == other.scope && self.kind == other.kind
    }

    /// Who is in trouble, and with what.
    pub fn title(&self) -> String {
        match &self.scope {
            Some(source) => format!("{source}: {}", self.kind.title()),
            None => self.kind.title().to_owned(),
        }
    }

    /// When it last changed.
    pub fn updated(&self) -> Timestamp {
        self.closed.map_or(self.said_at, |at| at.max(self.said_at))
    }
}
