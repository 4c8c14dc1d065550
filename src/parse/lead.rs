//! The lead of an entry of a list page: what its block tells beside the
//! headline.
//!
//! What is called a lead comes first, then a paragraph. Many pages have
//! neither: there it is a line of text in a plain element, or between line
//! breaks, that is no date, no byline and no row of links.

use std::cell::LazyCell;

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use scraper::{ElementRef, Node};

use super::clean;
use super::days::short_date;
use super::draft::escaped;
use super::ends::{self, End};
use super::entry::weight;
use super::furniture::kind;
use super::headline::{ends_sentence, is_heading, may_be_lead};
use super::page::{DATE_AT_MOST, Page, Sort, is_small, markup_in, short_line};
use super::rows::{CALLED_AT_MOST, ELEMENTS_OF_BLOCK, MARKS, PARTS_AT_MOST, Row, part};
use crate::text::{date, plain};

/// A lead weighs at least so much.
const LEAD_AT_LEAST: usize = 30;

/// A line that nothing marks as a lead weighs at least so much.
const LINE_AT_LEAST: usize = 40;

/// What stands behind a lead and is none weighs at most so much.
const ASIDE_AT_MOST: usize = 20;

/// Longer text is no lead, in bytes.
const LEAD_AT_MOST: usize = 8_000;

/// Tags and texts of one block that are read in search of such a line.
const EDGES_AT_MOST: usize = 600;

/// Nodes behind a block that may belong to it.
const SIBLINGS_AT_MOST: usize = 12;

/// Words in class or id of what holds a lead.
pub(super) const LEAD_WORDS: [&str; 20] = [
    "lead",
    "summary",
    "excerpt",
    "description",
    "desc",
    "intro",
    "teaser",
    "announce",
    "anons",
    "announcement",
    "abstract",
    "standfirst",
    "dek",
    "snippet",
    "brief",
    "subtitle",
    "preview",
    "digest",
    "zhaiyao",
    "ozet",
];

/// The lead of an entry.
#[derive(Clone)]
pub(super) struct Lead<'h> {
    place: Place<'h>,
    /// Whether it stands behind the block of its entry.
    outside: bool,
}

/// Where a lead stands.
#[derive(Clone)]
enum Place<'h> {
    /// It is all that an element holds.
    Element(ElementRef<'h>),
    /// It is a line among others.
    Line(String),
}

impl<'h> Lead<'h> {
    /// The lead as markup.
    pub(super) fn markup(&self) -> String {
        match &self.place {
            Place::Element(element) => markup_in(*element),
            Place::Line(line) => escaped(line),
        }
    }

    /// The element that is the lead, if one is.
    pub(super) fn element(&self) -> Option<ElementRef<'h>> {
        match self.place {
            Place::Element(element) => Some(element),
            Place::Line(_) => None,
        }
    }

    /// Whether it stands behind the block of its entry.
    pub(super) fn is_outside(&self) -> bool {
        self.outside
    }
}

/// The lead of an entry.
pub(super) fn find<'h>(page: &Page<'_>, row: &Row<'h>) -> Option<Lead<'h>> {
    let holds_headline = |element: ElementRef<'_>| {
        let mut around = row.link.ancestors();
        around.any(|node| node.id() == element.id())
    };
    let is_lead = |element: ElementRef<'_>| {
        let text = || short_line(element, LEAD_AT_MOST);
        !holds_headline(element)
            && text().is_some_and(|text| {
                // The first sentence may have the headline's words in it.
                let most = weight(&row.headline) + LEAD_AT_LEAST;
                (!text.contains(&row.headline) || weight(&text) >= most)
                    && tells_more(page, row, &text)
            })
    };
    let called = part(page, row.block, Sort::Lead, is_lead).or_else(|| {
        // What stands over the headline says where it was published, unless it
        // is a sentence.
        let elements = || row.block.descendent_elements().take(ELEMENTS_OF_BLOCK);
        let begin = elements().find(|element| is_heading(*element) || *element == row.link);
        let mut is_behind = begin.is_none();
        let paragraphs = elements().filter_map(|element| {
            is_behind |= Some(element) == begin;
            (element.value().name() == "p").then_some((element, is_behind))
        });
        let is_sentence =
            |element| short_line(element, LEAD_AT_MOST).is_some_and(|text| may_be_lead(&text));
        let mut over = None;
        for (element, is_behind) in paragraphs.take(CALLED_AT_MOST) {
            if !is_lead(element) {
                continue;
            }
            if is_behind {
                return Some(element);
            }
            over = over.or_else(|| is_sentence(element).then_some(element));
        }
        over
    });
    let inside = |element| Lead {
        place: Place::Element(element),
        outside: false,
    };
    called.map(inside).or_else(|| line(page, row))
}

