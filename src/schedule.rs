//! When a source is asked again, and why then: a pure function of what is
//! known, in words that `status` prints.
//!
//! # Why
//! A promise is committed before each request (law 6). It is what holds if
//! the process dies before the answer is settled, so it already counts the
//! request as made. Everything that a later decision needs is in `Memory`,
//! which is stored with the items, so a restart changes nothing (F-36).

mod host;
mod look;
mod moved;
mod rhythm;
mod wait;

pub use host::HostMemory;
pub use look::{
    DOUBTS, LOOK_TRIES, LOOKS_AT_OLD, Look, doubts_since, look_again, look_is_lost, look_until,
    wants_look,
};
pub use moved::Moved;
pub use rhythm::Rhythm;

pub use crate::text::span::words;

use std::time::Duration;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::model::{Due, Failure, Fresh, Head, Outcome, Skip, SourceKey, WebUrl};
use crate::text::span::between as since;
use wait::Wait;

/// How long after its claim a request may still go out: the promise counts
/// from then.
const CLAIM_TO_REQUEST: Duration = Duration::from_mins(1);

/// A source that waited longer than this beyond its time has been kept from
/// its turn by an outage, and many others with it (F-30).
const LATE: Duration = Duration::from_mins(5);

/// After an outage the late ones are asked over this time (F-30).
const SPREAD: Duration = Duration::from_mins(10);

/// Why a late source waits once more.
const SPREAD_WHY: &str = "overdue after an outage: the late ones are asked over 10m";

/// A 410 counts for good when it is repeated after this time (F-23).
const GONE_AFTER: Duration = Duration::from_hours(24);

/// A body is asked for without conditions at most this often (F-09).
const FULL_EVERY: Duration = Duration::from_hours(8 * 24);

/// `every = "auto"` asks no more often than this (C-01).
pub const AUTO_LEAST: Duration = Duration::from_mins(15);

/// When a source is due that is not asked any more.
pub const NEVER: Timestamp = Timestamp::constant(253_370_764_800, 0);

/// How often an admin wants a source polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// At this interval (C-01).
    Every(Duration),
    /// By the source's own rhythm.
    Auto,
}

/// What is remembered of a source's trouble.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// Failures in a row.
    pub tries: u32,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// All that the next due time of a source follows from (F-36).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// Its trouble. It is stored apart, where `status` reads it.
    #[serde(skip)]
    pub trouble: Trouble,
    /// Good polls in a row, as far as it matters: up to two.
    pub well: u32,
    /// When it failed last.
    pub failed_at: Option<Timestamp>,
    /// The status of the last failure.
    pub status: Option<u16>,
    /// How long the server calls its answers fresh.
    pub fresh: Option<Fresh>,
    /// The interval that the last document asked for.
    pub document: Option<Duration>,
    /// The hours and days that the last document asked to leave out.
    pub skip: Skip,
    /// The same bytes so many times in a row, and no validator (F-31).
    pub bare: u32,
    /// When the publisher first said that the document is gone (F-23).
    pub gone_said: Option<Timestamp>,
    /// When we believed it.
    pub gone: Option<Timestamp>,
    /// Where it seems to have moved (F-19).
    pub moved: Option<Moved>,
    /// When a body was last received, or asked for without conditions (F-09).
    pub full_at: Option<Timestamp>,
    /// The interval, if it alone gave the due time.
    pub interval: Option<Duration>,
    /// Items in the last document.
    pub listed: u32,
    /// How often the source publishes.
    pub rhythm: Rhythm,
    /// When a document last held nothing that was known: items may have been
    /// lost between it and the one before.
    pub missed_at: Option<Timestamp>,
}

impl Memory {
    /// Where to ask. A lasting move that was proven is followed; while the new
    /// address fails, every fourth try goes to the configured one (F-19).
    pub fn address(&self, configured: &WebUrl) -> WebUrl {
        let moved = self.moved.as_ref().filter(|moved| moved.is_proven());
        match moved.and_then(Moved::to) {
            Some(to) if self.trouble.tries % 4 != 3 => to,
            _ => configured.clone(),
        }
    }

    /// The moments from which it counts the time that passes: they follow a
    /// clock that is set. When items appeared, their publishers say.
    pub fn moments(&mut self) -> impl Iterator<Item = &mut Timestamp> {
        let since = [
            &mut self.trouble.since,
            &mut self.failed_at,
            &mut self.gone_said,
            &mut self.gone,
            &mut self.full_at,
            &mut self.missed_at,
        ];
        let moved = self.moved.as_mut().map(Moved::moments);
        since
            .into_iter()
            .flatten()
            .chain(moved.into_iter().flatten())
    }

