//! The parts of a page that hold no news: menus, footers, the boxes beside
//! the text. What they are called tells them, unless what they hold tells
//! otherwise.

use std::collections::HashMap;
use std::sync::LazyLock;

use ego_tree::NodeId;
use ego_tree::iter::Edge;
use rustc_hash::{FxHashMap, FxHashSet};
use scraper::{ElementRef, Html, Node};

use super::entry::weight;
use super::page::{any_word_of, is_called};

/// A headline weighs at least so much; what weighs less is a menu.
pub(super) const HEADLINE_AT_LEAST: usize = 14;

/// Text of this weight below the heading of the page is its article.
const TEXT_AT_LEAST: usize = 100;

/// Fewer elements that stand alike are no list.
const KIN_AT_LEAST: usize = 3;

/// Words in class or id of such parts.
const FURNITURE: [&str; 40] = [
    "nav",
    "navbar",
    "navigation",
    "navi",
    "menu",
    "submenu",
    "topmenu",
    "breadcrumb",
    "breadcrumbs",
    "crumbs",
    "pagination",
    "pager",
    "paging",
    "footer",
    "copyright",
    "share",
    "sharing",
    "shares",
    "social",
    "comment",
    "comments",
    "login",
    "tags",
    "tag",
    "keywords",
    "cookie",
    "cookies",
    "sidebar",
    "popular",
    "trending",
    "related",
    "recommended",
    "mostread",
    "hidden",
    "search",
    "languages",
    "langs",
    "subscribe",
    "banner",
    "ad",
];

/// Words that change nothing beside one of these: `main-menu` and
/// `related-posts` are furniture; `has-sidebar` and `tag-sco` tell something
/// of a part that is none.
const NEUTRAL: [&str; 64] = [
    "area",
    "article",
    "articles",
    "bar",
    "block",
    "blocks",
    "body",
    "bottom",
    "box",
    "btn",
    "button",
    "buttons",
    "col",
    "column",
    "container",
    "content",
    "entry",
    "first",
    "foot",
    "form",
    "global",
    "group",
    "head",
    "header",
    "icon",
    "icons",
    "inner",
    "item",
    "items",
    "last",
    "layout",
    "left",
    "line",
    "link",
    "links",
    "list",
    "main",
    "meta",
    "mobile",
    "module",
    "nav",
    "news",
    "notice",
    "outer",
    "page",
    "panel",
    "popup",
    "post",
    "posts",
    "primary",
    "right",
    "root",
    "row",
    "secondary",
    "section",
    "side",
    "site",
    "stories",
    "story",
    "text",
    "title",
    "top",
    "widget",
    "wrap",
];

/// The words of both lists, and whether they are of the first.
static WORDS: LazyLock<FxHashMap<&str, bool>> = LazyLock::new(|| {
    let neutral = NEUTRAL.map(|word| (word, false));
    let furniture = FURNITURE.map(|word| (word, true));
    neutral.into_iter().chain(furniture).collect()
});

/// What stands in such a part.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    headlines: usize,
    /// The weight of its headlines and of its text.
    reading: usize,
    text: usize,
    heading: bool,
}

impl Held {
    fn text(text: usize) -> Self {
        Self {
            reading: text,
            text,
            ..Self::default()
        }
    }

    fn add(&mut self, other: Self) {
        self.headlines += other.headlines;
        self.reading += other.reading;
        self.text += other.text;
        self.heading |= other.heading;
    }

    /// Whether it is the list of the page, whatever it is called: the results
    /// of a search, the page of a tag.
    fn is_most_of(self, page: Self) -> bool {
        self.headlines > 0
            && self.headlines * 5 >= page.headlines * 2
            && self.reading * 5 >= page.reading * 2
    }

    fn is_article(self) -> bool {
        self.heading && self.text >= TEXT_AT_LEAST
    }
}

