//! The desk: the one owner of the store, of the joiner's window and of the
//! present edition. Nobody else writes.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::care::backup::{self, BackupError, Recovery};
use crate::care::{self, Published, RebuildError};
use crate::config::Config;
use crate::edition::{self, Loose};
use crate::health::{self, Loss, Turn};
use crate::ledger::{self, Changes};
use crate::model::{
    Answer, Counters, Decision, Disk, Errand, Incident, Report, ServiceReport, ServiceTrouble,
    SourceKey,
};
use crate::poll::{self, Agenda, Dealt, Room, Settled};
use crate::publish::{self, Output, PublishError};
use crate::rejudge::{self, Flipped, Rejudged};
use crate::render::{Edition, Month, Period, Site};
use crate::store::{Filed, Reader, Store, StoreError};
use crate::story::{ONBOARDING, Window};

/// The database within the data directory.
pub const DATABASE: &str = "scofeed.db";

/// The file that says who has the data directory.
const LOCK: &str = "lock";

/// Why the desk cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The data directory cannot be made or entered.
    #[error("data directory {path}: {source}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// Another instance holds the lock.
    #[error("another scofeed{} runs on the data directory {path}", .process.as_ref().map_or_else(String::new, |pid| format!(" (process {pid})")))]
    Taken {
        /// The directory.
        path: PathBuf,
        /// The process that holds it, if the lock names it.
        process: Option<u32>,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The output directory.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// A backup.
    #[error(transparent)]
    Backup(#[from] BackupError),
}

/// A feed that has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Its path.
    pub path: String,
    /// Its tag.
    pub tag: String,
    /// Where it is published.
    pub address: String,
}

/// Feeds that have changed.
pub type News = Vec<Changed>;

/// The only writer.
#[derive(Debug)]
pub struct Desk {
    /// Declared before the store, so that it is closed before it: the last
    /// connection to close brings the write-ahead log home, and this one
    /// cannot.
    reader: Reader,
    store: Store,
    /// The data directory.
    data: PathBuf,
    config: Arc<Config>,
    site: Arc<Site>,
    /// How the service itself is.
    service: ServiceReport,
    /// What was counted when it was last summed up.
    summed_up: Counters,
    /// The incidents that are open or were closed of late. This is not a
    /// cache: while nothing can be stored, it is where they are.
    incidents: Vec<Incident>,
    /// What became of incidents and is not stored yet.
    unwritten: Vec<Turn>,
    /// What became of them and was told to nobody yet.
    untold: Vec<Turn>,
    /// What the start found lost.
    lost: Option<Loss>,
    /// Caches of what is committed: dropped when a write fails.
    memory: Option<(Window, Agenda)>,
    /// From when on requests may go out: they wait for a moment after a start.
    opens: Option<Timestamp>,
    edition: watch::Sender<Arc<Edition>>,
    /// The tags of the feeds that the hub knows of, by path.
    told: BTreeMap<String, String>,
    report: watch::Sender<Arc<Report>>,
    /// The sources that have changed since the report read of them; `None` if
    /// anything may have.
    changed: Option<BTreeSet<SourceKey>>,
    /// The last edition that is in the output directory as files.
    filed: Arc<Edition>,
    /// What else is there.
    filed_loose: HashSet<Loose>,
    /// Whether the database was found damaged.
    damaged: bool,
    /// Held as long as the desk lives.
    _lock: Arc<Lock>,
}

impl Desk {
    /// Opens the data directory, which becomes this process's own, and
    /// builds the edition of what is stored.
    pub fn open(config: Arc<Config>, data: &Path, now: Timestamp) -> Result<Self, DeskError> {
        let is_first = !has_run(data);
        let lock = Arc::new(lock(data)?);
        let mut lost = recover(data, now)?;
        if lost.is_none() && !is_first && is_empty(&data.join(DATABASE)) {
            let said = "scofeed has run here, and there is no database and no backup: it begins \
                        anew, with nothing remembered";
            lost = Some(Loss::All(said.to_owned()));
        }
        let opened = Self::load(Arc::clone(&config), data, Arc::clone(&lock), now);
        // What is read only now may be the first to meet a damaged page.
        let mut desk = match opened {
            Err(DeskError::Store(error))
                if error.is_damage() && backup::is_damaged(&data.join(DATABASE)) =>
            {
                backup::mark(data, &error.to_string());
                lost = recover(data, now)?;
                Self::load(config, data, lock, now)?
            }
            opened => opened?,
        };
        desk.lost = lost;
        Ok(desk)
    }

