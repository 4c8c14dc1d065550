//! The texts that the links of a list show, as columns: what stands in the
//! same place of each link, and which of the columns is the headline.
//!
//! # Why
//! A card that is a link as a whole shows a section, a headline, a lead, a
//! name, and often calls them nothing (`class="sc-1"`). In one link alone any
//! of them could be the headline. Side by side they tell themselves: sections
//! and names come again or are short, leads are sentences, and a text that
//! begins in lower case goes on with the one before.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use ego_tree::iter::Edge;
use scraper::{ElementRef, Node};

use super::credit::AUTHOR_WORDS;
use super::days::short_date;
use super::ends;
use super::entry::weight;
use super::furniture::HEADLINE_AT_LEAST;
use super::headline::{
    self, BESIDE_WORDS, TITLE_WORDS, ends_sentence, is_beside, is_block, joined, letters, own_lines,
};
use super::lead::LEAD_WORDS;
use super::page::{Page, is_called, is_called_one};
use super::rows::{ROWS_AT_LEAST, Row, median_weight};
use crate::text::plain;

/// Tags and texts of one link that are looked at.
const EDGES_AT_MOST: usize = 400;

/// Texts of one link that may be its headline, or parts of it.
const CELLS_AT_MOST: usize = 24;

/// Rows that tell what the columns are.
const ROWS_AT_MOST: usize = 40;

/// A section weighs no more in the median, nor does a name.
const LABEL_AT_MOST: usize = 25;

/// A text that goes on with a headline is no longer.
const LEAD_AT_LEAST: usize = 90;

/// A sentence of this weight is a lead.
const SENTENCE_AT_LEAST: usize = 40;

/// Words in class or id of a label, beside those of [`BESIDE_WORDS`].
const LABEL_WORDS: [&str; 6] = ["tag", "tags", "eyebrow", "overline", "source", "meta"];

/// A text in the link of a row.
struct Cell {
    /// Equal for texts that stand alike in their links.
    place: u64,
    text: String,
    begins: Begins,
    /// What it, or what is around it, is called.
    called: Option<Called>,
    is_date: bool,
}

/// How a text stands to the one before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begins {
    /// In an element of its own.
    Apart,
    /// Behind a break of the line.
    Broken,
    /// On the same line.
    Line,
    /// On the same line, and it touches the element before it.
    Touching,
    /// So it does as no words do.
    Glued,
}

