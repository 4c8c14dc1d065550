//! Stories become sheets: pure, without a clock. Same stories, same bytes
//! (law 4).
//!
//! A sheet knows what it was made of. When that is what the last one was made
//! of, it is the same sheet: same bytes, tag and time. Nothing else decides
//! what is rendered again, so the stories of a view are read only if one of
//! its sheets needs them.

mod archive;
mod article;
mod atom;
mod detail;
mod elsewhere;
mod frame;
mod html;
mod json;
mod language;
mod metrics;
mod month;
mod opml;
mod page;
mod period;
mod rss;
mod shape;
mod sheet;
mod status;
mod view;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::model::{SourceKey, Story, StoryId, Target, WebUrl};

pub use archive::{Closed, close, found, kept};
pub use atom::KIN;
pub use detail::{Detail, FOUND_AT_MOST, FOUND_PAGES, Search, Told, search, story};
pub use elsewhere::{missing, moved};
pub use metrics::{METRICS_TYPE, Process, Traffic, metrics};
pub use month::{Month, month, month_path, named};
pub use opml::{Listed, OPML_NAME, opml};
pub use period::{Period, chain};
pub use shape::{first_id, old_id};
pub use sheet::{Known, Sheet};
pub use status::status;
pub use view::{Only, View, paths};

/// Counts changes of what is rendered from the same stories.
const VERSION: u32 = 6;

/// The design of the pages. It stands in each of them: one answer paints a
/// page, whichever somebody comes to.
pub const STYLE: &str = include_str!("render/style.css");

/// The settings that sheets show.
#[derive(Clone, Debug)]
pub struct Site {
    /// The id of its feed. It stays when the address changes.
    pub identity: String,
    /// The title of feed and page.
    pub title: String,
    /// Where the edition is published; ends in a slash.
    pub url: WebUrl,
    /// The language of our own words.
    pub language: String,
    /// Where the editor can be reached.
    pub contact: Option<String>,
    /// The line about rights.
    pub rights: Option<String>,
    /// The WebSub hub that is told of changes.
    pub hub: Option<WebUrl>,
    /// The sources by name.
    pub outlets: BTreeMap<SourceKey, Outlet>,
    /// The views that `feeds.toml` asks for.
    pub views: Vec<View>,
    /// Whether the edition is also written as files.
    pub files: bool,
}

/// What sheets show of a source.
#[derive(Clone, Debug)]
pub struct Outlet {
    /// The outlet's name.
    pub title: String,
    /// What it is polled from, if that may be told: a private address, or one
    /// that holds a secret, is nobody's business.
    pub target: Option<Target>,
    /// Whether it is polled.
    pub enabled: bool,
    /// The line about its rights.
    pub rights: Option<String>,
    /// Letters of the lead that are published.
    pub summary: usize,
}

impl Site {
    /// What every sheet is made of beside stories. When it differs, all sheets
    /// may.
    pub fn fingerprint(&self) -> [u8; 32] {
        // Debug names every field, so a new setting cannot be forgotten here.
        let all = format!("{VERSION} {} {self:?}", env!("CARGO_PKG_VERSION"));
        *blake3::hash(all.as_bytes()).as_bytes()
    }

    /// The sources that are polled at an address that may be told.
    fn told(&self) -> impl Iterator<Item = Listed<'_>> {
        let polled = self.outlets.iter().filter(|(_, outlet)| outlet.enabled);
        polled.filter_map(|(key, outlet)| Some((key, &*outlet.title, outlet.target.as_ref()?)))
    }
}

