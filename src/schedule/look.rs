//! Article pages: which are read, and when.

use std::time::Duration;

use jiff::Timestamp;

use super::later;
use crate::model::{Failure, Item, Verdict};

/// Which items of a source have their article page read, once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// None (F-33).
    #[default]
    Off,
    /// Those that are nearly about the topic.
    Near,
    /// Also those that are about it and have no lead.
    Kept,
    /// Every headline without a lead: for a feed that is nothing else.
    All,
}

/// A poll causes at most so many looks at items that are not new to it: at a
/// source's first poll, or when looks are switched on.
pub const LOOKS_AT_OLD: usize = 10;

/// A page is asked for at most so often.
pub const LOOK_TRIES: u32 = 3;

/// An item waits so long for its look, and is published without it then.
const LOOK_WITHIN: Duration = Duration::from_mins(30);

/// A poll causes at most so many second looks: a list that changes all the
/// time withdraws nothing.
pub const DOUBTS: usize = 3;

/// How long it is noticed that a source stops listing an item.
const DOUBT_WITHIN: Duration = Duration::from_hours(72);

/// Whether an item's page is to be read.
pub fn wants_look(look: Look, verdict: Verdict, item: &Item) -> bool {
    let bare = item.lead.is_empty();
    item.link.is_some()
        && match look {
            Look::Off => false,
            Look::Near => verdict == Verdict::Near,
            Look::Kept => verdict == Verdict::Near || (verdict == Verdict::Keep && bare),
            Look::All => verdict == Verdict::Near || bare,
        }
}

/// Until when an item that came at `now` waits for its look.
pub fn look_until(now: Timestamp) -> Timestamp {
    later(now, LOOK_WITHIN)
}

/// Since when an item must have come to have its page read once more when its
/// source stops listing it: what an outlet withdraws, it withdraws soon.
pub fn doubts_since(now: Timestamp) -> Timestamp {
    now.checked_sub(DOUBT_WITHIN).unwrap_or(Timestamp::MIN)
}

/// When a look is tried again that was tried `tries` times, this one
/// included. It is committed before the request, like any promise.
pub fn look_again(tries: u32, now: Timestamp) -> Timestamp {
    later(now, Duration::from_mins(10).saturating_mul(tries.max(1)))
}

/// Whether what went wrong with a look is worth another try.
pub fn look_is_lost(failure: &Failure, tries: u32) -> bool {
    let passes = match failure {
        Failure::Status { status, .. } => *status == 429 || *status >= 500,
        Failure::Dns { .. } | Failure::Connect(_) | Failure::Timeout(_) | Failure::Body(_) => true,
        _ => false,
    };
    !passes || tries >= LOOK_TRIES
}