impl Begins {
    fn join(self, before: &str, after: &str) -> String {
        match self {
            Self::Apart | Self::Broken | Self::Line => joined(before, after),
            Self::Touching | Self::Glued => format!("{before}{after}"),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Called {
    Title,
    Lead,
    Beside,
}

/// Names the rows of a list by the column that is their headline, where their
/// links show several texts. Tells whether it stands beside sections that come
/// again: then it is the headline, however short.
pub(super) fn name(page: &Page<'_>, rows: &mut [Row<'_>]) -> bool {
    let links = rows.iter().map(|row| cells(page, row.link));
    let mut links: Vec<Vec<Cell>> = links.collect();
    if links.iter().all(|cells| cells.len() < 2) {
        return false;
    }
    for cell in links.iter_mut().take(ROWS_AT_MOST).flatten() {
        cell.is_date = is_date(page, &cell.text);
    }
    let weighed = links.get(..ROWS_AT_MOST).unwrap_or(&links);
    let going_on = going_on(page, weighed);
    let links: Vec<Vec<Group>> = links
        .iter()
        .map(|cells| grouped(cells, &going_on))
        .collect();
    let weighed = links.get(..ROWS_AT_MOST).unwrap_or(&links);
    let columns = columns(weighed);
    let headlines = headlines(&columns, weighed.len());
    let said = said(rows);
    for ((row, groups), said) in rows.iter_mut().zip(&links).zip(said) {
        let told = said.and_then(|said| told(groups, &said, &columns));
        let named = || {
            let group = groups.iter().find(|group| Some(group.place) == headlines);
            let is_told = |group: &&Group| groups.len() > 1 || group.is_joined;
            let group = group.filter(is_told)?;
            Some(headline::uncut(row.link, group.text.clone()))
        };
        if let Some(headline) = told.or_else(named) {
            row.headline = headline;
        }
    }
    let is_section = |column: &Column| column.repeats && column.rows * 2 >= weighed.len();
    headlines.is_some() && columns.iter().any(is_section)
}

/// The texts of a link, of its heading if it has one.
fn cells(page: &Page<'_>, link: ElementRef<'_>) -> Vec<Cell> {
    let root = headline::headed(page, link).map_or(link, |(heading, _)| heading);
    let mut cells = Vec::new();
    // Places and names of the elements that are open; of those that hold text
    // themselves, whose elements in the line are not looked into.
    let mut open: Vec<(u64, Option<Called>, bool)> = Vec::new();
    let mut kin: HashMap<u64, usize> = HashMap::new();
    let mut left_out = 0_usize;
    for edge in root.traverse().take(EDGES_AT_MOST) {
        match edge {
            Edge::Open(node) => {
                let Some(element) = ElementRef::wrap(node) else {
                    continue;
                };
                let (above, called, in_line) = open.last().copied().unwrap_or_default();
                let name = element.value().name();
                let is_root = element == root;
                let is_out =
                    left_out > 0 || (!is_root && (name == "time" || (in_line && !is_block(name))));
                left_out += usize::from(is_out);
                if is_out {
                    continue;
                }
                let kind = hash((above, name, element.attr("class")));
                let nth = kin.entry(kind).or_default();
                *nth += 1;
                let place = hash((kind, *nth));
                let called = if is_root { None } else { named(element) }.or(called);
                let holds_text = holds_text(element);
                open.push((place, called, holds_text));
                if holds_text && cells.len() < CELLS_AT_MOST {
                    cells.extend(own(page, element, place, called));
                    cells.truncate(CELLS_AT_MOST);
                }
            }
            Edge::Close(node) if node.value().is_element() => {
                if left_out > 0 {
                    left_out -= 1;
                } else {
                    open.pop();
                }
            }
            Edge::Close(_) => {}
        }
    }
    cells
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn named(element: ElementRef<'_>) -> Option<Called> {
    if is_called(element, &TITLE_WORDS) {
        Some(Called::Title)
    } else if is_called(element, &LEAD_WORDS) {
        Some(Called::Lead)
    } else if is_called_one(element, &[&AUTHOR_WORDS, &BESIDE_WORDS, &LABEL_WORDS]) {
        Some(Called::Beside)
    } else {
        None
    }
}

/// Whether text stands in an element itself.
fn holds_text(element: ElementRef<'_>) -> bool {
    let mut texts = element.children().filter_map(|node| node.value().as_text());
    texts.any(|text| weight(text) > 0)
}

/// The texts of an element that holds some itself: what stands in an element
/// at their beginning, and the rest.
fn own(page: &Page<'_>, element: ElementRef<'_>, place: u64, called: Option<Called>) -> Vec<Cell> {
    let first = first_in(element);
    let text = |element: ElementRef<'_>| own_lines(page, element, None).concat().join(" ");
    let first = first
        .map(|first| (first, text(first)))
        .filter(|(_, text)| weight(text) > 0);
    let mut cells = Vec::new();
    let mut begins = Begins::Apart;
    if let Some((first, text)) = &first {
        begins = behind(*first);
        cells.push(Cell {
            place: hash((place, "first")),
            text: text.clone(),
            begins: Begins::Apart,
            called: named(*first).or(called),
            is_date: false,
        });
    }
    let lines = own_lines(page, element, first.map(|(first, _)| first));
    for (n, parts) in lines.into_iter().enumerate() {
        for (m, text) in parts.into_iter().enumerate() {
            cells.push(Cell {
                place: hash((place, n, m)),
                text,
                begins,
                called,
                is_date: false,
            });
            begins = Begins::Broken;
        }
        begins = Begins::Apart;
    }
    cells
}

/// The element at the beginning of a line, before its text.
fn first_in(element: ElementRef<'_>) -> Option<ElementRef<'_>> {
    let is_text = |node: &ego_tree::NodeRef<'_, Node>| {
        let text = node.value().as_text();
        text.is_some_and(|text| !text.trim().is_empty())
    };
    let before = element.children().take_while(|node| !is_text(node));
    let mut elements = before.filter_map(ElementRef::wrap);
    elements.find(|inner| {
        let name = inner.value().name();
        !is_block(name) && !is_beside(*inner) && inner.descendants().any(|node| is_text(&node))
    })
}

/// How the text behind an element stands to it; behind a break it stands apart
/// from all that is in an element. Within a word no capital, no
/// digit and no quotation follows a letter.
fn behind(element: ElementRef<'_>) -> Begins {
    let behind = element.next_sibling();
    let behind = behind.and_then(|node| node.value().as_text());
    let next = behind.and_then(|text| text.chars().next());
    let last = element.text().last().and_then(|text| text.chars().last());
    let (Some(last), Some(next)) = (last, next) else {
        return Begins::Apart;
    };
    let begins = next.is_uppercase() || next.is_ascii_digit() || matches!(next, '«' | '“' | '"');
    if last.is_whitespace() || next.is_whitespace() {
        Begins::Line
    } else if last.is_alphanumeric() && begins {
        Begins::Glued
    } else {
        Begins::Touching
    }
}

/// How the texts of one place stand to those before them.
#[derive(Default)]
struct Votes<'t> {
    lower: usize,
    glued: usize,
    broken: usize,
    going_on: usize,
    texts: Vec<&'t str>,
    before: Vec<&'t str>,
}

impl<'t> Votes<'t> {
    fn count(&mut self, page: &Page<'_>, before: &'t Cell, cell: &'t Cell) {
        let is_other = cell.called.is_some() && cell.called != before.called;
        let is_beside = is_other || cell.is_date || before.is_date;
        let is_lower = cell.text.starts_with(char::is_lowercase) && !is_beside;
        let goes_on = match cell.begins {
            Begins::Apart => false,
            Begins::Broken => headline::goes_on(page, &before.text, &cell.text),
            Begins::Line | Begins::Touching | Begins::Glued => true,
        };
        self.lower += usize::from(is_lower);
        self.glued += usize::from(cell.begins == Begins::Glued);
        self.broken += usize::from(cell.begins == Begins::Broken);
        self.going_on += usize::from(goes_on);
        self.texts.push(&cell.text);
        self.before.push(&before.text);
    }

    fn go_on(&self) -> bool {
        let rows = self.texts.len();
        let is_list = rows >= ROWS_AT_LEAST;
        if self.going_on * 2 >= rows {
            let are_glued = self.glued * 10 >= rows * 9;
            let is_section = self.broken > 0 && repeat(&self.before);
            return !(is_list && (are_glued || is_section));
        }
        // A section behind a headline is written in lower case, too.
        let is_label = median_weight(&self.before) >= LABEL_AT_MOST + HEADLINE_AT_LEAST
            && median_weight(&self.texts) < HEADLINE_AT_LEAST;
        self.lower * 2 >= rows
            && !is_label
            && !repeat(&self.texts)
            && median_weight(&self.texts) < LEAD_AT_LEAST
    }
}

/// The places whose texts go on with those before them.
fn going_on(page: &Page<'_>, links: &[Vec<Cell>]) -> HashSet<u64> {
    let mut votes: HashMap<u64, Votes<'_>> = HashMap::new();
    for [before, cell] in links.iter().flat_map(|cells| cells.array_windows()) {
        let votes = votes.entry(cell.place).or_default();
        votes.count(page, before, cell);
    }
    let places = votes.iter().filter(|(_, votes)| votes.go_on());
    places.map(|(place, _)| *place).collect()
}

fn is_date(page: &Page<'_>, text: &str) -> bool {
    const WORDS_AT_MOST: usize = 4;
    ends::is_clock(text)
        || short_date(page, text).is_some()
        || (text.split(' ').count() <= WORDS_AT_MOST
            && text.len() <= 2 * LABEL_AT_MOST
            && page.date(text).is_some())
}

/// Texts of a link that are one.
struct Group {
    place: u64,
    text: String,
    called: Option<Called>,
    is_date: bool,
    is_joined: bool,
}

fn grouped(cells: &[Cell], going_on: &HashSet<u64>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for cell in cells {
        match groups.last_mut() {
            Some(group) if going_on.contains(&cell.place) => {
                group.text = cell.begins.join(&group.text, &cell.text);
                group.is_date = false;
                group.is_joined |= cell.begins == Begins::Apart;
            }
            _ => groups.push(Group {
                place: cell.place,
                text: cell.text.clone(),
                called: cell.called,
                is_date: cell.is_date,
                is_joined: false,
            }),
        }
    }
    groups
}

/// What stands in the same place of several links.
struct Column {
    place: u64,
    /// Its place among the texts of its link, summed up.
    at: usize,
    rows: usize,
    median: usize,
    repeats: bool,
    /// In how many rows it is a date, and ends as sentences do.
    dates: usize,
    sentences: usize,
    called: Option<Called>,
    is_wide: bool,
}

impl Column {
    fn is_lead(&self) -> bool {
        let is_sentence = self.sentences * 2 >= self.rows && self.median >= SENTENCE_AT_LEAST;
        self.called == Some(Called::Lead) || self.median >= LEAD_AT_LEAST || is_sentence
    }

    /// Whether it is but a label beside a longer one.
    fn is_label_of(&self, other: &Self) -> bool {
        let most = if self.is_wide {
            LABEL_AT_MOST * 2 / 3
        } else {
            LABEL_AT_MOST
        };
        let is_less = self.median <= most && self.median * 3 <= other.median * 2;
        is_less || (self.median < HEADLINE_AT_LEAST && other.median >= HEADLINE_AT_LEAST)
    }
}

fn columns(links: &[Vec<Group>]) -> Vec<Column> {
    let mut found: HashMap<u64, Vec<(usize, &Group)>> = HashMap::new();
    for groups in links {
        for (at, group) in groups.iter().enumerate() {
            found.entry(group.place).or_default().push((at, group));
        }
    }
    let mut columns: Vec<Column> = found
        .into_iter()
        .map(|(place, groups)| {
            let texts: Vec<&str> = groups.iter().map(|(_, g)| g.text.as_str()).collect();
            let letters = texts.iter().map(|text| text.chars().count()).sum::<usize>();
            let weights = texts.iter().map(|text| weight(text)).sum::<usize>();
            Column {
                place,
                at: groups.iter().map(|(at, _)| at).sum(),
                rows: texts.len(),
                median: median_weight(&texts),
                repeats: repeat(&texts),
                dates: groups.iter().filter(|(_, group)| group.is_date).count(),
                sentences: texts.iter().filter(|text| ends_sentence(text)).count(),
                called: groups.iter().find_map(|(_, group)| group.called),
                is_wide: weights * 2 > letters * 3,
            }
        })
        .collect();
    columns.sort_by(|one, other| {
        let (a, b) = (one.at * other.rows, other.at * one.rows);
        a.cmp(&b).then(one.place.cmp(&other.place))
    });
    columns
}

/// The column that is the headline.
fn headlines(columns: &[Column], rows: usize) -> Option<u64> {
    let is_common = |column: &&Column| {
        column.rows * 2 >= rows && column.dates * 2 < column.rows && column.median > 0
    };
    let mut left: Vec<&Column> = columns.iter().filter(is_common).collect();
    let mut keep = |is: &dyn Fn(&Column) -> bool| {
        if left.iter().any(|column| is(column)) {
            left.retain(|column| is(column));
        }
    };
    let is_beside = |column: &Column| {
        column.called == Some(Called::Beside) && column.median < HEADLINE_AT_LEAST
    };
    keep(&|column| !is_beside(column));
    keep(&|column| !column.repeats);
    keep(&|column| !column.is_lead());
    keep(&|column| column.called == Some(Called::Title));
    let first = left.iter().copied().reduce(|first, column| {
        if first.is_label_of(column) {
            column
        } else {
            first
        }
    })?;
    Some(first.place).filter(|_| !first.repeats)
}

/// What the links of a list say of themselves beside their text, each its own.
fn said(rows: &[Row<'_>]) -> Vec<Option<String>> {
    let said = rows.iter().map(|row| {
        let title = row.link.attr("title").map(plain::tidy);
        let title = title.filter(|title| weight(title) > 0);
        let said = title.or_else(|| headline::told_by_picture(row.link))?;
        Some(letters(&said)).filter(|said| !said.is_empty())
    });
    let mut said: Vec<Option<String>> = said.collect();
    let mut times: HashMap<String, usize> = HashMap::new();
    for said in said.iter().flatten() {
        *times.entry(said.clone()).or_default() += 1;
    }
    for said in &mut said {
        said.take_if(|said| times.get(said).is_some_and(|times| *times > 1));
    }
    said
}

/// The text, or those that follow each other, of which the link says the same.
fn told(groups: &[Group], said: &str, columns: &[Column]) -> Option<String> {
    if groups.len() < 2 {
        return None;
    }
    let flat: Vec<String> = groups.iter().map(|group| letters(&group.text)).collect();
    (0..groups.len()).find_map(|begin| {
        let mut rest = Some(said).filter(|_| flat.get(begin).is_some_and(|f| !f.is_empty()))?;
        let mut whole: Option<String> = None;
        for (group, flat) in groups.iter().zip(&flat).skip(begin) {
            rest = rest.strip_prefix(flat.as_str())?;
            whole = Some(match whole {
                Some(whole) => joined(&whole, &group.text),
                None => group.text.clone(),
            });
            if rest.is_empty() {
                break;
            }
        }
        let repeats = |place| columns.iter().any(|c| c.place == place && c.repeats);
        let is_label = groups.get(begin).is_some_and(|group| repeats(group.place));
        whole.filter(|_| rest.is_empty() && !is_label)
    })
}

/// Whether texts come again, as those of sections and names do.
fn repeat(texts: &[&str]) -> bool {
    texts.len() >= ROWS_AT_LEAST && distinct(texts) * 3 <= texts.len() * 2
}

fn distinct(texts: &[&str]) -> usize {
    texts.iter().collect::<HashSet<_>>().len()
}
