//! A story as pages show it: where it comes from, what the outlet says, who
//! else tells it.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::frame::REL;
use super::html::Html;
use super::shape::{Other, Shown, WITHDRAWN, stamp};
use super::{Reach, Site, language};
use crate::model::{Story, StoryId};
use crate::text::plain;
use crate::text::query::Query;

/// Letters of a headline in the spoken name of a link.
const LABEL: usize = 80;

/// Day and time in full.
pub(super) const MOMENT: &str = "%-d %B %Y, %H:%M UTC";

/// The same, as short as the column beside a story.
const SHORT_MOMENT: &str = "%-d %b %Y, %H:%M UTC";

/// Where a story is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Below its day, among others.
    UnderDay,
    /// Among what a search found.
    Found,
    /// On a page of its own, which tells the rest.
    OwnPage,
    /// In a line below its day.
    Listed {
        /// Whether there is a page that tells the rest.
        has_page: bool,
    },
}

/// How a page shows its stories.
pub(super) struct Showing<'s> {
    pub(super) site: &'s Site,
    pub(super) place: Place,
    /// How the page reaches what stands at the site's own address.
    pub(super) root: &'s str,
    pub(super) reach: Reach,
    /// What was looked for, and is marked.
    pub(super) query: Option<&'s Query>,
}

impl Showing<'_> {
    /// Where the story's own page is.
    pub(super) fn page(&self, story: StoryId) -> String {
        // A web server knows a file by its ending.
        let ending = match self.reach {
            Reach::Served => "",
            Reach::Alone => ".html",
        };
        format!("{}story/{story}{ending}", self.root)
    }
}

pub(super) fn article(html: &mut Html, showing: &Showing<'_>, story: &Story) {
    let site = showing.site;
    let shown = Shown::new(site, story);
    html.raw("<article class=\"h-entry\">\n");
    origin(html, showing, &shown);
    let said = format!("{} {}", shown.title(), shown.lead());
    html.open(
        "div",
        &[
            ("class", Some("words")),
            ("dir", Some(language::direction(shown.language(), &said))),
        ],
    );
    html.raw("\n");
    words(html, showing, &shown);
    if showing.place == Place::Found {
        found_in(html, showing, &shown);
    }
    if showing.place != Place::OwnPage {
        others(html, "Also reported by", shown.others(site));
        others(html, "In other languages:", shown.kin(site));
    }
    if let Some(rights) = shown.rights() {
        let attributes = [("class", Some("rights")), ("dir", Some("auto"))];
        html.element("p", &attributes, rights);
        html.raw("\n");
    }
    html.raw("</div>\n</article>\n");
}

/// Where it comes from: outlet, language, time. The time leads to what is
/// known of the story.
pub(super) fn origin(html: &mut Html, showing: &Showing<'_>, shown: &Shown<'_>) {
    html.raw("<p class=\"origin\">");
    html.element("bdi", &[("class", Some("p-author"))], &shown.credit());
    if let Some(name) = shown.foreign(showing.site) {
        html.raw(" ");
        html.element(
            "span",
            &[("class", Some("language")), ("lang", shown.language())],
            name,
        );
    }
    html.raw(" ");
    let (published, entered) = (shown.story.published, shown.story.entered);
    let (outlets, ours) = (date(published), date(entered));
    // The day stands above the story, unless the outlet's is another.
    let form = match showing.place {
        Place::UnderDay | Place::Listed { .. } if outlets == ours => "%H:%M UTC",
        Place::UnderDay | Place::Listed { .. } if outlets.year() == ours.year() => {
            "%-d %B, %H:%M UTC"
        }
        _ => SHORT_MOMENT,
    };
    let when = TimeZone::UTC.to_datetime(published);
    let when = when.strftime(form).to_string();
    let time = |html: &mut Html| {
        html.element(
            "time",
            &[
                ("class", Some("dt-published")),
                ("datetime", Some(&stamp(published))),
            ],
            &when,
        );
    };
    let leads_on = match showing.place {
        Place::OwnPage => false,
        Place::Listed { has_page } => has_page,
        Place::UnderDay | Place::Found => true,
    };
    if leads_on {
        // What is read aloud begins with what is seen.
        let title = plain::cut(shown.title(), LABEL);
        let label = format!("{when}, about this story: {title}");
        html.open(
            "a",
            &[
                ("class", Some("u-uid")),
                ("href", Some(&showing.page(shown.story.id))),
                ("aria-label", Some(&label)),
            ],
        );
        time(html);
        html.raw("</a>");
    } else {
        time(html);
    }
    html.raw("</p>\n");
}

