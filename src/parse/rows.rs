//! The build of a list page: which links stand alike, which block of the page
//! belongs to each, and where headline, date, lead and author stand in it.
//!
//! # Why
//! Publishers lay out their lists in a thousand ways, but within one list
//! every entry stands in the same way. Links whose path of tags and classes
//! is equal make a list; the list of news is the one with long headlines,
//! dates, and addresses with numbers or many words in them.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use jiff::SignedDuration;
use rustc_hash::{FxHashMap, FxHashSet};
use scraper::{ElementRef, Node};

use super::columns;
use super::credit;
use super::days::{self, Dated};
use super::draft::escaped;
use super::ends;
use super::entry::{Entry, day_in, has_clock, weight};
use super::furniture::{HEADLINE_AT_LEAST, kind};
use super::headline::{self, HEADLINE_AT_MOST, Rank, first_line, first_line_without, heading_in};
use super::lead::{self, Lead};
use super::page::{Page, Sort, is_small, short_line, target};
use super::satellites;
use crate::model::WebUrl;
use crate::text::url;

/// Links, and entries, that are weighed of one page: no list of news has so
/// many, and what follows stands below the newest.
pub(super) const LINKS_AT_MOST: usize = 1_000;

/// Links within each other. There are none, but where one was not closed before
/// a table.
const LINKS_IN_LINKS: usize = 3;

/// Fewer links are no list.
pub(super) const ROWS_AT_LEAST: usize = 3;

/// With the story on top, two are one.
const PAIR: usize = 2;

/// Undated stories on top of a dated list.
const ON_TOP_AT_MOST: usize = 5;

/// Links to one address that stand alike in so many entries lead to a section.
const TIMES_OF_SECTION: usize = 3;

/// Elements of one block that are looked at for what they are called. Rows may
/// share a block that is most of the page, and lists may share rows.
pub(super) const ELEMENTS_OF_BLOCK: usize = 1_000;

/// Elements of one block that are looked into because of what they are called:
/// a block has few, unless they nest.
pub(super) const CALLED_AT_MOST: usize = 12;

/// Nodes in the blocks of all lists together. Lists may share them, and what
/// was looked at once counts half. Those with the longest links come first.
const NODES_OF_LISTS: usize = 60_000;

/// Links of one block that are looked at for its headline.
const LINKS_OF_BLOCK: usize = 40;

/// Parts of one line that are read as dates.
pub(super) const PARTS_AT_MOST: usize = 4;

/// What parts the short texts of one line: dates, names, sections.
pub(super) const MARKS: [char; 4] = ['|', '｜', '·', '•'];

/// Rows that tell how the rows of a list are built.
pub(super) const VOTES_AT_MOST: usize = 20;

/// Lists of headlines that are looked at closely, and as many of labels.
const LISTS_AT_MOST: usize = 12;

/// One entry as the page shows it.
#[derive(Clone)]
pub(super) struct Row<'h> {
    /// The link with the headline.
    pub(super) link: ElementRef<'h>,
    pub(super) url: WebUrl,
    pub(super) headline: String,
    /// The part of the page that belongs to this entry alone.
    pub(super) block: ElementRef<'h>,
    rank: Rank,
    /// The date that stood before or behind the headline, cut from it.
    pub(super) cut: Option<String>,
    /// The date that stands outside of the block: beside it, or over the day.
    pub(super) day: Option<String>,
    /// The date inside the block, once it was looked for.
    inside: OnceCell<Option<Dated>>,
    /// The lead, once it was looked for.
    lead: OnceCell<Option<Lead<'h>>>,
}

impl<'h> Row<'h> {
    fn new(
        link: ElementRef<'h>,
        url: WebUrl,
        (headline, rank): (String, Rank),
        block: ElementRef<'h>,
    ) -> Self {
        Self {
            link,
            url,
            headline,
            block,
            rank,
            cut: None,
            day: None,
            inside: OnceCell::new(),
            lead: OnceCell::new(),
        }
    }

    pub(super) fn inside(&self, page: &Page<'_>) -> Option<&Dated> {
        let find = || days::date_in(page, self);
        self.inside.get_or_init(find).as_ref()
    }

    /// Whether the headline is a heading, or called one.
    pub(super) fn is_headed(&self) -> bool {
        self.rank >= Rank::Called
    }

    /// What the block says.
    pub(super) fn entry(&self, page: &Page<'_>) -> Entry {
        let named = part(page, self.block, Sort::Author, |_| true).map(credit::author);
        let named = named.filter(|name| !name.is_empty());
        let authors = named.or_else(|| credit::labelled(self.block));
        Entry {
            title: escaped(&self.headline),
            link: self.url.to_string(),
            date: self.date(page),
            lead: self.lead(page).map(Lead::markup),
            authors: authors.into_iter().collect(),
            ..Entry::default()
        }
    }

    /// The date: of the block, else of the day that it stands under, else of
    /// its address. A clock alone is of that day.
    pub(super) fn date(&self, page: &Page<'_>) -> Option<String> {
        let outside = || match (&self.day, day_in(&self.url)) {
            (Some(beside), _) if has_clock(beside) => Some(beside.clone()),
            (_, Some(day)) => Some(day),
            (beside, None) => beside.clone(),
        };
        match self.inside(page) {
            Some(Dated::Whole(date)) => Some(date.clone()),
            Some(Dated::Clock(clock)) => {
                let day = outside()?;
                let both = format!("{day} {clock}");
                let is_whole = !has_clock(&day) && page.date(&both).is_some();
                Some(if is_whole { both } else { day })
            }
            None => outside(),
        }
    }

