//! Bytes become items: plain text, absolute links, honest dates, own keys.
//!
//! decode (bytes to UTF-8) ► mend (any dialect to clean RSS 2.0, with the
//! facts that feed-rs does not keep) ► feed (the border with feed-rs) ► items.
//! What is no feed takes another way: page (its tree), then select or ladder;
//! endpoint (JSON); sitemap; article. Pure: no network, no clock.
//!
//! # Why mend before feed-rs
//! feed-rs loses a whole feed at one bare `&`, overflows the stack on nested
//! elements, panics on some numbers, and forgets guids and outlets. It is
//! given only well-formed XML of elements that we read, so none of this can
//! happen, and what it does not keep is carried beside it.

mod decode;

mod draft;
mod json;
mod mend;

mod clean;
mod feed;

mod bounded;
mod columns;
mod credit;
mod days;
mod endpoint;
mod ends;
mod entry;
mod furniture;
mod headline;
mod instead;
mod ladder;
mod lead;
mod linked;
mod page;
mod parts;
mod rows;
mod satellites;
mod select;
mod sitemap;

mod article;
mod discover;
mod propose;

#[cfg(test)]
mod laws;

pub use decode::text;
pub use discover::{Named, discover};
pub use parts::SelectorMistake;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::aside::contained;
use crate::model::{
    Article, Expect, Failure, Head, Item, ItemKey, Parsed, Rung, Selectors, Skipped, WebUrl,
};
use crate::text::date::Manner;
use endpoint::Keys;
use entry::Ground;
use instead::Instead;
use page::Page;
use rows::Lists;
use select::Select;

/// Counts changes of what is read from the same bytes: a new version reads
/// every document again.
const VERSION: u32 = 8;

/// Items of one document at most: the newest (C-08).
const ITEMS_AT_MOST: usize = 500;

/// How one source is read. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Recipe {
    shape: Shape,
    zone: TimeZone,
    language: Option<String>,
    content: bool,
    /// How the document that is being read writes its dates.
    manner: Manner,
}

#[derive(Clone, Debug)]
enum Shape {
    Feed,
    /// Selectors, if there are any, and the contract.
    Page(Option<Arc<Select>>, Expect),
    Json(Option<Arc<Keys>>, Expect),
    Sitemap(Expect),
    /// A feed, else a list, else an article: whatever somebody points at.
    Any,
}

impl Recipe {
    /// Reads feeds.
    pub fn feed() -> Self {
        Self::new(Shape::Feed)
    }

    /// Reads a list page: with these selectors, which are compiled here, and
    /// by its build where there are none or they fail.
    pub fn page(
        selectors: Option<&Selectors>,
        expect: Expect,
    ) -> Result<Self, Vec<SelectorMistake>> {
        let select = selectors.map(Select::compile).transpose()?;
        Ok(Self::new(Shape::Page(select.map(Arc::new), expect)))
    }

    /// Reads a JSON list: with these paths of keys, and by the keys that lists
    /// commonly have where there are none or they fail.
    pub fn json(
        selectors: Option<&Selectors>,
        expect: Expect,
    ) -> Result<Self, Vec<SelectorMistake>> {
        let keys = selectors.map(Keys::compile).transpose()?;
        Ok(Self::new(Shape::Json(keys.map(Arc::new), expect)))
    }

    /// Reads a news sitemap.
    pub fn sitemap(expect: Expect) -> Self {
        Self::new(Shape::Sitemap(expect))
    }

    /// Reads a feed, and what is none as a list page or as an article page.
    pub fn any() -> Self {
        Self::new(Shape::Any)
    }

    /// Reads what a page of this recipe names and nothing on it has told: the
    /// last rungs.
    #[must_use]
    pub fn of_named(&self, rung: Rung) -> Self {
        let shape = match (rung, &self.shape) {
            (Rung::Sitemap, Shape::Page(_, expect)) => Shape::Sitemap(*expect),
            _ => Shape::Feed,
        };
        Self {
            shape,
            ..self.clone()
        }
    }

    /// Whether it has selectors, or paths of keys.
    pub fn selects(&self) -> bool {
        matches!(
            self.shape,
            Shape::Page(Some(_), _) | Shape::Json(Some(_), _)
        )
    }

    fn new(shape: Shape) -> Self {
        Self {
            shape,
            zone: TimeZone::UTC,
            language: None,
            content: false,
            manner: Manner::default(),
        }
    }

    /// The zone of dates that state none.
    #[must_use]
    pub fn zone(self, zone: TimeZone) -> Self {
        Self { zone, ..self }
    }

    /// The language of items that state none.
    #[must_use]
    pub fn language(self, language: Option<String>) -> Self {
        Self { language, ..self }
    }

    /// Keeps the full text of items, where the feed has it.
    #[must_use]
    pub fn with_content(self) -> Self {
        Self {
            content: true,
            ..self
        }
    }

