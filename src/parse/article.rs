//! An article page: headline, lead, byline, date, language, its own address.
//!
//! What publishers write for machines comes first (JSON-LD, then `OpenGraph`
//! and its kin), what they write for eyes after it; where both say the same,
//! the longer form of it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use ego_tree::NodeId;
use jiff::{SignedDuration, Timestamp};
use scraper::ElementRef;
use serde_json::Value;

use super::credit::{self, AUTHOR_WORDS, BYLINE_AT_MOST};
use super::days::{self, DATE_WORDS};
use super::draft::escaped;
use super::entry::{day_in, has_clock, weight};
use super::headline::{TITLE_WORDS, is_heading};
use super::page::{DATE_AT_MOST, Page, is_called, is_short, markup_in, short_line};
use super::rows::{ELEMENTS_OF_BLOCK, Lists, MARKS, Row};
use super::{Recipe, clean, ladder, linked};
use crate::model::{Article, Failure, Item, Media, MediaKind, Parsed, WebUrl};
use crate::text::{fold, language, plain, url};

/// How much of the text the topic reads, in letters: a name that comes later
/// is mentioned in passing.
const TEXT_AT_MOST: usize = 1000;

/// A lead weighs at least so much.
const LEAD_AT_LEAST: usize = 30;

/// A paragraph that weighs less is a caption or a button.
const PARAGRAPH_AT_LEAST: usize = 30;

/// A headline weighs at least so much.
const HEADLINE_AT_LEAST: usize = 8;

/// What is only called a headline weighs at least so much.
const NAMED_AT_LEAST: usize = 20;

/// Article elements that are looked at for headings that lead elsewhere.
const ENTRIES_AT_MOST: usize = 20;

/// Longer text is no headline, in bytes.
const HEADLINE_AT_MOST: usize = 2_000;

/// Words in class or id of what stands between headline and text.
const STANDFIRST_WORDS: [&str; 7] = [
    "lead",
    "spot",
    "subtitle",
    "standfirst",
    "description",
    "summary",
    "announce",
];

/// Fewer entries are no list.
const ENTRIES_AT_LEAST: usize = 3;

/// Paragraphs that are read of one article.
const PARAGRAPHS_AT_MOST: usize = 40;

/// What parts a title from the outlet's name behind it.
const BEHIND_TITLE: [&str; 7] = [" | ", " - ", " — ", " – ", "_", "--", "-"];

/// Longer text is no subtitle, in bytes.
const STANDFIRST_AT_MOST: usize = 4_000;

/// Text of this weight is an article, whatever else stands on its page.
const ARTICLE_AT_LEAST: usize = 250;

/// Text that weighs no more near a headline may be a caption.
const CAPTION_AT_MOST: usize = 60;

/// Short text near a headline is that of the article, unless there is so many
/// times as much farther off.
const FARTHER_TIMES: usize = 5;

/// Elements between a headline and its date at most.
const NEAR: usize = 60;

/// Elements of one page whose lines are read for its date, or its author.
const LINES_AT_MOST: usize = 160;

/// What is read in search of headline and standfirst, in bytes: elements nest,
/// and each has the text of those inside.
const READ_AT_MOST: usize = 256 * 1024;

/// What the shortest of these counts for: it may stand in many tags.
const READ_AT_LEAST: usize = 256;

/// Reads the page; one that tells nothing of an article is a failure.
pub(super) fn read(
    recipe: &Recipe,
    base: &WebUrl,
    text: &str,
    now: Timestamp,
) -> Result<Article, Failure> {
    let page = Page::read(recipe, base, text, now)?;
    let (article, _) = of(&page);
    if article.lead.is_empty() && article.text.is_empty() {
        return Err(Failure::NotAFeed("a page without an article".to_owned()));
    }
    Ok(article)
}

/// The page as the one article that it is; `None` if it is none.
pub(super) fn alone(page: &Page<'_>, lists: &Lists<'_>) -> Option<Parsed> {
    let (article, body) = of(page);
    if !is_article(page, lists, &body, &article) {
        return None;
    }
    let mut item = Item::new("", article.title.clone()?);
    item.link.clone_from(&article.canonical);
    item.canon = item.link.as_ref().map(url::canon);
    article.complete(&mut item);
    item.key = clean::key(&item, None, item.canon.as_deref(), None);
    Some(Parsed {
        format: "article page".to_owned(),
        title: page.title.clone(),
        language: page.ground.language.clone(),
        items: vec![item],
        ..Parsed::default()
    })
}

