//! The headline that a link shows: without the dates, numbers and names of
//! sections that stand in it.

use std::collections::HashSet;
use std::ops::Range;

use ego_tree::iter::Edge;
use scraper::{ElementRef, Node};

use super::clean;
use super::days::{DATE_WORDS, short_date};
use super::ends;
use super::entry::weight;
use super::furniture::HEADLINE_AT_LEAST;
use super::page::{DATE_AT_MOST, Page, Sort, is_called, is_short, short_line};
use super::rows::part;
use crate::text::plain;

/// Longer text is no headline, in bytes.
pub(super) const HEADLINE_AT_MOST: usize = 2_000;

/// Tags and texts that are read in search of a first line: links nest.
const EDGES_OF_LINE: usize = 1_200;

/// Text of an element that is read in search of its lines, in bytes.
const SHOWN_AT_MOST: usize = 8 * HEADLINE_AT_MOST;

/// Nodes of a link that are looked at for a picture.
const NODES_BEFORE_PICTURE: usize = 40;

/// A line with a date that is longer says more, in letters.
const DATE_LINE_AT_MOST: usize = 30;

/// Words in class or id of what holds a headline.
pub(super) const TITLE_WORDS: [&str; 8] = [
    "title",
    "headline",
    "heading",
    "tit",
    "hed",
    "zagolovok",
    "baslik",
    "biaoti",
];

/// Words in class or id of what stands beside a headline and is none.
pub(super) const BESIDE_WORDS: [&str; 18] = [
    "count", "counter", "num", "number", "views", "comments", "label", "badge", "category", "cat",
    "rubric", "rubrika", "kategori", "section", "kicker", "topic", "theme", "lanmu",
];

/// What stands in a shown text where a line is broken.
const BREAK: char = '\u{2028}';

/// Lines of one link that may be a headline's.
const JOINS_AT_MOST: usize = 16;

/// How sure it is that a link's text is the headline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// It has no text but that of its picture, or none at all.
    Picture,
    /// It has no text but that of an attribute.
    Attribute,
    /// It is the link's own text.
    Text,
    /// It is called a headline.
    Called,
    /// It is a heading.
    Heading,
}

pub(super) fn is_heading(element: ElementRef<'_>) -> bool {
    matches!(
        element.value().name(),
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6"
    )
}

/// The text of the heading in an element.
pub(super) fn heading_in(page: &Page<'_>, element: ElementRef<'_>) -> Option<String> {
    headed(page, element).map(|(_, text)| text)
}

/// The heading in an element, and its text.
pub(super) fn headed<'h>(
    page: &Page<'_>,
    element: ElementRef<'h>,
) -> Option<(ElementRef<'h>, String)> {
    let text = |found: ElementRef<'h>| {
        let is_short = is_short(found, HEADLINE_AT_MOST);
        let text = is_short.then(|| Shown::of(found, is_beside).whole(page));
        text.filter(|text| weight(text) > 0)
            .map(|text| (found, text))
    };
    element
        .descendent_elements()
        .skip(1)
        .find(|inner| is_heading(*inner))
        .and_then(text)
        .or_else(|| {
            let is_text =
                |inner| short_line(inner, HEADLINE_AT_MOST).is_some_and(|text| weight(&text) > 0);
            part(page, element, Sort::Title, is_text).and_then(text)
        })
}

/// The headline that a link shows.
pub(super) fn of_link(page: &Page<'_>, link: ElementRef<'_>) -> (String, Rank) {
    let heading_around = || {
        link.ancestors()
            .filter_map(ElementRef::wrap)
            .take(2)
            .any(is_heading)
    };
    let called = || {
        std::iter::once(link)
            .chain(link.ancestors().filter_map(ElementRef::wrap).take(2))
            .any(|element| is_called(element, &TITLE_WORDS))
    };
    let (text, rank) = match heading_in(page, link) {
        Some(heading) => (heading, Rank::Heading),
        None => {
            let text = first_line(page, link);
            let rank = if weight(&text) == 0 {
                Rank::Attribute
            } else if heading_around() {
                Rank::Heading
            } else if called() {
                Rank::Called
            } else {
                Rank::Text
            };
            (text, rank)
        }
    };
    if rank > Rank::Attribute {
        return (uncut(link, text), rank);
    }
    match told(link) {
        Some(title) => (title, rank),
        None => (told_by_picture(link).unwrap_or_default(), Rank::Picture),
    }
}