    pub(super) fn lead(&self, page: &Page<'_>) -> Option<&Lead<'h>> {
        let find = || lead::find(page, self);
        self.lead.get_or_init(find).as_ref()
    }
}

/// The first element below `block` that is called so.
pub(super) fn part<'h>(
    page: &Page<'_>,
    block: ElementRef<'h>,
    sort: Sort,
    is_it: impl Fn(ElementRef<'h>) -> bool,
) -> Option<ElementRef<'h>> {
    block
        .descendent_elements()
        .take(ELEMENTS_OF_BLOCK)
        .skip(1)
        .filter(|element| page.is_called(*element, sort) && !repeats(page, *element, sort))
        .take(CALLED_AT_MOST)
        .find(|element| is_it(*element))
}

/// Whether an element has the text of the one around it, which is called so,
/// too.
pub(super) fn repeats(page: &Page<'_>, element: ElementRef<'_>, sort: Sort) -> bool {
    let is_blank = |node: NodeRef<'_, Node>| match node.value() {
        Node::Text(text) => text.trim().is_empty(),
        Node::Element(_) => false,
        _ => true,
    };
    element.prev_siblings().all(is_blank)
        && element.next_siblings().all(is_blank)
        && element
            .parent()
            .and_then(ElementRef::wrap)
            .is_some_and(|parent| page.is_called(parent, sort))
}

/// The lists of a page, each found once, however many ask for it.
pub(super) struct Lists<'h> {
    page: &'h Page<'h>,
    links: OnceCell<Vec<Link<'h>>>,
    main: OnceCell<Option<List<'h>>>,
    best: OnceCell<Vec<Row<'h>>>,
}

impl<'h> Lists<'h> {
    pub(super) fn of(page: &'h Page<'_>) -> Self {
        Self {
            page,
            links: OnceCell::new(),
            main: OnceCell::new(),
            best: OnceCell::new(),
        }
    }

    fn links(&self) -> &[Link<'h>] {
        self.links.get_or_init(|| links(self.page))
    }

    fn main(&self) -> Option<&List<'h>> {
        let find = || main_list(self.page, self.links());
        self.main.get_or_init(find).as_ref()
    }

    /// The rows of the page's list of news alone: they stand alike.
    pub(super) fn list(&self) -> &[Row<'h>] {
        let rows = self.main().map(|list| list.rows.as_slice());
        rows.filter(|rows| rows.len() >= ROWS_AT_LEAST)
            .unwrap_or_default()
    }

    /// The rows of the page's list of news, and those that stand elsewhere.
    pub(super) fn best(&self) -> &[Row<'h>] {
        self.best.get_or_init(|| self.with_relatives())
    }

    fn with_relatives(&self) -> Vec<Row<'h>> {
        let Some(list) = self.main() else {
            return Vec::new();
        };
        let mut rows = list.rows.clone();
        rows.extend(relatives(self.page, self.links(), &rows, list.merits));
        if rows.len() < ROWS_AT_LEAST {
            return Vec::new();
        }
        agree_on_leads(self.page, &mut rows);
        rows
    }

    /// Every link that could be an entry, each once.
    pub(super) fn all(&self) -> Vec<Row<'h>> {
        let list = distinct(self.links().iter().collect());
        let mut rows = rows(&list, &[]);
        rows.retain(|row| row.rank > Rank::Picture);
        days::find_dates(self.page, &mut rows);
        rows
    }
}

/// Forgets leads that the list as a whole speaks against: what stands beside
/// several headlines is the lead of none, and text outside of a block belongs
/// to it if most blocks have such text.
pub(super) fn agree_on_leads(page: &Page<'_>, rows: &mut [Row<'_>]) {
    let mut times: HashMap<String, usize> = HashMap::new();
    let mut outside = 0;
    for lead in rows.iter().filter_map(|row| row.lead(page)) {
        *times.entry(lead.markup()).or_default() += 1;
        outside += usize::from(lead.is_outside());
    }
    let is_outside = outside * 2 >= rows.len();
    for row in rows {
        let is_wrong = row.lead(page).is_some_and(|lead| {
            let again = times.get(&lead.markup()).is_some_and(|n| *n > 2);
            again || (lead.is_outside() && !is_outside)
        });
        if is_wrong {
            row.lead = OnceCell::from(None);
        }
    }
}

fn main_list<'h>(page: &'h Page<'_>, links: &[Link<'h>]) -> Option<List<'h>> {
    let mut lists: HashMap<usize, Vec<&Link<'h>>> = HashMap::new();
    for link in links {
        lists.entry(link.path).or_default().push(link);
    }
    let lists = lists.into_values().flat_map(by_cells);
    let lists = lists.map(without_sections).map(distinct);
    let lists = lists.filter(|list| list.len() >= PAIR);
    // Pictures are the list where no words are.
    let (pictures, worded): (Vec<_>, Vec<_>) = lists.partition(|list| {
        let pictures = list.iter().filter(|link| link.rank == Rank::Picture);
        pictures.count() * 2 > list.len()
    });
    let (named, labels): (Vec<_>, Vec<_>) = worded
        .into_iter()
        .partition(|list| median(list.iter().map(|link| link.weight)) >= HEADLINE_AT_LEAST);
    let (long, pairs): (Vec<_>, Vec<_>) = longest(named)
        .into_iter()
        .chain(longest(labels))
        .partition(|list| list.len() >= ROWS_AT_LEAST);
    let seen = Seen::default();
    let best = |lists: &[Vec<&Link<'h>>]| {
        let lists = lists.iter().filter_map(|list| List::of(page, list, &seen));
        let lists = lists.filter(|list| list.rows.len() >= ROWS_AT_LEAST);
        most(page, links, lists)
    };
    let pairs = || {
        let lists = pairs.iter();
        lists.filter_map(|list| List::of(page, list, &seen))
    };
    best(&long)
        .or_else(|| most(page, links, pairs().filter(List::is_sure)))
        .or_else(|| best(&longest(pictures)))
}

/// The blocks that were looked at, and what their nodes count.
#[derive(Default)]
struct Seen {
    blocks: RefCell<FxHashSet<NodeId>>,
    nodes: Cell<usize>,
}

