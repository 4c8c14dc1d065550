//! The one reader of time. Everything else takes `now` as an argument, so
//! that a month of polling runs in a test in seconds.

use jiff::Timestamp;
use tokio::time::Instant;

/// Where `now` comes from.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A moment that moves on with tokio's clock, which tests may pause.
    Virtual {
        /// The moment at which it was started.
        start: Timestamp,
        /// tokio's clock at that moment.
        at: Instant,
    },
}

impl Clock {
    /// A virtual clock that shows `start` now.
    pub fn starting(start: Timestamp) -> Self {
        Self::Virtual {
            start,
            at: Instant::now(),
        }
    }

    /// The time, in whole milliseconds: the unit in which it is stored.
    pub fn now(self) -> Timestamp {
        let now = match self {
            #[expect(clippy::disallowed_methods, reason = "this is the one reader of time")]
            Self::System => Timestamp::now(),
            Self::Virtual { start, at } => start
                .checked_add(jiff::SignedDuration::try_from(at.elapsed()).unwrap_or_default())
                .unwrap_or(start),
        };
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn virtual_time_follows_tokio() {
        let start: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
        let clock = Clock::starting(start);
        assert_eq!(clock.now(), start);
        tokio::time::advance(Duration::from_secs(90)).await;
        assert_eq!(clock.now().as_second(), start.as_second() + 90);
    }
}
