//! The dates of the entries of a list: inside their blocks, beside them, over
//! all of a day.

use std::collections::HashSet;
use std::ops::Range;

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashMap;
use scraper::{ElementRef, Node};

use super::ends;
use super::entry::{clock_in, has_clock, weight};
use super::furniture::HEADLINE_AT_LEAST;
use super::headline::is_heading;
use super::page::{DATE_AT_MOST, Page, Sort, is_called, is_short, machine_date, short_line};
use super::rows::{
    CALLED_AT_MOST, ELEMENTS_OF_BLOCK, MARKS, PARTS_AT_MOST, Row, container, repeats,
};
use super::satellites;
use crate::text::{date, plain};

/// Text of this weight around a date is prose, which names days, too.
const PROSE_AT_LEAST: usize = 40;

/// Tags and texts on either side of a date that are weighed.
const NEIGHBOURS_AT_MOST: usize = 40;

/// Elements of one block whose texts are read as dates.
const HOLDERS_AT_MOST: usize = 24;

/// Texts with numbers of one block among which dates are looked for.
const NUMBERED_AT_MOST: usize = 200;

/// Words in class or id of what holds a date.
pub(super) const DATE_WORDS: [&str; 20] = [
    "date",
    "time",
    "datetime",
    "dateline",
    "published",
    "pubdate",
    "pub",
    "posted",
    "timestamp",
    "when",
    "day",
    "clock",
    "tarih",
    "zaman",
    "fecha",
    "datum",
    "data",
    "vremya",
    "sj",
    "shijian",
];

/// Words in class or id of what tells when the text was changed, and of what
/// tells when it was published: `published updated` is both.
const LATER_WORDS: [&str; 3] = ["modified", "updated", "update"];
const FIRST_WORDS: [&str; 4] = ["published", "pubdate", "posted", "created"];

/// How a line begins that tells when the text was changed.
const CHANGED: [&str; 19] = [
    "updated",
    "last updated",
    "last update",
    "last modified",
    "modified",
    "update",
    "обновлено",
    "обновлена",
    "изменено",
    "оновлено",
    "жаңартылды",
    "жаңыртылды",
    "yangilandi",
    "güncelleme",
    "son güncelleme",
    "更新",
    "最后更新",
    "به روز",
    "به‌روز",
];

/// Finds what dates the rows of a list beside what their blocks say.
pub(super) fn find_dates(page: &Page<'_>, rows: &mut [Row<'_>]) {
    ends::cut(page, rows);
    let undated = rows
        .iter()
        .filter(|row| !matches!(row.inside(page), Some(Dated::Whole(_))))
        .count();
    if undated * 2 > rows.len() {
        date_from_outside(page, rows);
    }
    date_todays(page, rows);
}

/// Where the newest entries tell the hour alone and all others have a day, the
/// newest are of today: if their clocks go back, and none is still to come.
fn date_todays(page: &Page<'_>, rows: &mut [Row<'_>]) {
    let clock = |row: &Row<'_>| match row.inside(page) {
        Some(Dated::Clock(clock)) if row.date(page).is_none() => Some(clock.clone()),
        _ => None,
    };
    let clocks: Vec<String> = rows.iter().map_while(clock).collect();
    let (newest, others) = rows.split_at_mut(clocks.len());
    let is_dated = |row: &Row<'_>| row.date(page).is_some();
    if newest.is_empty() || others.is_empty() || !others.iter().all(is_dated) {
        return;
    }
    let moment = |clock: &String| {
        let day = page.ground.today_at(clock)?;
        Some((page.date(&format!("{day} {clock}"))?, day))
    };
    let moments: Option<Vec<(Timestamp, String)>> = clocks.iter().map(moment).collect();
    let Some(moments) = moments.filter(|all| all.is_sorted_by(|newer, older| newer >= older))
    else {
        return;
    };
    for (row, (_, day)) in newest.iter_mut().zip(moments) {
        row.day = Some(day);
    }
}

/// The dates of a page that are all of their texts, and where they stand.
#[derive(Default)]
pub(super) struct Calendar {
    /// Where each element begins and ends, in steps through the page.
    spans: FxHashMap<NodeId, Range<usize>>,
    dates: Vec<Dateline>,
}