    /// Opens the incident of what the start found lost: at once, so that it is
    /// told even if this start comes to nothing.
    pub fn tell_loss(&mut self, now: Timestamp) {
        let Some(loss) = self.lost.take() else {
            return;
        };
        let turn = health::loss(loss, now);
        health::take(&mut self.incidents, &turn);
        self.unwritten.push(turn.clone());
        self.untold.push(turn);
        self.write_turns(now);
    }

    fn load(
        config: Arc<Config>,
        data: &Path,
        lock: Arc<Lock>,
        now: Timestamp,
    ) -> Result<Self, DeskError> {
        let mut store = Store::open(&data.join(DATABASE))?;
        let reader = store.reader()?;
        let identity = store.identity(&config.feed.url)?;
        let (known, told) = (reader.known()?, reader.told()?);
        let shown = now.checked_sub(health::SHOWN).unwrap_or(Timestamp::MIN);
        let mut desk = Self {
            data: data.to_owned(),
            service: ServiceReport {
                since: Some(now),
                ..ServiceReport::default()
            },
            incidents: reader.incidents(shown)?,
            unwritten: Vec::new(),
            untold: Vec::new(),
            lost: None,
            summed_up: Counters::default(),
            report: watch::Sender::new(Arc::new(Report::empty(now))),
            changed: None,
            site: Arc::new(edition::site(&config, identity)),
            store,
            reader,
            config: Arc::clone(&config),
            memory: None,
            opens: None,
            edition: watch::Sender::new(Arc::new(Edition::after(known))),
            told,
            filed: Arc::new(Edition::default()),
            filed_loose: HashSet::new(),
            damaged: false,
            _lock: lock,
        };
        desk.configure(config, now)?;
        Ok(desk)
    }

    /// Takes a new configuration and builds the edition under it.
    pub fn configure(&mut self, config: Arc<Config>, now: Timestamp) -> Result<(), StoreError> {
        let identity = self.store.identity(&config.feed.url)?;
        let site = Arc::new(edition::site(&config, identity));
        self.store.shape(&site.fingerprint(), now)?;
        // The agenda is of one configuration.
        self.forget();
        self.store.take_views(site.views.clone())?;
        self.config = config;
        self.site = site;
        self.service.configured = Some(now);
        self.service.config = None;
        self.build()
    }

    /// Notes that the configuration on disk does not load: nothing that runs
    /// changes (law 9).
    pub fn refuse(&mut self, said: String, now: Timestamp) {
        suffers(&mut self.service.config, said, now);
    }

    /// The work of judging the ledger by the rules in force, if it was judged
    /// by others: for a thread of its own.
    pub fn rejudging(
        &self,
    ) -> Result<Option<impl FnOnce() -> Result<Rejudged, StoreError> + Send + use<>>, StoreError>
    {
        if self.reader.generation()? == Some(rejudge::generation(&self.config)) {
            return Ok(None);
        }
        let (reader, config) = (self.reader.another()?, Arc::clone(&self.config));
        Ok(Some(move || rejudge::ledger(&reader, &config)))
    }

    /// Puts what was judged anew into force, unless the rules have changed
    /// once more since.
    pub fn flip(&mut self, rejudged: &Rejudged, now: Timestamp) -> Result<Flipped, StoreError> {
        if rejudged.generation != rejudge::generation(&self.config) {
            return Ok(Flipped::default());
        }
        // The window does not hold what is gained.
        self.forget();
        rejudge::flip(&mut self.store, &self.config, rejudged, now)
    }

    /// Founds an empty database on what was published.
    pub fn rebuild(&mut self, published: &Published, now: Timestamp) -> Result<(), RebuildError> {
        self.forget();
        let generation = rejudge::generation(&self.config);
        care::rebuild(&mut self.store, published, &generation, now)
    }