/// Elements of one kind in one place.
#[derive(Clone, Copy, Debug, Default)]
struct Kin {
    elements: usize,
    /// Those of them that are called furniture.
    called: usize,
}

/// The parent of elements that stand alike, and what they are.
type Place = (Option<NodeId>, String);

struct Part {
    node: NodeId,
    place: Place,
    /// Place and name: such parts are judged together.
    name: Place,
    is_form: bool,
    /// What asks for consent may be long, and have a heading of its own.
    is_notice: bool,
    /// An entry may stand so, if others stand alike.
    may_be_entry: bool,
    held: Held,
}

/// All nodes in the parts of the page that hold no news.
pub(super) fn of(html: &Html) -> FxHashSet<NodeId> {
    let Survey {
        parts,
        kin,
        named,
        page,
    } = Survey::of(html);
    let is_news = |part: &Part| {
        let kin = kin.get(&part.place).copied().unwrap_or_default();
        let together = named.get(&part.name).copied().unwrap_or_default();
        let is_one_of_many = kin.elements >= KIN_AT_LEAST && kin.called < kin.elements;
        let is_entry = part.may_be_entry && part.held.headlines == 1 && is_one_of_many;
        (part.held.is_article() && !part.is_notice)
            || (part.is_form && part.held.text >= TEXT_AT_LEAST)
            || together.is_most_of(page)
            || is_entry
    };
    let called: FxHashSet<NodeId> = parts
        .iter()
        .filter(|part| !is_news(part))
        .map(|part| part.node)
        .collect();
    let mut found = FxHashSet::default();
    for node in html.tree.root().descendants() {
        let parent = node.parent();
        let is_inside = parent.is_some_and(|parent| found.contains(&parent.id()));
        if is_inside || called.contains(&node.id()) {
            found.insert(node.id());
        }
    }
    found
}

#[derive(Default)]
struct Survey {
    parts: Vec<Part>,
    kin: HashMap<Place, Kin>,
    named: HashMap<Place, Held>,
    page: Held,
}

impl Survey {
    fn of(html: &Html) -> Self {
        let mut survey = Self::default();
        // The parts that are open, and the outermost link or heading.
        let mut open: Vec<Part> = Vec::new();
        let mut line: Option<(NodeId, Held)> = None;
        for edge in html.tree.root().traverse() {
            match edge {
                Edge::Open(node) => match node.value() {
                    Node::Text(text) => {
                        let text = weight(text);
                        match &mut line {
                            Some((_, held)) => held.reading += text,
                            None => survey.hold(&mut open, Held::text(text)),
                        }
                    }
                    Node::Element(_) => {
                        let Some(element) = ElementRef::wrap(node) else {
                            continue;
                        };
                        open.extend(survey.part(element));
                        let name = element.value().name();
                        if line.is_none() && is_line(name) {
                            line = Some((node.id(), Held::default()));
                        }
                        if let Some((_, held)) = &mut line {
                            held.heading |= name == "h1";
                        }
                    }
                    _ => {}
                },
                Edge::Close(node) => {
                    if let Some((id, held)) = line
                        && id == node.id()
                    {
                        line = None;
                        let name = node.value().as_element().map_or("", |e| e.name());
                        if held.reading >= HEADLINE_AT_LEAST && is_shown(name) {
                            survey.hold(
                                &mut open,
                                Held {
                                    headlines: 1,
                                    ..held
                                },
                            );
                        }
                    }
                    if open.last().is_some_and(|part| part.node == node.id())
                        && let Some(part) = open.pop()
                    {
                        survey.close(part, open.last_mut());
                    }
                }
            }
        }
        survey
    }

