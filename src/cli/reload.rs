//! Reading the configuration again: on SIGHUP, and when its files change.
//! All or nothing: one that does not load changes nothing that runs (law 9).

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use tracing::{error, info, warn};

use super::Ending;
use crate::config::{Changes, Config, Mistakes, Watched};
use crate::daemon::{Order, notify};

/// How often the files are looked at. What has changed is read once it has
/// stood still from one look to the next: an editor may write in pieces.
const LOOKS: Duration = Duration::from_secs(1);

/// What is told more often is read once: two reloads a second at most.
const RESTS: Duration = Duration::from_millis(500);

/// The configuration in force, and how another is read.
pub(super) struct Reload<R> {
    pub(super) read: R,
    /// Its files, if it is in files.
    pub(super) watched: Option<Watched>,
    pub(super) config: Arc<Config>,
    pub(super) orders: mpsc::Sender<Order>,
    /// What the service began with.
    pub(super) began: Arc<Config>,
    /// What was wrong with the last one that did not load.
    pub(super) refused: Option<Mistakes>,
}

/// Why the configuration is read again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    Told,
    Changed,
}

impl<R> Reload<R>
where
    R: Fn() -> Result<Config, Mistakes> + Send + 'static,
{
    /// Starts to listen and to look.
    pub(super) fn start(mut self) -> Result<(), Ending> {
        let mut hangup = signal(SignalKind::hangup())?;
        let mut looks = tokio::time::interval(LOOKS);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tokio::spawn(async move {
            let mut moves = false;
            loop {
                // Signals that come meanwhile are one.
                let cause = tokio::select! {
                    told = hangup.recv() => match told {
                        Some(()) => Cause::Told,
                        None => return,
                    },
                    _ = looks.tick() => {
                        let moved = self.watched.as_mut().is_some_and(Watched::changed);
                        let stands = std::mem::replace(&mut moves, moved) && !moved;
                        if !stands {
                            continue;
                        }
                        Cause::Changed
                    }
                };
                notify::reloading();
                let taken = self.once(cause).await;
                notify::reloaded();
                if taken.is_err() {
                    return;
                }
                tokio::time::sleep(RESTS).await;
            }
        });
        Ok(())
    }

    /// Where sources are polled, a file without any is one that was cut.
    fn has_sources(&self, config: Config) -> Result<Config, Mistakes> {
        if !config.sources.is_empty() || self.config.sources.is_empty() {
            return Ok(config);
        }
        let file = self.watched.as_ref().map(Watched::path);
        let file = file.unwrap_or(Path::new("the configuration"));
        Err(Mistakes::without_sources(&file.display().to_string()))
    }

    /// Reads it, and puts it into force if it is good. Fails if the service
    /// has ended.
    async fn once(&mut self, cause: Cause) -> Result<(), mpsc::error::SendError<Order>> {
        let config = match (self.read)().and_then(|config| self.has_sources(config)) {
            Ok(config) => Arc::new(config),
            Err(mistakes) => {
                // A file that was saved and told of is refused once.
                if cause == Cause::Changed && self.refused.as_ref() == Some(&mistakes) {
                    return Ok(());
                }
                refuse(&mistakes);
                let brief = mistakes.brief();
                self.refused = Some(mistakes);
                return self.orders.send(Order::Refuse(brief)).await;
            }
        };
        let changes = Changes::between(&self.config, &config);
        let was_refused = self.refused.take().is_some();
        if cause == Cause::Changed && changes.is_empty() && !was_refused {
            return Ok(());
        }
        info!(name: "config-loaded", sources = config.sources.len(), %changes, "configuration loaded");
        let takes_restart = Changes::between(&self.began, &config).restart;
        for key in changes
            .restart
            .iter()
            .filter(|key| takes_restart.contains(key))
        {
            warn!("`{key}` has changed: that takes a restart, all else is in force");
        }
        self.config = Arc::clone(&config);
        self.orders.send(Order::Configure(config)).await
    }
}

fn refuse(mistakes: &Mistakes) {
    error!("the configuration does not load; nothing changes");
    for mistake in mistakes.iter() {
        error!(name: "config-refused", "{mistake}");
    }
}
