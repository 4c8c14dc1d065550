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

use super::days::{self, Between};
use super::entry::weight;
use super::page::Page;
use super::rows::{Order, Row, container, median};
use crate::model::WebUrl;

/// What is said of a list holds for so many of ten of its rows.
const OF_TEN: usize = 8;

/// Links that an entry without a date may have below it; a section of a front
/// page has more.
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
/// holds several and its only date stands between the first and the others.
pub(super) fn firsts(page: &Page<'_>, rows: &[Row<'_>]) -> Option<HashSet<usize>> {
    let between = days::between(page, rows);
    let parts: Vec<&[Between]> = between
        .split(|event| matches!(event, Between::Part))
        .filter(|part| part.iter().any(|event| matches!(event, Between::Block(_))))
        .collect();
    let is_date = |event: &Between| matches!(event, Between::Date(_));
    let followed = |part: &&&[Between]| match part {
        [Between::Block(_), Between::Date(_), rest @ ..] => {
            !rest.is_empty() && !rest.iter().any(is_date)
        }
        _ => false,
    };
    let is_so = parts.len() > 1 && many(parts.iter().filter(followed).count(), parts.len());
    let first = |part: &&[Between]| {
        part.iter().find_map(|event| match event {
            Between::Block(at) => Some(*at),
            _ => None,
        })
    };
    is_so.then(|| parts.iter().filter_map(first).collect())
}

/// Whether what is said of a list holds for so many of its rows.
fn many(some: usize, all: usize) -> bool {
    some * 10 >= all * OF_TEN
}

/// Whether rows that stand alike accompany those of a list: each follows an
/// entry, and none has a date of its own. If the entries have none either, the
/// rows are few to each, stand otherwise, and no title of a section is above
/// them.
pub(super) fn belong(
    page: &Page<'_>,
    order: &Order<'_>,
    rows: &[Row<'_>],
    list: &[Row<'_>],
) -> bool {
    let says = |rows: &[Row<'_>]| median(rows.iter().map(|row| &row.headline));
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
    let dated = list.iter().filter(|row| row.inside(page).is_some()).count();
    if many(dated, list.len()) {
        return true;
    }
    let tags = list.first().map(|row| order.tags(row));
    let is_otherwise = rows.iter().all(|row| Some(order.tags(row)) != tags);
    let few = followers.values().filter(|n| **n <= BELOW_AT_MOST).count();
    let titled = list.iter().filter(|row| is_titled(row)).count();
    is_otherwise && many(few, list.len()) && !many(titled, list.len())
}

/// Whether something stands in a block above its headline.
fn is_titled(row: &Row<'_>) -> bool {
    row.block
        .descendants()
        .take_while(|node| node.id() != row.link.id())
        .filter_map(|node| node.value().as_text())
        .any(|text| weight(text) > 0)
}

/// Whether a text has a number as articles have, and not pages or days.
fn has_long_number(text: &str) -> bool {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    numbers.any(|number| number.len() >= 4)
}
