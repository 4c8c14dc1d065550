//! The last 48 hours of kept items, as far as joining needs them: their
//! prints, who shares a headline's feature with whom, and what the founders
//! of their stories said.
//!
//! What is found does not depend on the order in which the window was filled,
//! so one loaded from the store answers as the one that was dropped.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::print::Print;
use super::usage::Usage;
use super::vector::{Feature, Score, Vector};
use crate::model::{ItemKey, SourceKey, StoryId};

/// How long the same words are the same story (TOPIC-AND-STORIES 2.1).
pub const SPAN: SignedDuration = SignedDuration::from_hours(48);

/// One item in the window.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What of it is compared.
    pub print: Arc<Print>,
    /// Its story.
    pub story: StoryId,
    /// The source that brought it.
    pub source: SourceKey,
    /// Its key there.
    pub key: ItemKey,
    /// When it joined: how long it is remembered.
    pub at: Timestamp,
    /// The date that it bears, at most `at`: what is near to it in time.
    pub moment: Timestamp,
}

impl Entry {
    /// What tells the item from all others.
    pub(super) fn name(&self) -> (&SourceKey, &ItemKey) {
        (&self.source, &self.key)
    }
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Window {
    entries: VecDeque<Entry>,
    /// The number of the first entry; the others follow.
    first: u32,
    /// The entries whose headlines hold a feature, and its weight there.
    postings: HashMap<u32, VecDeque<(u32, u16)>, BuildHasherDefault<Spread>>,
    /// The entries that name something.
    names: HashMap<u32, VecDeque<u32>, BuildHasherDefault<Spread>>,
    /// The entries of each headline and lead.
    texts: HashMap<[u8; 16], VecDeque<u32>>,
    /// What founded the stories, and how many of their members are here.
    stories: HashMap<StoryId, (Arc<Print>, usize)>,
    usage: Usage,
    /// Room for the scores of one search; all zero between searches.
    scores: Vec<Score>,
}

impl Window {
    /// A window without entries, over these counts.
    pub fn new(usage: Usage) -> Self {
        Self {
            usage,
            ..Self::default()
        }
    }

    /// The counts, for another window.
    pub fn into_usage(self) -> Usage {
        self.usage
    }

    pub(super) fn usage(&self) -> &Usage {
        &self.usage
    }

    /// How many items it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds an item that has just joined its story: it counts from now on.
    pub(super) fn take(&mut self, entry: Entry, founder: Option<Arc<Print>>) {
        let Print { names, .. } = &*entry.print;
        self.usage
            .add(entry.print.features(), names.iter().copied());
        self.restore(entry, founder);
    }

    /// Adds an item that was counted already. `founder` is the print of the
    /// story's founder, where that is another item.
    pub fn restore(&mut self, entry: Entry, founder: Option<Arc<Print>>) {
        let Ok(len) = u32::try_from(self.entries.len()) else {
            return;
        };
        let number = self.first.wrapping_add(len);
        for feature in entry.print.title.iter() {
            let postings = self.postings.entry(feature.hash).or_default();
            postings.push_back((number, feature.weight));
        }
        for name in &entry.print.names {
            self.names.entry(*name).or_default().push_back(number);
        }
        if let Some(text) = entry.print.text {
            self.texts.entry(text).or_default().push_back(number);
        }
        let founder = founder.unwrap_or_else(|| Arc::clone(&entry.print));
        let story = self.stories.entry(entry.story).or_insert((founder, 0));
        story.1 += 1;
        self.entries.push_back(entry);
        self.scores.push(Score::default());
    }

    /// Forgets what is older than the window.
    pub fn forget(&mut self, now: Timestamp) {
        while let Some(entry) = self.entries.pop_front_if(|entry| is_past(entry, now)) {
            self.first = self.first.wrapping_add(1);
            self.scores.pop();
            for feature in entry.print.title.iter() {
                drop_first(&mut self.postings, &feature.hash);
            }
            for name in &entry.print.names {
                drop_first(&mut self.names, name);
            }
            if let Some(text) = &entry.print.text {
                drop_first(&mut self.texts, text);
            }
            if let Some((_, members)) = self.stories.get_mut(&entry.story) {
                *members -= 1;
                if *members == 0 {
                    self.stories.remove(&entry.story);
                }
            }
        }
    }

