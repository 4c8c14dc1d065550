//! Stories become sheets: pure, without a clock. Same stories, same bytes
//! (law 4).
//!
//! A sheet knows what it was made of. When that is what the last one was made
//! of, it is the same sheet: same bytes, tag and time. Nothing else decides
//! what is rendered again.

mod atom;
mod html;
mod page;
mod rss;
mod shape;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use hyper::body::Bytes;
use jiff::Timestamp;

use crate::model::{SourceKey, Story, StoryId, WebUrl};

/// Counts changes of what is rendered from the same stories.
const VERSION: u32 = 1;

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
    /// Where its documents are, if that may be told: a private address is
    /// nobody's business.
    pub url: Option<WebUrl>,
    /// The line about its rights.
    pub rights: Option<String>,
    /// Letters of the lead that are published.
    pub summary: usize,
}

/// The kinds of sheets; build, publish and serve go over all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The design of the page.
    Style,
    /// The page to read.
    Page,
    /// RSS 2.0.
    Rss,
    /// Atom 1.0: the feed itself.
    Atom,
}

impl Format {
    /// In the order in which files become visible: what is linked comes
    /// before what links to it (S-29).
    pub const ALL: [Self; 4] = [Self::Style, Self::Page, Self::Rss, Self::Atom];

    /// Where it is served.
    pub fn path(self) -> &'static str {
        match self {
            Self::Style => "/style.css",
            Self::Page => "/",
            Self::Rss => "/rss.xml",
            Self::Atom => "/atom.xml",
        }
    }

    /// Its media type (S-15).
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Style => "text/css; charset=utf-8",
            Self::Page => "text/html; charset=utf-8",
            Self::Rss => "application/rss+xml; charset=utf-8",
            Self::Atom => "application/atom+xml; charset=utf-8",
        }
    }

    fn bytes(self, site: &Site, stories: &[Story], updated: Timestamp) -> Vec<u8> {
        match self {
            Self::Style => include_bytes!("render/style.css").to_vec(),
            Self::Page => page::render(site, stories),
            Self::Rss => rss::render(site, stories, updated),
            Self::Atom => atom::render(site, stories, updated),
        }
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
    /// When what it shows last changed, in whole seconds.
    pub modified: Timestamp,
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
    let contents = contents(site, stories);
    let sheets = Format::ALL.into_iter().map(|format| {
        let made_of = match format {
            Format::Style => *blake3::hash(format!("style {VERSION}").as_bytes()).as_bytes(),
            _ => contents,
        };
        let same = last
            .get(format.path())
            .filter(|sheet| sheet.made_of == made_of && sheet.modified >= whole_second(shaped));
        let sheet = same.cloned().unwrap_or_else(|| {
            let bytes = format.bytes(site, stories, updated);
            Arc::new(sheet(
                format,
                bytes,
                made_of,
                whole_second(updated.max(shaped)),
            ))
        });
        (format.path(), sheet)
    });
    Edition {
        sheets: sheets.collect(),
    }
}

/// What a sheet is made of: the renderer, the settings, the stories.
fn contents(site: &Site, stories: &[Story]) -> [u8; 32] {
    let mut hash = blake3::Hasher::new();
    // Debug names every field, so a new setting cannot be forgotten here.
    hash.update(format!("{VERSION} {site:?}").as_bytes());
    for story in stories {
        hash.update(StoryId::as_bytes(&story.id));
        hash.update(&story.revision.to_le_bytes());
    }
    *hash.finalize().as_bytes()
}

fn sheet(format: Format, bytes: Vec<u8>, made_of: [u8; 32], modified: Timestamp) -> Sheet {
    let tag = blake3::hash(&bytes).to_hex().chars().take(32).collect();
    Sheet {
        path: format.path(),
        format,
        gz: gzip(&bytes).into(),
        bytes: bytes.into(),
        tag,
        modified,
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

fn whole_second(moment: Timestamp) -> Timestamp {
    Timestamp::from_second(moment.as_second()).unwrap_or(moment)
}

#[cfg(test)]
mod tests;
