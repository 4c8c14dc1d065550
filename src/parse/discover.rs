//! What a page names that is better to poll than the page: feeds, a news
//! sitemap, the JSON list that fills it.

use super::{decode, page::Page};
use crate::model::{Head, WebUrl};
use crate::text::markup::{self, Piece};
use crate::text::{language, plain};

/// Addresses of one kind and page at most.
const NAMED_AT_MOST: usize = 20;

/// What a link to a feed is called is shorter, in bytes.
const CALLED_AT_MOST: usize = 40;

/// What a page names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Feeds, those that it declares first.
    pub feeds: Vec<WebUrl>,
    /// Where links lead that are called a feed, by addresses that are not.
    pub called_feeds: Vec<WebUrl>,
    /// News sitemaps.
    pub sitemaps: Vec<WebUrl>,
    /// JSON lists.
    pub lists: Vec<WebUrl>,
    /// The language that it says it is in.
    pub language: Option<String>,
}

/// What a document names, in its order. A feed names none.
pub fn discover(head: &Head, bytes: &[u8]) -> Named {
    let text = decode::text(bytes, head.content_type.as_deref());
    named(&head.url, &text)
}

pub(super) fn of(page: &Page<'_>, text: &str) -> Named {
    named(page.ground.base(), text)
}

/// What the addresses of one page's links have together, in bytes, that are
/// looked at: a long base is in each of them.
const ADDRESSES_AT_MOST: usize = 8 * 1024 * 1024;

fn named(base: &WebUrl, text: &str) -> Named {
    let mut named = Named::default();
    let mut linked = Vec::new();
    let mut left = ADDRESSES_AT_MOST;
    // The link that is open, and its text so far.
    let mut link: Option<(WebUrl, String)> = None;
    for piece in markup::pieces(text) {
        let tag = match piece {
            Piece::Open(tag) => tag,
            Piece::Text(text) => {
                if let Some((_, said)) = link
                    .as_mut()
                    .filter(|(_, said)| said.len() < CALLED_AT_MOST)
                {
                    said.push_str(plain::beginning(text, 2 * CALLED_AT_MOST));
                }
                continue;
            }
            Piece::Close(name) if name.eq_ignore_ascii_case("a") => {
                let called = link.take().filter(|(_, said)| is_called_feed(said));
                add(&mut named.called_feeds, called.map(|(address, _)| address));
                continue;
            }
            _ => continue,
        };
        let address = || tag.attribute("href").and_then(|href| base.join(&href));
        if tag.name.eq_ignore_ascii_case("html") {
            let lang = tag.attribute("lang");
            named.language = lang.as_deref().and_then(language::tag);
        } else if tag.name.eq_ignore_ascii_case("link") {
            let lower = |name| tag.attribute(name).unwrap_or_default().to_ascii_lowercase();
            let (rel, typ) = (lower("rel"), lower("type"));
            let has = |word| rel.split_whitespace().any(|rel| rel == word);
            let is_feed = ["rss+xml", "atom+xml", "feed+json"]
                .iter()
                .any(|kind| typ.contains(kind));
            if is_feed && has("alternate") {
                add(&mut named.feeds, address());
            } else if has("sitemap") {
                add(&mut named.sitemaps, address());
            }
        } else if tag.name.eq_ignore_ascii_case("a") && left > 0 {
            let address = address();
            left = left.saturating_sub(address.as_ref().map_or(0, |a| a.as_str().len()));
            if address.as_ref().is_some_and(is_feed_like) {
                add(&mut linked, address);
            } else if address.as_ref().is_some_and(is_news_sitemap) {
                add(&mut named.sitemaps, address);
            } else {
                let title = tag.attribute("title").unwrap_or_default();
                link = address.map(|address| (address, format!("{title} ")));
            }
        }
        for (_, value) in tag.attributes() {
            add(&mut named.lists, data_source(base, value));
        }
    }
    for feed in linked {
        add(&mut named.feeds, Some(feed));
    }
    // Comments are nobody's news.
    named
        .feeds
        .retain(|feed| !feed.as_url().path().contains("comments"));
    named
}

/// Whether a link says that it leads to a feed: "RSS", "RSS-лента".
fn is_called_feed(said: &str) -> bool {
    said.trim().len() < CALLED_AT_MOST
        && said
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| matches!(word.to_lowercase().as_str(), "rss" | "atom" | "rss2"))
}

fn add(list: &mut Vec<WebUrl>, address: Option<WebUrl>) {
    if let Some(address) = address
        && list.len() < NAMED_AT_MOST
        && !list.contains(&address)
    {
        list.push(address);
    }
}

/// A link of the page that leads to a feed, by its path.
#[expect(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "the path is in lower case"
)]
fn is_feed_like(link: &WebUrl) -> bool {
    let path = link.as_url().path().to_ascii_lowercase();
    let last = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    matches!(last, "rss" | "feed" | "atom" | "rss2" | "feeds")
        || [
            "rss.xml",
            "atom.xml",
            "feed.xml",
            ".rss",
            ".atom",
            "rss.php",
            "feed.json",
        ]
        .iter()
        .any(|end| last.ends_with(end))
        || (path.contains("/rss") && last.ends_with(".xml"))
}

#[expect(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "the path is in lower case"
)]
fn is_news_sitemap(link: &WebUrl) -> bool {
    let path = link.as_url().path().to_ascii_lowercase();
    path.contains("sitemap") && path.contains("news") && path.ends_with(".xml")
}

/// The JSON list of a page that names its data by number, in an attribute:
/// `datasource:` and 32 hexadecimal digits stand for `ds_….json` beside the
/// page.
fn data_source(base: &WebUrl, value: &str) -> Option<WebUrl> {
    let number: String = value
        .trim()
        .strip_prefix("datasource:")?
        .chars()
        .take_while(char::is_ascii_hexdigit)
        .collect();
    (number.len() == 32).then(|| base.join(&format!("ds_{number}.json")))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_feeds_sitemaps_and_lists() {
        let base = WebUrl::parse("https://volga.example/world/index.htm").unwrap();
        let found = named(
            &base,
            "<link rel='alternate' type='application/rss+xml' href='/rss.xml'>
             <link rel='Alternate' type='application/atom+xml' href='/comments/feed/'>
             <link rel='stylesheet' href='/feed.css'><link rel=sitemap href=/sitemap-news.xml>
             <a href='/export/rss2/archive/index.xml'>RSS</a> <a href='/feedback'>Write to us</a>
             <a href='/rss.xml'>the same</a> <a href='/export?id=7'><b>RSS</b></a>
             <a href='/physics'>The atom was split a hundred years ago, a museum tells</a>
             <ul class=list data='datasource:0123456789abcdef0123456789abcdef'></ul>",
        );
        let told = |list: &[WebUrl]| {
            let paths: Vec<&str> = list.iter().map(|url| url.as_url().path()).collect();
            paths.join(" ")
        };
        assert_eq!(
            told(&found.feeds),
            "/rss.xml /export/rss2/archive/index.xml"
        );
        assert_eq!(told(&found.called_feeds), "/export");
        assert_eq!(told(&found.sitemaps), "/sitemap-news.xml");
        assert_eq!(
            told(&found.lists),
            "/world/ds_0123456789abcdef0123456789abcdef.json"
        );
    }
}
