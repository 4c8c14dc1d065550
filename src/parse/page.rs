//! A list page becomes items, by the selectors of its source.

use std::collections::HashMap;

use jiff::Timestamp;
use scraper::{ElementRef, Html, Selector};

use super::{Recipe, clean};
use crate::model::{Expect, Failure, Item, Parsed, Selectors, Skipped, WebUrl};
use crate::text::markup::{self, Piece};
use crate::text::{date, language, plain, url};

/// HTML nested deeper is flattened: html5ever has no limit and is quadratic
/// (C-12, H-35).
const DEPTH_AT_MOST: usize = 256;

/// A selector that does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorMistake {
    /// The key of `select`.
    pub key: &'static str,
    /// What is wrong, in words.
    pub said: String,
}

/// Compiled selectors, and the contract that the page must keep.
#[derive(Debug)]
pub(super) struct Page {
    typed: Selectors,
    expect: Expect,
    item: Selector,
    title: Selector,
    link: Selector,
    date: Option<Selector>,
    lead: Option<Selector>,
    author: Option<Selector>,
    language: Option<Selector>,
}

impl Page {
    pub(super) fn compile(typed: &Selectors, expect: Expect) -> Result<Self, Vec<SelectorMistake>> {
        let mut mistakes = Vec::new();
        let mut compile = |key: &'static str, text: &str| match Selector::parse(text) {
            Ok(selector) => Some(selector),
            Err(error) => {
                mistakes.push(SelectorMistake {
                    key,
                    said: error.to_string(),
                });
                None
            }
        };
        let item = compile("item", &typed.item);
        let title = compile("title", &typed.title);
        let link = compile("link", &typed.link);
        let mut optional =
            |key, text: &Option<String>| text.as_deref().and_then(|text| compile(key, text));
        let date = optional("date", &typed.date);
        let lead = optional("lead", &typed.lead);
        let author = optional("author", &typed.author);
        let language = optional("language", &typed.language);
        match (item, title, link, mistakes.is_empty()) {
            (Some(item), Some(title), Some(link), true) => Ok(Self {
                typed: typed.clone(),
                expect,
                item,
                title,
                link,
                date,
                lead,
                author,
                language,
            }),
            _ => Err(mistakes),
        }
    }

    pub(super) fn fingerprint(&self) -> String {
        format!("{:?} {:?}", self.typed, self.expect)
    }

    /// Reads the page. Fewer items or dates than the contract asks for are a
    /// breach, not a success.
    pub(super) fn read(
        &self,
        recipe: &Recipe,
        base: &WebUrl,
        text: &str,
        now: Timestamp,
    ) -> Result<Parsed, Failure> {
        if !markup::pieces(text).any(|piece| matches!(piece, Piece::Open(_))) {
            return Err(Failure::NotAFeed(
                "no page: there is no tag in it".to_owned(),
            ));
        }
        let page = Html::parse_document(&flattened(text));
        let mut parsed = Parsed {
            format: "list page".to_owned(),
            title: first_text(&page, "title"),
            language: page
                .root_element()
                .value()
                .attr("lang")
                .and_then(language::tag),
            ..Parsed::default()
        };
        let mut places = HashMap::new();
        let mut found = 0_usize;
        for entry in page.select(&self.item) {
            found += 1;
            match self.item(recipe, base, entry, parsed.language.as_deref(), now) {
                Ok(item) => super::add(&mut parsed.items, &mut places, item),
                Err(why) => parsed.skipped.push(Skipped {
                    what: format!("entry {found}"),
                    why: why.to_owned(),
                }),
            }
        }
        let dates = parsed.items.iter().filter(|i| i.stated.is_some()).count();
        parsed.breach = self.breach(found, parsed.items.len(), dates);
        Ok(parsed)
    }

    fn breach(&self, found: usize, items: usize, dates: usize) -> Option<String> {
        if items < self.expect.items.max(1) {
            return Some(match found {
                0 => format!("selector `item` ({}) found nothing", self.typed.item),
                _ => format!(
                    "{items} items of {found} entries, {} expected",
                    self.expect.items
                ),
            });
        }
        #[expect(clippy::cast_precision_loss, reason = "items of a page are few")]
        let short = (dates as f64) < self.expect.dates * items as f64;
        short.then(|| format!("selector `date`: {dates} of {items}"))
    }

    fn item(
        &self,
        recipe: &Recipe,
        base: &WebUrl,
        entry: ElementRef<'_>,
        page_language: Option<&str>,
        now: Timestamp,
    ) -> Result<Item, &'static str> {
        let title = entry
            .select(&self.title)
            .next()
            .ok_or("selector `title` found nothing in it")?;
        let title = clean::title(&title.inner_html()).ok_or("its headline is empty")?;
        let href = entry
            .select(&self.link)
            .chain(std::iter::once(entry))
            .find_map(|element| element.value().attr("href"))
            .ok_or("selector `link` found no address in it")?;
        let link = base.join(href).ok_or("its link is no web address")?;
        let mut item = Item::new("", title);
        let link = url::unwrapped(&link);
        item.canon = Some(url::canon(&link));
        item.link = Some(link);
        let text = |selector: &Option<Selector>| {
            let element = entry.select(selector.as_ref()?).next()?;
            Some(element.inner_html())
        };
        if let Some(lead) = text(&self.lead) {
            let (lead, byline) = clean::lead(&lead);
            item.lead = lead;
            item.byline.extend(byline);
        }
        if let Some(author) = text(&self.author).as_deref().and_then(clean::author) {
            item.byline = vec![author];
        }
        let date = self
            .date
            .as_ref()
            .and_then(|date| entry.select(date).next())
            .and_then(date_text);
        item.stated = date
            .as_deref()
            .and_then(|text| date::read(text, &recipe.zone, now));
        let stated = self.language.as_ref().and_then(|language| {
            let element = entry.select(language).next()?;
            let attribute = element
                .value()
                .attr("lang")
                .or_else(|| element.value().attr("hreflang"));
            attribute
                .and_then(language::tag)
                .or_else(|| language::tag(&element.text().collect::<String>()))
        });
        item.language = stated
            .or_else(|| recipe.language.clone())
            .or_else(|| page_language.map(str::to_owned))
            .or_else(|| language::guess(&item.title).map(str::to_owned));
        item.key = clean::key(&item, None, item.canon.as_deref(), date.as_deref());
        Ok(item)
    }
}

