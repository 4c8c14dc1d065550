//! Care of what is stored: what nobody needs any more is given up in small
//! steps, between polls; copies are made and put back.

pub mod backup;

mod rebuild;

pub use rebuild::{Place, Published, RebuildError, gather, rebuild};

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::config::Config;
use crate::store::{Store, StoreError};

/// Rows of one kind that one step gives up at most: a few milliseconds.
const ROWS: u32 = 500;

/// Rows of items that were not about the topic stay so long after their text:
/// `why` can still tell that they were seen.
const ROWS_STAY: SignedDuration = SignedDuration::from_hours(365 * 24);

/// The ledger of polls (O-08).
const POLLS_STAY: SignedDuration = SignedDuration::from_hours(90 * 24);

/// One step. How long to wait before the next one.
///
/// Kept items are never given up: they are few, and a subscriber must not
/// meet one twice (H-69).
pub fn tidy(store: &mut Store, config: &Config, now: Timestamp) -> Result<Duration, StoreError> {
    let before = |age: SignedDuration| now.checked_sub(age).unwrap_or(Timestamp::MIN);
    let keep = SignedDuration::try_from(config.keep).unwrap_or(SignedDuration::MAX);
    let rows = store.prune(
        before(keep),
        before(keep.saturating_add(ROWS_STAY)),
        before(POLLS_STAY),
        ROWS,
        now,
    )?;
    Ok(if rows > 0 {
        Duration::from_secs(1)
    } else {
        Duration::from_hours(1)
    })
}
