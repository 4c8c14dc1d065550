//! Committed state becomes an edition. Publishing is reading: what is built
//! here follows from rows and settings alone, so a process that died before
//! publishing publishes the same bytes after its restart.
//!
//! A view's window is what its archives do not hold yet: a story stands in
//! one of the two, never in both and never in neither.

use std::sync::Arc;

use jiff::Timestamp;

use crate::config::{Config, Source};
use crate::model::StoryId;
use crate::render::{
    self, Closed, Edition, Month, Outlet, Outline, Period, Reach, Sheet, Site, View,
};
use crate::store::{Reader, StoreError};
use crate::text::url;

/// Stories in a window at least (S-12).
const STORIES: u32 = 100;

/// Days in a window at least (S-12).
const DAYS: i64 = 7;

/// Archives that are closed together: a long history must not be in memory
/// at once.
const CLOSED_AT_ONCE: usize = 8;

/// The settings that sheets show. `identity` is the id of the feed.
pub fn site(config: &Config, identity: String) -> Site {
    Site {
        identity,
        title: config.feed.title.clone(),
        url: config.feed.url.clone(),
        language: config.feed.language.clone(),
        contact: config.feed.contact.clone(),
        rights: config.feed.rights.clone(),
        hub: config.feed.hub.clone(),
        outlets: config
            .sources
            .values()
            .map(|source| {
                let outlet = Outlet {
                    title: source.title.clone(),
                    target: may_be_told(source).then(|| source.target.clone()),
                    enabled: source.enabled,
                    rights: source.rights.clone(),
                    summary: source.summary,
                };
                (source.key.clone(), outlet)
            })
            .collect(),
        views: config.views.clone(),
        files: config.publish.is_some(),
    }
}

/// Whether the public may know what a source is polled from: neither where
/// something is in our own network, nor a secret in an address (S-26).
fn may_be_told(source: &Source) -> bool {
    !source.allow_private && url::secret_in(source.target.url()).is_none()
}

/// The archives that are to be closed now, a few at a time: they must be kept
/// before an edition may be built. Empty if there is nothing to close.
pub fn close(reader: &Reader, site: &Site) -> Result<Vec<Closed>, StoreError> {
    let mut closed = Vec::new();
    for view in views(reader, site)? {
        let mut archives = reader.archives(&view.path)?;
        while closed.len() < CLOSED_AT_ONCE {
            let Some(period) = due(reader, &view, &archives)? else {
                break;
            };
            // A month takes the place of its days.
            archives.retain(|other| other.start() < period.start());
            let stories = reader.stories_of(&view.path, period.start(), period.end())?;
            let before = archives.last().copied();
            closed.push(render::close(site, &view, period, before, &stories));
            archives.push(period);
        }
    }
    Ok(closed)
}

/// The next period that a view closes: a month or a day that is wholly behind
/// its window and holds something.
fn due(reader: &Reader, view: &View, archives: &[Period]) -> Result<Option<Period>, StoreError> {
    let Some(cut) = reader.cut(&view.path, STORIES, DAYS)? else {
        return Ok(None);
    };
    let since = end(archives);
    // A month that has been closed by days, and is over now.
    let open = archives.last().filter(|last| **last != last.month());
    let over = open
        .map(|day| day.month())
        .filter(|month| month.end() <= cut);
    if over.is_some() {
        return Ok(over);
    }
    let oldest = reader.first(&view.path, since)?;
    let Some(oldest) = oldest.filter(|oldest| *oldest < cut) else {
        return Ok(None);
    };
    let month = Period::month_of(oldest);
    Ok(Some(if month.end() <= cut {
        month
    } else {
        Period::day_of(oldest)
    }))
}

/// Where a view's window begins: behind its last archive.
fn end(archives: &[Period]) -> Timestamp {
    let last = archives.last();
    last.map_or(Timestamp::UNIX_EPOCH, |last| last.end())
}

