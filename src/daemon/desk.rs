//! The desk: the one owner of the store, of the joiner's window and of the
//! present edition. Nobody else writes.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::care;
use crate::config::Config;
use crate::edition::{self, Loose};
use crate::model::{Answer, Decision, Errand};
use crate::poll::{self, Agenda, Room, Settled};
use crate::publish::{Output, PublishError};
use crate::rejudge::{self, Flipped, Rejudged};
use crate::render::{Edition, Site};
use crate::store::{Reader, Store, StoreError};
use crate::story::Window;

/// The database within the data directory.
pub const DATABASE: &str = "scofeed.db";

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
}

/// The only writer.
#[derive(Debug)]
pub struct Desk {
    /// Declared before the store, so that it is closed before it: the last
    /// connection to close brings the write-ahead log home, and this one
    /// cannot.
    reader: Reader,
    store: Store,
    config: Arc<Config>,
    site: Arc<Site>,
    /// Caches of what is committed: dropped when a write fails.
    memory: Option<(Window, Agenda)>,
    /// From when on requests may go out: they wait for a moment after a start.
    opens: Option<Timestamp>,
    edition: watch::Sender<Arc<Edition>>,
    /// The last edition that is in the output directory as files.
    filed: Arc<Edition>,
    /// What else is there.
    filed_loose: HashSet<Loose>,
    /// Held as long as the desk lives.
    _lock: File,
}

impl Desk {
    /// Opens the data directory, which becomes this process's own, and
    /// builds the edition of what is stored.
    pub fn open(config: Arc<Config>, data: &Path, now: Timestamp) -> Result<Self, DeskError> {
        let lock = lock(data)?;
        let store = Store::open(&data.join(DATABASE))?;
        let reader = store.reader()?;
        let mut desk = Self {
            site: Arc::new(edition::site(&config)),
            store,
            reader,
            config: Arc::clone(&config),
            memory: None,
            opens: None,
            edition: watch::Sender::new(Arc::new(Edition::default())),
            filed: Arc::new(Edition::default()),
            filed_loose: HashSet::new(),
            _lock: lock,
        };
        desk.configure(config, now)?;
        Ok(desk)
    }

    /// Takes a new configuration and builds the edition under it.
    pub fn configure(&mut self, config: Arc<Config>, now: Timestamp) -> Result<(), StoreError> {
        let site = Arc::new(edition::site(&config));
        self.store.shape(&site.fingerprint(), now)?;
        // The agenda is of one configuration.
        self.memory = None;
        self.store.take_views(site.views.clone())?;
        self.config = config;
        self.site = site;
        self.build()
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
        self.memory = None;
        rejudge::flip(&mut self.store, &self.config, rejudged, now)
    }

    /// The configuration in force.
    pub fn config(&self) -> &Arc<Config> {
        &self.config
    }

    /// The present edition, and every later one.
    pub fn editions(&self) -> watch::Receiver<Arc<Edition>> {
        self.edition.subscribe()
    }

    /// Commits the promises of what is due, and deals the errands.
    pub fn claim(&mut self, room: &Room<'_>, now: Timestamp) -> Result<Vec<Errand>, StoreError> {
        let (window, mut agenda) = self.recollect(now)?;
        let errands = poll::claim(&mut self.store, &mut agenda, &self.config, room, now)?;
        self.memory = Some((window, agenda));
        Ok(errands)
    }

    /// From when on requests may go out: for a moment after a start they wait
    /// for those of the process before.
    pub fn opens(&self) -> Timestamp {
        self.opens.unwrap_or(Timestamp::MIN)
    }

    /// Publishes what has waited long enough. The number of stories that
    /// enter by it.
    pub fn ripen(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        poll::ripen(&mut self.store, now)
    }

    /// Gives up a little of what nobody needs any more. How long to wait
    /// before more.
    pub fn tidy(&mut self, now: Timestamp) -> Result<Duration, StoreError> {
        care::tidy(&mut self.store, &self.config, now)
    }

    /// Moves the promises with the clock, which was set by so much.
    pub fn clock_was_set(&mut self, by: SignedDuration) -> Result<(), StoreError> {
        self.memory = None;
        self.store.clock_was_set(by)
    }

    /// Applies what people decided since, and tells what came of it.
    pub fn decide(&mut self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let waiting = self.store.undecided()?;
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        // The window does not know that items changed their stories.
        self.memory = None;
        let mut settling = self.store.begin(now)?;
        let mut told = Vec::new();
        for (number, decision) in waiting {
            let outcome = settling.one(|writing| writing.apply(number, &decision))?;
            let Decision { source, key, story } = decision;
            told.push(format!("{key} of {source} to story {story}: {outcome}"));
        }
        settling.commit()?;
        Ok(told)
    }

    /// Settles the answers that have arrived.
    pub fn settle(&mut self, answers: Vec<Answer>, now: Timestamp) -> Result<Settled, StoreError> {
        let (mut window, mut agenda) = self.recollect(now)?;
        let settled = poll::settle(
            &mut self.store,
            &mut window,
            &mut agenda,
            &self.config,
            answers,
            now,
        )?;
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
        self.edition.send_replace(Arc::new(next));
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
        self.filed_loose.retain(|loose| match loose {
            Loose::Archive(..) => true,
            Loose::Story(id, revision) => is_same && edition.stories().get(id) == Some(revision),
        });
        // What is linked comes before what links to it (S-29).
        for loose in edition::loose(&self.reader, &edition)? {
            if !self.filed_loose.contains(&loose) {
                if let Some(sheet) = edition::sheet(&self.reader, &self.site, &loose)? {
                    output.sheet(&sheet)?;
                }
                self.filed_loose.insert(loose);
            }
        }
        output.edition(&edition, &self.filed)?;
        let written = output.finish()?;
        self.filed = edition;
        Ok(written)
    }

    /// Takes the memory out; it is put back only if what follows succeeds.
    fn recollect(&mut self, now: Timestamp) -> Result<(Window, Agenda), StoreError> {
        match self.memory.take() {
            Some(memory) => Ok(memory),
            None => {
                let window = self.store.window(now)?;
                let agenda = Agenda::load(&mut self.store, &self.config, now)?;
                self.opens.get_or_insert(agenda.opens());
                Ok((window, agenda))
            }
        }
    }
}

fn lock(data: &Path) -> Result<File, DeskError> {
    let trouble = |source| DeskError::Directory {
        path: data.to_owned(),
        source,
    };
    std::fs::create_dir_all(data).map_err(trouble)?;
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(data.join("lock"))
        .map_err(trouble)?;
    match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {
            // A full disk does not keep the service from starting.
            drop(sign(&mut file));
            Ok(file)
        }
        Err(rustix::io::Errno::WOULDBLOCK) => {
            let signed = std::io::read_to_string(file).ok();
            Err(DeskError::Taken {
                path: data.to_owned(),
                process: signed.and_then(|signed| signed.trim().parse().ok()),
            })
        }
        Err(errno) => Err(trouble(errno.into())),
    }
}

/// Tells in the lock who holds it.
fn sign(lock: &mut File) -> std::io::Result<()> {
    lock.set_len(0)?;
    writeln!(lock, "{}", std::process::id())
}