fn tells_more(page: &Page<'_>, row: &Row<'_>, text: &str) -> bool {
    weight(text) >= LEAD_AT_LEAST
        && !row.headline.contains(text)
        && (text.len() > DATE_AT_MOST || page.date(text).is_none())
        && !is_made_of_parts(page, text)
        && clean::by(text).is_none()
}

/// Whether a line has short parts alone, and one of them is a date: "Updated 28
/// November 2026 | Published 26 November 2026".
fn is_made_of_parts(page: &Page<'_>, line: &str) -> bool {
    let mut parts = line.split(MARKS).take(2 * PARTS_AT_MOST);
    line.contains(MARKS)
        && parts.clone().all(|part| part.len() <= DATE_AT_MOST)
        && parts.any(|part| page.date(part.trim()).is_some())
}

/// The first line of the block, or behind it, that could be its lead.
fn line<'h>(page: &Page<'_>, row: &Row<'h>) -> Option<Lead<'h>> {
    let mut line = Line::default();
    let mut passed: Option<NodeId> = None;
    let mut links = 0_usize;
    let own: LazyKind<'_> = LazyCell::new(Box::new(|| kind(row.block)));
    let behind = row
        .block
        .next_siblings()
        .take(SIBLINGS_AT_MOST)
        .take_while(|node| !begins_other(*node, row, &own));
    let inside = row.block.traverse().map(|edge| (edge, false));
    let edges = inside.chain(behind.flat_map(|node| node.traverse().map(|edge| (edge, true))));
    for (edge, outside) in edges.take(EDGES_AT_MOST) {
        let (node, opens) = match edge {
            Edge::Open(node) => (node, true),
            Edge::Close(node) => (node, false),
        };
        if passed.is_some() {
            passed = passed.filter(|id| opens || *id != node.id());
            continue;
        }
        if let (Node::Text(text), true) = (node.value(), opens) {
            // A date or a count in an element of its own, right behind the lead.
            let is_aside = || {
                short_date(page, text).is_some()
                    || (weight(text) <= ASIDE_AT_MOST
                        && text.contains(|c: char| c.is_ascii_digit()))
            };
            if ends_sentence(line.text.trim_end()) && is_last(node) && is_aside() {
                continue;
            }
            line.outside = outside;
            line.push(text, links > 0, node.parent().and_then(ElementRef::wrap));
        }
        let Some(element) = ElementRef::wrap(node) else {
            continue;
        };
        let name = element.value().name();
        if plain::gap(name) == "\n" || matches!(name, "td" | "th") {
            let ended = std::mem::take(&mut line);
            if let Some(lead) = ended.lead(page, row) {
                return Some(lead);
            }
        }
        if opens && is_beside(page, row, element) {
            passed = Some(node.id());
            line.gap();
        } else if name == "a" && !leads_alike(element, row) {
            links = if opens {
                links + 1
            } else {
                links.saturating_sub(1)
            };
        }
    }
    line.lead(page, row)
}

/// Whether an element is built as the block of an entry, which is of the kind
/// `own`. Long lists of classes are compared as they are written: each block of
/// a list is compared with a dozen.
fn is_of_kind(element: ElementRef<'_>, block: ElementRef<'_>, own: &LazyKind<'_>) -> bool {
    const CLASSES_AT_MOST: usize = 500;
    let classes = [element, block].map(|element| element.value().attr("class").unwrap_or(""));
    let [one, other] = classes;
    if one == other || one.len().max(other.len()) > CLASSES_AT_MOST {
        return one == other && element.value().name() == block.value().name();
    }
    kind(element) == **own
}

/// The kind of a block, once it is asked for.
type LazyKind<'k> = LazyCell<String, Box<dyn FnOnce() -> String + 'k>>;

/// Whether another entry begins with what stands behind the block.
fn begins_other(node: NodeRef<'_, Node>, row: &Row<'_>, own: &LazyKind<'_>) -> bool {
    let Some(element) = ElementRef::wrap(node) else {
        return false;
    };
    let is_other = |inner: ElementRef<'_>| {
        let href = inner.attr("href").filter(|_| inner.value().name() == "a");
        href.is_some_and(|href| Some(href) != row.link.attr("href"))
    };
    is_of_kind(element, row.block, own) && element.value().name() != "p"
        || !is_small(element)
        || element.descendent_elements().any(is_other)
}