/// The edition of what is committed now. A sheet whose inputs are those of
/// `last` is the same sheet.
pub fn build(reader: &Reader, site: &Arc<Site>, last: &Edition) -> Result<Edition, StoreError> {
    let outlines = views(reader, site)?
        .into_iter()
        .map(|view| {
            let archives = reader.archives(&view.path)?;
            Ok(Outline {
                stories: reader.outline(&view.path, end(&archives))?,
                since: reader.first(&view.path, Timestamp::UNIX_EPOCH)?,
                archives,
                view,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    render::edition(site, &outlines, reader.shaped()?, last, |outline| {
        let since = end(&outline.archives);
        reader.stories_of(&outline.view.path, since, Timestamp::MAX)
    })
}

/// A sheet that belongs to no edition, but is written as a file beside it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Loose {
    /// The page of a story at this revision.
    Story(StoryId, u64),
    /// A closed archive: its view's path and its period.
    Archive(String, Period),
    /// The pages of a month: its view's path, and what it holds.
    Month(String, Month),
}

/// The loose sheets of an edition: what it links to, all archives, and the
/// pages of their months.
pub fn loose(reader: &Reader, edition: &Edition) -> Result<Vec<Loose>, StoreError> {
    let kept = reader.kept()?;
    let months = kept.chunk_by(|(one, _), (other, _)| one == other);
    let months = months.flat_map(|kept| {
        let chain = render::chain(kept.iter().map(|(_, period)| *period).collect());
        let view = kept.first().map(|(view, _)| view.clone());
        let months = Month::all(&chain).into_iter();
        months.filter_map(move |month| Some(Loose::Month(view.clone()?, month)))
    });
    let months: Vec<_> = months.collect();
    let archives = kept.into_iter();
    let archives = archives.map(|(view, period)| Loose::Archive(view, period));
    let stories = edition.stories().iter();
    let stories = stories.map(|(id, revision)| Loose::Story(*id, *revision));
    Ok(archives.chain(stories).chain(months).collect())
}

/// The pages of a month as files; none if its view is no more. `has_page`
/// tells which stories have a page among the files.
pub fn month(
    reader: &Reader,
    site: &Site,
    view: &str,
    month: &Month,
    has_page: &dyn Fn(StoryId) -> bool,
) -> Result<Vec<Sheet>, StoreError> {
    let Some(shown) = views(reader, site)?
        .into_iter()
        .find(|shown| shown.path == view)
    else {
        return Ok(Vec::new());
    };
    let stories = reader.stories_of(view, month.period.start(), month.until)?;
    let reach = Reach::Alone;
    Ok(render::month(
        site, &shown, month, &stories, reach, has_page,
    ))
}

/// A story or an archive as a file; `None` if there is nothing to show any
/// more.
pub fn sheet(reader: &Reader, site: &Site, loose: &Loose) -> Result<Option<Sheet>, StoreError> {
    Ok(match loose {
        Loose::Month(..) => None,
        Loose::Story(id, _) => match reader.detail(*id)? {
            Some(detail) => Some(render::story(site, &detail, reader.shaped()?, Reach::Alone)),
            // Whoever kept its address is led on.
            None => reader.heir(*id)?.map(|heir| render::moved(site, *id, heir)),
        },
        Loose::Archive(view, period) => match reader.archive(view, *period)? {
            Some(closed) => render::kept(site, &[], closed),
            None => None,
        },
    })
}

/// The main view, those of languages that have stories, those configured.
fn views(reader: &Reader, site: &Site) -> Result<Vec<View>, StoreError> {
    let mut views = vec![View::main(site)];
    let shelves = reader.shelves()?;
    let configured = |path: &String| site.views.iter().any(|view| view.path == *path);
    let languages = shelves.iter().filter(|path| !configured(path));
    views.extend(languages.filter_map(|path| View::at(site, path)));
    views.extend(site.views.iter().cloned());
    Ok(views)
}
