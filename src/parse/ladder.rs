//! A list page without selectors, or whose selectors fail: the rungs below
//! them, each a function from page to items.
//!
//! What the page tells machines comes first (JSON-LD, then article elements
//! with their microdata and times), then what its build shows: the links
//! that stand alike. A rung that sees less than half of what another sees
//! has only the page's highlights, and is passed over.

use std::collections::{HashMap, HashSet};

use scraper::ElementRef;
use serde_json::Value;

use super::ends;
use super::entry::{Entry, weight};
use super::linked;
use super::page::Page;
use super::rows::{self, Lists, Row};
use crate::model::{Parsed, Rung};
use crate::text::url;

/// Fewer entries are no list.
const ENTRIES_AT_LEAST: usize = 3;

/// What the first good rung yields.
pub(super) fn climb(page: &Page<'_>, lists: &Lists<'_>) -> Option<Parsed> {
    let found = [
        linked_data(page, lists),
        articles(page),
        repeated_links(page, lists),
    ];
    let most = found
        .iter()
        .flatten()
        .map(|parsed| parsed.items.len())
        .max()?;
    found
        .into_iter()
        .flatten()
        .find(|parsed| parsed.items.len() * 2 >= most)
}

/// JSON-LD: an `ItemList`, or the articles of a collection.
fn linked_data(page: &Page<'_>, lists: &Lists<'_>) -> Option<Parsed> {
    let mut found = Vec::new();
    for object in &page.linked {
        gather(object, &mut found, 0);
    }
    if found.len() < ENTRIES_AT_LEAST {
        return None;
    }
    found.truncate(rows::LINKS_AT_MOST);
    // Lists for search engines often name addresses alone.
    let is_bare = |entry: &Entry| entry.title.is_empty() || entry.date.is_none();
    let rows = if found.iter().any(is_bare) {
        lists.all()
    } else {
        Vec::new()
    };
    let rows: HashMap<String, Row<'_>> = rows
        .into_iter()
        .map(|row| (url::canon(&row.url), row))
        .collect();
    let entries = found.into_iter().filter_map(|mut entry| {
        let link = page.ground.link(&entry.link)?;
        if let Some(row) = rows.get(&url::canon(&link)) {
            let seen = row.entry(page);
            if entry.title.is_empty() {
                entry.title = seen.title;
            }
            entry.date = entry.date.or(seen.date);
            entry.lead = entry.lead.or(seen.lead);
        }
        (!entry.title.is_empty()).then_some(Ok(entry))
    });
    list(page, Rung::LinkedData, entries)
}

/// Objects nest as deep as JSON may; lists of news do not.
const NESTED_AT_MOST: usize = 8;

fn gather(object: &Value, found: &mut Vec<Entry>, depth: usize) {
    if depth > NESTED_AT_MOST {
        return;
    }
    if let Value::Array(list) = object {
        for value in list {
            gather(value, found, depth + 1);
        }
        return;
    }
    if linked::is_article(object) || linked::is_video(object) {
        found.extend(entry(object));
        return;
    }
    if linked::is_a(object, &["ListItem"]) {
        match object.get("item") {
            Some(Value::String(address)) => found.push(Entry {
                title: text(object, "name"),
                link: address.clone(),
                ..Entry::default()
            }),
            Some(item) if item.get("@type").is_none() || linked::is_a(item, &PAGES) => {
                found.extend(entry(item));
            }
            Some(item) => gather(item, found, depth + 1),
            None => found.extend(entry(object)),
        }
        return;
    }
    if linked::is_a(object, &["BreadcrumbList", "SiteNavigationElement"]) {
        return;
    }
    for key in [
        "itemListElement",
        "mainEntity",
        "hasPart",
        "blogPost",
        "blogPosts",
    ] {
        if let Some(inner) = object.get(key) {
            gather(inner, found, depth + 1);
        }
    }
}

const PAGES: [&str; 3] = ["WebPage", "CreativeWork", "Thing"];

fn entry(object: &Value) -> Option<Entry> {
    let title = ["headline", "name"]
        .iter()
        .map(|key| text(object, key))
        .find(|title| !title.is_empty());
    Some(Entry {
        title: title.unwrap_or_default(),
        link: linked::address(object)?.to_owned(),
        date: linked::date(object).map(str::to_owned),
        lead: linked::string(object, "description").map(str::to_owned),
        authors: linked::authors(object),
        language: linked::string(object, "inLanguage").map(str::to_owned),
        ..Entry::default()
    })
}

fn text(object: &Value, key: &str) -> String {
    linked::string(object, key).unwrap_or_default().to_owned()
}

/// Article elements, by HTML, microdata or microformat.
pub(super) const ARTICLES: &str = "article, .hentry, .h-entry, [itemtype*='schema.org/NewsArticle'], \
    [itemtype*='schema.org/Article'], [itemtype*='schema.org/BlogPosting']";

/// What the article elements of a page hold.
fn articles(page: &Page<'_>) -> Option<Parsed> {
    let found = page.all(ARTICLES);
    let ids: HashSet<_> = found.iter().map(|element| element.id()).collect();
    let outer: HashSet<_> = found
        .iter()
        .flat_map(|element| element.ancestors().map(|node| node.id()))
        .filter(|id| ids.contains(id))
        .collect();
    let rows = found
        .into_iter()
        .filter(|element| !outer.contains(&element.id()) && !page.is_in_furniture(*element))
        .take(rows::LINKS_AT_MOST)
        .filter_map(|element: ElementRef<'_>| rows::of_block(page, element));
    let mut rows = rows::once_each(rows);
    ends::cut_labels(&mut rows);
    rows::agree_on_leads(page, &mut rows);
    let entries = rows.iter().map(|row| Ok(row.entry(page)));
    list(page, Rung::Articles, entries)
}

/// The links that stand alike.
fn repeated_links(page: &Page<'_>, lists: &Lists<'_>) -> Option<Parsed> {
    let rows = lists.best();
    let entries = rows.iter().map(|row| Ok(row.entry(page)));
    list(page, Rung::RepeatedLinks, entries)
}

/// The items, if they are enough and read like headlines.
fn list(
    page: &Page<'_>,
    rung: Rung,
    entries: impl Iterator<Item = Result<Entry, String>>,
) -> Option<Parsed> {
    let parsed = page.ground.parsed(rung, entries);
    let headlines = parsed.items.iter().filter(|item| {
        let is_told = item.stated.is_some() && !item.lead.is_empty();
        is_told || weight(&item.title) >= 12
    });
    let items = parsed.items.len();
    (items >= ENTRIES_AT_LEAST && headlines.count() * 2 > items).then_some(parsed)
}
