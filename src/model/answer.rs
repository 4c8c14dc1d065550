//! An errand, and what came of it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Item, ItemKey, Judged, Media, Skipped, SourceKey, WebUrl};

/// One request that was promised to be made: its claim is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Poll a source.
    Poll {
        /// The source.
        source: SourceKey,
        /// Where to ask: the configured address, or the one that it is known
        /// to have moved to for good (F-19).
        url: WebUrl,
        /// What the last good document left us to ask with.
        validators: Validators,
        /// What to heed there.
        manners: Manners,
    },
    /// Read an item's article page, once.
    Look {
        /// The source.
        source: SourceKey,
        /// The item.
        item: ItemKey,
        /// Its page.
        url: WebUrl,
        /// What to heed there.
        manners: Manners,
    },
}

/// What an errand must heed at the hosts that it comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manners {
    /// The hosts that asked to be left alone for now: also a redirect does
    /// not lead there (F-16).
    pub resting: Arc<HashSet<String>>,
    /// What the `robots.txt` of some hosts said within the last day; others
    /// are asked. `None` if the errand need not care (F-33).
    pub robots: Option<Arc<[Robots]>>,
}

impl Errand {
    /// The source that the errand is for.
    pub fn source(&self) -> &SourceKey {
        match self {
            Self::Poll { source, .. } | Self::Look { source, .. } => source,
        }
    }

    /// The key of the item that a look is for.
    pub fn item(&self) -> Option<&ItemKey> {
        match self {
            Self::Poll { .. } => None,
            Self::Look { item, .. } => Some(item),
        }
    }

    /// The address that is asked.
    pub fn url(&self) -> &WebUrl {
        match self {
            Self::Poll { url, .. } | Self::Look { url, .. } => url,
        }
    }

    /// Whether the server can answer that nothing has changed.
    pub fn is_conditional(&self) -> bool {
        match self {
            Self::Poll { validators, .. } => {
                validators.etag.is_some() || validators.last_modified.is_some()
            }
            Self::Look { .. } => false,
        }
    }
}

/// What a conditional request is made of: bytes exactly as received (F-01,
/// F-02), and the hash of the last good body for servers that send neither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// The address that gave them. They go back to it and nowhere else: to
    /// another address they would be made up.
    pub from: Option<WebUrl>,
    /// The value of `ETag`.
    pub etag: Option<Vec<u8>>,
    /// The value of `Last-Modified`.
    pub last_modified: Option<Vec<u8>>,
    /// BLAKE3 of the last good body (F-08).
    pub body: Option<Vec<u8>>,
}

/// What a server says about when to come back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// How long the answer stays fresh (RFC 9111 section 4.2).
    pub fresh: Option<Fresh>,
    /// `Retry-After`, measured from the answer's own `Date` (RFC 9110 section
    /// 10.2.3).
    pub retry_after: Option<Duration>,
    /// The interval that the document itself asks for: RSS `ttl`,
    /// `sy:updatePeriod` and `sy:updateFrequency`.
    pub document: Option<Duration>,
    /// The hours and days that the document asks to leave out.
    pub skip: Skip,
}

/// How long an answer stays fresh, and which field says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fresh {
    /// `max-age` less `Age`.
    MaxAge(Duration),
    /// `Expires` less `Date`.
    Expires(Duration),
}

/// RSS `skipHours` and `skipDays`: when a publisher does not want to be
/// asked. Both are in GMT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skip {
    /// Bit n is the hour n, 0 to 23.
    hours: u32,
    /// Bit 0 is Monday.
    days: u8,
}

impl Skip {
    /// Leaves out an hour too. RSS 0.91 calls midnight 24; others are no
    /// hours.
    pub fn hour(&mut self, hour: u32) {
        if hour <= 24 {
            self.hours |= 1 << (hour % 24);
        }
    }