/// A date that is all of its text.
struct Dateline {
    at: usize,
    date: String,
    /// Where the linked heading begins right behind which it stands.
    behind: Option<usize>,
}

impl Calendar {
    /// Reads them all, or none of a page with more texts than may be read as
    /// dates: what is between some would belong to others.
    pub(super) fn of(page: &Page<'_>) -> Self {
        let mut calendar = Self::default();
        let mut told = None;
        // The last link, and what its text weighs, if it is a heading's; other
        // text ends it.
        let mut link: Option<(usize, usize)> = None;
        let mut is_linked = false;
        let mut heading = None;
        for (at, edge) in page.html.tree.root().traverse().enumerate() {
            match edge {
                Edge::Open(node) => {
                    if let Some(element) = ElementRef::wrap(node) {
                        calendar.spans.insert(node.id(), at..at);
                        let opens_link = !is_linked && element.value().name() == "a";
                        let opens_heading = heading.is_none() && is_heading(element);
                        if opens_link || opens_heading {
                            link = None;
                        }
                        is_linked |= opens_link;
                        heading = heading.or(opens_heading.then(|| node.id()));
                        if is_linked && heading.is_some() && link.is_none() {
                            link = Some((at, 0));
                        }
                    }
                    if told.is_none()
                        && page.may_have_dates()
                        && let Some(date) = date_at(page, node)
                    {
                        let behind = link.filter(|(_, said)| *said >= HEADLINE_AT_LEAST);
                        let behind = behind.map(|(at, _)| at);
                        calendar.dates.push(Dateline { at, date, behind });
                        told = Some(node.id());
                    }
                    let said = node.value().as_text().map_or(0, |text| weight(text));
                    match &mut link {
                        Some((_, known)) if is_linked && heading.is_some() => *known += said,
                        _ if said > 0 => link = None,
                        _ => {}
                    }
                }
                Edge::Close(node) => {
                    if let Some(span) = calendar.spans.get_mut(&node.id()) {
                        span.end = at;
                    }
                    is_linked &= node.value().as_element().is_none_or(|e| e.name() != "a");
                    heading = heading.filter(|id| *id != node.id());
                    told = told.filter(|id| *id != node.id());
                }
            }
        }
        if !page.may_have_dates() {
            calendar.dates.clear();
        }
        calendar
    }
}

/// The date that a text is, or that an element says to machines.
fn date_at(page: &Page<'_>, node: NodeRef<'_, Node>) -> Option<String> {
    match node.value() {
        Node::Text(text) => short_date(page, text),
        Node::Element(element) if element.name() == "time" => {
            let date = machine_date(ElementRef::wrap(node)?)?;
            page.date(date).is_some().then(|| date.to_owned())
        }
        _ => None,
    }
}

/// What stands between the blocks of a list.
pub(super) enum Between<'p> {
    Block(usize),
    Date(&'p str),
    /// A child of what holds the whole list begins.
    Part,
}

