//! Whether what a source sends is believed. What is not is remembered and not
//! shown, until the admin accepts it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::model::{Identity, Item, SourceKey, WebUrl};
use crate::store::{StoreError, Writing};

/// New kept items of a source in a day, its first document exempt (C-09).
const KEPT_IN_A_DAY: u64 = 300;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Items that are known of a source before an address that shows none of them
/// can be another's (H-46).
const KNOWN_AT_LEAST: u64 = 20;

/// What a document shows.
pub(super) struct Shown<'d> {
    /// All its items.
    pub(super) items: Vec<&'d Item>,
    /// How many of them are known.
    pub(super) known: usize,
    /// How many are new and about the topic.
    pub(super) new_kept: u64,
    /// What it says of itself.
    pub(super) identity: &'d Identity,
}

/// Why the new items of a document are not believed; `None` if they are.
pub(super) fn reason(
    writing: &Writing<'_>,
    source: &SourceKey,
    shown: &Shown<'_>,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    if let Some(why) = writing.quarantine(source)? {
        return Ok(Some(why));
    }
    let why = match stranger(writing, source, shown)? {
        Some(why) => Some(why),
        None => flood(writing, source, shown, now)?,
    };
    match &why {
        Some(why) => writing.put_into_quarantine(source, why)?,
        None => {
            let identity = writing.identity(source)?.and(shown.identity);
            writing.remember_identity(source, &identity)?;
        }
    }
    Ok(why)
}

/// The address shows nothing that is known, and says that it is another feed
/// or links to other sites: its domain may have been bought. A day's silence
/// alone is no reason (H-46).
fn stranger(
    writing: &Writing<'_>,
    source: &SourceKey,
    shown: &Shown<'_>,
) -> Result<Option<String>, StoreError> {
    if shown.known > 0 || shown.items.is_empty() {
        return Ok(None);
    }
    let (known, links) = writing.links_of(source)?;
    if known < KNOWN_AT_LEAST {
        return Ok(None);
    }
    let before = writing.identity(source)?;
    let sign = match before.lost(shown.identity) {
        Some(other) => Some(format!("it says that it is {other}")),
        None => elsewhere(shown, &links).map(|site| format!("all links lead to {site}")),
    };
    Ok(sign.map(|sign| format!("none of its {known} known items is there any more, and {sign}")))
}

/// A site to which a document links, if no site of these is among them.
fn elsewhere<'d>(shown: &Shown<'d>, known: &[WebUrl]) -> Option<&'d str> {
    let links = shown.items.iter().filter_map(|item| item.link.as_ref());
    let sites: BTreeSet<&str> = links.map(WebUrl::site).collect();
    let known: BTreeSet<&str> = known.iter().map(WebUrl::site).collect();
    let is_elsewhere = !known.is_empty() && sites.is_disjoint(&known);
    sites.into_iter().next().filter(|_| is_elsewhere)
}

/// More is about the topic than an outlet writes in a day: its ids churn, or
/// it is flooded (C-09, H-63).
fn flood(
    writing: &Writing<'_>,
    source: &SourceKey,
    shown: &Shown<'_>,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    if shown.new_kept == 0 {
        return Ok(None);
    }
    let since = now.checked_sub(DAY).unwrap_or(Timestamp::MIN);
    let kept = shown.new_kept + writing.kept_since(source, since)?;
    Ok((kept > KEPT_IN_A_DAY).then(|| {
        format!("{kept} new items about the topic in a day, of which {KEPT_IN_A_DAY} are believed")
    }))
}
