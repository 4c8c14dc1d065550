//! The best way to watch a site, from one of its addresses: a feed, else a
//! list for machines, else selectors for the page.
//!
//! A person asked, and a program does the looking around: so `robots.txt`
//! holds, every host has its turns, and the requests are few.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Tried, TriedItem, document};
use crate::aside;
use crate::config::Config;
use crate::fetch::{Accept, Ask, Fetch};
use crate::model::{
    Expect, Failure, Fetched, Head, Manners, Robots, Selectors, Target, Validators, WebUrl,
};
use crate::parse::{self, Recipe};

/// Addresses that are asked after the first at most.
const ASKED_AT_MOST: usize = 16;

/// Feeds that a page names which are asked at most.
const NAMED_AT_MOST: usize = 6;

/// Links that are called a feed which are followed at most.
const CALLED_AT_MOST: usize = 2;

/// Sitemaps that are asked at most, each with the newest of its list.
const SITEMAPS_AT_MOST: usize = 2;

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
    /// Whether `robots.txt` forbids the address itself.
    pub is_forbidden: bool,
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
        is_forbidden: false,
    };
    let offer = finder.find().await;
    Found {
        asked: finder.asked,
        offer,
        is_forbidden: finder.is_forbidden,
    }
}

struct Finder<'a> {
    first: &'a WebUrl,
    config: &'a Arc<Config>,
    fetch: &'a Fetch,
    now: Timestamp,
    robots: Vec<Robots>,
    asked: Vec<(WebUrl, String)>,
    is_forbidden: bool,
}

/// A document with its head, cheap to hand to where it is read.
type Answered = Arc<(Head, Vec<u8>)>;