    /// What founded the story, if it has members here.
    pub fn founder(&self, story: StoryId) -> Option<Arc<Print>> {
        let (founder, _) = self.stories.get(&story)?;
        Some(Arc::clone(founder))
    }

    pub(super) fn entry(&self, place: usize) -> Option<&Entry> {
        self.entries.get(place)
    }

    /// The entries with this headline and lead.
    pub(super) fn told(&self, text: [u8; 16]) -> impl Iterator<Item = &Entry> {
        let numbers = self.texts.get(&text).into_iter().flatten();
        numbers.filter_map(|number| self.entry(self.place(*number)))
    }

    /// The entries that name at least so many of these, in their order.
    pub(super) fn naming(
        &self,
        names: impl Iterator<Item = u32>,
        least: u8,
    ) -> impl Iterator<Item = &Entry> {
        let mut counts = vec![0_u8; self.entries.len()];
        let mut met = Vec::new();
        for number in names.filter_map(|name| self.names.get(&name)).flatten() {
            let place = self.place(*number);
            if let Some(count) = counts.get_mut(place) {
                *count = count.saturating_add(1);
                if *count == least {
                    met.push(place);
                }
            }
        }
        met.sort_unstable();
        met.into_iter().filter_map(|place| self.entry(place))
    }

    /// The places of entries whose headlines are at least so alike.
    ///
    /// The rarest features come first. Once those that are left cannot make a
    /// headline alike by themselves, their long lists only add to the scores
    /// of what shares a rarer one. Nothing is lost by it: the cosine of what
    /// is left is at most its length.
    pub(super) fn alike(&mut self, title: &Vector, least: Score) -> Vec<(usize, Score)> {
        let mut features: Vec<Feature> = title.iter().collect();
        features.sort_unstable_by_key(|f| (std::cmp::Reverse(f.weight), f.hash));
        let mut left = Score::default();
        for feature in &features {
            left += feature.times(feature.weight);
        }
        let mut met = Vec::new();
        for feature in features {
            let opens = left.root() >= least;
            left -= feature.times(feature.weight);
            for (number, weight) in self.postings.get(&feature.hash).into_iter().flatten() {
                let place = number.wrapping_sub(self.first) as usize;
                let Some(score) = self.scores.get_mut(place) else {
                    continue;
                };
                if *score == Score::default() {
                    if !opens {
                        continue;
                    }
                    met.push(place);
                }
                *score += feature.times(*weight);
            }
        }
        met.into_iter()
            .filter_map(|place| {
                let score = std::mem::take(self.scores.get_mut(place)?);
                (score >= least).then_some((place, score))
            })
            .collect()
    }

    fn place(&self, number: u32) -> usize {
        number.wrapping_sub(self.first) as usize
    }
}

/// Whether the entry is older than the window. An entry that came while the
/// clock was ahead may stand before one that is due.
pub(super) fn is_past(entry: &Entry, now: Timestamp) -> bool {
    now.duration_since(entry.at) > SPAN
}

/// Features are hashes already: they only have to fill 64 bits.
#[derive(Debug, Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32((*byte).into());
        }
    }

    fn write_u32(&mut self, feature: u32) {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        self.0 = (self.0 ^ u64::from(feature)).wrapping_mul(ODD);
    }
}

/// Drops the oldest number under `key`: entries leave in the order in which
/// they came.
fn drop_first<K: Hash + Eq, T, S: BuildHasher>(lists: &mut HashMap<K, VecDeque<T>, S>, key: &K) {
    if let Some(list) = lists.get_mut(key) {
        list.pop_front();
        if list.is_empty() {
            lists.remove(key);
        }
    }
}