/// What a link tells of itself beside its text.
fn told(link: ElementRef<'_>) -> Option<String> {
    let told = link.attr("title").or_else(|| link.attr("aria-label"))?;
    let told = plain::tidy(told).replace('\n', " ");
    Some(told).filter(|told| weight(told) > 0)
}

/// A headline that ends in an ellipsis, as the link tells it whole.
pub(super) fn uncut(link: ElementRef<'_>, text: String) -> String {
    let cut = text.trim_end_matches(['.', '…', ' ']);
    if cut.len() == text.len() {
        return text;
    }
    let whole = told(link).filter(|told| told.starts_with(cut) && told.len() > text.len());
    whole.unwrap_or(text)
}

/// What the first picture in a link tells those who do not see it.
pub(super) fn told_by_picture(link: ElementRef<'_>) -> Option<String> {
    let inside = link.descendants().take(NODES_BEFORE_PICTURE);
    let told = inside.filter_map(ElementRef::wrap).find_map(|inner| {
        let told = inner.attr("alt").filter(|_| inner.value().name() == "img");
        told.filter(|told| !told.trim().is_empty())
    })?;
    let told = plain::tidy(plain::beginning(told, HEADLINE_AT_MOST)).replace('\n', " ");
    // "IMG_2301.jpg"
    let is_file = told.contains('.') && !told.contains(' ');
    Some(told).filter(|_| !is_file)
}

/// The first line of an element's text that could be a headline.
pub(super) fn first_line(page: &Page<'_>, element: ElementRef<'_>) -> String {
    first_line_without(page, element, None)
}

/// The same without the text of labels.
pub(super) fn first_line_without<'h>(
    page: &Page<'_>,
    element: ElementRef<'h>,
    is_label: Option<&dyn Fn(ElementRef<'h>) -> bool>,
) -> String {
    let leaves_out = |inner| is_label.is_some_and(|is| is(inner)) || is_beside(inner);
    // Beside a link stands more than a headline.
    let joins = |before: &str, after: &str| {
        (is_label.is_none() || after.starts_with(char::is_lowercase))
            && goes_on(page, before, after)
    };
    let lines = Shown::of(element, leaves_out).lines(page, joins);
    let first = lines.iter().find(|line| is_headline(page, line));
    first.or(lines.first()).cloned().unwrap_or_default()
}

/// The lines that stand in an element itself, and not in blocks inside it, nor
/// in `label`; each in the parts between its breaks.
pub(super) fn own_lines(
    page: &Page<'_>,
    element: ElementRef<'_>,
    label: Option<ElementRef<'_>>,
) -> Vec<Vec<String>> {
    let leaves_out = |inner: ElementRef<'_>| {
        Some(inner) == label || is_beside(inner) || is_block(inner.value().name())
    };
    Shown::of(element, leaves_out).parted(page)
}

/// Whether elements of this name have lines of their own.
pub(super) fn is_block(name: &str) -> bool {
    name != "br" && (plain::gap(name) == "\n" || matches!(name, "td" | "th"))
}

/// Texts as one line. Chinese has no spaces.
pub(super) fn joined(before: &str, after: &str) -> String {
    let is_wide = |c: char| matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}');
    let may_touch = |c: char| is_wide(c) || matches!(c, '“' | '”' | '‘' | '’' | '—' | '…');
    let touch = before.ends_with(may_touch)
        && after.starts_with(may_touch)
        && (before.ends_with(is_wide) || after.starts_with(is_wide));
    format!("{before}{}{after}", if touch { "" } else { " " })
}

/// A sentence of this weight behind a headline is its lead, and so is a text
/// of the other, whatever it ends with.
const SENTENCE_AT_LEAST: usize = 40;
const LONG_AT_LEAST: usize = 90;

