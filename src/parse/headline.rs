//! The headline that a link shows: without the dates, numbers and names of
//! sections that stand in it.

use std::ops::Range;

use ego_tree::iter::Edge;
use scraper::{ElementRef, Node};

use super::days::{DATE_WORDS, short_date};
use super::ends;
use super::entry::weight;
use super::furniture::HEADLINE_AT_LEAST;
use super::page::{DATE_AT_MOST, Page, is_called, is_short, short_line};
use super::rows::part;
use crate::text::plain;

/// Longer text is no headline, in bytes.
pub(super) const HEADLINE_AT_MOST: usize = 2_000;

/// Tags and texts that are read in search of a first line: links nest.
const EDGES_OF_LINE: usize = 1_200;

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

/// How sure it is that a link's text is the headline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
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
    let text = |found: ElementRef<'_>| {
        let is_short = is_short(found, HEADLINE_AT_MOST);
        let text = is_short.then(|| Shown::of(found, None).whole(page));
        text.filter(|text| weight(text) > 0)
    };
    element
        .descendent_elements()
        .skip(1)
        .find(|inner| is_heading(*inner))
        .and_then(text)
        .or_else(|| {
            let is_text =
                |inner| short_line(inner, HEADLINE_AT_MOST).is_some_and(|text| weight(&text) > 0);
            part(element, &TITLE_WORDS, is_text).and_then(text)
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
            let text = first_line(page, link, None);
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
    let title = link.attr("title").or_else(|| link.attr("aria-label"));
    let title = title.map(plain::tidy).unwrap_or_default();
    let cut = text.trim_end_matches(['.', '…', ' ']);
    let is_cut = cut.len() < text.len() && title.starts_with(cut) && title.len() > text.len();
    if rank == Rank::Attribute || is_cut {
        return (title.replace('\n', " "), rank);
    }
    (text, rank)
}

/// The first line of an element's text that could be a headline, without the
/// text of a label.
pub(super) fn first_line(
    page: &Page<'_>,
    element: ElementRef<'_>,
    label: Option<ElementRef<'_>>,
) -> String {
    let lines = Shown::of(element, label).lines(page);
    let first = lines.iter().find(|line| is_headline(page, line));
    first.or(lines.first()).cloned().unwrap_or_default()
}

/// The line of an element that an attribute of its link says, too, beside
/// what it says to those who do not see it: "Read more about".
pub(super) fn line_said(page: &Page<'_>, element: ElementRef<'_>, said: &str) -> Option<String> {
    let flat = |text: &str| {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect::<String>()
    };
    let said = flat(plain::beginning(said, HEADLINE_AT_MOST));
    let is_said = |line: &String| {
        line.len() <= HEADLINE_AT_MOST && is_headline(page, line) && said.contains(&flat(line))
    };
    let mut lines = Shown::of(element, None).lines(page).into_iter();
    lines.find(is_said)
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
    fn of(element: ElementRef<'_>, label: Option<ElementRef<'_>>) -> Self {
        let mut shown = Self {
            text: String::new(),
            inner: Vec::new(),
        };
        let mut beside = 0_usize;
        let mut open = Vec::new();
        for edge in element.traverse().take(EDGES_OF_LINE) {
            match edge {
                Edge::Open(node) => match node.value() {
                    Node::Text(part) if beside == 0 => shown.text.push_str(part),
                    Node::Element(value) => {
                        let inner = ElementRef::wrap(node).filter(|inner| *inner != element);
                        let is_beside = inner.is_some_and(|inner| {
                            beside > 0 || Some(inner) == label || is_beside(inner)
                        });
                        beside += usize::from(is_beside);
                        shown.text.push_str(plain::gap(value.name()));
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
                        shown.text.push_str(gap);
                    }
                }
            }
        }
        shown
    }

    /// The text in its pieces: parted where a browser shows a gap, though no
    /// space is written: `<span>World</span>Ministers meet`.
    fn pieces(&self, page: &Page<'_>) -> Vec<&str> {
        let mut seams: Vec<usize> = Vec::new();
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

    fn lines(&self, page: &Page<'_>) -> Vec<String> {
        let pieces = self.pieces(page).into_iter().map(plain::tidy);
        let lines = pieces.flat_map(|piece| piece.lines().map(str::to_owned).collect::<Vec<_>>());
        lines.filter(|line| !line.is_empty()).collect()
    }

    /// All of it as one line. Of pieces that a gap parts only those stay that
    /// could be a headline, if there is one.
    fn whole(&self, page: &Page<'_>) -> String {
        let pieces: Vec<String> = self
            .pieces(page)
            .into_iter()
            .map(|piece| plain::tidy(piece).replace('\n', " "))
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
fn is_beside(element: ElementRef<'_>) -> bool {
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
    let letters = |text: &mut dyn Iterator<Item = char>| {
        text.take_while(|c| c.is_alphabetic()).take(3).count()
    };
    let outer = match letters(&mut before.chars().rev()) {
        0 => letters(&mut after.chars()),
        some => some.min(letters(&mut after.chars())),
    };
    if outer < 2 || weight(plain::beginning(inner, DATE_AT_MOST)) < 3 {
        return false;
    }
    let ends_word = left.is_lowercase() || !left.is_alphabetic();
    let begins_word = after.chars().nth(1).is_some_and(char::is_lowercase);
    // Letters of Arabic and of India have no case, and words have spaces.
    let has_no_case = |c: char| matches!(c, '\u{600}'..='\u{6ff}' | '\u{900}'..='\u{97f}');
    (right.is_uppercase() && (ends_word || begins_word))
        || (has_no_case(left) && has_no_case(right) && outer == 3)
}