impl Seen {
    /// Whether the blocks of one more list may be looked at; the first may.
    fn may_look_at(&self, rows: &[Row<'_>]) -> bool {
        let mut blocks = self.blocks.borrow_mut();
        let is_first = blocks.is_empty();
        let mut nodes = self.nodes.get();
        for row in rows {
            let inside = row.block.descendants().take(NODES_OF_LISTS).count();
            let is_new = blocks.insert(row.block.id());
            nodes += if is_new { inside } else { inside / 2 };
            if nodes > NODES_OF_LISTS && !is_first {
                return false;
            }
        }
        self.nodes.set(nodes);
        true
    }
}

/// A list that may be that of the page's news.
struct List<'h> {
    rows: Vec<Row<'h>>,
    merits: Merits,
}

impl<'h> List<'h> {
    /// `None` if it is none, or if too much was looked at before it.
    fn of(page: &'h Page<'_>, links: &[&Link<'h>], seen: &Seen) -> Option<Self> {
        let mut rows = rows(links, &[]);
        if !seen.may_look_at(&rows) {
            return None;
        }
        if let Some(firsts) = satellites::firsts(page, &rows) {
            let places = links.iter().enumerate();
            let firsts = places.filter(|(at, _)| firsts.contains(at));
            let firsts: Vec<&Link<'h>> = firsts.map(|(_, link)| *link).collect();
            rows = self::rows(&firsts, &[]);
        }
        if !columns::name(page, &mut rows) {
            name_by_blocks(page, &mut rows);
        }
        rows.retain(|row| weight(&row.headline) > 0);
        days::find_dates(page, &mut rows);
        let merits = Merits::of(page, &rows);
        merits.is_news(&rows).then_some(Self { rows, merits })
    }

    /// Whether so few rows are a list nevertheless: each of them has a date
    /// and the address of an article.
    fn is_sure(&self) -> bool {
        self.rows
            .iter()
            .all(|row| matches!(row.inside.get(), Some(Some(_))) && is_article_like(&row.url))
    }

    /// Whether these are the headlines of leads that are links, too: each
    /// before its lead, to the same address, and no two the same.
    fn heads(&self, order: &Order<'_>, leads: &Self) -> bool {
        let most = |part: usize, of: &[Row<'_>]| part * 10 >= of.len() * 8;
        let weight = |rows: &[Row<'_>]| median_weight(rows.iter().map(|row| &row.headline));
        if !(HEADLINE_AT_LEAST..weight(&leads.rows)).contains(&weight(&self.rows)) {
            return false;
        }
        let places = self
            .rows
            .iter()
            .map(|row| (row.url.as_str(), order.place(row)));
        let places: HashMap<&str, usize> = places.collect();
        let is_headed = |row: &&Row<'_>| {
            let place = places.get(row.url.as_str());
            place.is_some_and(|place| *place < order.place(row))
        };
        let is_lead = |row: &&Row<'_>| headline::may_be_lead(&row.headline);
        let told: HashSet<&str> = self.rows.iter().map(|row| row.headline.as_str()).collect();
        most(leads.rows.iter().filter(is_headed).count(), &leads.rows)
            && most(leads.rows.iter().filter(is_lead).count(), &leads.rows)
            && most(told.len(), &self.rows)
    }
}

/// The list with the best score, the one whose leads that list holds, or the
/// one whose entries those of that list only accompany.
fn most<'h>(
    page: &'h Page<'_>,
    links: &[Link<'h>],
    lists: impl Iterator<Item = List<'h>>,
) -> Option<List<'h>> {
    let mut lists: Vec<(f64, List<'h>)> = lists
        .map(|list| (list.merits.score(&list.rows), list))
        .collect();
    // Of equal ones the first.
    lists.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let order = Order::of(links);
    let (_, best) = lists.first()?;
    let rest = lists.iter().skip(1);
    let headlines = rest.clone().position(|(_, list)| list.heads(&order, best));
    let host = || {
        let mut rest = rest;
        rest.position(|(_, host)| satellites::belong(page, &order, &best.rows, &host.rows))
    };
    let at = headlines.or_else(host).map_or(0, |at| at + 1);
    Some(lists.swap_remove(at).1)
}

/// A list, or those in the cells of a table, if several cells hold one each:
/// the menu beside the news is built as these.
fn by_cells<'l, 'h>(list: Vec<&'l Link<'h>>) -> Vec<Vec<&'l Link<'h>>> {
    let cell = |link: &Link<'_>| {
        let parent = link.element.parent().and_then(ElementRef::wrap)?;
        (parent.value().name() == "td").then(|| parent.id())
    };
    let mut cells: BTreeMap<Option<NodeId>, Vec<&'l Link<'h>>> = BTreeMap::new();
    for link in &list {
        cells.entry(cell(link)).or_default().push(link);
    }
    if cells.len() > 1 && cells.values().all(|links| links.len() >= ROWS_AT_LEAST) {
        cells.into_values().collect()
    } else {
        vec![list]
    }
}

/// A list without the links to a section or a person that stand beside those
/// of its entries: their address says so, or the same text leads again and
/// again to the same address, which is no article's, or they are short, and
/// either several lead to one address or each entry has one.
fn without_sections<'l, 'h>(list: Vec<&'l Link<'h>>) -> Vec<&'l Link<'h>> {
    let list = without_repeated(list);
    let is_label = |link: &&Link<'_>| link.weight < HEADLINE_AT_LEAST;
    let labels: Vec<&&Link<'_>> = list.iter().filter(|link| is_label(link)).collect();
    let headlines = list.len() - labels.len();
    if headlines < ROWS_AT_LEAST || labels.len() * 3 < list.len() {
        return list;
    }
    let addresses: HashSet<&str> = labels.iter().map(|link| link.canon.as_str()).collect();
    let mut pairs = list.windows(2);
    let mut is_by_turns = || pairs.all(|pair| matches!(pair, [a, b] if is_label(a) != is_label(b)));
    if addresses.len() == labels.len() && !is_by_turns() {
        return list;
    }
    list.into_iter().filter(|link| !is_label(link)).collect()
}

/// A list without what leads to persons and sections, if more is in it.
fn without_repeated<'l, 'h>(list: Vec<&'l Link<'h>>) -> Vec<&'l Link<'h>> {
    let mut times: HashMap<(&str, &str), usize> = HashMap::new();
    for link in &list {
        *times.entry((&link.canon, &link.headline)).or_default() += 1;
    }
    let is_entry = |link: &&&Link<'_>| {
        let times = times.get(&(link.canon.as_str(), link.headline.as_str()));
        // A carousel repeats its headlines.
        let is_headline = link.weight >= HEADLINE_AT_LEAST && is_article_like(&link.url);
        (is_headline || times.is_none_or(|times| *times < TIMES_OF_SECTION))
            && !satellites::is_person_or_section(&link.url, &link.headline)
    };
    let entries: Vec<&Link<'h>> = list.iter().filter(is_entry).copied().collect();
    if entries.len() >= ROWS_AT_LEAST {
        entries
    } else {
        list
    }
}

