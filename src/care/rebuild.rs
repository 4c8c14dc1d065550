//! A lost database, founded anew on what was published: our own feed and its
//! archives (RFC 5005) hold the id, the dates and the order of every story.
//!
//! What was seen and not published is not in them, and neither are the keys
//! of items. So each story comes back with what a reader saw of it, under a
//! key of its own, until its source shows the item again.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;

use feed_rs::model::{Entry, Feed, Link};
use jiff::{SignedDuration, Timestamp};

use crate::config::Config;
use crate::fetch::{Accept, Ask, Fetch};
use crate::model::{
    Evidence, Failure, Fetched, How, Item, Joined, Judged, Manners, Media, MediaKind, SourceKey,
    StoryId, Validators, Verdict, WebUrl,
};
use crate::render::{self, Closed, Period};
use crate::store::{Seed, SeedMember, Store, StoreError};
use crate::story::{self, Known, Layers, Newcomer, Placed, Teller, Usage, Window};
use crate::text::{entity, url};
use crate::topic;

/// The subscription document of a view.
const FEED: &str = "atom.xml";

/// Archives that are walked of one view at most: a hundred years.
const ARCHIVES_AT_MOST: usize = 1200;

/// What our categories are under (see the feed).
const OUTLETS: &str = "urn:scofeed:outlet";
const MARKS: &str = "urn:scofeed:mark";

/// A source that is credited, but not configured any more.
const UNKNOWN: &str = "published";

/// Where our feed is published.
#[derive(Clone, Debug)]
pub enum Place {
    /// As files.
    Directory(PathBuf),
    /// At this address.
    Site(WebUrl),
}

/// What was published.
#[derive(Debug)]
pub struct Published {
    /// The id of the feed.
    pub id: String,
    /// The stories, in the order in which they entered.
    pub seeds: Vec<Seed>,
    /// The closed archives of all views, as they are.
    pub archives: Vec<Closed>,
}

/// Why nothing can be founded anew.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// There is something already.
    #[error("the database is not empty: only an empty one is founded anew")]
    NotEmpty,
    /// A document is not where it should be.
    #[error("{0} is not there")]
    Missing(String),
    /// A document cannot be had.
    #[error("{document}: {failure}")]
    Unreachable {
        /// Its name.
        document: String,
        /// Why.
        failure: Failure,
    },
    /// A document is not one of ours.
    #[error("{0} is no feed of scofeed")]
    NotOurs(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads what was published, from the subscription document back to the
/// oldest archive.
pub async fn gather(
    place: &Place,
    config: &Config,
    fetch: &Fetch,
) -> Result<Published, RebuildError> {
    let library = Library { place, fetch };
    let main = library.walk("").await?;
    let main = main.ok_or_else(|| RebuildError::Missing(FEED.to_owned()))?;
    let seeds = seeds(&main, config);
    let mut paths = BTreeSet::new();
    for member in seeds.iter().filter_map(|seed| seed.members.first()) {
        paths.extend(render::paths(
            &config.views,
            &member.source,
            &member.judged.item,
        ));
    }
    let mut archives = main.archives();
    for path in paths.iter().filter(|path| !path.is_empty()) {
        let chain = library.walk(path).await?;
        archives.extend(chain.iter().flat_map(Chain::archives));
    }
    Ok(Published {
        id: main.window.id.clone(),
        seeds,
        archives,
    })
}

/// Puts it into an empty database, as judged by the rules of `generation`:
/// what was published is about the topic.
pub fn rebuild(
    store: &mut Store,
    published: &Published,
    generation: &str,
    now: Timestamp,
) -> Result<(), RebuildError> {
    let mut settling = store.begin(now)?;
    let is_empty = settling.one(|writing| {
        let is_empty = writing.is_empty()?;
        if is_empty {
            for seed in &published.seeds {
                writing.seed(seed)?;
            }
            writing.generation(generation)?;
        }
        Ok(is_empty)
    })?;
    if !is_empty {
        return Err(RebuildError::NotEmpty);
    }
    settling.commit()?;
    store.keep(&published.archives)?;
    store.take_identity(&published.id)?;
    Ok(())
}

/// Our own documents.
struct Library<'l> {
    place: &'l Place,
    fetch: &'l Fetch,
}