    /// The configuration in force.
    pub fn config(&self) -> &Arc<Config> {
        &self.config
    }

    /// The present edition, and every later one.
    pub fn editions(&self) -> watch::Receiver<Arc<Edition>> {
        self.edition.subscribe()
    }

    /// The present report, and every later one.
    pub fn reports(&self) -> watch::Receiver<Arc<Report>> {
        self.report.subscribe()
    }

    /// Looks at how everything is, opens and closes incidents, and hands the
    /// report to whoever shows it. What has turned.
    pub fn review(&mut self, now: Timestamp) -> Vec<Turn> {
        self.service.disk = disk(&self.data);
        if !self.data.join(DATABASE).exists() {
            let said = format!(
                "{DATABASE} is gone from under the service: what was stored since the last backup \
                 ends with it"
            );
            suffers(&mut self.service.database, said, now);
        }
        // Also a probe: what could not be stored before tells whether it can
        // be stored now.
        self.write_turns(now);
        for trouble in [&mut self.service.database, &mut self.service.files] {
            if trouble.as_ref().is_some_and(|t| health::is_over(t, now)) {
                *trouble = None;
            }
        }
        let (whole, changes) = self.read_anew(now).unwrap_or_else(|error| {
            self.suffers(&error, now);
            // What was known last is better than nothing.
            (None, Changes::default())
        });
        let mut turns = Vec::new();
        // In its place, if nobody reads it right now: mostly nothing of it has
        // changed.
        self.report.send_modify(|report| {
            let report = Arc::make_mut(report);
            let shown = report.incidents.len();
            let is_whole = whole.is_some();
            match whole {
                Some(whole) => *report = whole,
                None => changes.tell(report, &self.config, now),
            }
            report.service = self.service.clone();
            turns = health::turns(report, &self.incidents, now);
            for turn in &turns {
                health::take(&mut self.incidents, turn);
            }
            self.incidents
                .retain(|incident| health::is_shown(incident, now));
            if is_whole || !turns.is_empty() || shown != self.incidents.len() {
                report.incidents = self.incidents.iter().rev().cloned().collect();
            }
        });
        self.unwritten.extend(turns.iter().cloned());
        self.write_turns(now);
        if self.report.borrow().service.database != self.service.database {
            let database = self.service.database.clone();
            self.report
                .send_modify(|report| Arc::make_mut(report).service.database = database);
        }
        let mut told = std::mem::take(&mut self.untold);
        told.append(&mut turns);
        told
    }

    /// What the report does not tell yet of what is stored: all of it, or what
    /// has changed.
    fn read_anew(&mut self, now: Timestamp) -> Result<(Option<Report>, Changes), StoreError> {
        let read = match self.changed.take() {
            Some(changed) => {
                let changes = Changes::read(&self.config, &self.reader, &changed, now)?;
                (None, changes)
            }
            None => {
                let (config, service) = (Some(&*self.config), self.service.clone());
                let whole = ledger::report(config, Some(&self.reader), service, now)?;
                (Some(whole), Changes::default())
            }
        };
        self.changed = Some(BTreeSet::new());
        Ok(read)
    }

    fn write_turns(&mut self, now: Timestamp) {
        if self.unwritten.is_empty() {
            return;
        }
        match self.store.turn(&self.unwritten) {
            Ok(()) => self.unwritten.clear(),
            Err(error) => self.suffers(&error, now),
        }
    }

    /// What was done since this was asked last, in a line for the log.
    pub fn summary(&mut self) -> String {
        let now = &self.service.counters;
        let before = std::mem::replace(&mut self.summed_up, now.clone());
        let polls = |counters: &Counters| counters.polls.values().sum::<u64>();
        let unchanged = |counters: &Counters| counters.polls.get("unchanged").copied();
        format!(
            "{} polls, {} unchanged, {} new items, {} stories published; {}",
            polls(now) - polls(&before),
            unchanged(now).unwrap_or(0) - unchanged(&before).unwrap_or(0),
            now.items - before.items,
            now.stories - before.stories,
            self.report.borrow().headline()
        )
    }