    /// Counts an element among its kin; a part if it is called furniture.
    fn part(&mut self, element: ElementRef<'_>) -> Option<Part> {
        let place = (element.parent().map(|parent| parent.id()), kind(element));
        let is_part = is_called_so(element);
        let kin = self.kin.entry(place.clone()).or_default();
        kin.elements += 1;
        kin.called += usize::from(is_part);
        let name = element.value().name();
        let class = element.value().classes().next().unwrap_or_default();
        is_part.then(|| Part {
            node: element.id(),
            is_form: name == "form",
            is_notice: name == "dialog" || is_called(element, &["cookie", "cookies"]),
            may_be_entry: matches!(name, "li" | "tr" | "dd") || place.1.contains('.'),
            name: if place.1.contains('.') {
                place.clone()
            } else {
                (place.0, format!("{name} {class}"))
            },
            place,
            held: Held::default(),
        })
    }

    fn hold(&mut self, open: &mut [Part], held: Held) {
        self.page.add(held);
        if let Some(part) = open.last_mut() {
            part.held.add(held);
        }
    }

    fn close(&mut self, part: Part, outer: Option<&mut Part>) {
        if let Some(outer) = outer {
            outer.held.add(part.held);
        }
        self.named
            .entry(part.name.clone())
            .or_default()
            .add(part.held);
        self.parts.push(part);
    }
}

/// Whether the text of such an element is no paragraph.
fn is_line(name: &str) -> bool {
    matches!(name, "a" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6") || !is_shown(name)
}

fn is_shown(name: &str) -> bool {
    !matches!(name, "script" | "title")
}

/// Tag and first class of an element: what entries of one list have in
/// common. Numbers, and words that tell places in the list or call an entry
/// furniture, do not count.
pub(super) fn kind(element: ElementRef<'_>) -> String {
    const PLACES: [&str; 16] = [
        "first", "last", "odd", "even", "active", "current", "selected", "new", "top", "clearfix",
        "cf", "left", "right", "fl", "fr", "visited",
    ];
    let class = element.value().classes().find(|class| {
        !PLACES.contains(class) && !class.bytes().any(|b| b.is_ascii_digit()) && !is_name(class)
    });
    let name = element.value().name();
    class.map_or_else(|| name.to_owned(), |class| format!("{name}.{class}"))
}

/// Whether an element is called a part of the page that holds no news.
fn is_called_so(element: ElementRef<'_>) -> bool {
    let value = element.value();
    if matches!(value.name(), "nav" | "footer" | "aside" | "form" | "dialog") {
        return true;
    }
    if matches!(value.name(), "html" | "body" | "main" | "article" | "a") {
        return false;
    }
    let role = value.attr("role").unwrap_or_default();
    let style = value.attr("style").unwrap_or_default().replace(' ', "");
    let others = ["id", "itemprop"].map(|key| value.attr(key));
    matches!(
        role,
        "navigation" | "banner" | "contentinfo" | "search" | "menu"
    ) || value.attr("hidden").is_some()
        || style.contains("display:none")
        || value
            .classes()
            .chain(others.into_iter().flatten())
            .any(is_name)
}

/// Whether a class or an id is a name of furniture as a whole.
fn is_name(name: &str) -> bool {
    // `Header_menu__x81Ka` is written by a program.
    let name = match name.rsplit_once("__") {
        Some((name, hash)) if hash.bytes().any(|b| b.is_ascii_digit()) => name,
        _ => name,
    };
    // That is how blog programs write the tags of an entry.
    if name.starts_with("tag-") {
        return false;
    }
    let mut is_furniture = false;
    let says_more = any_word_of(name, |word| match WORDS.get(word) {
        Some(furniture) => {
            is_furniture |= furniture;
            false
        }
        None => true,
    });
    is_furniture && !says_more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_names_furniture_as_a_whole() {
        for name in [
            "tags",
            "main-menu",
            "relatedPosts",
            "site_footer",
            "sidebar-2",
            "news__comments",
            "Header_menu__x81Ka",
        ] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "tag-sco",
            "tag-news",
            "has-sidebar",
            "no-banner",
            "comments-open",
            "hidden-xs",
            "ad-free",
            "share-on",
            "main",
            "",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }
}