/// The lists with the most text in their links.
fn longest<'l, 'h>(mut lists: Vec<Vec<&'l Link<'h>>>) -> Vec<Vec<&'l Link<'h>>> {
    lists.sort_by_cached_key(|list| {
        let place = list.first().map_or(0, |link| link.place);
        let weight = list.len() * median(list.iter().map(|link| link.weight));
        (std::cmp::Reverse(weight), place)
    });
    lists.truncate(LISTS_AT_MOST);
    lists
}

/// Where most links of a list say no more than "Read more", the headlines
/// stand elsewhere in their blocks; rows without one are no entries. What only
/// an attribute says is read as the block shows it. A link around a picture, or
/// laid over its block, says nothing in any list.
fn name_by_blocks(page: &Page<'_>, rows: &mut Vec<Row<'_>>) {
    for row in rows.iter_mut().filter(|row| row.rank == Rank::Attribute) {
        if let Some(shown) = shown_in(page, row) {
            (row.headline, row.rank) = shown;
        }
    }
    let mut times: HashMap<String, usize> = HashMap::new();
    for row in &*rows {
        *times.entry(row.headline.clone()).or_default() += 1;
    }
    // A short heading is one nevertheless, unless it comes again and again.
    let is_label = |row: &Row<'_>| {
        (weight(&row.headline) < HEADLINE_AT_LEAST && row.rank < Rank::Heading)
            || times.get(&row.headline).is_some_and(|n| *n > 2)
    };
    let labels = rows.iter().filter(|row| is_label(row)).count();
    let are_labels = labels * 2 > rows.len();
    let is_mute = |row: &Row<'_>| row.rank == Rank::Picture;
    let common = if are_labels || rows.iter().any(is_mute) {
        links_of_most(rows)
    } else {
        HashSet::new()
    };
    rows.retain_mut(|row| {
        let is_mute = row.rank == Rank::Picture;
        let is_label = is_label(row);
        if is_mute || (are_labels && is_label) {
            let Some(named) = name_in(page, row, &common) else {
                return is_mute && !is_label;
            };
            (row.headline, row.rank) = named;
        }
        true
    });
}

/// The headline of a block whose link has no text, if it shows one.
fn shown_in(page: &Page<'_>, row: &Row<'_>) -> Option<(String, Rank)> {
    let line = || {
        let line = headline::line_said(page, row.block, &row.headline)?;
        Some((line, Rank::Text))
    };
    let common = HashSet::new();
    let heading = name_in(page, row, &common).filter(|(_, rank)| *rank == Rank::Heading);
    heading.or_else(line)
}

/// Where links lead that most blocks of a list have: to its channel, or its
/// author.
fn links_of_most<'h>(rows: &[Row<'h>]) -> HashSet<&'h str> {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for row in rows {
        let elements = row.block.descendent_elements().take(ELEMENTS_OF_BLOCK);
        let links = elements.filter(|element| element.value().name() == "a");
        let links: HashSet<&str> = links.filter_map(|link| link.attr("href")).collect();
        for href in links {
            *times.entry(href).or_default() += 1;
        }
    }
    times.retain(|_, times| *times >= ROWS_AT_LEAST && *times * 2 > rows.len());
    times.into_keys().collect()
}

/// The headline of a block whose link is but a label, and `common` those that
/// most blocks have.
fn name_in(page: &Page<'_>, row: &Row<'_>, common: &HashSet<&str>) -> Option<(String, Rank)> {
    let is_common =
        |link: ElementRef<'_>| link.attr("href").is_some_and(|href| common.contains(href));
    let is_headline = |text: &String| headline::is_headline(page, text);
    // "All news" below several of them is no entry; what shows its hour is the
    // link of a message, which may hold others.
    let mut shown = row.link.descendent_elements();
    let is_of_message = shown.any(|inner| inner.value().name() == "time");
    let is_other = |link: ElementRef<'_>| {
        link.value().name() == "a"
            && link
                .attr("href")
                .is_some_and(|href| Some(href) != row.link.attr("href"))
            && !is_common(link)
            && weight(&first_line(page, link)) >= HEADLINE_AT_LEAST
    };
    let mut inside = row.block.descendent_elements().take(ELEMENTS_OF_BLOCK);
    if !is_of_message && inside.any(is_other) {
        return None;
    }
    // A short one is the entry's if it leads where the label does.
    let is_own = |heading: ElementRef<'_>| {
        let around = heading.ancestors().filter_map(ElementRef::wrap);
        let mut links = heading.descendent_elements().chain(around.take(2));
        links.any(|link| link.value().name() == "a" && link.attr("href") == row.link.attr("href"))
    };
    let heading = headline::headed(page, row.block)
        .filter(|(heading, text)| is_headline(text) || is_own(*heading));
    let heading = heading.map(|(_, text)| (text, Rank::Heading));
    heading.or_else(|| {
        let is_label = |inner: ElementRef<'_>| inner == row.link || is_common(inner);
        let beside = first_line_without(page, row.block, Some(&is_label));
        Some((beside, Rank::Text)).filter(|(text, _)| is_headline(text))
    })
}

