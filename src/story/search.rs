//! The search for the story of an item: what of the window is alike, what
//! speaks against it, and which of several stories takes the item.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::print::Print;
use super::vector::Score;
use super::window::{self, Entry, SPAN, Window};
use super::{clean, veto};
use crate::model::{SourceKey, StoryId};

/// How long an outlet's nearly equal headline is a new version of its
/// article. A day later it is the next article of a column: "Stocks to buy
/// today".
const REWRITE: SignedDuration = SignedDuration::from_hours(6);

/// Headlines so alike tell the same news.
const ALIKE: Score = Score::percent(46);

/// Headlines of one outlet so alike are versions of one article.
const REWRITTEN: Score = Score::percent(70);

/// Two members of a story so like the newcomer stand for one that is alike,
/// unless they are copies of each other.
const RELATED: Score = Score::percent(33);

/// Leads so alike carry headlines that are only somewhat alike.
const SAME_LEAD: Score = Score::percent(75);

/// Headlines less alike than this are not looked at.
const SOMEWHAT: Score = Score::percent(30);

/// Leads of one outlet so alike belong to versions of one article.
const LEAD_REWRITTEN: Score = Score::percent(60);

/// Leads less alike than this speak of different things, whatever their
/// headlines say.
const STRANGE_LEAD: Score = Score::percent(10);

/// Leads at least so alike let a related headline count.
const RELATED_LEAD: Score = Score::percent(20);

/// How like the founder a member must be, so that a story does not wander
/// off from link to link.
const FOUNDER: Score = Score::percent(15);

/// Headlines so alike that name the same parties the other way round tell
/// that the other did it.
const REVERSED: Score = Score::percent(80);

/// Short headlines count only if they are equal and their leads this alike.
const SHORT_LEAD: Score = Score::percent(70);
const EQUAL: Score = Score::percent(99);

/// The item that looks for its story.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search<'a> {
    pub(super) print: &'a Print,
    pub(super) source: &'a SourceKey,
    pub(super) moment: Timestamp,
    pub(super) now: Timestamp,
}

/// Why an item belongs to a story.
#[derive(Clone, Debug)]
pub(super) struct Match {
    /// The member of the story that speaks for it.
    pub(super) member: Entry,
    pub(super) by: By,
    /// Other stories that would have taken it, the nearest first.
    pub(super) others: Vec<(StoryId, Score)>,
}

/// What a match goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// The same headline and lead.
    Text,
    /// One headline is the beginning of the other.
    Beginning,
    /// Headlines, and leads where both have one, that are alike.
    Likeness { title: Score, lead: Option<Score> },
}

/// What an entry is to the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    None,
    /// It tells other news, however alike.
    Parted,
    /// It takes the item if another one of its story does.
    Related,
    /// It takes the item.
    Alike,
    /// It takes the item: one headline is the beginning of the other.
    Beginning,
}

/// What the members of one story say of the item.
#[derive(Clone, Debug, Default)]
struct Tally<'w> {
    /// The nearest that speaks for the story, and how alike it is.
    best: Option<(Score, &'w Entry)>,
    beginning: bool,
    alike: usize,
    related: Vec<&'w Entry>,
    /// How alike the nearest is that speaks against it.
    parted: Score,
}

impl<'w> Tally<'w> {
    fn count(&mut self, relation: Relation, title: Score, entry: &'w Entry) {
        match relation {
            Relation::None => return,
            Relation::Parted => {
                self.parted = self.parted.max(title);
                return;
            }
            Relation::Related => {
                let title = &entry.print.title;
                let is_copy = |other: &&Entry| other.print.title.cosine(title) >= EQUAL;
                if !self.related.iter().any(is_copy) {
                    self.related.push(entry);
                }
            }
            Relation::Alike => self.alike += 1,
            Relation::Beginning => {
                self.alike += 1;
                self.beginning = true;
            }
        }
        // Of equally alike members the older one speaks.
        let rank = |title, entry: &'w Entry| (title, Reverse((entry.moment, entry.name())));
        let nearer = |(best, other)| rank(title, entry) > rank(best, other);
        if self.best.is_none_or(nearer) {
            self.best = Some((title, entry));
        }
    }

    /// The member that takes the item, if the story does: by itself, or two
    /// together; and none that tells other news is nearer, or says the same
    /// words of them.
    fn taker(&self) -> Option<(Score, &'w Entry)> {
        let enough = self.alike > 0 || self.related.len() > 1;
        self.best
            .filter(|(title, _)| enough && (self.beginning || self.is_nearer(*title)))
    }

    fn is_nearer(&self, title: Score) -> bool {
        title > self.parted && self.parted < EQUAL
    }
}

