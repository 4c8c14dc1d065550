//! What a page or feed would yield, without storing anything: what `try`
//! prints, for an address or a local file; and what `add` finds at a site.

mod capture;
mod find;

pub use capture::{Capture, Replayed};
pub use find::{Found, Offer, find};

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::aside;
use crate::config::{Config, Source};
use crate::fetch::{Accept, Ask, Fetch, Secret};
use crate::model::{
    Failure, Fetched, Head, Hints, Item, Manners, Parsed, Reading, Reason, Skipped, Target,
    Validators, Verdict, WebUrl,
};
use crate::parse::{self, Recipe};
use crate::topic::{self, Rules};

/// A file larger than any document that we would fetch (C-02).
const FILE_AT_MOST: u64 = 64 * 1024 * 1024;

/// What one document yields.
#[derive(Debug, Serialize)]
pub struct Tried {
    /// The address or file.
    pub document: String,
    /// The format in words.
    pub format: Option<String>,
    /// The document's own title.
    pub title: Option<String>,
    /// The document's own language.
    pub language: Option<String>,
    /// The items, in document order.
    pub items: Vec<TriedItem>,
    /// What could not become an item.
    pub skipped: Vec<Skipped>,
    /// The feeds that the document points to.
    pub feeds: Vec<WebUrl>,
    /// Why it yields nothing, or less than it should.
    pub error: Option<String>,
    /// Why the service would not read it, though a person may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forbidden: Option<String>,
}

impl Tried {
    /// Whether it is no list for programs.
    fn is_scraped(&self) -> bool {
        let format = self.format.as_deref().unwrap_or_default();
        format.starts_with("list page") || format.starts_with("article page")
    }
}

/// One item with its verdict.
#[derive(Debug, Serialize)]
pub struct TriedItem {
    key: String,
    title: String,
    link: Option<WebUrl>,
    published: Option<jiff::Timestamp>,
    updated: Option<jiff::Timestamp>,
    authors: Vec<String>,
    summary: String,
    categories: Vec<String>,
    media: Vec<crate::model::Media>,
    language: Option<String>,
    /// What the topic says of it.
    pub verdict: Verdict,
    /// Why.
    pub why: Vec<Reason>,
}

impl TriedItem {
    fn new(item: Item, rules: &Rules) -> Self {
        let (verdict, why) = topic::judge(rules, &item);
        Self {
            key: item.key.as_str().to_owned(),
            title: item.title,
            link: item.link,
            published: item.stated,
            updated: item.stated_updated,
            authors: item.byline,
            summary: item.lead,
            categories: item.categories,
            media: item.media,
            language: item.language,
            verdict,
            why,
        }
    }

    /// Its headline.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Its address, if it has one.
    pub fn link(&self) -> Option<&WebUrl> {
        self.link.as_ref()
    }

    /// Whether it has a lead.
    pub fn has_lead(&self) -> bool {
        !self.summary.is_empty()
    }

    /// Whether it says who wrote it.
    pub fn has_byline(&self) -> bool {
        !self.authors.is_empty()
    }

    /// Its language, if it is known.
    pub fn language(&self) -> Option<&str> {
        self.language.as_deref()
    }

    /// Its date, if it has one.
    pub fn published(&self) -> Option<jiff::Timestamp> {
        self.published
    }
}

/// Reads an address once, by the recipe of the source that has it, else as a
/// feed.
pub async fn address(url: &WebUrl, config: &Config, fetch: &Fetch, now: Timestamp) -> Tried {
    // One request, by a person: no crawler's rules.
    let manners = Manners::default();
    let source = source_at(url, config);
    let tried = read_once(url, source, &manners, config, fetch, now).await;
    // A feed is polled whatever they say.
    let is_feed = match source.map(|source| &source.target) {
        Some(Target::Page(_) | Target::Json(_)) => false,
        Some(_) => true,
        None => !tried.is_scraped(),
    };
    if is_feed || tried.format.is_none() || source.is_some_and(|source| source.robots.is_some()) {
        return tried;
    }
    let ask = asking(url, source, None, &manners, config);
    let forbidden = fetch.forbidden(&ask).await;
    Tried {
        forbidden: forbidden.map(|failure| failure.to_string()),
        ..tried
    }
}

/// Reads a source once, as a poll would.
pub async fn source(source: &Source, config: &Config, fetch: &Fetch, now: Timestamp) -> Tried {
    let scrapes = matches!(source.target, Target::Page(_) | Target::Json(_));
    let manners = Manners {
        robots: (scrapes && source.robots.is_none()).then(Arc::default),
        ..Manners::default()
    };
    let url = source.target.url();
    read_once(url, Some(source), &manners, config, fetch, now).await
}