    /// Notes whether something could be stored.
    fn noted<T>(&mut self, done: Result<T, StoreError>, now: Timestamp) -> Result<T, StoreError> {
        if let Err(error) = &done {
            self.suffers(error, now);
        }
        done
    }

    /// Notes that the edition of what is committed is served, and how long
    /// after an answer that is.
    pub fn published(&mut self, took: Duration, after: Option<Duration>, now: Timestamp) {
        self.service.published = Some(now);
        let counters = &mut self.service.counters;
        counters.build.add(took);
        if let Some(after) = after {
            counters.publish.add(after);
        }
    }

    /// Commits the promises of what is due, and deals the errands.
    pub fn claim(&mut self, room: &Room<'_>, now: Timestamp) -> Result<Vec<Errand>, StoreError> {
        let recollected = self.recollect(now);
        let (window, mut agenda) = self.noted(recollected, now)?;
        let dealt = poll::claim(&mut self.store, &mut agenda, &self.config, room, now);
        let Dealt { errands, postponed } = self.noted(dealt, now)?;
        self.memory = Some((window, agenda));
        let asked = errands.iter().map(|errand| errand.source().clone());
        self.change(asked.chain(postponed));
        Ok(errands)
    }

    /// From when on requests may go out: for a moment after a start they wait
    /// for those of the process before.
    pub fn opens(&self) -> Timestamp {
        self.opens.unwrap_or(Timestamp::MIN)
    }

    /// Publishes what has waited long enough. The number of stories that
    /// change by it.
    pub fn ripen(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let ripe = poll::ripen(&mut self.store, now);
        let entered = self.noted(ripe, now)?;
        if entered > 0 {
            self.changed = None;
        }
        Ok(entered)
    }

    /// Gives up a little of what nobody needs any more. How long to wait
    /// before more.
    pub fn tidy(&mut self, now: Timestamp) -> Result<Duration, StoreError> {
        self.changed = None;
        let tidied = care::tidy(&mut self.store, &self.config, now);
        self.noted(tidied, now)
    }

    /// When the next backup is to be made by itself.
    pub fn backup_due(&self, now: Timestamp) -> Timestamp {
        backup::due(&self.data.join(backup::FOLDER), now)
    }

    /// The work of making a backup: for a thread of its own.
    pub fn backing_up(
        &self,
        now: Timestamp,
    ) -> Result<impl FnOnce() -> Result<PathBuf, BackupError> + Send + use<>, StoreError> {
        let (reader, folder) = (self.reader.another()?, self.data.join(backup::FOLDER));
        Ok(move || backup::backup(&reader, &folder, now))
    }

    /// Notes whether a backup could be made.
    pub fn backed_up(&mut self, trouble: Option<String>, now: Timestamp) {
        match trouble {
            Some(said) => suffers(&mut self.service.backup, said, now),
            None => self.service.backup = None,
        }
    }

    /// The work of looking at every page of the database: for a thread of its
    /// own.
    pub fn checking(
        &self,
    ) -> Result<impl FnOnce() -> Result<(), StoreError> + Send + use<>, StoreError> {
        let reader = self.reader.another()?;
        Ok(move || reader.quick_check())
    }

    /// Whether the database was found damaged: the service must end, and the
    /// next start puts the newest good backup in its place.
    pub fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// Notes what is wrong with the database, and whether it is damaged.
    pub fn suffers(&mut self, error: &StoreError, now: Timestamp) {
        suffers(&mut self.service.database, error.to_string(), now);
        if error.is_damage() && !self.damaged && backup::is_damaged(&self.data.join(DATABASE)) {
            self.damaged = true;
            backup::mark(&self.data, &error.to_string());
        }
    }

    /// Moves the promises with the clock, which was set by so much.
    pub fn clock_was_set(&mut self, by: SignedDuration) -> Result<(), StoreError> {
        self.forget();
        self.store.clock_was_set(by)
    }

