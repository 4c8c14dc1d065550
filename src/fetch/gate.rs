//! One request to a host at a time, and a gap between their beginnings
//! (C-14), over all sources and redirects.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Turnstile, OwnedMutexGuard};
use tokio::time::Instant;

use crate::model::WebUrl;

/// From the beginning of one request to that of the next.
const GAP: Duration = Duration::from_secs(2);

/// The hosts' turns. A turnstile holds when its last request began.
#[derive(Debug)]
pub(super) struct Gate {
    opened: Instant,
    hosts: Mutex<HashMap<String, Arc<Turnstile<Option<Instant>>>>>,
}

/// A turn at a host: it ends when this is dropped. Loopback needs none.
pub(super) type Turn = Option<OwnedMutexGuard<Option<Instant>>>;

impl Default for Gate {
    fn default() -> Self {
        Self {
            opened: Instant::now(),
            hosts: Mutex::default(),
        }
    }
}

impl Gate {
    /// Waits for the host's turn. Where a redirect leads to may have been
    /// asked by the process before this one, whose claims do not tell of it.
    pub(super) async fn turn(&self, url: &WebUrl, is_hop: bool) -> Turn {
        if url.is_loopback() {
            return None;
        }
        let turnstile = self.turnstile(url.host_key());
        let mut turn = turnstile.lock_owned().await;
        let before = is_hop.then_some(self.opened);
        if let Some(last) = turn.or(before) {
            tokio::time::sleep_until(last + GAP).await;
        }
        *turn = Some(Instant::now());
        Some(turn)
    }

    fn turnstile(&self, host: String) -> Arc<Turnstile<Option<Instant>>> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        // Hosts that nobody waits for and whose gap is over need no memory.
        hosts.retain(|_, turnstile| {
            Arc::strong_count(turnstile) > 1
                || turnstile
                    .try_lock()
                    .is_ok_and(|last| last.is_some_and(|last| last.elapsed() < GAP))
        });
        Arc::clone(hosts.entry(host).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_host_gets_one_request_at_a_time_two_seconds_apart() {
        let gate = Gate::default();
        let start = Instant::now();
        let a = WebUrl::parse("https://a.example/1").unwrap();
        let turn = gate.turn(&a, false).await;
        let b = gate
            .turn(&WebUrl::parse("https://b.example/").unwrap(), false)
            .await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        assert!(b.is_some());
        let waiting = tokio::time::timeout(Duration::from_mins(1), gate.turn(&a, false)).await;
        assert!(waiting.is_err(), "the first request is still under way");
        drop(turn);
        drop(gate.turn(&a, false).await);
        let began = Instant::now();
        drop(gate.turn(&a, false).await);
        assert_eq!(began.elapsed(), GAP);
    }

    #[tokio::test(start_paused = true)]
    async fn a_target_of_redirects_may_have_been_asked_before_the_start() {
        let gate = Gate::default();
        let began = Instant::now();
        let target = WebUrl::parse("https://target.example/").unwrap();
        drop(gate.turn(&target, true).await);
        assert_eq!(began.elapsed(), GAP);
        tokio::time::advance(GAP).await;
        let began = Instant::now();
        drop(gate.turn(&target, true).await);
        assert_eq!(began.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn loopback_waits_for_nobody_and_idle_hosts_are_forgotten() {
        let gate = Gate::default();
        let here = WebUrl::parse("http://127.0.0.1:1/").unwrap();
        assert!(gate.turn(&here, false).await.is_none());
        for n in 0..100 {
            drop(
                gate.turn(
                    &WebUrl::parse(&format!("https://h{n}.example/")).unwrap(),
                    false,
                )
                .await,
            );
            tokio::time::advance(GAP).await;
        }
        assert!(gate.hosts.lock().unwrap().len() <= 2);
    }
}
