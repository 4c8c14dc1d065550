//! The items that tell the same news.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Item, ItemKey, SourceKey};

/// The id of a story, for life: `urn:uuid` version 5 of the founder's source
/// name and item key. No host, row number, time or chance is in it (law 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoryId(Uuid);

impl StoryId {
    /// The namespace of our ids. It must never change.
    pub const NAMESPACE: Uuid = Uuid::from_u128(0x9a1e_5c0f_eed0_4b1d_8f3c_5343_4f46_4545);

    /// The id of the story that this item founds.
    pub fn of(source: &SourceKey, key: &ItemKey) -> Self {
        let name = format!("{source}\n{key}");
        Self(Uuid::new_v5(&Self::NAMESPACE, name.as_bytes()))
    }

    /// The id with these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The id in the short form of story addresses (`/story/…`), with or
    /// without `urn:uuid:`.
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().map(Self)
    }

    /// The bytes that are stored.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The form that stands in feeds: `urn:uuid:…`.
    pub fn urn(&self) -> String {
        self.0.urn().to_string()
    }
}

impl fmt::Display for StoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// What an item is now. Decided by one pure function (`story::standing`),
/// stored; what is shown follows from nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Not about the topic.
    Dropped,
    /// A weak term without context.
    Near,
    /// About the topic; its article page is read before it is shown.
    AwaitingLook,
    /// About the topic, but held back.
    Withheld(Withheld),
    /// In the edition, or in its archives.
    Published,
}

/// Why an item that is about the topic is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Withheld {
    /// Older than the ten newest of a source's first poll (H-70).
    Onboarding,
    /// Gained by an edit of the topic, behind the newest fifty of it
    /// (TOPIC-AND-STORIES 1.8).
    Edit,
    /// It has no link, so no reader could follow it.
    NoLink,
    /// Its story waits a little for others to tell it, too.
    Hold,
    /// Its source is not believed until the admin accepts it (C-09, H-46).
    Quarantine,
}

impl Withheld {
    const ALL: [Self; 5] = [
        Self::Onboarding,
        Self::Edit,
        Self::NoLink,
        Self::Hold,
        Self::Quarantine,
    ];

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Onboarding => "onboarding",
            Self::Edit => "edit",
            Self::NoLink => "no link",
            Self::Hold => "hold",
            Self::Quarantine => "quarantine",
        }
    }

    /// The meaning of a stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|w| w.as_str() == word)
    }
}

impl Standing {
    const ALL: [Self; 9] = [
        Self::Dropped,
        Self::Near,
        Self::AwaitingLook,
        Self::Withheld(Withheld::Onboarding),
        Self::Withheld(Withheld::Edit),
        Self::Withheld(Withheld::NoLink),
        Self::Withheld(Withheld::Hold),
        Self::Withheld(Withheld::Quarantine),
        Self::Published,
    ];

    /// The words that are stored and printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dropped => "dropped",
            Self::Near => "near",
            Self::AwaitingLook => "awaiting a look",
            Self::Withheld(Withheld::Onboarding) => "withheld: onboarding",
            Self::Withheld(Withheld::Edit) => "withheld: edit",
            Self::Withheld(Withheld::NoLink) => "withheld: no link",
            Self::Withheld(Withheld::Hold) => "withheld: hold",
            Self::Withheld(Withheld::Quarantine) => "withheld: quarantine",
            Self::Published => "published",
        }
    }

    /// The standing of stored words.
    pub fn from_words(words: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == words)
    }
}

/// How an item came to its story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// It is the first.
    Founder,
    /// The same canonical URL.
    Url,
    /// The same folded title and lead within 48 hours, or one headline that
    /// is the beginning of the other.
    Text,
    /// Likeness of words within 48 hours.
    Similar,
    /// A person said so: final.
    Manual,
}

impl How {
    /// The word that is stored and printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Founder => "founder",
            Self::Url => "url",
            Self::Text => "text",
            Self::Similar => "similar",
            Self::Manual => "manual",
        }
    }

    /// The meaning of a stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Founder,
            Self::Url,
            Self::Text,
            Self::Similar,
            Self::Manual,
        ]
        .into_iter()
        .find(|h| h.as_str() == word)
    }
}

/// Why an item joined a story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The rule that joined it.
    pub how: How,
    /// The member to which it is nearest, where one was compared.
    pub nearest: Option<(SourceKey, ItemKey)>,
    /// How alike their headlines are, in hundredths.
    pub score: Option<u8>,
    /// What was equal, in words.
    pub said: String,
}

/// What the joiner decided about one kept item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Joined {
    /// It is in this story already.
    Known(StoryId),
    /// It founds a story.
    Founds(StoryId),
    /// It joins a story.
    Joins(StoryId, Evidence),
}

impl Joined {
    /// The story.
    pub fn story(&self) -> StoryId {
        match self {
            Self::Known(id) | Self::Founds(id) | Self::Joins(id, _) => *id,
        }
    }
}

/// What a person decided: the story to which an item belongs. Final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The item's source.
    pub source: SourceKey,
    /// Its key.
    pub key: ItemKey,
    /// The story; the item's own if it shall stand alone.
    pub story: StoryId,
}

impl Decision {
    /// The item belongs to this story.
    pub fn join(source: SourceKey, key: ItemKey, story: StoryId) -> Self {
        Self { source, key, story }
    }

    /// The item leaves its story and founds its own.
    pub fn detach(source: SourceKey, key: ItemKey) -> Self {
        let story = StoryId::of(&source, &key);
        Self { source, key, story }
    }
}

/// One item of a story, with the source that brought it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The source.
    pub source: SourceKey,
    /// The item.
    pub item: Item,
    /// When it was first seen.
    pub seen: Timestamp,
    /// How it came to the story.
    pub how: How,
    /// Since when its outlet has withdrawn it.
    pub withdrawn: Option<Timestamp>,
}

/// What a member said before its outlet reworded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Since when it said so.
    pub since: Timestamp,
    /// Its headline.
    pub title: String,
    /// Its lead.
    pub lead: String,
}

/// A story that tells the same news in another language: linked, never
/// merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kin {
    /// That story.
    pub id: StoryId,
    /// What it shows.
    pub shows: Member,
    /// What both name, in words.
    pub said: String,
}

/// A story as an edition shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// Its id, for life.
    pub id: StoryId,
    /// The member that is shown.
    pub shows: Member,
    /// The other members: by rank, then in the order in which they came.
    pub others: Vec<Member>,
    /// The same news in other languages, in the order in which it entered.
    pub kin: Vec<Kin>,
    /// When it first stood in an edition: unique, and the only thing that
    /// decides order.
    pub entered: Timestamp,
    /// The date that is shown: fixed at publication.
    pub published: Timestamp,
    /// When the text a reader sees last changed.
    pub updated: Timestamp,
    /// Counts every change of what is shown, other members included.
    pub revision: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_story_never_changes() {
        let source = SourceKey::new("jamestown").unwrap();
        let id = StoryId::of(&source, &ItemKey::new("https://jamestown.example/?p=1"));
        // Written down on the first day: a change here re-issues every story.
        assert_eq!(id.urn(), "urn:uuid:5c5e4a2b-ad8c-514c-bd2d-9c39650e60b3");
        assert_eq!(StoryId::parse(&id.to_string()), Some(id));
        assert_eq!(StoryId::parse(&id.urn()), Some(id));
    }

    #[test]
    fn every_standing_is_stored_under_words_of_its_own() {
        for standing in Standing::ALL {
            assert_eq!(Standing::from_words(standing.as_str()), Some(standing));
        }
    }
}