    /// Whether this request should go out without conditions: the server has
    /// said 304 for so long that its own rhythm speaks against it (F-09).
    pub fn doubts_304(&self, now: Timestamp) -> bool {
        let long_ago = |at: Timestamp| since(at, now) >= FULL_EVERY;
        let silent = self.rhythm.gap().zip(self.rhythm.last());
        self.full_at.is_some_and(long_ago)
            && silent.is_some_and(|(gap, last)| long_ago(last) && since(last, now) > gap * 4)
    }
}

/// What came of an errand, as far as the schedule needs it.
#[derive(Debug)]
pub struct Came<'a> {
    /// The outcome.
    pub outcome: &'a Outcome,
    /// The address in `feeds.toml`.
    pub configured: &'a WebUrl,
    /// The address that was asked.
    pub asked: &'a WebUrl,
    /// Items of the document that this source had shown before.
    pub known: usize,
    /// When the others appeared, by their own dates; an undated one is `None`.
    pub new: &'a [Option<Timestamp>],
}

/// The due time that is committed before a request at `now`: as if the source
/// answered as it did last time.
pub fn promise(pace: Pace, source: &SourceKey, memory: &Memory, now: Timestamp) -> Due {
    let wait = as_last_time(pace, memory, now);
    let wait = Wait {
        why: format!("asked, not yet answered; {}", wait.why),
        ..wait
    };
    due(source, memory, wait, now)
}

/// The wait from a claim at `now`, if the source answers as it did last time.
fn as_last_time(pace: Pace, memory: &Memory, now: Timestamp) -> Wait {
    let wait = if memory.trouble.tries == 0 {
        wait::after_success(pace, memory, now)
    } else {
        wait::after_failure(pace, memory, None, now)
    };
    Wait {
        least: wait.least + CLAIM_TO_REQUEST,
        ..wait
    }
}

/// The due time after an errand that settles at `now`, and what to remember.
/// It counts from the settlement, which comes after the request, so that two
/// requests are never closer than the interval (F-10).
pub fn next(
    pace: Pace,
    source: &SourceKey,
    memory: &Memory,
    came: &Came<'_>,
    now: Timestamp,
) -> (Due, Memory) {
    let mut memory = memory.clone();
    memory.moved = moved::seen(memory.moved.take(), came, now);
    memory.interval = None;
    let wait = match came.outcome {
        Outcome::Failed(failure) => {
            fails(&mut memory, now);
            memory.status = status(failure);
            if memory.status == Some(410) && gone(&mut memory, now) {
                let why = "gone (HTTP 410 twice): not asked again until its address changes";
                let due = Due {
                    at: NEVER,
                    why: why.to_owned(),
                };
                return (due, memory);
            }
            wait::after_failure(pace, &memory, Some(failure), now)
        }
        Outcome::Read(read) if read.breach.is_some() => {
            fails(&mut memory, now);
            memory.status = None;
            wait::after_failure(pace, &memory, None, now)
        }
        Outcome::Read(read) => {
            let since = memory.trouble.since.unwrap_or(now);
            succeeds(&mut memory);
            // A damaged document is read as far as it goes, at the usual
            // pace; since when it is damaged stays known.
            if read.damage().is_some() {
                memory.trouble.since = Some(since);
                memory.well = 0;
            }
            listens(&mut memory, &read.head);
            memory.document = read.head.hints.document;
            memory.skip = read.head.hints.skip;
            memory.bare = 0;
            learns(&mut memory, came, now);
            wait::after_success(pace, &memory, now)
        }
        Outcome::Unchanged(head) => {
            succeeds(&mut memory);
            listens(&mut memory, head);
            let validators = &head.validators;
            let is_bare = validators.etag.is_none() && validators.last_modified.is_none();
            memory.bare = match head.status {
                200 if is_bare => memory.bare.saturating_add(1),
                _ => 0,
            };
            if head.status == 200 {
                memory.full_at = Some(now);
            }
            wait::after_success(pace, &memory, now)
        }
        // An article page is no answer to a poll.
        Outcome::Seen(_) => wait::after_success(pace, &memory, now),
    };
    if let Pace::Every(every) = pace {
        memory.interval = (wait.least == every).then_some(every);
    }
    (due(source, &memory, wait, now), memory)
}

/// The due time of a source whose interval was edited, if its due time
/// followed from the interval: as if the new one had been in force when it was
/// last asked (F-10). What its document asks for holds beside the new one as
/// it did beside the old (F-12).
pub fn revised(
    pace: Pace,
    source: &SourceKey,
    memory: &Memory,
    asked_at: Timestamp,
) -> Option<Due> {
    let (old, Pace::Every(new)) = (memory.interval?, pace) else {
        return None;
    };
    (old != new).then(|| {
        let wait = as_last_time(pace, memory, asked_at);
        due(source, memory, wait, asked_at)
    })
}

/// What to do with a source whose time came while we could not ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Late {
    /// Ask late ones over ten minutes, not all at once (F-30).
    Spread,
    /// Ask now: a round that a person or a timer wants to see the end of.
    Now,
}

