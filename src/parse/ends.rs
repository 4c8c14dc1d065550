//! What stands at the ends of the headlines of a list and is none of them:
//! the date of the entry, the number of its readers, the name of its section.

use std::cell::OnceCell;
use std::collections::HashSet;

use ego_tree::NodeRef;
use jiff::{SignedDuration, Timestamp};
use scraper::{ElementRef, Node};

use super::days::{self, Dated};
use super::entry::{clock_in, weight};
use super::furniture::HEADLINE_AT_LEAST;
use super::page::{DATE_AT_MOST, Page, short_line};
use super::rows::{Row, VOTES_AT_MOST};
use crate::text::plain;

/// Takes the names of sections, numbers and dates off the headlines of a list.
pub(super) fn cut(page: &Page<'_>, rows: &mut [Row<'_>]) {
    cut_labels(rows);
    cut_counts(rows);
    cut_dates(page, rows);
    cut_counts(rows);
    cut_ranks(page, rows);
}

/// Takes the numbers off the headlines of a list that counts its entries: "1.
/// Ministers meet", "02 Ministers part".
fn cut_ranks(page: &Page<'_>, rows: &mut [Row<'_>]) {
    const ROWS_AT_LEAST: usize = 3;
    let ranked = rows.iter().map(|row| ranked(page, &row.headline));
    let Some(ranked) = ranked.collect::<Option<Vec<(u32, &str)>>>() else {
        return;
    };
    let are_counted = ranked.windows(2).all(|pair| match pair {
        [(one, _), (next, _)] => one + 1 == *next,
        _ => false,
    });
    let long = ranked
        .iter()
        .filter(|(_, text)| weight(text) >= HEADLINE_AT_LEAST);
    if ranked.len() < ROWS_AT_LEAST || !are_counted || long.count() * 2 <= ranked.len() {
        return;
    }
    let headlines: Vec<String> = ranked.iter().map(|(_, text)| (*text).to_owned()).collect();
    for (row, headline) in rows.iter_mut().zip(headlines) {
        row.headline = headline;
    }
}

/// The number before a headline, and the headline; none if it is the day of a
/// date, the hour of a clock or a part of a number.
fn ranked<'t>(page: &Page<'_>, text: &'t str) -> Option<(u32, &'t str)> {
    const DIGITS_AT_MOST: usize = 3;
    // Each of these alphabets has its zero at a multiple of 16.
    let digit = |c: char| match c {
        '0'..='9' | '٠'..='٩' | '۰'..='۹' | '０'..='９' => Some(u32::from(c) & 15),
        _ => None,
    };
    let is_gap = |c: char| c.is_whitespace() || ".):|．）、।".contains(c);
    let text = text.trim_start_matches(['#', '№']);
    let behind = text.trim_start_matches(|c| digit(c).is_some());
    let digits = text.get(..text.len() - behind.len())?;
    let rest = behind.trim_start_matches(is_gap);
    let many = digits.chars().count();
    let gap = behind.get(..behind.len() - rest.len())?;
    let is_set_off = match rest.chars().next().and_then(digit) {
        // "5. 2 million visitors", but not "1.5 percent".
        Some(_) => gap.len() > 1 && gap.ends_with(' '),
        None => !gap.is_empty(),
    };
    if !(1..=DIGITS_AT_MOST).contains(&many) || !is_set_off || weight(rest) == 0 {
        return None;
    }
    let number = digits
        .chars()
        .filter_map(digit)
        .fold(0, |all, one| all * 10 + one);
    let word = rest.split_whitespace().next()?;
    page.date(&format!("{number} {word}"))
        .is_none()
        .then_some((number, rest))
}

/// A label weighs at most so much.
const LABEL_AT_MOST: usize = 20;

/// Tags and texts of one link that are looked into for a label.
const NODES_OF_LABEL: usize = 40;

/// What parts a section from a headline, and no word from the next.
const SET_OFF: [char; 5] = ['|', '·', '•', '/', '｜'];

