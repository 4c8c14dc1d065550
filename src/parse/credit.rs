//! Who wrote an entry, as a page shows it.

use ego_tree::iter::Edge;
use scraper::{ElementRef, Node};

use super::clean;
use super::days::DATE_WORDS;
use super::draft::escaped;
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
                if opens && ends && name.contains(char::is_alphabetic) {
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

/// The name in a line such as "By Anna Orlova".
pub(super) fn labelled(near: ElementRef<'_>) -> Option<String> {
    let begins = |element: &ElementRef<'_>| {
        let mut texts = element
            .children()
            .filter_map(|child| child.value().as_text());
        // "By " is before the link of its author; "by" is in the midst of a text.
        let text = texts.find(|text| !text.trim().is_empty());
        let text = text.map(|text| format!("{}x", text.trim_start()));
        text.is_some_and(|text| {
            !text.starts_with(char::is_lowercase) && clean::without_label(&text).is_some()
        })
    };
    near.descendent_elements()
        .take(4 * ELEMENTS_OF_BLOCK)
        .filter(begins)
        .take(LINES_AT_MOST)
        .filter_map(|element| short_line(element, BYLINE_AT_MOST))
        .flat_map(|line| {
            line.split(MARKS)
                .map(str::trim)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .find_map(|part| {
            let name = without_label(&part);
            let named = || clean::people(name.to_owned());
            let is_one = |name: &String| clean::is_person(name) || clean::is_chinese_name(name);
            (name != part && named().iter().all(is_one)).then(|| name.to_owned())
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
