//! The last 48 hours of kept items, as far as joining needs them.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::model::{Item, StoryId};
use crate::text::fold;

/// How long the same words are the same story (TOPIC-AND-STORIES 2.1).
pub const SPAN: SignedDuration = SignedDuration::from_hours(48);

/// A shorter headline is shared by unrelated stories.
const WORDS_AT_LEAST: usize = 4;

/// How much of the lead counts, in folded letters.
const LEAD_LETTERS: usize = 200;

/// The folded headline and the beginning of the folded lead, as a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Print([u8; 16]);

impl Print {
    /// The print of an item; `None` if its headline is too short to tell
    /// stories apart.
    pub fn of(item: &Item) -> Option<Self> {
        let title = fold::folded(&item.title);
        if title.split(' ').count() < WORDS_AT_LEAST {
            return None;
        }
        let mut hash = blake3::Hasher::new();
        hash.update(title.as_bytes()).update(b"\n");
        let lead: String = fold::folded(&item.lead)
            .chars()
            .take(LEAD_LETTERS)
            .collect();
        hash.update(lead.as_bytes());
        let mut print = [0; 16];
        hash.finalize_xof().fill(&mut print);
        Some(Self(print))
    }

    /// The bytes that are stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The print of stored bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }
}

/// The prints of the last 48 hours and their stories.
#[derive(Clone, Debug, Default)]
pub struct Window {
    prints: HashMap<Print, Vec<(Timestamp, StoryId)>>,
}

impl Window {
    /// Remembers that `story` was told in these words at `seen`.
    pub fn add(&mut self, print: Print, story: StoryId, seen: Timestamp) {
        let told = self.prints.entry(print).or_default();
        if !told.contains(&(seen, story)) {
            told.push((seen, story));
        }
    }

    /// The oldest story of the last 48 hours that was told in these words.
    pub fn find(&self, print: Print, now: Timestamp) -> Option<StoryId> {
        self.prints
            .get(&print)?
            .iter()
            .filter(|(seen, _)| now.duration_since(*seen) <= SPAN)
            .min()
            .map(|(_, story)| *story)
    }

    /// Forgets what is older than the window.
    pub fn forget(&mut self, now: Timestamp) {
        self.prints.retain(|_, told| {
            told.retain(|(seen, _)| now.duration_since(*seen) <= SPAN);
            !told.is_empty()
        });
    }
}