#[cfg(test)]
impl Site {
    /// A site as tests show it: one source, a feed.
    pub(crate) fn sample() -> Self {
        let outlet = Outlet {
            title: "Steppe Monitor".to_owned(),
            target: WebUrl::parse("https://steppe.example/feed").map(Target::Feed),
            enabled: true,
            rights: None,
            summary: 400,
        };
        Self {
            identity: "urn:uuid:1107ffa9-cf2d-52bb-a0ae-beb3d5db8f15".to_owned(),
            title: "SCO".to_owned(),
            url: WebUrl::parse("https://sco.example/").unwrap(),
            language: "en".to_owned(),
            contact: None,
            rights: None,
            hub: None,
            outlets: BTreeMap::from([(SourceKey::new("steppe").unwrap(), outlet)]),
            views: Vec::new(),
            files: false,
        }
    }
}

/// The kinds of sheets, in the order in which files become visible: what is
/// linked comes before what links to it (S-29). A feed names the page as its
/// home, but the page is where a person begins, so it comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// The list of sources, OPML 2.0.
    Opml,
    /// A closed archive, Atom.
    Archive,
    /// RSS 2.0.
    Rss,
    /// JSON Feed 1.1.
    Json,
    /// Atom 1.0: the feed itself.
    Atom,
    /// A story's own page.
    Story,
    /// A page of what a view has archived of a month.
    Month,
    /// What is said where nothing is; never a file.
    Missing,
    /// The page to read.
    Page,
    /// What a search found; never a file.
    Search,
    /// How the sources are; never a file, as those below.
    Status,
    /// The same for programs.
    StatusJson,
    /// The incidents as a feed of their own, Atom.
    Incidents,
}

impl Format {
    /// What the site has once.
    const OF_SITE: [Self; 1] = [Self::Opml];

    /// What every view has. Its archives are not here: they are kept, not
    /// rendered with the edition.
    const OF_VIEW: [Self; 4] = [Self::Rss, Self::Json, Self::Atom, Self::Page];

    /// What is made of a report and not of stories.
    pub const STATUS: [Self; 3] = [Self::Status, Self::StatusJson, Self::Incidents];

    /// The feeds, the one to recommend first.
    const FEEDS: [Self; 3] = [Self::Atom, Self::Rss, Self::Json];

    /// Its media type (S-15).
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Opml => "application/xml; charset=utf-8",
            Self::Rss => "application/rss+xml; charset=utf-8",
            Self::Json => "application/feed+json",
            Self::Atom | Self::Archive | Self::Incidents => "application/atom+xml; charset=utf-8",
            Self::Story
            | Self::Month
            | Self::Missing
            | Self::Page
            | Self::Search
            | Self::Status => "text/html; charset=utf-8",
            Self::StatusJson => "application/json",
        }
    }

    /// Whether programs read it (S-22).
    pub fn is_feed(self) -> bool {
        matches!(
            self,
            Self::Rss | Self::Json | Self::Atom | Self::Archive | Self::Incidents
        )
    }

    /// Whether it is made of a report.
    pub fn is_status(self) -> bool {
        Self::STATUS.contains(&self)
    }

    /// Whether it is made for whoever asks, and another one for the next.
    fn is_fleeting(self) -> bool {
        self == Self::Search || self.is_status()
    }

    /// Where the site has it, if the site has one.
    pub fn of_site(self) -> String {
        format!("/{}", self.name())
    }

    /// Whether people read it (S-28).
    pub fn is_page(self) -> bool {
        matches!(
            self,
            Self::Story | Self::Month | Self::Missing | Self::Page | Self::Search | Self::Status
        )
    }

    /// Whether the time of its last change can be told: what is found may
    /// have lost a story, which leaves no date.
    pub fn is_dated(self) -> bool {
        !matches!(self, Self::Search | Self::Month)
    }

    /// Its name below the address of its view.
    fn name(self) -> &'static str {
        match self {
            Self::Opml => "opml.xml",
            Self::Archive | Self::Month => "archive/",
            Self::Rss => "rss.xml",
            Self::Json => "feed.json",
            Self::Atom => "atom.xml",
            Self::Story => "story/",
            Self::Page | Self::Missing => "",
            Self::Search => "search",
            Self::Status => "status",
            Self::StatusJson => "status.json",
            Self::Incidents => "status.atom",
        }
    }

    /// Its media type without parameters, as links state it.
    fn media_type(self) -> &'static str {
        let full = self.content_type();
        full.split_once(';').map_or(full, |(bare, _)| bare)
    }

    /// Where it is served.
    fn path(self, view: &View) -> String {
        format!("/{}{}", view.path, self.name())
    }

    /// Where it is published.
    fn address(self, site: &Site, view: &View) -> String {
        format!("{}{}{}", site.url, view.path, self.name())
    }
}