    /// The same for one document, whose dates tell something of one another.
    fn of_document(&self, text: &str) -> Self {
        Self {
            manner: Manner::of(text),
            ..self.clone()
        }
    }

    /// Changes when the same bytes would be read differently.
    pub fn fingerprint(&self) -> String {
        let shape = match &self.shape {
            Shape::Feed | Shape::Any => String::new(),
            Shape::Page(select, expect) => {
                format!(
                    "{:?} {expect:?}",
                    select.as_deref().map(|select| &select.typed)
                )
            }
            Shape::Json(keys, expect) => {
                format!(
                    "json {:?} {expect:?}",
                    keys.as_deref().map(|keys| &keys.typed)
                )
            }
            Shape::Sitemap(expect) => format!("sitemap {expect:?}"),
        };
        let zone = self
            .zone
            .iana_name()
            .map_or_else(|| format!("{:?}", self.zone), str::to_owned);
        format!(
            "{VERSION} {shape} {zone} {:?} {}",
            self.language, self.content
        )
    }
}

/// Reads a document. `head` gives the base of relative links and the charset
/// that the server states, `now` the moment of the answer, which dates such
/// as "2 hours ago" are counted from. A panic inside stays this document's
/// failure.
pub fn document(
    recipe: &Recipe,
    head: &Head,
    bytes: &[u8],
    now: Timestamp,
) -> Result<Parsed, Failure> {
    contained(|| read(recipe, head, bytes, now))
}

/// The sitemap that has the news, of a document that is a list of sitemaps.
pub fn newest_sitemap(head: &Head, bytes: &[u8]) -> Option<WebUrl> {
    let text = decode::text(bytes, head.content_type.as_deref());
    head.url.join(&sitemap::newest(&text)?)
}

/// Reads the article page of an item.
pub fn article(
    recipe: &Recipe,
    head: &Head,
    bytes: &[u8],
    now: Timestamp,
) -> Result<Article, Failure> {
    contained(|| {
        let text = decode::text(bytes, head.content_type.as_deref());
        article::read(&recipe.of_document(&text), &head.url, &text, now)
    })
}

/// Selectors for a list page, from how its entries stand.
pub fn propose(
    recipe: &Recipe,
    head: &Head,
    bytes: &[u8],
    now: Timestamp,
) -> Result<Option<Selectors>, Failure> {
    contained(|| {
        let text = decode::text(bytes, head.content_type.as_deref());
        let recipe = recipe.of_document(&text);
        let page = Page::read(&recipe, &head.url, &text, now)?;
        Ok(propose::of(&page))
    })
}

fn read(recipe: &Recipe, head: &Head, bytes: &[u8], now: Timestamp) -> Result<Parsed, Failure> {
    let decoded = decode::decode(bytes, head.content_type.as_deref());
    let text = decoded
        .text
        .trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.trim_end().is_empty() {
        return Err(Failure::Empty);
    }
    let recipe = &recipe.of_document(text);
    let mut parsed = match &recipe.shape {
        Shape::Feed => read_feed(recipe, head, text, now)?,
        Shape::Page(select, expect) => {
            let page = Page::read(recipe, &head.url, text, now)?;
            let lists = Lists::of(&page);
            let parsed = read_page(&page, &lists, text, select.as_deref(), *expect);
            if let (true, Some(instead)) = (parsed.items.is_empty(), Instead::of(text)) {
                return Err(Failure::NoList(format!("{instead}; {}", instead.todo())));
            }
            parsed
        }
        Shape::Json(keys, expect) => {
            let ground = Ground::new(recipe, &head.url, now);
            read_list(&ground, text, keys.as_deref(), *expect)?
        }
        Shape::Sitemap(expect) => {
            let first = sitemap::read(&Ground::new(recipe, &head.url, now), text)?;
            ladder(Some(first), None, *expect, || None)
        }
        Shape::Any => read_any(recipe, head, text, now)?,
    };
    newest(&mut parsed);
    if decoded.bad > 0 {
        parsed.skipped.push(Skipped {
            what: match decoded.bad {
                1 => "1 damaged character".to_owned(),
                bad => format!("{bad} damaged characters"),
            },
            why: format!("bytes that are no text in {}", decoded.charset),
        });
    }
    Ok(parsed)
}

fn read_feed(recipe: &Recipe, head: &Head, text: &str, now: Timestamp) -> Result<Parsed, Failure> {
    let mended = if json::is_one(text) {
        json::mend(&json::tree_of(text)?)?
    } else {
        mend::mend(text, &head.url)?
    };
    feed::read(recipe, &head.url, mended, now)
}

