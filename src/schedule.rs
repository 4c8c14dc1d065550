//! When a source is asked again, and why then: a pure function of what is
//! known, in words that `status` prints.
//!
//! # Why
//! A promise is committed before each request (law 6). It is what holds if
//! the process dies before the answer is settled, so it already counts the
//! request as made.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::model::{Due, Failure, Hints, Outcome, SourceKey};

/// Hints of servers and documents count up to here (F-12).
const HINT_CAP: Duration = Duration::from_hours(24);

/// Back-off doubles up to here (F-17).
const BACK_OFF_CAP: Duration = Duration::from_hours(24);

/// `Retry-After` counts up to here (F-16).
const RETRY_CAP: Duration = Duration::from_hours(7 * 24);

/// A source that has refused us for this long is asked weekly (F-24).
const REFUSED_FOR_LONG: Duration = Duration::from_hours(30 * 24);

/// How long after its claim a request may still go out: the promise counts
/// from then.
const CLAIM_TO_REQUEST: Duration = Duration::from_mins(1);

/// How often an admin wants a source polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The interval (C-01).
    pub every: Duration,
}

/// What is remembered of a source's trouble.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// Failures in a row, before this one.
    pub tries: u32,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// The due time that is committed before a request at `now`.
pub fn promise(pace: Pace, source: &SourceKey, trouble: Trouble, now: Timestamp) -> Due {
    let wait = back_off(pace, trouble.tries) + CLAIM_TO_REQUEST;
    Due {
        at: later(now, spread(source, wait)),
        why: "asked, not yet answered".to_owned(),
    }
}

/// The due time after an errand that settles at `now`. It counts from the
/// settlement, which comes after the request, so that two requests are never
/// closer than the interval (F-10).
pub fn next(
    pace: Pace,
    source: &SourceKey,
    trouble: Trouble,
    outcome: &Outcome,
    now: Timestamp,
) -> Due {
    let (wait, why) = match outcome {
        Outcome::Unchanged(head) => after_success(pace, head.hints),
        Outcome::Read(read) => match &read.breach {
            Some(_) => after_failure(pace, trouble, now, None),
            None => after_success(pace, read.head.hints),
        },
        Outcome::Failed(failure) => after_failure(pace, trouble, now, Some(failure)),
    };
    Due {
        at: later(now, spread(source, wait)),
        why,
    }
}

/// Until when the whole host is to be left alone: a 429 speaks for the host,
/// a 503 for its URL (F-16).
pub fn host_rests(outcome: &Outcome, now: Timestamp) -> Option<Timestamp> {
    match outcome {
        Outcome::Failed(Failure::Status {
            status: 429,
            retry_after: Some(wait),
        }) => Some(later(now, (*wait).min(RETRY_CAP))),
        _ => None,
    }
}

fn after_success(pace: Pace, hints: Hints) -> (Duration, String) {
    let mut wait = pace.every;
    let mut why = format!("every {}", words(pace.every));
    let asked = [
        (hints.fresh, "the server calls its answer fresh"),
        (hints.document, "the document asks for"),
    ];
    for (hint, said) in asked {
        let Some(hint) = hint else { continue };
        let capped = hint.min(HINT_CAP);
        if capped > wait {
            wait = capped;
            why = format!("{said}: {}", words(capped));
        }
    }
    (wait, why)
}

fn after_failure(
    pace: Pace,
    trouble: Trouble,
    now: Timestamp,
    failure: Option<&Failure>,
) -> (Duration, String) {
    let tries = trouble.tries.saturating_add(1);
    let mut wait = back_off(pace, tries);
    let mut why = match tries {
        1 => format!("the last poll failed: waiting {}", words(wait)),
        n => format!("{n} failures in a row: waiting {}", words(wait)),
    };
    if let Some(Failure::Status {
        status,
        retry_after,
    }) = failure
    {
        if let Some(asked) = retry_after.filter(|_| matches!(status, 429 | 503)) {
            let asked = asked.min(RETRY_CAP);
            if asked > pace.every {
                wait = wait.max(asked);
                why = format!("the server asks to wait {}", words(asked));
            }
        }
        let since = trouble.since.unwrap_or(now);
        let refused_for = now.duration_since(since).unsigned_abs();
        if matches!(status, 401 | 403 | 404) && refused_for >= REFUSED_FOR_LONG {
            wait = wait.max(Duration::from_hours(7 * 24));
            why = format!("HTTP {status} for more than 30 days: asking weekly");
        }
    }
    (wait, why)
}

/// 1, 2, 4 … times the interval (F-17).
fn back_off(pace: Pace, tries: u32) -> Duration {
    let doubled = pace.every.saturating_mul(1 << tries.min(16));
    doubled.min(BACK_OFF_CAP.max(pace.every))
}

