//! The border with feed-rs: what it makes of a mended document becomes items.

use std::cell::{Cell, RefCell};
use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;

use super::draft::{Facts, ITEMS_CEILING, Mended};
use super::{Recipe, clean};
use crate::model::{Failure, Identity, Item, ItemKey, Media, Parsed, Skipped, WebUrl};
use crate::text::{date, fold, language, plain, url};

/// A guid longer than this is hashed (C-11).
const GUID_AT_MOST: usize = 2048;

/// Media objects of one item at most.
const MEDIA_AT_MOST: usize = 8;

/// A category at most, in letters.
const CATEGORY_AT_MOST: usize = 200;

/// Categories of one item at most.
const CATEGORIES_AT_MOST: usize = 50;

/// Categories of one document: twelve for each item that may be read.
const CATEGORIES_OF_ALL: usize = 60_000;

/// Items that share a link make it nobody's: it is a front page.
const SHARING_AT_MOST: usize = 2;

/// Reads a mended document that came from `at`, answered at `now`.
pub(super) fn read(
    recipe: &Recipe,
    at: &WebUrl,
    mended: Mended,
    now: Timestamp,
) -> Result<Parsed, Failure> {
    let (manner, zone) = (recipe.manner, recipe.zone.clone());
    let parser = feed_rs::parser::Builder::new()
        .timestamp_parser(move |text| to_chrono(date::read_in(manner, text, &zone, now)?))
        // Ids of feed-rs are random or change with the title; ours are keys.
        .id_generator(|_, _, _| String::new())
        .build();
    let all = mended.batches.iter().map(|batch| batch.facts.len()).sum();
    let mut parsed = Parsed {
        format: mended.format,
        title: mended.title.as_deref().and_then(clean::title),
        language: mended.language.as_deref().and_then(language::tag),
        interval: interval(
            mended.ttl.as_deref(),
            mended.update_period.as_deref(),
            mended.update_frequency.as_deref(),
        ),
        skip: mended.skip,
        partial: mended.partial,
        ..Parsed::default()
    };
    let site = mended.site.and_then(|site| url::published(at, &site));
    parsed.identity = Identity {
        id: mended.id,
        site: site.as_ref().map(|site| site.site().to_owned()),
    };
    let setting = Setting {
        recipe,
        at,
        site: site.as_ref().unwrap_or(at),
        is_atom: mended.is_atom,
        language: parsed.language.as_deref(),
        title: parsed.title.as_deref(),
        people: RefCell::default(),
        categories: Cell::new(CATEGORIES_OF_ALL),
    };
    let mut entries = Vec::with_capacity(all);
    let mut number = 0;
    for batch in mended.batches {
        let feed = parser
            .parse(batch.rss.as_bytes())
            .map_err(|error| Failure::Unreadable(error.to_string()))?;
        drop(batch.rss);
        let (found, given) = (feed.entries.len(), batch.facts.len());
        if found != given {
            return Err(Failure::Unreadable(format!(
                "{found} of {given} items came out of the reader"
            )));
        }
        for (entry, facts) in feed.entries.into_iter().zip(batch.facts) {
            number += 1;
            match setting.item(number, entry, facts) {
                None => parsed.skipped.push(Skipped {
                    what: format!("item {number}"),
                    why: "it has neither a headline nor a text".to_owned(),
                }),
                Some(entry) => entries.push(entry),
            }
        }
    }
    if entries.is_empty() && all > 0 {
        return Err(Failure::Unreadable(format!(
            "none of its {all} items has a headline or a text"
        )));
    }
    if mended.more {
        parsed.skipped.push(Skipped {
            what: format!("what follows item {all}"),
            why: format!("a document is read up to its item {ITEMS_CEILING}"),
        });
    }
    if mended.another {
        parsed.skipped.push(Skipped {
            what: "the items behind its end".to_owned(),
            why: "a document is read up to the end of its first root".to_owned(),
        });
    }
    if mended.skip.is_senseless() {
        parsed.skipped.push(Skipped {
            what: "skipHours and skipDays".to_owned(),
            why: "they leave no time to ask".to_owned(),
        });
    }
    with_keys(entries, &mut parsed);
    Ok(parsed)
}

/// An item whose key depends on its neighbours.
struct Entry {
    number: usize,
    item: Item,
    guid: Option<String>,
    date: Option<String>,
    /// The headline, folded.
    folded: String,
}

