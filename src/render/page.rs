//! The page to read: what an editor once made by hand.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::html::Html;
use super::shape::{Shown, stamp};
use super::{Format, Site, language};
use crate::model::Story;
use crate::text::plain;

/// Stories on the page at most; the feed has more.
const STORIES_AT_MOST: usize = 100;

/// Another story begins while the page is no longer than this, so that it
/// stays below 200 KiB whatever the stories are (S-27).
const BYTES_AT_MOST: usize = 180 * 1024;

/// The language of our own words, whatever that of the feed.
const OURS: &str = "en";

/// Letters of a headline in the spoken name of READ MORE.
const LABEL: usize = 80;

pub(super) fn render(site: &Site, stories: &[Story]) -> Vec<u8> {
    let mut html = Html::default();
    html.raw("<!DOCTYPE html>\n");
    html.open("html", &[("lang", Some(OURS))]);
    head(&mut html, site);
    html.raw("<body class=\"h-feed\">\n");
    html.raw("<a class=\"skip\" href=\"#stories\">Skip to the stories</a>\n<header>\n");
    html.element(
        "h1",
        &[
            ("class", Some("p-name")),
            ("lang", Some(&site.language)),
            ("dir", Some("auto")),
        ],
        &site.title,
    );
    html.raw("\n<nav aria-label=\"Subscription\"><a href=\"#follow\">Follow</a></nav>\n");
    html.raw("</header>\n<main id=\"stories\">\n");
    if stories.is_empty() {
        html.raw("<p class=\"empty\">No stories yet. They appear here as soon as a source brings one.</p>\n");
    }
    let mut day = None;
    let mut shown = 0;
    for story in stories.iter().take(STORIES_AT_MOST) {
        if html.len() > BYTES_AT_MOST {
            break;
        }
        let entered = date(story.entered);
        if day != Some(entered) {
            if day.is_some() {
                html.raw("</section>\n");
            }
            begin_day(&mut html, entered);
            day = Some(entered);
        }
        article(&mut html, site, story);
        shown += 1;
    }
    if day.is_some() {
        html.raw("</section>\n");
    }
    if shown < stories.len() {
        html.raw("<p class=\"older\">Earlier stories are in the feed.</p>\n");
    }
    html.raw("</main>\n<footer>\n");
    follow(&mut html, site);
    imprint(&mut html, site);
    html.raw("</footer>\n</body>\n</html>\n");
    html.finish().into_bytes()
}

fn head(html: &mut Html, site: &Site) {
    html.raw("\n<head>\n<meta charset=\"utf-8\">\n");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
    html.element("title", &[], &site.title);
    html.raw("\n<link rel=\"stylesheet\" href=\"style.css\">\n");
    // Without an icon of its own a browser asks for /favicon.ico.
    html.raw(ICON);
    for (format, title) in FEEDS {
        html.open(
            "link",
            &[
                ("rel", Some("alternate")),
                ("type", Some(format.media_type())),
                ("title", Some(title)),
                ("href", Some(&format.address(site))),
            ],
        );
        html.raw("\n");
    }
    html.raw("</head>\n");
}

const FEEDS: [(Format, &str); 2] = [(Format::Atom, "Atom"), (Format::Rss, "RSS")];

const ICON: &str = "<link rel=\"icon\" href=\"data:image/svg+xml,\
    %3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\
    %3Ccircle cx='8' cy='8' r='7' fill='%237a1f1f'/%3E%3C/svg%3E\">\n";

fn begin_day(html: &mut Html, day: Date) {
    let words = day.strftime("%A, %-d %B %Y").to_string();
    html.open("section", &[("aria-label", Some(&words))]);
    html.raw("\n<p class=\"day\">");
    html.element("time", &[("datetime", Some(&day.to_string()))], &words);
    html.raw("</p>\n");
}

fn article(html: &mut Html, site: &Site, story: &Story) {
    let shown = Shown::new(site, story);
    html.raw("<article class=\"h-entry\">\n");
    origin(html, site, &shown);
    html.open(
        "div",
        &[
            ("class", Some("words")),
            ("dir", Some(language::direction(shown.language()))),
        ],
    );
    html.raw("\n");
    words(html, &shown);
    others(html, site, &shown);
    if let Some(rights) = shown.rights() {
        let attributes = [("class", Some("rights")), ("dir", Some("auto"))];
        html.element("p", &attributes, rights);
        html.raw("\n");
    }
    html.raw("</div>\n</article>\n");
}