/// Takes the sections off the headlines, where most links of a list show one
/// in an element of its own. Of one link alone, what the element is called and
/// how it touches the text tell it: [`super::headline`] has taken those off.
///
/// First and last words stand in elements of their own, too: a name in bold,
/// the last word with its icon, the word that was searched for. So sections
/// are not all the same, and either something sets them off or they come again.
pub(super) fn cut_labels(rows: &mut [Row<'_>]) {
    for end in [End::Front, End::Back] {
        let first = rows.iter().take(VOTES_AT_MOST);
        let labels: Vec<Label> = first.filter_map(|row| Label::at(row, end)).collect();
        if labels.len() * 2 <= rows.len().min(VOTES_AT_MOST) || !are_sections(&labels, end) {
            continue;
        }
        for row in &mut *rows {
            if let Some(label) = Label::at(row, end) {
                row.headline = label.headline;
            }
        }
    }
}

/// Whether labels are the names of sections, and not words of the headlines.
fn are_sections(labels: &[Label], end: End) -> bool {
    let distinct: HashSet<&str> = labels.iter().map(|label| label.text.as_str()).collect();
    let count = |is: fn(&Label) -> bool| labels.iter().filter(|label| is(label)).count();
    if count(|label| label.gap == Gap::Mark) * 2 > labels.len() {
        return distinct.len() > 1;
    }
    let goes_on = match end {
        End::Front => count(|label| label.headline.starts_with(char::is_lowercase)),
        End::Back => count(|label| label.gap == Gap::Space),
    };
    distinct.len() > 1 && distinct.len() * 2 <= labels.len() && goes_on * 10 <= labels.len()
}

/// What may be the name of a section at an end of a headline.
struct Label {
    text: String,
    /// The headline without it.
    headline: String,
    gap: Gap,
}

/// What stands between a label and its headline.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// Nothing, or the break of a line, as headlines have it, too.
    Nothing,
    /// No more than between words, or a colon.
    Space,
    /// What sets a label off, or the end of its line.
    Mark,
}

impl Label {
    fn at(row: &Row<'_>, end: End) -> Option<Self> {
        let is_label = |element: &ElementRef<'_>| {
            matches!(
                element.value().name(),
                "span" | "i" | "small" | "label" | "div" | "b"
            )
        };
        // Behind a break there may be no element.
        let is_behind_break = |node: &NodeRef<'_, Node>| {
            let before = node.prev_sibling().and_then(ElementRef::wrap);
            before.is_some_and(|before| before.value().name() == "br")
        };
        let nodes = row.link.descendants().skip(1).take(NODES_OF_LABEL);
        let texts = nodes.filter_map(|node| match node.value() {
            Node::Text(text) if is_behind_break(&node) && text.len() <= DATE_AT_MOST => {
                Some((plain::tidy(text), Some(Gap::Nothing)))
            }
            _ => {
                let element = ElementRef::wrap(node).filter(is_label)?;
                let is_line = plain::gap(element.value().name()) == "\n";
                let gap = is_line.then_some(Gap::Mark);
                Some((short_line(element, DATE_AT_MOST)?, gap))
            }
        });
        texts
            .filter(|(text, _)| !text.is_empty())
            .find_map(|(text, known)| {
                let rest = match end {
                    End::Front => row.headline.strip_prefix(&text),
                    End::Back => row.headline.strip_suffix(&text),
                }?;
                let is_gap =
                    |c: char| c.is_whitespace() || c == ':' || c == '：' || SET_OFF.contains(&c);
                let headline = rest.trim_matches(is_gap);
                let gap = match end {
                    End::Front => rest.split(|c| !is_gap(c)).next(),
                    End::Back => rest.rsplit(|c| !is_gap(c)).next(),
                };
                let gap = known.unwrap_or(match gap.unwrap_or_default() {
                    gap if gap.contains(SET_OFF) => Gap::Mark,
                    "" => Gap::Nothing,
                    _ => Gap::Space,
                });
                let is_one = (1..=LABEL_AT_MOST).contains(&weight(&text));
                (is_one && weight(headline) >= HEADLINE_AT_LEAST).then(|| Self {
                    headline: headline.to_owned(),
                    text,
                    gap,
                })
            })
    }
}

/// How words begin that say what is counted.
const COUNTED: [&str; 16] = [
    "view",
    "comment",
    "read",
    "share",
    "просмотр",
    "коммент",
    "прочт",
    "көр",
    "ko‘r",
    "yorum",
    "okunma",
    "görünt",
    "بازدید",
    "نظر",
    "تعليق",
    "مشاهد",
];

/// Numbers that may stand behind one headline.
const COUNTS_AT_MOST: usize = 3;

