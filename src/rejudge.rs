//! The ledger under other rules: what an edit of the topic would change, and
//! the change itself.
//!
//! `ledger` reads and judges everything that is stored, and yields only the
//! differences; `check` prints them, a reload flips them in one transaction.
//! After a crash in between it is simply done again: the generation that the
//! ledger was judged by is committed with the flip.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::thread;

use jiff::{SignedDuration, Timestamp};

use crate::config::{Config, Source};
use crate::model::{Item, Reason, SourceKey, StoryId, Verdict, Withheld};
use crate::store::{Flip, LedgerRow, Reader, Store, StoreError, Writing};
use crate::story::{self, Newcomer, Placed};
use crate::topic::{self, Rules};

/// Stories that one edit lets in at most; the rest of what it gains is
/// withheld, so that an edit cannot flood readers (TOPIC-AND-STORIES 1.8).
pub const GAINS_SHOWN: usize = 50;

/// Gained items whose windows are loaded together.
const STRETCH: SignedDuration = SignedDuration::from_hours(48);

/// An item whose verdict is another under the new rules.
#[derive(Clone, Debug)]
pub struct Change {
    /// The item as stored, with its present verdict.
    pub row: LedgerRow,
    /// The new verdict.
    pub verdict: Verdict,
    /// Why.
    pub reasons: Vec<Reason>,
}

impl Change {
    /// Whether the item is about the topic now and was not before.
    pub fn gains(&self) -> bool {
        self.verdict == Verdict::Keep
    }

    /// Whether the item was about the topic and is no more.
    pub fn loses(&self) -> bool {
        self.row.verdict == Verdict::Keep
    }

    /// The date by which gained items are ordered.
    pub fn date(&self) -> Timestamp {
        let LedgerRow { item, seen, .. } = &self.row;
        item.stated.map_or(*seen, |stated| stated.min(*seen))
    }
}

/// What the ledger would be under other rules.
#[derive(Clone, Debug, Default)]
pub struct Rejudged {
    /// The generation of these rules.
    pub generation: String,
    /// The differences, in the order in which the items came.
    pub changes: Vec<Change>,
    /// Items that were judged.
    pub items: u64,
    /// Of these, about the topic so far.
    pub kept: u64,
}

impl Rejudged {
    /// Adds what was judged after it.
    fn and(mut self, later: Self) -> Self {
        self.changes.extend(later.changes);
        self.items += later.items;
        self.kept += later.kept;
        self
    }
}

/// A fingerprint of all rules of a configuration, source by source.
pub fn generation(config: &Config) -> String {
    let mut hash = blake3::Hasher::new();
    for source in config.sources.values() {
        let line = format!("{} {}\n", source.key, source.rules.generation());
        hash.update(line.as_bytes());
    }
    hash.finalize().to_hex().chars().take(16).collect()
}

/// The rules for an item of a source. After a look at its article page the
/// text of that counts, too.
pub fn rules(source: &Source, looked: bool) -> Cow<'_, Rules> {
    if looked {
        Cow::Owned(source.rules.after_look())
    } else {
        Cow::Borrowed(&source.rules)
    }
}

/// Judges every stored item of a configured source under the rules of
/// `config`. Items of other sources stay as they are.
pub fn ledger(reader: &Reader, config: &Config) -> Result<Rejudged, StoreError> {
    let end = reader.last_item()? + 1;
    let middle = end / 2;
    let another = reader.another()?;
    let (early, late) = thread::scope(|scope| {
        let early = scope.spawn(move || stretch(&another, config, 0..middle));
        let late = stretch(reader, config, middle..end);
        (early.join(), late)
    });
    let early = early.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    Ok(Rejudged {
        generation: generation(config),
        ..early.and(late?)
    })
}

fn stretch(
    reader: &Reader,
    config: &Config,
    range: std::ops::Range<i64>,
) -> Result<Rejudged, StoreError> {
    let mut rejudged = Rejudged::default();
    reader.ledger(range, |row| {
        let Some(source) = config.sources.get(&row.source) else {
            return;
        };
        rejudged.items += 1;
        rejudged.kept += u64::from(row.verdict == Verdict::Keep);
        let (verdict, reasons) = topic::judge(&rules(source, row.looked), &row.item);
        if verdict != row.verdict {
            rejudged.changes.push(Change {
                row,
                verdict,
                reasons,
            });
        }
    })?;
    Ok(rejudged)
}

/// What a flip did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flipped {
    /// Items that are about the topic now.
    pub gained: usize,
    /// Items that are about the topic no more.
    pub lost: usize,
    /// Stories that entered the edition.
    pub entered: u64,
}

/// Puts the differences into force, in one transaction. What is gained joins
/// the stories that were told when it came, and is remembered as of then; the
/// stories that were never shown enter now, the newest fifty of them.
pub fn flip(
    store: &mut Store,
    config: &Config,
    rejudged: &Rejudged,
    now: Timestamp,
) -> Result<Flipped, StoreError> {
    let mut settling = store.begin(now)?;
    let flipped = settling.one(|writing| {
        let flipped = write(writing, config, rejudged, now)?;
        writing.generation(&rejudged.generation)?;
        Ok(flipped)
    })?;
    settling.commit()?;
    Ok(flipped)
}

