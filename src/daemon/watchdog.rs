//! What systemd's watchdog hears: that the service works, not only that it
//! runs (D-02).
//!
//! A sign of life is given when the working loop comes round, which takes a
//! pass over the store, and our own listener has just answered it. Whether
//! anything can be written is no part of it: a restart mends no full disk, and
//! readers would lose the last good edition by it. `/healthz` tells
//! that.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::{REST_AT_MOST, ended, notify};
use crate::serve;

/// Asks our own listener, and tells the watchdog of it. By default nobody
/// watches.
#[derive(Debug, Default)]
pub struct Watchdog {
    watched: Option<Watched>,
    asking: Option<JoinHandle<bool>>,
}

#[derive(Debug)]
struct Watched {
    listener: SocketAddr,
    every: Duration,
    ask_at: Instant,
}

impl Watchdog {
    /// The watchdog of a service that listens there, if systemd wants one: a
    /// third of what it allows is between two signs of life.
    pub fn of(listener: SocketAddr) -> Self {
        let watched = notify::watchdog().map(|allowed| Watched {
            listener,
            every: allowed / 3,
            ask_at: Instant::now(),
        });
        Self {
            watched,
            asking: None,
        }
    }

    /// Asks if it is time to. How long the loop may rest.
    pub(super) fn attend(&mut self) -> Duration {
        let Some(watched) = self.watched.as_mut().filter(|_| self.asking.is_none()) else {
            return REST_AT_MOST;
        };
        let now = Instant::now();
        if watched.ask_at <= now {
            let work = serve::answers(watched.listener, watched.every / 2);
            self.asking = Some(tokio::spawn(work));
            watched.ask_at = now + watched.every;
        }
        watched.ask_at.saturating_duration_since(now)
    }

    /// Gives the sign of life when our listener has answered.
    pub(super) async fn watch(&mut self) {
        if ended(&mut self.asking).await {
            notify::alive();
        } else {
            tracing::warn!(
                "our own listener does not answer: the watchdog is not told that all is well"
            );
        }
    }
}
