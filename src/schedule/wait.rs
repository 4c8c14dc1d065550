//! How long to wait after an answer, and why so long.

use std::time::Duration;

use jiff::Timestamp;

use super::{GONE_AFTER, Memory, Pace, since, words};
use crate::model::{Failure, Fresh};

/// Hints of servers and documents count up to here (F-12).
const HINT_CAP: Duration = Duration::from_hours(24);

/// Back-off doubles up to here (F-17).
const BACK_OFF_CAP: Duration = Duration::from_hours(24);

/// `Retry-After` counts up to here (F-16).
const RETRY_CAP: Duration = Duration::from_hours(7 * 24);

/// A source that has refused us for this long is asked weekly (F-24).
const REFUSED_FOR_LONG: Duration = Duration::from_hours(30 * 24);
const WEEKLY: Duration = Duration::from_hours(7 * 24);

/// Without a validator every answer costs the whole body: after so many times
/// the same bytes the interval doubles (F-31).
const BARE: u32 = 24;

/// A wait, and the reason in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    /// At least so long; jitter adds.
    pub(super) least: Duration,
    /// Why.
    pub(super) why: String,
}

/// After an answer that was good: the interval, or what server or document
/// ask for if that is longer. Nothing makes it shorter (F-13).
pub(super) fn after_success(pace: Pace, memory: &Memory, now: Timestamp) -> Wait {
    let mut wait = interval(pace, memory, now);
    let fresh = memory.fresh.map(|fresh| match fresh {
        Fresh::MaxAge(hint) => (hint, "the server calls its answer fresh (max-age) for"),
        Fresh::Expires(hint) => (hint, "the server calls its answer fresh (Expires) for"),
    });
    let document = memory.document.map(|hint| (hint, "the feed asks to wait"));
    for (hint, said) in [fresh, document].into_iter().flatten() {
        let counts = hint.min(HINT_CAP);
        if counts > wait.least {
            wait = Wait {
                least: counts,
                why: capped(said, hint, counts),
            };
        }
    }
    if memory.skip.is_senseless() {
        wait.why += "; the feed leaves out all hours, which does not count";
    }
    wait
}

/// After a failure: twice as long each time, or as long as the server asks.
/// `failure` is what failed now; without it the wait is that of the trouble so
/// far.
pub(super) fn after_failure(
    pace: Pace,
    memory: &Memory,
    failure: Option<&Failure>,
    now: Timestamp,
) -> Wait {
    let every = interval(pace, memory, now).least;
    let status = memory.status.unwrap_or_default();
    if let Some(Failure::Status {
        status: status @ (429 | 503),
        retry_after: Some(asked),
        ..
    }) = failure
    {
        return asked_to_wait(*status, *asked, every);
    }
    let refused_for = memory.trouble.since.map(|from| since(from, now));
    if matches!(status, 401 | 403 | 404) && refused_for >= Some(REFUSED_FOR_LONG) {
        return Wait {
            least: WEEKLY.max(every),
            why: format!("HTTP {status} for more than 30d: asking weekly"),
        };
    }
    if memory.gone_said.is_some() && status == 410 {
        return Wait {
            least: GONE_AFTER.max(every),
            why: "HTTP 410, gone: asking once more a day later".to_owned(),
        };
    }
    let tries = memory.trouble.tries.min(16);
    let least = every
        .saturating_mul(1 << tries)
        .min(BACK_OFF_CAP.max(every));
    let why = match tries {
        0 | 1 => format!("the last poll failed: waiting {}", words(least)),
        _ => format!(
            "{} failures in a row: waiting {}",
            memory.trouble.tries,
            words(least)
        ),
    };
    Wait { least, why }
}

/// How long a 429 or 503 asks for; without `Retry-After`, the interval.
pub(super) fn asked_for(retry_after: Option<Duration>, every: Duration) -> Duration {
    retry_after.map_or(every, |asked| asked.min(RETRY_CAP))
}

fn asked_to_wait(status: u16, asked: Duration, every: Duration) -> Wait {
    let counts = asked.min(RETRY_CAP);
    if counts > every {
        let said = format!("HTTP {status}: the server asks to wait (Retry-After)");
        return Wait {
            least: counts,
            why: capped(&said, asked, counts),
        };
    }
    // Below our own interval it changes nothing (F-16).
    Wait {
        least: every,
        why: format!(
            "HTTP {status}: every {}, longer than the {} that the server asks for",
            words(every),
            words(asked)
        ),
    }
}

/// What is polled without any trouble and without hints.
pub(super) fn interval(pace: Pace, memory: &Memory, now: Timestamp) -> Wait {
    let wait = match pace {
        Pace::Every(every) => Wait {
            least: every,
            why: format!("every {}", words(every)),
        },
        Pace::Auto => memory.rhythm.wait(memory.listed, now),
    };
    let doublings = (memory.bare / BARE).min(16);
    let longer = wait.least.saturating_mul(1 << doublings);
    let longer = longer.min(HINT_CAP.max(wait.least));
    if longer == wait.least {
        return wait;
    }
    Wait {
        least: longer,
        why: format!(
            "the same bytes {} times and no validator: every {}",
            memory.bare,
            words(longer)
        ),
    }
}

/// What was asked for, and what of it counts.
fn capped(said: &str, asked: Duration, counts: Duration) -> String {
    if asked > counts {
        format!("{said} {}, of which {} count", words(asked), words(counts))
    } else {
        format!("{said} {}", words(counts))
    }
}