/// The date of an element: for machines if it says so, else its text.
pub(super) fn date_text(element: ElementRef<'_>) -> Option<String> {
    let machine = ["datetime", "content", "data-time", "title"]
        .iter()
        .find_map(|name| element.value().attr(name))
        .filter(|text| text.bytes().any(|b| b.is_ascii_digit()));
    let text = machine.map_or_else(|| plain::line(&element.inner_html()), str::to_owned);
    (!text.trim().is_empty()).then_some(text)
}

fn first_text(page: &Html, selector: &str) -> Option<String> {
    let selector = Selector::parse(selector).ok()?;
    let title: String = page.select(&selector).next()?.text().collect();
    Some(plain::tidy(&title)).filter(|title| !title.is_empty())
}

/// The page without the tags that nest too deep, without scripts and styles.
pub(super) fn flattened(text: &str) -> std::borrow::Cow<'_, str> {
    const VOID: [&str; 14] = [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
        "source", "track", "wbr",
    ];
    let mut depth = 0_usize;
    let too_deep = markup::pieces(text).any(|piece| {
        match piece {
            Piece::Open(tag)
                if !tag.empty && !VOID.iter().any(|v| tag.name.eq_ignore_ascii_case(v)) =>
            {
                depth += 1;
            }
            Piece::Close(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEPTH_AT_MOST
    });
    if !too_deep {
        return text.into();
    }
    let mut flat = String::with_capacity(text.len());
    let mut pieces = markup::pieces(text);
    depth = 0;
    loop {
        let before = pieces.rest();
        let Some(piece) = pieces.next() else { break };
        let len = before.len() - pieces.rest().len();
        let raw = before.get(..len).unwrap_or_default();
        let keep = match piece {
            Piece::Open(tag)
                if !tag.empty && !VOID.iter().any(|v| tag.name.eq_ignore_ascii_case(v)) =>
            {
                depth += 1;
                depth <= DEPTH_AT_MOST
            }
            Piece::Close(_) => {
                let inside = depth <= DEPTH_AT_MOST;
                depth = depth.saturating_sub(1);
                inside
            }
            _ => true,
        };
        if keep {
            flat.push_str(raw);
        }
    }
    flat.into()
}
