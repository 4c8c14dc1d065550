//! What accompanies the entries of a list and is none: the stories that each
//! refers to, who wrote it, the section it stands in.
//!
//! # Why
//! A card with a headline, a date and two older headlines below it is built
//! as regularly as the list itself, and its older headlines are three times
//! as many. What tells them is their order: the entry comes first, and its
//! date is the only one.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use ego_tree::NodeRef;
use scraper::{ElementRef, Node};

use super::days::{self, short_date};
use super::ends::is_clock;
use super::entry::weight;
use super::furniture::HEADLINE_AT_LEAST;
use super::headline::is_heading;
use super::page::{DATE_AT_MOST, Page, short_line};
use super::rows::{Order, Row, container, median_weight};
use crate::model::WebUrl;

/// What is said of a list holds for so many of ten of its rows.
const OF_TEN: usize = 8;

/// Links that an entry may have below it; a section of a front page has more.
const BELOW_AT_MOST: usize = 3;

/// Words of a name.
const NAME_AT_MOST: usize = 5;

/// A name weighs at most so much: Chinese has no spaces to count words by.
const NAME_WEIGHS_AT_MOST: usize = 40;

/// Segments of an address whose next one names a person, or a section.
const NAMED_AFTER: [&str; 20] = [
    "author",
    "authors",
    "profile",
    "profiles",
    "user",
    "users",
    "staff",
    "columnist",
    "columnists",
    "contributor",
    "contributors",
    "journalist",
    "journalists",
    "avtor",
    "avtory",
    "yazar",
    "tag",
    "tags",
    "category",
    "type",
];

/// Such segments that are called as sections are: an article with a number
/// stands below them, too.
const OR_ARTICLE: [&str; 8] = [
    "expert", "experts", "people", "person", "persons", "topic", "topics", "section",
];

/// Whether a link leads to a person or a section: its address says so, and
/// its text is no longer than a name.
pub(super) fn is_person_or_section(link: &WebUrl, text: &str) -> bool {
    if text.split_whitespace().count() > NAME_AT_MOST || weight(text) > NAME_WEIGHS_AT_MOST {
        return false;
    }
    let url = link.as_url();
    let mut segments = url.path().rsplit('/').filter(|segment| !segment.is_empty());
    let (last, before) = (segments.next(), segments.next());
    let numbered = |(_, value): (_, Cow<'_, str>)| has_long_number(&value);
    let is_numbered = last.is_some_and(has_long_number) || url.query_pairs().any(numbered);
    let names = |name: &str| {
        let name = name.to_ascii_lowercase();
        NAMED_AFTER.contains(&name.as_str())
            || (!is_numbered && OR_ARTICLE.contains(&name.as_str()))
    };
    // `?section=news&id=1001` is an article.
    let mut pairs = url.query_pairs();
    let is_queried = pairs.next().is_some_and(|(key, _)| names(&key)) && !pairs.any(numbered);
    before.is_some_and(names) || (last.is_some_and(names) && url.query().is_some()) || is_queried
}

/// The rows of a list that are the first in their part of it, if each part
/// holds few others, its only date stands between the first and them, and no
/// title of a section is above it.
pub(super) fn firsts(page: &Page<'_>, rows: &[Row<'_>]) -> Option<HashSet<usize>> {
    let parts = days::dated_firsts(&days::between(page, rows))?;
    let few = parts.iter().filter(|(_, below)| *below <= BELOW_AT_MOST);
    if !many(few.count(), parts.len()) {
        return None;
    }
    let around = container(rows)?;
    let firsts = parts.iter().filter_map(|(first, _)| rows.get(*first));
    let titles = firsts.filter_map(|row| {
        let is_part = |node: &NodeRef<'_, Node>| node.parent().is_some_and(|up| up.id() == around);
        let part = row.link.ancestors().find(is_part)?;
        title_in(page, part, row)
    });
    let titles: Vec<String> = titles.collect();
    let is_so = !are_of_sections(&titles, parts.len());
    is_so.then(|| parts.iter().map(|(first, _)| *first).collect())
}