/// The documents of one view, the oldest first: its archives, and last the
/// one that is subscribed to.
struct Chain {
    view: String,
    archives: Vec<(Period, Vec<u8>, Feed)>,
    window: Feed,
}

impl Library<'_> {
    /// All documents of a view; `None` if there is no such view.
    async fn walk(&self, view: &str) -> Result<Option<Chain>, RebuildError> {
        let name = format!("{view}{FEED}");
        let Some(bytes) = self.get(&name).await? else {
            return Ok(None);
        };
        let window = feed(&name, &bytes)?;
        let mut before = before(&window);
        let mut archives = Vec::new();
        while let Some(period) = before.take().filter(|_| archives.len() < ARCHIVES_AT_MOST) {
            let name = format!("{view}archive/{period}.xml");
            let bytes = self.get(&name).await?;
            let bytes = bytes.ok_or_else(|| RebuildError::Missing(name.clone()))?;
            let archive = feed(&name, &bytes)?;
            // Each is older than the one that names it.
            before = self::before(&archive).filter(|before| before.start() < period.start());
            archives.push((period, bytes, archive));
        }
        archives.reverse();
        Ok(Some(Chain {
            view: view.to_owned(),
            archives,
            window,
        }))
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, RebuildError> {
        let unreachable = |failure| RebuildError::Unreachable {
            document: name.to_owned(),
            failure,
        };
        match self.place {
            Place::Directory(directory) => match std::fs::read(directory.join(name)) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(unreachable(Failure::Unreadable(error.to_string()))),
            },
            Place::Site(site) => {
                let url = site.as_url().join(name).ok();
                let url = url.and_then(|url| WebUrl::parse(url.as_str()));
                let url = url.ok_or_else(|| RebuildError::Missing(name.to_owned()))?;
                let ask = Ask {
                    url: &url,
                    configured: &url,
                    validators: &Validators::default(),
                    accept: Accept::Feed,
                    allow_private: true,
                    secret: None,
                    proxy: None,
                    ours: None,
                    manners: &Manners::default(),
                };
                match self.fetch.get(ask).await.fetched {
                    Ok(Fetched::Document(_, body)) => Ok(Some(body)),
                    Ok(Fetched::Unchanged(_)) => Err(unreachable(Failure::Empty)),
                    Err(Failure::Status { status: 404, .. }) => Ok(None),
                    Err(failure) => Err(unreachable(failure)),
                }
            }
        }
    }
}

fn feed(name: &str, bytes: &[u8]) -> Result<Feed, RebuildError> {
    let feed = feed_rs::parser::parse(bytes).ok();
    let feed = feed.filter(|feed| {
        let generator = feed.generator.as_ref();
        generator.is_some_and(|generator| generator.content == "scofeed")
    });
    feed.ok_or_else(|| RebuildError::NotOurs(name.to_owned()))
}

/// The archive before a document.
fn before(feed: &Feed) -> Option<Period> {
    let is_before = |link: &&Link| link.rel.as_deref() == Some("prev-archive");
    let link = feed.links.iter().find(is_before)?;
    let (_, name) = link.href.rsplit_once('/').unwrap_or(("", &link.href));
    Period::parse(name.strip_suffix(".xml")?)
}

impl Chain {
    fn archives(&self) -> Vec<Closed> {
        let archives = self.archives.iter().map(|(period, bytes, feed)| {
            let updated = feed.updated.as_ref().and_then(moment);
            render::found(&self.view, *period, bytes, updated.unwrap_or_default())
        });
        archives.collect()
    }

    /// All entries as they entered, each with the first moment at which it
    /// can have done so, and the first at which it cannot.
    fn entries(&self) -> Vec<(&Entry, Timestamp, Timestamp)> {
        let mut entries = Vec::new();
        let mut since = Timestamp::UNIX_EPOCH;
        for (period, _, feed) in &self.archives {
            let these = feed.entries.iter().rev();
            entries.extend(these.map(|entry| (entry, period.start(), period.end())));
            since = period.end();
        }
        let these = self.window.entries.iter().rev();
        entries.extend(these.map(|entry| (entry, since, Timestamp::MAX)));
        entries
    }
}

/// The stories that a chain holds.
fn seeds(chain: &Chain, config: &Config) -> Vec<Seed> {
    let entries = chain.entries();
    let entered = entered(&entries);
    let mut planting = Planting {
        config,
        window: Window::new(Usage::default()),
    };
    let seeds = entries.iter().zip(entered);
    seeds
        .filter_map(|((entry, ..), entered)| planting.seed(entry, entered))
        .collect()
}