/// What a view holds, before its stories are read.
#[derive(Clone, Debug)]
pub struct Outline {
    /// The view.
    pub view: View,
    /// The stories of its window, newest entered first, each with its
    /// revision.
    pub stories: Vec<(StoryId, u64)>,
    /// Its archives, in the order in which one walks them.
    pub archives: Vec<Period>,
    /// When its first story entered.
    pub since: Option<Timestamp>,
}

impl Outline {
    /// What its feeds are made of.
    fn contents(&self, settings: [u8; 32]) -> [u8; 32] {
        let mut hash = blake3::Hasher::new();
        hash.update(&settings);
        hash.update(self.view.path.as_bytes());
        for (id, revision) in &self.stories {
            hash.update(StoryId::as_bytes(id));
            hash.update(&revision.to_le_bytes());
        }
        *hash.finalize().as_bytes()
    }
}

/// All sheets of one moment, and the settings under which they were made.
#[derive(Clone, Debug, Default)]
pub struct Edition {
    site: Option<Arc<Site>>,
    sheets: BTreeMap<String, Arc<Sheet>>,
    /// The pages as files, if the edition is written as files: no search
    /// stands behind them.
    alone: BTreeMap<String, Arc<Sheet>>,
    stories: BTreeMap<StoryId, u64>,
    known: BTreeMap<String, Known>,
}

impl Edition {
    /// No edition yet, but what clients may hold of the ones before it.
    pub fn after(known: BTreeMap<String, Known>) -> Self {
        Self {
            known,
            ..Self::default()
        }
    }

    /// What clients may hold of each path that ever was served: of this
    /// edition, or of the last one that had it.
    pub fn known(&self) -> &BTreeMap<String, Known> {
        &self.known
    }

    /// The sheet that is served at `path`.
    pub fn get(&self, path: &str) -> Option<&Arc<Sheet>> {
        self.sheets.get(path)
    }

    /// All sheets as they are served, in the order in which files become
    /// visible.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Sheet>> {
        let mut sheets: Vec<_> = self.sheets.values().collect();
        sheets.sort_by_key(|sheet| (sheet.format, Reverse(&sheet.path)));
        sheets.into_iter()
    }

    /// All sheets as they are written as files, in this order.
    pub fn files(&self) -> impl Iterator<Item = &Arc<Sheet>> {
        self.iter()
            .map(|sheet| self.alone.get(&sheet.path).unwrap_or(sheet))
    }

    /// The stories in it, each with its revision.
    pub fn stories(&self) -> &BTreeMap<StoryId, u64> {
        &self.stories
    }

    /// The settings under which it was made.
    pub fn site(&self) -> Option<&Arc<Site>> {
        self.site.as_ref()
    }
}

