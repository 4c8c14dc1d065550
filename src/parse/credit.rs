//! Who wrote an entry, as a page shows it.

use ego_tree::iter::Edge;
use scraper::{ElementRef, Node};

use super::clean;
use super::days::DATE_WORDS;
use super::draft::escaped;
use super::headline::is_heading;
use super::page::{is_called, short_line};
use super::rows::{ELEMENTS_OF_BLOCK, MARKS};
use crate::text::plain;

/// Words in class or id of what names an author.
pub(super) const AUTHOR_WORDS: [&str; 6] =
    ["author", "authors", "byline", "writer", "reporter", "yazar"];

/// Nodes that are looked at in search of a name.
const NODES_AT_MOST: usize = 200;

/// Lines of one text that are looked at for one.
const LINES_AT_MOST: usize = 160;

/// A name behind a label, in bytes.
const NAME_AT_MOST: usize = 80;

/// Words behind a name that begin something else, in lower case.
const NEXT: [&str; 12] = [
    "published",
    "posted",
    "updated",
    "photo",
    "source",
    "date",
    "фото",
    "опубликовано",
    "дата",
    "источник",
    "просмотров",
    "просмотры",
];

/// A longer line is no byline, in bytes.
pub(super) const BYLINE_AT_MOST: usize = 400;

/// The author's name, perhaps behind a "By", in an element that is called so:
/// without a date, a count of comments or a link to other stories, which some
/// pages keep beside it in the same element.
pub(super) fn author(element: ElementRef<'_>) -> String {
    let named = |inner: &ElementRef<'_>| is_called(*inner, &AUTHOR_WORDS) && has_letters(*inner);
    let mut inside = element.descendent_elements().skip(1).take(NODES_AT_MOST);
    let element = inside.find(named).unwrap_or(element);
    let mut name = String::new();
    let mut passed = None;
    let mut after_link = false;
    for edge in element.traverse().take(2 * NODES_AT_MOST) {
        let (node, opens) = match edge {
            Edge::Open(node) => (node, true),
            Edge::Close(node) => (node, false),
        };
        if passed.is_some() {
            passed = passed.filter(|id| opens || *id != node.id());
            continue;
        }
        match node.value() {
            Node::Text(text) if opens => {
                after_link &= text.trim().is_empty();
                // A post or a second name, which a gap sets off on the screen.
                let touches =
                    name.ends_with(char::is_alphabetic) && text.starts_with(char::is_alphabetic);
                if touches && name.split_whitespace().nth(1).is_some() {
                    break;
                }
                name.push_str(if touches { " " } else { "" });
                name.push_str(text);
            }
            Node::Element(_) => {
                let Some(inner) = ElementRef::wrap(node) else {
                    continue;
                };
                let tag = inner.value().name();
                let is_date = inner != element && (tag == "time" || is_called(inner, &DATE_WORDS));
                let is_block = inner != element && plain::gap(tag) == "\n";
                let ends = is_date || is_block || (tag == "a" && after_link);
                // "By" alone goes on, wherever the name stands.
                let is_label = || {
                    let label = format!("{} x", name.trim());
                    clean::without_label(&label) == Some("x")
                };
                if opens && ends && name.contains(char::is_alphabetic) && !is_label() {
                    break;
                }
                if opens && is_date {
                    passed = Some(node.id());
                }
                if !opens && tag == "a" {
                    after_link = true;
                }
            }
            _ => {}
        }
    }
    let name = plain::line(&escaped(&name));
    // "Anna Orlova · 3 min read".
    let mut parts = name.split(MARKS).map(str::trim);
    let name = parts.find(|part| part.contains(char::is_alphabetic));
    // "Anna Orlova on", and the date.
    let name = name.map(|name| name.strip_suffix(" on").unwrap_or(name));
    name.unwrap_or_default().to_owned()
}