/// Whether what is said of a list holds for so many of its rows.
pub(super) fn many(some: usize, all: usize) -> bool {
    some * 10 >= all * OF_TEN
}

/// Whether rows that stand alike accompany those of a list: each follows an
/// entry, none has a date of its own, they are few to each, and no title of a
/// section is above them. If the entries have no date either, the rows stand
/// otherwise.
pub(super) fn belong(
    page: &Page<'_>,
    order: &Order<'_>,
    rows: &[Row<'_>],
    list: &[Row<'_>],
) -> bool {
    let says = |rows: &[Row<'_>]| median_weight(rows.iter().map(|row| &row.headline));
    // A name, or that of a section, is said in fewer words than news.
    if rows.len() * 3 < list.len() || says(list) * 3 < says(rows) * 2 {
        return false;
    }
    let Some(around) = container(list) else {
        return false;
    };
    let mut places: Vec<usize> = list.iter().map(|row| order.place(row)).collect();
    places.sort_unstable();
    let begin = rows.iter().map(|row| order.place(row)).min();
    if begin < places.first().copied() {
        return false;
    }
    let mut followers: HashMap<usize, usize> = HashMap::new();
    for row in rows {
        let before = places.partition_point(|place| *place < order.place(row));
        if before > 0 && row.link.ancestors().any(|node| node.id() == around) {
            *followers.entry(before).or_default() += 1;
        }
    }
    let following: usize = followers.values().sum();
    let entries: HashSet<_> = list.iter().map(|row| row.link.id()).collect();
    // The date of a block that holds an entry is that of the entry.
    let is_alone = |row: &&Row<'_>| {
        !row.block
            .descendants()
            .any(|node| entries.contains(&node.id()))
    };
    let dated = rows.iter().filter(|row| row.inside(page).is_some());
    let own = dated.filter(is_alone).count();
    if !many(following, rows.len()) || own * 2 >= rows.len() || followers.len() * 3 < list.len() {
        return false;
    }
    let few = followers.values().filter(|n| **n <= BELOW_AT_MOST).count();
    let titles: Vec<String> = list.iter().filter_map(|row| title(page, row)).collect();
    let dated = list.iter().filter(|row| row.inside(page).is_some()).count();
    if many(dated, list.len()) {
        return many(few, followers.len()) && !are_of_sections(&titles, list.len());
    }
    let tags = list.first().map(|row| order.tags(row));
    let is_otherwise = rows.iter().all(|row| Some(order.tags(row)) != tags);
    is_otherwise && many(few, list.len()) && !many(titles.len(), list.len())
}

/// Whether what stands above the entries of a list are titles of sections,
/// each of which comes once; what stands in every card comes again.
fn are_of_sections(titles: &[String], entries: usize) -> bool {
    let distinct: HashSet<&String> = titles.iter().collect();
    many(titles.len(), entries) && many(distinct.len(), titles.len())
}

/// The text that stands above the headline of an entry, in its block or as a
/// heading before that.
fn title(page: &Page<'_>, row: &Row<'_>) -> Option<String> {
    let leads = |inner: ElementRef<'_>| inner.value().name() == "a";
    let before = || {
        let before = row.block.prev_siblings().find_map(ElementRef::wrap)?;
        let line = short_line(before, DATE_AT_MOST).filter(|_| is_heading(before))?;
        (weight(&line) < HEADLINE_AT_LEAST || !before.descendent_elements().any(leads))
            .then_some(line)
    };
    title_in(page, *row.block, row).or_else(before)
}

/// The first text in an element that stands before an entry's headline, and
/// is no date.
fn title_in(page: &Page<'_>, around: NodeRef<'_, Node>, row: &Row<'_>) -> Option<String> {
    around
        .descendants()
        .take_while(|node| node.id() != row.link.id())
        .filter_map(|node| node.value().as_text())
        .map(|text| text.trim())
        .find(|text| weight(text) > 0 && !is_clock(text) && short_date(page, text).is_none())
        .map(str::to_owned)
}

/// Whether a text has a number as articles have, and not pages or days.
fn has_long_number(text: &str) -> bool {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    numbers.any(|number| number.len() >= 4)
}