/// Gives the items their keys, and passes over those that say the same thing
/// once more.
fn with_keys(mut entries: Vec<Entry>, parsed: &mut Parsed) {
    let mut firsts = firsts(&entries).into_iter();
    entries.retain(|entry| {
        let Some(first) = firsts.next().flatten() else {
            return true;
        };
        parsed.skipped.push(Skipped {
            what: format!("item {}", entry.number),
            why: format!("it is item {first} once more"),
        });
        false
    });
    let shared = shared(&entries);
    let mut keys: HashSet<ItemKey> = HashSet::new();
    parsed.items.reserve(entries.len());
    for (entry, Shared { guid, link }) in entries.into_iter().zip(shared) {
        let mut item = entry.item;
        let own_guid = entry.guid.filter(|_| guid == 1);
        let own_link = item.canon.clone().filter(|_| link <= 1);
        item.canon = item.canon.filter(|_| link <= SHARING_AT_MOST);
        let date = entry.date.as_deref();
        item.key = clean::key(&item, own_guid.as_deref(), own_link.as_deref(), date);
        if keys.insert(item.key.clone()) {
            parsed.items.push(item);
        } else {
            parsed.skipped.push(Skipped {
                what: format!("\"{}\"", plain::cut(&item.title, 80)),
                why: "another item has the same headline, date and text".to_owned(),
            });
        }
    }
}

/// Of each entry the number of the first that says the same, if it is another.
/// The same entry twice in one document is one item, so it does not make its
/// guid ambiguous either.
fn firsts<'e>(entries: &'e [Entry]) -> Vec<Option<usize>> {
    let mut seen: HashMap<_, usize> = HashMap::with_capacity(entries.len());
    let first = |entry: &'e Entry| {
        let Entry { item, guid, .. } = entry;
        let nameless = guid.is_none() && item.canon.is_none();
        let same = (
            guid.as_deref(),
            item.canon.as_deref(),
            entry.folded.as_str(),
            nameless.then(|| (entry.date.as_deref(), fold::folded(&item.lead))),
        );
        match seen.entry(same) {
            Occupied(first) => Some(*first.get()),
            Vacant(place) => {
                place.insert(entry.number);
                None
            }
        }
    };
    entries.iter().map(first).collect()
}

/// How many entries have the guid of one, and how many headlines its link.
struct Shared {
    guid: usize,
    link: usize,
}

fn shared(entries: &[Entry]) -> Vec<Shared> {
    let mut guids: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
    let mut links: HashMap<&str, HashSet<&str>> = HashMap::with_capacity(entries.len());
    for entry in entries {
        if let Some(guid) = &entry.guid {
            *guids.entry(guid).or_insert(0) += 1;
        }
        if let Some(canon) = &entry.item.canon {
            links.entry(canon).or_default().insert(&entry.folded);
        }
    }
    let shared = |entry: &Entry| {
        let (guid, canon) = (entry.guid.as_deref(), entry.item.canon.as_deref());
        Shared {
            guid: guid.and_then(|guid| guids.get(guid)).copied().unwrap_or(0),
            link: canon.and_then(|c| links.get(c)).map_or(0, HashSet::len),
        }
    };
    entries.iter().map(shared).collect()
}

/// A guid as a key: trimmed, and hashed if it is no sensible text (H-62).
fn guid_text(guid: &str) -> Option<String> {
    let guid = guid.trim();
    if guid.len() > GUID_AT_MOST || guid.chars().any(char::is_control) {
        return Some(blake3::hash(guid.as_bytes()).to_hex().to_string());
    }
    (!guid.is_empty()).then(|| guid.to_owned())
}

/// What all items of a document share.
struct Setting<'s> {
    recipe: &'s Recipe,
    at: &'s WebUrl,
    site: &'s WebUrl,
    is_atom: bool,
    language: Option<&'s str>,
    title: Option<&'s str>,
    /// The authors that were met, and whom they name.
    people: RefCell<HashMap<String, Vec<String>>>,
    /// Categories that may be read yet.
    categories: Cell<usize>,
}

