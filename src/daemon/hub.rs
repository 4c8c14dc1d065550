//! Tells the hub which feeds have changed (WebSub; S-30): one
//! request for all of them, when the edition stands. A hub that does not
//! listen is told again, later and later, and holds up nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::Desk;
use super::desk::News;
use crate::fetch::{Fetch, Post};
use crate::model::Failure;
use crate::store::StoreError;

/// After a failure, and after a row of them.
const WAIT: Duration = Duration::from_mins(1);
const WAIT_AT_MOST: Duration = Duration::from_hours(1);

/// How telling it goes.
#[derive(Debug, Default)]
pub(super) struct Hub {
    /// What it is being told.
    telling: Option<(News, JoinHandle<Result<(), Failure>>)>,
    /// Failures in a row.
    tries: u32,
    not_before: Option<Instant>,
}

impl Hub {
    /// Tells the hub what it does not know, if it is free and it is time. How
    /// long until there is more to do.
    pub(super) fn attend(&mut self, desk: &Desk, fetch: &Arc<Fetch>) -> Duration {
        let Some(hub) = desk.config().feed.hub.clone() else {
            return Duration::MAX;
        };
        let news = desk.news();
        if news.is_empty() || self.telling.is_some() {
            return Duration::MAX;
        }
        let now = Instant::now();
        if let Some(at) = self.not_before.filter(|at| *at > now) {
            return at - now;
        }
        let (fetch, form) = (Arc::clone(fetch), form(&news));
        let told = tokio::spawn(async move { fetch.post(&hub, form).await });
        self.telling = Some((news, told));
        Duration::MAX
    }

    /// What the hub has been told, once it has; nothing if it could not be.
    pub(super) async fn told(&mut self) -> News {
        let Some((_, told)) = &mut self.telling else {
            return std::future::pending().await;
        };
        let told = told.await;
        let news = self.telling.take().map(|(news, _)| news);
        let told = told.unwrap_or_else(|panic| Err(Failure::Panicked(panic.to_string())));
        let Err(failure) = told else {
            if self.tries > 0 {
                info!("the hub listens again");
            }
            (self.tries, self.not_before) = (0, None);
            return news.unwrap_or_default();
        };
        let wait = WAIT
            .saturating_mul(1 << self.tries.min(16))
            .min(WAIT_AT_MOST);
        if self.tries == 0 {
            warn!(%failure, "the hub cannot be told; trying again");
        } else {
            debug!(%failure, ?wait, "the hub still cannot be told");
        }
        self.tries += 1;
        self.not_before = Some(Instant::now() + wait);
        News::new()
    }
}

/// Notes what the hub has been told.
pub(super) fn note(desk: &mut Desk, news: &News) {
    if let Err(error) = desk.told(news) {
        warn!(%error, "that the hub was told is not noted; it is told again");
    }
}

/// Tells it once, before the program ends.
pub async fn tell_hub(desk: &mut Desk, fetch: &Fetch) -> Result<(), StoreError> {
    let news = desk.news();
    let Some(hub) = desk.config().feed.hub.clone().filter(|_| !news.is_empty()) else {
        return Ok(());
    };
    match fetch.post(&hub, form(&news)).await {
        Ok(()) => desk.told(&news),
        Err(failure) => {
            warn!(%failure, "the hub cannot be told");
            Ok(())
        }
    }
}

/// What a publisher sends: the specification leaves that open, and hubs have
/// agreed on this.
fn form(news: &News) -> Post {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("hub.mode", "publish");
    for sheet in news {
        form.append_pair("hub.url", &sheet.address);
    }
    Post::Form(form.finish())
}