    /// Applies what people decided since, and tells what came of it.
    pub fn decide(&mut self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let waiting = self.store.undecided()?;
        let accepted = self.store.accepted()?;
        if waiting.is_empty() && accepted.is_empty() {
            return Ok(Vec::new());
        }
        // The window does not know that items changed their stories.
        self.forget();
        let mut settling = self.store.begin(now)?;
        let mut told = Vec::new();
        for (number, decision) in waiting {
            let outcome = settling.one(|writing| writing.apply(number, &decision))?;
            let Decision { source, key, story } = decision;
            told.push(format!("{key} of {source} to story {story}: {outcome}"));
        }
        for (number, source) in accepted {
            let entered = settling.one(|writing| writing.release(number, &source, ONBOARDING))?;
            told.push(format!("{source} is accepted: {entered} stories enter"));
        }
        settling.commit()?;
        Ok(told)
    }

    /// Settles the answers that have arrived.
    pub fn settle(&mut self, answers: Vec<Answer>, now: Timestamp) -> Result<Settled, StoreError> {
        let recollected = self.recollect(now);
        let (mut window, mut agenda) = self.noted(recollected, now)?;
        for answer in &answers {
            self.service.counters.answer(answer);
        }
        self.change(answers.iter().map(|answer| answer.errand.source().clone()));
        let began = Instant::now();
        let settled = poll::settle(
            &mut self.store,
            &mut window,
            &mut agenda,
            &self.config,
            answers,
            now,
        );
        let settled = self.noted(settled, now)?;
        let counters = &mut self.service.counters;
        counters.commit.add(began.elapsed());
        for told in &settled.told {
            counters.items += told.written.new;
            counters.kept += told.written.kept;
            counters.near += told.written.near;
            counters.stories += told.written.entered;
        }
        counters.stories += settled
            .looked
            .iter()
            .map(|l| l.written.entered)
            .sum::<u64>();
        if let Some((_, error)) = settled.undone.first() {
            self.suffers(error, now);
        }
        if settled.undone.is_empty() {
            self.memory = Some((window, agenda));
        }
        Ok(settled)
    }

    /// When the next source or look is due or the next item has waited long
    /// enough, after `now`. What is due already waits for something else: one
    /// of the hosts that are `busy`, or a free slot.
    pub fn next_due(
        &self,
        busy: &HashSet<String>,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let agenda = self.memory.as_ref().map(|(_, agenda)| agenda);
        let polls = agenda.and_then(|agenda| agenda.next(busy, now));
        Ok(polls.into_iter().chain(self.store.next_wait(now)?).min())
    }

    /// Closes the archives that are due, builds the edition of what is
    /// committed, and hands it to the readers.
    pub fn build(&mut self) -> Result<(), StoreError> {
        if let Err(error) = self.close() {
            // Until they are kept their stories stay in the windows.
            tracing::warn!(%error, "archives cannot be closed yet");
        }
        let last = Arc::clone(&self.edition.borrow());
        let next = edition::build(&self.reader, &self.site, &last)?;
        let fresh = next.known().iter();
        let fresh = fresh.filter(|(path, known)| last.known().get(*path) != Some(known));
        self.store.know(fresh)?;
        self.edition.send_replace(Arc::new(next));
        Ok(())
    }

    /// What the hub does not know yet of the present edition.
    pub fn news(&self) -> News {
        let edition = self.edition.borrow();
        let feeds = edition.iter().filter(|sheet| sheet.format.is_feed());
        feeds
            .filter(|sheet| self.told.get(&sheet.path) != Some(&sheet.tag))
            .map(|sheet| Changed {
                path: sheet.path.clone(),
                tag: sheet.tag.clone(),
                address: sheet.address(&self.site),
            })
            .collect()
    }

    /// The hub knows of this now.
    pub fn told(&mut self, news: &News) -> Result<(), StoreError> {
        let told = || news.iter().map(|sheet| (&sheet.path, &sheet.tag));
        self.store.tell(told())?;
        self.told
            .extend(told().map(|(path, tag)| (path.clone(), tag.clone())));
        Ok(())
    }

    fn close(&mut self) -> Result<(), StoreError> {
        loop {
            let closed = edition::close(&self.reader, &self.site)?;
            if closed.is_empty() {
                return Ok(());
            }
            self.store.keep(&closed)?;
        }
    }

