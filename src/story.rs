//! The story joiner: which items tell the same news.
//!
//! The first that holds decides: the same key, the same canonical URL, the
//! same text within 48 hours (TOPIC-AND-STORIES 2.1), then likeness of words
//! (2.5). What says that two are not the same goes before likeness: other
//! numbers, other parties, another article of the same outlet.
//!
//! # Why a window in memory
//! Joining must not ask the database for every item. `Window` is a plain
//! value, a cache of what is committed: when a write fails it is dropped and
//! loaded again. What is found in it depends only on what it holds, not on
//! the order in which it was filled: a restart at any item changes nothing.

mod bytes;
mod clean;
mod kin;
mod print;
mod search;
mod usage;
mod vector;
mod veto;
mod window;
mod words;

pub use kin::Kinship;
pub use print::Print;
pub use usage::Usage;
pub use vector::Score;
pub use window::{Entry, SPAN, Window};

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::model::{
    Evidence, How, Item, ItemKey, Joined, Parties, SourceKey, Standing, StoryId, Verdict, Withheld,
};
use crate::text::fold::Tokens;
use crate::text::plain;
use search::{By, Match, Search};

/// How many items of a source's first poll are published (H-70).
pub const ONBOARDING: usize = 10;

/// Words that evidence names at most.
const WORDS_SHOWN: usize = 6;

/// Where a lead names the agency that it is from, in letters.
const DATELINE: usize = 80;

/// What may join a source's items to the stories of others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layers {
    /// Nothing: each founds its own story, and takes in no other.
    None,
    /// The same address or the same text.
    Exact,
    /// Likeness, too.
    #[default]
    All,
}

/// The source that tells the news.
#[derive(Clone, Debug)]
pub struct Teller {
    key: SourceKey,
    /// What it calls itself, squashed.
    title: String,
    /// The same in words.
    words: String,
    layers: Layers,
    /// The admin's preference: higher is shown rather than lower.
    priority: u8,
    /// The language in which stories are shown if there is a choice.
    language: String,
    /// Whether its stories are linked with those in other languages.
    across: bool,
}

impl Teller {
    /// A source by its key and its title, and what may join its items.
    pub fn new(key: SourceKey, title: &str, layers: Layers) -> Self {
        Self {
            key,
            title: clean::squash(title),
            words: words_of(title),
            layers,
            priority: 0,
            language: String::new(),
            across: true,
        }
    }

    /// The same, whose stories are linked with those in other languages, or
    /// are not.
    #[must_use]
    pub fn across(self, across: bool) -> Self {
        Self { across, ..self }
    }

    /// The same, ranked: by the admin's priority, and among equals by a
    /// language that is preferred.
    #[must_use]
    pub fn ranked(self, priority: u8, language: &str) -> Self {
        Self {
            priority,
            language: primary(language).to_owned(),
            ..self
        }
    }

    /// How much an item of this source is to be shown rather than others of
    /// its story: by priority, then language, then whether dateline or byline
    /// name this very outlet, so that others may have it from here.
    fn rank(&self, item: &Item) -> u32 {
        let speaks = item.language.as_deref().map(primary) == Some(&self.language);
        let named = |text: &str| self.words != " " && words_of(text).contains(&self.words);
        let dateline = plain::beginning(&item.lead, DATELINE);
        let original = named(dateline) || item.byline.iter().any(|name| named(name));
        u32::from(self.priority) << 2 | u32::from(speaks) << 1 | u32::from(original)
    }
}

/// The words of a text, folded, without the article, with a space before and
/// behind each.
fn words_of(text: &str) -> String {
    let mut tokens = Tokens::default();
    tokens.read(text);
    let words = tokens.iter().map(|word| word.folded);
    let words = words.skip_while(|word| *word == "the");
    std::iter::once(" ")
        .chain(words.flat_map(|word| [word, " "]))
        .collect()
}

/// The language of a tag, without its country or script.
fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or_default()
}

/// An item that looks for its story.
#[derive(Clone, Copy, Debug)]
pub struct Newcomer<'a> {
    /// The item.
    pub item: &'a Item,
    /// Whom it names.
    pub parties: &'a Parties,
}

/// A story that the store remembers for an address.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// The story.
    pub story: StoryId,
    /// What founded it, as far as that is remembered.
    pub founder: Option<Arc<Print>>,
}

/// What the store remembers of the items of one answer.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The stories of item keys that this source has shown before.
    pub keys: HashMap<ItemKey, StoryId>,
    /// The stories of canonical URLs, whatever source brought them.
    pub canons: HashMap<String, Remembered>,
}

