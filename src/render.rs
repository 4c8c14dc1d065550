//! Stories become sheets: pure, without a clock. Same stories, same bytes
//! (law 4).
//!
//! A sheet knows what it was made of. When that is what the last one was made
//! of, it is the same sheet: same bytes, tag and time. Nothing else decides
//! what is rendered again.

mod atom;
mod html;
mod language;
mod page;
mod rss;
mod shape;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use hyper::body::Bytes;
use jiff::Timestamp;

use crate::model::{SourceKey, Story, StoryId, Target, WebUrl};

/// Counts changes of what is rendered from the same stories.
const VERSION: u32 = 2;

/// The settings that sheets show.
#[derive(Clone, Debug)]
pub struct Site {
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
    /// The sources by name.
    pub outlets: BTreeMap<SourceKey, Outlet>,
}

/// What sheets show of a source.
#[derive(Clone, Debug)]
pub struct Outlet {
    /// The outlet's name.
    pub title: String,
    /// What it is polled from, if that may be told: a private address is
    /// nobody's business.
    pub target: Option<Target>,
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
}

#[cfg(test)]
impl Site {
    /// A site as tests show it: one source, a feed.
    pub(crate) fn sample() -> Self {
        let outlet = Outlet {
            title: "Steppe Monitor".to_owned(),
            target: WebUrl::parse("https://steppe.example/feed").map(Target::Feed),
            rights: None,
            summary: 400,
        };
        Self {
            title: "SCO".to_owned(),
            url: WebUrl::parse("https://sco.example/").unwrap(),
            language: "en".to_owned(),
            contact: None,
            rights: None,
            outlets: BTreeMap::from([(SourceKey::new("steppe").unwrap(), outlet)]),
        }
    }
}

/// The kinds of sheets; build, publish and serve go over all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The design of the page.
    Style,
    /// RSS 2.0.
    Rss,
    /// Atom 1.0: the feed itself.
    Atom,
    /// The page to read.
    Page,
}

impl Format {
    /// In the order in which files become visible: what is linked comes
    /// before what links to it (S-29). A feed names the page as its home, but
    /// the page is where a person begins, so it comes last.
    pub const ALL: [Self; 4] = [Self::Style, Self::Rss, Self::Atom, Self::Page];

    /// Where it is served.
    pub fn path(self) -> &'static str {
        match self {
            Self::Style => "/style.css",
            Self::Rss => "/rss.xml",
            Self::Atom => "/atom.xml",
            Self::Page => "/",
        }
    }

    /// Its media type (S-15).
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Style => "text/css; charset=utf-8",
            Self::Rss => "application/rss+xml; charset=utf-8",
            Self::Atom => "application/atom+xml; charset=utf-8",
            Self::Page => "text/html; charset=utf-8",
        }
    }

    fn bytes(self, site: &Site, stories: &[Story], updated: Timestamp) -> Vec<u8> {
        match self {
            Self::Style => include_bytes!("render/style.css").to_vec(),
            Self::Rss => rss::render(site, stories, updated),
            Self::Atom => atom::render(site, stories, updated),
            Self::Page => page::render(site, stories),
        }
    }

    /// Its media type without parameters, as links state it.
    fn media_type(self) -> &'static str {
        let full = self.content_type();
        full.split_once(';').map_or(full, |(bare, _)| bare)
    }

    /// What it says of itself to programs beside its text: the value of its
    /// `Link` field (S-08).
    fn links(self, site: &Site) -> Option<String> {
        let home = &site.url;
        match self {
            Self::Style => None,
            Self::Rss | Self::Atom => Some(format!(
                "<{}>; rel=\"self\", <{home}>; rel=\"alternate\"; type=\"text/html\"",
                self.address(site)
            )),
            Self::Page => Some(
                [Self::Atom, Self::Rss]
                    .map(|feed| {
                        let (address, kind) = (feed.address(site), feed.media_type());
                        format!("<{address}>; rel=\"alternate\"; type=\"{kind}\"")
                    })
                    .join(", "),
            ),
        }
    }

    /// Where it is published.
    fn address(self, site: &Site) -> String {
        format!("{}{}", site.url, self.path().trim_start_matches('/'))
    }
}