/// Whether the page is about one article: it has its text, and not as an
/// entry of a list.
fn is_article(page: &Page<'_>, lists: &Lists<'_>, body: &Body<'_>, article: &Article) -> bool {
    let weight: usize = body.paragraphs.iter().map(|text| weight(text)).sum();
    if weight < PARAGRAPH_AT_LEAST {
        return false;
    }
    let rows = lists.list();
    // Around a link in the article itself stands all of it.
    let holds_headline = |row: &Row<'_>| {
        body.headline.is_some_and(|headline| {
            let is_linked = |node: &ElementRef<'_>| node.value().name() == "a";
            let around = || headline.ancestors().filter_map(ElementRef::wrap);
            headline.value().name() == "h1"
                && !headline
                    .descendent_elements()
                    .any(|inner| is_linked(&inner))
                && !around().any(|outer| is_linked(&outer))
                && around().any(|outer| outer == row.block)
        })
    };
    let in_list = body.container.is_some_and(|container| {
        let around: Vec<NodeId> = std::iter::once(container.id())
            .chain(container.ancestors().map(|node| node.id()))
            .collect();
        // What is linked in a text stands elsewhere than the list.
        let others = lists.best().iter().filter(|row| row.is_headed());
        let mut all = rows.iter().chain(others);
        all.any(|row| around.contains(&row.block.id()) && !holds_headline(row))
    });
    let count = |is: fn(&Value) -> bool| page.linked.iter().filter(|object| is(object)).count();
    let said = || {
        matches!(
            (count(linked::is_article), count(linked::is_video)),
            (1, _) | (0, 1)
        )
            || page
                .meta(&["og:type"])
                .is_some_and(|kind| kind.starts_with("article") || kind.starts_with("video"))
            // A list has no date of its own, and no one text.
            || told_date(page).is_some()
            || page.all("[itemprop='articleBody']").len() == 1
            || (rows.is_empty() && article.stated.is_some())
    };
    // Paragraphs with a link each, under no headline but the document's title.
    let is_list = body.headline.is_none() && {
        let inside = |row: &&Row<'_>| {
            let mut around = row.link.ancestors();
            around.any(|node| body.container.is_some_and(|body| body.id() == node.id()))
        };
        rows.iter().filter(inside).count() * 2 > body.paragraphs.len()
    };
    let is_list = is_list || is_entry(page, body) || are_entries(page, rows, &body.paragraphs);
    !in_list && !is_list && (weight >= ARTICLE_AT_LEAST || said())
}

/// Whether the text stands in one of several article elements whose own
/// headings lead elsewhere.
fn is_entry(page: &Page<'_>, body: &Body<'_>) -> bool {
    const LINKED_AT_LEAST: usize = 2;
    let link_of = |element: ElementRef<'_>| {
        let mut inside = element.descendent_elements().take(ELEMENTS_OF_BLOCK);
        let heading = inside.find(|inner| is_heading(*inner))?;
        let around = heading.ancestors().filter_map(ElementRef::wrap).take(1);
        let mut links = heading.descendent_elements().chain(around);
        let link = links.find(|link| link.value().name() == "a")?;
        page.ground.link(link.attr("href")?).map(|_| link.id())
    };
    let articles = page.all(ladder::ARTICLES).into_iter().take(ENTRIES_AT_MOST);
    let linked: Vec<_> = articles
        .filter_map(|element| Some((element.id(), link_of(element)?)))
        .collect();
    let links: HashSet<NodeId> = linked.iter().map(|(_, link)| *link).collect();
    links.len() >= LINKED_AT_LEAST
        && body.container.is_some_and(|container| {
            let mut around = std::iter::once(*container).chain(container.ancestors());
            around.any(|node| linked.iter().any(|(element, _)| *element == node.id()))
        })
}

/// Whether most of these paragraphs are headlines of a list, or their leads.
fn are_entries(page: &Page<'_>, rows: &[Row<'_>], paragraphs: &[String]) -> bool {
    let rows = rows.iter().take(PARAGRAPHS_AT_MOST);
    let leads: HashSet<String> = rows
        .clone()
        .filter_map(|row| Some(clean::lead(&row.lead(page)?.markup()).0))
        .collect();
    let is_entry = |text: &&String| {
        leads.contains(*text) || rows.clone().any(|row| text.contains(&row.headline))
    };
    let entries = paragraphs.iter().filter(is_entry).count();
    entries >= ENTRIES_AT_LEAST && entries * 2 > paragraphs.len()
}

fn of<'h>(page: &'h Page<'_>) -> (Article, Body<'h>) {
    let own = || Some(page.ground.base().clone()).filter(is_no_home);
    let canonical = canonical(page).or_else(own);
    let linked = main(page, canonical.as_ref());
    let headline = headline(page, linked);
    let title = headline.as_ref().map(|(title, _)| title.clone());
    let place = headline.and_then(|(_, element)| element);
    let body = Body::of(page, place);
    let lead = lead(page, linked, &body, title.as_deref()).unwrap_or_default();
    let told = linked
        .and_then(|linked| linked::string(linked, "articleBody"))
        .map(|body| plain::line(plain::beginning(body, 40 * TEXT_AT_MOST)));
    let text = told.unwrap_or_else(|| body.paragraphs.join(" "));
    let stated = date(page, linked, place).or_else(|| day_in(canonical.as_ref()?));
    let article = Article {
        language: tongue(
            page,
            linked,
            &format!("{} {lead}", title.as_deref().unwrap_or_default()),
        ),
        title: title.and_then(|title| clean::title(&escaped(&title))),
        lead,
        text: plain::cut(&text.replace('\n', " "), TEXT_AT_MOST),
        byline: byline(page, linked, place),
        stated: stated.and_then(|text| page.date(&text)),
        media: video(page, linked),
        canonical,
    };
    (article, body)
}