    /// Writes the present edition as files, and notes whether that could be
    /// done.
    pub fn file_noting(&mut self, now: Timestamp) -> Result<usize, DeskError> {
        let filed = self.file();
        if let Err(error) = &filed {
            suffers(&mut self.service.files, error.to_string(), now);
        }
        filed
    }

    /// Writes the present edition as files, if that is configured.
    pub fn file(&mut self) -> Result<usize, DeskError> {
        let Some(directory) = &self.config.publish else {
            return Ok(0);
        };
        let edition = Arc::clone(&self.edition.borrow());
        let mut output = Output::open(directory)?;
        // Under other settings a story's page is another.
        let is_same = |site: &Arc<Site>| Arc::ptr_eq(site, &self.site);
        let is_same = self.filed.site().is_some_and(is_same);
        let noted = self
            .reader
            .filed()?
            .filter(|noted| noted.directory == *directory);
        let changes = self.reader.changes()?;
        let since = noted.as_ref().map_or(changes, |noted| noted.changes);
        // Stories that have left the edition and changed since.
        let mut old = self.reader.changed(since)?;
        old.retain(|(id, ..)| !edition.stories().contains_key(id));
        let touched: HashSet<Period> = old
            .iter()
            .map(|(.., entered)| Period::month_of(*entered))
            .collect();
        self.filed_loose.retain(|loose| match loose {
            Loose::Archive(..) => true,
            Loose::Month(_, month) => is_same && !touched.contains(&month.period),
            Loose::Story(id, revision) => is_same && edition.stories().get(id) == Some(revision),
        });
        // What is linked comes before what links to it (S-29).
        for loose in edition::loose(&self.reader, &edition)? {
            if self.filed_loose.contains(&loose) {
                continue;
            }
            if let Loose::Month(view, month) = &loose {
                self.file_month(&mut output, view, month)?;
            } else if let Some(sheet) = edition::sheet(&self.reader, &self.site, &loose)? {
                output.sheet(&sheet)?;
            }
            self.filed_loose.insert(loose);
        }
        output.edition(&edition, &self.filed)?;
        // Their pages follow, though no sheet leads to them any more.
        for (id, revision, _) in old {
            match edition::sheet(&self.reader, &self.site, &Loose::Story(id, revision))? {
                Some(page) => output.sheet(&page)?,
                None => output.remove(&publish::page_of(id))?,
            }
        }
        let filed = Filed {
            directory: directory.clone(),
            changes,
            sheets: publish::names(&edition),
        };
        // What an edition before this one has left.
        let before = noted.iter().flat_map(|noted| &noted.sheets);
        for gone in before.filter(|name| !filed.sheets.contains(*name)) {
            output.remove(gone)?;
        }
        let written = output.finish()?;
        if noted.as_ref() != Some(&filed) {
            self.store.file(&filed)?;
        }
        self.filed = edition;
        Ok(written)
    }

    /// Writes the pages of a month, and removes those that it no longer has.
    fn file_month(&self, output: &mut Output, view: &str, month: &Month) -> Result<(), DeskError> {
        let has_page = |story| output.has(&publish::page_of(story));
        let sheets = edition::month(&self.reader, &self.site, view, month, &has_page)?;
        for sheet in &sheets {
            output.sheet(sheet)?;
        }
        let gone = (sheets.len() + 1..).map(|page| publish::month_of(view, month.period, page));
        for name in gone {
            if !output.has(&name) {
                break;
            }
            output.remove(&name)?;
        }
        Ok(())
    }

    /// Drops what is cached of the store, which changes in more than single
    /// sources.
    fn forget(&mut self) {
        self.memory = None;
        self.changed = None;
    }

    fn change(&mut self, sources: impl Iterator<Item = SourceKey>) {
        if let Some(changed) = &mut self.changed {
            changed.extend(sources);
        }
    }

