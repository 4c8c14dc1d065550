//! The page to read: what an editor once made by hand.

use super::article::{Place, Showing, article, begin_day, date};
use super::frame::Frame;
use super::html::Html;
use super::month::{earlier, line};
use super::{Format, Outline, Reach, Site, View, Ways};
use crate::model::Story;

/// Stories that are shown in full; of the others in the window, which no month
/// has yet, the headlines.
const FULL_AT_MOST: usize = 100;

/// Another story begins in full, and then in a line, while the page is no
/// longer than this, so that it stays below 200 KiB whatever the stories are
/// (S-27).
const FULL_BYTES_AT_MOST: usize = 120 * 1024;
const BYTES_AT_MOST: usize = 180 * 1024;

pub(super) fn render(
    site: &Site,
    outline: &Outline,
    stories: &[Story],
    ways: &Ways<'_>,
    reach: Reach,
) -> Vec<u8> {
    let view = &outline.view;
    let root = view.root();
    let frame = Frame {
        site,
        title: &view.title,
        root: &root,
        reach,
        view: Some(view),
    };
    let mut html = Html::default();
    frame.open(&mut html);
    html.raw("<body class=\"h-feed\">\n");
    html.raw("<a class=\"skip\" href=\"#stories\">Skip to the stories</a>\n<header>\n");
    html.element(
        "h1",
        &[
            ("class", Some("p-name")),
            ("lang", Some(&view.language)),
            ("dir", Some("auto")),
        ],
        &view.title,
    );
    html.raw("\n<nav aria-label=\"Subscription\"><a href=\"#follow\">Follow</a></nav>\n");
    frame.search(&mut html, "");
    html.raw("</header>\n");
    views(&mut html, view, &root, ways);
    html.raw("<main id=\"stories\">\n");
    if stories.is_empty() {
        html.raw("<p class=\"empty\">No stories yet. They appear here as soon as a source brings one.</p>\n");
    }
    let showing = |place| Showing {
        site,
        place,
        root: &root,
        reach,
        query: None,
    };
    let full = showing(Place::UnderDay);
    let listed = showing(Place::Listed { has_page: true });
    let mut day = None;
    let mut in_list = false;
    let mut is_whole = true;
    for (shown, story) in stories.iter().enumerate() {
        if html.len() > BYTES_AT_MOST {
            is_whole = false;
            break;
        }
        let entered = date(story.entered);
        if day != Some(entered) {
            if day.is_some() {
                html.raw(end(in_list));
            }
            begin_day(&mut html, entered);
            in_list = false;
            day = Some(entered);
        }
        if shown < FULL_AT_MOST && html.len() <= FULL_BYTES_AT_MOST {
            article(&mut html, &full, story);
            continue;
        }
        if !in_list {
            html.raw("<ul class=\"lines\">\n");
            in_list = true;
        }
        html.add(&line(&listed, story));
    }
    if day.is_some() {
        html.raw(end(in_list));
    }
    if !is_whole {
        html.raw("<p class=\"older\">Earlier stories are in the feed.</p>\n");
    }
    html.raw("</main>\n<footer>\n");
    follow(&mut html, site, view, &root);
    earlier(&mut html, &outline.archives, reach);
    frame.imprint(&mut html);
    html.raw("</footer>\n</body>\n</html>\n");
    html.finish().into_bytes()
}

/// The end of a day.
fn end(in_list: bool) -> &'static str {
    if in_list {
        "</ul>\n</section>\n"
    } else {
        "</section>\n"
    }
}

/// The way to the other views, if there is more than one language to choose
/// or somebody asked for others.
fn views(html: &mut Html, here: &View, root: &str, ways: &Ways<'_>) {
    let views = || ways.outlines.iter().map(|outline| &outline.view);
    let languages = views().filter(|view| view.is_of_language()).count();
    let asked_for = views().count() - languages > 1;
    if languages < 2 && !asked_for {
        return;
    }
    html.raw("<nav class=\"views\" aria-label=\"Views\">\n<ul>\n");
    for view in views() {
        let address = format!("{root}{}", view.path);
        let language = view.is_of_language().then_some(view.language.as_str());
        html.raw("<li>");
        html.element(
            "a",
            &[
                // At the site's own address an empty reference is the page.
                (
                    "href",
                    Some(if address.is_empty() { "./" } else { &address }),
                ),
                ("lang", language),
                ("hreflang", language),
                ("aria-current", (view.path == here.path).then_some("page")),
            ],
            &view.label,
        );
        html.raw("</li>\n");
    }
    html.raw("</ul>\n</nav>\n");
}

/// The feeds, for someone who has never used a feed reader.
fn follow(html: &mut Html, site: &Site, view: &View, root: &str) {
    html.raw(
        "<section id=\"follow\" aria-labelledby=\"follow-it\">\n\
         <h2 id=\"follow-it\">Follow</h2>\n\
         <p>To get every new story without coming back to look, copy this address into a feed \
         reader, an app that shows what is new on the sites you choose:</p>\n",
    );
    address(html, site, view, Format::Atom);
    html.raw("<p>If the app asks for RSS, or for JSON Feed, these:</p>\n");
    address(html, site, view, Format::Rss);
    address(html, site, view, Format::Json);
    // Where no source may be told there is nothing to take.
    if site.told().next().is_some() {
        html.raw("<p>");
        let sources = format!("{root}{}", Format::Opml.name());
        html.element("a", &[("href", Some(&sources))], "The list of our sources");
        html.raw(" is an OPML file: a reader takes it to follow the outlets themselves.</p>\n");
    }
    html.raw("</section>\n");
}

fn address(html: &mut Html, site: &Site, view: &View, format: Format) {
    let address = format.address(site, view);
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
