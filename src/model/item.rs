//! One entry of a source, and what the topic says of it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use super::WebUrl;

/// The identity of an item within its source: the guid if it is unique in
/// its document, else the canonical link, else a hash of folded title, raw
/// date text and the first 200 folded letters. Stored keys are never
/// recomputed (law 2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemKey(String);

impl ItemKey {
    /// Takes the text of a key as it is.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ItemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One entry of one source, cleaned: plain text, absolute link, honest date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Its identity within the source.
    pub key: ItemKey,
    /// Where the story can be read. An item that is published has one.
    pub link: Option<WebUrl>,
    /// The canonical form of the link: for comparison only, never published.
    pub canon: Option<String>,
    /// The headline: one line of plain text, not empty, at most 1,000 letters.
    pub title: String,
    /// The lead: plain text, may be empty, not yet cut for publication.
    pub lead: String,
    /// The full text as plain text; empty unless the source's `fields` ask
    /// for `content`.
    pub content: String,
    /// The authors' names, without "By".
    pub byline: Vec<String>,
    /// When the source says that it was published; `None` if it does not say,
    /// or says nonsense.
    pub stated: Option<Timestamp>,
    /// When the source says that it was changed.
    pub stated_updated: Option<Timestamp>,
    /// BCP 47 language tag in lower case (`ru`, `zh-hans`), if known.
    pub language: Option<String>,
    /// Enclosures and media.
    pub media: Vec<Media>,
    /// The source's own categories.
    pub categories: Vec<String>,
    /// The outlet that the item itself names (Atom `source`, RSS `source`),
    /// where the source only passes it on.
    pub outlet: Option<String>,
}

impl Item {
    /// An item of which only key and title are known.
    pub fn new(key: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            key: ItemKey::new(key),
            link: None,
            canon: None,
            title: title.into(),
            lead: String::new(),
            content: String::new(),
            byline: Vec::new(),
            stated: None,
            stated_updated: None,
            language: None,
            media: Vec::new(),
            categories: Vec::new(),
            outlet: None,
        }
    }

    /// Whether the story is a video: by its media, its categories, or a
    /// `video` segment in the path of its link.
    pub fn is_video(&self) -> bool {
        const WORDS: [&str; 5] = ["video", "videos", "видео", "视频", "视讯"];
        self.media.iter().any(|m| m.kind == MediaKind::Video)
            || self
                .categories
                .iter()
                .any(|c| WORDS.contains(&c.trim().to_lowercase().as_str()))
            || self.link.as_ref().is_some_and(|link| {
                link.as_url()
                    .path_segments()
                    .is_some_and(|mut s| s.any(|s| matches!(s, "video" | "videos")))
            })
    }
}

/// A media object that belongs to an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Its address.
    pub url: String,
    /// What it is.
    pub kind: MediaKind,
    /// Its media type, if the source states one.
    pub mime: Option<String>,
    /// Its length in bytes, if the source states one.
    pub length: Option<u64>,
}

/// The kinds of media that the page and the feed tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    /// Moving pictures: the item gets the video mark.
    Video,
    /// Sound.
    Audio,
    /// A picture.
    Image,
    /// Anything else.
    Other,
}

/// What the topic says of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// About the topic: it is published.
    Keep,
    /// Not about the topic.
    Drop,
    /// A weak term without context: not published, but listed for the admin.
    Near,
}

impl Verdict {
    /// The word that is stored and printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Drop => "drop",
            Self::Near => "near",
        }
    }

    /// The verdict of a stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Keep, Self::Drop, Self::Near]
            .into_iter()
            .find(|v| v.as_str() == word)
    }
}

/// The four word lists of the topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum List {
    /// Enough alone.
    Strong,
    /// Counts only near a context word.
    Weak,
    /// Makes a weak term count.
    Context,
    /// Where it stands, weak terms do not count.
    Not,
}

impl List {
    /// The word for it in `feeds.toml` and in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Weak => "weak",
            Self::Context => "context",
            Self::Not => "not",
        }
    }
}

/// The parts of an item that are searched, each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// The headline.
    Title,
    /// The lead.
    Summary,
    /// The categories, joined so that no match crosses from one to the next.
    Categories,
    /// The full text.
    Content,
}

impl Field {
    /// The word for it in `feeds.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Summary => "summary",
            Self::Categories => "categories",
            Self::Content => "content",
        }
    }
}

/// Why a verdict was given: one occurrence of one term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The field it stands in.
    pub field: Field,
    /// The list the term counted as.
    pub list: List,
    /// The term as written in the vocabulary or in `feeds.toml`.
    pub term: String,
    /// The vocabulary section it comes from; `None` for the admin's own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub language: Option<String>,
    /// The words as they stand in the text.
    pub matched: String,
    /// Where they begin: bytes from the start of the field.
    pub at: usize,
    /// For a weak term that counted: the context that made it count.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub context: Option<NearContext>,
    /// For a term that did not count: why, in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unless: Option<String>,
}

/// The context word that made a weak term count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearContext {
    /// The context term.
    pub term: String,
    /// Its words as they stand in the text.
    pub matched: String,
    /// Words between it and the weak term.
    pub distance: usize,
}

/// A party that a headline names: a country, a leader, an organisation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// What the party is called in the table of parties.
    pub key: String,
    /// For a person: his country, as which he counts.
    pub of: Option<String>,
    /// Whether it parts stories. An organisation in which all meet does not.
    pub parts: bool,
}

/// The parties that an item names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parties {
    /// In its headline, in the order of the words.
    pub headline: Vec<Actor>,
    /// Whether in the headline the first does something to the next, so that
    /// it would be other news the other way round: "Russia hands the
    /// presidency to China", and not "Xi meets Putin".
    pub acts: bool,
    /// In its lead.
    pub lead: Vec<Actor>,
    /// The words, folded, by which either names them.
    pub words: BTreeSet<String>,
}

/// An item with its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The item.
    pub item: Item,
    /// What the topic says of it.
    pub verdict: Verdict,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Whom it names, if it is about the topic.
    pub parties: Parties,
}

/// An entry that could not become an item; its neighbours go on (law 5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// What it was: its title or place in the document.
    pub what: String,
    /// Why it was left out.
    pub why: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_video_shows_in_media_category_or_path() {
        let mut item = Item::new("1", "t");
        assert!(!item.is_video());
        item.categories = vec!["Видео".into()];
        assert!(item.is_video());
        item.categories.clear();
        item.link = WebUrl::parse("https://a.example/en/video/77");
        assert!(item.is_video());
        item.link = WebUrl::parse("https://a.example/videography/77");
        assert!(!item.is_video());
    }
}
