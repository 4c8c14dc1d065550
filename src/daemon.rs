//! The service: claim ► bring ► settle ► publish ► sleep.
//!
//! One loop owns the desk. Requests run as tasks beside it; what they bring
//! comes back to the loop, which settles whatever has arrived together.
//! Listener, clock, orders and shutdown are arguments, so that tests run the
//! same loop in virtual time.

mod alert;
mod desk;
mod hub;
pub mod notify;
mod watchdog;

pub use desk::{Changed, DATABASE, Desk, DeskError, News, has_run, is_running, lock};
pub use hub::tell_hub;
pub use watchdog::Watchdog;

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinHandle, JoinSet};
use tokio::time::Instant;
use tracing::{debug, error, info, warn};

use self::hub::Hub;
use crate::care::backup::BackupError;
use crate::clock::Clock;
use crate::config::Config;
use crate::fetch::{self, Fetch};
use crate::health::Turn;
use crate::model::{Answer, Cost, Errand, Failure, Incident, Outcome};
use crate::poll::{self, Room, SLOTS, Settled};
use crate::rejudge::Rejudged;
use crate::schedule::Late;
use crate::store::StoreError;

/// At most one edition in this time.
const EDITION_EVERY: Duration = Duration::from_secs(1);

/// The loop looks up at least this often: for hosts that rest, and for
/// clocks that were set.
const REST_AT_MOST: Duration = Duration::from_mins(1);

/// How often everything is looked at for the report, if nothing happens: the
/// age of the last one tells whether the loop is alive (D-02).
const REVIEW_EVERY: Duration = Duration::from_secs(20);

/// A round waits so long for the process before it, which may just have made
/// a request.
const ROUND_WAITS: SignedDuration = SignedDuration::from_secs(6);

/// What is under way when the service ends may take so long to come.
const LAST_ANSWERS: Duration = Duration::from_secs(10);

/// A clock that runs ahead of the time that passes, or behind it, by so much
/// between two looks was set.
const CLOCK_WAS_SET: SignedDuration = SignedDuration::from_secs(10);

/// How long after the start every page of the database is looked at, and the
/// first backup may be made.
const CHECK_AFTER: Duration = Duration::from_secs(5);
const BACKUP_AFTER: Duration = Duration::from_mins(2);

/// How often the log sums up what was done (D-11).
const SUMMARY_EVERY: Duration = Duration::from_hours(1);

/// How long a store in trouble is left alone.
const STORE_RESTS: Duration = Duration::from_secs(10);

/// What the service can be told while it runs.
#[derive(Debug)]
pub enum Order {
    /// Take this configuration, which has loaded.
    Configure(Arc<Config>),
    /// The configuration on disk does not load, for this reason: nothing
    /// changes, but it is said.
    Refuse(String),
}

/// The client that a configuration asks for.
pub fn client(config: &Config) -> Result<Fetch, fetch::FetchError> {
    Fetch::new(&agent(config))
}