fn canonical(page: &Page<'_>) -> Option<WebUrl> {
    let link = page.first("link[rel~='canonical' i][href]");
    let href = link.and_then(|link| link.attr("href")).map(str::to_owned);
    let href = href.or_else(|| page.meta(&["og:url"]))?;
    page.ground.base().join(&href).filter(is_no_home)
}

/// A home page is nobody's article.
fn is_no_home(link: &WebUrl) -> bool {
    link.as_url().path() != "/" || link.as_url().query().is_some()
}

/// The JSON-LD of the article that the page is about: by its address, else by
/// its headline, else the first, where text comes before the videos beside it.
fn main<'p>(page: &'p Page<'_>, canonical: Option<&WebUrl>) -> Option<&'p Value> {
    let own = [Some(page.ground.base()), canonical];
    let own: Vec<String> = own.into_iter().flatten().map(url::canon).collect();
    let titles = [page.meta(&["og:title"]), page.title.clone()];
    let titles = titles.map(|title| flat(&title.unwrap_or_default()));
    let told = || {
        let of = |is: fn(&Value) -> bool| page.linked.iter().filter(move |object| is(object));
        of(linked::is_article).chain(of(linked::is_video))
    };
    let is_own = |object: &&Value| {
        linked::address(object)
            .and_then(|address| page.ground.base().join(address))
            .is_some_and(|address| own.contains(&url::canon(&address)))
    };
    let is_headed = |object: &&Value| {
        let headline = ["headline", "name"]
            .iter()
            .find_map(|key| linked::string(object, key));
        let headline = flat(headline.unwrap_or_default());
        weight(&headline) >= HEADLINE_AT_LEAST
            && titles.iter().any(|title| title.starts_with(&headline))
    };
    let found = told().find(is_own).or_else(|| told().find(is_headed));
    found.or_else(|| told().next())
}