/// The row of a block that is known to be an entry.
pub(super) fn of_block<'h>(page: &'h Page<'_>, block: ElementRef<'h>) -> Option<Row<'h>> {
    let inside = block
        .descendent_elements()
        .take(ELEMENTS_OF_BLOCK)
        .filter(|element| target(*element).is_some() && is_innermost(*element))
        .filter(|element| !page.is_in_furniture(*element));
    let around = block
        .ancestors()
        .filter_map(ElementRef::wrap)
        .find(|element| element.value().name() == "a")
        // One around a list is none of its entries'.
        .filter(|around| is_small(*around));
    let mut heading = None;
    let mut best: Option<((Rank, bool, bool), Row<'h>)> = None;
    for link in inside.take(LINKS_OF_BLOCK).chain(around) {
        let Some(url) = target(link).and_then(|href| page.ground.link(href)) else {
            continue;
        };
        let (mut headline, rank) = headline::of_link(page, link);
        let is_long = weight(&headline) >= HEADLINE_AT_LEAST;
        // A link around the whole block, or "read more" beside a heading.
        if rank < Rank::Heading
            && let Some(heading) = heading.get_or_insert_with(|| heading_in(page, block))
        {
            headline.clone_from(heading);
        }
        // Beside the link to the article stands that to its section.
        let merits = (rank, is_article_like(&url), is_long);
        if best.as_ref().is_none_or(|(most, _)| merits > *most) && weight(&headline) > 0 {
            best = Some((merits, Row::new(link, url, (headline, rank), block)));
        }
    }
    let (_, mut row) = best?;
    if row.rank == Rank::Attribute
        && let Some(line) = headline::line_said(page, block, &row.headline)
    {
        row.headline = line;
    }
    Some(row)
}

/// Whether an element shows this headline and nothing else.
pub(super) fn shows(element: ElementRef<'_>, headline: &str) -> bool {
    short_line(element, HEADLINE_AT_MOST).is_some_and(|text| text == headline)
}

/// Each address once, the first of it.
pub(super) fn once_each<'h>(rows: impl Iterator<Item = Row<'h>>) -> Vec<Row<'h>> {
    let mut seen = HashSet::new();
    rows.filter(|row| seen.insert(url::canon(&row.url)))
        .collect()
}

/// A link that could be an entry.
struct Link<'h> {
    element: ElementRef<'h>,
    url: WebUrl,
    canon: String,
    headline: String,
    /// What the headline weighs.
    weight: usize,
    rank: Rank,
    /// Equal for links that stand alike: by tags and classes.
    path: usize,
    /// The same by tags alone.
    tags: usize,
    place: usize,
}

/// Where links stand, by their elements.
pub(super) struct Order<'l>(FxHashMap<NodeId, &'l Link<'l>>);

impl<'l> Order<'l> {
    fn of<'h: 'l>(links: &'l [Link<'h>]) -> Self {
        Self(links.iter().map(|link| (link.element.id(), link)).collect())
    }

    /// The place of a row's link among all of the page.
    pub(super) fn place(&self, row: &Row<'_>) -> usize {
        self.0.get(&row.link.id()).map_or(0, |link| link.place)
    }

    /// Equal for rows whose links stand alike by tags alone.
    pub(super) fn tags(&self, row: &Row<'_>) -> usize {
        self.0.get(&row.link.id()).map_or(0, |link| link.tags)
    }

    /// Equal for rows whose links stand alike by tags and classes.
    fn path(&self, row: &Row<'_>) -> usize {
        self.0.get(&row.link.id()).map_or(0, |link| link.path)
    }
}

/// The links outside of furniture.
fn links<'h>(page: &'h Page<'_>) -> Vec<Link<'h>> {
    let mut links = Vec::new();
    let mut kinds: HashMap<(usize, String), usize> = HashMap::new();
    // Path, and path by tags alone, of each element that is open, and where it
    // leads.
    let mut open: Vec<(usize, usize, Option<&str>)> = Vec::new();
    let mut links_open = 0_usize;
    for edge in page.html.tree.root().traverse() {
        if links.len() >= LINKS_AT_MOST {
            break;
        }
        match edge {
            Edge::Open(node) => {
                let Some(element) = ElementRef::wrap(node) else {
                    continue;
                };
                let (above, tags_above, _) = open.last().copied().unwrap_or_default();
                let mut number = |above, kind| {
                    let next = kinds.len() + 1;
                    *kinds.entry((above, kind)).or_insert(next)
                };
                let path = number(above, kind(element));
                let tags = number(tags_above, format!("<{}", element.value().name()));
                // What stands in so many links is none that counts.
                let may_count = links_open < LINKS_IN_LINKS;
                let target = may_count.then(|| target(element)).flatten();
                let target = target.filter(|_| is_innermost(element));
                open.push((path, tags, target));
                let Some(target) = target else { continue };
                links_open += 1;
                if page.is_in_furniture(element) {
                    continue;
                }
                let Some(url) = page.ground.link(target) else {
                    continue;
                };
                let (headline, rank) = headline::of_link(page, element);
                links.push(Link {
                    element,
                    canon: url::canon(&url),
                    url,
                    weight: weight(&headline),
                    headline,
                    rank,
                    path,
                    tags,
                    place: links.len(),
                });
            }
            Edge::Close(node) => {
                if node.value().is_element()
                    && let Some((_, _, Some(_))) = open.pop()
                {
                    links_open -= 1;
                }
            }
        }
    }
    // A picture beside a headline leads where that does.
    let is_named = |link: &Link<'_>| link.rank > Rank::Picture;
    let named = links.iter().filter(|link| is_named(link));
    let named: HashSet<String> = named.map(|link| link.canon.clone()).collect();
    links.retain(|link| is_named(link) || !named.contains(&link.canon));
    without_companions(links)
}