fn agent(config: &Config) -> String {
    fetch::agent(config.feed.contact.as_deref())
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
        late: Late,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let room = Room {
            busy: &self.busy(),
            slots: SLOTS.saturating_sub(self.tasks.len()),
            late,
        };
        let errands = desk.claim(&room, now)?;
        let started = errands.len();
        for errand in errands {
            let config = Arc::clone(desk.config());
            let host = poll::host_that_counts(errand.url());
            let task = poll::bring(errand.clone(), config, Arc::clone(fetch), now);
            let id = self.tasks.spawn(task).id();
            self.underway.insert(id, (errand, host));
        }
        Ok(started)
    }

    /// The hosts with a request under way.
    fn busy(&self) -> HashSet<String> {
        self.underway
            .values()
            .filter_map(|(_, host)| host.clone())
            .collect()
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
                    robots: Vec::new(),
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

impl Round {
    fn take(&mut self, settled: &Settled) {
        let failed = settled.told.iter().filter(|told| told.wrong.is_some());
        let failed = failed.count();
        self.fine += settled.told.len() - failed;
        self.failed += failed + settled.undone.len();
        let polls = settled.told.iter().map(|told| told.written);
        let looks = settled.looked.iter().map(|looked| looked.written);
        let entered = polls.chain(looks).map(|written| written.entered);
        self.entered += entered.sum::<u64>();
    }
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
    let end = clock
        .now()
        .checked_add(ROUND_WAITS)
        .unwrap_or(Timestamp::MAX);
    loop {
        shift.start(desk, fetch, Late::Now, clock.now())?;
        let answers = shift.arrivals().await;
        if answers.is_empty() {
            let now = clock.now();
            match desk.next_due(&HashSet::new(), now)? {
                Some(next) if next <= end => tokio::time::sleep(until(Some(next), now)).await,
                _ => break,
            }
        }
        let settled = desk.settle(answers, clock.now())?;
        tell(&settled);
        round.take(&settled);
    }
    desk.tidy(clock.now())?;
    for decided in desk.decide(clock.now())? {
        info!("{decided}");
    }
    desk.build()?;
    let turns = desk.review(clock.now());
    tell_turns(&turns);
    alert::tell(&desk.config().alert, fetch, &turns).await;
    Ok(round)
}

/// Runs until `shutdown` resolves. Trouble with the store is said and tried
/// again: readers keep the last edition meanwhile.
pub async fn run(
    mut desk: Desk,
    mut fetch: Arc<Fetch>,
    clock: Clock,
    mut orders: mpsc::Receiver<Order>,
    mut watchdog: Watchdog,
    shutdown: impl Future<Output = ()>,
) {
    let mut shutdown = std::pin::pin!(shutdown);
    let mut shift = Shift::default();
    let mut chores = Chores::new();
    let mut first_round = Some(Round::default());
    let mut time = Time::starting(clock);
    let mut next = NextEdition::starting(!file(&mut desk, clock.now()));
    let mut hub = Hub::default();
    loop {
        if desk.is_damaged() {
            error!(
                "the database is damaged: the service ends; its next start puts the newest good backup in its place"
            );
            break;
        }
        let now = clock.now();
        let mut rest = REST_AT_MOST;
        time.watch(&mut desk, clock);
        match desk.ripen(now) {
            Ok(changed) => next.wanted |= changed > 0,
            Err(error) => error!(%error, "what has waited long enough waits on"),
        }
        let started = shift.start(&mut desk, &fetch, Late::Spread, now);
        match started.and_then(|_| desk.next_due(&shift.busy(), now)) {
            Ok(next) => rest = rest.min(until(next, now)),
            Err(error) => {
                error!(%error, "the database cannot be written; trying again");
                rest = STORE_RESTS;
            }
        }
        next.wanted |= decide(&mut desk, now);
        rest = rest.min(chores.attend(&mut desk, &fetch, now));
        rest = rest.min(next.publish(&mut desk, shift.tasks.is_empty(), clock));
        rest = rest.min(hub.attend(&desk, &fetch));
        if let Some(round) = first_round.filter(|_| shift.tasks.is_empty()) {
            if desk.opens() <= now {
                first_round = None;
                info!(
                    fine = round.fine,
                    failed = round.failed,
                    published = round.entered,
                    "the first round is done"
                );
            } else {
                rest = rest.min(until(Some(desk.opens()), now));
            }
        }
        rest = rest.min(watchdog.attend());
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            () = watchdog.watch() => {}
            Some(order) = orders.recv() => {
                chores.review_at = Instant::now();
                match order {
                    Order::Refuse(said) => desk.refuse(said, clock.now()),
                    Order::Configure(config) => {
                        time.watch(&mut desk, clock);
                        match fetch.renamed(&agent(&config)) {
                            Ok(renamed) => fetch = Arc::new(renamed),
                            Err(error) => error!(%error, "requests go out under the old name"),
                        }
                        if let Err(error) = desk.configure(config, clock.now()) {
                            error!(%error, "the new configuration is in force, but its edition cannot be built yet");
                            next.wanted = true;
                        }
                        chores.rejudge_at = Some(Instant::now());
                        next.wanted |= !file(&mut desk, clock.now());
                    }
                }
            }
            done = chores.done() => next.wanted |= chores.take(done, &mut desk, clock.now()),
            answers = shift.arrivals(), if !shift.tasks.is_empty() => {
                time.watch(&mut desk, clock);
                let settled = settle(&mut desk, answers, clock.now());
                if let (Some(round), Some(settled)) = (&mut first_round, &settled) {
                    round.take(settled);
                }
                next.settled(settled.is_some_and(|settled| settled.touches_stories()));
                chores.review_soon();
            }
            news = hub.told() => hub::note(&mut desk, &news),
            () = tokio::time::sleep(rest) => {}
        }
    }
    notify::stopping();
    info!(name: "stopping", "the service ends");
    next.wanted |= last_answers(&mut shift, &mut desk, clock).await;
    if next.wanted {
        publish(&mut desk, None, clock);
    }
}