fn write(
    writing: &mut Writing<'_>,
    config: &Config,
    rejudged: &Rejudged,
    now: Timestamp,
) -> Result<Flipped, StoreError> {
    let mut gained: Vec<&Change> = rejudged.changes.iter().filter(|c| c.gains()).collect();
    gained.sort_by_key(|change| (change.row.seen, change.row.seq));
    let placed = join(writing, config, &gained)?;
    let shown = newest(writing, &gained, &placed)?;

    // In the order of their dates, so that the newest enter last.
    let mut changes: Vec<&Change> = rejudged.changes.iter().collect();
    changes.sort_by_key(|change| (change.date(), change.row.seq));
    let mut flipped = Flipped::default();
    for change in changes {
        let LedgerRow {
            seq,
            version,
            source,
            item,
            seen,
            ..
        } = &change.row;
        let placed = placed.get(seq);
        let too_many = placed.is_some_and(|placed| !shown.contains(&placed.joined.story()));
        let (held, awaits) = writing.held(*seq)?;
        let held = held.or(too_many.then_some(Withheld::Edit));
        let generation = config
            .sources
            .get(source)
            .map(|source| source.rules.generation());
        let written = writing.flip(&Flip {
            seq: *seq,
            version: *version,
            generation: &generation.unwrap_or_default(),
            verdict: change.verdict,
            reasons: &change.reasons,
            standing: story::standing(change.verdict, item, held, awaits, now),
            held,
            placed,
            seen: *seen,
        })?;
        flipped.gained += usize::from(change.gains());
        flipped.lost += usize::from(change.loses());
        flipped.entered += written.entered;
    }
    Ok(flipped)
}

/// The stories of gained items, which stand in the order in which they were
/// seen: each meets what came in the days around it, as far as it bears a date
/// near to its own, and those before it.
fn join(
    writing: &Writing<'_>,
    config: &Config,
    gained: &[&Change],
) -> Result<HashMap<i64, Placed>, StoreError> {
    let mut stories = HashMap::new();
    let mut by_source: BTreeMap<&SourceKey, Vec<&Item>> = BTreeMap::new();
    for change in gained {
        by_source
            .entry(&change.row.source)
            .or_default()
            .push(&change.row.item);
    }
    let mut known: BTreeMap<&SourceKey, story::Known> = BTreeMap::new();
    // Addresses are known whatever source brought them.
    let mut canons = HashMap::new();
    for (source, items) in by_source {
        let mut recalled = writing.recall(source, items.into_iter())?.known;
        canons.extend(recalled.canons.drain());
        known.insert(source, recalled);
    }
    let mut usage = writing.usage()?;
    let mut rest = gained;
    while let Some(first) = rest.first() {
        let from = first.row.seen;
        let until = from.checked_add(STRETCH).unwrap_or(Timestamp::MAX);
        let (these, later) = rest.split_at(rest.partition_point(|c| c.row.seen <= until));
        let mut window = writing.window_around(from, until, usage)?;
        for change in these {
            let LedgerRow {
                seq,
                source,
                item,
                seen,
                ..
            } = &change.row;
            let (Some(known), Some(source)) = (known.get_mut(source), config.sources.get(source))
            else {
                continue;
            };
            std::mem::swap(&mut known.canons, &mut canons);
            let parties = topic::parties(item);
            let one = std::iter::once(Newcomer {
                item,
                parties: &parties,
            });
            let placed = story::join(&mut window, known, &source.teller, one, *seen);
            stories.extend(placed.into_iter().map(|placed| (*seq, placed)));
            std::mem::swap(&mut known.canons, &mut canons);
        }
        usage = window.into_usage();
        rest = later;
    }
    Ok(stories)
}

/// The stories that may be shown: those that stood in an edition before, and
/// the newest of those that did not.
fn newest(
    writing: &Writing<'_>,
    gained: &[&Change],
    placed: &HashMap<i64, Placed>,
) -> Result<HashSet<StoryId>, StoreError> {
    let mut shown = HashSet::new();
    let mut dates: HashMap<StoryId, Timestamp> = HashMap::new();
    for change in gained {
        let Some(story) = placed.get(&change.row.seq).map(|p| p.joined.story()) else {
            continue;
        };
        if writing.entered(story)?.is_some() {
            shown.insert(story);
        } else {
            let date = dates.entry(story).or_insert(Timestamp::MIN);
            *date = change.date().max(*date);
        }
    }
    let mut fresh: Vec<(Timestamp, StoryId)> = dates.into_iter().map(|(id, at)| (at, id)).collect();
    fresh.sort_unstable_by(|a, b| b.cmp(a));
    shown.extend(fresh.into_iter().take(GAINS_SHOWN).map(|(_, id)| id));
    Ok(shown)
}