/// The headline, and where it stands. What is visible and begins the title
/// of the document is the headline without the outlet's name.
fn headline<'h>(
    page: &'h Page<'_>,
    linked: Option<&Value>,
) -> Option<(String, Option<ElementRef<'h>>)> {
    let site = page.meta(&["og:site_name"]);
    let outlet = flat(site.as_deref().unwrap_or_default());
    let is_outlet = |text: &str| !outlet.is_empty() && flat(text) == outlet;
    let shared = page.meta(&["og:title", "twitter:title"]);
    let told = linked.is_some() || shared.as_ref().is_some_and(|title| !is_outlet(title));
    let headline = linked.and_then(|linked| linked::string(linked, "headline"));
    let titles: Vec<String> = [
        headline.map(|headline| plain::line(plain::beginning(headline, HEADLINE_AT_MOST))),
        shared,
        page.title.clone(),
    ]
    .into_iter()
    .flatten()
    .map(|title| plain::beginning(&title, HEADLINE_AT_MOST).to_owned())
    .filter(|title| !is_outlet(title))
    .collect();
    let flat_titles: Vec<String> = titles.iter().map(|title| flat(title)).collect();
    let mut best: Option<(usize, String, ElementRef<'h>)> = None;
    let mut first: Option<(usize, String, ElementRef<'h>)> = None;
    let mut named: Option<(String, ElementRef<'h>)> = None;
    let mut read = 0;
    for element in page.html.root_element().descendent_elements() {
        let name = element.value().name();
        let heading = matches!(name, "h1" | "h2" | "h3");
        let called = matches!(name, "div" | "span" | "p" | "td" | "strong" | "b" | "font");
        let is_large = || name == "font" && element.attr("size").is_some_and(is_large);
        let is_named = || is_called(element, &TITLE_WORDS) || is_large();
        if !(heading || called && is_named()) || page.is_in_furniture(element) {
            continue;
        }
        if read > READ_AT_MOST {
            break;
        }
        let Some(text) = short_line(element, HEADLINE_AT_MOST) else {
            continue;
        };
        read += text.len().max(READ_AT_LEAST);
        let weight = weight(&text);
        if !(HEADLINE_AT_LEAST..=300).contains(&weight) || is_outlet(&text) {
            continue;
        }
        let rank = usize::from(name == "h1") * 2 + usize::from(name == "h2");
        if rank > first.as_ref().map_or(0, |(rank, ..)| *rank) {
            first = Some((rank, text.clone(), element));
        }
        if !heading && named.is_none() && weight >= NAMED_AT_LEAST {
            named = Some((text.clone(), element));
        }
        let begins = flat(&text);
        let is_it = flat_titles.iter().any(|title| title.starts_with(&begins));
        if is_it && best.as_ref().is_none_or(|(most, ..)| weight > *most) {
            best = Some((weight, text, element));
        }
    }
    if let Some((_, text, element)) = best {
        return Some((text, Some(element)));
    }
    let title = titles
        .into_iter()
        .next()
        .map(|title| without_outlet(&title, site.as_deref()));
    match (title, first) {
        // A title that the page does not show, nor tells as the article's,
        // is its section's.
        (_, Some((_, text, element))) if !told => Some((text, Some(element))),
        // So is one where what is called a headline is no heading.
        (_, None) if !told && named.is_some() => named.map(|(text, element)| (text, Some(element))),
        (Some(title), first) => Some((title, first.map(|(_, _, element)| element))),
        (None, first) => first.map(|(_, text, element)| (text, Some(element))),
    }
}

/// Whether a `size` of HTML 3.2 is that of headlines.
fn is_large(size: &str) -> bool {
    matches!(
        size.trim(),
        "4" | "5" | "6" | "7" | "+1" | "+2" | "+3" | "+4"
    )
}

/// The outlet's name as it stands behind the title of the document.
fn outlet(page: &Page<'_>) -> Option<String> {
    let title = page.title.as_deref()?;
    let (_, outlet) = BEHIND_TITLE
        .iter()
        .find_map(|mark| title.rsplit_once(mark))?;
    Some(outlet.trim().to_owned())
}

/// A title without the outlet's name behind it.
fn without_outlet(title: &str, site: Option<&str>) -> String {
    for mark in BEHIND_TITLE {
        let Some((head, tail)) = title.rsplit_once(mark) else {
            continue;
        };
        let is_site = site.is_some_and(|site| tail.trim().starts_with(site.trim()));
        let is_short = mark.len() > 1 && weight(tail) * 3 < weight(head);
        if weight(head) >= HEADLINE_AT_LEAST && (is_site || is_short) {
            return head.trim().to_owned();
        }
    }
    title.to_owned()
}

/// The lead: what describes the article, as the page itself shows it if it
/// does, else its first paragraph.
fn lead(
    page: &Page<'_>,
    linked: Option<&Value>,
    body: &Body<'_>,
    title: Option<&str>,
) -> Option<String> {
    let title = flat(title.unwrap_or_default());
    let said = linked.and_then(|linked| linked::string(linked, "description"));
    let described = said
        .map(str::to_owned)
        .or_else(|| page.meta(&["og:description", "description", "twitter:description"]));
    let described = described
        .map(|text| clean::lead(&text).0)
        .map(|text| without_title(&text, &title))
        .filter(|text| weight(text) >= LEAD_AT_LEAST);
    if let Some(described) = described {
        let whole = flat(described.trim_end_matches(['.', '…', ' ']));
        for text in body.standfirsts.iter().chain(&body.paragraphs) {
            let shown = flat(text);
            // The page shows it uncut, or without the outlet's name.
            let is_whole = shown.starts_with(&whole)
                || (whole.starts_with(&shown) && shown.len() * 10 > whole.len() * 7);
            if is_whole && (title.is_empty() || !shown.contains(&title)) {
                return Some(text.clone());
            }
        }
        let is_cut = described.ends_with(['…', '-', '－', '—']) || described.ends_with("...");
        let is_mixed = body
            .paragraphs
            .first()
            .is_some_and(|text| whole.starts_with(&flat(text)));
        if !is_mixed && (body.paragraphs.is_empty() || is_of(&described, body, &title)) && !is_cut {
            return Some(described);
        }
        return body.first(&title).map(str::to_owned).or(Some(described));
    }
    let standfirst = body.standfirst.clone();
    standfirst.or_else(|| body.first(&title).map(str::to_owned))
}

/// A description that repeats the headline before it.
fn without_title(text: &str, title: &str) -> String {
    if title.is_empty() || !flat(text).starts_with(title) {
        return text.to_owned();
    }
    // The headline ends somewhere in the text as written: where what was
    // passed over folds to it.
    let ends: Vec<usize> = text
        .char_indices()
        .map(|(at, c)| at + c.len_utf8())
        .collect();
    let head = |end: &usize| flat(text.get(..*end).unwrap_or_default());
    let first = ends.partition_point(|end| head(end).len() < title.len());
    let end = ends.get(first).filter(|end| head(end) == title);
    let rest = end.and_then(|end| text.get(*end..)).unwrap_or(text);
    rest.trim_start_matches(|c: char| {
        !c.is_alphanumeric() && !matches!(c, '"' | '“' | '«' | '（' | '(')
    })
    .to_owned()
}

/// Words of a description that are looked for in the text.
const UNITS_AT_MOST: usize = 400;

/// Whether a description is of this article: a site's own stands on all of
/// its pages and has no words of any.
fn is_of(described: &str, body: &Body<'_>, title: &str) -> bool {
    let text = flat(&format!("{title} {}", body.paragraphs.join(" ")));
    let letters: Vec<char> = flat(described).chars().collect();
    let wide = weight(described) > letters.len() * 3 / 2;
    let units: Vec<String> = if wide {
        letters
            .windows(2)
            .map(|pair| pair.iter().collect())
            .collect()
    } else {
        fold::folded(described)
            .split(' ')
            .filter(|word| word.chars().count() >= 5)
            .map(str::to_owned)
            .collect()
    };
    let mut seen = HashSet::new();
    let units = units.iter().filter(|unit| seen.insert(*unit));
    let units: Vec<&String> = units.take(UNITS_AT_MOST).collect();
    let found = units
        .iter()
        .filter(|unit| text.contains(unit.as_str()))
        .count();
    found * 4 >= units.len()
}

/// A text as it is compared: folded, without the spaces that scripts set or
/// do not set. What differs does so long before the end of this.
fn flat(text: &str) -> String {
    const LETTERS: usize = 20_000;
    fold::folded(plain::beginning(text, LETTERS)).replace(' ', "")
}

/// The text of the article.
struct Body<'h> {
    /// What it stands below.
    headline: Option<ElementRef<'h>>,
    container: Option<ElementRef<'h>>,
    paragraphs: Vec<String>,
    /// What stands over the text: subtitles and announcements.
    standfirsts: Vec<String>,
    /// That which stands between headline and text, and is called so.
    standfirst: Option<String>,
}

impl<'h> Body<'h> {
    /// The element that holds the text below the headline.
    fn of(page: &'h Page<'_>, headline: Option<ElementRef<'h>>) -> Self {
        let root = page.html.root_element();
        let mut holders: HashMap<NodeId, Holder<'h>> = HashMap::new();
        let mut standfirsts = Vec::new();
        let mut called = Vec::new();
        let mut begins = None;
        let mut read = 0;
        for (at, element) in root.descendent_elements().enumerate() {
            let name = element.value().name();
            if Some(element) == headline {
                begins = Some(at);
            }
            let is_named = is_called(element, &STANDFIRST_WORDS);
            if (matches!(name, "h2" | "h3" | "h4") || is_named) && read <= READ_AT_MOST {
                let text = short_line(element, STANDFIRST_AT_MOST);
                read += text
                    .as_ref()
                    .map_or(0, |text| text.len().max(READ_AT_LEAST));
                if let Some(text) = text.filter(|text| weight(text) >= LEAD_AT_LEAST) {
                    if is_named && begins.is_some() && !page.is_in_furniture(element) {
                        called.push((at, text.clone()));
                    }
                    standfirsts.push(text);
                }
            }
            let is_block = matches!(name, "p" | "div" | "article" | "section" | "td" | "main");
            let own = if is_block { own_text(element) } else { 0 };
            if own < PARAGRAPH_AT_LEAST || page.is_in_furniture(element) {
                continue;
            }
            // Text between line breaks is the container's own.
            let holder = match name {
                "p" => element.parent().and_then(ElementRef::wrap),
                _ => Some(element),
            };
            if let Some(element) = holder {
                let holder = holders.entry(element.id()).or_insert(Holder {
                    element,
                    weight: 0,
                    first: at,
                    last: at,
                });
                holder.weight += own;
                holder.last = at;
            }
        }
        let holders: Vec<Holder<'h>> = holders.into_values().collect();
        let container = headline
            .and_then(|headline| below(headline, begins.unwrap_or_default(), &holders))
            .or_else(|| heaviest(&holders));
        let standfirst = container.and_then(|holder| {
            let mut before = called.into_iter().filter(|(at, _)| *at < holder.first);
            before.next().map(|(_, text)| text)
        });
        let container = container.map(|holder| holder.element);
        let paragraphs = container.map(|container| paragraphs(page, container));
        Self {
            headline,
            container,
            paragraphs: paragraphs.unwrap_or_default(),
            standfirsts,
            standfirst,
        }
    }

    /// The first paragraph that is more than the headline again.
    fn first(&self, title: &str) -> Option<&str> {
        self.paragraphs
            .iter()
            .find(|text| {
                // The first sentence may have the headline's words in it.
                let text = flat(text);
                !text.contains(title) || weight(&text) >= weight(title) + LEAD_AT_LEAST
            })
            .map(String::as_str)
    }
}

/// An element with paragraphs of its own.
#[derive(Clone, Copy)]
struct Holder<'h> {
    element: ElementRef<'h>,
    /// What its paragraphs weigh.
    weight: usize,
    /// Where in the page the first and the last of them stand.
    first: usize,
    last: usize,
}

fn heaviest<'s, 'h>(holders: impl IntoIterator<Item = &'s Holder<'h>>) -> Option<Holder<'h>>
where
    'h: 's,
{
    let heaviest = holders
        .into_iter()
        .max_by_key(|holder| (holder.weight, Reverse(holder.first)));
    heaviest.copied()
}

/// The text that a headline is over: what stands behind it and has the most in
/// common with it, unless that is but a standfirst. Boxes of other things,
/// which may be longer, stand farther off.
fn below<'h>(
    headline: ElementRef<'h>,
    begins: usize,
    holders: &[Holder<'h>],
) -> Option<Holder<'h>> {
    let around: HashMap<NodeId, usize> = headline
        .ancestors()
        .filter_map(ElementRef::wrap)
        .take_while(|element| element.value().name() != "body")
        .enumerate()
        .map(|(far, element)| (element.id(), far))
        .collect();
    let mut near: BTreeMap<usize, Vec<&Holder<'h>>> = BTreeMap::new();
    for holder in holders.iter().filter(|holder| holder.last > begins) {
        let mut outer = std::iter::once(*holder.element).chain(holder.element.ancestors());
        let far = outer.find_map(|node| around.get(&node.id()));
        near.entry(far.copied().unwrap_or(usize::MAX))
            .or_default()
            .push(holder);
    }
    let levels = near.into_values().filter_map(heaviest);
    levels.reduce(|best, farther| {
        let times = if best.weight < CAPTION_AT_MOST {
            1
        } else {
            FARTHER_TIMES
        };
        let is_standfirst = best.weight < ARTICLE_AT_LEAST && farther.weight > best.weight * times;
        if is_standfirst { farther } else { best }
    })
}