/// Renders what has changed since `last`. `shaped` is when the settings last
/// changed; `read` tells the stories of a window, in the order of its outline.
pub fn edition<E>(
    site: &Arc<Site>,
    outlines: &[Outline],
    shaped: Timestamp,
    last: &Edition,
    mut read: impl FnMut(&Outline) -> Result<Vec<Story>, E>,
) -> Result<Edition, E> {
    let settings = site.fingerprint();
    let mut edition = Edition {
        site: Some(Arc::clone(site)),
        stories: outlines
            .iter()
            .flat_map(|outline| outline.stories.iter().copied())
            .collect(),
        known: last.known.clone(),
        ..Edition::default()
    };
    let main = View::main(site);
    for format in Format::OF_SITE {
        let path = format.path(&main);
        let old = last.sheets.get(&path);
        let sheet = match old.filter(|old| old.made_of == settings) {
            Some(old) => Arc::clone(old),
            None => {
                let bytes = opml(&site.title, site.told());
                Arc::new(Sheet::new(
                    path.clone(),
                    format,
                    bytes,
                    None,
                    settings,
                    shaped,
                    last.known.get(&path),
                ))
            }
        };
        edition.sheets.insert(path, sheet);
    }
    let ways = Ways::new(outlines);
    for outline in outlines {
        let mut window = None;
        for draft in drafts(site, outline, settings, &ways) {
            let path = draft.format.path(&outline.view);
            let (old, new) = match draft.reach {
                Reach::Served => (last.sheets.get(&path), &mut edition.sheets),
                Reach::Alone => (last.alone.get(&path), &mut edition.alone),
            };
            if let Some(old) = old.filter(|old| old.made_of == draft.made_of) {
                new.insert(path, Arc::clone(old));
                continue;
            }
            let window = match &window {
                Some(window) => window,
                None => window.insert(Window::new(read(outline)?, shaped)),
            };
            let changed = match draft.format {
                Format::Page => ways
                    .changed
                    .map_or(window.changed, |c| c.max(window.changed)),
                _ => window.changed,
            };
            let sheet = Sheet::new(
                path.clone(),
                draft.format,
                draft.bytes(site, outline, window, &ways),
                Some(draft.links(site, outline)),
                draft.made_of,
                changed,
                last.known
                    .get(&path)
                    .filter(|_| draft.reach == Reach::Served),
            );
            new.insert(path, Arc::new(sheet));
        }
    }
    let served = edition.sheets.iter();
    edition
        .known
        .extend(served.map(|(path, sheet)| (path.clone(), sheet.known())));
    Ok(edition)
}

/// What pages lead to beside their own stories: the other views.
struct Ways<'o> {
    outlines: &'o [Outline],
    made_of: [u8; 32],
    /// When the last view came up.
    changed: Option<Timestamp>,
}

impl<'o> Ways<'o> {
    fn new(outlines: &'o [Outline]) -> Self {
        let mut hash = blake3::Hasher::new();
        for outline in outlines {
            hash.update(outline.view.path.as_bytes()).update(b"\n");
        }
        Self {
            outlines,
            made_of: *hash.finalize().as_bytes(),
            changed: outlines.iter().filter_map(|outline| outline.since).max(),
        }
    }
}

/// From where a page can be reached: a page that is a file has no search
/// behind it, and its links name files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// By our own server.
    Served,
    /// As a file.
    Alone,
}

/// The stories of a window with what follows from all of them.
struct Window {
    stories: Vec<Story>,
    /// When what a reader sees last changed.
    updated: Timestamp,
    /// When anything did.
    changed: Timestamp,
}

impl Window {
    fn new(stories: Vec<Story>, shaped: Timestamp) -> Self {
        let updated = updated(&stories).unwrap_or(shaped);
        // A member that joins changes a sheet, but no date in it (law 8).
        let joined = stories.iter().flat_map(|story| &story.others);
        let joined = joined.map(|member| member.seen).max();
        let changed = shaped.max(updated).max(joined.unwrap_or(shaped));
        Self {
            stories,
            updated,
            changed,
        }
    }
}

/// When what a reader sees of these stories last changed.
fn updated(stories: &[Story]) -> Option<Timestamp> {
    let stories = stories.iter();
    stories.map(|story| story.updated.max(story.entered)).max()
}

/// A sheet that is to be there.
struct Draft {
    format: Format,
    reach: Reach,
    made_of: [u8; 32],
}