/// The addresses of the same news in other languages, which are stories of
/// their own: as the content tells them.
fn kin(entry: &Entry) -> HashSet<String> {
    let content = entry.content.as_ref().and_then(|c| c.body.as_deref());
    let told = content.and_then(|content| content.split_once(render::KIN));
    let line = told.map_or("", |(_, told)| told.split("</p>").next().unwrap_or(told));
    let line = scraper::Html::parse_fragment(line);
    let links = line.root_element().descendent_elements();
    links
        .filter_map(|element| element.value().attr("href").map(str::to_owned))
        .collect()
}

/// When the stories entered: at `updated`, unless they were reworded since.
/// Each entered before the next, and within its archive.
fn entered(entries: &[(&Entry, Timestamp, Timestamp)]) -> Vec<Timestamp> {
    let millisecond = SignedDuration::from_millis(1);
    let mut next = Timestamp::MAX;
    let mut entered: Vec<Timestamp> = entries
        .iter()
        .rev()
        .map(|(entry, since, until)| {
            let updated = entry.updated.as_ref().and_then(moment);
            let last = next.min(*until).checked_sub(millisecond);
            let last = last.unwrap_or(*since);
            next = updated.unwrap_or(last).min(last);
            next
        })
        .collect();
    entered.reverse();
    entered
}

/// Entries on their way to stories.
struct Planting<'p> {
    config: &'p Config,
    window: Window,
}

impl Planting<'_> {
    fn seed(&mut self, entry: &Entry, entered: Timestamp) -> Option<Seed> {
        let id = StoryId::parse(&entry.id)?;
        let published = entry.published.as_ref().and_then(moment).unwrap_or(entered);
        let key = SourceKey::new(term(entry, OUTLETS)?).ok()?;
        let item = self.item(entry, &key, id, published)?;
        let mut members = vec![self.member(key, item, Joined::Founds(id), entered)];
        let kin = kin(entry);
        let is_other = |link: &&Link| {
            link.rel.as_deref() == Some("related") && !kin.contains(link.href.as_str())
        };
        let others: Vec<&Link> = entry.links.iter().filter(is_other).collect();
        for link in others {
            let Some((source, item)) = self.other(link, id, published) else {
                continue;
            };
            let evidence = Evidence {
                how: How::Url,
                nearest: None,
                score: None,
                said: "published as one story".to_owned(),
            };
            members.push(self.member(source, item, Joined::Joins(id, evidence), entered));
        }
        let updated = entry.updated.as_ref().and_then(moment);
        Some(Seed {
            id,
            entered,
            published,
            updated: updated.unwrap_or(entered).max(entered),
            members,
        })
    }

    /// What an entry says of the member that it shows.
    fn item(
        &self,
        entry: &Entry,
        source: &SourceKey,
        id: StoryId,
        published: Timestamp,
    ) -> Option<Item> {
        let mut item = Item::new(id.urn(), &entry.title.as_ref()?.content);
        let link = alternate(entry)?;
        item.link = WebUrl::parse(&link.href);
        item.canon = item.link.as_ref().map(url::canon);
        item.language.clone_from(&link.href_lang);
        item.lead = entry
            .summary
            .as_ref()
            .map_or_else(String::new, |text| text.content.clone());
        item.stated = Some(published);
        item.categories
            .extend(term(entry, MARKS).map(str::to_owned));
        item.media = entry.links.iter().filter_map(enclosed).collect();
        let credit = credit(entry).unwrap_or_default();
        let title = self.title(source);
        item.outlet = credit
            .strip_suffix(&format!(", via {title}"))
            .map(str::to_owned);
        let authors = entry.authors.iter().map(|author| author.name.clone());
        // Without a byline the author is who is credited.
        item.byline = authors.flatten().filter(|name| *name != credit).collect();
        Some(item)
    }

    /// Another outlet of a story, and what is known of its item: `Outlet:
    /// headline`.
    fn other(&self, link: &Link, id: StoryId, published: Timestamp) -> Option<(SourceKey, Item)> {
        let line = link.title.as_deref()?;
        let (outlet, key, title) = match self.credited(line) {
            Some(credited) => credited,
            None => {
                let (credit, title) = line.split_once(": ")?;
                let (outlet, source) = via(credit);
                let key = SourceKey::new(source).or_else(|_| SourceKey::new(UNKNOWN));
                (outlet, key.ok()?, title)
            }
        };
        // Two stories may name the same address.
        let mut item = Item::new(format!("{} {}", id.urn(), link.href), title);
        item.link = WebUrl::parse(&link.href);
        item.canon = item.link.as_ref().map(url::canon);
        item.language.clone_from(&link.href_lang);
        item.stated = Some(published);
        item.outlet = outlet.map(str::to_owned);
        Some((key, item))
    }

    /// The outlet, the source and the headline of `Outlet, via Source:
    /// headline`, where the source is configured. Names may hold a colon, so
    /// the longest that is known counts.
    fn credited<'l>(&self, line: &'l str) -> Option<(Option<&'l str>, SourceKey, &'l str)> {
        let colons: Vec<usize> = line.match_indices(": ").map(|(at, _)| at).collect();
        colons.into_iter().rev().find_map(|at| {
            let (credit, title) = line.split_at_checked(at)?;
            let (outlet, source) = via(credit);
            let mut known = self.config.sources.values();
            let known = known.find(|known| known.title == source)?;
            Some((outlet, known.key.clone(), title.strip_prefix(": ")?))
        })
    }

    fn member(
        &mut self,
        source: SourceKey,
        item: Item,
        joined: Joined,
        entered: Timestamp,
    ) -> SeedMember {
        let parties = topic::parties(&item);
        let teller = match self.config.sources.get(&source) {
            Some(source) => source.teller.clone(),
            None => Teller::new(source.clone(), source.as_str(), Layers::All),
        };
        self.window.forget(entered);
        // Its story is known; what it says is to be compared with others.
        let newcomer = std::iter::once(Newcomer {
            item: &item,
            parties: &parties,
        });
        let known = &mut Known::default();
        let placed = story::join(&mut self.window, known, &teller, newcomer, entered).pop();
        let placed = Placed {
            joined,
            print: placed.and_then(|placed| placed.print),
            moment: item.stated.map_or(entered, |stated| stated.min(entered)),
            rank: 0,
            kin: Vec::new(),
        };
        SeedMember {
            source,
            judged: Judged {
                item,
                verdict: Verdict::Keep,
                reasons: Vec::new(),
                parties,
            },
            placed,
        }
    }

    fn title(&self, source: &SourceKey) -> &str {
        let source = self.config.sources.get(source);
        source.map_or("", |source| &source.title)
    }
}