/// Whether the committed state has moved on since the last edition, and when
/// the next one may be built.
#[derive(Debug)]
struct NextEdition {
    wanted: bool,
    /// Since when what it will show has been committed.
    since: Option<Instant>,
    last: Instant,
    pause: Duration,
}

impl NextEdition {
    fn starting(wanted: bool) -> Self {
        Self {
            wanted,
            since: None,
            last: Instant::now(),
            pause: EDITION_EVERY,
        }
    }

    /// Answers have settled, and may change it.
    fn settled(&mut self, changes: bool) {
        self.wanted |= changes;
        if changes {
            self.since.get_or_insert_with(Instant::now);
        }
    }

    /// Publishes if it is time, or at once if nothing is under way that
    /// could bring more. How long the loop may rest.
    fn publish(&mut self, desk: &mut Desk, idle: bool, clock: Clock) -> Duration {
        if !self.wanted {
            return REST_AT_MOST;
        }
        let age = self.last.elapsed();
        if age >= self.pause || (idle && self.pause == EDITION_EVERY) {
            self.wanted = !publish(desk, self.since, clock);
            self.last = Instant::now();
            if !self.wanted {
                self.since = None;
                self.pause = EDITION_EVERY;
                return REST_AT_MOST;
            }
            self.pause = STORE_RESTS;
            return self.pause;
        }
        self.pause.saturating_sub(age)
    }
}

/// Does what people decided, and tells of it. Whether the edition changes.
fn decide(desk: &mut Desk, now: Timestamp) -> bool {
    let decided = desk.decide(now).unwrap_or_else(|error| {
        error!(%error, "what was decided by hand waits");
        Vec::new()
    });
    for decided in &decided {
        info!("{decided}");
    }
    !decided.is_empty()
}

/// Settles answers and tells of it; `None` if they could not be stored.
fn settle(desk: &mut Desk, answers: Vec<Answer>, now: Timestamp) -> Option<Settled> {
    let settled = desk
        .settle(answers, now)
        .inspect(tell)
        .inspect_err(|error| {
            error!(%error, "answers could not be stored; their sources are asked again when due");
        });
    settled.ok()
}

/// Settles what is still under way, so that nobody is asked again for what he
/// has already sent. Whether the edition changes.
async fn last_answers(shift: &mut Shift, desk: &mut Desk, clock: Clock) -> bool {
    let mut any = false;
    let rest = async {
        while !shift.tasks.is_empty() {
            let answers = shift.arrivals().await;
            let settled = settle(desk, answers, clock.now());
            any |= settled.is_some_and(|settled| settled.touches_stories());
        }
    };
    // What takes longer is asked again when it is due.
    drop(tokio::time::timeout(LAST_ANSWERS, rest).await);
    any
}

/// Watches whether the clock is set: it must keep pace with the time that
/// passes.
#[derive(Debug)]
struct Time {
    shown: Timestamp,
    passed: Duration,
}

impl Time {
    fn starting(clock: Clock) -> Self {
        Self {
            shown: clock.now(),
            passed: clock.passed(),
        }
    }

    /// Moves the promises with a clock that was set.
    fn watch(&mut self, desk: &mut Desk, clock: Clock) {
        let set = self.was_set(clock);
        if set.is_zero() {
            return;
        }
        warn!(name: "clock-set", by = %format_args!("{set:#}"), "the clock was set; the promises move with it");
        if let Err(error) = desk.clock_was_set(set) {
            error!(%error, "the promises do not move with the clock");
        }
    }

    /// By how much the clock was set since the last look.
    fn was_set(&mut self, clock: Clock) -> SignedDuration {
        let last = std::mem::replace(self, Self::starting(clock));
        let passed = self.passed.saturating_sub(last.passed);
        let passed = SignedDuration::try_from(passed).unwrap_or_default();
        let set = self.shown.duration_since(last.shown).saturating_sub(passed);
        if set.abs() < CLOCK_WAS_SET {
            return SignedDuration::ZERO;
        }
        set
    }
}

/// What is done beside the polls: the ledger judged by new rules, old rows
/// given up.
#[derive(Debug)]
struct Chores {
    rejudging: Option<JoinHandle<Result<Rejudged, StoreError>>>,
    /// Every page looked at once, after the start (D-01).
    checking: Option<JoinHandle<Result<(), StoreError>>>,
    check_at: Option<Instant>,
    backing_up: Option<JoinHandle<Result<PathBuf, BackupError>>>,
    backup_at: Instant,
    rejudge_at: Option<Instant>,
    tidy_at: Instant,
    /// When everything is looked at for the report.
    review_at: Instant,
    reviewed: Instant,
    /// When the last hour is summed up for the log.
    summary_at: Instant,
}