/// What stands between the blocks of a list, in page order.
pub(super) fn between<'p>(page: &'p Page<'_>, rows: &[Row<'_>]) -> Vec<Between<'p>> {
    let calendar = page.calendar();
    let span = |id: NodeId| calendar.spans.get(&id).cloned();
    let root = container(rows).and_then(|id| page.html.tree.get(id));
    let Some((root, whole)) = root.and_then(|root| Some((root, span(root.id())?))) else {
        return Vec::new();
    };
    let parts = root.children().filter_map(|part| span(part.id()));
    let parts = parts.map(|part| (part.start..part.start, Between::Part));
    let blocks = rows.iter().enumerate();
    let blocks = blocks.filter_map(|(at, row)| Some((span(row.block.id())?, at)));
    let blocks = blocks.filter(|(block, _)| block.start > whole.start);
    let mut blocks: Vec<(Range<usize>, usize)> = blocks.collect();
    blocks.sort_by_key(|(block, _)| block.start);
    let begin = calendar.dates.partition_point(|date| date.at < whole.start);
    let dates = calendar.dates.iter().skip(begin);
    let mut dates: Vec<&Dateline> = dates.take_while(|date| date.at < whole.end).collect();
    // The date of a heading that is none of the list.
    let is_of_other = |date: &&Dateline| {
        date.behind.is_some_and(|link| {
            let before = blocks.partition_point(|(block, _)| block.start <= link);
            let block = before.checked_sub(1).and_then(|at| blocks.get(at));
            link > whole.start && block.is_none_or(|(block, _)| block.end < link)
        })
    };
    if dates.iter().filter(|date| is_of_other(date)).count() * 2 > dates.len() {
        dates.retain(|date| !is_of_other(date));
    }
    let dates = dates.into_iter();
    let dates = dates.map(|date| (date.at..date.at, Between::Date(&date.date)));
    let blocks = blocks.iter();
    let blocks = blocks.map(|(block, at)| (block.clone(), Between::Block(*at)));
    let mut events: Vec<(Range<usize>, Between)> = parts.chain(blocks).chain(dates).collect();
    events.sort_by_key(|(span, _)| span.start);
    // What is inside of a block is not between them.
    let mut inside = 0;
    events.retain(|(span, event)| {
        let is_between = span.start >= inside;
        if is_between && matches!(event, Between::Block(_)) {
            inside = span.end;
        }
        is_between
    });
    events.into_iter().map(|(_, event)| event).collect()
}

/// The first row in each part of a list, with the number of those behind it,
/// where the only date of a part stands between them: it is that of the first.
pub(super) fn dated_firsts(between: &[Between<'_>]) -> Option<Vec<(usize, usize)>> {
    let parts: Vec<&[Between<'_>]> = between
        .split(|event| matches!(event, Between::Part))
        .filter(|part| part.iter().any(|event| matches!(event, Between::Block(_))))
        .collect();
    let is_date = |event: &Between<'_>| matches!(event, Between::Date(_));
    let is_followed = |part: &&&[Between<'_>]| match part {
        [Between::Block(_), Between::Date(_), rest @ ..] => {
            !rest.is_empty() && !rest.iter().any(is_date)
        }
        _ => false,
    };
    let first = |part: &&[Between<'_>]| {
        let mut blocks = part.iter().filter_map(|event| match event {
            Between::Block(at) => Some(*at),
            _ => None,
        });
        blocks.next().map(|first| (first, blocks.count()))
    };
    let followed = parts.iter().filter(is_followed).count();
    let is_so = parts.len() > 1 && satellites::many(followed, parts.len());
    is_so.then(|| parts.iter().filter_map(first).collect())
}

/// Finds the dates that stand outside of the blocks: one beside each, or one
/// over all of a day.
fn date_from_outside(page: &Page<'_>, rows: &mut [Row<'_>]) {
    let total = rows.len();
    let mut between = between(page, rows);
    if dated_firsts(&between).is_some() {
        // A date is that of the row before it, and of no other.
        let mut before = None;
        for event in between {
            match event {
                Between::Block(at) => before = Some(at),
                Between::Date(date) => {
                    if let Some(row) = before.take().and_then(|at| rows.get_mut(at)) {
                        row.day = Some(date.to_owned());
                    }
                }
                Between::Part => before = None,
            }
        }
        return;
    }
    between.retain(|event| !matches!(event, Between::Part));
    let dates = between
        .iter()
        .filter(|event| matches!(event, Between::Date(_)))
        .count();
    // One date over the whole list may be today's, or that of the page; if
    // the entries tell the hour, it is their day.
    let clocks = rows
        .iter()
        .filter(|row| matches!(row.inside(page), Some(Dated::Clock(_))))
        .count();
    if dates == 1 && clocks * 2 < total {
        return;
    }
    let begins_with_block = matches!(between.first(), Some(Between::Block(_)));
    // One date beside each link, after it: a date belongs to what is before.
    let is_beside = |pair: &&[Between<'_>]| matches!(pair, [Between::Block(_), Between::Date(_)]);
    let beside = between.windows(2).filter(is_beside).count();
    if begins_with_block && beside * 10 >= total * 8 {
        between.reverse();
    }
    let mut day: Option<&str> = None;
    for event in between {
        match event {
            Between::Date(date) => day = Some(date),
            Between::Block(at) => {
                if let Some(row) = rows.get_mut(at) {
                    row.day = day.map(str::to_owned);
                }
            }
            Between::Part => {}
        }
    }
}

/// The date that is all of a short text.
pub(super) fn short_date(page: &Page<'_>, text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > DATE_AT_MOST || !text.contains(char::is_numeric) {
        return None;
    }
    page.short_date(text, || {
        let text = date::is_alone(text).then(|| plain::tidy(text).replace('\n', " "))?;
        (!tells_of_other(&text) && page.date(&text).is_some()).then_some(text)
    })
}

/// Whether the words before a date say what else happened on it, and not that
/// the entry was published: "Built on 3 March 2025". Who wrote it stands there,
/// too, and what was done with it: "Maria on", "Filed on".
fn tells_of_other(text: &str) -> bool {
    const HAPPENED: [&str; 31] = [
        "built",
        "born",
        "died",
        "founded",
        "established",
        "completed",
        "launched",
        "held",
        "signed",
        "adopted",
        "elected",
        "appointed",
        "scheduled",
        "planned",
        "expected",
        "opened",
        "opens",
        "open",
        "closed",
        "closes",
        "started",
        "starts",
        "begins",
        "began",
        "ended",
        "ends",
        "expires",
        "expired",
        "valid",
        "due",
        "effective",
    ];
    let is_bound = |word: &str| matches!(word, "until" | "till" | "since" | "by");
    let mut words = text.split_whitespace().map(str::to_ascii_lowercase);
    let (Some(word), Some(next)) = (words.next(), words.next()) else {
        return false;
    };
    let is_word = word.chars().all(char::is_alphabetic);
    (is_word && is_bound(&next))
        || (matches!(next.as_str(), "on" | "in" | "from") && HAPPENED.contains(&word.as_str()))
}

/// The date that the texts beside a day's number tell with it, each in an
/// element of its own: `<b>19</b><i>November 2026</i>`.
fn date_around<'h>(
    page: &Page<'_>,
    row: &Row<'h>,
    text: &str,
    holder: ElementRef<'h>,
) -> Option<(String, NodeRef<'h, Node>)> {
    let is_day = text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
    let around = holder.parent().and_then(ElementRef::wrap)?;
    let is_part = is_day && around != row.block && around != row.link;
    let date = (is_part && is_short(around, DATE_AT_MOST)).then(|| page.date_of(around))??;
    date::is_alone(&date).then_some((date, *around))
}

