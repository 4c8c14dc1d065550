//! An HTML page as it is read: its tree, within limits, and what it says of
//! itself. What is read from it stands in `select`, `ladder` and `article`.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use ego_tree::NodeId;
use jiff::Timestamp;
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;

use super::entry::Ground;
use super::{Recipe, linked, rows};
use crate::model::{Failure, WebUrl};
use crate::text::markup::{self, Piece};
use crate::text::{language, plain};

/// HTML nested deeper is flattened: html5ever has no limit and is quadratic
/// (C-12, H-35).
const DEPTH_AT_MOST: usize = 256;

/// Formatting tags that may be open at once: html5ever opens all of them
/// again in every following block.
const FORMATS_AT_MOST: usize = 16;

/// Elements that are read of one page: a list of news has a fifth of it.
const ELEMENTS_AT_MOST: usize = 20_000;

/// A tag with more attributes is nobody's markup (H-36).
const ATTRIBUTES_AT_MOST: usize = 64;

/// A page under reading.
pub(super) struct Page<'r> {
    pub(super) html: Html,
    pub(super) ground: Ground<'r>,
    /// The page's own title.
    pub(super) title: Option<String>,
    /// What the page tells machines (JSON-LD), object by object.
    pub(super) linked: Vec<Value>,
    furniture: OnceCell<HashSet<NodeId>>,
    /// The first content of each `<meta>` name, which is in lower case.
    metas: HashMap<String, String>,
}

impl<'r> Page<'r> {
    /// Reads the text of a document that came from `url`. Text without a
    /// single tag is no page.
    pub(super) fn read(
        recipe: &'r Recipe,
        url: &WebUrl,
        text: &str,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        if !markup::pieces(text).any(|piece| matches!(piece, Piece::Open(_))) {
            return Err(Failure::NotAFeed(
                "no page: there is no tag in it".to_owned(),
            ));
        }
        let html = Html::parse_document(&bounded(text));
        let mut page = Self {
            ground: Ground::new(recipe, url, now),
            title: None,
            linked: linked::objects(&html),
            furniture: OnceCell::new(),
            metas: metas(&html),
            html,
        };
        let base = page.first("base[href]").and_then(|base| base.attr("href"));
        if let Some(base) = base.and_then(|base| url.join(base)) {
            page.ground.base = base;
        }
        page.ground.language = page.language();
        page.title = page
            .first("head title")
            .map(|title| plain::tidy(&title.text().collect::<String>()).replace('\n', " "))
            .filter(|title| !title.is_empty());
        Ok(page)
    }

    fn language(&self) -> Option<String> {
        let lang = ["lang", "xml:lang"]
            .iter()
            .find_map(|name| self.html.root_element().attr(name));
        let stated = lang.map(str::to_owned).or_else(|| {
            self.first("meta[http-equiv='content-language' i]")
                .and_then(|meta| meta.attr("content"))
                .map(str::to_owned)
                .or_else(|| self.meta(&["og:locale"]))
        });
        // Some name the charset there.
        let tag = stated.as_deref().and_then(language::tag);
        tag.filter(|tag| !tag.starts_with("utf"))
    }

    /// Whether an element stands in a part of the page that is no news.
    pub(super) fn is_in_furniture(&self, element: ElementRef<'_>) -> bool {
        let find = || {
            let mut found = HashSet::new();
            for node in self.html.tree.root().descendants() {
                let inside = node
                    .parent()
                    .is_some_and(|parent| found.contains(&parent.id()));
                if inside || ElementRef::wrap(node).is_some_and(rows::is_furniture) {
                    found.insert(node.id());
                }
            }
            found
        };
        self.furniture.get_or_init(find).contains(&element.id())
    }

    /// The first element that a selector of ours finds.
    pub(super) fn first(&self, selector: &str) -> Option<ElementRef<'_>> {
        let selector = Selector::parse(selector).ok()?;
        self.html.select(&selector).next()
    }

    /// The elements that a selector of ours finds, in page order.
    pub(super) fn all(&self, selector: &str) -> Vec<ElementRef<'_>> {
        Selector::parse(selector)
            .map(|selector| self.html.select(&selector).collect())
            .unwrap_or_default()
    }

    /// The date that an element holds, as written: for machines, else for
    /// eyes, where it may be split over tags.
    pub(super) fn date_of(&self, element: ElementRef<'_>) -> Option<String> {
        let is_date = |text: &String| self.ground.date(text).is_some();
        let machine = machine_date(element).map(str::to_owned).filter(is_date);
        machine.or_else(|| {
            let line = short_line(element, 4 * DATE_AT_MOST)?;
            if is_date(&line) {
                return Some(line);
            }
            let parts = element.text().map(str::trim);
            let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
            Some(whole(&parts.join(" "))).filter(|whole| *whole != line && is_date(whole))
        })
    }

    /// The content of the first of these `<meta>` names that the page has.
    pub(super) fn meta(&self, names: &[&str]) -> Option<String> {
        names
            .iter()
            .find_map(|name| self.metas.get(&name.to_ascii_lowercase()))
            .cloned()
    }
}