async fn read_once(
    url: &WebUrl,
    source: Option<&Source>,
    manners: &Manners,
    config: &Config,
    fetch: &Fetch,
    now: Timestamp,
) -> Tried {
    let secret = source.and_then(|source| source.secret.as_ref());
    let secret = match secret.map(Secret::read).transpose() {
        Ok(secret) => secret,
        Err(failure) => return failed(url.as_str(), &failure),
    };
    let ask = asking(url, source, secret.as_ref(), manners, config);
    match fetch.get(ask).await.fetched {
        Ok(Fetched::Document(head, body)) => {
            let (recipe, rules) = reading(source, config);
            let name = url.to_string();
            aside::work(move || Ok(document(name, &recipe, &rules, &head, &body, now)))
                .await
                .unwrap_or_else(|failure| failed(url.as_str(), &failure))
        }
        Ok(Fetched::Unchanged(_)) => failed(url.as_str(), &Failure::Empty),
        Err(failure) => failed(url.as_str(), &failure),
    }
}

fn asking<'a>(
    url: &'a WebUrl,
    source: Option<&'a Source>,
    secret: Option<&'a Secret>,
    manners: &'a Manners,
    config: &'a Config,
) -> Ask<'a> {
    const FIRST: &Validators = &Validators {
        from: None,
        etag: None,
        last_modified: None,
        body: None,
    };
    let page = source.is_some_and(|source| matches!(source.target, Target::Page(_)));
    Ask {
        url,
        configured: url,
        validators: FIRST,
        accept: if page { Accept::Page } else { Accept::Feed },
        allow_private: source.is_some_and(|source| source.allow_private) || url.is_loopback(),
        secret,
        proxy: source.and_then(|source| source.proxy.as_ref()),
        ours: Some(&config.feed.url),
        manners,
    }
}

/// Reads a local file as if it had come from `url`.
pub fn file(path: &Path, url: Option<&WebUrl>, config: &Config, now: Timestamp) -> Tried {
    let name = path.display().to_string();
    let body = match read(path) {
        Ok(body) => body,
        Err(error) => return failed(&name, &Failure::Unreadable(error.to_string())),
    };
    let Some(url) = url.cloned().or_else(|| WebUrl::parse("http://localhost/")) else {
        return failed(&name, &Failure::Empty);
    };
    let (recipe, rules) = reading(source_at(&url, config), config);
    let head = Head {
        url,
        hops: Vec::new(),
        status: 200,
        content_type: None,
        validators: Validators::default(),
        hints: Hints::default(),
        wire_bytes: body.len() as u64,
    };
    document(name, &recipe, &rules, &head, &body, now)
}

/// The capture that a local file is, if it is one.
pub fn capture(path: &Path) -> Option<Capture> {
    serde_json::from_slice(&read(path).ok()?).ok()
}

/// A saved page may be packed as the server sent it.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?
        .take(FILE_AT_MOST)
        .read_to_end(&mut bytes)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice())
            .take(FILE_AT_MOST)
            .read_to_end(&mut plain)?;
        return Ok(plain);
    }
    Ok(bytes)
}

fn source_at<'c>(url: &WebUrl, config: &'c Config) -> Option<&'c Source> {
    config
        .sources
        .values()
        .find(|source| source.target.url() == url)
}

fn reading(source: Option<&Source>, config: &Config) -> (Recipe, Arc<Rules>) {
    match source {
        Some(source) => (source.recipe.clone(), Arc::new(source.rules.clone())),
        None => (Recipe::any(), Arc::new(config.rules.clone())),
    }
}

fn document(
    name: String,
    recipe: &Recipe,
    rules: &Rules,
    head: &Head,
    body: &[u8],
    now: Timestamp,
) -> Tried {
    let feeds = parse::discover(head, body).feeds;
    match parse::document(recipe, head, body, now) {
        Err(failure) => Tried {
            feeds,
            ..failed(&name, &failure)
        },
        Ok(parsed) => {
            let Parsed {
                format,
                title,
                language,
                items,
                skipped,
                reading,
                breach,
                partial,
                ..
            } = parsed;
            let fallen = reading.as_ref().and_then(Reading::damage);
            Tried {
                document: name,
                format: Some(format),
                title,
                language,
                items: items
                    .into_iter()
                    .map(|item| TriedItem::new(item, rules))
                    .collect(),
                skipped,
                feeds,
                error: breach
                    .or(fallen.map(|fallen| fallen.to_string()))
                    .or(partial),
                forbidden: None,
            }
        }
    }
}

fn failed(name: &str, failure: &Failure) -> Tried {
    Tried {
        document: name.to_owned(),
        format: None,
        title: None,
        language: None,
        items: Vec::new(),
        skipped: Vec::new(),
        feeds: Vec::new(),
        error: Some(failure.to_string()),
        forbidden: None,
    }
}