/// The day and the hour that stand in a block as they are written for eyes:
/// alone in an element, or on a line of short texts. Headlines and prose name
/// days, too.
fn written_in(page: &Page<'_>, row: &Row<'_>) -> (Option<String>, Option<String>) {
    let is_hour = |(node, text): &(NodeRef<'_, Node>, &str)| {
        let holder = node.parent().and_then(ElementRef::wrap);
        ends::is_clock(text) && !holder.is_some_and(|holder| is_length(row, holder, text))
    };
    let mut clock = None;
    let mut later = None;
    let mut seen = HashSet::new();
    let nodes = row.block.descendants().take(3 * ELEMENTS_OF_BLOCK);
    let texts = nodes.filter_map(|node| {
        let text = node.value().as_text()?.trim();
        text.contains(char::is_numeric).then_some((node, text))
    });
    let mut texts = texts.take(NUMBERED_AT_MOST);
    while let Some((node, text)) = texts.next() {
        if row.headline.contains(text) {
            continue;
        }
        if seen.len() >= HOLDERS_AT_MOST {
            break;
        }
        let holder = node.parent().and_then(ElementRef::wrap);
        let holder = holder.filter(|holder| {
            *holder != row.block && *holder != row.link && is_short(*holder, DATE_AT_MOST)
        });
        if !seen.insert(holder.map_or(node.id(), |holder| holder.id())) {
            continue;
        }
        let line = holder.and_then(|holder| short_line(holder, DATE_AT_MOST));
        let whole = line.filter(|line| !row.headline.contains(line.as_str()));
        // "20.11.2026 | Economy | By our correspondent"
        let parts = |text: &str| {
            let parts = text.split(MARKS).take(PARTS_AT_MOST);
            let mut dates = parts.filter_map(|part| short_date(page, part));
            let first = dates.next()?;
            let told = Some(first.clone()).filter(|first| !is_change(first));
            told.or_else(|| dates.find(|date| !is_change(date)))
                .or(Some(first))
        };
        let date = whole
            .as_deref()
            .and_then(parts)
            .map(|date| (date, holder.map(|h| *h)));
        let date = date.or_else(|| Some((parts(text)?, None))).or_else(|| {
            let (date, place) = date_around(page, row, text, holder?)?;
            Some((date, Some(place)))
        });
        if let Some((date, place)) = date {
            if is_in_prose(row, place.unwrap_or(node)) {
                continue;
            }
            if !is_change(&date) {
                let behind = texts.next().filter(is_hour);
                return (
                    Some(date),
                    clock.or(behind.map(|(_, hour)| hour.to_owned())),
                );
            }
            later.get_or_insert(date);
        } else if clock.is_none() && is_hour(&(node, text)) {
            clock = Some(text.to_owned());
        }
    }
    (later, clock)
}