/// The links without those of pictures that stand beside headlines, wherever
/// they lead: to the picture, or to its section.
fn without_companions(links: Vec<Link<'_>>) -> Vec<Link<'_>> {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for link in &links {
        *times.entry(&link.canon).or_default() += 1;
    }
    // What leads to one address again and again leads to a section.
    let is_headline = |link: &Link<'_>| {
        link.rank > Rank::Picture
            && link.weight >= HEADLINE_AT_LEAST
            && times
                .get(link.canon.as_str())
                .is_none_or(|times| *times < TIMES_OF_SECTION)
    };
    let mut kinds: HashMap<usize, (usize, usize)> = HashMap::new();
    for (at, link) in links.iter().enumerate() {
        if link.rank == Rank::Picture {
            let neighbours = [at.checked_sub(1), Some(at + 1)];
            let mut neighbours = neighbours.into_iter().flatten();
            let (all, beside) = kinds.entry(link.path).or_default();
            *all += 1;
            *beside += usize::from(neighbours.any(|at| links.get(at).is_some_and(is_headline)));
        }
    }
    let accompanies = |link: &Link<'_>| {
        let counted = kinds.get(&link.path);
        link.rank == Rank::Picture && counted.is_some_and(|(all, beside)| beside * 2 > *all)
    };
    links
        .into_iter()
        .filter(|link| !accompanies(link))
        .collect()
}

/// Whether an element is a link itself, or has none inside.
fn is_innermost(element: ElementRef<'_>) -> bool {
    const NODES_AT_MOST: usize = 60;
    let is_link = |inner: ElementRef<'_>| inner.value().name() == "a" && target(inner).is_some();
    let inside = element.descendants().take(NODES_AT_MOST);
    element.value().name() == "a" || !inside.filter_map(ElementRef::wrap).any(is_link)
}

/// Each address once, by the link that shows its headline best.
fn distinct<'l, 'h>(list: Vec<&'l Link<'h>>) -> Vec<&'l Link<'h>> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut distinct: Vec<&'l Link<'h>> = Vec::new();
    for link in list {
        match places
            .get(link.canon.as_str())
            .and_then(|at| distinct.get_mut(*at))
        {
            Some(other) => {
                let is_better = link.rank > other.rank
                    || (other.weight < HEADLINE_AT_LEAST
                        && link.weight > other.weight
                        && link.rank == other.rank);
                if is_better {
                    *other = link;
                }
            }
            None => {
                places.insert(&link.canon, distinct.len());
                distinct.push(link);
            }
        }
    }
    distinct.retain(|link| link.weight > 0 || link.rank == Rank::Picture);
    distinct
}

/// The median of what texts weigh.
pub(super) fn median_weight<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> usize {
    median(texts.into_iter().map(|text| weight(text.as_ref())))
}

fn median(weights: impl IntoIterator<Item = usize>) -> usize {
    let mut weights: Vec<usize> = weights.into_iter().collect();
    weights.sort_unstable();
    weights.get(weights.len() / 2).copied().unwrap_or(0)
}