/// The weight of an element's text, without that of blocks and links in it.
fn own_text(element: ElementRef<'_>) -> usize {
    const INLINE: [&str; 12] = [
        "b", "strong", "i", "em", "span", "font", "u", "mark", "br", "q", "cite", "abbr",
    ];
    let mut own = 0;
    for child in element.children() {
        if let Some(text) = child.value().as_text() {
            own += weight(text);
        } else if let Some(inner) = ElementRef::wrap(child)
            && INLINE.contains(&inner.value().name())
        {
            own += own_text(inner);
        }
    }
    own
}

fn paragraphs(page: &Page<'_>, container: ElementRef<'_>) -> Vec<String> {
    let mut read = 0;
    let mut found: Vec<String> = container
        .descendent_elements()
        .filter(|element| element.value().name() == "p" && own_text(*element) >= PARAGRAPH_AT_LEAST)
        .filter(|element| !page.is_in_furniture(*element))
        .take(PARAGRAPHS_AT_MOST)
        .map(markup_in)
        .take_while(|markup| {
            // They nest, where they are not closed before a table.
            let goes_on = read < READ_AT_MOST;
            read += markup.len();
            goes_on
        })
        .map(|markup| clean::lead(&markup).0)
        .collect();
    if found.is_empty() {
        found = plain::text(&markup_in(container))
            .lines()
            .filter(|line| weight(line) >= PARAGRAPH_AT_LEAST)
            .map(str::to_owned)
            .collect();
    }
    found.retain(|text| {
        weight(text) >= PARAGRAPH_AT_LEAST && !is_dateline(page, text) && !is_caption(text)
    });
    found.truncate(PARAGRAPHS_AT_MOST);
    found
}