/// Whether a headline goes on behind a line break: what stands there is plainly
/// no date and no lead.
pub(super) fn goes_on(page: &Page<'_>, before: &str, after: &str) -> bool {
    let is_date = |text: &str| ends::is_clock(text) || short_date(page, text).is_some();
    if is_date(before) || is_date(after) || clean::by(after).is_some() {
        return false;
    }
    // "26 November, Bishkek"
    let begins_with_date = || {
        let words: Vec<&str> = after.split(' ').take(3).collect();
        weight(after) <= DATE_AT_MOST
            && (1..=words.len()).any(|n| {
                let date = words.get(..n).unwrap_or_default().join(" ");
                is_date(date.trim_end_matches([',', '|', '·', ' ']))
            })
    };
    let is_lead = weight(before) >= HEADLINE_AT_LEAST && may_be_lead(after);
    after.starts_with(char::is_lowercase) || !(is_lead || begins_with_date())
}

/// Whether what stands behind a headline is its lead as far as its text tells.
pub(super) fn may_be_lead(text: &str) -> bool {
    weight(text) >= LONG_AT_LEAST || (weight(text) >= SENTENCE_AT_LEAST && ends_sentence(text))
}

/// Whether a text ends as sentences do, and headlines do not.
pub(super) fn ends_sentence(text: &str) -> bool {
    text.ends_with(['.', '…', '。', '।', '۔'])
}

/// The line of an element that an attribute of its link says, too, beside
/// what it says to those who do not see it: "Read more about".
pub(super) fn line_said(page: &Page<'_>, element: ElementRef<'_>, said: &str) -> Option<String> {
    let said = letters(said);
    let is_said = |line: &String| {
        line.len() <= HEADLINE_AT_MOST && is_headline(page, line) && said.contains(&letters(line))
    };
    let joins = |_: &str, after: &str| after.starts_with(char::is_lowercase);
    let lines = Shown::of(element, is_beside).lines(page, joins);
    lines.into_iter().find(is_said)
}

