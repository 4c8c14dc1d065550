//! Archives: what has left a view's window, for ever (RFC 5005 section 4).
//!
//! An archive is rendered once, when it is closed, and kept as bytes. Neither
//! a later correction nor a later version of this program changes it. So it
//! names the archive before it, which is known by then, but not the one after
//! it: that stands in the `Link` field, which belongs to the answer and not to
//! the bytes. And it names both where they stand beside it, not by the site's
//! address, which may change.

use jiff::Timestamp;

use super::{Format, Period, Sheet, Site, View, atom, link, sheet, updated};
use crate::model::Story;

/// An archive that has just been closed: to be stored before an edition may
/// name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The path of its view.
    pub view: String,
    /// What it holds.
    pub period: Period,
    /// Its bytes, packed by gzip.
    pub gz: Vec<u8>,
    /// The tag of its bytes.
    pub tag: String,
    /// When it last changed: it never will again.
    pub modified: Timestamp,
}

/// Closes a period. `stories` are all of the view that entered in it, newest
/// first; `before` is the archive before it.
pub fn close(
    site: &Site,
    view: &View,
    period: Period,
    before: Option<Period>,
    stories: &[Story],
) -> Closed {
    let modified = updated(stories).unwrap_or_else(|| period.start());
    let part = atom::Part::Archive { period, before };
    let bytes = atom::render(site, view, stories, modified, &part);
    found(&view.path, period, &bytes, modified)
}

/// An archive whose bytes are at hand: to be kept as they are (law 4).
pub fn found(view: &str, period: Period, bytes: &[u8], updated: Timestamp) -> Closed {
    let second = Timestamp::from_second(updated.as_second());
    Closed {
        view: view.to_owned(),
        period,
        gz: sheet::gzip(bytes),
        tag: sheet::tag(bytes),
        modified: second.unwrap_or(updated),
    }
}

/// The sheet of an archive as it was kept. `chain` are the archives of its
/// view. `None` if its bytes are damaged.
pub fn kept(site: &Site, chain: &[Period], closed: Closed) -> Option<Sheet> {
    let Closed {
        view,
        period,
        gz,
        tag,
        modified,
    } = closed;
    let before = chain.iter().rfind(|other| other.end() <= period.start());
    let after = chain.iter().find(|other| other.start() >= period.end());
    let archive = |period: &Period| address(site, &view, *period);
    let current = format!("{}{view}{}", site.url, Format::Atom.name());
    let mut links = vec![
        link(&archive(&period), "self", None),
        link(&current, "current", None),
    ];
    links.extend(before.map(|before| link(&archive(before), "prev-archive", None)));
    links.extend(after.map(|after| link(&archive(after), "next-archive", None)));
    let path = format!("/{view}{}{}", Format::Archive.name(), name(period));
    Sheet::kept(
        path,
        Format::Archive,
        gz,
        tag,
        modified,
        Some(links.join(", ")),
    )
}

/// Its name beside the other archives of its view.
pub(super) fn name(period: Period) -> String {
    format!("{period}.xml")
}

/// Where it is published.
pub(super) fn address(site: &Site, view: &str, period: Period) -> String {
    let folder = Format::Archive.name();
    format!("{}{view}{folder}{}", site.url, name(period))
}