impl Search<'_> {
    /// The story to which the item belongs by its words, if there is one.
    pub(super) fn find(&self, window: &mut Window) -> Option<Match> {
        self.find_text(window).or_else(|| self.find_alike(window))
    }

    /// The story that was last told in the same words. A headline without a
    /// lead proves less: an outlet that repeats it another day means another
    /// day, whoever else told the first one.
    pub(super) fn find_text(&self, window: &Window) -> Option<Match> {
        let told = window.told(self.print.text?);
        let told: Vec<&Entry> = told.filter(|entry| self.is_near(entry)).collect();
        let is_of_another_day = |entry: &Entry| {
            !self.print.led
                && self.is_of_one_outlet(entry)
                && !self.is_copy(entry)
                && self.apart(entry) > REWRITE
        };
        let parted: BTreeSet<StoryId> = told
            .iter()
            .filter(|entry| is_of_another_day(entry))
            .map(|entry| entry.story)
            .collect();
        let member = told
            .into_iter()
            .filter(|entry| !parted.contains(&entry.story))
            .filter(|entry| !self.parts(&entry.print))
            .min_by_key(|entry| (self.apart(entry), entry.moment, entry.story, entry.name()))?;
        Some(Match {
            member: member.clone(),
            by: By::Text,
            others: Vec::new(),
        })
    }

    fn find_alike(&self, window: &mut Window) -> Option<Match> {
        let places = window.alike(&self.print.title, SOMEWHAT);
        let mut tallies: BTreeMap<StoryId, Tally<'_>> = BTreeMap::new();
        for (place, title) in places {
            if let Some(entry) = window.entry(place).filter(|entry| self.is_near(entry)) {
                let tally = tallies.entry(entry.story).or_default();
                tally.count(self.relation(entry, title), title, entry);
            }
        }
        let mut willing: Vec<(Score, &Entry, bool)> = tallies
            .into_iter()
            .filter(|(story, _)| self.founder_agrees(window, *story))
            .filter_map(|(_, tally)| {
                let (title, entry) = tally.taker()?;
                Some((title, entry, tally.beginning))
            })
            .collect();
        // The nearest takes it; of equally near ones the older.
        willing.sort_by_key(|(title, entry, _)| (Reverse(*title), entry.moment, entry.story));
        let (&(title, member, beginning), others) = willing.split_first()?;
        Some(Match {
            by: if beginning {
                By::Beginning
            } else {
                let lead = self.leads(&member.print);
                By::Likeness { title, lead }
            },
            member: member.clone(),
            others: others
                .iter()
                .map(|(score, e, _)| (e.story, *score))
                .collect(),
        })
    }

    /// What an entry is to the item, their headlines being so alike.
    fn relation(&self, entry: &Entry, title: Score) -> Relation {
        let (own, other) = (self.print, &*entry.print);
        if self.is_foreign(other) {
            return Relation::None;
        }
        let lead = self.leads(other);
        let lead_at_least = |score: Score| lead.is_none_or(|lead| lead >= score);
        let reversed = title >= REVERSED && veto::reversed(own, other);
        let part = self.parts(other) || reversed || !lead_at_least(STRANGE_LEAD);
        let rewritten = || {
            let copy = title >= EQUAL && self.is_copy(entry);
            let version =
                title >= REWRITTEN && self.apart(entry) <= REWRITE && lead_at_least(LEAD_REWRITTEN);
            (copy || version) && own.marks == other.marks && !veto::names_part(own, other)
        };
        let begins = begins(own, other) || begins(other, own);
        if part || (self.is_of_one_outlet(entry) && !begins && !rewritten()) {
            return Relation::Parted;
        }
        if own.short || other.short {
            let same = title >= EQUAL && lead.is_some_and(|lead| lead >= SHORT_LEAD);
            return if same {
                Relation::Alike
            } else {
                Relation::None
            };
        }
        if begins {
            Relation::Beginning
        } else if title >= ALIKE || lead.is_some_and(|lead| lead >= SAME_LEAD) {
            Relation::Alike
        } else if title >= RELATED && lead_at_least(RELATED_LEAD) {
            Relation::Related
        } else {
            Relation::None
        }
    }

    /// How alike the leads are, where both have one.
    fn leads(&self, other: &Print) -> Option<Score> {
        let own = &self.print.lead;
        (!own.is_empty() && !other.lead.is_empty()).then(|| own.cosine(&other.lead))
    }

    /// Whether what founded the story could have been told like this: so
    /// that a story does not wander off from member to member.
    fn founder_agrees(&self, window: &Window, story: StoryId) -> bool {
        window.founder(story).is_none_or(|founder| {
            founder.title.cosine(&self.print.title) >= FOUNDER && !self.parts(&founder)
        })
    }

    /// Whether the other names other numbers, days or parties.
    fn parts(&self, other: &Print) -> bool {
        veto::marks_part(&self.print.marks, &other.marks)
            || veto::actors_part(&self.print.actors, &other.actors)
    }

    /// Whether the other is told in another language, however alike the
    /// names and loan words in it are written.
    fn is_foreign(&self, other: &Print) -> bool {
        let (own, other) = (&self.print.tongue, &other.tongue);
        !own.is_empty() && !other.is_empty() && own != other
    }

    fn is_near(&self, entry: &Entry) -> bool {
        !window::is_past(entry, self.now) && self.apart(entry) <= SPAN
    }

    fn apart(&self, entry: &Entry) -> SignedDuration {
        self.moment.duration_since(entry.moment).abs()
    }

    fn is_of_one_outlet(&self, entry: &Entry) -> bool {
        let passed_on = self.print.passed_on || entry.print.passed_on;
        (!passed_on && *self.source == entry.source)
            || clean::one_outlet(&self.print.outlet, &entry.print.outlet)
    }

    /// Whether one of the two is the outlet's own and the other its copy at
    /// an aggregator, which may come a day later.
    fn is_copy(&self, entry: &Entry) -> bool {
        self.print.passed_on != entry.print.passed_on
    }
}

/// Whether the headline that is cut off is the beginning of the other: both
/// begin with the same words, and the other has all that it has.
fn begins(cut: &Print, whole: &Print) -> bool {
    cut.cut && cut.head.is_some() && cut.head == whole.head && cut.title.is_in(&whole.title)
}
