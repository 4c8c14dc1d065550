//! The pages of a month: what has left the window of a view, a line for each
//! story, for a person. The Atom archives beside them are for programs.
//!
//! They are made of the stories as they are now. So they are no part of what
//! is closed for ever, and a story that is withdrawn is not on them.

use jiff::Timestamp;
use jiff::civil::Date;

use super::article::{Place, Showing, begin_day, date, mark, origin};
use super::frame::{Frame, REL};
use super::html::Html;
use super::shape::Shown;
use super::{Format, Period, Reach, Sheet, Site, View, archive, updated};
use crate::model::{Story, StoryId};

/// Bytes of stories on one page, so that it stays below 200 KiB whatever
/// frame and days add (S-27). A month with more has several pages.
const BYTES_AT_MOST: usize = 140 * 1024;

/// A month of which a view has closed archives, and those beside it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Month {
    /// The month.
    pub period: Period,
    /// Where what it holds ends: a month that is not over holds the days that
    /// are closed.
    pub until: Timestamp,
    earlier: Option<Period>,
    later: Option<Period>,
}

impl Month {
    /// The months of a view with these archives, oldest first.
    pub fn all(chain: &[Period]) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for period in chain {
            let month = period.month();
            if let Some(last) = all.last_mut() {
                if last.period == month {
                    last.until = period.end();
                    continue;
                }
                last.later = Some(month);
            }
            all.push(Self {
                period: month,
                until: period.end(),
                earlier: all.last().map(|last| last.period),
                later: None,
            });
        }
        all
    }

    /// This month among them.
    pub fn of(chain: &[Period], period: Period) -> Option<Self> {
        let mut all = Self::all(chain).into_iter();
        all.find(|month| month.period == period)
    }

    /// Whether it is over, and one archive holds it.
    fn is_over(&self) -> bool {
        self.until == self.period.end()
    }
}

/// The name of a page of a month, counted from 1.
fn name(month: Period, page: usize) -> String {
    match page {
        1 => month.to_string(),
        page => format!("{month}-part-{page}"),
    }
}

/// What stands behind names in links.
fn ending(reach: Reach) -> &'static str {
    match reach {
        Reach::Served => "",
        Reach::Alone => ".html",
    }
}

/// The page of a month that has this name.
pub fn named(name: &str) -> Option<(Period, usize)> {
    let (month, page) = match name.split_once("-part-") {
        Some((month, page)) => (month, page.parse().ok()?),
        None => (name, 1),
    };
    let month = Period::parse(month).filter(|period| *period == period.month())?;
    // One name for each.
    let is_one = page > 0 && self::name(month, page) == name;
    is_one.then_some((month, page))
}

/// Where a page of a month is served.
pub fn month_path(view: &str, month: Period, page: usize) -> String {
    format!("/{view}{}{}", Format::Month.name(), name(month, page))
}

/// The pages of a month. `stories` are all of the view that entered in it,
/// newest first; `has_page` tells which of them have a page of their own.
pub fn month(
    site: &Site,
    view: &View,
    month: &Month,
    stories: &[Story],
    reach: Reach,
    has_page: &dyn Fn(StoryId) -> bool,
) -> Vec<Sheet> {
    let root = format!("{}../", view.root());
    let mut pages: Vec<Vec<Line>> = Vec::new();
    let mut room = 0;
    for story in stories {
        let place = Place::Listed {
            has_page: has_page(story.id),
        };
        let showing = Showing {
            site,
            place,
            root: &root,
            reach,
            query: None,
        };
        let html = line(&showing, story);
        if html.len() > room {
            pages.push(Vec::new());
            room = BYTES_AT_MOST;
        }
        room = room.saturating_sub(html.len());
        if let Some(page) = pages.last_mut() {
            page.push((date(story.entered), html));
        }
    }
    if pages.is_empty() {
        pages.push(Vec::new());
    }
    let changed = updated(stories).unwrap_or_default();
    let many = pages.len();
    let numbered = pages.iter().zip(1..);
    let sheets = numbered.map(|(lines, number)| {
        let page = Page {
            site,
            view,
            month,
            reach,
            number,
            many,
        };
        let path = month_path(&view.path, month.period, number);
        let bytes = page.render(&root, lines);
        Sheet::new(path, Format::Month, bytes, None, [0; 32], changed, None)
    });
    sheets.collect()
}

/// A story, below the day on which it entered.
type Line = (Date, Html);

/// A story in one line: where it comes from, and what it says.
pub(super) fn line(showing: &Showing<'_>, story: &Story) -> Html {
    let shown = Shown::new(showing.site, story);
    let mut html = Html::default();
    html.raw("<li>\n");
    origin(&mut html, showing, &shown);
    html.raw("<p class=\"headline\" dir=\"auto\">");
    mark(&mut html, &shown);
    html.element(
        "a",
        &[
            ("href", Some(shown.link())),
            ("rel", Some(REL)),
            ("lang", shown.language()),
        ],
        shown.title(),
    );
    html.raw("</p>\n</li>\n");
    html
}

/// One page of a month.
struct Page<'p> {
    site: &'p Site,
    view: &'p View,
    month: &'p Month,
    reach: Reach,
    /// Which it is, of how many.
    number: usize,
    many: usize,
}

