//! When a whole host is to be left alone (F-16).

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Memory, Pace, later, since, wait};
use crate::model::{Failure, WebUrl};

/// Two 503 of one host within this time speak for the host.
const TOGETHER: Duration = Duration::from_mins(10);

/// What is remembered of a host's answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostMemory {
    /// Until when it is left alone.
    pub rests: Option<Timestamp>,
    /// Its last 503.
    pub busy: Option<Busy>,
}

/// A 503, which speaks for one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Busy {
    /// The address.
    url: String,
    /// When it said so.
    at: Timestamp,
    /// Until when it wants to be left alone.
    until: Timestamp,
}

impl HostMemory {
    /// The memory after this failure of the source at `url`, if the failure
    /// concerns the host: a 429 speaks for the host, a 503 for its URL, and
    /// for the host once two of its URLs say so.
    pub fn after(
        &self,
        failure: &Failure,
        url: &WebUrl,
        pace: Pace,
        memory: &Memory,
        now: Timestamp,
    ) -> Option<Self> {
        let Failure::Status {
            status: status @ (429 | 503),
            retry_after,
            ..
        } = failure
        else {
            return None;
        };
        let every = wait::interval(pace, memory, now).least;
        let until = later(now, wait::asked_for(*retry_after, every));
        let other = self
            .busy
            .as_ref()
            .filter(|busy| busy.url != url.as_str() && is_together(busy.at, now));
        let rests = match (status, other) {
            (429, _) => Some(until),
            (_, Some(other)) => Some(until.max(other.until)),
            (_, None) => None,
        };
        Some(Self {
            rests: self.rests.max(rests),
            busy: match status {
                503 => Some(Busy {
                    url: url.as_str().to_owned(),
                    at: now,
                    until,
                }),
                _ => self.busy.clone(),
            },
        })
    }
}

/// A clock that was set back leaves answers behind that bear a later time.
fn is_together(a: Timestamp, b: Timestamp) -> bool {
    since(a.min(b), a.max(b)) <= TOGETHER
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn said(status: u16, retry_after: Option<Duration>) -> Failure {
        Failure::Status {
            status,
            host: "a.example:443".into(),
            retry_after,
        }
    }

    /// What the host is asked to rest, in minutes, after these answers: each
    /// is a status, `Retry-After` in minutes, a path, and minutes since the
    /// first.
    #[track_caller]
    fn check(answers: &[(u16, Option<u64>, &str, u64)], minutes: Option<u64>) {
        let start: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
        let mut host = HostMemory::default();
        for (status, retry_after, path, after) in answers {
            let url = WebUrl::parse(&format!("https://a.example{path}")).unwrap();
            let now = later(start, Duration::from_mins(*after));
            let failure = said(*status, retry_after.map(Duration::from_mins));
            let pace = Pace::Every(HOUR);
            if let Some(next) = host.after(&failure, &url, pace, &Memory::default(), now) {
                host = next;
            }
        }
        let rests = host.rests.map(|until| since(start, until).as_secs() / 60);
        assert_eq!(rests, minutes, "{answers:?}");
    }

    #[test]
    fn a_429_speaks_for_the_host_and_a_503_for_its_url() {
        check(&[(429, Some(30), "/a", 0)], Some(30));
        check(&[(429, None, "/a", 0)], Some(60));
        check(&[(429, Some(999_999), "/a", 0)], Some(7 * 24 * 60));
        check(&[(503, Some(30), "/a", 0)], None);
        check(&[(500, Some(30), "/a", 0), (500, Some(30), "/b", 1)], None);
    }

    /// One broken route of a bridge with many must not stop the others; a
    /// bridge that is down stops all.
    #[test]
    fn two_503_within_ten_minutes_speak_for_the_host() {
        check(&[(503, Some(30), "/a", 0), (503, Some(30), "/a", 5)], None);
        check(&[(503, Some(30), "/a", 0), (503, Some(30), "/b", 11)], None);
        check(
            &[(503, Some(30), "/a", 0), (503, Some(10), "/b", 5)],
            Some(30),
        );
        check(&[(503, None, "/a", 0), (503, None, "/b", 10)], Some(70));
    }

    #[test]
    fn a_rest_is_never_cut_short() {
        check(
            &[(429, Some(90), "/a", 0), (429, Some(5), "/b", 1)],
            Some(90),
        );
    }
}
