//! A list page read by the CSS selectors of its source, and the contract
//! that any list must keep.

use std::collections::HashMap;

use scraper::error::SelectorErrorKind;
use scraper::{ElementRef, Selector};

use super::entry::Entry;
use super::page::{Page, markup_in};
use super::parts::{Parts, SelectorMistake};
use crate::model::{Expect, Parsed, Rung, Selectors};

/// Compiled selectors.
pub(super) type Select = Parts<Selector>;

impl Select {
    pub(super) fn compile(typed: &Selectors) -> Result<Self, Vec<SelectorMistake>> {
        Self::of(typed, |text| {
            Selector::parse(text).map_err(|error| match error {
                // The library asks for a report to itself.
                SelectorErrorKind::UnexpectedSelectorParseError(_) => {
                    "a part is missing, or is not known here".to_owned()
                }
                error => error.to_string(),
            })
        })
    }

    /// The first rung: what the selectors find.
    pub(super) fn read(&self, page: &Page<'_>) -> Parsed {
        let entries = page
            .html
            .select(&self.item)
            .map(|found| self.entry(page, found));
        page.ground.parsed(Rung::Selectors, entries)
    }

    fn entry(&self, page: &Page<'_>, found: ElementRef<'_>) -> Result<Entry, String> {
        let within = |selector: &Option<Selector>| found.select(selector.as_ref()?).next();
        let markup = |selector: &Option<Selector>| within(selector).map(markup_in);
        // The entry itself may be the link, or hold the headline.
        let title = found
            .select(&self.title)
            .next()
            .or_else(|| is_itself(found, &self.title))
            .ok_or_else(|| format!("selector `title` ({}) found nothing", self.typed.title))?;
        let link = found
            .select(&self.link)
            .chain(std::iter::once(found))
            .find_map(|element| element.attr("href"))
            .ok_or_else(|| format!("selector `link` ({}) found no address", self.typed.link))?;
        let language = within(&self.language).map(|element| {
            let attribute = element.attr("lang").or_else(|| element.attr("hreflang"));
            attribute.map_or_else(|| element.text().collect::<String>(), str::to_owned)
        });
        Ok(Entry {
            title: markup_in(title),
            link: link.to_owned(),
            date: within(&self.date).and_then(|date| page.date_of(date)),
            lead: markup(&self.lead),
            authors: markup(&self.author).into_iter().collect(),
            language,
            ..Entry::default()
        })
    }
}

fn is_itself<'h>(found: ElementRef<'h>, selector: &Selector) -> Option<ElementRef<'h>> {
    selector.matches(&found).then_some(found)
}

/// How a document falls short of its contract, in words that name what is to
/// be corrected; `None` if it keeps it.
pub(super) fn breach(
    parsed: &Parsed,
    expect: Expect,
    select: Option<&Selectors>,
) -> Option<String> {
    let items = parsed.items.len();
    let entries = items + parsed.skipped.len();
    let first = parsed.skipped.first().map(|skipped| skipped.why.as_str());
    if items < expect.items.max(1) {
        return Some(match (select, entries, first) {
            (Some(select), 0, _) => format!("selector `item` ({}) found nothing", select.item),
            (None, 0, _) => "no list was found in it".to_owned(),
            (Some(_), _, Some(why)) if items == 0 => format!("0 items of {entries} entries: {why}"),
            _ => format!(
                "{items} items of {entries} entries, {} expected",
                expect.items
            ),
        });
    }
    if is_short(items, entries, expect.links) {
        let why = first.unwrap_or_default();
        return Some(format!("{items} items of {entries} entries: {why}"));
    }
    let dates = parsed.items.iter().filter(|item| item.stated.is_some());
    let dates = dates.count();
    if is_short(dates, items, expect.dates) {
        return Some(match select.map(|select| select.date.as_deref()) {
            Some(Some(date)) => format!("selector `date`: {dates} of {items} have a date ({date})"),
            Some(None) => format!("there is no selector `date`: {dates} of {items} have a date"),
            None => format!("{dates} of {items} have a date"),
        });
    }
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for item in &parsed.items {
        *seen.entry(&item.title).or_default() += 1;
    }
    let own = seen.values().filter(|items| **items == 1).count();
    is_short(own, items, expect.titles).then(|| match select {
        Some(select) => {
            let title = &select.title;
            format!("selector `title`: {own} of {items} headlines are their own ({title})")
        }
        None => format!("{own} of {items} headlines are their own"),
    })
}

#[expect(clippy::cast_precision_loss, reason = "items of a page are few")]
fn is_short(found: usize, of: usize, share: f64) -> bool {
    (found as f64) < share * of as f64
}