impl Chores {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            rejudging: None,
            checking: None,
            check_at: Some(now + CHECK_AFTER),
            backing_up: None,
            backup_at: now + BACKUP_AFTER,
            rejudge_at: Some(now),
            tidy_at: now + REST_AT_MOST,
            review_at: now,
            reviewed: now,
            summary_at: now + SUMMARY_EVERY,
        }
    }

    /// Something has changed that a report tells: at most one in a second.
    fn review_soon(&mut self) {
        self.review_at = self.review_at.min(self.reviewed + EDITION_EVERY);
    }

    /// Does what its time has come for. How long until the next.
    fn attend(&mut self, desk: &mut Desk, fetch: &Arc<Fetch>, now: Timestamp) -> Duration {
        let clock = Instant::now();
        if self.rejudge_at.is_some_and(|at| at <= clock) {
            self.rejudge_at = None;
            match desk.rejudging() {
                Ok(work) => self.rejudging = work.map(tokio::task::spawn_blocking),
                Err(error) => {
                    error!(%error, "the ledger cannot be judged by the new rules yet; trying again");
                    self.rejudge_at = Some(clock + STORE_RESTS);
                }
            }
        }
        if self.tidy_at <= clock {
            let wait = desk.tidy(now).unwrap_or_else(|error| {
                error!(%error, "old rows cannot be given up; trying again");
                STORE_RESTS
            });
            self.tidy_at = clock + wait;
        }
        if self.review_at <= clock {
            let turns = desk.review(now);
            tell_turns(&turns);
            if !turns.is_empty() {
                let (config, fetch) = (Arc::clone(desk.config()), Arc::clone(fetch));
                tokio::spawn(async move { alert::tell(&config.alert, &fetch, &turns).await });
            }
            notify::status(&desk.reports().borrow().headline());
            self.reviewed = clock;
            self.review_at = clock + REVIEW_EVERY;
        }
        if self.summary_at <= clock {
            info!(name: "hour", "{}", desk.summary());
            self.summary_at = clock + SUMMARY_EVERY;
        }
        self.look_after(desk, now, clock);
        let next = self.tidy_at.min(self.review_at).min(self.backup_at);
        let next = self.check_at.map_or(next, |at| at.min(next));
        let next = self.rejudge_at.map_or(next, |at| at.min(next));
        next.saturating_duration_since(clock)
    }

    /// Looks at every page once, and makes a backup a day.
    fn look_after(&mut self, desk: &mut Desk, now: Timestamp, clock: Instant) {
        if self.check_at.is_some_and(|at| at <= clock) {
            self.check_at = None;
            let work = desk.checking();
            self.checking = work.ok().map(tokio::task::spawn_blocking);
        }
        if self.backup_at <= clock {
            let due = desk.backup_due(now);
            self.backup_at = clock + until(Some(due), now).max(REST_AT_MOST);
            if due <= now && self.backing_up.is_none() {
                match desk.backing_up(now) {
                    Ok(work) => self.backing_up = Some(tokio::task::spawn_blocking(work)),
                    Err(error) => desk.suffers(&error, now),
                }
            }
        }
    }

    /// Takes what a thread has done. Whether the edition changes.
    fn take(&mut self, done: Done, desk: &mut Desk, now: Timestamp) -> bool {
        match done {
            Done::Judged(judged) => {
                let flipped = judged.and_then(|rejudged| flip(desk, &rejudged, now));
                if let Err(error) = &flipped {
                    error!(%error, "the new rules are not in force for what is stored; trying again");
                    self.rejudge_at = Some(Instant::now() + STORE_RESTS);
                }
                return flipped.is_ok();
            }
            Done::Checked(Ok(())) => {}
            Done::Checked(Err(error)) => desk.suffers(&error, now),
            Done::BackedUp(made) => {
                match &made {
                    Ok(path) => debug!(path = %path.display(), "backup made and checked"),
                    Err(error) => error!(%error, "no backup can be made; trying again"),
                }
                desk.backed_up(made.err().map(|error| error.to_string()), now);
            }
        }
        false
    }

    /// The next work of a thread that ends. A panic ends the service, as one
    /// in the loop would.
    async fn done(&mut self) -> Done {
        tokio::select! {
            judged = ended(&mut self.rejudging) => Done::Judged(judged),
            checked = ended(&mut self.checking) => Done::Checked(checked),
            made = ended(&mut self.backing_up) => Done::BackedUp(made),
        }
    }
}