/// Whether a paragraph ends with who took the picture that it is below:
/// "(Photo by Anna Orlova)", "(Agency/Anna Orlova)".
fn is_caption(text: &str) -> bool {
    let Some((said, credit)) = text.trim_end().rsplit_once(['(', '（']) else {
        return false;
    };
    let Some(credit) = credit.strip_suffix([')', '）']) else {
        return false;
    };
    let names = credit.to_lowercase();
    said.trim_end().ends_with(['.', '。'])
        && credit.len() <= DATE_AT_MOST
        && (names.starts_with("photo") || names.starts_with("фото") || names.contains('/'))
        && !names.contains("http")
}

/// Whether a line tells dates and nothing else, each behind two words at most:
/// "Published 20 November 2026, 10:05 | Updated 21 November 2026".
fn is_dateline(page: &Page<'_>, line: &str) -> bool {
    line.len() <= BYLINE_AT_MOST
        && line.split(MARKS).all(|part| {
            let mut words = part.trim();
            (0..3).any(|_| {
                let is_date = words.len() <= DATE_AT_MOST && page.date(words).is_some();
                words = words.split_once(' ').map_or("", |(_, rest)| rest);
                is_date
            })
        })
}

/// The date as written: for machines, else the one nearest to the headline.
/// Where machines are told the day alone and eyes the hour of the same day,
/// the hour counts.
fn date(
    page: &Page<'_>,
    linked: Option<&Value>,
    headline: Option<ElementRef<'_>>,
) -> Option<String> {
    let is_date = |text: &String| page.date(text).is_some();
    let told = linked
        .and_then(linked::date)
        .map(str::to_owned)
        .filter(is_date)
        .or_else(|| told_date(page));
    if told.as_ref().is_some_and(|told| has_clock(told)) {
        return told;
    }
    let shown = shown_date(page, headline);
    match (told, shown) {
        (Some(told), Some(shown)) => {
            let day = |text: &str| {
                let moment = page.date(text)?;
                Some(page.ground.recipe.zone.to_datetime(moment).date())
            };
            Some(if day(&told) == day(&shown) {
                shown
            } else {
                told
            })
        }
        (told, shown) => told.or(shown),
    }
}

/// The date that the page tells machines outside of JSON-LD.
fn told_date(page: &Page<'_>) -> Option<String> {
    const NAMES: [&str; 22] = [
        "article:published_time",
        "og:article:published_time",
        "og:published_time",
        "datePublished",
        "mediator_published_time",
        "pubdate",
        "publishdate",
        "publish-date",
        "publish_date",
        "publication_date",
        "published_time",
        "published",
        "parsely-pub-date",
        "sailthru.date",
        "bytedance:published_time",
        "weibo:article:create_at",
        "dcterms.created",
        "dc.date.issued",
        "dc.date",
        "date",
        "dateCreated",
        "created",
    ];
    let is_date = |text: &String| page.date(text).is_some();
    NAMES
        .iter()
        .filter_map(|name| page.meta(&[name]))
        .find(is_date)
        .or_else(|| {
            page.all("[itemprop='datePublished'], time[pubdate]")
                .into_iter()
                .find_map(|element| page.date_of(element))
        })
}