/// An item with its story, and what is to be remembered of it.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Its story.
    pub joined: Joined,
    /// What others will be compared with; `None` if none shall join it, or if
    /// it was there before.
    pub print: Option<Arc<Print>>,
    /// The date that it bears: what it is near to in time.
    pub moment: Timestamp,
    /// How much it is to be shown rather than others of its story.
    pub rank: u32,
    /// The stories that tell its news in other languages.
    pub kin: Vec<Kinship>,
}

/// Decides for kept items of one source, in their order, which story each
/// belongs to. Items that come later meet those that came before.
pub fn join<'a>(
    window: &mut Window,
    known: &mut Known,
    teller: &Teller,
    newcomers: impl Iterator<Item = Newcomer<'a>>,
    now: Timestamp,
) -> Vec<Placed> {
    newcomers
        .map(|newcomer| join_one(window, known, teller, newcomer, now))
        .collect()
}

fn join_one(
    window: &mut Window,
    known: &mut Known,
    teller: &Teller,
    newcomer: Newcomer<'_>,
    now: Timestamp,
) -> Placed {
    let item = newcomer.item;
    // Sources that date their items ahead, or not at all, tell them now.
    let moment = item.stated.map_or(now, |stated| stated.min(now));
    let rank = teller.rank(item);
    if let Some(story) = known.keys.get(&item.key) {
        return Placed {
            joined: Joined::Known(*story),
            print: None,
            moment,
            rank,
            kin: Vec::new(),
        };
    }
    let founds = Joined::Founds(StoryId::of(&teller.key, &item.key));
    if teller.layers == Layers::None {
        known.keys.insert(item.key.clone(), founds.story());
        return Placed {
            joined: founds,
            print: None,
            moment,
            rank,
            kin: Vec::new(),
        };
    }
    let print = Arc::new(Print::of(newcomer, teller, window.usage()));
    let search = Search {
        print: &print,
        source: &teller.key,
        moment,
        now,
    };
    let (joined, founder) = if let Some(remembered) = by_address(known, item) {
        let evidence = Evidence {
            how: How::Url,
            nearest: None,
            score: None,
            said: format!(
                "the same address: {}",
                item.canon.as_deref().unwrap_or_default()
            ),
        };
        let Remembered { story, founder } = remembered.clone();
        (Joined::Joins(story, evidence), founder)
    } else {
        let found = match teller.layers {
            Layers::All => search.find(window),
            Layers::Exact | Layers::None => search.find_text(window),
        };
        let joined = found.map_or(founds, |found| {
            Joined::Joins(found.member.story, evidence(item, &print, &found))
        });
        (joined, None)
    };
    let story = joined.story();
    let founder = window.founder(story).or(founder);
    known.keys.insert(item.key.clone(), story);
    if let Some(canon) = &item.canon {
        let founder = founder.clone().or_else(|| Some(Arc::clone(&print)));
        let remembered = || Remembered { story, founder };
        known.canons.entry(canon.clone()).or_insert_with(remembered);
    }
    let entry = Entry {
        print: Arc::clone(&print),
        story,
        source: teller.key.clone(),
        key: item.key.clone(),
        at: now,
        moment,
    };
    let kin = if teller.across {
        kin::find(window, teller, newcomer, &print, story, (moment, now))
    } else {
        Vec::new()
    };
    window.take(entry, founder);
    Placed {
        joined,
        print: Some(print),
        moment,
        rank,
        kin,
    }
}

fn by_address<'k>(known: &'k Known, item: &Item) -> Option<&'k Remembered> {
    let canon = item.canon.as_deref()?;
    // Some feeds link every item to the front page.
    let (_, rest) = canon.split_once("://")?;
    rest.contains(['/', '?']).then(|| known.canons.get(canon))?
}

fn evidence(item: &Item, print: &Print, found: &Match) -> Evidence {
    let Entry { source, key, .. } = &found.member;
    let mut said = Vec::new();
    match found.by {
        By::Text if print.led => said.push("the same headline and lead within 48 hours".to_owned()),
        By::Text => said.push("the same headline within 48 hours".to_owned()),
        By::Beginning => said.push("one headline is the beginning of the other".to_owned()),
        By::Likeness { title, lead } => {
            said.push(format!("headlines alike by {title}"));
            said.extend(lead.map(|lead| format!("leads alike by {lead}")));
            let member = &found.member.print.title;
            let mut words = words::in_common(&item.title, &print.title, member);
            words.truncate(WORDS_SHOWN);
            said.push(format!("shared: {}", words.join(", ")));
        }
    }
    said.push(format!("nearest: {key} of {source}"));
    let others = found.others.iter();
    said.extend(others.map(|(story, score)| format!("also like story {story} by {score}")));
    Evidence {
        how: match found.by {
            By::Text | By::Beginning => How::Text,
            By::Likeness { .. } => How::Similar,
        },
        nearest: Some((source.clone(), key.clone())),
        score: match found.by {
            By::Text | By::Beginning => None,
            By::Likeness { title, .. } => Some(title.hundredths()),
        },
        said: said.join("; "),
    }
}