fn metas(html: &Html) -> HashMap<String, String> {
    let mut metas = HashMap::new();
    for element in html.root_element().descendent_elements() {
        let content = match element.value().name() {
            "meta" => element.attr("content").unwrap_or_default().trim(),
            _ => continue,
        };
        let names = ["property", "name", "itemprop"];
        for name in names.iter().filter_map(|name| element.attr(name)) {
            if !content.is_empty() {
                metas
                    .entry(name.trim().to_ascii_lowercase())
                    .or_insert_with(|| content.to_owned());
            }
        }
    }
    metas
}

/// Text longer than this is no date.
pub(super) const DATE_AT_MOST: usize = 60;

/// A date whose parts stood in tags of their own, written as one:
/// `2026 11 / 20 14:05` is `2026-11-20 14:05`.
fn whole(text: &str) -> String {
    let mut whole = text.to_owned();
    for mark in ['/', '-', '.', ':', '年', '月'] {
        whole = whole
            .split(mark)
            .map(str::trim)
            .collect::<Vec<_>>()
            .join(&mark.to_string());
    }
    let mut words = whole.split(' ');
    let (Some(year), Some(rest)) = (words.next(), words.next()) else {
        return whole;
    };
    let is_year = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
    match rest.split_once(['/', '-', '.']) {
        Some((month, day)) if is_year && !day.contains(['/', '-', '.']) => {
            let clock: Vec<&str> = words.collect();
            format!("{year}-{month}-{day} {}", clock.join(" "))
        }
        _ => whole,
    }
}

/// The words of an element's class and id, in lower case: `news-list__item`
/// is `news`, `list` and `item`.
pub(super) fn words(element: ElementRef<'_>) -> Vec<String> {
    let mut words = Vec::new();
    for name in ["class", "id", "itemprop", "rel"] {
        let value = element.attr(name).unwrap_or_default();
        let mut word = String::new();
        let mut small = false;
        for c in value.chars().take(256).chain([' ']) {
            // `pubDate` is two words.
            let begins = c.is_uppercase() && small;
            if (!c.is_alphabetic() || begins) && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            if c.is_alphabetic() {
                word.extend(c.to_lowercase());
            }
            small = c.is_lowercase();
        }
    }
    words
}

/// Whether a word of the element's class or id is one of these.
pub(super) fn is_called(element: ElementRef<'_>, names: &[&str]) -> bool {
    words(element)
        .iter()
        .any(|word| names.contains(&word.as_str()))
}

/// The text of an element on one line.
pub(super) fn line(element: ElementRef<'_>) -> String {
    plain::line(&element.inner_html())
}

/// The text of an element on one line, if it has at most so many bytes: what
/// is looked for is short, and elements nest.
pub(super) fn short_line(element: ElementRef<'_>, most: usize) -> Option<String> {
    is_short(element, most).then(|| line(element))
}

/// Whether the text of an element has at most so many bytes.
pub(super) fn is_short(element: ElementRef<'_>, most: usize) -> bool {
    let mut bytes = 0;
    element.text().all(|text| {
        bytes += text.trim().len();
        bytes <= most
    })
}

/// The date of an element: for machines if it says so, else its text.
pub(super) fn date_text(element: ElementRef<'_>) -> Option<String> {
    machine_date(element)
        .map(str::to_owned)
        .or_else(|| Some(line(element)))
        .filter(|text| !text.is_empty())
}

/// The date that an element holds for machines.
pub(super) fn machine_date(element: ElementRef<'_>) -> Option<&str> {
    const NAMES: [&str; 9] = [
        "datetime",
        "content",
        "data-datetime",
        "data-timestamp",
        "data-time",
        "data-date",
        "timestamp",
        "time",
        "title",
    ];
    NAMES
        .iter()
        .filter_map(|name| element.attr(name))
        .map(str::trim)
        .find(|text| text.bytes().any(|b| b.is_ascii_digit()) && text.len() <= 64)
}

