//! What systemd is told: ready, alive, reloading, stopping. Without systemd
//! nothing happens.

use std::time::Duration;

use sd_notify::NotifyState;

/// The service answers requests.
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// The configuration was read again.
pub fn reloaded() {
    tell(&[NotifyState::Ready]);
}

/// One line for `systemctl status`.
pub fn status(status: &str) {
    tell(&[NotifyState::Status(status)]);
}

/// The configuration is being read again; `reloaded` ends it.
pub fn reloading() {
    let mut states = vec![NotifyState::Reloading];
    states.extend(NotifyState::monotonic_usec_now());
    tell(&states);
}

/// The service works, as far as the watchdog can tell (D-02).
pub fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// The service is ending.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// How long the watchdog waits for a sign of life, if there is one.
pub fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd cannot be told");
    }
}
