//! The page to read: what an editor once made by hand.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::atom::here;
use super::html::{Html, direction};
use super::shape::{Shown, stamp};
use super::{Format, Site};
use crate::model::Story;

/// Stories on the page at most; the feed has more.
const STORIES_AT_MOST: usize = 100;

pub(super) fn render(site: &Site, stories: &[Story]) -> Vec<u8> {
    let mut html = Html::default();
    html.raw("<!DOCTYPE html>\n");
    html.open("html", &[("lang", Some(&site.language))]);
    head(&mut html, site);
    html.raw("<body>\n<a class=\"skip\" href=\"#stories\">Skip to the stories</a>\n");
    html.raw("<header>\n");
    html.element("h1", &[], &site.title);
    html.raw("\n<nav aria-label=\"Subscribe\">");
    html.element(
        "a",
        &[("href", Some(&here(site, Format::Atom)))],
        "Atom feed",
    );
    html.element("a", &[("href", Some(&here(site, Format::Rss)))], "RSS feed");
    html.raw("</nav>\n</header>\n");
    html.open(
        "main",
        &[("id", Some("stories")), ("class", Some("h-feed"))],
    );
    html.raw("\n");
    if stories.is_empty() {
        html.raw("<p class=\"empty\">No stories yet. They appear here as soon as a source brings one.</p>\n");
    }
    let mut day = None;
    for story in stories.iter().take(STORIES_AT_MOST) {
        let entered = date(story.entered);
        if day != Some(entered) {
            if day.is_some() {
                html.raw("</section>\n");
            }
            begin_day(&mut html, entered);
            day = Some(entered);
        }
        article(&mut html, site, story);
    }
    if day.is_some() {
        html.raw("</section>\n");
    }
    html.raw("</main>\n");
    foot(&mut html, site);
    html.raw("</body>\n</html>\n");
    html.finish().into_bytes()
}

fn head(html: &mut Html, site: &Site) {
    html.raw("\n<head>\n<meta charset=\"utf-8\">\n");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
    html.element("title", &[], &site.title);
    html.raw("\n<link rel=\"stylesheet\" href=\"style.css\">\n");
    for (format, title) in [(Format::Atom, "Atom"), (Format::Rss, "RSS")] {
        let typ = format.content_type().split(';').next();
        html.open(
            "link",
            &[
                ("rel", Some("alternate")),
                ("type", typ),
                ("title", Some(title)),
                ("href", Some(&here(site, format))),
            ],
        );
        html.raw("\n");
    }
    html.raw("</head>\n");
}

fn begin_day(html: &mut Html, day: Date) {
    let machine = day.to_string();
    html.open("section", &[("aria-label", Some(&machine))]);
    html.raw("\n<p class=\"day\">");
    html.element(
        "time",
        &[("datetime", Some(&machine))],
        &day.strftime("%A, %-d %B %Y").to_string(),
    );
    html.raw("</p>\n");
}

fn article(html: &mut Html, site: &Site, story: &Story) {
    let shown = Shown::new(site, story);
    let language = shown.language();
    let words = [("lang", language), ("dir", Some(direction(language)))];
    html.raw("<article class=\"h-entry\">\n<p class=\"outlet\">");
    html.element("span", &[("class", Some("p-author"))], &shown.credit());
    if let Some(language) = language {
        html.element("span", &[("class", Some("language"))], language);
    }
    let published = stamp(story.published);
    let clock = TimeZone::UTC
        .to_datetime(story.published)
        .strftime("%-d %b %H:%M UTC")
        .to_string();
    html.element(
        "time",
        &[
            ("class", Some("dt-published")),
            ("datetime", Some(&published)),
        ],
        &clock,
    );
    html.raw("</p>\n");
    html.open("h2", &[("class", Some("p-name")), words[0], words[1]]);
    if shown.is_video() {
        html.raw("<span class=\"video\">▶ Video</span> ");
    }
    html.element(
        "a",
        &[
            ("class", Some("u-url")),
            ("href", Some(shown.link())),
            ("rel", Some(REL)),
        ],
        shown.title(),
    );
    html.raw("</h2>\n");
    if let Some(byline) = shown.byline() {
        html.open("p", &[("class", Some("byline"))]);
        html.raw("By ").text(&byline).raw("</p>\n");
    }
    let lead = shown.lead();
    if !lead.is_empty() {
        html.element(
            "p",
            &[("class", Some("p-summary")), words[0], words[1]],
            &lead,
        )
        .raw("\n");
    }
    html.raw("<p class=\"more\">");
    let more = format!("Read more: {} ({})", shown.title(), shown.source_title());
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
    others(html, site, &shown);
    html.raw("</article>\n");
}

/// Links out tell the outlet nothing about the reader and give it no handle
/// on the page.
const REL: &str = "noopener noreferrer";

fn others(html: &mut Html, site: &Site, shown: &Shown<'_>) {
    let mut others = shown.others(site).peekable();
    if others.peek().is_none() {
        return;
    }
    html.raw("<p class=\"also\">Also reported by ");
    let mut first = true;
    for other in others {
        if !first {
            html.raw(" · ");
        }
        first = false;
        html.element(
            "a",
            &[
                ("href", Some(other.link)),
                ("rel", Some(REL)),
                ("title", Some(other.title)),
            ],
            other.source,
        );
        if let Some(language) = other.language {
            html.raw(" (").text(language).raw(")");
        }
    }
    html.raw("</p>\n");
}

fn foot(html: &mut Html, site: &Site) {
    html.raw("<footer>\n<p>Headlines and first paragraphs belong to the outlets that are named; every story leads to its outlet.</p>\n");
    if let Some(rights) = &site.rights {
        html.element("p", &[], rights).raw("\n");
    }
    if let Some(contact) = &site.contact {
        html.raw("<p>");
        html.element("a", &[("href", Some(contact))], "Contact");
        html.raw("</p>\n");
    }
    html.raw("</footer>\n");
}

fn date(moment: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(moment).date()
}