/// What an item waits for before it is shown, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The look at its article page.
    Look(Timestamp),
    /// Others that tell its story.
    Hold(Timestamp),
}

impl Wait {
    /// What an item of this standing waits for until then.
    pub fn of(standing: Standing, until: Timestamp) -> Self {
        match standing {
            Standing::Withheld(Withheld::Hold) => Self::Hold(until),
            _ => Self::Look(until),
        }
    }

    /// Until when.
    pub fn until(self) -> Timestamp {
        match self {
            Self::Look(until) | Self::Hold(until) => until,
        }
    }
}

/// What an item is now: the one place that decides it. `held` is why it was
/// held back when it first was about the topic; it stays so through edits
/// that drop it and keep it again. `awaits` is what it waits for.
pub fn standing(
    verdict: Verdict,
    item: &Item,
    held: Option<Withheld>,
    awaits: Option<Wait>,
    now: Timestamp,
) -> Standing {
    let awaits = awaits.filter(|wait| now < wait.until());
    match (verdict, held) {
        (Verdict::Drop, _) => Standing::Dropped,
        (Verdict::Near, _) => Standing::Near,
        (Verdict::Keep, _) if item.link.is_none() => Standing::Withheld(Withheld::NoLink),
        (Verdict::Keep, Some(why)) => Standing::Withheld(why),
        (Verdict::Keep, None) => match awaits {
            Some(Wait::Look(_)) => Standing::AwaitingLook,
            Some(Wait::Hold(_)) => Standing::Withheld(Withheld::Hold),
            None => Standing::Published,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WebUrl;
    use crate::text::url::canon;
    use jiff::SignedDuration;

    fn moment() -> Timestamp {
        "2026-11-24T00:00:00Z".parse().unwrap()
    }

    fn item(key: &str, link: &str, title: &str, lead: &str) -> Item {
        let mut item = Item::new(key, title);
        item.link = WebUrl::parse(link);
        item.canon = item.link.as_ref().map(canon);
        item.lead = lead.into();
        item
    }

    fn ways(placed: &[Placed]) -> Vec<&'static str> {
        placed
            .iter()
            .map(|placed| match &placed.joined {
                Joined::Known(_) => "known",
                Joined::Founds(_) => "founds",
                Joined::Joins(_, e) => e.how.as_str(),
            })
            .collect()
    }

    /// A window, and one source after the other with one item each.
    #[derive(Default)]
    struct Room {
        window: Window,
        canons: HashMap<String, Remembered>,
    }

    impl Room {
        fn join(
            &mut self,
            source: &str,
            layers: Layers,
            items: &[Item],
            hours: i64,
        ) -> Vec<Placed> {
            let teller = Teller::new(SourceKey::new(source).unwrap(), source, layers);
            let mut known = Known {
                keys: HashMap::new(),
                canons: std::mem::take(&mut self.canons),
            };
            let now = moment()
                .checked_add(SignedDuration::from_hours(hours))
                .unwrap();
            self.window.forget(now);
            let parties = Parties::default();
            let newcomers = items.iter().map(|item| Newcomer {
                item,
                parties: &parties,
            });
            let placed = join(&mut self.window, &mut known, &teller, newcomers, now);
            self.canons = known.canons;
            placed
        }

        fn way(&mut self, source: &str, title: &str, hours: i64) -> &'static str {
            let link = format!("https://{source}.example/{hours}");
            let one = [item(&format!("{hours}"), &link, title, "")];
            ways(&self.join(source, Layers::All, &one, hours)).remove(0)
        }
    }

    #[test]
    fn copies_inside_one_poll_meet_as_if_they_had_come_one_by_one() {
        let items = [
            item(
                "1",
                "https://a.example/1",
                "SCO leaders meet in Bishkek",
                "A lead.",
            ),
            item(
                "2",
                "https://a.example/1",
                "Another headline of four words",
                "",
            ),
            item(
                "3",
                "https://b.example/3",
                "SCO leaders meet in Bishkek!",
                "a LEAD",
            ),
            item(
                "1",
                "https://a.example/1",
                "SCO leaders meet in Bishkek",
                "A lead.",
            ),
            item(
                "4",
                "https://b.example/4",
                "Wheat prices fall in Astana",
                "Other lead.",
            ),
        ];
        let placed = Room::default().join("a", Layers::All, &items, 0);
        assert_eq!(ways(&placed), ["founds", "url", "text", "known", "founds"]);
    }

    #[test]
    fn the_same_words_two_days_later_are_another_story() {
        let mut room = Room::default();
        let title = "RATS council meets in Tashkent";
        assert_eq!(room.way("a", title, 0), "founds");
        assert_eq!(room.way("b", title, 47), "text");
        assert_eq!(room.way("c", title, 47 + 49), "founds");
    }

    #[test]
    fn what_a_source_dates_apart_is_apart_though_it_comes_together() {
        let mut room = Room::default();
        let mut years = Vec::new();
        for year in ["2012", "2016", "2019"] {
            let link = format!("https://a.example/{year}");
            let mut one = item(year, &link, "RATS council meets in Tashkent", "");
            one.stated = Some(format!("{year}-04-01T08:00:00Z").parse().unwrap());
            years.push(one);
        }
        let placed = room.join("a", Layers::All, &years, 0);
        assert_eq!(ways(&placed), ["founds", "founds", "founds"]);
    }

    #[test]
    fn an_outlet_that_repeats_its_headline_the_next_day_means_the_next_day() {
        let mut room = Room::default();
        let title = "Steppe currencies against the dollar today";
        assert_eq!(room.way("a", title, 0), "founds");
        assert_eq!(room.way("a", title, 5), "text");
        assert_eq!(room.way("a", title, 24), "founds");
        let day = room.window.clone();
        assert_eq!(room.way("b", title, 25), "text");
        // The day of the headline, not the oldest.
        room.window = day;
        let placed = room.join(
            "b",
            Layers::All,
            &[item("b", "https://b.example/1", title, "")],
            25,
        );
        let second = StoryId::of(&SourceKey::new("a").unwrap(), &ItemKey::new("24"));
        assert_eq!(placed[0].joined.story(), second);
    }

    #[test]
    fn links_to_the_front_page_join_nothing() {
        let front = |key: &str, title: &str| item(key, "https://a.example/", title, "");
        let items = [
            front("1", "SCO leaders meet in Bishkek"),
            front("2", "Wheat prices fall in Astana"),
        ];
        let placed = Room::default().join("a", Layers::All, &items, 0);
        assert_eq!(ways(&placed), ["founds", "founds"]);
    }

    #[test]
    fn layers_can_be_switched_off() {
        let one = |key: &str, title: &str| {
            [item(
                key,
                &format!("https://{key}.example/{key}"),
                title,
                "",
            )]
        };
        let said = "Leaders of ten countries open a common bank in Bishkek";
        let alike = "Common bank of ten countries opened by leaders in Bishkek";
        let another = "Ten leaders open common bank of their countries in Bishkek";
        let mut room = Room::default();
        room.join("a", Layers::All, &one("a", said), 0);
        let mut way = |source: &str, layers, title: &str| {
            ways(&room.join(source, layers, &one(source, title), 1)).remove(0)
        };
        assert_eq!(way("b", Layers::Exact, alike), "founds");
        assert_eq!(way("c", Layers::None, said), "founds");
        assert_eq!(way("d", Layers::Exact, said), "text");
        assert_eq!(way("e", Layers::All, another), "similar");
    }

    #[test]
    fn what_would_have_taken_it_too_is_noted() {
        let mut room = Room::default();
        let bank = "Leaders open common development bank in Bishkek";
        let pipeline = "Ministers sign gas pipeline contract in Ashgabat";
        assert_eq!(room.way("a", bank, 0), "founds");
        assert_eq!(room.way("b", pipeline, 1), "founds");
        let both = "Leaders open common development bank in Bishkek, \
                    ministers sign gas pipeline contract";
        let link = "https://c.example/2";
        let placed = room.join("c", Layers::All, &[item("2", link, both, "")], 2);
        let Joined::Joins(story, evidence) = &placed[0].joined else {
            panic!("{placed:?}");
        };
        let first = StoryId::of(&SourceKey::new("a").unwrap(), &ItemKey::new("0"));
        let second = StoryId::of(&SourceKey::new("b").unwrap(), &ItemKey::new("1"));
        assert_eq!(*story, first, "{evidence:?}");
        assert!(evidence.said.contains(&format!("also like story {second}")));
        assert!(evidence.said.contains("shared: ") && evidence.said.contains("nearest: 0 of a"));
    }
}
