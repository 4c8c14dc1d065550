//! What is too much for memory: pages of stories and months, searches and
//! closed archives, read when somebody asks for them.
//!
//! Two readers answer, each on a thread of its own, and only so many may wait
//! for them: whatever people search for, feeds and pages are served from
//! memory meanwhile. Answers are kept as long as no story changes.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::Bytes;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::model::StoryId;
use crate::render::{
    self, Edition, FOUND_AT_MOST, FOUND_PAGES, Month, Period, Reach, Search, Sheet, Site, View,
};
use crate::store::{Reader, StoreError};
use crate::text::query::Query;

/// Readers at once.
const READERS: u32 = 2;

/// Requests that may wait for a reader, and how long.
const WAITING: usize = 64;
const WAIT: Duration = Duration::from_secs(5);

/// Bytes of answers that are kept.
const KEPT_AT_MOST: usize = 4 * 1024 * 1024;

/// Letters of a search that count; the field takes no more.
const TYPED_AT_MOST: usize = 200;

/// Something that the edition does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Wanted {
    Story(StoryId),
    /// Words, and which page of what they find, counted from 1.
    Search(String, usize),
    Archive(String, Period),
    /// A page of a view's month, counted from 1.
    Month(String, Period, usize),
}

impl Wanted {
    /// What is asked for by this path and query, if it is a thing of ours.
    pub(super) fn read(path: &str, query: Option<&str>) -> Option<Self> {
        let path = path.strip_prefix('/')?;
        if let Some(name) = path.strip_prefix("story/") {
            let story = StoryId::parse(name)?;
            // One address for each.
            return (story.to_string() == name).then_some(Self::Story(story));
        }
        if path == "search" {
            let query = query.unwrap_or_default().as_bytes();
            let field = |wanted: &str| {
                let mut pairs = url::form_urlencoded::parse(query);
                let found = pairs.find(|(name, _)| name == wanted);
                found.map(|(_, value)| value).unwrap_or_default()
            };
            let typed = field("q").trim().chars().take(TYPED_AT_MOST).collect();
            let page = field("page").parse().unwrap_or(1);
            return Some(Self::Search(typed, page.clamp(1, FOUND_PAGES)));
        }
        let (view, name) = path.rsplit_once("archive/")?;
        let view = Some(view.to_owned()).filter(|view| view.is_empty() || view.ends_with('/'))?;
        if let Some(period) = name.strip_suffix(".xml") {
            return Some(Self::Archive(view, Period::parse(period)?));
        }
        let (month, page) = render::named(name)?;
        Some(Self::Month(view, month, page))
    }
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Answered {
    Found(Arc<Sheet>),
    /// A story that is told in this one now.
    Joined(StoryId),
    Nothing,
    /// Too many ask, or the database cannot be read.
    Busy,
}

/// The readers and what they have answered.
#[derive(Debug)]
pub struct Library {
    database: PathBuf,
    /// A place for each reader.
    places: Semaphore,
    /// A place for each request that waits for one or has one.
    waiting: Semaphore,
    /// Those that nobody uses; opened when they are needed.
    idle: Mutex<Vec<Reader>>,
    kept: Mutex<Kept>,
}

/// Answers that are true as long as the stories and the settings are those
/// they were made of.
#[derive(Debug, Default)]
struct Kept {
    made_of: Option<(i64, Arc<Site>)>,
    sheets: HashMap<Wanted, Arc<Sheet>>,
    bytes: usize,
}

impl Library {
    /// A library over the database at this path, which need not be there yet.
    pub fn new(database: PathBuf) -> Self {
        Self {
            database,
            places: Semaphore::new(READERS as usize),
            waiting: Semaphore::new(WAITING),
            idle: Mutex::default(),
            kept: Mutex::default(),
        }
    }

    /// Lets go of the database: the last one to close it must be the desk,
    /// which brings its log home.
    pub async fn close(&self) {
        let all = self.places.acquire_many(READERS).await;
        self.places.close();
        self.idle().clear();
        drop(all);
    }

    pub(super) async fn answer(self: &Arc<Self>, edition: &Edition, wanted: Wanted) -> Answered {
        let Some(site) = edition.site().cloned() else {
            return Answered::Nothing;
        };
        let Ok(_waiting) = self.waiting.try_acquire() else {
            return Answered::Busy;
        };
        let Ok(Ok(_place)) = timeout(WAIT, self.places.acquire()).await else {
            return Answered::Busy;
        };
        let library = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || library.read(&site, wanted));
        match read.await {
            Ok(Ok(answered)) => answered,
            Ok(Err(error)) => {
                tracing::warn!(%error, "a page cannot be read from the database");
                Answered::Busy
            }
            Err(error) => {
                tracing::error!(%error, "a page could not be made");
                Answered::Busy
            }
        }
    }

