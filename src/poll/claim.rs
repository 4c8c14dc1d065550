//! What is due, and for whom: the promise is committed before the request.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::host_that_counts;
use crate::config::{Config, Source};
use crate::model::{Due, Errand, Manners, Robots, SourceKey, Target, Validators, WebUrl};
use crate::schedule::{self, Late, Look, Memory, Pace};
use crate::store::{ClaimRow, DueLook, SourceMemory, Store, StoreError};

/// Due looks that are weighed at once; the rest waits its turn.
const LOOKS_WEIGHED: usize = 256;

/// `robots.txt` is asked again after this time (RFC 9309 section 2.4).
const ROBOTS_FOR: SignedDuration = SignedDuration::from_hours(24);

/// After a start no request goes out until the last claim of the process
/// before is this long ago: two requests to one host are two seconds apart
/// (C-14), and the last one may have waited two seconds for its turn.
const AFTER_START: SignedDuration = SignedDuration::from_secs(5);

/// When each source is due and which hosts rest: a cache of what is
/// committed, for one configuration.
#[derive(Debug)]
pub struct Agenda {
    entries: BTreeMap<SourceKey, Entry>,
    rests: HashMap<String, Timestamp>,
    opens: Timestamp,
}

#[derive(Debug)]
struct Entry {
    /// `None` if it was never asked.
    due: Option<Due>,
    /// Where it will be asked.
    url: WebUrl,
    /// The host whose politeness that uses up.
    host: Option<String>,
}

impl Entry {
    fn new(due: Option<Due>, url: WebUrl) -> Self {
        let host = host_that_counts(&url);
        Self { due, url, host }
    }

    fn due(&self) -> Timestamp {
        self.due.as_ref().map_or(Timestamp::MIN, |due| due.at)
    }
}

impl Agenda {
    /// Reads what is committed, and sets right what no longer holds: promises
    /// of a clock that was set back, and those that an edit of the
    /// configuration changes. `opened` is when the agenda before it opens: to
    /// read it again is no start.
    pub fn load(
        store: &mut Store,
        config: &Config,
        opened: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        store.clock_went_back(now)?;
        let memories = store.memories()?;
        let asked = store.asked()?;
        let last = memories.values().map(|memory| memory.asked_at).max();
        let opens = last
            .and_then(|last| last.checked_add(AFTER_START).ok())
            .unwrap_or(Timestamp::MIN);
        let mut entries = BTreeMap::new();
        let mut revised = Vec::new();
        for source in config.sources.values().filter(|source| source.enabled) {
            let stored = memories.get(&source.key);
            let entry = entry(source, stored, &asked, now);
            if let (Some(stored), Some(due)) = (stored, &entry.due)
                && stored.due != *due
            {
                revised.push((&source.key, due.clone()));
            }
            entries.insert(source.key.clone(), entry);
        }
        if !revised.is_empty() {
            store.claim(&[], &[], &revised, now)?;
        }
        Ok(Self {
            entries,
            rests: store.resting_hosts(now)?,
            opens: opened.map_or(opens, |opened| opened.min(opens)),
        })
    }

    /// From when on requests may go out, after a start.
    pub fn opens(&self) -> Timestamp {
        self.opens
    }

    /// When the next poll can be dealt, after `now`, whose host is not among
    /// the `busy`.
    pub fn next(&self, busy: &HashSet<String>, now: Timestamp) -> Option<Timestamp> {
        let free = self.entries.values().filter_map(|entry| {
            let host = entry.host.as_ref();
            let rests = host.and_then(|host| self.rests.get(host));
            let is_busy = host.is_some_and(|host| busy.contains(host));
            let earliest = rests.copied().unwrap_or(Timestamp::MIN).max(self.opens);
            (!is_busy).then(|| entry.due().max(earliest))
        });
        free.filter(|next| *next > now).min()
    }

    /// Takes over what a settlement decided.
    pub(super) fn settled(&mut self, source: &Source, memory: &Memory, due: Due) {
        // Who was switched off meanwhile has no entry.
        if let Some(entry) = self.entries.get_mut(&source.key) {
            *entry = Entry::new(Some(due), memory.address(source.target.url()));
        }
    }

    /// Takes over which hosts rest.
    pub(super) fn rest(&mut self, rests: HashMap<String, Timestamp>) {
        self.rests = rests;
    }

    fn resting(&self, now: Timestamp) -> HashSet<String> {
        let resting = self.rests.iter().filter(|(_, until)| **until > now);
        resting.map(|(host, _)| host.clone()).collect()
    }
}