/// Whether an element holds no text of a lead: the headline, a date, a name,
/// a number of comments.
fn is_beside(page: &Page<'_>, row: &Row<'_>, element: ElementRef<'_>) -> bool {
    let value = element.value();
    match value.name() {
        "a" if element == row.link => {
            // The link may be around all of its entry.
            return short_line(element, row.headline.len() + DATE_AT_MOST).is_some();
        }
        // A lead may be a link as well; else it is a picture or "Read more".
        "a" if leads_alike(element, row) => {
            let text = short_line(element, LEAD_AT_MOST);
            return !text.is_some_and(|text| may_be_lead(&text));
        }
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "time" | "script" | "style" | "noscript"
        | "template" | "button" | "select" | "figcaption" => return true,
        _ => {}
    }
    element != row.block
        && (page.is_in_furniture(element)
            || ([Sort::Date, Sort::Author, Sort::Beside]
                .iter()
                .any(|sort| page.is_called(element, *sort))
                && short_line(element, 2 * DATE_AT_MOST).is_some()))
}

/// Whether no text follows a text on its line, which is in an element of its
/// own.
fn is_last(text: NodeRef<'_, Node>) -> bool {
    let is_blank = |node: NodeRef<'_, Node>| match node.value() {
        Node::Text(text) => text.trim().is_empty(),
        _ => true,
    };
    let ends = |node: &NodeRef<'_, Node>| {
        let name = node
            .value()
            .as_element()
            .map_or("", |element| element.name());
        plain::gap(name) == "\n"
    };
    text.next_siblings().all(is_blank)
        && text.parent().is_some_and(|holder| {
            let behind = holder.next_siblings().take_while(|node| !ends(node));
            !ends(&holder) && behind.take(SIBLINGS_AT_MOST).all(is_blank)
        })
}

/// Whether a link leads where the headline does.
fn leads_alike(link: ElementRef<'_>, row: &Row<'_>) -> bool {
    link == row.link || link.attr("href") == row.link.attr("href")
}

/// A line of text under reading.
#[derive(Default)]
struct Line<'h> {
    text: String,
    /// What its links weigh.
    linked: usize,
    holder: Option<ElementRef<'h>>,
    outside: bool,
}

impl<'h> Line<'h> {
    fn push(&mut self, text: &str, is_linked: bool, holder: Option<ElementRef<'h>>) {
        if self.text.len() > LEAD_AT_MOST {
            return;
        }
        if self.holder.is_none() && !text.trim().is_empty() {
            self.holder = holder;
        }
        self.linked += if is_linked { weight(text) } else { 0 };
        self.text.push_str(text);
    }

    /// What is passed over parts the words beside it.
    fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
    }

    /// The lead that the line is, if it is one.
    fn lead(self, page: &Page<'_>, row: &Row<'_>) -> Option<Lead<'h>> {
        if self.text.len() < LINE_AT_LEAST || self.text.len() > LEAD_AT_MOST {
            return None;
        }
        let whole = plain::tidy(&self.text).replace('\n', " ");
        // "20.11.2026 | Economy | By our correspondent"
        let mut parts = whole.split(MARKS).take(PARTS_AT_MOST);
        if whole.contains(MARKS) && parts.any(|part| page.date(part.trim()).is_some()) {
            return None;
        }
        // "15 January is the last day" is prose.
        let dated = ends::dated(page, &whole, End::Front)
            .filter(|(text, date)| date::is_alone(date) && !text.starts_with(char::is_lowercase));
        let text = dated.as_ref().map_or(whole.as_str(), |(text, _)| text);
        let text = text.trim_start_matches(|c: char| !c.is_alphanumeric() && !opens_text(c));
        let is_sentence = weight(text) >= LINE_AT_LEAST
            && text.split(MARKS).any(|part| weight(part) >= LEAD_AT_LEAST);
        let is_headline = text.contains(&row.headline);
        if !is_sentence
            || is_headline
            || self.linked * 2 > weight(text)
            || !tells_more(page, row, text)
        {
            return None;
        }
        let is_all = |holder: &ElementRef<'_>| {
            short_line(*holder, LEAD_AT_MOST).is_some_and(|line| line == text)
        };
        let holder = self.holder.filter(is_all);
        let line = || Place::Line(text.to_owned());
        Some(Lead {
            place: holder.map_or_else(line, Place::Element),
            outside: self.outside,
        })
    }
}

/// Whether a text may begin with this mark.
fn opens_text(c: char) -> bool {
    matches!(
        c,
        '"' | '“'
            | '«'
            | '„'
            | '‘'
            | '\''
            | '('
            | '（'
            | '《'
            | '「'
            | '['
            | '【'
            | '$'
            | '€'
            | '…'
    )
}