/// A list page by the ladder: the selectors, else a rung below them that
/// keeps the contract.
fn read_page(
    page: &Page<'_>,
    lists: &Lists<'_>,
    text: &str,
    select: Option<&Select>,
    expect: Expect,
) -> Parsed {
    let typed = select.map(|select| &select.typed);
    let first = select.map(|select| select.read(page));
    let below = || ladder::climb(page, lists).or_else(|| endpoint::of_page(&page.ground, text));
    let mut parsed = ladder(first, typed, expect, below);
    parsed.title.clone_from(&page.title);
    let named = discover::of(page, text);
    let reading = parsed.reading.get_or_insert_default();
    (reading.feeds, reading.sitemaps) = (named.feeds, named.sitemaps);
    parsed
}

fn read_list(
    ground: &Ground<'_>,
    text: &str,
    keys: Option<&Keys>,
    expect: Expect,
) -> Result<Parsed, Failure> {
    let (document, partial) = json::tree_of(text)?.into_value();
    let first = keys.map(|keys| keys.read(ground, &document));
    let typed = keys.map(|keys| &keys.typed);
    let below = || endpoint::likely(ground, &document);
    Ok(Parsed {
        partial,
        ..ladder(first, typed, expect, below)
    })
}

/// What the selectors yield if they keep the contract, else what `below` them
/// does. A selector that failed is named either way.
fn ladder(
    first: Option<Parsed>,
    select: Option<&Selectors>,
    expect: Expect,
    below: impl FnOnce() -> Option<Parsed>,
) -> Parsed {
    let mut parsed = first.unwrap_or_default();
    parsed.breach = select::breach(&parsed, expect, select);
    if parsed.breach.is_none() {
        return parsed;
    }
    let Some(mut lower) = below() else {
        return parsed;
    };
    lower.breach = select::breach(&lower, expect, None);
    if select.is_some() && lower.breach.is_some() {
        return parsed;
    }
    if let (Some(_), Some(reading)) = (select, &mut lower.reading) {
        reading.fallen = parsed.breach;
    }
    lower
}

/// Whatever it is: a feed, a sitemap, a JSON list, an article, a list page.
fn read_any(recipe: &Recipe, head: &Head, text: &str, now: Timestamp) -> Result<Parsed, Failure> {
    let ground = Ground::new(recipe, &head.url, now);
    if sitemap::is_one(text) {
        return sitemap::read(&ground, text);
    }
    let tree = json::is_one(text).then(|| json::tree_of(text));
    if let Some(Ok(tree)) = tree {
        let feed = json::mend(&tree).and_then(|feed| feed::read(recipe, &head.url, feed, now));
        let Err(failure) = feed else { return feed };
        let (document, partial) = tree.into_value();
        let list = endpoint::likely(&ground, &document).ok_or(failure)?;
        return Ok(Parsed { partial, ..list });
    }
    let feed = match tree {
        Some(Err(failure)) => Err(failure),
        _ => read_feed(recipe, head, text, now),
    };
    let Err(failure) = feed else { return feed };
    let Ok(page) = Page::read(recipe, &head.url, text, now) else {
        return Err(failure);
    };
    let lists = Lists::of(&page);
    if let Some(article) = article::alone(&page, &lists) {
        return Ok(article);
    }
    let list = read_page(&page, &lists, text, None, Expect::default());
    match list.breach {
        None => Ok(list),
        Some(_) => Err(failure),
    }
}

/// Adds an item to those of its document. Two with one key are one thing,
/// said twice: the later dated stands for it, then the one that says more,
/// wherever in the document they stand (law 1).
fn add(items: &mut Vec<Item>, places: &mut HashMap<ItemKey, usize>, item: Item) {
    fn says(item: &Item) -> (Option<Timestamp>, usize, &str, &str) {
        (item.stated, item.title.len(), &item.title, &item.lead)
    }
    match places.get(&item.key).and_then(|at| items.get_mut(*at)) {
        Some(other) if says(other) < says(&item) => *other = item,
        Some(_) => {}
        None => {
            places.insert(item.key.clone(), items.len());
            items.push(item);
        }
    }
}

/// Keeps the newest items of an overlong document, in its own order. Which of
/// those without a date are kept depends on their keys, not on their places
/// (law 1).
fn newest(parsed: &mut Parsed) {
    let excess = parsed.items.len().saturating_sub(ITEMS_AT_MOST);
    if excess == 0 {
        return;
    }
    let mut ranks: Vec<_> = parsed.items.iter().map(rank).collect();
    let (_, last, _) = ranks.select_nth_unstable(ITEMS_AT_MOST - 1);
    let last = last.clone();
    parsed.items.retain(|item| rank(item) <= last);
    parsed.skipped.push(Skipped {
        what: format!("{excess} older items"),
        why: format!("a document is read up to its {ITEMS_AT_MOST} newest"),
    });
}

/// The newest first.
fn rank(item: &Item) -> (Reverse<Option<Timestamp>>, ItemKey) {
    (Reverse(item.stated), item.key.clone())
}
