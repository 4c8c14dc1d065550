//! Lasting redirects: believed only with proof (F-19, F-20).
//!
//! # Why so slowly
//! A captive portal answers every address with a 301, and a reader that
//! believed it lost its whole list of subscriptions. So a move is believed
//! when it was seen ten times over a week, each time leading to a document
//! that holds what this source is known to hold. `feeds.toml` is the admin's
//! and stays as it is; `status` advises the new address.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Came, since};
use crate::model::{Outcome, WebUrl};

/// Sightings before a move is believed.
const TIMES: u32 = 10;

/// Time from the first of them to the last.
const OVER: Duration = Duration::from_hours(7 * 24);

/// Where a source seems to have moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    to: String,
    first: Timestamp,
    last: Timestamp,
    times: u32,
}

impl Moved {
    /// The new address.
    pub fn to(&self) -> Option<WebUrl> {
        WebUrl::parse(&self.to)
    }

    /// When it was first seen.
    pub fn first(&self) -> Timestamp {
        self.first
    }

    /// When it was seen first and last.
    pub(super) fn moments(&mut self) -> [&mut Timestamp; 2] {
        [&mut self.first, &mut self.last]
    }

    /// How often it was seen.
    pub fn times(&self) -> u32 {
        self.times
    }

    /// Whether the move was seen often enough, for long enough.
    pub fn is_proven(&self) -> bool {
        self.times >= TIMES && since(self.first, self.last) >= OVER
    }
}

/// What is known of a move after this answer.
pub(super) fn seen(moved: Option<Moved>, came: &Came<'_>, now: Timestamp) -> Option<Moved> {
    let head = match came.outcome {
        Outcome::Unchanged(head) => head,
        Outcome::Read(read) if read.breach.is_none() => &read.head,
        // Trouble proves nothing, neither for a move nor against it.
        Outcome::Read(_) | Outcome::Seen(_) | Outcome::Failed(_) => return moved,
    };
    if came.asked != came.configured {
        return moved;
    }
    let lasting = !head.hops.is_empty() && head.hops.iter().all(|hop| matches!(hop, 301 | 308));
    // An unchanged document is the one that is known.
    let is_known = matches!(came.outcome, Outcome::Unchanged(_)) || came.known > 0;
    if !lasting || !is_known {
        return None;
    }
    let to = head.url.as_str();
    Some(match moved {
        Some(moved) if moved.to == to => Moved {
            last: now,
            times: moved.times.saturating_add(1),
            ..moved
        },
        _ => Moved {
            to: to.to_owned(),
            first: now,
            last: now,
            times: 1,
        },
    })
}