/// The letters of a text, as it is compared with another.
pub(super) fn letters(text: &str) -> String {
    let text = plain::beginning(text, HEADLINE_AT_MOST);
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Whether a text is long enough for a headline, and is not a date.
pub(super) fn is_headline(page: &Page<'_>, text: &str) -> bool {
    weight(text) >= HEADLINE_AT_LEAST
        && !(text.chars().count() <= DATE_LINE_AT_MOST && short_date(page, text).is_some())
}

/// The text of an element as it is shown, without what stands beside a
/// headline: dates, numbers, sections. What an element is called and how it
/// touches the text tell these of one link alone; what only a whole list tells
/// is taken off by [`ends::cut`].
struct Shown {
    text: String,
    /// Where in it the texts of elements stand that are no blocks.
    inner: Vec<Range<usize>>,
}

impl Shown {
    fn of<'h>(element: ElementRef<'h>, leaves_out: impl Fn(ElementRef<'h>) -> bool) -> Self {
        let mut shown = Self {
            text: String::new(),
            inner: Vec::new(),
        };
        let mut beside = 0_usize;
        let mut open = Vec::new();
        for edge in element.traverse().take(EDGES_OF_LINE) {
            let left = SHOWN_AT_MOST.saturating_sub(shown.text.len());
            if left == 0 {
                break;
            }
            match edge {
                Edge::Open(node) => match node.value() {
                    // A line that ends in the source goes on on the screen.
                    Node::Text(part) if beside == 0 => {
                        let shows = |c| {
                            if matches!(c, '\n' | '\r' | BREAK | '\u{2029}') {
                                ' '
                            } else {
                                c
                            }
                        };
                        let (part, _) = part.split_at(part.floor_char_boundary(left));
                        shown.text.extend(part.chars().map(shows));
                    }
                    Node::Element(value) => {
                        let inner = ElementRef::wrap(node).filter(|inner| *inner != element);
                        let is_left_out =
                            inner.is_some_and(|inner| beside > 0 || leaves_out(inner));
                        beside += usize::from(is_left_out);
                        if value.name() == "br" {
                            shown.text.push(BREAK);
                        } else {
                            shown.text.push_str(plain::gap(value.name()));
                        }
                        open.push(shown.text.len());
                    }
                    _ => {}
                },
                Edge::Close(node) => {
                    if let Node::Element(value) = node.value() {
                        let begin = open.pop().unwrap_or_default();
                        let gap = plain::gap(value.name());
                        if gap.is_empty() && !matches!(value.name(), "sup" | "sub") {
                            // What stands beside the headline has no text here.
                            shown.inner.push(begin..shown.text.len());
                        }
                        if beside == 1 {
                            shown.text.push(' ');
                        }
                        beside = beside.saturating_sub(1);
                        if value.name() != "br" {
                            shown.text.push_str(gap);
                        }
                    }
                }
            }
        }
        shown
    }

    /// The text in its pieces: parted where a browser shows a gap, though no
    /// space is written: `<span>World</span>Ministers meet`.
    fn pieces(&self, page: &Page<'_>, mut seams: Vec<usize>) -> Vec<&str> {
        for inner in &self.inner {
            let text = self.text.get(inner.clone()).unwrap_or_default();
            for at in [inner.start, inner.end] {
                if let Some((before, after)) = self.text.split_at_checked(at)
                    && is_seam(page, before, after, text)
                {
                    seams.push(at);
                }
            }
        }
        seams.sort_unstable();
        seams.dedup();
        let mut pieces = Vec::with_capacity(seams.len() + 1);
        let mut begin = 0;
        for end in seams.into_iter().chain([self.text.len()]) {
            pieces.extend(self.text.get(begin..end));
            begin = end;
        }
        pieces
    }

    /// Where a line ends with its break: all of it stands in an element, as
    /// headlines do above their lead, and what follows stands in none.
    fn ends(&self) -> Vec<usize> {
        if !self.text.contains(BREAK) {
            return Vec::new();
        }
        // Elements nest: the text is gone through once, not for each of them.
        let places = |is: fn(char) -> bool| -> Vec<usize> {
            let found = self.text.char_indices().filter(|(_, c)| is(*c));
            found.map(|(at, _)| at).collect()
        };
        let letters = places(char::is_alphanumeric);
        let solid = places(|c| c != ' ' && c != '\t');
        let first = |places: &[usize], begin: usize| {
            let at = places.partition_point(|place| *place < begin);
            places.get(at).copied().unwrap_or(self.text.len())
        };
        let from = |at: usize| self.text.get(at..).unwrap_or_default();
        let begins: HashSet<usize> = self.inner.iter().map(|inner| inner.start).collect();
        let inner = self.inner.iter().filter(|inner| {
            let before = solid.partition_point(|place| *place < inner.start);
            let before = before.checked_sub(1).and_then(|at| solid.get(at));
            first(&letters, inner.start) < inner.end
                && before.is_none_or(|at| from(*at).starts_with(['\n', BREAK]))
        });
        let ends = inner.filter_map(|inner| {
            let end = first(&solid, inner.end);
            let behind = from(end).strip_prefix(BREAK)?;
            let rest = first(&solid, self.text.len() - behind.len());
            let is_other = !begins.contains(&rest) && !from(rest).starts_with(char::is_lowercase);
            is_other.then_some(end)
        });
        ends.collect()
    }

    /// Its lines, each in the parts between its breaks. Two breaks end a line.
    fn parted(&self, page: &Page<'_>) -> Vec<Vec<String>> {
        let mut lines = Vec::new();
        for line in self
            .pieces(page, self.ends())
            .into_iter()
            .flat_map(|p| p.split('\n'))
        {
            let mut parts: Vec<String> = Vec::new();
            for part in line.split(BREAK).map(plain::tidy) {
                if !part.is_empty() {
                    parts.push(part);
                } else if !parts.is_empty() {
                    lines.push(std::mem::take(&mut parts));
                }
            }
            lines.push(parts);
        }
        lines.retain(|parts| !parts.is_empty());
        lines
    }

    fn lines(&self, page: &Page<'_>, joins: impl Fn(&str, &str) -> bool) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut left = JOINS_AT_MOST;
        for parts in self.parted(page) {
            let mut whole: Option<String> = None;
            for part in parts {
                left = left.saturating_sub(1);
                whole = Some(match whole.take() {
                    Some(before) if left > 0 && joins(&before, &part) => joined(&before, &part),
                    before => {
                        lines.extend(before);
                        part
                    }
                });
            }
            lines.extend(whole);
        }
        lines
    }

    /// All of it as one line. Of pieces that a gap parts only those stay that
    /// could be a headline, if there is one.
    fn whole(&self, page: &Page<'_>) -> String {
        let pieces: Vec<String> = self
            .pieces(page, Vec::new())
            .into_iter()
            .map(|piece| {
                let lines = piece.split(['\n', BREAK]).map(plain::tidy);
                lines
                    .filter(|line| !line.is_empty())
                    .reduce(|before, after| joined(&before, &after))
                    .unwrap_or_default()
            })
            .collect();
        let long = || pieces.iter().filter(|piece| is_headline(page, piece));
        let kept: Vec<&str> = if pieces.len() > 1 && long().next().is_some() {
            long().map(String::as_str).collect()
        } else {
            pieces.iter().map(String::as_str).collect()
        };
        kept.join(" ").trim().to_owned()
    }
}

/// Whether an element holds what stands beside a headline.
pub(super) fn is_beside(element: ElementRef<'_>) -> bool {
    let may_be = element.value().name() == "time"
        || is_called(element, &BESIDE_WORDS)
        || is_called(element, &DATE_WORDS);
    may_be && is_short(element, DATE_AT_MOST) && !is_called(element, &TITLE_WORDS)
}

/// Whether text of an element touches that beside it, as no words do: it is a
/// date, or a word ends within what would be one.
fn is_seam(page: &Page<'_>, before: &str, after: &str, inner: &str) -> bool {
    let (Some(left), Some(right)) = (before.chars().next_back(), after.chars().next()) else {
        return false;
    };
    let ends = left.is_alphanumeric() || matches!(left, '.' | '!' | '?' | '…' | '»' | '”' | '"');
    let begins = right.is_alphanumeric() || matches!(right, '«' | '“' | '"');
    if !ends || !begins {
        return false;
    }
    if inner.len() <= DATE_AT_MOST && (ends::is_clock(inner) || short_date(page, inner).is_some()) {
        return true;
    }
    // A number in an element behind a word counts something.
    let is_number =
        (1..=DATE_AT_MOST).contains(&inner.len()) && inner.bytes().all(|b| b.is_ascii_digit());
    if is_number && left.is_lowercase() && after.starts_with(inner) {
        return true;
    }
    let letters = |text: &mut dyn Iterator<Item = char>| {
        text.take_while(|c| c.is_alphabetic()).take(3).count()
    };
    let outer = match letters(&mut before.chars().rev()) {
        0 => letters(&mut after.chars()),
        some => some.min(letters(&mut after.chars())),
    };
    if weight(plain::beginning(inner, DATE_AT_MOST)) < 3 {
        return false;
    }
    // No word goes on with a quotation, nor with a capital that is a word of
    // its own: "World" and "A new line".
    let second = after.chars().nth(1);
    let is_word = right.is_uppercase() && second.is_some_and(|c| c.is_whitespace() || c == '.');
    let is_quote = matches!(right, '«' | '“');
    if left.is_lowercase() && (is_word || is_quote) {
        return true;
    }
    if outer < 2 {
        return false;
    }
    let ends_word = left.is_lowercase() || !left.is_alphabetic();
    let begins_word = after.chars().nth(1).is_some_and(char::is_lowercase);
    // Letters of Arabic and of India have no case, and words have spaces.
    let has_no_case = |c: char| matches!(c, '\u{600}'..='\u{6ff}' | '\u{900}'..='\u{97f}');
    (right.is_uppercase() && (ends_word || begins_word))
        || (has_no_case(left) && has_no_case(right) && outer == 3)
}