/// Takes "12 345 views" and "5 comments" off the headlines, where at least
/// three of a list end so: one alone may be meant.
fn cut_counts(rows: &mut [Row<'_>]) {
    const ROWS_AT_LEAST: usize = 3;
    for _ in 0..COUNTS_AT_MOST {
        let ending = rows.iter().filter(|row| counted(&row.headline).is_some());
        if ending.count() < ROWS_AT_LEAST {
            return;
        }
        for row in &mut *rows {
            if let Some(headline) = counted(&row.headline) {
                row.headline = headline.to_owned();
            }
        }
    }
}

/// A headline without the number and its word behind it.
fn counted(headline: &str) -> Option<&str> {
    let is_mark = |c: char| c.is_whitespace() || "|·•,:-–—/([)].".contains(c);
    let text = headline.trim_end_matches(is_mark);
    let word_at = text
        .rfind(|c: char| !c.is_alphabetic() && c != '‘')
        .map_or(0, |at| at + 1);
    let (before, word) = text.split_at_checked(text.ceil_char_boundary(word_at))?;
    let word = word.to_lowercase();
    if !COUNTED.iter().any(|counted| word.starts_with(counted)) {
        return None;
    }
    // "1.2K views"
    let number = before.trim_end_matches(is_mark);
    let number = number
        .strip_suffix(['K', 'k', 'M', 'К', 'к'])
        .unwrap_or(number);
    let is_of_number = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '.' | ',');
    let rest = number.trim_end_matches(is_of_number);
    let has_digit = number.ends_with(|c: char| c.is_ascii_digit()) && rest.len() < number.len();
    let rest = rest.trim_end_matches(|c| is_mark(c) && !matches!(c, ')' | ']' | '.'));
    (has_digit && weight(rest) >= HEADLINE_AT_LEAST).then_some(rest)
}

/// An end of a text.
#[derive(Clone, Copy)]
pub(super) enum End {
    Front,
    Back,
}

/// Takes the dates out of the headlines, where most links of a list show one
/// before or behind it: "10.11.2026 Ministers meet", "Ministers meet (14:05)".
fn cut_dates(page: &Page<'_>, rows: &mut [Row<'_>]) {
    // What stands beside each headline, once it is asked for.
    let beside: Vec<OnceCell<Option<Dated>>> = rows.iter().map(|_| OnceCell::new()).collect();
    let cut = |(row, beside): (&Row<'_>, &OnceCell<_>), end| {
        let found = dated(page, &row.headline, end);
        let beside = || beside.get_or_init(|| days::date_in(page, row)).as_ref();
        found.filter(|(_, date)| is_clock(date) || !is_another_day(page, beside(), date))
    };
    let is_common = |end| {
        let first = rows.iter().zip(&beside).take(VOTES_AT_MOST);
        let dated = first.filter(|row| cut(*row, end).is_some());
        dated.count() * 2 > rows.len().min(VOTES_AT_MOST)
    };
    let Some(end) = [End::Front, End::Back]
        .into_iter()
        .find(|end| is_common(*end))
    else {
        return;
    };
    for (row, beside) in rows.iter_mut().zip(&beside) {
        if let Some((headline, date)) = cut((row, beside), end) {
            row.headline = headline;
            row.cut = Some(date);
        }
    }
}

/// Whether the date in a headline is one that it speaks of: the entry tells
/// another day beside it.
fn is_another_day(page: &Page<'_>, beside: Option<&Dated>, date: &str) -> bool {
    const DAY: SignedDuration = SignedDuration::from_hours(36);
    let Some(Dated::Whole(beside)) = beside else {
        return false;
    };
    let moments = page.date(date).zip(page.date(beside));
    !days::is_change(beside)
        && moments.is_some_and(|(one, other)| one.duration_since(other).abs() > DAY)
}