/// One published document, finished.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Where it is served.
    pub path: &'static str,
    /// What it is.
    pub format: Format,
    /// The bytes.
    pub bytes: Bytes,
    /// The same, packed by gzip.
    pub gz: Bytes,
    /// A strong tag: a hash of the bytes (S-16).
    pub tag: String,
    /// When it last changed, in whole seconds; two that differ never share
    /// one (S-18).
    pub modified: Timestamp,
    /// The value of its `Link` field, if it has one (S-08).
    pub links: Option<String>,
    made_of: [u8; 32],
}

/// All sheets of one moment.
#[derive(Clone, Debug, Default)]
pub struct Edition {
    sheets: BTreeMap<&'static str, Arc<Sheet>>,
}

impl Edition {
    /// The sheet that is served at `path`.
    pub fn get(&self, path: &str) -> Option<&Arc<Sheet>> {
        self.sheets.get(path)
    }

    /// All sheets, in the order in which files become visible.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Sheet>> {
        Format::ALL
            .iter()
            .filter_map(|format| self.get(format.path()))
    }
}

/// Renders what has changed since `last`. `stories` stand newest entered
/// first; `shaped` is when the settings last changed.
pub fn edition(site: &Site, stories: &[Story], shaped: Timestamp, last: &Edition) -> Edition {
    let updated = stories
        .iter()
        .map(|story| story.updated.max(story.entered))
        .max()
        .unwrap_or(shaped);
    // A member that joins changes a sheet, but no date in it (law 8).
    let joined = stories.iter().flat_map(|story| &story.others);
    let changed = joined.map(|member| member.seen).max();
    let changed = shaped.max(updated).max(changed.unwrap_or(shaped));
    let settings = site.fingerprint();
    let contents = contents(settings, stories);
    let sheets = Format::ALL.into_iter().map(|format| {
        let (made_of, changed) = match format {
            Format::Style => (settings, shaped),
            Format::Rss | Format::Atom | Format::Page => (contents, changed),
        };
        let last = last.get(format.path());
        let sheet = match last {
            Some(last) if last.made_of == made_of => Arc::clone(last),
            _ => Arc::new(sheet(
                format,
                format.bytes(site, stories, updated),
                format.links(site),
                made_of,
                changed,
                last,
            )),
        };
        (format.path(), sheet)
    });
    Edition {
        sheets: sheets.collect(),
    }
}

/// What a sheet is made of: the renderer, the settings, the stories.
fn contents(settings: [u8; 32], stories: &[Story]) -> [u8; 32] {
    let mut hash = blake3::Hasher::new();
    hash.update(&settings);
    for story in stories {
        hash.update(StoryId::as_bytes(&story.id));
        hash.update(&story.revision.to_le_bytes());
    }
    *hash.finalize().as_bytes()
}

fn sheet(
    format: Format,
    bytes: Vec<u8>,
    links: Option<String>,
    made_of: [u8; 32],
    changed: Timestamp,
    last: Option<&Arc<Sheet>>,
) -> Sheet {
    let tag = blake3::hash(&bytes).to_hex().chars().take(32).collect();
    let changed = changed.as_second();
    let modified = match last {
        Some(last) if last.tag == tag => last.modified.as_second(),
        // Whoever holds the last one must not take it for this one.
        Some(last) => changed.max(last.modified.as_second() + 1),
        None => changed,
    };
    Sheet {
        path: format.path(),
        format,
        gz: gzip(&bytes).into(),
        bytes: bytes.into(),
        tag,
        modified: Timestamp::from_second(modified).unwrap_or_default(),
        links,
        made_of,
    }
}

/// The same bytes give the same packed bytes: no name and no time in them.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    // Writing to memory cannot fail; an empty result would be seen by tests.
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