/// An outlet, and the source that passed it on.
fn via(credit: &str) -> (Option<&str>, &str) {
    match credit.rsplit_once(", via ") {
        Some((outlet, source)) => (Some(outlet), source),
        None => (None, credit),
    }
}

fn alternate(entry: &Entry) -> Option<&Link> {
    let is_alternate = |link: &&Link| link.rel.as_deref() == Some("alternate");
    entry.links.iter().find(is_alternate)
}

fn term<'e>(entry: &'e Entry, scheme: &str) -> Option<&'e str> {
    let under = |scheme_of: Option<&str>| scheme_of == Some(scheme);
    let category = entry
        .categories
        .iter()
        .find(|c| under(c.scheme.as_deref()))?;
    Some(&category.term)
}

/// Who is credited: what stands in bold in our own content.
fn credit(entry: &Entry) -> Option<String> {
    let content = entry.content.as_ref()?.body.as_deref()?;
    let (_, rest) = content.split_once("<b>")?;
    let (credit, _) = rest.split_once("</b>")?;
    Some(entity::decode(credit).into_owned())
}

fn enclosed(link: &Link) -> Option<Media> {
    if link.rel.as_deref() != Some("enclosure") {
        return None;
    }
    let mime = link.media_type.clone();
    let is = |kind: &str| mime.as_deref().is_some_and(|mime| mime.starts_with(kind));
    Some(Media {
        url: link.href.clone(),
        kind: match () {
            () if is("video/") => MediaKind::Video,
            () if is("audio/") => MediaKind::Audio,
            () => MediaKind::Image,
        },
        mime,
        length: link.length,
    })
}

fn moment<T: chrono::TimeZone>(moment: &chrono::DateTime<T>) -> Option<Timestamp> {
    Timestamp::from_millisecond(moment.timestamp_millis()).ok()
}