fn entry(
    source: &Source,
    stored: Option<&SourceMemory>,
    asked: &HashMap<String, (Timestamp, Timestamp)>,
    now: Timestamp,
) -> Entry {
    let configured = source.target.url();
    let current = stored.filter(|stored| stored.epoch == source.epoch());
    let url = current.map_or_else(
        || configured.clone(),
        |current| current.schedule.address(configured),
    );
    let due = match (stored, current) {
        (_, Some(current)) => {
            let (memory, asked_at) = (&current.schedule, current.asked_at);
            let revised = schedule::revised(source.pace, &source.key, memory, asked_at);
            Some(revised.unwrap_or_else(|| current.due.clone()))
        }
        (Some(_), None) => Some(Due {
            at: now,
            why: "its address or the way it is read was edited".to_owned(),
        }),
        (None, None) => None,
    };
    // The address has heard from us: by this source at another interval, or
    // by another one, or before this one left it for a while (F-10).
    let least = match source.pace {
        Pace::Every(every) => every,
        Pace::Auto => schedule::AUTO_LEAST,
    };
    let not_before = asked.get(url.as_str()).and_then(|(at, promised)| {
        let least = at.checked_add(SignedDuration::try_from(least).ok()?).ok()?;
        let promised = Some(*promised).filter(|due| current.is_none() && *due < schedule::NEVER);
        Some(promised.map_or(least, |promised| promised.max(least)))
    });
    let due = match (due, not_before) {
        (due, Some(at)) if at > due.as_ref().map_or(now, |due| due.at) => Some(Due {
            at,
            why: if stored.is_some() && current.is_none() {
                "it was edited, but its address was asked lately and must rest until then"
            } else {
                "its address was asked lately and must rest until then"
            }
            .to_owned(),
        }),
        (due, _) => due,
    };
    Entry::new(due, url)
}

/// What can be dealt now.
#[derive(Debug)]
pub struct Room<'a> {
    /// The hosts with a request under way: a host gets one errand at a time
    /// (C-14).
    pub busy: &'a HashSet<String>,
    /// How many errands more.
    pub slots: usize,
    /// What to do with sources that an outage kept waiting.
    pub late: Late,
}

/// What came of a claim.
#[derive(Debug, Default)]
pub struct Dealt {
    /// The errands whose promises are committed.
    pub errands: Vec<Errand>,
    /// The sources that must wait longer.
    pub postponed: Vec<SourceKey>,
}

/// Chooses the due sources, then the due looks, whose hosts are free, commits
/// the promise for each, and deals their errands.
pub fn claim(
    store: &mut Store,
    agenda: &mut Agenda,
    config: &Config,
    room: &Room<'_>,
    now: Timestamp,
) -> Result<Dealt, StoreError> {
    if now < agenda.opens || room.slots == 0 {
        return Ok(Dealt::default());
    }
    let mut due: Vec<(&Source, &Entry)> = agenda
        .entries
        .iter()
        .filter(|(_, entry)| entry.due() <= now)
        .filter_map(|(key, entry)| Some((config.sources.get(key)?, entry)))
        .collect();
    // Who waits longest comes first; names decide the rest.
    due.sort_by_key(|(source, entry)| (entry.due(), &source.key));
    let looks = store.due_looks(now, LOOKS_WEIGHED)?;
    if due.is_empty() && looks.is_empty() {
        return Ok(Dealt::default());
    }
    let mut deal = Deal {
        room,
        resting: Arc::new(agenda.resting(now)),
        taken: HashSet::new(),
        polls: Vec::new(),
        later: Vec::new(),
        looks: Vec::new(),
        robots: None,
        now,
    };
    deal.polls(store, due)?;
    deal.looks(store, config, looks)?;
    deal.commit(store, agenda)
}

/// What is chosen in one round, before it is promised.
struct Deal<'a> {
    room: &'a Room<'a>,
    resting: Arc<HashSet<String>>,
    taken: HashSet<String>,
    polls: Vec<Poll<'a>>,
    later: Vec<(&'a SourceKey, Due)>,
    looks: Vec<(DueLook, Manners)>,
    /// What all hosts said within the last day, once somebody needs it.
    robots: Option<Arc<[Robots]>>,
    now: Timestamp,
}

struct Poll<'a> {
    source: &'a Source,
    epoch: String,
    errand: Errand,
    memory: Memory,
    promise: Due,
}

impl<'a> Deal<'a> {
    /// Takes the host of this address, if it is free.
    fn take(&mut self, url: &WebUrl) -> bool {
        host_that_counts(url).is_none_or(|host| {
            !self.room.busy.contains(&host)
                && !self.resting.contains(&host)
                && self.taken.insert(host)
        })
    }

    fn is_full(&self) -> bool {
        self.polls.len() + self.looks.len() == self.room.slots
    }