impl Page<'_> {
    fn render(&self, root: &str, lines: &[Line]) -> Vec<u8> {
        let Self { view, month, .. } = self;
        let words = words(month.period);
        let title = if view.title == self.site.title {
            words.clone()
        } else {
            format!("{words} – {}", view.title)
        };
        let frame = Frame {
            site: self.site,
            title: &title,
            root,
            reach: self.reach,
            view: None,
        };
        let mut html = Html::default();
        frame.open(&mut html);
        html.raw("<body>\n<a class=\"skip\" href=\"#found\">Skip to the stories</a>\n");
        frame.header(&mut html, "");
        html.raw("<main id=\"found\">\n");
        html.element("h1", &[], &words);
        html.raw("\n<p class=\"older\">Headlines of ");
        html.element(
            "a",
            &[
                ("href", Some("../")),
                ("lang", Some(&view.language)),
                ("dir", Some("auto")),
            ],
            &view.title,
        );
        if month.is_over() {
            html.raw("; for feed readers and other programs ");
            let archive = archive::name(month.period);
            let kind = Some(Format::Archive.media_type());
            let attributes = [("href", Some(&*archive)), ("type", kind)];
            html.element("a", &attributes, "the same month as Atom");
        } else {
            html.raw(", where those of later days are");
        }
        html.raw(".</p>\n");
        if lines.is_empty() {
            html.raw("<p class=\"empty\">None of its stories is shown any more.</p>\n");
        }
        for day in lines.chunk_by(|(one, _), (other, _)| one == other) {
            let Some((date, _)) = day.first() else {
                continue;
            };
            begin_day(&mut html, *date);
            html.raw("<ul class=\"lines\">\n");
            for (_, line) in day {
                html.add(line);
            }
            html.raw("</ul>\n</section>\n");
        }
        self.ways(&mut html);
        html.raw("</main>\n<footer>\n");
        frame.imprint(&mut html);
        html.raw("</footer>\n</body>\n</html>\n");
        html.finish().into_bytes()
    }

    /// The ways to the other pages of the month, and to the months before and
    /// after it.
    fn ways(&self, html: &mut Html) {
        let Self { month, number, .. } = self;
        let mut ways = Vec::new();
        if *number > 1 {
            ways.push((name(month.period, number - 1), "prev", "Newer".to_owned()));
        }
        if *number < self.many {
            ways.push((name(month.period, number + 1), "next", "Older".to_owned()));
        }
        let beside = [(month.earlier, "Earlier: "), (month.later, "Later: ")];
        for (beside, word) in beside {
            let beside =
                beside.map(|beside| (name(beside, 1), "", format!("{word}{}", words(beside))));
            ways.extend(beside);
        }
        if ways.is_empty() {
            return;
        }
        html.raw("<nav class=\"ways\" aria-label=\"More\">\n");
        for (name, rel, words) in ways {
            let href = format!("{name}{}", ending(self.reach));
            let rel = Some(rel).filter(|rel| !rel.is_empty());
            html.element("a", &[("href", Some(&href)), ("rel", rel)], &words);
            html.raw("\n");
        }
        html.raw("</nav>\n");
    }
}

/// The months of a view, a line a year, the last one first.
pub(super) fn earlier(html: &mut Html, archives: &[Period], reach: Reach) {
    let mut months: Vec<Date> = Month::all(archives)
        .iter()
        .map(|month| date(month.period.start()))
        .collect();
    months.reverse();
    if months.is_empty() {
        return;
    }
    html.raw(
        "<section aria-labelledby=\"earlier\">\n<h2 id=\"earlier\">Earlier</h2>\n\
         <p>What stood here before, by month:</p>\n",
    );
    for year in months.chunk_by(|one, other| one.year() == other.year()) {
        html.raw("<p class=\"months\">");
        for (n, first) in year.iter().enumerate() {
            if n == 0 {
                html.text(&first.strftime("%Y").to_string());
            }
            html.raw(" ");
            let name = name(Period::Month(*first), 1);
            let href = format!("{}{name}{}", Format::Month.name(), ending(reach));
            html.element(
                "a",
                &[
                    ("href", Some(&href)),
                    ("aria-label", Some(&first.strftime("%B %Y").to_string())),
                ],
                &first.strftime("%B").to_string(),
            );
        }
        html.raw("</p>\n");
    }
    html.raw("</section>\n");
}

/// The month in words.
fn words(month: Period) -> String {
    date(month.start()).strftime("%B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_name() {
        for (text, page) in [
            ("2026-11", 1),
            ("2026-11-part-2", 2),
            ("2026-11-part-12", 12),
        ] {
            let (month, number) = named(text).unwrap();
            assert_eq!((month.to_string().as_str(), number), ("2026-11", page));
            assert_eq!(name(month, number), text);
        }
        for text in [
            "2026-11-16",
            "2026-13",
            "2026-11-part-1",
            "2026-11-part-0",
            "2026-11-part-02",
            "2026-11-part-x",
            "2026-11-part-",
            "2026-11.html",
            "",
        ] {
            assert_eq!(named(text), None, "{text}");
        }
    }

    #[test]
    fn a_month_knows_those_beside_it() {
        let chain = ["2026-08", "2026-10", "2026-11-01", "2026-11-03"];
        let chain = chain.map(|name| Period::parse(name).unwrap());
        let months = Month::all(&chain);
        let name = |period: Option<Period>| period.map(|period| period.to_string());
        let told: Vec<_> = months
            .iter()
            .map(|month| {
                let beside = (name(month.earlier), name(month.later));
                (month.period.to_string(), beside, month.is_over())
            })
            .collect();
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(
            told,
            [
                ("2026-08".to_owned(), (None, some("2026-10")), true),
                (
                    "2026-10".to_owned(),
                    (some("2026-08"), some("2026-11")),
                    true
                ),
                ("2026-11".to_owned(), (some("2026-10"), None), false),
            ]
        );
        assert_eq!(months[2].until, chain[3].end());
        assert_eq!(Month::of(&chain, chain[1]), Some(months[1].clone()));
        assert_eq!(Month::of(&chain, Period::parse("2026-09").unwrap()), None);
    }
}