/// The name in a line such as "By Anna Orlova", or behind "Author:" in one that
/// says more.
pub(super) fn labelled(near: ElementRef<'_>) -> Option<String> {
    let has_label = |element: &ElementRef<'_>| {
        let texts = element
            .children()
            .filter_map(|child| child.value().as_text());
        let mut texts = texts.filter(|text| text.len() <= BYLINE_AT_MOST);
        texts.any(|text| {
            // "By " is before the link of its author; "by" is in the midst of a text.
            let text = format!("{}x", text.trim_start());
            let begins = !text.starts_with(char::is_lowercase);
            (begins && clean::without_label(&text).is_some()) || behind_label(&text).is_some()
        })
    };
    // A caption, or a headline that begins so, names no author.
    let is_other =
        |element: &ElementRef<'_>| element.value().name() == "figcaption" || is_heading(*element);
    let is_free = |element: &ElementRef<'_>| {
        let mut around = element.ancestors().filter_map(ElementRef::wrap).take(2);
        element.value().name() != "a" && !is_other(element) && !around.any(|outer| is_other(&outer))
    };
    near.descendent_elements()
        .take(4 * ELEMENTS_OF_BLOCK)
        .filter(|element| has_label(element) && is_free(element))
        .take(LINES_AT_MOST)
        .filter_map(|element| short_line(element, BYLINE_AT_MOST))
        .find_map(|line| line.split(MARKS).find_map(named))
}

/// The persons whom a part of a line names behind a label.
fn named(part: &str) -> Option<String> {
    let part = part.trim();
    let name = without_label(part);
    let is_one = |name: &String| clean::is_person(name) || clean::is_chinese_name(name);
    let are_people = |name: &str| clean::people(name.to_owned()).iter().all(is_one);
    if name != part && are_people(name) {
        return Some(name.to_owned());
    }
    // As many words as make a name.
    let behind = behind_label(part)?.trim_start();
    let ends = behind
        .char_indices()
        .map(|(at, _)| at)
        .chain([behind.len()]);
    let names = ends.filter_map(|end| behind.split_at_checked(end));
    // "Анна Орлова Фото: …": the next label is none of it.
    let is_end = |name: &str, rest: &str| {
        let last = name
            .split_whitespace()
            .last()
            .unwrap_or_default()
            .to_lowercase();
        let is_next = NEXT.contains(&last.as_str()) || rest.starts_with([':', '：']);
        let is_whole =
            rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || "(（[".contains(c));
        !is_next
            && (is_whole
                || !(clean::is_chinese_name(name) || rest.starts_with(char::is_alphanumeric)))
    };
    let mut best = None;
    for (name, rest) in names {
        if name.len() > NAME_AT_MOST {
            break;
        }
        if is_end(name.trim_end(), rest) && are_people(name.trim_end()) {
            best = Some(name.trim_end().to_owned());
        }
    }
    best
}

/// What stands behind "Author:" in the midst of a line.
fn behind_label(line: &str) -> Option<&str> {
    line.char_indices()
        .filter(|(_, c)| matches!(c, ':' | '：'))
        .find_map(|(at, _)| {
            let (before, behind) = line.split_at_checked(at)?;
            let word = before.rsplit(|c: char| !c.is_alphabetic()).next()?;
            // "Photo by:" tells of somebody else.
            let begins = before.get(..before.len() - word.len())?.trim_end();
            if begins.ends_with(char::is_alphabetic) {
                return None;
            }
            let whole = line.get(at - word.len()..)?;
            (!word.is_empty() && clean::without_label(whole).is_some())
                .then(|| behind.trim_start_matches([':', '：']))
        })
}

/// A byline without what introduces it.
pub(super) fn without_label(line: &str) -> &str {
    let line = line.trim().trim_end_matches(['|', '·', '•', ' ']);
    clean::without_label(line).unwrap_or(line).trim()
}

fn has_letters(element: ElementRef<'_>) -> bool {
    let mut texts = element.text().take(NODES_AT_MOST);
    texts.any(|text| text.contains(char::is_alphabetic))
}