/// The date nearest to the headline, of those with a clock if there are any.
fn shown_date(page: &Page<'_>, headline: Option<ElementRef<'_>>) -> Option<String> {
    let elements: Vec<ElementRef<'_>> = page.html.root_element().descendent_elements().collect();
    let place = headline.and_then(|headline| elements.iter().position(|e| *e == headline));
    let centre = place.unwrap_or(0);
    let may_hold_one = |element: ElementRef<'_>| {
        let name = element.value().name();
        let called = name == "time" || name.contains("date") || is_called(element, &DATE_WORDS);
        let has_digit = || {
            element.children().any(|child| {
                let text = child.value().as_text();
                text.is_some_and(|text| text.bytes().any(|b| b.is_ascii_digit()))
            })
        };
        called || (Some(element) != headline && has_digit())
    };
    // Captions and related stories have dates of their own.
    let of_address = day_in(page.ground.base()).and_then(|day| page.date(&day));
    let is_another = |date: &str| {
        const NEAR_DAY: SignedDuration = SignedDuration::from_hours(72);
        let day = of_address.zip(page.date(date));
        day.is_some_and(|(day, date)| date.duration_since(day).abs() > NEAR_DAY)
    };
    let near = elements
        .iter()
        .enumerate()
        .map(|(at, element)| (at.abs_diff(centre), *element))
        .filter(|(far, _)| place.is_none() || *far <= NEAR);
    let dates = near
        .filter(|(_, element)| may_hold_one(*element) && !days::tells_change(*element))
        .take(4 * LINES_AT_MOST)
        .filter(|(_, element)| is_short(*element, 2 * DATE_AT_MOST))
        .take(LINES_AT_MOST)
        .filter_map(|(far, element)| {
            let date = page.date_of(element)?;
            let (is_later, date) = days::first_told(page, date);
            Some((is_later, is_another(&date), !has_clock(&date), far, date))
        });
    dates.min().map(|(.., date)| date)
}

/// The authors: as machines are told, else as the page shows them.
fn byline(
    page: &Page<'_>,
    linked: Option<&Value>,
    headline: Option<ElementRef<'_>>,
) -> Vec<String> {
    const NAMES: [&str; 8] = [
        "author",
        "article:author",
        "dc.creator",
        "parsely-author",
        "sailthru.author",
        "mediator_author",
        "byl",
        "citation_author",
    ];
    let outlets = [page.meta(&["og:site_name"]), outlet(page)];
    let outlets = outlets.map(|outlet| flat(&outlet.unwrap_or_default()));
    let name = |text: &str| {
        let line = plain::line(text);
        let line = credit::without_label(&line);
        let name = clean::author(&escaped(line))?;
        let is_name = name.chars().count() <= 80
            && WebUrl::parse(&name).is_none()
            && !outlets.contains(&flat(&name))
            && !name.contains("://");
        is_name.then_some(name)
    };
    let told = linked.map(linked::authors).unwrap_or_default();
    let mut told: Vec<String> = told.iter().filter_map(|author| name(author)).collect();
    if told.is_empty() {
        let stated = NAMES.iter().find_map(|key| name(&page.meta(&[key])?));
        told.extend(stated.or_else(|| shown_author(page, headline?, name)));
    }
    told.into_iter().flat_map(clean::people).collect()
}

/// The author whom the page shows near the headline.
fn shown_author(
    page: &Page<'_>,
    headline: ElementRef<'_>,
    name: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let near = headline.ancestors().nth(2).and_then(ElementRef::wrap)?;
    near.descendent_elements()
        .filter(|element| {
            element.attr("rel") == Some("author") || is_called(*element, &AUTHOR_WORDS)
        })
        .take(LINES_AT_MOST)
        .filter(|element| is_short(*element, BYLINE_AT_MOST))
        .find_map(|element| name(&escaped(&credit::author(element))))
        .or_else(|| credit::labelled(near).filter(|author| name(author).is_some()))
        .or_else(|| beside_a_date(page, near))
}

/// The name in a line such as "Anna Orlova | 20 November 2026", which nothing
/// but its shape tells from others.
fn beside_a_date(page: &Page<'_>, near: ElementRef<'_>) -> Option<String> {
    let is_marked = |element: &ElementRef<'_>| {
        let texts = element
            .children()
            .filter_map(|child| child.value().as_text());
        texts.into_iter().any(|text| text.contains(MARKS))
    };
    let section = page.meta(&["article:section"]);
    let site = page.meta(&["og:site_name"]);
    let is_somebody = |part: &&str| {
        clean::is_person(part)
            && [&section, &site]
                .iter()
                .all(|it| it.as_deref() != Some(*part))
    };
    near.descendent_elements()
        .filter(is_marked)
        .take(LINES_AT_MOST)
        .filter_map(|element| short_line(element, BYLINE_AT_MOST))
        .find_map(|line| {
            let parts: Vec<&str> = line.split(MARKS).map(credit::without_label).collect();
            let is_dated = parts.iter().any(|part| page.date(part).is_some());
            let name = parts.iter().copied().find(is_somebody);
            name.filter(|_| is_dated).map(str::to_owned)
        })
}

