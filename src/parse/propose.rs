//! Selectors for a list page, from how its entries stand: what a person
//! would write into `select` after a look into the page.

use std::cmp::Reverse;
use std::collections::HashMap;

use scraper::{ElementRef, Selector};

use super::lead::Lead;
use super::page::Page;
use super::rows::{self, Lists, Row};
use super::select::Select;
use crate::model::{Item, Selectors};

/// A selector holds if it finds the right thing in so many of ten entries.
const OF_TEN: usize = 8;

/// Elements above a list that may tell it from others.
const ABOVE_AT_MOST: usize = 4;

/// Selectors for the list of news of a page; `None` if there is no list, or
/// none that selectors could tell from the rest.
pub(super) fn of(page: &Page<'_>) -> Option<Selectors> {
    let lists = Lists::of(page);
    let rows = lists.list();
    let item = item(page, rows)?;
    let inside = |find: &dyn Fn(&Row<'_>, ElementRef<'_>) -> bool| within(rows, find);
    let link = inside(&|row, found| found == row.link)?;
    let title = inside(&|row, found| rows::shows(found, &row.headline)).unwrap_or(link.clone());
    let date = inside(&|row, found| {
        // Around the headline stands what may name a day as well.
        let is_around =
            found == row.link || row.link.ancestors().any(|node| node.id() == found.id());
        !is_around
            && !rows::shows(found, &row.headline)
            && page.date_of(found).is_some_and(|date| date.len() <= 64)
    });
    let lead = inside(&|row, found| row.lead(page).and_then(Lead::element) == Some(found));
    let selectors = Selectors {
        item,
        title,
        link,
        date,
        lead,
        author: None,
        language: None,
    };
    let parsed = Select::compile(&selectors).ok()?.read(page);
    // Where a headline is no element of its own, there may be nothing to call it by.
    let is_headed = |item: &&Item| rows.iter().any(|row| item.title.contains(&row.headline));
    let headed = parsed.items.iter().filter(is_headed).count();
    (headed * 10 >= rows.len() * OF_TEN).then_some(selectors)
}

/// What finds the blocks of the rows and little else, the shortest first.
fn item(page: &Page<'_>, rows: &[Row<'_>]) -> Option<String> {
    let first = rows.first()?.block;
    let mut candidates = names(first);
    let above = first.ancestors().filter_map(ElementRef::wrap);
    for outer in above.take(ABOVE_AT_MOST) {
        let outer = names(outer);
        let inner = names(first);
        candidates.extend(
            outer
                .iter()
                .filter(|name| name.contains(['.', '#']))
                .flat_map(|outer| inner.iter().map(move |inner| format!("{outer} {inner}"))),
        );
    }
    let best = candidates.into_iter().filter_map(|candidate| {
        let selector = Selector::parse(&candidate).ok()?;
        let found: Vec<_> = page.html.select(&selector).map(|e| e.id()).collect();
        let right = rows.iter().filter(|row| found.contains(&row.block.id()));
        let right = right.count();
        (right * 10 >= rows.len() * OF_TEN).then(|| (found.len() - right, candidate))
    });
    let (wrong, candidate) = best.min_by_key(|(wrong, candidate)| {
        let last = candidate.rsplit(' ').next().unwrap_or_default();
        (*wrong, !last.contains(['.', '#']), candidate.len())
    })?;
    (wrong <= rows.len()).then_some(candidate)
}

/// What finds, as the first inside each block, what `is_it` says.
fn within(rows: &[Row<'_>], is_it: &dyn Fn(&Row<'_>, ElementRef<'_>) -> bool) -> Option<String> {
    // The names of what is right, by how many blocks have it.
    let mut votes: HashMap<String, usize> = HashMap::new();
    for row in rows {
        let right = row
            .block
            .descendent_elements()
            .find(|element| is_it(row, *element));
        for name in right.into_iter().flat_map(names) {
            *votes.entry(name).or_default() += 1;
        }
    }
    let holds = |candidate: &str| {
        let Ok(selector) = Selector::parse(candidate) else {
            return false;
        };
        let right = rows.iter().filter(|row| {
            let first = row.block.select(&selector).next();
            let itself = Some(row.block).filter(|block| selector.matches(block));
            first.or(itself).is_some_and(|found| is_it(row, found))
        });
        right.count() * 10 >= rows.len() * OF_TEN
    };
    let mut candidates: Vec<(String, usize)> = votes.into_iter().collect();
    // By how many have it, then a class before a tag, then the shortest.
    candidates.sort_by_key(|(name, votes)| {
        let is_tag = !name.contains(['.', '#']);
        (Reverse(*votes), is_tag, name.len(), name.clone())
    });
    candidates
        .into_iter()
        .map(|(candidate, _)| candidate)
        .find(|candidate| holds(candidate))
}

/// What an element may be called in a selector: by its id, by each class, by
/// its tag.
fn names(element: ElementRef<'_>) -> Vec<String> {
    let value = element.value();
    let is_name = |name: &&str| {
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        // A name with a number in it is that of one place or one day.
        begins && name.chars().all(is_plain) && !name.bytes().any(|b| b.is_ascii_digit())
    };
    let id = value.attr("id").filter(is_name).map(|id| format!("#{id}"));
    let classes = value
        .classes()
        .filter(is_name)
        .map(|class| format!("{}.{class}", value.name()));
    id.into_iter()
        .chain(classes)
        .chain([value.name().to_owned()])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WebUrl;
    use crate::parse::Recipe;
    use jiff::Timestamp;

    fn proposed(body: &str) -> Option<(Selectors, usize)> {
        let recipe = Recipe::any();
        let url = WebUrl::parse("https://volga.example/news/").unwrap();
        let page = Page::read(&recipe, &url, body, Timestamp::UNIX_EPOCH).unwrap();
        let selectors = of(&page)?;
        let items = Select::compile(&selectors).unwrap().read(&page).items;
        Some((selectors, items.len()))
    }

    fn list(entry: impl Fn(usize) -> String) -> String {
        let entries: String = (1..=6).map(entry).collect();
        format!(
            "<nav><a href=/a>About the Volga Herald</a></nav><div id=list>{entries}</div>\
             <div class=old><div class=item><a href=/old>An older story of the archive</a></div></div>"
        )
    }

    #[test]
    fn entries_are_called_by_what_they_share() {
        let page = list(|n| {
            format!(
                "<div class='item i{n}'><h3 class=tit><a href=/20261120/{n}.html>Harbour number {n} opens again</a></h3>\
                 <p class=lead>Officials said on Friday that it opens again, and so on.</p>\
                 <span class=time>2026-11-20 10:0{n}</span></div>"
            )
        });
        let (selectors, items) = proposed(&page).unwrap();
        assert_eq!(items, 6);
        assert_eq!(selectors.item, "#list div.item");
        assert_eq!(selectors.link, "a");
        assert_eq!(selectors.date.as_deref(), Some("span.time"));
        assert_eq!(selectors.lead.as_deref(), Some("p.lead"));
    }

    #[test]
    fn an_entry_may_be_its_own_link() {
        let page = list(|n| {
            format!("<a class=story href=/2026/11/20/{n}><b>Harbour number {n} opens again</b></a>")
        });
        let (selectors, items) = proposed(&page).unwrap();
        assert_eq!(items, 6);
        assert_eq!(selectors.item, "a.story");
    }

    #[test]
    fn what_is_no_list_has_no_selectors() {
        assert!(proposed("<h1>An article</h1><p>Of some words.</p>").is_none());
    }
}