/// A text without the date at one of its ends, and the date.
pub(super) fn dated(page: &Page<'_>, headline: &str, end: End) -> Option<(String, String)> {
    const WORDS_AT_MOST: usize = 6;
    // What sets a date off.
    const MARKS: [char; 10] = ['|', '·', '•', ',', ':', '-', '–', '—', '/', '.'];
    let is_bracket = |c| OPENING.contains(&c) || CLOSING.contains(&c);
    let is_mark = |c: char| c.is_whitespace() || MARKS.contains(&c) || is_bracket(c);
    let has_digit = |word: &str| word.bytes().any(|b| b.is_ascii_digit());
    // A number alone begins the headline: "23.11.2026 2 million visitors".
    let is_year = |word: &str| word.bytes().filter(u8::is_ascii_digit).count() >= 3;
    let seams = seams(headline, end);
    let mut found: Option<(usize, Option<Timestamp>, &str, &str)> = None;
    let mut inner = match end {
        End::Front => 0,
        End::Back => headline.len(),
    };
    for (many, seam) in (1..=WORDS_AT_MOST).zip(seams) {
        let (before, behind) = headline.split_at_checked(seam)?;
        let (date, rest) = match end {
            End::Front => (before, behind),
            End::Back => (behind, before),
        };
        let word = headline.get(inner.min(seam)..inner.max(seam))?;
        inner = seam;
        let date = date.trim_matches(is_mark);
        if !has_digit(date) {
            continue;
        }
        let moment = page.date(date);
        // A word that changes nothing is the headline's.
        let is_longer = match &found {
            Some((before, known, ..)) => match many - before {
                1 => moment != *known || is_year(word),
                2 => moment != *known,
                _ => false,
            },
            None => true,
        };
        if is_longer && (moment.is_some() || is_clock(date)) {
            found = Some((many, moment, rest, date));
        }
    }
    let (_, _, rest, date) = found?;
    let rest = match end {
        End::Front => rest.trim_start_matches(|c| is_mark(c) && !OPENING.contains(&c)),
        End::Back => rest.trim_end_matches(|c| is_mark(c) && c != '.' && !CLOSING.contains(&c)),
    };
    (weight(rest) >= HEADLINE_AT_LEAST).then(|| (rest.to_owned(), date.to_owned()))
}

/// What a date may stand in.
const OPENING: [char; 4] = ['(', '[', '（', '【'];
const CLOSING: [char; 4] = [')', ']', '）', '】'];

/// Where words of a headline begin or end, from one of its ends on. A word
/// that touches a date is none of it: `today23 Nov 2026`, `今天[11-23]`.
fn seams(headline: &str, end: End) -> impl Iterator<Item = usize> {
    const BYTES_AT_MOST: usize = 200;
    const LETTERS_AT_LEAST: usize = 3;
    let from = match end {
        End::Front => 0,
        End::Back => headline.ceil_char_boundary(headline.len().saturating_sub(BYTES_AT_MOST)),
    };
    let part = headline.get(from..).unwrap_or_default();
    let part = part
        .get(..part.floor_char_boundary(BYTES_AT_MOST))
        .unwrap_or(part);
    let mut seams = Vec::new();
    let (mut letters, mut digits, mut before) = (0_usize, 0_usize, ' ');
    for (at, c) in part.char_indices() {
        let touches = match end {
            End::Front => (c.is_alphabetic() && digits == 4) || CLOSING.contains(&before),
            End::Back => {
                (c.is_ascii_digit() && letters >= LETTERS_AT_LEAST)
                    || (OPENING.contains(&c) && before != ' ')
            }
        };
        if at + from > 0 && (c == ' ' || touches) {
            seams.push(at + from);
        }
        letters = if c.is_alphabetic() { letters + 1 } else { 0 };
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        before = c;
    }
    if matches!(end, End::Back) {
        seams.reverse();
    }
    seams.into_iter()
}

pub(super) fn is_clock(text: &str) -> bool {
    clock_in(text).is_some_and(|clock| clock.len() == text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_readers_is_no_headline() {
        for (text, expected) in [
            (
                "Ministers meet in Tashkent 12 345 views",
                Some("Ministers meet in Tashkent"),
            ),
            (
                "Ministers meet in Tashkent5 comments",
                Some("Ministers meet in Tashkent"),
            ),
            (
                "Ministers meet in Tashkent | 1.2K views",
                Some("Ministers meet in Tashkent"),
            ),
            (
                "Министры встретились в Ташкенте (17 комментариев)",
                Some("Министры встретились в Ташкенте"),
            ),
            ("Ministers meet in Tashkent for 5 days", None),
            ("Ministers answer to comments", None),
            ("12 views", None),
        ] {
            assert_eq!(counted(text), expected, "{text}");
        }
    }
}