    fn polls(&mut self, store: &Store, due: Vec<(&'a Source, &Entry)>) -> Result<(), StoreError> {
        for (source, entry) in due {
            if self.is_full() {
                break;
            }
            let epoch = source.epoch();
            let stored = store.memory(&source.key)?;
            let current = stored.as_ref().filter(|stored| stored.epoch == epoch);
            if let (Some(current), Some(due)) = (current, &entry.due) {
                let late = if entry.url.is_loopback() {
                    Late::Now
                } else {
                    self.room.late
                };
                let memory = &current.schedule;
                let later = schedule::postponed(&source.key, memory, due, late, self.now);
                if let Some(later) = later {
                    self.later.push((&source.key, later));
                    continue;
                }
            }
            if !self.take(&entry.url) {
                continue;
            }
            let manners = match source.target {
                Target::Page(_) | Target::Json(_) => self.manners(store, source)?,
                // A feed is published to be polled, a sitemap, too.
                Target::Feed(_) | Target::Sitemap(_) => Manners {
                    resting: Arc::clone(&self.resting),
                    robots: None,
                },
            };
            let (validators, memory) = question(stored.as_ref(), &epoch, self.now);
            self.polls.push(Poll {
                promise: schedule::promise(source.pace, &source.key, &memory, self.now),
                errand: Errand::Poll {
                    source: source.key.clone(),
                    url: entry.url.clone(),
                    validators,
                    manners,
                },
                source,
                epoch,
                memory,
            });
        }
        Ok(())
    }

    fn looks(
        &mut self,
        store: &Store,
        config: &Config,
        due: Vec<DueLook>,
    ) -> Result<(), StoreError> {
        for look in due {
            if self.is_full() {
                break;
            }
            let source = config.sources.get(&look.source);
            let wanted = source.filter(|source| source.enabled && source.look != Look::Off);
            if let Some(source) = wanted
                && self.take(&look.url)
            {
                let manners = self.manners(store, source)?;
                self.looks.push((look, manners));
            }
        }
        Ok(())
    }

    /// What an errand must heed that scrapes, a list page or an article page:
    /// `robots.txt`, unless the admin gave a reason against it (F-33).
    fn manners(&mut self, store: &Store, source: &Source) -> Result<Manners, StoreError> {
        let robots = match &source.robots {
            Some(_reason) => None,
            None => Some(self.robots(store)?),
        };
        Ok(Manners {
            resting: Arc::clone(&self.resting),
            robots,
        })
    }

    /// Of all hosts: a redirect may lead to any of them.
    fn robots(&mut self, store: &Store) -> Result<Arc<[Robots]>, StoreError> {
        if let Some(robots) = &self.robots {
            return Ok(Arc::clone(robots));
        }
        let since = self.now.checked_sub(ROBOTS_FOR).unwrap_or(Timestamp::MIN);
        let robots: Arc<[Robots]> = store.robots(since)?.into();
        self.robots = Some(Arc::clone(&robots));
        Ok(robots)
    }

    /// Commits the promises; only then there are errands.
    fn commit(self, store: &mut Store, agenda: &mut Agenda) -> Result<Dealt, StoreError> {
        if self.polls.is_empty() && self.later.is_empty() && self.looks.is_empty() {
            return Ok(Dealt::default());
        }
        let claims: Vec<ClaimRow<'_>> = self.polls.iter().map(Poll::claim).collect();
        let again = |look: &DueLook| schedule::look_again(look.tries + 1, self.now);
        let looks: Vec<(i64, Timestamp)> = self
            .looks
            .iter()
            .map(|(look, _)| (look.seq, again(look)))
            .collect();
        store.claim(&claims, &looks, &self.later, self.now)?;
        let promised = self
            .polls
            .iter()
            .map(|poll| (&poll.source.key, &poll.promise));
        let later = self.later.iter().map(|(key, due)| (*key, due));
        for (key, due) in promised.chain(later) {
            if let Some(entry) = agenda.entries.get_mut(key) {
                entry.due = Some(due.clone());
            }
        }
        let looks = self.looks.into_iter().map(|(look, manners)| Errand::Look {
            source: look.source,
            item: look.item,
            url: look.url,
            manners,
        });
        let polls = self.polls.into_iter().map(|poll| poll.errand);
        Ok(Dealt {
            errands: polls.chain(looks).collect(),
            postponed: self.later.into_iter().map(|(key, _)| key.clone()).collect(),
        })
    }
}

impl Poll<'_> {
    fn claim(&self) -> ClaimRow<'_> {
        ClaimRow {
            source: &self.source.key,
            epoch: &self.epoch,
            url: self.errand.url(),
            due: &self.promise,
            schedule: &self.memory,
        }
    }
}

/// What a poll is asked with, and what to remember when it is claimed. A
/// source whose address or recipe changed begins anew; only its rhythm stays.
fn question(stored: Option<&SourceMemory>, epoch: &str, now: Timestamp) -> (Validators, Memory) {
    let Some(stored) = stored else {
        return <(Validators, Memory)>::default();
    };
    if stored.epoch != epoch {
        let memory = Memory {
            rhythm: stored.schedule.rhythm.clone(),
            ..Memory::default()
        };
        return (Validators::default(), memory);
    }
    let (validators, mut memory) = (stored.validators.clone(), stored.schedule.clone());
    if !memory.doubts_304(now) {
        return (validators, memory);
    }
    memory.full_at = Some(now);
    let only_the_hash = Validators {
        body: validators.body,
        ..Validators::default()
    };
    (only_the_hash, memory)
}