/// The later due time of a source that was due at `due` and must not be asked
/// yet: in hours that its feed asks to leave out (F-14), and once after an
/// outage (F-30). `None` if it may be asked.
pub fn postponed(
    source: &SourceKey,
    memory: &Memory,
    due: &Due,
    late: Late,
    now: Timestamp,
) -> Option<Due> {
    if let Some(at) = first_allowed(source, memory.skip, now) {
        return Some(Due {
            at,
            why: "in the hours that the feed asks to leave out".to_owned(),
        });
    }
    let spreads = late == Late::Spread && since(due.at, now) > LATE && due.why != SPREAD_WHY;
    spreads.then(|| Due {
        at: later(now, SPREAD.mul_f64(phase(source))),
        why: SPREAD_WHY.to_owned(),
    })
}

fn status(failure: &Failure) -> Option<u16> {
    match failure {
        Failure::Status { status, .. } => Some(*status),
        _ => None,
    }
}

fn fails(memory: &mut Memory, now: Timestamp) {
    let trouble = &mut memory.trouble;
    trouble.tries = trouble.tries.saturating_add(1);
    trouble.since.get_or_insert(now);
    memory.well = 0;
    memory.failed_at = Some(now);
}

fn succeeds(memory: &mut Memory) {
    memory.trouble = Trouble::default();
    memory.well = (memory.well + 1).min(2);
    memory.status = None;
    memory.gone_said = None;
}

/// What the server says of freshness. A 304 that says nothing leaves what the
/// document came with (RFC 9111 section 4.3.4).
fn listens(memory: &mut Memory, head: &Head) {
    let kept = memory.fresh.filter(|_| head.status == 304);
    memory.fresh = head.hints.fresh.or(kept);
}

fn learns(memory: &mut Memory, came: &Came<'_>, now: Timestamp) {
    let items = came.known + came.new.len();
    let is_first = memory.full_at.is_none();
    if items > 0 && came.known == 0 && !is_first {
        memory.missed_at = Some(now);
    }
    memory.listed = u32::try_from(items).unwrap_or(u32::MAX);
    memory.rhythm.learn(came.new, memory.full_at, now);
    memory.full_at = Some(now);
}

/// Whether the document is gone for good: said twice, a day apart.
fn gone(memory: &mut Memory, now: Timestamp) -> bool {
    let said = *memory.gone_said.get_or_insert(now);
    let is_gone = since(said, now) >= GONE_AFTER;
    if is_gone {
        memory.gone = Some(now);
    }
    is_gone
}

fn due(source: &SourceKey, memory: &Memory, wait: Wait, now: Timestamp) -> Due {
    let at = later(now, spread(source, wait.least));
    match first_allowed(source, memory.skip, at) {
        Some(allowed) => Due {
            at: allowed,
            why: format!(
                "{}, and not in the hours that the feed leaves out",
                wait.why
            ),
        },
        None => Due { at, why: wait.why },
    }
}

/// The first moment after `at` that the feed does not ask to leave out, if it
/// does ask to leave out `at` (F-14).
fn first_allowed(source: &SourceKey, skip: Skip, at: Timestamp) -> Option<Timestamp> {
    let left_out = |at: Timestamp| {
        let at = Offset::UTC.to_datetime(at);
        let hour = u32::try_from(at.hour()).unwrap_or_default();
        let day = u32::try_from(at.weekday().to_monday_zero_offset()).unwrap_or_default();
        skip.holds(hour, day)
    };
    if skip.is_empty() || !left_out(at) {
        return None;
    }
    let hour = 3600;
    let mut next = at.as_second().div_euclid(hour) * hour;
    // A list that is not senseless leaves an hour of the week.
    for _ in 0..7 * 24 {
        next += hour;
        let begins = Timestamp::from_second(next).ok()?;
        if !left_out(begins) {
            // Not all at the stroke of the hour.
            return Some(later(
                begins,
                Duration::from_mins(10).mul_f64(phase(source)),
            ));
        }
    }
    None
}

/// Jitter only adds, up to a tenth, and is a source's own, so that sources
/// spread over the hour and stay spread (F-11).
fn spread(source: &SourceKey, wait: Duration) -> Duration {
    wait + wait.mul_f64(phase(source) / 10.0)
}

/// A number of the source's own, 0 to 1.
fn phase(source: &SourceKey) -> f64 {
    let hash = blake3::hash(source.as_str().as_bytes());
    let [a, b, ..] = *hash.as_bytes();
    f64::from(u16::from_be_bytes([a, b])) / 65_536.0
}

/// In whole milliseconds, rounded up: the unit in which a promise is stored,
/// so that a restart neither shortens nor lengthens it.
fn later(now: Timestamp, wait: Duration) -> Timestamp {
    let milliseconds = wait.as_nanos().div_ceil(1_000_000);
    let wait = i64::try_from(milliseconds).map_or(SignedDuration::MAX, SignedDuration::from_millis);
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