    /// Takes the memory out; it is put back only if what follows succeeds.
    fn recollect(&mut self, now: Timestamp) -> Result<(Window, Agenda), StoreError> {
        match self.memory.take() {
            Some(memory) => Ok(memory),
            None => {
                // The agenda sets right what no longer holds.
                self.changed = None;
                let window = self.store.window(now)?;
                let agenda = Agenda::load(&mut self.store, &self.config, self.opens, now)?;
                self.opens.get_or_insert(agenda.opens());
                Ok((window, agenda))
            }
        }
    }
}

/// Sees to it that the database can be used. What was lost by it.
fn recover(data: &Path, now: Timestamp) -> Result<Option<Loss>, BackupError> {
    Ok(match backup::recover(data, DATABASE, now)? {
        Some(Recovery::Restored(said)) => {
            tracing::warn!("{said}");
            Some(Loss::SinceBackup(said))
        }
        Some(Recovery::Copied(said)) => {
            tracing::warn!("{said}");
            None
        }
        None => None,
    })
}

/// Notes trouble; what is known already keeps its beginning.
fn suffers(trouble: &mut Option<ServiceTrouble>, said: String, now: Timestamp) {
    let since = trouble.as_ref().map_or(now, |trouble| trouble.since);
    *trouble = Some(ServiceTrouble {
        since,
        last: now,
        said,
    });
}

/// Room for the data, as far as the system tells.
fn disk(data: &Path) -> Option<Disk> {
    let told = rustix::fs::statvfs(data).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(told.f_frsize);
    Some(Disk {
        free: bytes(told.f_bavail),
        size: bytes(told.f_blocks),
    })
}

/// Makes the data directory this process's own for as long as the lock lives.
pub fn lock(data: &Path) -> Result<Lock, DeskError> {
    let trouble = |source| DeskError::Directory {
        path: data.to_owned(),
        source,
    };
    std::fs::create_dir_all(data).map_err(trouble)?;
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(data.join(LOCK))
        .map_err(trouble)?;
    let mut locked = flock(&file, FlockOperation::NonBlockingLockExclusive);
    // Somebody may only be looking whether we run.
    for _ in 0..5 {
        if locked != Err(Errno::WOULDBLOCK) {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
        locked = flock(&file, FlockOperation::NonBlockingLockExclusive);
    }
    match locked {
        Ok(()) => {
            // A full disk does not keep the service from starting.
            drop(sign(&mut file));
            Ok(Lock(file))
        }
        Err(Errno::WOULDBLOCK) => {
            drop(file);
            Err(DeskError::Taken {
                path: data.to_owned(),
                process: holder(&data.join(LOCK)),
            })
        }
        Err(errno) => Err(trouble(errno.into())),
    }
}

/// Whether a service has the data directory.
pub fn is_running(data: &Path) -> bool {
    let looked =
        File::open(data.join(LOCK)).map(|file| flock(&file, FlockOperation::NonBlockingLockShared));
    matches!(looked, Ok(Err(Errno::WOULDBLOCK)))
}

/// Whether a service has ever had the data directory.
pub fn has_run(data: &Path) -> bool {
    data.join(LOCK).exists()
}

fn is_empty(database: &Path) -> bool {
    std::fs::metadata(database).map_or(true, |file| file.len() == 0)
}

/// A data directory that is ours, as long as this lives.
#[derive(Debug)]
pub struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // A process that we are just starting has a copy of the open file, so
        // that closing ours would not end it.
        if let Err(error) = flock(&self.0, FlockOperation::Unlock) {
            tracing::debug!(%error, "the data directory stays locked until the end");
        }
    }
}

/// The process that holds the lock. One that has only just taken it may not
/// have signed yet, and what one that is dead has signed does not count.
fn holder(lock: &Path) -> Option<u32> {
    for _ in 0..20 {
        let signed = std::fs::read_to_string(lock).unwrap_or_default();
        let process = signed.trim().parse::<u32>().ok();
        if process.is_some_and(|process| Path::new(&format!("/proc/{process}")).exists()) {
            return process;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    None
}

/// Tells in the lock who holds it.
fn sign(lock: &mut File) -> std::io::Result<()> {
    lock.set_len(0)?;
    writeln!(lock, "{}", std::process::id())
}