    fn read(&self, site: &Arc<Site>, wanted: Wanted) -> Result<Answered, StoreError> {
        let idle = self.idle().pop();
        let reader = match idle {
            Some(reader) => reader,
            None => Reader::open(&self.database)?,
        };
        let changes = reader.changes()?;
        let kept = self.kept().get(changes, site, &wanted);
        let answered = if let Some(sheet) = kept {
            Answered::Found(sheet)
        } else if let Some(sheet) = make(&reader, site, &wanted)?.map(Arc::new) {
            self.kept().put(changes, site, wanted, &sheet);
            Answered::Found(sheet)
        } else if let Wanted::Story(id) = wanted {
            let heir = reader.heir(id)?;
            heir.map_or(Answered::Nothing, Answered::Joined)
        } else {
            Answered::Nothing
        };
        // A reader that failed is not used again.
        self.idle().push(reader);
        Ok(answered)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Reader>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn get(&mut self, changes: i64, site: &Arc<Site>, wanted: &Wanted) -> Option<Arc<Sheet>> {
        self.renew(changes, site);
        self.sheets.get(wanted).cloned()
    }

    fn put(&mut self, changes: i64, site: &Arc<Site>, wanted: Wanted, sheet: &Arc<Sheet>) {
        let length = sheet.bytes.len() + sheet.gz.len() + sheet.br.as_ref().map_or(0, Bytes::len);
        if length > KEPT_AT_MOST / 4 {
            return;
        }
        self.renew(changes, site);
        if self.bytes + length > KEPT_AT_MOST {
            self.sheets.clear();
            self.bytes = 0;
        }
        self.bytes += length;
        self.sheets.insert(wanted, Arc::clone(sheet));
    }

    fn renew(&mut self, changes: i64, site: &Arc<Site>) {
        let is_true =
            |made_of: &(i64, Arc<Site>)| made_of.0 == changes && Arc::ptr_eq(&made_of.1, site);
        if !self.made_of.as_ref().is_some_and(is_true) {
            *self = Self {
                made_of: Some((changes, Arc::clone(site))),
                ..Self::default()
            };
        }
    }
}

fn make(reader: &Reader, site: &Site, wanted: &Wanted) -> Result<Option<Sheet>, StoreError> {
    Ok(match wanted {
        Wanted::Story(id) => match reader.detail(*id)? {
            Some(detail) => {
                let shaped = reader.shaped()?;
                Some(render::story(site, &detail, shaped, Reach::Served))
            }
            None => None,
        },
        Wanted::Search(typed, page) => {
            let query = Query::parse(typed);
            let stories = match &query {
                Some(query) => reader.search(query, FOUND_AT_MOST * page + 1)?,
                None => Vec::new(),
            };
            let newer = FOUND_AT_MOST * (page - 1);
            let found = stories.get(newer..).unwrap_or_default();
            let search = Search {
                typed,
                query: query.as_ref(),
                page: *page,
            };
            Some(render::search(site, &search, found))
        }
        Wanted::Archive(view, period) => match reader.archive(view, *period)? {
            Some(closed) => {
                let chain = reader.archives(view)?;
                let damaged = || StoreError::Damaged("archive");
                Some(render::kept(site, &chain, closed).ok_or_else(damaged)?)
            }
            None => None,
        },
        Wanted::Month(path, period, page) => {
            let month = Month::of(&reader.archives(path)?, *period);
            let (Some(month), Some(view)) = (month, View::at(site, path)) else {
                return Ok(None);
            };
            let stories = reader.stories_of(path, period.start(), month.until)?;
            let pages = render::month(site, &view, &month, &stories, Reach::Served, &|_| true);
            pages.into_iter().nth(page - 1)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_asks_for_one_thing() {
        let id = "5c5e4a2b-ad8c-514c-bd2d-9c39650e60b3";
        let story = Wanted::Story(StoryId::parse(id).unwrap());
        let search = |typed: &str| Some(Wanted::Search(typed.to_owned(), 1));
        let month = |view: &str, period: &str, page| {
            let period = Period::parse(period).unwrap();
            Some(Wanted::Month(view.to_owned(), period, page))
        };
        let archive = |view: &str, period: &str| {
            let period = Period::parse(period).unwrap();
            Some(Wanted::Archive(view.to_owned(), period))
        };
        for (path, query, expected) in [
            (&*format!("/story/{id}"), None, Some(story)),
            (&format!("/story/{}", id.to_uppercase()), None, None),
            (&format!("/story/urn:uuid:{id}"), None, None),
            (&format!("/story/{id}/"), None, None),
            ("/story/", None, None),
            ("/search", None, search("")),
            ("/search", Some("q=SCO+summit"), search("SCO summit")),
            (
                "/search",
                Some("x=1&q=%E4%B8%8A%E5%90%88&q=y"),
                search("上合"),
            ),
            ("/search", Some("q=%FF%00"), search("\u{fffd}\0")),
            ("/search/", None, None),
            ("/archive/2026-11.xml", None, archive("", "2026-11")),
            (
                "/lang/ru/archive/2026-11-16.xml",
                None,
                archive("lang/ru/", "2026-11-16"),
            ),
            ("/xarchive/2026-11.xml", None, None),
            ("/archive/2026-11", None, month("", "2026-11", 1)),
            (
                "/lang/ru/archive/2026-11-part-2",
                None,
                month("lang/ru/", "2026-11", 2),
            ),
            ("/archive/2026-11-16", None, None),
            ("/archive/2026-11-part-1", None, None),
            ("/archive/2026-13.xml", None, None),
            ("/archive/../2026-11.xml", None, None),
            ("", None, None),
        ] {
            assert_eq!(Wanted::read(path, query), expected, "{path} {query:?}");
        }
        for (query, expected) in [
            ("q=x&page=3", 3),
            ("page=0&q=x", 1),
            ("q=x&page=-1", 1),
            ("q=x&page=999999999", FOUND_PAGES),
            ("q=x&page=", 1),
        ] {
            let wanted = Some(Wanted::Search("x".to_owned(), expected));
            assert_eq!(Wanted::read("/search", Some(query)), wanted, "{query}");
        }
        let Some(Wanted::Search(long, _)) = Wanted::read("/search", Some(&"q=ы".repeat(5000)))
        else {
            panic!("no search");
        };
        assert_eq!(long.chars().count(), TYPED_AT_MOST);
    }
}