/// The links of one list with their blocks. No block holds one of `others`.
fn rows<'h>(list: &[&Link<'h>], others: &[Row<'h>]) -> Vec<Row<'h>> {
    // How many entries stand below each element.
    let mut below: FxHashMap<NodeId, usize> = FxHashMap::default();
    let entries = list.iter().map(|link| link.element);
    for element in entries.chain(others.iter().map(|row| row.link)) {
        for node in element.ancestors() {
            *below.entry(node.id()).or_default() += 1;
        }
    }
    list.iter()
        .map(|link| {
            let block = link
                .element
                .ancestors()
                .take_while(|node| below.get(&node.id()) == Some(&1))
                .filter_map(ElementRef::wrap)
                // What surrounds a single link ends where the page around it begins.
                .take_while(|element| others.is_empty() || is_small(*element))
                .last()
                .unwrap_or(link.element);
            let shown = (link.headline.clone(), link.rank);
            Row::new(link.element, link.url.clone(), shown, block)
        })
        .collect()
}

/// What speaks for a list.
#[derive(Clone, Copy, Debug)]
struct Merits {
    /// The share of rows with a date, 0 to 1, and so on.
    dated: f64,
    addressed: f64,
    headed: f64,
    led: f64,
    shown: f64,
}

impl Merits {
    fn of(page: &Page<'_>, rows: &[Row<'_>]) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "rows of a page are few")]
        let share = |is: &dyn Fn(&Row<'_>) -> bool| {
            rows.iter().filter(|row| is(row)).count() as f64 / rows.len().max(1) as f64
        };
        Self {
            dated: share(&|row| row.date(page).is_some()),
            addressed: share(&|row| is_article_like(&row.url)),
            headed: share(&|row| row.is_headed()),
            led: share(&|row| row.lead(page).is_some()),
            shown: share(&|row| row.rank > Rank::Attribute),
        }
    }

    fn score(&self, rows: &[Row<'_>]) -> f64 {
        let weight = median_weight(rows.iter().map(|row| &row.headline)).min(60);
        #[expect(clippy::cast_precision_loss, reason = "rows of a page are few")]
        let (rows, weight) = (rows.len() as f64, weight as f64);
        let merit = 0.4 + self.dated + 0.6 * self.addressed + 0.3 * (self.headed + self.led);
        // What attributes say beside a picture is said better elsewhere.
        let merit = merit * (0.7 + 0.3 * self.shown);
        (1.0 + rows).ln() * weight / 60.0 * merit
    }

    /// Whether there is more to read in the headlines than in a menu, or their
    /// addresses are numbered as those of no menu are.
    fn is_long(rows: &[Row<'_>]) -> bool {
        let median = median_weight(rows.iter().map(|row| &row.headline));
        let numbered = rows.iter().filter(|row| is_numbered(&row.url)).count();
        (rows.len() >= 5 && median >= 30)
            || (rows.len() >= 10 && median >= 24)
            || (numbered >= 8 && numbered * 10 >= rows.len() * 9 && median >= HEADLINE_AT_LEAST)
    }

    fn is_news(&self, rows: &[Row<'_>]) -> bool {
        let shares = [self.dated, self.addressed, self.headed, self.led];
        let mute = rows.iter().filter(|row| row.rank == Rank::Picture).count();
        // Partners of a site are shown by their pictures, too.
        if mute * 2 >= rows.len() {
            return self.dated >= 0.5;
        }
        shares.iter().any(|share| *share >= 0.5) || Self::is_long(rows)
    }
}

/// Whether an address looks like that of an article: a number or several
/// words in its last parts, or a number in its query.
fn is_article_like(link: &WebUrl) -> bool {
    let url = link.as_url();
    let long_number = |text: &str| {
        text.split(|c: char| !c.is_ascii_digit())
            .any(|number| number.len() >= 4)
    };
    let mut segments = url.path().rsplit('/').filter(|segment| !segment.is_empty());
    let last = segments.next().unwrap_or_default();
    long_number(last)
        || last.matches(['-', '_']).count() >= 3
        || last.contains("%D")
        || url
            .query()
            .is_some_and(|query| query.bytes().any(|b| b.is_ascii_digit()))
        || segments.next().is_some_and(long_number)
        || day_in(link).is_some()
}

/// Whether the last part of an address holds a number, however short.
fn ends_in_number(link: &WebUrl) -> bool {
    let mut segments = link.as_url().path().rsplit('/');
    let last = segments.find(|segment| !segment.is_empty());
    last.is_some_and(|last| last.bytes().any(|byte| byte.is_ascii_digit()))
}

/// Whether an address ends in a number, before the name of its format.
fn is_numbered(link: &WebUrl) -> bool {
    let last = link
        .as_url()
        .path()
        .rsplit('/')
        .find(|segment| !segment.is_empty());
    let name = last.map_or("", |last| last.split('.').next().unwrap_or_default());
    name.ends_with(|c: char| c.is_ascii_digit())
}

/// What two addresses of one section have in common: host, and in every
/// place of the path a word, a number or a name.
fn shape(link: &WebUrl) -> String {
    let url = link.as_url();
    let mut shape = host(link).unwrap_or_default().to_owned();
    for segment in url.path().split('/').filter(|segment| !segment.is_empty()) {
        let digits = segment.bytes().filter(u8::is_ascii_digit).count();
        shape.push_str(if digits == segment.len() {
            "/9"
        } else if digits > 0 || segment.contains(['-', '_', '%']) {
            "/*"
        } else {
            "/w"
        });
    }
    if url.query().is_some() {
        shape.push('?');
    }
    shape
}

/// Entries that stand otherwise than the list: the story on top, a second
/// list. Their address is shaped as those of the list; where the list is
/// dated so must they be, since a box of old stories looks the same.
fn relatives<'h>(
    page: &'h Page<'_>,
    links: &[Link<'h>],
    list: &[Row<'h>],
    merits: Merits,
) -> Vec<Row<'h>> {
    let mut shapes: HashMap<String, usize> = HashMap::new();
    for row in list {
        *shapes.entry(shape(&row.url)).or_default() += 1;
    }
    let common: HashSet<String> = shapes
        .into_iter()
        .filter(|(_, rows)| rows * 5 >= list.len())
        .map(|(shape, _)| shape)
        .collect();
    let known: HashSet<String> = list.iter().map(|row| url::canon(&row.url)).collect();
    let are_numbered = list.iter().all(|row| ends_in_number(&row.url));
    let is_shaped = |link: &Link<'h>| {
        let is_of_story = (merits.addressed >= 0.5 && is_article_like(&link.url))
            || (are_numbered && ends_in_number(&link.url));
        is_of_story && common.contains(&shape(&link.url))
    };
    let hosts: HashSet<&str> = list.iter().filter_map(|row| host(&row.url)).collect();
    let leads_elsewhere =
        |url: &WebUrl| hosts.len() == 1 && host(url).is_some_and(|host| !hosts.contains(host));
    // An entry of another kind within the list: its classes differ, or it is
    // a headline as the others are, built otherwise.
    let inside: FxHashSet<NodeId> = list.iter().map(|row| row.link.id()).collect();
    let tags: HashSet<usize> = links
        .iter()
        .filter(|link| inside.contains(&link.element.id()))
        .map(|link| link.tags)
        .collect();
    let container = container(list);
    let blocks: FxHashSet<NodeId> = list.iter().map(|row| row.block.id()).collect();
    let is_akin = |link: &Link<'h>| {
        let is_headed = merits.headed >= 0.5 && link.rank >= Rank::Called;
        // What stands beside a headline in its block is no other entry.
        let mut around = link.element.ancestors().map(|node| node.id());
        (is_headed || tags.contains(&link.tags))
            && !leads_elsewhere(&link.url)
            && container.is_some_and(|container| {
                let inner = around.find(|id| *id == container || blocks.contains(id));
                inner == Some(container)
            })
    };
    let order = Order::of(links);
    let may_be_spread = |link: &&Link<'h>| {
        let shape = shape(&link.url);
        !known.contains(&link.canon)
            && link.weight >= HEADLINE_AT_LEAST
            && shape.contains(['*', '9'])
            && common.contains(&shape)
    };
    let spread = spread(links.iter().filter(may_be_spread), &order, list, &blocks);
    let is_spread = |link: &Link<'h>| spread.contains(&link.element.id());
    let is_one = |link: &Link<'h>| is_shaped(link) || is_akin(link) || is_spread(link);
    let others: Vec<&Link<'h>> = links
        .iter()
        .filter(|link| !known.contains(&link.canon) && is_one(link))
        .filter(|link| !satellites::is_person_or_section(&link.url, &link.headline))
        .collect();
    let others: Vec<&Link<'h>> = distinct(others)
        .into_iter()
        .filter(|link| link.weight >= HEADLINE_AT_LEAST && link.rank > Rank::Attribute)
        .collect();
    let akin: FxHashSet<NodeId> = others
        .iter()
        .filter(|link| is_akin(link) || is_spread(link))
        .map(|link| link.element.id())
        .collect();
    let mut rows = named_alike(page, &order, rows(&others, list));
    ends::cut(page, &mut rows);
    let rows = without_satellites(page, &order, rows, list);
    let begin = list.iter().map(|row| order.place(row)).min().unwrap_or(0);
    let is_above = |row: &Row<'_>| order.place(row) < begin;
    let above = rows
        .iter()
        .filter(|row| is_above(row) && row.date(page).is_none());
    // More of them are a box of their own.
    let are_on_top = above.count() <= ON_TOP_AT_MOST;
    let is_on_top = |row: &Row<'_>| are_on_top && is_above(row) && row.rank >= Rank::Called;
    let may_be_undated =
        |row: &Row<'_>| merits.dated < 0.5 || akin.contains(&row.link.id()) || is_on_top(row);
    let moment = |row: &Row<'_>| page.date(&row.date(page)?);
    let oldest = list.iter().filter_map(moment).min();
    // A box of old stories, which only their addresses date, or one of events.
    let is_of_another_time = |row: &Row<'_>| {
        let is_told = row.inside(page).is_some();
        let is_of_list = akin.contains(&row.link.id());
        let is_to_come = || moment(row).is_some_and(|moment| page.ground.is_to_come(moment));
        // An address tells the day alone.
        let is_older = || {
            let end = moment(row)?.checked_add(SignedDuration::from_hours(24));
            Some(end.ok()? <= oldest?)
        };
        !is_of_list && ((!is_told && is_older() == Some(true)) || is_to_come())
    };
    rows.into_iter()
        .filter(|row| match row.date(page) {
            Some(_) => !is_of_another_time(row),
            None => may_be_undated(row),
        })
        .collect()
}

