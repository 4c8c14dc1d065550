//! The best way to watch a site, from one of its addresses: a feed, else a
//! list for machines, else selectors for the page.
//!
//! A person asked, and a program does the looking around: so `robots.txt`
//! holds, every host has its turns, and the requests are few.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Tried, document};
use crate::aside;
use crate::config::Config;
use crate::fetch::{Accept, Ask, Fetch};
use crate::model::{
    Expect, Failure, Fetched, Head, Manners, Robots, Selectors, Target, Validators, WebUrl,
};
use crate::parse::{self, Recipe};

/// Addresses that are asked after the first at most.
const ASKED_AT_MOST: usize = 12;

/// Where sites have their feeds, whether they say so or not.
const COMMON: [&str; 7] = [
    "/feed/",
    "/rss.xml",
    "/rss",
    "/atom.xml",
    "/feed.xml",
    "/index.xml",
    "/export/rss2/archive/index.xml",
];

/// What was found, and what was asked for it.
#[derive(Debug)]
pub struct Found {
    /// The addresses and what they turned out to be, in words.
    pub asked: Vec<(WebUrl, String)>,
    /// What to poll.
    pub offer: Option<Offer>,
}

/// Something to poll.
#[derive(Debug)]
pub struct Offer {
    /// Its kind and address.
    pub target: Target,
    /// Selectors for a list page; a page without them is read by its build.
    pub select: Option<Selectors>,
    /// The contract of a list page.
    pub expect: Option<Expect>,
    /// What it yields today.
    pub tried: Tried,
}

/// Looks for what to poll at `url` and around it.
pub async fn find(url: &WebUrl, config: &Arc<Config>, fetch: &Fetch, now: Timestamp) -> Found {
    let mut finder = Finder {
        first: url,
        config,
        fetch,
        now,
        robots: Vec::new(),
        asked: Vec::new(),
    };
    let offer = finder.find().await;
    Found {
        asked: finder.asked,
        offer,
    }
}

struct Finder<'a> {
    first: &'a WebUrl,
    config: &'a Arc<Config>,
    fetch: &'a Fetch,
    now: Timestamp,
    robots: Vec<Robots>,
    asked: Vec<(WebUrl, String)>,
}

/// A document with its head, cheap to hand to where it is read.
type Answered = Arc<(Head, Vec<u8>)>;

impl Finder<'_> {
    async fn find(&mut self) -> Option<Offer> {
        let first = self.first.clone();
        let page = match self.ask(&first).await {
            Ok(page) => page,
            Err(failure) => {
                self.asked.push((first, failure.to_string()));
                return None;
            }
        };
        if let Some(offer) = self.listed(&first, &page).await {
            return Some(offer);
        }
        self.asked.push((first.clone(), "a page".to_owned()));
        for address in around(&page) {
            if self.asked.iter().any(|(asked, _)| *asked == address) {
                continue;
            }
            if self.asked.len() > ASKED_AT_MOST {
                break;
            }
            match self.ask(&address).await {
                Ok(answered) => {
                    if let Some(offer) = self.listed(&address, &answered).await {
                        return Some(offer);
                    }
                    self.asked.push((address, "nothing to poll".to_owned()));
                }
                Err(failure) => self.asked.push((address, failure.to_string())),
            }
        }
        self.page(&first, page).await
    }

    async fn ask(&mut self, url: &WebUrl) -> Result<Answered, Failure> {
        let manners = Manners {
            robots: Some(self.robots.as_slice().into()),
            ..Manners::default()
        };
        let ask = Ask {
            url,
            configured: url,
            validators: &Validators::default(),
            accept: Accept::Page,
            // A page must not lead us to another private host.
            allow_private: self.first.is_loopback() && url.host_key() == self.first.host_key(),
            secret: None,
            proxy: None,
            ours: None,
            manners: &manners,
        };
        let brought = self.fetch.get(ask).await;
        self.robots.extend(brought.robots);
        match brought.fetched? {
            Fetched::Document(head, body) => Ok(Arc::new((head, body))),
            Fetched::Unchanged(_) => Err(Failure::Empty),
        }
    }

    /// The offer that a document is, if it is a list for machines.
    async fn listed(&self, url: &WebUrl, answered: &Answered) -> Option<Offer> {
        let json = Recipe::json(None, Expect::default()).ok()?;
        let kinds = [
            (Target::Feed(url.clone()), Recipe::feed()),
            (
                Target::Sitemap(url.clone()),
                Recipe::sitemap(Expect::default()),
            ),
            (Target::Json(url.clone()), json),
        ];
        for (target, recipe) in kinds {
            let tried = self.read(url, answered, recipe).await;
            if let Some(tried) = tried.filter(|tried| !tried.items.is_empty()) {
                return Some(Offer {
                    target,
                    select: None,
                    expect: None,
                    tried,
                });
            }
        }
        None
    }

    /// The offer that the page itself is.
    async fn page(&self, url: &WebUrl, page: Answered) -> Option<Offer> {
        let now = self.now;
        let read = Arc::clone(&page);
        let work = move || parse::propose(&Recipe::any(), &read.0, &read.1, now);
        let proposal = aside::work(work).await.ok().flatten();
        let (select, expect) = match proposal {
            Some(proposal) => (Some(proposal.select), Some(proposal.expect)),
            None => (None, None),
        };
        let recipe = Recipe::page(select.as_ref(), expect.unwrap_or_default()).ok()?;
        let tried = self.read(url, &page, recipe).await?;
        (tried.error.is_none() && !tried.items.is_empty()).then(|| Offer {
            target: Target::Page(url.clone()),
            select,
            expect,
            tried,
        })
    }

    async fn read(&self, url: &WebUrl, answered: &Answered, recipe: Recipe) -> Option<Tried> {
        let (config, now) = (Arc::clone(self.config), self.now);
        let (name, answered) = (url.to_string(), Arc::clone(answered));
        let work = move || {
            let (head, body) = answered.as_ref();
            Ok(document(name, &recipe, &config.rules, head, body, now))
        };
        aside::work(work).await.ok()
    }
}

/// Where a feed or a list may be: what the page names, the common places, a
/// news sitemap.
fn around(page: &Answered) -> Vec<WebUrl> {
    let (head, body) = page.as_ref();
    let named = parse::discover(head, body);
    let of_section = head
        .url
        .join("feed/")
        .filter(|_| head.url.as_url().path() != "/");
    let common = COMMON.iter().filter_map(|path| head.url.join(path));
    named
        .feeds
        .into_iter()
        .chain(named.lists)
        .chain(of_section)
        .chain(common)
        .chain(named.sitemaps)
        .collect()
}