/// The markup that a tree is made of: without scripts, styles, drawings and
/// comments, and without the tags that would make the tree cost more than
/// the page (C-12, H-35, H-36). The scripts that tell machines stay.
fn bounded(text: &str) -> String {
    let mut bounded = String::with_capacity(text.len());
    let mut open = Open::default();
    let mut unclosed: Vec<String> = Vec::new();
    let mut pieces = markup::pieces(text);
    loop {
        let before = pieces.rest();
        let Some(piece) = pieces.next() else { break };
        let raw = |pieces: &markup::Pieces<'_>| {
            let len = before.len() - pieces.rest().len();
            before.get(..len).unwrap_or_default()
        };
        match piece {
            Piece::Text(text) => bounded.push_str(open.text(text)),
            Piece::Close(name) => {
                let name = lower(name);
                if open.close(&name) && !DROPPED.contains(&name.as_ref()) {
                    bounded.push_str(raw(&pieces));
                }
            }
            Piece::Open(tag) => {
                let name = lower(tag.name);
                let told = name == "script"
                    && tag
                        .attribute("type")
                        .is_some_and(|kind| kind.contains("ld+json"));
                if DROPPED.contains(&name.as_ref()) {
                    let inside = pieces.rest();
                    // Where the end tag is missing it is looked for once.
                    if !tag.empty && !unclosed.iter().any(|n| *n == name) {
                        pieces.skip_raw(&name);
                        if pieces.rest().len() == inside.len() {
                            unclosed.push(name.clone().into_owned());
                        } else if told {
                            bounded.push_str(raw(&pieces));
                        }
                    }
                } else if tag.attributes().nth(ATTRIBUTES_AT_MOST).is_none() && open.open(&name) {
                    bounded.push_str(raw(&pieces));
                }
            }
            Piece::Skip if before.get(..9).is_some_and(is_doctype) => {
                bounded.push_str(raw(&pieces));
            }
            Piece::Literal(_) | Piece::Skip | Piece::Cut => {}
        }
    }
    bounded
}

/// Elements whose inside is no part of a page.
const DROPPED: [&str; 7] = [
    "script",
    "style",
    "svg",
    "noscript",
    "template",
    "plaintext",
    "frameset",
];

fn is_doctype(start: &str) -> bool {
    start.eq_ignore_ascii_case("<!doctype")
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        name.to_ascii_lowercase().into()
    } else {
        name.into()
    }
}

/// The elements that are open: at least as many as html5ever will have open
/// at the same place.
#[derive(Default)]
struct Open {
    names: Vec<String>,
    /// How often each of `names` is open.
    counts: HashMap<String, usize>,
    formats: usize,
    elements: usize,
    /// End tags that end nothing, or nothing at once.
    strays: usize,
}

impl Open {
    /// The text that may stand: to html5ever a `<` that begins no tag is as
    /// much work as a tag.
    fn text<'t>(&mut self, text: &'t str) -> &'t str {
        let Some(rest) = text.strip_prefix('<') else {
            return text;
        };
        self.elements += 1;
        if self.elements > ELEMENTS_AT_MOST {
            rest
        } else {
            text
        }
    }

    /// Whether the tag may stand.
    fn open(&mut self, name: &str) -> bool {
        // What html5ever does for one tag: the element, and the formatting
        // that it opens again inside.
        self.elements += 1 + self.formats;
        if self.elements > ELEMENTS_AT_MOST {
            return false;
        }
        if [&VOID[..], &ENDS_ITSELF, &EVER_OPEN]
            .iter()
            .any(|names| names.contains(&name))
        {
            return true;
        }
        // A link inside a link ends the outer one.
        if name == "a" {
            self.close("a");
        }
        let format = FORMATS.contains(&name);
        if self.names.len() >= DEPTH_AT_MOST || (format && self.formats >= FORMATS_AT_MOST) {
            return false;
        }
        self.names.push(name.to_owned());
        *self.counts.entry(name.to_owned()).or_default() += 1;
        self.formats += usize::from(format);
        true
    }

    /// Whether the end tag may stand: html5ever looks for what it ends among
    /// all that is open, so one that ends nothing must not come too often.
    fn close(&mut self, name: &str) -> bool {
        if self.strays > ELEMENTS_AT_MOST {
            return false;
        }
        if self.counts.get(name).is_none_or(|open| *open == 0) {
            self.strays += 1;
            return name == "br" || ENDS_ITSELF.contains(&name) || EVER_OPEN.contains(&name);
        }
        // The end of one heading ends another.
        let is_it = |open: &str| open == name || (is_heading(open) && is_heading(name));
        let place = self.names.iter().rposition(|open| is_it(open));
        let Some(at) = place else { return false };
        if FORMATS.contains(&name) || name == "form" {
            self.formats -= usize::from(name != "form");
            let ended = self.names.remove(at);
            self.ended(&ended);
            return true;
        }
        let walls = if SPECIAL.contains(&name) {
            &WALLS[..]
        } else {
            &SPECIAL[..]
        };
        let above = self.names.get(at + 1..).unwrap_or_default();
        if above.iter().any(|open| walls.contains(&open.as_str())) {
            self.strays += 1;
            return true;
        }
        for open in self.names.split_off(at) {
            if FORMATS.contains(&open.as_str()) {
                self.names.push(open);
            } else {
                self.ended(&open);
            }
        }
        true
    }

    fn ended(&mut self, name: &str) {
        if let Some(open) = self.counts.get_mut(name) {
            *open -= 1;
        }
    }
}

