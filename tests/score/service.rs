//! The program, as `run` runs it: its own loop, its own database, in virtual
//! time.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use scofeed::clock::Clock;
use scofeed::config::{self, Config};
use scofeed::daemon::{self, DATABASE, Desk, Order, Watchdog};
use scofeed::fetch::{Exit, Fetch, agent};
use scofeed::ledger;
use scofeed::model::{Report, ServiceReport, SourceReport};
use scofeed::render::Edition;
use scofeed::store::Reader;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::Origin;

/// When every world begins: a Tuesday.
const START: &str = "2026-11-24T00:00:00Z";

/// The program and what it keeps between two starts.
pub(crate) struct Service {
    data: tempfile::TempDir,
    exit: Arc<dyn Exit>,
    clock: Clock,
    set: &'static AtomicI64,
    config: String,
    compiled: RefCell<Option<(String, Arc<Config>)>>,
    /// The edition that readers have.
    pub(crate) edition: Arc<Edition>,
    /// The configuration of the last run, if that was stopped in good order.
    ended_well: Option<String>,
    /// Starts at which the same state gave another feed.
    pub(crate) differing: usize,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Stop,
    Kill,
}

impl Service {
    /// The program with this configuration, whose requests `origin` answers.
    pub(crate) fn new(origin: &Arc<Origin>, config: &str) -> Self {
        Self::through(Arc::clone(origin) as Arc<dyn Exit>, config)
    }

    pub(crate) fn through(exit: Arc<dyn Exit>, config: &str) -> Self {
        let set = Box::leak(Box::new(AtomicI64::new(0)));
        // A database in memory costs no syncs, where there is such a place.
        let data = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        Self {
            data: data.unwrap(),
            exit,
            clock: Clock::set_by(START.parse().unwrap(), set),
            set,
            config: config.to_owned(),
            compiled: RefCell::default(),
            edition: Arc::default(),
            ended_well: None,
            differing: 0,
        }
    }

    /// The time that the program sees.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The time when the world began, and so many seconds.
    pub(crate) fn start(seconds: i64) -> Timestamp {
        let start: Timestamp = START.parse().unwrap();
        start
            .checked_add(SignedDuration::from_secs(seconds))
            .unwrap()
    }

    /// Sets the program's clock.
    pub(crate) fn set_clock(&self, by: SignedDuration) {
        let by = i64::try_from(by.as_millis()).unwrap();
        self.set.fetch_add(by, Ordering::Relaxed);
    }

    /// Writes another configuration: it counts from the next start.
    pub(crate) fn edit(&mut self, config: &str) {
        config.clone_into(&mut self.config);
    }

    /// Starts it, lets it run so long, and stops it in good order.
    pub(crate) async fn run(&mut self, time: Duration) {
        self.live(time, End::Stop, None).await;
    }

    /// The same, and its configuration is edited and loaded after a while.
    pub(crate) async fn run_and_edit(&mut self, time: Duration, after: Duration, config: &str) {
        self.edit(config);
        let config = self.configuration();
        self.live(time, End::Stop, Some((after, config))).await;
    }

    /// The same, and its clock is set after a while.
    pub(crate) async fn run_and_set(
        &mut self,
        time: Duration,
        after: Duration,
        by: SignedDuration,
    ) {
        let set = self.set;
        let by = i64::try_from(by.as_millis()).unwrap();
        let setter = async move {
            tokio::time::sleep(after).await;
            set.fetch_add(by, Ordering::Relaxed);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = self.run(time) => {}
            () = setter => {}
        }
    }

    /// Starts it and kills it after a while, whatever it does.
    pub(crate) async fn run_and_kill(&mut self, time: Duration) {
        self.live(time, End::Kill, None).await;
    }

    /// One round, as a timer asks for it.
    pub(crate) async fn once(&mut self) {
        let mut desk = self.desk();
        let fetch = self.fetch(desk.config());
        daemon::once(&mut desk, &fetch, self.clock).await.unwrap();
        self.edition = desk.editions().borrow().clone();
    }

    async fn live(&mut self, time: Duration, end: End, edit: Option<(Duration, Arc<Config>)>) {
        let until = Instant::now() + time;
        let desk = self.desk();
        let fetch = self.fetch(desk.config());
        let editions: watch::Receiver<Arc<Edition>> = desk.editions();
        if self.ended_well.as_ref() == Some(&self.config) {
            let tag = |edition: &Edition| edition.get("/atom.xml").map(|sheet| sheet.tag.clone());
            let same = tag(&self.edition) == tag(&editions.borrow());
            self.differing += usize::from(!same);
        }
        let (orders, inbox) = mpsc::channel(1);
        let stop = async move {
            match end {
                End::Stop => tokio::time::sleep_until(until).await,
                End::Kill => std::future::pending().await,
            }
        };
        let editor = async {
            if let Some((after, config)) = edit {
                tokio::time::sleep(after).await;
                orders.send(Order::Configure(config)).await.unwrap();
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = daemon::run(desk, fetch, self.clock, inbox, Watchdog::default(), stop) => {}
            () = tokio::time::sleep_until(until), if end == End::Kill => {}
            () = editor => {}
        }
        self.edition = editions.borrow().clone();
        self.ended_well = (end == End::Stop).then(|| self.config.clone());
    }

    fn desk(&self) -> Desk {
        Desk::open(self.configuration(), self.data.path(), self.now()).unwrap()
    }

    /// The configuration, compiled once for each text.
    fn configuration(&self) -> Arc<Config> {
        let mut compiled = self.compiled.borrow_mut();
        match &*compiled {
            Some((text, config)) if *text == self.config => Arc::clone(config),
            _ => {
                let read = config::read(&self.config, "feeds.toml");
                let config = Arc::new(read.unwrap_or_else(|mistakes| panic!("{mistakes}")));
                *compiled = Some((self.config.clone(), Arc::clone(&config)));
                config
            }
        }
    }

    fn fetch(&self, config: &Config) -> Arc<Fetch> {
        let agent = agent(config.feed.contact.as_deref());
        Arc::new(Fetch::through(&agent, Arc::clone(&self.exit)).unwrap())
    }

    /// Its data directory.
    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open(&self.data.path().join(DATABASE)).unwrap()
    }

    pub(crate) fn report(&self) -> Report {
        let (config, service) = (self.configuration(), ServiceReport::default());
        let now = self.clock.now();
        ledger::report(Some(&config), Some(&self.reader()), service, now).unwrap()
    }

    /// What `status` says of a source.
    pub(crate) fn status(&self, source: &str) -> SourceReport {
        let report = self.report();
        let mut sources = report.sources.into_iter();
        sources.find(|s| s.source.as_str() == source).unwrap()
    }

    /// The feed that readers have.
    pub(crate) fn feed(&self) -> String {
        let sheet = self.edition.get("/atom.xml").unwrap();
        String::from_utf8(sheet.bytes.to_vec()).unwrap()
    }

    /// How often a text stands in the feed.
    pub(crate) fn count(&self, text: &str) -> usize {
        self.feed().matches(text).count()
    }
}