/// Rows of several lists, named by what stands alike in the links of each.
fn named_alike<'h>(page: &Page<'_>, order: &Order<'_>, mut rows: Vec<Row<'h>>) -> Vec<Row<'h>> {
    rows.sort_by_key(|row| order.path(row));
    for alike in rows.chunk_by_mut(|one, other| order.path(one) == order.path(other)) {
        columns::name(page, alike);
    }
    rows.sort_by_key(|row| order.place(row));
    rows
}

/// The links among these that stand alike and come all over the list, as the
/// stories below those on top of the sections of a front page: what is of
/// another time stands in one box.
fn spread<'l, 'h: 'l>(
    links: impl Iterator<Item = &'l Link<'h>>,
    order: &Order<'_>,
    list: &[Row<'h>],
    blocks: &FxHashSet<NodeId>,
) -> FxHashSet<NodeId> {
    let mut places: Vec<usize> = list.iter().map(|row| order.place(row)).collect();
    places.sort_unstable();
    let mut alike: HashMap<usize, Vec<&Link<'_>>> = HashMap::new();
    for link in links {
        alike.entry(link.path).or_default().push(link);
    }
    let is_spread = |links: &&Vec<&Link<'_>>| {
        let gaps = links.iter();
        let gaps = gaps.map(|link| places.partition_point(|place| *place < link.place));
        let gaps = gaps.collect::<HashSet<usize>>().len();
        // In the block of an entry that of another stands only if each has some.
        let is_inside = |link: &&Link<'_>| {
            let mut around = link.element.ancestors();
            around.any(|node| blocks.contains(&node.id()))
        };
        gaps >= ROWS_AT_LEAST
            && gaps * 2 >= links.len().min(list.len())
            && (gaps * 3 >= list.len() || !links.iter().any(is_inside))
    };
    let spread = alike.values().filter(is_spread).flatten();
    spread.map(|link| link.element.id()).collect()
}

/// The rows without those that accompany the entries of the list.
fn without_satellites<'h>(
    page: &'h Page<'_>,
    order: &Order<'_>,
    rows: Vec<Row<'h>>,
    list: &[Row<'h>],
) -> Vec<Row<'h>> {
    let mut alike: BTreeMap<usize, Vec<Row<'h>>> = BTreeMap::new();
    for row in rows {
        alike.entry(order.path(&row)).or_default().push(row);
    }
    let mut kept: Vec<Row<'h>> = alike
        .into_values()
        .filter(|rows| !satellites::belong(page, order, rows, list))
        .flatten()
        .collect();
    kept.sort_by_key(|row| order.place(row));
    kept
}

fn host(link: &WebUrl) -> Option<&str> {
    let host = link.as_url().host_str()?;
    Some(host.strip_prefix("www.").unwrap_or(host))
}

/// The smallest element that holds the whole list.
pub(super) fn container(list: &[Row<'_>]) -> Option<NodeId> {
    let mut below: FxHashMap<NodeId, usize> = FxHashMap::default();
    for node in list.iter().flat_map(|row| row.link.ancestors()) {
        *below.entry(node.id()).or_default() += 1;
    }
    let mut above = list.first()?.link.ancestors();
    above
        .find(|node| below.get(&node.id()) == Some(&list.len()))
        .map(|node| node.id())
}