const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// A second one ends the first, so they do not nest by themselves.
const ENDS_ITSELF: [&str; 11] = [
    "p", "li", "dt", "dd", "option", "tr", "td", "th", "tbody", "thead", "tfoot",
];

/// html5ever's formatting elements.
const FORMATS: [&str; 14] = [
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// The first of each stays open to the end, and there is no second.
const EVER_OPEN: [&str; 3] = ["html", "head", "body"];

/// Elements that an end tag inside does not close anything beyond: those
/// with cells and the like, and those whose inside is no markup.
const WALLS: [&str; 13] = [
    "applet", "caption", "table", "marquee", "object", "select", "button", "iframe", "textarea",
    "title", "xmp", "noembed", "noframes",
];

/// Elements that only an end tag of one of them closes anything beyond: what
/// html5ever calls special, as far as it can be open here.
const SPECIAL: [&str; 48] = [
    "address",
    "applet",
    "article",
    "aside",
    "blockquote",
    "button",
    "caption",
    "center",
    "colgroup",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "iframe",
    "listing",
    "main",
    "marquee",
    "menu",
    "nav",
    "noembed",
    "noframes",
    "object",
    "ol",
    "pre",
    "search",
    "section",
    "select",
    "summary",
    "table",
    "textarea",
    "title",
    "ul",
    "xmp",
    "keygen",
];

fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(html: &Html) -> usize {
        html.tree
            .nodes()
            .map(|node| node.ancestors().count())
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn hostile_markup_makes_no_deep_and_no_large_tree() {
        for (start, end, text) in [
            ("<div>", "", ""),
            ("<ul><li>", "", "x"),
            ("<a><i>", "", "x"),
            ("<b><p>x", "", ""),
            ("<div></x>", "", ""),
            ("<b><div></b>", "", ""),
            ("<table><td></div><div>", "", ""),
            ("<div><span></div>", "", "x"),
            ("<script>", "", ""),
            ("<i a=1><i a=2><i a=3>", "<p>x", ""),
            ("<span><div></span>", "", "x"),
            ("<h1><div><h2></h1>", "", "x"),
            ("<body><form><x></form></body>", "", "x"),
            ("<form><div></form>", "", "x"),
            ("<div><textarea></div></textarea>", "", "x"),
            ("</p></x>", "", "x"),
            ("<", "", "x"),
        ] {
            let hostile = format!("{}{text}{}", start.repeat(20_000), end.repeat(20_000));
            let html = Html::parse_document(&bounded(&hostile));
            let nodes = html.tree.nodes().count();
            assert!(depth(&html) < 1_100, "{start}: {} deep", depth(&html));
            assert!(nodes < 4 * ELEMENTS_AT_MOST, "{start}: {nodes} nodes");
        }
    }

    #[test]
    fn unclosed_entries_do_not_count_as_depth() {
        let list = "<li><a href=/a>x</a><p>y".repeat(1_000);
        let html = Html::parse_document(&bounded(&format!("<ul>{list}</ul>")));
        let links = Selector::parse("ul > li > a").unwrap();
        assert_eq!(html.select(&links).count(), 1_000);
    }

    #[test]
    fn classes_are_taken_apart() {
        let html = Html::parse_fragment(r#"<p class="news-list__item pubDate" id="t1">"#);
        let p = Selector::parse("p").unwrap();
        let found = words(html.select(&p).next().unwrap());
        assert_eq!(found, ["news", "list", "item", "pub", "date", "t"]);
    }

    #[test]
    fn the_page_says_its_own_language_title_and_base() {
        let recipe = Recipe::feed();
        let url = WebUrl::parse("https://volga.example/a/b").unwrap();
        let page = Page::read(
            &recipe,
            &url,
            "<html lang=ru_RU><base href='/c/'><title>Волга &amp; Дон</title><svg><title>x",
            Timestamp::UNIX_EPOCH,
        )
        .unwrap();
        assert_eq!(page.ground.language.as_deref(), Some("ru-ru"));
        assert_eq!(page.title.as_deref(), Some("Волга & Дон"));
        assert_eq!(page.ground.base.as_str(), "https://volga.example/c/");
        assert!(Page::read(&recipe, &url, "no tag", Timestamp::UNIX_EPOCH).is_err());
    }
}