impl Finder<'_> {
    async fn find(&mut self) -> Option<Offer> {
        let first = self.first.clone();
        let page = match self.ask(&first).await {
            Ok(page) => page,
            Err(failure) => {
                self.is_forbidden = matches!(failure, Failure::Robots(_));
                self.asked.push((first, failure.to_string()));
                return None;
            }
        };
        if let Some(offer) = self.listed(&first, &page).await {
            return Some(offer);
        }
        self.asked.push((first.clone(), "a page".to_owned()));
        if let Some(offer) = self.named(&page).await {
            return Some(offer);
        }
        if let Some(offer) = self.called(&page).await {
            return Some(offer);
        }
        for address in around(&page) {
            if let Some(offer) = self.list_at(&address).await {
                return Some(offer);
            }
        }
        match self.page(&first, page).await {
            Some(offer) => Some(offer),
            None => self.sitemaps().await,
        }
    }

    /// What the links lead to that are called a feed: one, or a page that
    /// names some.
    async fn called(&mut self, page: &Answered) -> Option<Offer> {
        let (head, body) = page.as_ref();
        let called = parse::discover(head, body).called_feeds;
        for address in called.into_iter().take(CALLED_AT_MOST) {
            let Some(answered) = self.answer_of(&address).await else {
                continue;
            };
            let offer = match self.listed(&address, &answered).await {
                Some(offer) => Some(offer),
                None => self.named(&answered).await,
            };
            if offer.is_some() {
                return offer;
            }
            self.asked.push((address, "nothing to poll".to_owned()));
        }
        None
    }

    /// The sitemaps that `robots.txt` names; of a list of them the one that
    /// has the news.
    async fn sitemaps(&mut self) -> Option<Offer> {
        let robots = self.robots.iter();
        let named = robots.flat_map(|robots| robots.sitemaps(self.first));
        let mut named: Vec<WebUrl> = named.collect();
        named.sort_by_key(|address| !address.as_str().contains("news"));
        for address in named.into_iter().take(SITEMAPS_AT_MOST) {
            let Some(answered) = self.answer_of(&address).await else {
                continue;
            };
            if let Some(offer) = self.listed(&address, &answered).await {
                return Some(offer);
            }
            let (head, body) = answered.as_ref();
            let child = parse::newest_sitemap(head, body);
            let what = child
                .as_ref()
                .map_or("nothing to poll", |_| "a list of sitemaps");
            self.asked.push((address, what.to_owned()));
            if let Some(child) = child
                && let Some(offer) = self.list_at(&child).await
            {
                return Some(offer);
            }
        }
        None
    }

    /// The offer at an address, if it is one.
    async fn list_at(&mut self, address: &WebUrl) -> Option<Offer> {
        let answered = self.answer_of(address).await?;
        let offer = self.listed(address, &answered).await;
        if offer.is_none() {
            self.asked
                .push((address.clone(), "nothing to poll".to_owned()));
        }
        offer
    }

    /// What an address answers that was not asked before.
    async fn answer_of(&mut self, address: &WebUrl) -> Option<Answered> {
        let is_known = self.asked.iter().any(|(asked, _)| asked == address);
        if is_known || self.asked.len() > ASKED_AT_MOST {
            return None;
        }
        match self.ask(address).await {
            Ok(answered) => Some(answered),
            Err(failure) => {
                self.asked.push((address.clone(), failure.to_string()));
                None
            }
        }
    }

    /// The best of the feeds that the page names: in its language, and of most
    /// items. The others are told.
    async fn named(&mut self, page: &Answered) -> Option<Offer> {
        let (head, body) = page.as_ref();
        let named = parse::discover(head, body);
        let language = primary(named.language.as_deref());
        let mut best: Option<Offer> = None;
        for address in named.feeds {
            if self.asked.len() > NAMED_AT_MOST {
                break;
            }
            let answered = match self.ask(&address).await {
                Ok(answered) => answered,
                Err(failure) => {
                    self.asked.push((address, failure.to_string()));
                    continue;
                }
            };
            let Some(offer) = self.listed(&address, &answered).await else {
                self.asked.push((address, "nothing to poll".to_owned()));
                continue;
            };
            let said = offer.tried.title.as_deref().unwrap_or("without a title");
            let items = offer.tried.items.len();
            self.asked
                .push((address, format!("a feed of {items}: {said}")));
            let rank = |offer: &Offer| {
                let own = offer.tried.items.iter().find_map(|item| item.language());
                let is_foreign = language.is_some() && language != primary(own);
                (!is_foreign, !is_of_comments(offer), offer.tried.items.len())
            };
            if best.as_ref().is_none_or(|best| rank(&offer) > rank(best)) {
                best = Some(offer);
            }
        }
        best
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
        let built = Recipe::page(None, Expect::default()).ok()?;
        let built = self.read(url, &page, built).await?;
        let selected = match &proposal {
            Some(select) => {
                let recipe = Recipe::page(Some(select), Expect::default()).ok()?;
                self.read(url, &page, recipe).await
            }
            None => None,
        };
        // Selectors are for where they read as well as the page's build does.
        let selected = selected.filter(|selected| !is_less(selected, &built));
        let (select, tried) = match selected {
            Some(selected) => (proposal, selected),
            None => (None, built),
        };
        (tried.error.is_none() && !tried.items.is_empty()).then(|| Offer {
            target: Target::Page(url.clone()),
            select,
            expect: Some(expect(&tried)),
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

/// Whether the first reading has fewer entries as they are in the second:
/// with this headline, and with a date and a lead where that has one.
fn is_less(first: &Tried, second: &Tried) -> bool {
    let entries = second.items.iter().filter(|entry| {
        first.items.iter().any(|other| {
            other.link() == entry.link()
                && other.title() == entry.title()
                && other.published() == entry.published()
                && (other.has_lead() || !entry.has_lead())
        })
    });
    entries.count() * 10 < second.items.len() * 9
}

/// A contract that the page keeps with some air.
fn expect(tried: &Tried) -> Expect {
    let items = tried.items.len();
    let of_ten = |has: fn(&TriedItem) -> bool| {
        let having = tried.items.iter().filter(|item| has(item)).count();
        if having * 10 >= items * 9 { 0.8 } else { 0.0 }
    };
    Expect {
        items: items.div_ceil(2),
        dates: of_ten(|item| item.published().is_some()),
        links: of_ten(|item| item.link().is_some()),
        ..Expect::default()
    }
}

fn primary(tag: Option<&str>) -> Option<String> {
    let primary = tag?.split('-').next()?;
    Some(primary.to_owned())
}

/// Whether a feed brings what readers say, not what the outlet says.
fn is_of_comments(offer: &Offer) -> bool {
    let title = offer.tried.title.as_deref().unwrap_or_default();
    title.to_lowercase().contains("comment")
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
        .lists
        .into_iter()
        .chain(of_section)
        .chain(common)
        .chain(named.sitemaps)
        .collect()
}
