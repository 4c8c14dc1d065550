//! The service: claim ► bring ► settle ► publish ► sleep.
//!
//! One loop owns the desk. Requests run as tasks beside it; what they bring
//! comes back to the loop, which settles whatever has arrived together.
//! Listener, clock, orders and shutdown are arguments, so that tests run the
//! same loop in virtual time.

mod desk;
pub mod notify;

pub use desk::{DATABASE, Desk, DeskError};

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinHandle, JoinSet};
use tokio::time::Instant;
use tracing::{debug, error, info, warn};

use crate::clock::Clock;
use crate::config::Config;
use crate::fetch::{self, Fetch};
use crate::model::{Answer, Cost, Errand, Failure, Outcome};
use crate::poll::{self, SLOTS, Settled, Told};
use crate::rejudge::Rejudged;
use crate::store::StoreError;

/// At most one edition in this time.
const EDITION_EVERY: Duration = Duration::from_secs(1);

/// The loop looks up at least this often: for hosts that rest, and for
/// clocks that were set.
const REST_AT_MOST: Duration = Duration::from_mins(1);

/// How long a store in trouble is left alone.
const STORE_RESTS: Duration = Duration::from_secs(10);

/// What the service can be told while it runs.
#[derive(Debug)]
pub enum Order {
    /// Take this configuration, which has loaded.
    Configure(Arc<Config>, Arc<Fetch>),
}

/// The client that a configuration asks for.
pub fn client(config: &Config) -> Result<Fetch, fetch::FetchError> {
    Fetch::new(&fetch::agent(config.feed.contact.as_deref()))
}

/// The errands under way.
#[derive(Debug, Default)]
struct Shift {
    tasks: JoinSet<Answer>,
    underway: HashMap<Id, (Errand, Option<String>)>,
}

impl Shift {
    fn start(
        &mut self,
        desk: &mut Desk,
        fetch: &Arc<Fetch>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let busy: HashSet<String> = self
            .underway
            .values()
            .filter_map(|(_, host)| host.clone())
            .collect();
        let errands = desk.claim(&busy, SLOTS.saturating_sub(self.tasks.len()), now)?;
        let started = errands.len();
        for errand in errands {
            let config = Arc::clone(desk.config());
            let host = config
                .sources
                .get(errand.source())
                .and_then(poll::host_that_counts);
            let task = poll::bring(errand.clone(), config, Arc::clone(fetch));
            let id = self.tasks.spawn(task).id();
            self.underway.insert(id, (errand, host));
        }
        Ok(started)
    }

    /// The next answer and all that have arrived with it; none if nothing is
    /// under way.
    async fn arrivals(&mut self) -> Vec<Answer> {
        let mut done: Vec<_> = self.tasks.join_next_with_id().await.into_iter().collect();
        while let Some(next) = self.tasks.try_join_next_with_id() {
            done.push(next);
        }
        done.into_iter().filter_map(|d| self.answer(d)).collect()
    }

    /// A task that panicked is its source's trouble and nobody else's
    /// (law 5).
    fn answer(&mut self, done: Result<(Id, Answer), JoinError>) -> Option<Answer> {
        match done {
            Ok((id, answer)) => {
                self.underway.remove(&id);
                Some(answer)
            }
            Err(error) => {
                let (errand, _) = self.underway.remove(&error.id())?;
                Some(Answer {
                    errand,
                    outcome: Outcome::Failed(Failure::Panicked(error.to_string())),
                    cost: Cost::default(),
                })
            }
        }
    }
}

/// What one round came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Sources that answered well.
    pub fine: usize,
    /// Sources that failed.
    pub failed: usize,
    /// Stories that entered.
    pub entered: u64,
}

/// Polls everything that is due, once, and publishes. What `run --once` does
/// (D-12).
pub async fn once(desk: &mut Desk, fetch: &Arc<Fetch>, clock: Clock) -> Result<Round, StoreError> {
    if let Some(work) = desk.rejudging()? {
        let rejudged = work()?;
        flip(desk, &rejudged, clock.now())?;
    }
    let mut shift = Shift::default();
    let mut round = Round::default();
    loop {
        shift.start(desk, fetch, clock.now())?;
        let answers = shift.arrivals().await;
        if answers.is_empty() {
            break;
        }
        let settled = desk.settle(answers, clock.now())?;
        tell(&settled);
        round.failed += settled.undone.len();
        for told in &settled.told {
            match told.wrong {
                None => round.fine += 1,
                Some(_) => round.failed += 1,
            }
            round.entered += told.written.entered;
        }
    }
    for decided in desk.decide(clock.now())? {
        info!("{decided}");
    }
    desk.build()?;
    Ok(round)
}