/// The language: as the page states it, unless the text is in another script
/// than the English that templates state by default.
fn tongue(page: &Page<'_>, linked: Option<&Value>, text: &str) -> Option<String> {
    let stated = page.ground.language.clone().or_else(|| {
        linked
            .and_then(|linked| linked::string(linked, "inLanguage"))
            .and_then(language::tag)
    });
    let guess = || language::guess(text).map(str::to_owned);
    let letters = text.chars().filter(|c| c.is_alphabetic());
    let (plain, all) = letters.fold((0, 0), |(plain, all), c| {
        (plain + usize::from(c.is_ascii()), all + 1)
    });
    match stated {
        Some(stated) if stated.starts_with("en") && plain * 2 < all => guess().or(Some(stated)),
        Some(stated) => Some(stated),
        None => page.ground.recipe.language.clone().or_else(guess),
    }
}

/// The video that the article is, if it is one.
fn video(page: &Page<'_>, linked: Option<&Value>) -> Vec<Media> {
    let object = linked.and_then(|linked| {
        if linked::is_video(linked) {
            return Some(linked);
        }
        match linked.get("video")? {
            Value::Array(list) => list.first(),
            one => Some(one),
        }
    });
    let told = object.and_then(|video| {
        ["contentUrl", "embedUrl", "url"]
            .iter()
            .find_map(|key| linked::string(video, key))
            .map(str::to_owned)
    });
    let told = told.or_else(|| page.meta(&["og:video:secure_url", "og:video:url", "og:video"]));
    let told = told.or_else(|| {
        let is_video = page
            .meta(&["og:type"])
            .is_some_and(|kind| kind.starts_with("video"));
        is_video.then(|| page.ground.base().to_string())
    });
    let mime = page
        .meta(&["og:video:type"])
        .filter(|mime| mime.contains('/'));
    told.and_then(|address| page.ground.base().join(&address))
        .map(|address| Media {
            url: address.to_string(),
            kind: MediaKind::Video,
            mime,
            length: None,
        })
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(html: &str) -> Article {
        let base = WebUrl::parse("https://volga.example/2026/1.html").unwrap();
        read(&Recipe::feed(), &base, html, Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn what_is_written_for_machines_comes_first() {
        let article = article(
            r#"<html lang="ru"><head><link rel="canonical" href="/a/1.html">
            <meta property="og:description" content="Another lead, which is long enough to be one.">
            <script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "Volga"},
              {"@type": "NewsArticle", "headline": "Ministers meet", "datePublished":
               "2026-11-20T10:00:00+03:00", "author": [{"name": "Anna Orlova"}],
               "description": "Ministers of the member states met on Friday in the capital.",
               "articleBody": "Ministers of the member states met on Friday. <b>They</b> signed."}]}
            </script></head><body><h1>Volga</h1><p>Menu</p></body></html>"#,
        );
        assert_eq!(article.title.as_deref(), Some("Ministers meet"));
        assert_eq!(
            article.lead,
            "Ministers of the member states met on Friday in the capital."
        );
        assert_eq!(
            article.text,
            "Ministers of the member states met on Friday. They signed."
        );
        assert_eq!(article.byline, ["Anna Orlova"]);
        assert_eq!(article.stated, "2026-11-20T07:00:00Z".parse().ok());
        assert_eq!(article.language.as_deref(), Some("ru"));
        assert_eq!(
            article.canonical.unwrap().as_str(),
            "https://volga.example/a/1.html"
        );
    }

    #[test]
    fn a_page_for_eyes_alone_is_read_by_its_paragraphs() {
        let article = article(
            "<article><h1>Talks</h1><time datetime='2026-11-20T10:00:00Z'>today</time><p>Photo</p>\
             <p>The leaders agreed on a bank, people close to the talks said.</p></article>",
        );
        let lead = "The leaders agreed on a bank, people close to the talks said.";
        assert_eq!((article.lead.as_str(), article.text.as_str()), (lead, lead));
        assert_eq!(article.stated, "2026-11-20T10:00:00Z".parse().ok());
    }

    #[test]
    fn a_name_beside_a_date_is_the_author() {
        for (line, expected) in [
            ("Anna Orlova | 20 November 2026", &["Anna Orlova"][..]),
            ("20.11.2026 · Автор: Анна Орлова · 3 мин", &["Анна Орлова"]),
            ("By Ken van Ito | 2026-11-20", &["Ken van Ito"]),
            ("Central Asia | 20 November 2026", &[]),
            ("WORLD NEWS | 20 November 2026", &[]),
            ("Moscow | 20 November 2026", &[]),
            ("Anna Orlova | Ken Ito", &[]),
        ] {
            let article = article(&format!(
                "<meta property='article:section' content='Central Asia'><article>\
                 <h1>Talks end</h1><p>{line}</p><p>The leaders agreed on a bank, people close \
                 to the talks said.</p></article>"
            ));
            assert_eq!(article.byline, expected, "{line}");
        }
    }

    #[test]
    fn a_page_without_an_article_tells_nothing() {
        let base = WebUrl::parse("https://volga.example/").unwrap();
        assert!(
            read(
                &Recipe::feed(),
                &base,
                "<p>Log in</p>",
                Timestamp::UNIX_EPOCH
            )
            .is_err()
        );
    }
}
