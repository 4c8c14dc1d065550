//! The small pages where something is not: nothing at all, or a story that
//! stands elsewhere now.

use jiff::Timestamp;

use super::frame::Frame;
use super::html::Html;
use super::{Format, Reach, Sheet, Site};
use crate::model::StoryId;

/// What a person is told at an address of nothing. It repeats nothing of the
/// request (H-79) and stands at any depth: its links begin at the site's own
/// path.
pub fn missing(site: &Site) -> Sheet {
    let frame = Frame {
        site,
        title: "Not found",
        root: site.url.as_url().path(),
        reach: Reach::Served,
        view: None,
    };
    let bytes = page(&frame, |html| {
        html.raw("<h1>There is nothing here</h1>\n");
        html.raw("<p class=\"older\">The address may be mistyped, or what stood here is gone. ");
        html.element("a", &[("href", Some(frame.root))], "All stories");
        html.raw(" are on the front page, and a search finds older ones.</p>\n");
    });
    let never = Timestamp::UNIX_EPOCH;
    Sheet::new(
        String::new(),
        Format::Missing,
        bytes,
        None,
        [0; 32],
        never,
        None,
    )
}

/// The file at the address of a story that was joined into another, for web
/// servers that cannot be told to lead on.
pub fn moved(site: &Site, story: StoryId, heir: StoryId) -> Sheet {
    let frame = Frame {
        site,
        title: "This story is told in another",
        root: "../",
        reach: Reach::Alone,
        view: None,
    };
    let bytes = page(&frame, |html| {
        html.raw("<h1>This story is told in another</h1>\n<p class=\"older\">");
        html.raw("An editor found that both tell the same news: ");
        let heir = format!("{heir}.html");
        html.element("a", &[("href", Some(&heir))], "read it there");
        html.raw(".</p>\n");
    });
    let never = Timestamp::UNIX_EPOCH;
    let path = format!("/story/{story}");
    Sheet::new(path, Format::Story, bytes, None, [0; 32], never, None)
}

/// A page that says so little.
fn page(frame: &Frame<'_>, say: impl FnOnce(&mut Html)) -> Vec<u8> {
    let mut html = Html::default();
    frame.open(&mut html);
    html.raw("<body>\n<a class=\"skip\" href=\"#found\">Skip to the words</a>\n");
    frame.header(&mut html, "");
    html.raw("<main id=\"found\">\n");
    say(&mut html);
    html.raw("</main>\n<footer>\n");
    frame.imprint(&mut html);
    html.raw("</footer>\n</body>\n</html>\n");
    html.finish().into_bytes()
}