/// Runs until `shutdown` resolves. Trouble with the store is said and tried
/// again: readers keep the last edition meanwhile.
pub async fn run(
    mut desk: Desk,
    mut fetch: Arc<Fetch>,
    clock: Clock,
    mut orders: mpsc::Receiver<Order>,
    shutdown: impl Future<Output = ()>,
) {
    let mut shutdown = std::pin::pin!(shutdown);
    let mut shift = Shift::default();
    let mut rejudging: Option<JoinHandle<Result<Rejudged, StoreError>>> = None;
    let mut rejudge_at = Some(Instant::now());
    let mut unbuilt = false;
    let mut first_round = true;
    let mut built = Instant::now();
    file(&mut desk);
    loop {
        notify::alive();
        let now = clock.now();
        let mut rest = REST_AT_MOST;
        match shift.start(&mut desk, &fetch, now) {
            Ok(_) => rest = rest.min(until(desk.next_due(now), now)),
            Err(error) => {
                error!(%error, "the database cannot be written; trying again");
                rest = STORE_RESTS;
            }
        }
        match desk.decide(now) {
            Ok(decided) => {
                unbuilt |= !decided.is_empty();
                decided.iter().for_each(|decided| info!("{decided}"));
            }
            Err(error) => error!(%error, "what was decided by hand waits"),
        }
        if let Some(at) = rejudge_at {
            let wait = at.saturating_duration_since(Instant::now());
            if wait.is_zero() {
                rejudge_at = None;
                match desk.rejudging() {
                    Ok(work) => rejudging = work.map(tokio::task::spawn_blocking),
                    Err(error) => {
                        error!(%error, "the ledger cannot be judged by the new rules yet; trying again");
                        rejudge_at = Some(Instant::now() + STORE_RESTS);
                    }
                }
            } else {
                rest = rest.min(wait);
            }
        }
        if first_round && shift.tasks.is_empty() {
            first_round = false;
            info!("the first round is done; from here on only changes are said");
        }
        if unbuilt {
            let age = built.elapsed();
            if shift.tasks.is_empty() || age >= EDITION_EVERY {
                publish(&mut desk);
                unbuilt = false;
                built = Instant::now();
            } else {
                rest = rest.min(EDITION_EVERY.saturating_sub(age));
            }
        }
        if let Some(patience) = notify::patience() {
            rest = rest.min(patience);
        }
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(order) = orders.recv() => {
                let Order::Configure(config, client) = order;
                fetch = client;
                if let Err(error) = desk.configure(config, clock.now()) {
                    error!(%error, "the new configuration is in force, but its edition cannot be built yet");
                    unbuilt = true;
                }
                rejudge_at = Some(Instant::now());
                file(&mut desk);
            }
            judged = done(&mut rejudging), if rejudging.is_some() => {
                rejudging = None;
                match judged.and_then(|rejudged| flip(&mut desk, &rejudged, clock.now())) {
                    Ok(()) => unbuilt = true,
                    Err(error) => {
                        error!(%error, "the new rules are not in force for what is stored; trying again");
                        rejudge_at = Some(Instant::now() + STORE_RESTS);
                    }
                }
            }
            answers = shift.arrivals(), if !shift.tasks.is_empty() => {
                match desk.settle(answers, clock.now()) {
                    Ok(settled) => {
                        if first_round {
                            progress(&settled);
                        } else {
                            tell(&settled);
                        }
                        unbuilt = true;
                    }
                    Err(error) => error!(%error, "answers could not be stored; their sources are asked again when due"),
                }
            }
            () = tokio::time::sleep(rest) => {}
        }
    }
    notify::stopping();
}

/// The ledger under the new rules, once it is judged. A panic ends the
/// service, as one in the loop would.
async fn done(
    rejudging: &mut Option<JoinHandle<Result<Rejudged, StoreError>>>,
) -> Result<Rejudged, StoreError> {
    match rejudging {
        None => std::future::pending().await,
        Some(work) => match work.await {
            Ok(judged) => judged,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        },
    }
}

fn flip(desk: &mut Desk, rejudged: &Rejudged, now: Timestamp) -> Result<(), StoreError> {
    let flipped = desk.flip(rejudged, now)?;
    if !rejudged.changes.is_empty() {
        info!(
            gained = flipped.gained,
            lost = flipped.lost,
            published = flipped.entered,
            "the topic changed: what is stored was judged anew"
        );
    }
    Ok(())
}

/// How long until then; a moment at least, so that a due source whose host is
/// busy does not spin the loop.
fn until(then: Option<Timestamp>, now: Timestamp) -> Duration {
    let wait = then.map_or(REST_AT_MOST, |then| {
        Duration::try_from(then.duration_since(now)).unwrap_or_default()
    });
    wait.max(Duration::from_millis(100))
}

fn publish(desk: &mut Desk) {
    match desk.build() {
        Ok(()) => file(desk),
        Err(error) => error!(%error, "the edition cannot be built; the last one stands"),
    }
}

fn file(desk: &mut Desk) {
    match desk.file() {
        Ok(0) => {}
        Ok(files) => debug!(files, "edition written"),
        Err(error) => {
            error!(%error, "the edition cannot be written as files; trying again with the next one");
        }
    }
}

/// One line per change of state; the rest is for `debug`.
fn tell(settled: &Settled) {
    for told in &settled.told {
        let source = told.source.as_str();
        match &told.wrong {
            Some(wrong) if !told.was_failing => {
                warn!(source, wrong, next = told.due.why, "in trouble");
            }
            Some(wrong) => debug!(source, wrong, next = told.due.why, "still in trouble"),
            None if told.was_failing => info!(source, "well again"),
            None => debug!(source, items = told.items, kept = told.kept, "polled"),
        }
        if told.written.entered > 0 {
            info!(source, stories = told.written.entered, "published");
        }
    }
    undone(settled);
}

/// Every answer of the first round, for whoever watches the start.
fn progress(settled: &Settled) {
    for Told {
        source,
        wrong,
        items,
        kept,
        written,
        ..
    } in &settled.told
    {
        let source = source.as_str();
        match (wrong, items) {
            (Some(wrong), _) => warn!(source, wrong, "in trouble"),
            (None, None) => info!(source, "unchanged"),
            (None, Some(items)) => {
                info!(source, items, kept, published = written.entered, "polled");
            }
        }
    }
    undone(settled);
}

fn undone(settled: &Settled) {
    for (source, error) in &settled.undone {
        let source = source.as_str();
        error!(source, %error, "its answer cannot be stored; asked again when due");
    }
}