    /// Leaves out a day of the week too, by its English name.
    pub fn day(&mut self, name: &str) {
        let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let start = name
            .trim()
            .get(..3)
            .unwrap_or_default()
            .to_ascii_lowercase();
        if let Some(day) = names.iter().position(|name| *name == start) {
            self.days |= 1 << day;
        }
    }

    /// Whether nothing is left out.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Whether the list leaves out every hour or every day: nobody can mean
    /// that, so such a list does not count (F-14).
    pub fn is_senseless(self) -> bool {
        self.hours == 0x00ff_ffff || self.days == 0x7f
    }

    /// Whether a moment, as hour 0 to 23 and day 0 (Monday) to 6, is left
    /// out.
    pub fn holds(self, hour: u32, day: u32) -> bool {
        let left_out = (self.hours >> hour) & 1 == 1 || (self.days >> day) & 1 == 1;
        left_out && !self.is_senseless()
    }
}

/// The head of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The address that answered in the end.
    pub url: WebUrl,
    /// The status codes of the redirects on the way.
    pub hops: Vec<u16>,
    /// The final status.
    pub status: u16,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// The validators that came with it; `body` is set by whoever reads it.
    pub validators: Validators,
    /// When to come back.
    pub hints: Hints,
    /// Bytes of the body on the wire, before decompression.
    pub wire_bytes: u64,
}

/// What a request yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// 304: nothing new.
    Unchanged(Head),
    /// A document, decompressed.
    Document(Head, Vec<u8>),
}

/// How the items of a page were found: the rungs of the ladder, best first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rung {
    /// The selectors of its source.
    #[default]
    Selectors,
    /// The keys that a JSON list is likely to have.
    LikelyKeys,
    /// What the page tells machines in JSON-LD.
    LinkedData,
    /// Article elements with their times.
    Articles,
    /// Links that stand alike.
    RepeatedLinks,
    /// The news sitemap that the page names.
    Sitemap,
    /// The feed that the page names.
    Feed,
}

impl Rung {
    /// What it is called.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Selectors => "selectors",
            Self::LikelyKeys => "likely keys",
            Self::LinkedData => "JSON-LD",
            Self::Articles => "article elements",
            Self::RepeatedLinks => "repeated links",
            Self::Sitemap => "news sitemap",
            Self::Feed => "feed",
        }
    }
}

/// How a document that is no feed was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The rung in use.
    pub rung: Rung,
    /// The selector that failed while a lower rung still read the page, in
    /// words. The items count; the admin should correct the selector.
    pub fallen: Option<String>,
    /// The feeds that the page names: better than the page.
    pub feeds: Vec<WebUrl>,
    /// The news sitemaps that it names.
    #[serde(default)]
    pub sitemaps: Vec<WebUrl>,
}

impl Reading {
    /// What is wrong if a selector failed and a lower rung read the page.
    pub fn damage(&self) -> Option<Failure> {
        let (fallen, rung) = (self.fallen.as_deref()?, self.rung.as_str());
        Some(Failure::Breach(format!("{fallen}; read by {rung}")))
    }
}

/// What a document yields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The format in words, such as `RSS 2.0`, `Atom`, `list page`.
    pub format: String,
    /// The document's own title.
    pub title: Option<String>,
    /// The document's own language.
    pub language: Option<String>,
    /// The interval that the document asks for.
    pub interval: Option<Duration>,
    /// The hours and days that the document asks to leave out.
    pub skip: Skip,
    /// Its items, in document order, keys unique.
    pub items: Vec<Item>,
    /// What could not become an item.
    pub skipped: Vec<Skipped>,
    /// How it was read; `None` for a feed.
    pub reading: Option<Reading>,
    /// The scrape contract's breach, in words. A breach is an outcome: no
    /// validators are stored, what was known stays.
    pub breach: Option<String>,
    /// What it says of itself.
    pub identity: Identity,
    /// Whether the document is damaged, so that its tail may be missing: its
    /// items count, its validators do not (H-39).
    pub partial: Option<String>,
}