fn drafts(site: &Site, outline: &Outline, settings: [u8; 32], ways: &Ways<'_>) -> Vec<Draft> {
    let contents = outline.contents(settings);
    let made_of = |parts: &[&[u8]]| {
        let mut hash = blake3::Hasher::new();
        hash.update(&contents);
        for part in parts {
            hash.update(part);
        }
        *hash.finalize().as_bytes()
    };
    // The last archive stands for all: those before it never change.
    let archives = outline.archives.last().map(ToString::to_string);
    let archives = archives.as_deref().unwrap_or_default().as_bytes();
    let served = Format::OF_VIEW.into_iter().map(|format| Draft {
        format,
        reach: Reach::Served,
        made_of: match format {
            Format::Atom => made_of(&[archives]),
            Format::Page => made_of(&[archives, &ways.made_of]),
            _ => contents,
        },
    });
    let alone = site.files.then(|| Draft {
        format: Format::Page,
        reach: Reach::Alone,
        made_of: made_of(&[archives, &ways.made_of]),
    });
    served.chain(alone).collect()
}

impl Draft {
    fn bytes(&self, site: &Site, outline: &Outline, window: &Window, ways: &Ways<'_>) -> Vec<u8> {
        let Window {
            stories, updated, ..
        } = window;
        let view = &outline.view;
        match self.format {
            Format::Rss => rss::render(site, view, stories, *updated),
            Format::Json => json::render(site, view, stories),
            Format::Page => page::render(site, outline, stories, ways, self.reach),
            // The other formats are no sheets of a view.
            _ => atom::render(
                site,
                view,
                stories,
                *updated,
                &atom::Part::window(site, outline),
            ),
        }
    }

    /// What the sheet says of itself to programs beside its text: the value
    /// of its `Link` field (S-08).
    fn links(&self, site: &Site, outline: &Outline) -> String {
        let view = &outline.view;
        let links = match self.format {
            Format::Page => Format::FEEDS
                .map(|feed| link(&feed.address(site, view), "alternate", Some(feed)))
                .to_vec(),
            format => {
                let mut links = vec![
                    link(&format.address(site, view), "self", None),
                    link(
                        &Format::Page.address(site, view),
                        "alternate",
                        Some(Format::Page),
                    ),
                ];
                let hub = site.hub.as_ref();
                links.extend(hub.map(|hub| link(hub.as_str(), "hub", None)));
                let archive = outline.archives.last().filter(|_| format == Format::Atom);
                links.extend(archive.map(|period| {
                    link(
                        &archive::address(site, &view.path, *period),
                        "prev-archive",
                        None,
                    )
                }));
                links
            }
        };
        links.join(", ")
    }
}

/// One value of a `Link` field (RFC 8288).
fn link(address: &str, rel: &str, kind: Option<Format>) -> String {
    match kind {
        Some(kind) => format!("<{address}>; rel=\"{rel}\"; type=\"{}\"", kind.media_type()),
        None => format!("<{address}>; rel=\"{rel}\""),
    }
}

#[cfg(test)]
impl Edition {
    /// An edition as tests show it: the main view with these stories.
    pub(crate) fn sample(site: &Site, stories: &[Story], shaped: Timestamp, last: &Self) -> Self {
        let outlines = [Outline::sample(View::main(site), stories)];
        let read = |_: &Outline| Ok::<_, std::convert::Infallible>(stories.to_vec());
        match edition(&Arc::new(site.clone()), &outlines, shaped, last, read) {
            Ok(edition) => edition,
        }
    }
}

#[cfg(test)]
impl Outline {
    /// A view with these stories and no archives.
    pub(crate) fn sample(view: View, stories: &[Story]) -> Self {
        Self {
            view,
            stories: stories.iter().map(|s| (s.id, s.revision)).collect(),
            archives: Vec::new(),
            since: stories.iter().map(|story| story.entered).min(),
        }
    }
}

#[cfg(test)]
mod tests;
