//! The one reader of time. Everything else takes `now` as an argument, so
//! that a month of polling runs in a test in seconds.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
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
        /// By how many milliseconds it was set since.
        set: &'static AtomicI64,
    },
}

impl Clock {
    /// A virtual clock that shows `start` now.
    pub fn starting(start: Timestamp) -> Self {
        static NEVER: AtomicI64 = AtomicI64::new(0);
        Self::set_by(start, &NEVER)
    }

    /// A virtual clock that somebody else may set while it runs.
    pub fn set_by(start: Timestamp, set: &'static AtomicI64) -> Self {
        Self::Virtual {
            start,
            at: Instant::now(),
            set,
        }
    }

    /// The time, in whole milliseconds: the unit in which it is stored.
    pub fn now(self) -> Timestamp {
        let now = match self {
            #[expect(clippy::disallowed_methods, reason = "this is the one reader of time")]
            Self::System => Timestamp::now(),
            Self::Virtual { start, set, .. } => {
                let passed = SignedDuration::try_from(self.passed()).unwrap_or_default();
                let set = SignedDuration::from_millis(set.load(Ordering::Relaxed));
                start.checked_add(passed + set).unwrap_or(start)
            }
        };
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// The time that has passed since some moment in the past: whoever sets
    /// the clock does not change it, and sleeping machines count it too.
    pub fn passed(self) -> Duration {
        match self {
            Self::System => {
                let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
                Duration::try_from(since).unwrap_or_default()
            }
            Self::Virtual { at, .. } => at.elapsed(),
        }
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

    #[tokio::test(start_paused = true)]
    async fn setting_the_clock_passes_no_time() {
        static SET: AtomicI64 = AtomicI64::new(0);
        let start: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
        let clock = Clock::set_by(start, &SET);
        SET.store(-3_600_000, Ordering::Relaxed);
        assert_eq!(clock.now().as_second(), start.as_second() - 3600);
        assert_eq!(clock.passed(), Duration::ZERO);
    }

    #[test]
    fn the_machine_counts_the_time_that_passes() {
        let before = Clock::System.passed();
        assert!(before > Duration::ZERO);
        assert!(Clock::System.passed() >= before);
    }
}
