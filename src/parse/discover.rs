//! The feeds that a page points to (`<link rel="alternate">`), for `try`.

use super::decode;
use crate::model::{Head, WebUrl};
use crate::text::markup::{self, Piece};

/// Feeds of one page at most.
const FEEDS_AT_MOST: usize = 20;

/// The addresses of the feeds that the page names, in its order.
pub fn discover(head: &Head, bytes: &[u8]) -> Vec<WebUrl> {
    let text = decode::text(bytes, head.content_type.as_deref());
    let mut feeds: Vec<WebUrl> = Vec::new();
    for piece in markup::pieces(&text) {
        let Piece::Open(tag) = piece else { continue };
        if !tag.name.eq_ignore_ascii_case("link") {
            continue;
        }
        let rel = tag
            .attribute("rel")
            .unwrap_or_default()
            .to_ascii_lowercase();
        let typ = tag
            .attribute("type")
            .unwrap_or_default()
            .to_ascii_lowercase();
        let is_feed = ["rss+xml", "atom+xml", "feed+json"]
            .iter()
            .any(|kind| typ.contains(kind));
        if !is_feed || !rel.split_whitespace().any(|rel| rel == "alternate") {
            continue;
        }
        let feed = tag.attribute("href").and_then(|href| head.url.join(&href));
        if let Some(feed) = feed.filter(|feed| !feeds.contains(feed)) {
            feeds.push(feed);
        }
        if feeds.len() == FEEDS_AT_MOST {
            break;
        }
    }
    feeds
}