/// Whether a text stands on a line of prose, and not before it, nor behind it
/// in an element of its own.
fn is_in_prose<'h>(row: &Row<'h>, place: NodeRef<'h, Node>) -> bool {
    const EMPHASIS: [&str; 7] = ["a", "b", "strong", "em", "i", "u", "mark"];
    let before = beside(row, place, NodeRef::prev_sibling);
    let behind = beside(row, place, NodeRef::next_sibling);
    let element = place.value().as_element();
    let is_set_off = element.is_some_and(|element| !EMPHASIS.contains(&element.name()));
    // In its link the headline stands on the same line.
    let is_linked = place.ancestors().any(|node| node.id() == row.link.id());
    let headline = if is_linked { weight(&row.headline) } else { 0 };
    (before + behind).saturating_sub(headline) >= PROSE_AT_LEAST
        && before > 0
        && (behind > 0 || !is_set_off)
}

/// What the line weighs on one side of a text, without the link of the entry.
fn beside<'h>(
    row: &Row<'h>,
    place: NodeRef<'h, Node>,
    next: impl Fn(&NodeRef<'h, Node>) -> Option<NodeRef<'h, Node>>,
) -> usize {
    let is_block = |node: &NodeRef<'_, Node>| {
        let element = node.value().as_element();
        element.is_none_or(|element| {
            plain::gap(element.name()) == "\n" || matches!(element.name(), "td" | "th")
        })
    };
    let mut sum = 0;
    let mut at = place;
    let mut left = NEIGHBOURS_AT_MOST;
    while left > 0 {
        left -= 1;
        let Some(node) = next(&at) else {
            match at.parent() {
                Some(parent) if parent.id() != row.block.id() && !is_block(&parent) => at = parent,
                _ => break,
            }
            continue;
        };
        at = node;
        if node.value().is_element() && is_block(&node) {
            break;
        }
        if node.id() == row.link.id() {
            continue;
        }
        for inner in node.descendants().take(left) {
            left = left.saturating_sub(1);
            sum += inner.value().as_text().map_or(0, |text| weight(text));
        }
    }
    sum
}

/// Whether an element tells when a text was changed, and not when it was
/// published.
pub(super) fn tells_change(element: ElementRef<'_>) -> bool {
    is_called(element, &LATER_WORDS) && !is_called(element, &FIRST_WORDS)
}

/// Whether a line begins with what tells when a text was changed.
pub(super) fn is_change(text: &str) -> bool {
    let text = plain::lower(text.trim());
    CHANGED.iter().any(|word| text.starts_with(word))
}

/// Whether a line tells only when a text was changed; of one that tells both,
/// as "Updated 28 November | Published 26 November", what tells when it was
/// published.
pub(super) fn first_told(page: &Page<'_>, line: String) -> (bool, String) {
    if !is_change(&line) {
        return (false, line);
    }
    let mut parts = line.split(MARKS).map(str::trim);
    let first = parts.find(|part| !is_change(part) && page.date(part).is_some());
    match first.map(str::to_owned) {
        Some(first) => (false, first),
        None => (true, line),
    }
}

