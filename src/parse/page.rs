//! An HTML page as it is read: its tree, within limits, and what it says of
//! itself. What is read from it stands in `select`, `ladder` and `article`.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::LazyLock;

use ego_tree::NodeId;
use ego_tree::iter::Edge;
use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
use scraper::{ElementRef, Html, Node, Selector};
use serde_json::Value;

use super::bounded::bounded;
use super::credit::AUTHOR_WORDS;
use super::days::{Calendar, DATE_WORDS};
use super::draft::escape;
use super::entry::{Ground, has_clock};
use super::headline::{BESIDE_WORDS, TITLE_WORDS};
use super::lead::LEAD_WORDS;
use super::{Recipe, furniture, linked};
use crate::model::{Failure, WebUrl};
use crate::text::markup::{self, Piece};
use crate::text::{language, plain};

/// A page under reading.
pub(super) struct Page<'r> {
    pub(super) html: Html,
    pub(super) ground: Ground<'r>,
    /// The page's own title.
    pub(super) title: Option<String>,
    /// What the page tells machines (JSON-LD), object by object.
    pub(super) linked: Vec<Value>,
    furniture: OnceCell<FxHashSet<NodeId>>,
    /// The texts that were read as dates: a list has the same day many times,
    /// and several rooms ask for each.
    dates: RefCell<HashMap<String, Option<Timestamp>>>,
    /// The texts that were looked at as short dates, and what they are.
    short_dates: RefCell<HashMap<String, Option<String>>>,
    /// The dates between the blocks of lists: a page has many lists to try,
    /// and they stand around the same texts.
    calendar: OnceCell<Calendar>,
    /// What elements are called, by [`Sort`]: blocks are looked through for
    /// each list that shares them.
    called: RefCell<FxHashMap<NodeId, u8>>,
    /// The first content of each `<meta>` name, which is in lower case.
    metas: HashMap<String, String>,
}

/// What an element in the block of an entry may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Sort {
    Date = 1,
    Lead = 2,
    Author = 4,
    Title = 8,
    Beside = 16,
}