/// What the outlet says: headline, byline, lead; and the way to the rest.
fn words(html: &mut Html, showing: &Showing<'_>, shown: &Shown<'_>) {
    let language = shown.language();
    let heading = match showing.place {
        Place::OwnPage => "h1",
        _ => "h2",
    };
    html.open(heading, &[]);
    mark(html, shown);
    html.open(
        "a",
        &[
            ("class", Some("p-name u-url")),
            ("href", Some(shown.link())),
            ("rel", Some(REL)),
            ("lang", language),
        ],
    );
    marked(html, shown.title(), showing.query);
    html.raw("</a>").close(heading).raw("\n");
    if let Some(byline) = shown.byline() {
        html.raw("<p class=\"byline\">By ");
        html.element("bdi", &[("lang", language)], &byline)
            .raw("</p>\n");
    }
    if shown.member.withdrawn.is_some() {
        html.raw("<p class=\"mark withdrawn\" dir=\"ltr\">")
            .raw(WITHDRAWN)
            .raw("</p>\n");
    }
    let lead = shown.lead();
    if !lead.is_empty() {
        html.open("p", &[("class", Some("p-summary")), ("lang", language)]);
        marked(html, &lead, showing.query);
        html.raw("</p>\n");
    }
    let more = format!("Read more: {}", plain::cut(shown.title(), LABEL));
    html.raw("<p class=\"more\">");
    html.element(
        "a",
        &[
            ("href", Some(shown.link())),
            ("rel", Some(REL)),
            ("aria-label", Some(&more)),
        ],
        "READ MORE",
    );
    html.raw("</p>\n");
}

/// What a story is, if it is no text; before its headline.
pub(super) fn mark(html: &mut Html, shown: &Shown<'_>) {
    if let Some(mark) = shown.mark() {
        // What is isolated has no say in the direction of the headline.
        let class = format!("mark {}", mark.term);
        html.element("bdi", &[("class", Some(&class))], mark.label);
        html.raw(" ");
    }
}

fn others<'s>(html: &mut Html, line: &str, others: impl Iterator<Item = Other<'s>>) {
    let mut others = others.peekable();
    if others.peek().is_none() {
        return;
    }
    html.raw("<p class=\"also\" dir=\"ltr\">")
        .text(line)
        .raw(" ");
    let mut first = true;
    for other in others {
        if !first {
            html.raw(", ");
        }
        first = false;
        html.raw("<bdi>");
        html.element(
            "a",
            &[
                ("href", Some(other.link)),
                ("rel", Some(REL)),
                ("title", Some(other.title)),
                ("hreflang", other.language),
            ],
            &other.credit,
        );
        html.raw("</bdi>");
        if let Some(name) = other.foreign {
            html.raw(" (");
            html.element("span", &[("lang", other.language)], name);
            html.raw(")");
        }
    }
    html.raw("</p>\n");
}

/// Whose headline has what was looked for, if neither headline nor lead that
/// are shown have it: a story may be found by what another member says.
fn found_in(html: &mut Html, showing: &Showing<'_>, shown: &Shown<'_>) {
    let Some(query) = showing.query else { return };
    let has = |text: &str| !query.places(text).is_empty();
    if has(shown.title()) || has(&shown.lead()) {
        return;
    }
    let Some(other) = shown.others(showing.site).find(|other| has(other.title)) else {
        return;
    };
    html.raw("<p class=\"also\" dir=\"auto\"><bdi>also:</bdi> ");
    html.open(
        "a",
        &[
            ("href", Some(other.link)),
            ("rel", Some(REL)),
            ("lang", other.language),
        ],
    );
    marked(html, other.title, Some(query));
    html.raw("</a></p>\n");
}

/// Text with what was looked for marked in it.
fn marked(html: &mut Html, text: &str, query: Option<&Query>) {
    let mut done = 0;
    for place in query.map(|query| query.places(text)).unwrap_or_default() {
        html.text(text.get(done..place.start).unwrap_or_default());
        html.element("mark", &[], text.get(place.clone()).unwrap_or_default());
        done = place.end;
    }
    html.text(text.get(done..).unwrap_or_default());
}

/// Begins the section of a day.
pub(super) fn begin_day(html: &mut Html, day: Date) {
    let words = day.strftime("%A, %-d %B %Y").to_string();
    html.open("section", &[("aria-label", Some(&words))]);
    html.raw("\n<p class=\"day\">");
    html.element("time", &[("datetime", Some(&day.to_string()))], &words);
    html.raw("</p>\n");
}

/// The day of a moment, in UTC.
pub(super) fn date(moment: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(moment).date()
}