/// By what a feed is told from another one at the same address (H-46).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its own id, which never changes (RFC 4287, section 4.2.6).
    pub id: Option<String>,
    /// The site that it says it is of: a host without `www.`.
    pub site: Option<String>,
}

impl Identity {
    /// What `later` says of itself that this one says otherwise.
    pub fn lost<'l>(&self, later: &'l Self) -> Option<&'l str> {
        let lost = |own: &Option<String>, later: &'l Option<String>| {
            let later = later.as_deref()?;
            own.as_deref()
                .is_some_and(|own| own != later)
                .then_some(later)
        };
        lost(&self.id, &later.id).or_else(|| lost(&self.site, &later.site))
    }

    /// What is known once `later` has come: what it does not say stays.
    #[must_use]
    pub fn and(self, later: &Self) -> Self {
        Self {
            id: later.id.clone().or(self.id),
            site: later.site.clone().or(self.site),
        }
    }
}

/// What `robots.txt` of one host says to us: the lines of its groups that
/// name us, or else of those for everyone (RFC 9309).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Robots {
    /// The host, as politeness counts it.
    pub host: String,
    /// The `Allow` and `Disallow` lines that are for us, and the `Sitemap`
    /// lines.
    pub rules: String,
}

impl Robots {
    /// The sitemaps that it names, as seen from an address of the host.
    pub fn sitemaps(&self, from: &WebUrl) -> impl Iterator<Item = WebUrl> {
        let lines = self.rules.lines();
        lines.filter_map(|line| from.join(line.strip_prefix("sitemap: ")?))
    }
}

/// What an errand cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// From asking to having judged.
    pub took: Duration,
    /// Bytes of bodies on the wire.
    pub bytes: u64,
    /// The same, decompressed.
    pub decoded: u64,
}

impl Cost {
    /// Adds what a request brought.
    pub fn add(&mut self, fetched: &Fetched) {
        if let Fetched::Document(head, body) = fetched {
            self.bytes += head.wire_bytes;
            self.decoded += body.len() as u64;
        }
    }
}

/// What came of an errand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The errand.
    pub errand: Errand,
    /// What came of it.
    pub outcome: Outcome,
    /// What `robots.txt` said, where it was asked on the way.
    pub robots: Vec<Robots>,
    /// What it cost.
    pub cost: Cost,
}

/// The ends of an errand.
#[expect(clippy::large_enum_variant, reason = "one of these lives for one poll")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A 304, or the same bytes as last time.
    Unchanged(Head),
    /// A document that could be read.
    Read(Box<Read>),
    /// An article page that could be read.
    Seen(Box<Article>),
    /// Trouble: this source's state, nobody else's (law 5).
    Failed(Failure),
}

/// A document that was read and judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The head that it came with.
    pub head: Head,
    /// The items with their verdicts.
    pub judged: Vec<Judged>,
    /// The generation of the rules that gave the verdicts.
    pub generation: String,
    /// What could not become an item.
    pub skipped: Vec<Skipped>,
    /// How it was read; `None` for a feed.
    pub reading: Option<Reading>,
    /// The breach of the scrape contract, in words.
    pub breach: Option<String>,
    /// What the document says of itself.
    pub identity: Identity,
    /// The damage, in words, if the document is damaged.
    pub partial: Option<String>,
}

impl Read {
    /// What is wrong with a document whose items count all the same: it is
    /// damaged, or a selector failed and a lower rung read it.
    pub fn damage(&self) -> Option<Failure> {
        let partial = self.partial.clone().map(Failure::Unreadable);
        self.reading.as_ref().and_then(Reading::damage).or(partial)
    }
}