/// Jitter only adds, up to a tenth, and is a source's own, so that sources
/// spread over the hour and stay spread (F-11).
fn spread(source: &SourceKey, wait: Duration) -> Duration {
    let hash = blake3::hash(source.as_str().as_bytes());
    let [a, b, ..] = *hash.as_bytes();
    wait + wait.mul_f64(f64::from(u16::from_be_bytes([a, b])) / 655_360.0)
}

/// In whole milliseconds, rounded up: the unit in which a promise is stored,
/// so that a restart neither shortens nor lengthens it.
fn later(now: Timestamp, wait: Duration) -> Timestamp {
    i64::try_from(wait.as_nanos().div_ceil(1_000_000))
        .ok()
        .and_then(|wait| now.checked_add(SignedDuration::from_millis(wait)).ok())
        .unwrap_or(Timestamp::MAX)
}

/// A duration as an admin writes it: `15m`, `1h`, `1h 30m`, `7d`.
pub fn words(wait: Duration) -> String {
    let seconds = wait.as_secs();
    let units = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
    let mut rest = seconds;
    let parts: Vec<String> = units
        .iter()
        .filter_map(|(unit, size)| {
            let n = rest / size;
            rest %= size;
            (n > 0).then(|| format!("{n}{unit}"))
        })
        .take(2)
        .collect();
    if parts.is_empty() {
        "0s".to_owned()
    } else {
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Head, Validators, WebUrl};

    const HOUR: Duration = Duration::from_hours(1);

    fn status(status: u16, retry_after: Option<Duration>) -> Outcome {
        Outcome::Failed(Failure::Status {
            status,
            retry_after,
        })
    }

    fn unchanged(hints: Hints) -> Outcome {
        Outcome::Unchanged(Head {
            url: WebUrl::parse("https://a.example/").unwrap(),
            hops: Vec::new(),
            status: 304,
            content_type: None,
            validators: Validators::default(),
            hints,
            wire_bytes: 0,
        })
    }

    /// `hours` is the least wait; jitter adds up to a tenth.
    fn check(outcome: &Outcome, tries: u32, hours: f64, why: &str) {
        let now: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
        let source = SourceKey::new("a").unwrap();
        let trouble = Trouble { tries, since: None };
        let due = next(Pace { every: HOUR }, &source, trouble, outcome, now);
        let waited = due.at.duration_since(now).as_secs_f64() / 3600.0;
        assert!(waited >= hours && waited <= hours * 1.1, "{waited} {due:?}");
        assert!(due.why.contains(why), "{due:?}");
    }

    #[test]
    fn a_healthy_source_is_asked_at_its_interval_or_later() {
        let hints = |fresh: u64, document: u64| Hints {
            fresh: (fresh > 0).then(|| Duration::from_mins(fresh)),
            document: (document > 0).then(|| Duration::from_mins(document)),
            retry_after: None,
        };
        check(&unchanged(hints(0, 0)), 0, 1.0, "every 1h");
        check(&unchanged(hints(15, 30)), 0, 1.0, "every 1h");
        check(&unchanged(hints(120, 0)), 0, 2.0, "fresh: 2h");
        check(&unchanged(hints(120, 180)), 0, 3.0, "asks for: 3h");
        check(&unchanged(hints(1_000_000, 0)), 0, 24.0, "fresh: 1d");
    }

    #[test]
    fn trouble_doubles_the_wait_up_to_a_day() {
        let timeout = Outcome::Failed(Failure::Timeout("no answer"));
        check(&timeout, 0, 2.0, "the last poll failed");
        check(&timeout, 1, 4.0, "2 failures in a row");
        check(&timeout, 30, 24.0, "31 failures in a row");
    }

    #[test]
    fn retry_after_is_obeyed_but_never_shortens() {
        check(&status(503, Some(HOUR * 5)), 0, 5.0, "asks to wait 5h");
        check(&status(429, Some(HOUR / 2)), 0, 2.0, "failed");
        check(&status(429, Some(HOUR * 9999)), 0, 168.0, "asks to wait 7d");
        check(&status(500, Some(HOUR * 5)), 0, 2.0, "failed");
    }

    #[test]
    fn a_429_rests_its_whole_host() {
        let now: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
        assert!(host_rests(&status(429, Some(HOUR)), now) > Some(now));
        assert_eq!(host_rests(&status(503, Some(HOUR)), now), None);
    }

    #[test]
    fn a_due_time_is_stored_as_it_stands() {
        let now: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
        for name in ["a", "b", "steppe", "volga"] {
            let source = SourceKey::new(name).unwrap();
            let due = promise(Pace { every: HOUR }, &source, Trouble::default(), now).at;
            assert_eq!(due.as_nanosecond() % 1_000_000, 0, "{name}");
        }
    }

    #[test]
    fn durations_read_as_written() {
        for (seconds, said) in [(0, "0s"), (90, "1m 30s"), (3600, "1h"), (90_061, "1d 1h")] {
            assert_eq!(words(Duration::from_secs(seconds)), said);
        }
    }
}
