//! Spans of time in the words of an admin.

use std::time::Duration;

use jiff::Timestamp;

/// A duration as an admin writes it: `15m`, `1h`, `1h 30m`, `7d`.
pub fn words(span: Duration) -> String {
    let units = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
    let mut rest = span.as_secs();
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

/// How long ago that was: `5m 2s ago`.
pub fn ago(then: Timestamp, now: Timestamp) -> String {
    format!("{} ago", words(between(then, now)))
}

/// How long until then: `in 5m 2s`, or `now`.
pub fn ahead(then: Timestamp, now: Timestamp) -> String {
    match between(now, then) {
        wait if wait.as_secs() > 0 => format!("in {}", words(wait)),
        _ => "now".to_owned(),
    }
}

/// From one moment to a later one; nothing if it is not later.
pub fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}