/// What an article page tells of its item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// Its own headline.
    pub title: Option<String>,
    /// The lead paragraph, plain text; empty if there is none.
    pub lead: String,
    /// The beginning of the text, plain, on one line: what the topic reads.
    pub text: String,
    /// The authors' names.
    pub byline: Vec<String>,
    /// When it says that it was published.
    pub stated: Option<Timestamp>,
    /// Its language.
    pub language: Option<String>,
    /// The address that it calls its own (`rel=canonical`).
    pub canonical: Option<WebUrl>,
    /// Its media.
    pub media: Vec<Media>,
}

impl Article {
    /// Adds what the page tells to what the feed told; the feed's own words
    /// stay where it had any.
    pub fn complete(&self, item: &mut Item) {
        if item.lead.is_empty() {
            item.lead.clone_from(&self.lead);
        }
        if item.content.is_empty() {
            item.content.clone_from(&self.text);
        }
        if item.byline.is_empty() {
            item.byline.clone_from(&self.byline);
        }
        if item.media.is_empty() {
            item.media.clone_from(&self.media);
        }
        item.stated = item.stated.or(self.stated);
        if item.language.is_none() {
            item.language.clone_from(&self.language);
        }
    }
}

/// What can go wrong with one source. `Display` says it in words; `kind` is
/// the stable name that is stored and counted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The address is one that we do not go to.
    #[error("refused to connect: {0}")]
    Refused(String),
    /// The name could not be resolved.
    #[error("cannot resolve {host}: {said}")]
    Dns {
        /// The name.
        host: String,
        /// The resolver's words.
        said: String,
    },
    /// No connection.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// The connection is not trustworthy.
    #[error("TLS: {0}")]
    Tls(String),
    /// Too slow.
    #[error("timed out: {0}")]
    Timeout(&'static str),
    /// A status that is no success.
    #[error("HTTP {status} from {host}")]
    Status {
        /// The status code.
        status: u16,
        /// The host that sent it, as politeness counts it: it may be one that
        /// a redirect led to.
        host: String,
        /// `Retry-After`, if the answer had one.
        retry_after: Option<Duration>,
    },
    /// A redirect that we do not follow.
    #[error("redirect refused: {0}")]
    Redirect(String),
    /// A page that the publisher does not want to be read by programs.
    #[error("not allowed: {0}")]
    Robots(String),
    /// More than the limit (C-02, C-03, C-07).
    #[error("too large: {0}")]
    TooLarge(String),
    /// A body that ended early, or that its coding does not decode.
    #[error("broken body: {0}")]
    Body(String),
    /// Nothing in it.
    #[error("empty document")]
    Empty,
    /// Something, but no feed.
    #[error("not a feed: {0}")]
    NotAFeed(String),
    /// A feed that could not be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// The list page no longer keeps its contract.
    #[error("the page no longer fits its selectors: {0}")]
    Breach(String),
    /// Less was found than there must be, by other means than selectors.
    #[error("no list as it should be: {0}")]
    NoList(String),
    /// What it wants to be told cannot be told.
    #[error("its secret {0}")]
    Secret(String),
    /// A document that takes more of a processor than one may (C-13).
    #[error("given up after {} s of reading it", .0.as_secs_f32())]
    Slow(Duration),
    /// The reader itself failed; contained.
    #[error("the parser panicked: {0}")]
    Panicked(String),
}

impl Failure {
    /// A stable name, for storage and counters.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Dns { .. } => "dns",
            Self::Connect(_) => "connect",
            Self::Tls(_) => "tls",
            Self::Timeout(_) => "timeout",
            Self::Status { .. } => "status",
            Self::Redirect(_) => "redirect",
            Self::Secret(_) => "secret",
            Self::Robots(_) => "robots",
            Self::TooLarge(_) => "too_large",
            Self::Body(_) => "body",
            Self::Empty => "empty",
            Self::NotAFeed(_) => "not_a_feed",
            Self::Unreadable(_) => "unreadable",
            Self::Breach(_) => "breach",
            Self::NoList(_) => "no_list",
            Self::Slow(_) => "slow",
            Self::Panicked(_) => "panicked",
        }
    }
}
