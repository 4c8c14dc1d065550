//! What is configured: a source's key, its address, how a list page is read.

use std::fmt;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

/// The name of a source in `feeds.toml`: its key for ever, in the database,
/// in logs, in story ids. 1 to 64 letters of `[a-z0-9-]` (H-81).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceKey(Arc<str>);

/// A source name that is not 1 to 64 letters of `[a-z0-9-]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a source name is 1 to 64 of the letters a-z, 0-9 and -")]
pub struct SourceKeyError;

impl SourceKey {
    /// Checks the name.
    pub fn new(name: &str) -> Result<Self, SourceKeyError> {
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=64).contains(&name.len()) && name.bytes().all(legal) {
            Ok(Self(name.into()))
        } else {
            Err(SourceKeyError)
        }
    }

    /// The name as it stands in `feeds.toml`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for SourceKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SourceKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// An absolute `http` or `https` URL with a host: the only kind of address
/// that is ever requested or published.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebUrl(Url);

impl WebUrl {
    /// A longer reference is no link (C-11).
    pub const BYTES_AT_MOST: usize = 8192;

    /// The URL, if it is absolute, `http` or `https`, and names a host.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_url(Url::parse(text.trim()).ok()?)
    }

    /// The same check for a URL that is already parsed.
    pub fn from_url(url: Url) -> Option<Self> {
        (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(Self(url))
    }

    /// `reference` resolved against this URL (RFC 3986 section 5), if the
    /// result is again a web address. A reference of more than 8,192 bytes
    /// leads nowhere.
    pub fn join(&self, reference: &str) -> Option<Self> {
        let reference = reference.trim();
        if reference.len() > Self::BYTES_AT_MOST {
            return None;
        }
        Self::from_url(self.0.join(reference).ok()?)
    }

    /// `reference` resolved against this URL, as what other references are
    /// resolved against. One of more than 1,024 bytes is no base: each of
    /// thousands of links would hold it.
    pub fn based(&self, reference: &str) -> Option<Self> {
        const BYTES_AT_MOST: usize = 1024;
        let base = self.join(reference);
        base.filter(|base| base.as_str().len() <= BYTES_AT_MOST)
    }

    /// The URL as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The parsed URL.
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// Host and port as one key, after IDNA: what politeness is counted by
    /// (F-29).
    pub fn host_key(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port_or_known_default() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The site that it is of: its host without `www.`.
    pub fn site(&self) -> &str {
        let host = self.0.host_str().unwrap_or_default();
        host.strip_prefix("www.").unwrap_or(host)
    }

    /// Whether this is the main feed or the page of a site of ours that is
    /// published at `site`.
    pub fn is_sheet_of(&self, site: &Self) -> bool {
        let path = self.as_str().strip_prefix(site.as_str());
        matches!(path, Some("" | "atom.xml" | "rss.xml" | "feed.json"))
    }

    /// Whether the host is a loopback address or `localhost`: tests, benches
    /// and local bridges, for which spacing does not count (C-01, C-14).
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        }
    }
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl Serialize for WebUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl<'de> Deserialize<'de> for WebUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("no web address"))
    }
}

/// What a source is polled from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A feed: RSS, RDF, Atom or JSON Feed.
    Feed(WebUrl),
    /// A list page, read with selectors or by its build.
    Page(WebUrl),
    /// A news sitemap.
    Sitemap(WebUrl),
    /// A JSON list, such as stands behind a page that a script fills.
    Json(WebUrl),
}

impl Target {
    /// The configured address.
    pub fn url(&self) -> &WebUrl {
        match self {
            Self::Feed(url) | Self::Page(url) | Self::Sitemap(url) | Self::Json(url) => url,
        }
    }
}

/// The selectors of a list, as typed: CSS for a page, paths of keys such as
/// `data.list` for JSON. `item` finds the entries, the others are looked up
/// inside each entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selectors {
    /// One entry of the list.
    pub item: String,
    /// The headline inside the entry.
    pub title: String,
    /// The element whose `href` is the link.
    pub link: String,
    /// The element that holds the date (its `datetime`, `content` or text).
    pub date: Option<String>,
    /// The lead paragraph.
    pub lead: Option<String>,
    /// The byline.
    pub author: Option<String>,
    /// The element with a `lang` attribute or a language name.
    pub language: Option<String>,
}

/// The scrape contract: what a readable list page yields at least. Less is a
/// breach, and a breach is shown, never published.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expect {
    /// Items at least.
    pub items: usize,
    /// Share of items with a date, 0 to 1.
    pub dates: f64,
    /// Share of entries with a headline and a link, 0 to 1: the others are
    /// left out.
    pub links: f64,
    /// Share of headlines that no other item has, 0 to 1.
    pub titles: f64,
}

impl Default for Expect {
    fn default() -> Self {
        Self {
            items: 1,
            dates: 0.0,
            links: 0.0,
            titles: 0.0,
        }
    }
}

/// Where a source's secret is, which is no part of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretPlace {
    /// The name of its file.
    pub name: String,
    /// The folders it may be in: the first that has it counts.
    pub folders: Vec<std::path::PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_keys_are_short_and_plain() {
        assert!(SourceKey::new("ria-novosti").is_ok());
        for bad in ["", "Ria", "a b", "../x", "ria_novosti", &"x".repeat(65)] {
            assert!(SourceKey::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_reference_without_end_leads_nowhere() {
        let base = WebUrl::parse("https://ria.ru/a").unwrap();
        assert!(base.join(&"x".repeat(WebUrl::BYTES_AT_MOST)).is_some());
        assert!(base.join(&"x".repeat(WebUrl::BYTES_AT_MOST + 1)).is_none());
    }

    #[test]
    fn only_web_addresses_are_web_urls() {
        assert!(WebUrl::parse("https://ria.ru/a").is_some());
        for bad in [
            "javascript:alert(1)",
            "file:///etc/passwd",
            "/a",
            "mailto:a@b",
            "data:,x",
            "",
        ] {
            assert!(WebUrl::parse(bad).is_none(), "{bad}");
        }
        let site = WebUrl::parse("https://example.org/sco/").unwrap();
        let is_ours = |url: &str| WebUrl::parse(url).unwrap().is_sheet_of(&site);
        assert!(is_ours("https://example.org/sco/atom.xml"));
        assert!(!is_ours("https://example.org/news/atom.xml"));
        let base = WebUrl::parse("https://ria.ru/list/").unwrap();
        assert_eq!(base.join("../a").unwrap().as_str(), "https://ria.ru/a");
        assert!(base.join("javascript:alert(1)").is_none());
    }
}