/// Words in class or id of what tells how long a video is.
const LENGTH_WORDS: [&str; 4] = ["duration", "length", "runtime", "playtime"];

/// Whether a clock is the length of a video: it is called so, or stands over
/// a picture that has no other text.
fn is_length(row: &Row<'_>, holder: ElementRef<'_>, clock: &str) -> bool {
    const ABOVE_AT_MOST: usize = 4;
    let has_picture = |element: &ElementRef<'_>| {
        let mut inside = element.descendent_elements().take(NEIGHBOURS_AT_MOST);
        inside.any(|inner| inner.value().name() == "img")
    };
    let around = holder.ancestors().filter_map(ElementRef::wrap);
    let mut around = around.take(ABOVE_AT_MOST).take_while(|e| *e != row.block);
    is_called(holder, &LENGTH_WORDS)
        || around
            .find(has_picture)
            .is_some_and(|picture| short_line(picture, DATE_AT_MOST).as_deref() == Some(clock))
}

/// The date in a block.
#[derive(Clone)]
pub(super) enum Dated {
    /// A day, with or without its clock.
    Whole(String),
    /// A clock alone.
    Clock(String),
}

/// The date of an entry, wherever it stands in its block but in the headline:
/// headlines name days, too.
pub(super) fn date_in(page: &Page<'_>, row: &Row<'_>) -> Option<Dated> {
    let is_date = |text: &str| page.date(text).is_some();
    let block = row.block;
    let mut whole: Option<String> = None;
    let mut later: Option<String> = None;
    let mut clock: Option<String> = None;
    let mut told = false;
    let may_be_date = |element: &ElementRef<'_>| {
        let name = element.value().name();
        name == "time"
            || name.contains("date")
            || (page.is_called(*element, Sort::Date)
                && !repeats(page, *element, Sort::Date)
                && *element != block)
    };
    let elements = block.descendent_elements().take(ELEMENTS_OF_BLOCK);
    let called = elements.filter(may_be_date);
    for element in called.take(CALLED_AT_MOST) {
        let text = short_line(element, DATE_AT_MOST);
        let date = text.as_ref().and_then(|_| page.date_of(element));
        let is_told = machine_date(element).is_some_and(is_date);
        let is_length = |text: &String| ends::is_clock(text) && is_length(row, element, text);
        if !is_told && text.as_ref().is_some_and(is_length) {
            continue;
        }
        let date = date.map(|date| first_told(page, date));
        match date {
            Some((is_later, date)) if is_later || tells_change(element) => {
                later.get_or_insert(date);
            }
            // What stands there for machines is exact.
            Some((_, date)) if whole.is_none() || (is_told && !told) => {
                whole = Some(date);
                told = is_told;
            }
            None if clock.is_none() => {
                let text = text.filter(|text| text.len() <= 16).unwrap_or_default();
                clock = clock_in(&text).map(str::to_owned);
            }
            _ => {}
        }
    }
    if whole.is_none() {
        let (day, hour) = written_in(page, row);
        // The same day with its hour is exact.
        let is_exact = |later: &String| {
            let moment = |text: &String| page.date(text);
            let apart = day.as_ref().and_then(moment).zip(moment(later));
            let apart = apart.map(|(day, later)| later.duration_since(day).abs());
            has_clock(later) && apart.is_some_and(|apart| apart < SignedDuration::from_hours(24))
        };
        let exact = later.take_if(|later| is_exact(later));
        (whole, clock) = (exact.or(day).or(later), clock.or(hour));
    }
    match row.cut.as_deref() {
        Some(cut) if ends::is_clock(cut) => clock = clock.or_else(|| row.cut.clone()),
        cut => whole = whole.or_else(|| cut.map(str::to_owned)),
    }
    match (whole, clock) {
        (Some(day), Some(clock)) if !has_clock(&day) => {
            let both = format!("{day} {clock}");
            Some(Dated::Whole(if is_date(&both) { both } else { day }))
        }
        (Some(date), _) => Some(Dated::Whole(date)),
        (None, clock) => clock.map(Dated::Clock),
    }
}