/// Where it comes from: outlet, language, time.
fn origin(html: &mut Html, site: &Site, shown: &Shown<'_>) {
    html.raw("<p class=\"origin\">");
    html.element("bdi", &[("class", Some("p-author"))], &shown.credit());
    if let Some(name) = shown.foreign(site) {
        html.raw(" ");
        html.element(
            "span",
            &[("class", Some("language")), ("lang", shown.language())],
            name,
        );
    }
    html.raw(" ");
    let published = TimeZone::UTC.to_datetime(shown.story.published);
    // The day stands above the story, unless the outlet's is another.
    let form = if published.date() == date(shown.story.entered) {
        "%H:%M UTC"
    } else if published.year() == date(shown.story.entered).year() {
        "%-d %B, %H:%M UTC"
    } else {
        "%-d %B %Y, %H:%M UTC"
    };
    html.element(
        "time",
        &[
            ("class", Some("dt-published")),
            ("datetime", Some(&stamp(shown.story.published))),
        ],
        &published.strftime(form).to_string(),
    );
    html.raw("</p>\n");
}

/// Links out tell the outlet nothing about the reader and give it no handle
/// on the page.
const REL: &str = "noopener noreferrer";

/// What the outlet says: headline, byline, lead; and the way to the rest.
fn words(html: &mut Html, shown: &Shown<'_>) {
    let language = shown.language();
    html.raw("<h2>");
    if shown.is_video() {
        // What is isolated has no say in the direction of the headline.
        html.raw("<bdi class=\"video\">Video</bdi> ");
    }
    html.element(
        "a",
        &[
            ("class", Some("p-name u-url")),
            ("href", Some(shown.link())),
            ("rel", Some(REL)),
            ("lang", language),
        ],
        shown.title(),
    );
    html.raw("</h2>\n");
    if let Some(byline) = shown.byline() {
        html.raw("<p class=\"byline\">By ");
        html.element("bdi", &[], &byline).raw("</p>\n");
    }
    let lead = shown.lead();
    if !lead.is_empty() {
        html.element(
            "p",
            &[("class", Some("p-summary")), ("lang", language)],
            &lead,
        );
        html.raw("\n");
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

fn others(html: &mut Html, site: &Site, shown: &Shown<'_>) {
    let mut others = shown.others(site).peekable();
    if others.peek().is_none() {
        return;
    }
    html.raw("<p class=\"also\" dir=\"ltr\">Also reported by ");
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

/// The feeds, for someone who has never used a feed reader.
fn follow(html: &mut Html, site: &Site) {
    html.raw(
        "<section id=\"follow\" aria-labelledby=\"follow-it\">\n\
         <h2 id=\"follow-it\">Follow</h2>\n\
         <p>To get every new story without coming back to look, copy this address into a feed \
         reader, an app that shows what is new on the sites you choose:</p>\n",
    );
    address(html, site, Format::Atom);
    html.raw("<p>If the app asks for RSS, this one:</p>\n");
    address(html, site, Format::Rss);
    html.raw("</section>\n");
}

fn address(html: &mut Html, site: &Site, format: Format) {
    let address = format.address(site);
    html.raw("<p class=\"address\">");
    html.element(
        "a",
        &[
            ("href", Some(&address)),
            ("type", Some(format.media_type())),
        ],
        &address,
    );
    html.raw("</p>\n");
}

fn imprint(html: &mut Html, site: &Site) {
    html.raw("<p>Headlines and first paragraphs belong to the outlets that are named; every story leads to its outlet.</p>\n");
    if let Some(rights) = &site.rights {
        let language = Some(site.language.as_str());
        html.element("p", &[("lang", language), ("dir", Some("auto"))], rights);
        html.raw("\n");
    }
    if let Some(contact) = &site.contact {
        html.raw("<p>");
        html.element("a", &[("href", Some(contact))], "Contact the editor");
        html.raw("</p>\n");
    }
}

fn date(moment: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(moment).date()
}
