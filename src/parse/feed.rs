//! The border with feed-rs: what it makes of a mended document becomes items.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;

use super::mend::{Facts, Mended};
use super::{Recipe, clean};
use crate::model::{Failure, Item, Media, Parsed, Skipped, WebUrl};
use crate::text::{date, language, plain, url};

/// A guid longer than this is hashed (C-11).
const GUID_AT_MOST: usize = 2048;

/// Media objects of one item at most.
const MEDIA_AT_MOST: usize = 8;

/// Categories of one item at most.
const CATEGORIES_AT_MOST: usize = 50;

/// Reads a mended document.
pub(super) fn read(
    recipe: &Recipe,
    base: &WebUrl,
    mended: Mended,
    now: Timestamp,
) -> Result<Parsed, Failure> {
    let zone = recipe.zone.clone();
    let parser = feed_rs::parser::Builder::new()
        .timestamp_parser(move |text| to_chrono(date::read(text, &zone, now)?))
        // Ids of feed-rs are random or change with the title; ours are keys.
        .id_generator(|_, _, _| String::new())
        .build();
    let feed = parser
        .parse(mended.rss.as_bytes())
        .map_err(|error| Failure::Unreadable(error.to_string()))?;
    if feed.entries.len() != mended.facts.len() {
        return Err(Failure::Unreadable(format!(
            "{} of {} items came out of the reader",
            feed.entries.len(),
            mended.facts.len()
        )));
    }
    let stated = mended.language.as_deref().and_then(language::tag);
    let guids = guids(&mended.facts);
    let mut parsed = Parsed {
        format: mended.format,
        title: feed
            .title
            .as_ref()
            .and_then(|title| clean::title(&title.content)),
        language: stated.clone(),
        interval: interval(
            mended.ttl.as_deref(),
            mended.update_period.as_deref(),
            mended.update_frequency.as_deref(),
        ),
        partial: mended.partial,
        ..Parsed::default()
    };
    let mut keys: HashSet<crate::model::ItemKey> = HashSet::new();
    for (number, (entry, facts)) in feed.entries.into_iter().zip(mended.facts).enumerate() {
        let guid = facts.guid.as_deref().map(guid_text);
        let unique = guid.filter(|guid| guids.get(guid.as_str()) == Some(&1));
        match item(
            recipe,
            base,
            entry,
            facts,
            unique.as_deref(),
            stated.as_deref(),
        ) {
            None => parsed.skipped.push(Skipped {
                what: format!("item {}", number + 1),
                why: "it has neither a headline nor a text".to_owned(),
            }),
            // The same thing twice in one document is one thing.
            Some(item) => {
                if keys.insert(item.key.clone()) {
                    parsed.items.push(item);
                }
            }
        }
    }
    Ok(parsed)
}

fn guids(facts: &[Facts]) -> HashMap<String, usize> {
    let mut guids = HashMap::new();
    for guid in facts.iter().filter_map(|facts| facts.guid.as_deref()) {
        *guids.entry(guid_text(guid)).or_insert(0) += 1;
    }
    guids
}

/// A guid as a key: trimmed, and hashed if it is no sensible text (H-62).
fn guid_text(guid: &str) -> String {
    let guid = guid.trim();
    if guid.len() > GUID_AT_MOST || guid.chars().any(char::is_control) {
        blake3::hash(guid.as_bytes()).to_hex().to_string()
    } else {
        guid.to_owned()
    }
}

fn item(
    recipe: &Recipe,
    base: &WebUrl,
    entry: feed_rs::model::Entry,
    facts: Facts,
    guid: Option<&str>,
    document_language: Option<&str>,
) -> Option<Item> {
    let body = entry
        .content
        .and_then(|content| content.body)
        .unwrap_or_default();
    let summary = entry
        .summary
        .map(|summary| summary.content)
        .unwrap_or_default();
    let (mut lead, mut byline) = clean::lead(&summary);
    if lead.is_empty() {
        (lead, byline) = clean::lead(&body);
    }
    let title = entry
        .title
        .and_then(|title| clean::title(&title.content))
        .or_else(|| clean::title_from(&lead))?;
    let base = facts
        .base
        .as_deref()
        .and_then(|inner| base.join(inner))
        .unwrap_or_else(|| base.clone());
    let resolve = |reference: &str| {
        // One layer of `&amp;` is often left inside a link.
        let reference = crate::text::entity::decode(reference.trim());
        base.join(&reference).map(|link| url::unwrapped(&link))
    };
    let mut item = Item::new("", title);
    item.link = entry
        .links
        .iter()
        .find_map(|link| resolve(&link.href))
        .or_else(|| {
            let guid = facts.guid.as_deref().filter(|_| facts.permalink)?;
            // Only what is an address already: a guid is no relative link.
            WebUrl::parse(guid).map(|link| url::unwrapped(&link))
        });
    item.canon = item.link.as_ref().map(url::canon);
    item.lead = lead;
    if recipe.content {
        item.content = clean::content(&body);
    }
    item.byline = facts
        .authors
        .iter()
        .filter_map(|author| clean::author(author))
        .collect();
    item.byline.dedup();
    if item.byline.is_empty() {
        item.byline.extend(byline);
    }
    item.stated = entry.published.and_then(from_chrono);
    item.stated_updated = entry
        .updated
        .filter(|updated| Some(*updated) != entry.published)
        .and_then(from_chrono);
    item.categories = categories(&entry.categories);
    item.media = facts
        .media
        .into_iter()
        .filter_map(|media| {
            let url = resolve(&media.url)?.to_string();
            Some(Media { url, ..media })
        })
        .take(MEDIA_AT_MOST)
        .collect();
    item.outlet = facts.outlet.as_deref().and_then(clean::title);
    item.language = facts
        .language
        .as_deref()
        .and_then(language::tag)
        .or_else(|| recipe.language.clone())
        .or_else(|| document_language.map(str::to_owned))
        .or_else(|| language::guess(&format!("{} {}", item.title, item.lead)).map(str::to_owned));
    item.key = clean::key(&item, guid, facts.date.as_deref());
    Some(item)
}

fn categories(categories: &[feed_rs::model::Category]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for category in categories.iter().take(CATEGORIES_AT_MOST) {
        let name = plain::line(category.label.as_deref().unwrap_or(&category.term));
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