impl Setting<'_> {
    /// A link without `xml:base`. Those of Atom are relative to the document
    /// (RFC 4287, section 2); those of RSS mean the site. A feed that somebody
    /// else serves tells by that where `/path` leads.
    fn resolve(&self, reference: &str) -> Option<WebUrl> {
        let path = reference.trim_start();
        let of_the_site = path.starts_with('/') && !path.starts_with("//");
        let base = if self.is_atom && !of_the_site {
            self.at
        } else {
            self.site
        };
        url::published(base, reference)
    }

    /// The persons whom an author's name names: most come again.
    fn people(&self, name: &str) -> Vec<String> {
        let mut known = self.people.borrow_mut();
        if let Some(people) = known.get(name) {
            return people.clone();
        }
        let people = clean::author(name).map(clean::people).unwrap_or_default();
        known.insert(name.to_owned(), people.clone());
        people
    }

    /// What came out of feed-rs, corrected and completed by what it does not
    /// keep; `None` if there is nothing to read in it.
    fn item(&self, number: usize, entry: feed_rs::model::Entry, facts: Facts) -> Option<Entry> {
        let summary = entry
            .summary
            .map(|summary| summary.content)
            .unwrap_or_default();
        let title = entry.title.and_then(|title| clean::title(&title.content));
        let outlet = facts.outlet.as_deref().and_then(clean::title);
        let (lead, byline) = clean::first_lead(
            [summary.as_str(), &facts.content, &facts.caption],
            title.as_deref(),
            outlet.as_deref(),
        );
        let title = title.or_else(|| clean::title_from(&lead))?;
        let resolve = |reference: &str| match &facts.base {
            Some(base) => url::published(base, reference),
            None => self.resolve(reference),
        };
        let guid = facts.guid.as_deref().and_then(guid_text);
        let mut item = Item::new("", title);
        item.link = entry
            .links
            .iter()
            .find_map(|link| resolve(&link.href))
            .or_else(|| {
                // Only what is an address already: a guid is no relative link.
                let guid = WebUrl::parse(guid.as_deref().filter(|_| facts.permalink)?)?;
                resolve(guid.as_str())
            });
        // A front page is the address of no article.
        item.canon = item
            .link
            .as_ref()
            .filter(|link| link.as_url().path() != "/" || link.as_url().query().is_some())
            .map(url::canon);
        item.lead = lead;
        if self.recipe.content {
            item.content = clean::content(&facts.content);
        }
        let authors = facts.authors.iter().map(|name| self.people(name));
        // Who has the outlet's name is nobody.
        let is_outlet = |name: &str| self.title == Some(name) || outlet.as_deref() == Some(name);
        for name in authors.flatten() {
            if !item.byline.contains(&name) && !is_outlet(&name) {
                item.byline.push(name);
            }
        }
        if item.byline.is_empty() {
            item.byline.extend(byline);
        }
        let updated = entry.updated.and_then(from_chrono);
        // Who states one date only states when it was published.
        item.stated = entry.published.and_then(from_chrono).or(updated);
        item.stated_updated = updated.filter(|updated| Some(*updated) != item.stated);
        let most = self.categories.get().min(CATEGORIES_AT_MOST);
        item.categories = categories(&facts.categories, most);
        self.categories
            .set(self.categories.get() - item.categories.len());
        item.media = facts
            .media
            .into_iter()
            .filter_map(|media| {
                let url = resolve(&media.url)?.to_string();
                Some(Media { url, ..media })
            })
            .take(MEDIA_AT_MOST)
            .collect();
        // A source that names itself passes nothing on.
        item.outlet =
            outlet.filter(|outlet| Some(outlet.as_str()) != self.title && !outlet.contains("://"));
        item.language = facts
            .language
            .as_deref()
            .and_then(language::tag)
            .or_else(|| self.recipe.language.clone())
            .or_else(|| self.language.map(str::to_owned))
            .or_else(|| {
                let lead = plain::beginning(&item.lead, language::LETTERS_AT_MOST);
                language::guess(&format!("{} {lead}", item.title)).map(str::to_owned)
            });
        Some(Entry {
            number,
            folded: fold::folded(&item.title),
            item,
            guid,
            date: facts.date,
        })
    }
}

fn categories(categories: &[String], most: usize) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for category in categories.iter().take(most) {
        let name = plain::cut(&plain::line(category), CATEGORY_AT_MOST);
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The interval that a document asks for (F-12); nonsense is ignored (H-73).
fn interval(ttl: Option<&str>, period: Option<&str>, frequency: Option<&str>) -> Option<Duration> {
    let ttl = ttl
        .and_then(|minutes| minutes.trim().parse::<u32>().ok())
        .map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
    let hours = match period.map(str::trim) {
        Some("hourly") => Some(1),
        Some("daily") => Some(24),
        Some("weekly") => Some(24 * 7),
        Some("monthly") => Some(24 * 30),
        Some("yearly") => Some(24 * 365),
        _ => None,
    };
    let times = match frequency.map(|times| times.trim().parse::<u32>()) {
        None => 1,
        Some(Ok(times)) if times > 0 => times,
        Some(_) => return ttl,
    };
    let asked = hours.map(|hours| Duration::from_hours(hours) / times);
    ttl.max(asked)
}

fn to_chrono(moment: Timestamp) -> Option<chrono::DateTime<chrono::Utc>> {
    chrono::DateTime::from_timestamp(moment.as_second(), 0)
}

fn from_chrono(moment: chrono::DateTime<chrono::Utc>) -> Option<Timestamp> {
    Timestamp::from_second(moment.timestamp()).ok()
}