/// Work of a thread of its own that has ended.
#[derive(Debug)]
enum Done {
    /// The ledger under the new rules.
    Judged(Result<Rejudged, StoreError>),
    /// Every page of the database was looked at.
    Checked(Result<(), StoreError>),
    /// A backup was made, or could not be.
    BackedUp(Result<PathBuf, BackupError>),
}

/// What a thread's work came to, once it has ended; if there is none, it
/// never does.
async fn ended<T>(work: &mut Option<JoinHandle<T>>) -> T {
    let Some(under_way) = work else {
        return std::future::pending().await;
    };
    let ended = under_way.await;
    *work = None;
    match ended {
        Ok(came) => came,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

fn flip(desk: &mut Desk, rejudged: &Rejudged, now: Timestamp) -> Result<(), StoreError> {
    let flipped = desk.flip(rejudged, now)?;
    if !rejudged.changes.is_empty() {
        info!(
            name: "topic-changed",
            gained = flipped.gained,
            lost = flipped.lost,
            published = flipped.entered,
            "the topic changed: what is stored was judged anew"
        );
    }
    Ok(())
}

/// How long until then; a moment at least.
fn until(then: Option<Timestamp>, now: Timestamp) -> Duration {
    let wait = then.map_or(REST_AT_MOST, |then| {
        Duration::try_from(then.duration_since(now)).unwrap_or_default()
    });
    wait.max(Duration::from_millis(100))
}

/// Whether the edition stands, also as files.
fn publish(desk: &mut Desk, since: Option<Instant>, clock: Clock) -> bool {
    let began = Instant::now();
    match desk.build() {
        Ok(()) => {
            let stands = file(desk, clock.now());
            let after = since.map(|since| since.elapsed());
            desk.published(began.elapsed(), after, clock.now());
            stands
        }
        Err(error) => {
            error!(%error, "the edition cannot be built; the last one stands");
            false
        }
    }
}

fn file(desk: &mut Desk, now: Timestamp) -> bool {
    match desk.file_noting(now) {
        Ok(files) => {
            if files > 0 {
                debug!(files, "edition written");
            }
            true
        }
        Err(error) => {
            error!(%error, "the edition cannot be written as files; trying again");
            false
        }
    }
}

/// What an operator should hear of: one line for each turn of an incident.
fn tell_turns(turns: &[Turn]) {
    for turn in turns {
        let Incident { said, todo, .. } = turn.incident();
        let title = turn.incident().title();
        match turn {
            Turn::Opens(_) => {
                warn!(name: "incident-opened", said, todo, "incident opened: {title}");
            }
            Turn::Changes(_) => {
                warn!(name: "incident-changed", said, todo, "incident changed: {title}");
            }
            Turn::Closes(_) => info!(name: "incident-closed", "incident closed: {title}"),
        }
    }
}

/// One line per change of state; the rest is for `debug`.
fn tell(settled: &Settled) {
    for told in &settled.told {
        let source = told.source.as_str();
        match &told.wrong {
            Some(wrong) if !told.was_failing => {
                warn!(name: "source-in-trouble", source, wrong, next = told.due.why, "in trouble");
            }
            Some(wrong) => debug!(source, wrong, next = told.due.why, "still in trouble"),
            None if told.was_failing => info!(name: "source-well-again", source, "well again"),
            None => debug!(source, items = told.items, kept = told.kept, "polled"),
        }
        if told.written.entered > 0 {
            debug!(source, stories = told.written.entered, "published");
        }
    }
    looked(settled);
    undone(settled);
}

fn looked(settled: &Settled) {
    for look in &settled.looked {
        let (source, item) = (look.source.as_str(), look.item.as_str());
        match &look.wrong {
            Some(wrong) => debug!(source, item, wrong, "its page cannot be read"),
            None => debug!(source, item, "its page was read"),
        }
        if look.written.entered > 0 {
            debug!(
                source,
                stories = look.written.entered,
                "published after a look"
            );
        }
    }
}

fn undone(settled: &Settled) {
    for (source, error) in &settled.undone {
        let source = source.as_str();
        error!(source, %error, "its answer cannot be stored; asked again when due");
    }
}
