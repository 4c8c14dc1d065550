//! Who wrote an entry, as a page shows it.

use ego_tree::iter::Edge;
use scraper::{ElementRef, Node};

use super::days::DATE_WORDS;
use super::draft::escaped;
use super::page::is_called;
use super::rows::MARKS;
use crate::text::plain;

/// Words in class or id of what names an author.
pub(super) const AUTHOR_WORDS: [&str; 6] =
    ["author", "authors", "byline", "writer", "reporter", "yazar"];

/// Nodes that are looked at in search of a name.
const NODES_AT_MOST: usize = 200;

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
                name.push_str(text);
            }
            Node::Element(_) => {
                let Some(inner) = ElementRef::wrap(node) else {
                    continue;
                };
                let tag = inner.value().name();
                let is_date = inner != element && (tag == "time" || is_called(inner, &DATE_WORDS));
                let ends = is_date || tag == "br" || (tag == "a" && after_link);
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

fn has_letters(element: ElementRef<'_>) -> bool {
    let mut texts = element.text().take(NODES_AT_MOST);
    texts.any(|text| text.contains(char::is_alphabetic))
}