/// The words of all sorts.
static SORTS: LazyLock<FxHashMap<&str, u8>> = LazyLock::new(|| {
    let mut sorts = FxHashMap::default();
    let lists: [(Sort, &[&str]); 5] = [
        (Sort::Date, &DATE_WORDS),
        (Sort::Lead, &LEAD_WORDS),
        (Sort::Author, &AUTHOR_WORDS),
        (Sort::Title, &TITLE_WORDS),
        (Sort::Beside, &BESIDE_WORDS),
    ];
    for (sort, words) in lists {
        for word in words {
            *sorts.entry(*word).or_default() |= sort as u8;
        }
    }
    sorts
});

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
            dates: RefCell::default(),
            short_dates: RefCell::default(),
            calendar: OnceCell::new(),
            called: RefCell::default(),
            metas: metas(&html),
            html,
        };
        let base = page.first("base[href]").and_then(|base| base.attr("href"));
        if let Some(base) = base.and_then(|base| url.based(base)) {
            page.ground.rebase(base);
        }
        page.ground.language = page.language();
        let title = page.first("head").and_then(|head| {
            let mut inside = head.child_elements();
            inside.find(|element| element.value().name() == "title")
        });
        page.title = title
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
        let find = || furniture::of(&self.html);
        self.furniture.get_or_init(find).contains(&element.id())
    }

    /// Whether a word of the element's class or id is of this sort.
    pub(super) fn is_called(&self, element: ElementRef<'_>, sort: Sort) -> bool {
        let find = || {
            let mut all = 0;
            any_word(element, |word| {
                all |= SORTS.get(word).copied().unwrap_or_default();
                false
            });
            all
        };
        let mut called = self.called.borrow_mut();
        *called.entry(element.id()).or_insert_with(find) & sort as u8 != 0
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

    /// The moment that `text` names. In a page with far more texts than any
    /// list has the later ones name none: reading them all takes too long.
    pub(super) fn date(&self, text: &str) -> Option<Timestamp> {
        if let Some(known) = self.dates.borrow().get(text) {
            return *known;
        }
        let is_too_late = self.dates.borrow().len() >= DATES_AT_MOST;
        let date = (!is_too_late).then(|| self.ground.date(text))?;
        self.dates.borrow_mut().insert(text.to_owned(), date);
        date
    }

    /// What `read` finds in a short text, read once: lists share blocks. With
    /// far more texts than any list has the later ones are no dates.
    pub(super) fn short_date(
        &self,
        text: &str,
        read: impl FnOnce() -> Option<String>,
    ) -> Option<String> {
        if let Some(known) = self.short_dates.borrow().get(text) {
            return known.clone();
        }
        let is_too_late = self.short_dates.borrow().len() >= 2 * DATES_AT_MOST;
        let date = (!is_too_late).then(read)?;
        let text = text.to_owned();
        self.short_dates.borrow_mut().insert(text, date.clone());
        date
    }

    /// Whether more texts may be read in search of the dates between entries:
    /// half of all is for those in them.
    pub(super) fn may_have_dates(&self) -> bool {
        self.dates.borrow().len() < DATES_AT_MOST / 2
    }

    /// The dates that stand between the blocks of lists.
    pub(super) fn calendar(&self) -> &Calendar {
        self.calendar.get_or_init(|| Calendar::of(self))
    }

    /// The date that an element holds, as written: for machines, else for
    /// eyes, where it may be split over tags.
    pub(super) fn date_of(&self, element: ElementRef<'_>) -> Option<String> {
        let is_date = |text: &String| self.date(text).is_some();
        let machine = machine_date(element).map(str::to_owned).filter(is_date);
        // Where machines are told the day alone, eyes may be told its hour.
        let day = |text: &str| {
            let moment = self.date(text)?;
            Some(self.ground.recipe.zone.to_datetime(moment).date())
        };
        let hour = machine
            .as_deref()
            .filter(|told| !has_clock(told))
            .and_then(|told| {
                let line = short_line(element, DATE_AT_MOST)?;
                (has_clock(&line) && day(&line) == day(told)).then_some(line)
            });
        hour.or(machine).or_else(|| {
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

/// Tags and texts of what is a part of a page and not most of it.
const NODES_AT_MOST: usize = 300;

/// Spaces around its texts, in bytes: elements nest, and each has the spaces of
/// those inside.
const SPACES_AT_MOST: usize = 16 * 1024;

/// Texts of one page that are read as dates: some for each of the entries that
/// a list may have.
const DATES_AT_MOST: usize = 6_000;

/// Text longer than this is no date.
pub(super) const DATE_AT_MOST: usize = 60;

/// A date whose parts stood in tags of their own, written as one:
/// `2026 11 / 20 14:05` is `2026-11-20 14:05`.
fn whole(text: &str) -> String {
    if let Some(day) = leaf(text) {
        return day;
    }
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

/// The day that the leaf of a calendar shows: `26` over `2026-11`.
fn leaf(text: &str) -> Option<String> {
    let (day, month) = text.split_once(' ')?;
    let parts = month.split(['-', '/', '.', '年', '月', ' ']);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let [first, last] = parts.as_slice() else {
        return None;
    };
    let (year, month) = if first.len() == 4 {
        (first, last)
    } else {
        (last, first)
    };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_day = |text: &str| matches!(text.len(), 1..=2) && is_number(text);
    let is_leaf = is_day(day) && is_day(month) && year.len() == 4 && is_number(year);
    is_leaf.then(|| format!("{year}-{month:0>2}-{day:0>2}"))
}

/// Whether any of the words of an element's class and id, in lower case, is
/// so: `news-list__item` is `news`, `list` and `item`.
fn any_word(element: ElementRef<'_>, mut is: impl FnMut(&str) -> bool) -> bool {
    let telling = |name: &str| matches!(name, "class" | "id" | "itemprop" | "rel");
    let mut attributes = element.value().attrs();
    attributes.any(|(name, value)| telling(name) && any_word_of(value, &mut is))
}

/// Whether any of the words of a class or an id, or of several, is so. All
/// that we look for are ASCII: what is not belongs to its word.
pub(super) fn any_word_of(names: &str, mut is: impl FnMut(&str) -> bool) -> bool {
    /// Nobody's class has more.
    const WORDS_AT_MOST: usize = 48;
    let names = plain::beginning(names, 256);
    let mut begin = 0;
    let mut small = false;
    let mut left = WORDS_AT_MOST;
    for (at, byte) in names.bytes().chain([b' ']).enumerate() {
        // `pubDate` is two words.
        let begins = byte.is_ascii_uppercase() && small;
        let is_letter = byte.is_ascii_alphabetic() || !byte.is_ascii();
        if !is_letter || begins {
            let word = names.get(begin..at).unwrap_or_default();
            begin = if is_letter { at } else { at + 1 };
            if !word.is_empty() {
                let is_loud = word.bytes().any(|byte| byte.is_ascii_uppercase());
                let is_it = if is_loud {
                    is(&word.to_ascii_lowercase())
                } else {
                    is(word)
                };
                left -= 1;
                if is_it || left == 0 {
                    return is_it;
                }
            }
        }
        small = byte.is_ascii_lowercase();
    }
    false
}

/// Whether a word of the element's class or id is one of these.
pub(super) fn is_called(element: ElementRef<'_>, names: &[&str]) -> bool {
    any_word(element, |word| names.contains(&word))
}

/// Whether a word of the element's class or id is one of any of these lists.
pub(super) fn is_called_one(element: ElementRef<'_>, lists: &[&[&str]]) -> bool {
    any_word(element, |word| {
        lists.iter().any(|names| names.contains(&word))
    })
}

/// The text of an element on one line.
pub(super) fn line(element: ElementRef<'_>) -> String {
    plain::line(&markup_in(element))
}

/// The markup inside an element, its tags without attributes: what `plain`
/// reads. `ElementRef::inner_html` takes the square of a text's length where
/// that is full of `&` and has no `<` (html5ever 0.40).
pub(super) fn markup_in(element: ElementRef<'_>) -> String {
    let mut markup = String::new();
    for edge in element.traverse() {
        let (node, begin) = match edge {
            Edge::Open(node) => (node, "<"),
            Edge::Close(node) => (node, "</"),
        };
        match node.value() {
            Node::Text(text) if begin == "<" => escape(text, &mut markup),
            Node::Element(inner) if node.id() != element.id() => {
                markup.extend([begin, inner.name(), ">"]);
            }
            _ => {}
        }
    }
    markup
}

/// The text of an element on one line, if it has at most so many bytes: what
/// is looked for is short, and elements nest.
pub(super) fn short_line(element: ElementRef<'_>, most: usize) -> Option<String> {
    is_short(element, most).then(|| line(element))
}

/// Where a click on an element leads: a link's address, or what a script of
/// the page reads or does instead of one.
pub(super) fn target(element: ElementRef<'_>) -> Option<&str> {
    let value = element.value();
    let href = value.attr("href").filter(|_| value.name() == "a");
    let script = match href {
        Some(href) if href.trim().starts_with('#') || href.trim().is_empty() => None,
        Some(href) if !href.trim_start().starts_with("javascript:") => return Some(href),
        script => script,
    };
    // A picture's address is its own.
    if matches!(
        value.name(),
        "img" | "source" | "video" | "audio" | "iframe" | "input" | "button" | "form" | "script"
    ) {
        return None;
    }
    let told = first_of(element, &["data-href", "data-url", "data-link"], |_| true);
    told.filter(|told| is_address(told))
        .or_else(|| opened(script?))
        .or_else(|| opened(first_of(element, &["onclick"], |_| true)?))
}

/// The value of the first of these attributes that is so. `Element::attr` looks
/// each name up in the table of all (`string_cache` 0.9).
fn first_of<'h>(
    element: ElementRef<'h>,
    names: &[&str],
    is: impl Fn(&str) -> bool,
) -> Option<&'h str> {
    let attributes = element.value().attrs();
    let named = attributes.filter_map(|(name, value)| {
        let place = names.iter().position(|known| *known == name)?;
        is(value).then_some((place, value))
    });
    named
        .min_by_key(|(place, _)| *place)
        .map(|(_, value)| value)
}

/// The address that a script opens: what is assigned to the page's own, or
/// else the first text between quotes that can be nothing but an address.
fn opened(script: &str) -> Option<&str> {
    const SCRIPT_AT_MOST: usize = 500;
    const OPENS: [&str; 4] = ["location", "open", "href", "go"];
    /// What is opened in the page is no page of its own.
    const INSIDE: [&str; 4] = ["modal", "popup", "dialog", "login"];
    const GIVEN_TO: [&str; 5] = [
        "location",
        ".href",
        "window.open",
        "location.assign",
        "location.replace",
    ];
    let script = plain::beginning(script, SCRIPT_AT_MOST);
    let mut parts = script.split(['\'', '"']);
    let mut before = parts.next()?;
    let (mut opens, mut is_inside) = (false, false);
    let mut read = |text: &str| {
        any_word_of(text, |word| {
            opens |= OPENS.contains(&word);
            is_inside |= INSIDE.contains(&word);
            false
        });
        opens && !is_inside
    };
    let mut is_called = read(before);
    while let Some(quoted) = parts.next() {
        let given = before.trim_end().strip_suffix(['=', '(']);
        let is_given =
            given.is_some_and(|to| GIVEN_TO.iter().any(|name| to.trim_end().ends_with(name)));
        if (is_called && is_surely_address(quoted)) || (is_given && is_address(quoted)) {
            return Some(quoted);
        }
        before = parts.next()?;
        is_called = read(before);
    }
    None
}

fn is_address(text: &str) -> bool {
    let text = text.trim();
    text.contains(['/', '.', '?']) && !text.contains(char::is_whitespace) && text.len() > 2
}

/// Whether a text is an address, and not the name of something, as
/// `category.click` is.
fn is_surely_address(text: &str) -> bool {
    const FORMATS: [&str; 8] = [
        ".html", ".htm", ".shtml", ".php", ".asp", ".aspx", ".jsp", ".do",
    ];
    let text = text.trim();
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let begins = ["/", "./", "../", "?", "http://", "https://"];
    is_address(text)
        && (begins.iter().any(|begin| text.starts_with(begin))
            || FORMATS.iter().any(|format| path.ends_with(format)))
}

/// Whether the text of an element has at most so many bytes, and few elements
/// around them: what is looked for is no page of its own.
pub(super) fn is_short(element: ElementRef<'_>, most: usize) -> bool {
    let mut bytes = 0;
    let mut spaces = 0;
    let mut nodes = 0;
    element.descendants().all(|node| {
        nodes += 1;
        if let Some(text) = node.value().as_text() {
            let (seen, _) = text.split_at(text.floor_char_boundary(SPACES_AT_MOST));
            let said = seen.trim().len();
            bytes += said + text.len() - seen.len();
            spaces += seen.len() - said;
        }
        bytes <= most && spaces <= SPACES_AT_MOST && nodes <= NODES_AT_MOST
    })
}

/// Whether an element holds no more than a part of a page may.
pub(super) fn is_small(element: ElementRef<'_>) -> bool {
    element.descendants().nth(NODES_AT_MOST).is_none()
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
    let is_date = |text: &str| text.bytes().any(|b| b.is_ascii_digit()) && text.trim().len() <= 64;
    first_of(element, &NAMES, is_date).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_taken_apart() {
        let html = Html::parse_fragment(r#"<p class="news-list__item pubDate" id="t1">"#);
        let p = Selector::parse("p").unwrap();
        let p = html.select(&p).next().unwrap();
        let mut found = Vec::new();
        any_word(p, |word| {
            found.push(word.to_owned());
            false
        });
        assert_eq!(found, ["news", "list", "item", "pub", "date", "t"]);
        assert!(is_called(p, &["date"]) && !is_called(p, &["newslist"]));
    }

    #[test]
    fn a_script_opens_what_can_be_nothing_but_an_address() {
        for (script, expected) in [
            ("location.href='/n/1'", Some("/n/1")),
            ("window.location = \"n/1\"; return false", Some("n/1")),
            ("location='n.1'", Some("n.1")),
            ("window.open('n/1', '_blank')", Some("n/1")),
            ("javascript:openNews('n_1.html')", Some("n_1.html")),
            ("go('?id=1')", Some("?id=1")),
            ("gtag('event','category.click')", None),
            ("ga('send','event','logo.png')", None),
            ("openModal('login.html')", None),
            (
                "push({'event':'select.item','list':'home/top'});window.open",
                None,
            ),
            ("history.go(-1)", None),
        ] {
            assert_eq!(opened(script), expected, "{script}");
        }
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
        assert_eq!(page.ground.base().as_str(), "https://volga.example/c/");
        assert!(Page::read(&recipe, &url, "no tag", Timestamp::UNIX_EPOCH).is_err());
    }
}
