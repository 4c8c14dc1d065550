//! What the ledger tells: the state of every source, and why any item is in
//! or out.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::config::{Config, Source};
use crate::health;
use crate::model::{
    DayOfPolls, LedgerSize, Move, Report, ServiceReport, SourceKey, SourceReport, SourceState,
    Target, WebUrl,
};
use crate::schedule::{self, Moved, Pace};
use crate::store::{Counts, Found, Reader, SourceRow, StoreError};
use crate::text;

/// The interval of a source whose pace is its own, where one is needed.
const USUAL: Duration = Duration::from_hours(1);

/// What is stored of one source, as far as a report needs it.
#[derive(Debug, Default)]
struct Stored {
    row: Option<SourceRow>,
    counts: Counts,
    day: DayOfPolls,
}

impl Stored {
    fn read(reader: &Reader, source: &SourceKey, now: Timestamp) -> Result<Self, StoreError> {
        Ok(Self {
            row: reader.source(source)?,
            counts: reader.counts_of(source)?,
            day: reader.polls_of_in(source, &day_to(now))?,
        })
    }

    fn read_all(reader: &Reader, now: Timestamp) -> Result<BTreeMap<SourceKey, Self>, StoreError> {
        let mut counts = reader.counts()?;
        let mut polls = reader.polls_in(&day_to(now))?;
        let stored = reader.sources()?.into_iter().map(|row| {
            let source = row.source.clone();
            let stored = Self {
                counts: counts.remove(source.as_str()).unwrap_or_default(),
                day: polls.remove(source.as_str()).unwrap_or_default(),
                row: Some(row),
            };
            (source, stored)
        });
        Ok(stored.collect())
    }

    fn report(&self, key: &SourceKey, source: Option<&Source>, now: Timestamp) -> SourceReport {
        let row = self.row.as_ref();
        let schedule = row.map(|row| &row.schedule);
        let gone = row.filter(|row| row.due.at >= schedule::NEVER);
        let enabled = source.is_none_or(|source| source.enabled);
        // What was said of another address, or of selectors that are no more,
        // does not count.
        let told = row.filter(|row| source.is_none_or(|source| source.epoch() == row.epoch));
        let failure = told.and_then(|row| row.failure_kind.clone());
        let mut report = SourceReport {
            source: key.clone(),
            title: source.map_or_else(|| key.to_string(), |source| source.title.clone()),
            state: SourceState::Off,
            since: None,
            wrong: gone
                .map(|row| row.due.why.clone())
                .or_else(|| told.and_then(|row| row.failure.clone())),
            todo: None,
            status: schedule
                .filter(|_| failure.as_deref() == Some("status"))
                .and_then(|schedule| schedule.status),
            failure,
            tries: told.map_or(0, |row| row.schedule.trouble.tries),
            well: schedule.map_or(0, |schedule| schedule.well),
            failing_since: told.and_then(|row| row.failing_since),
            failed_at: schedule.and_then(|schedule| schedule.failed_at),
            last_ok: row.and_then(|row| row.last_ok),
            every: match source.map(|source| source.pace) {
                Some(Pace::Every(every)) => every,
                Some(Pace::Auto) | None => USUAL,
            },
            next: row
                .filter(|_| enabled && gone.is_none())
                .map(|row| row.due.clone()),
            silent_from: schedule.and_then(|schedule| schedule.rhythm.silent_from()),
            newest: schedule.and_then(|schedule| schedule.rhythm.last()),
            gone: gone.and_then(|row| row.schedule.gone),
            moved: schedule
                .and_then(|schedule| schedule.moved.as_ref())
                .and_then(moved),
            missed_at: schedule.and_then(|schedule| schedule.missed_at),
            quarantine: row.and_then(|row| row.quarantine.clone()),
            rhythm: schedule.and_then(|schedule| schedule.rhythm.day()),
            items: self.counts.items,
            kept: self.counts.kept,
            near: self.counts.near,
            quarantined: self.counts.quarantined,
            day: self.day,
            skipped: told.map(|row| row.skipped.clone()).unwrap_or_default(),
            reading: told
                .filter(|_| source.is_none_or(|s| !matches!(s.target, Target::Feed(_))))
                .and_then(|row| row.reading.clone()),
        };
        if enabled {
            health::diagnose(&mut report, now);
        }
        report
    }
}

/// The last day. A clock that was set back leaves polls behind that are yet to
/// come by it.
fn day_to(now: Timestamp) -> RangeInclusive<Timestamp> {
    let day = SignedDuration::from_hours(24);
    now.checked_sub(day).unwrap_or(Timestamp::MIN)..=now
}

fn moved(moved: &Moved) -> Option<Move> {
    Some(Move {
        to: moved.to()?,
        since: moved.first(),
        times: moved.times(),
        proven: moved.is_proven(),
    })
}

/// The state of everything. Without a reader nothing has been polled yet;
/// without a configuration, because it does not load, every source that was
/// ever polled is told.
pub fn report(
    config: Option<&Config>,
    reader: Option<&Reader>,
    service: ServiceReport,
    now: Timestamp,
) -> Result<Report, StoreError> {
    let mut report = Report::empty(now);
    report.service = service;
    let mut stored = BTreeMap::new();
    if let Some(reader) = reader {
        stored = Stored::read_all(reader, now)?;
        Size::read(reader, config)?.tell(&mut report);
        let since = now.checked_sub(health::SHOWN).unwrap_or(Timestamp::MIN);
        report.incidents = reader.incidents(since)?;
        report.incidents.reverse();
    }
    report.sources = match config {
        Some(config) => config
            .sources
            .values()
            .map(|source| {
                let stored = stored.remove(&source.key).unwrap_or_default();
                stored.report(&source.key, Some(source), now)
            })
            .collect(),
        None => stored
            .iter()
            .map(|(source, stored)| stored.report(source, None, now))
            .collect(),
    };
    advise(&mut report, config);
    Ok(report)
}

/// What a report of the same configuration does not tell yet.
#[derive(Debug, Default)]
pub struct Changes {
    sources: BTreeMap<SourceKey, Stored>,
    size: Option<Size>,
}

impl Changes {
    /// Reads what is stored of these sources, which have changed since; of the
    /// others it must be the same.
    pub fn read(
        config: &Config,
        reader: &Reader,
        changed: &BTreeSet<SourceKey>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut sources = BTreeMap::new();
        for source in changed {
            sources.insert(source.clone(), Stored::read(reader, source, now)?);
        }
        let size = (!changed.is_empty()).then(|| Size::read(reader, Some(config)));
        Ok(Self {
            sources,
            size: size.transpose()?,
        })
    }

    /// Brings a report up to now. Of sources that have not changed the day of
    /// polls still ends when it was read.
    pub fn tell(&self, report: &mut Report, config: &Config, now: Timestamp) {
        report.at = now;
        for told in &mut report.sources {
            if let Some(stored) = self.sources.get(&told.source) {
                *told = stored.report(&told.source, config.sources.get(&told.source), now);
            } else if told.state != SourceState::Off {
                health::diagnose(told, now);
            }
        }
        if let Some(size) = self.size {
            size.tell(report);
            advise(report, Some(config));
        }
    }
}

/// How much there is.
#[derive(Clone, Copy, Debug)]
struct Size {
    stories: (u64, Option<Timestamp>),
    ledger: LedgerSize,
}

impl Size {
    fn read(reader: &Reader, config: Option<&Config>) -> Result<Self, StoreError> {
        Ok(Self {
            stories: reader.stories()?,
            ledger: reader.remembered(config.map(|config| config.keep))?,
        })
    }

    fn tell(self, report: &mut Report) {
        (report.stories, report.newest) = self.stories;
        report.ledger = self.ledger;
    }
}

/// Fills in what the admin should do.
fn advise(report: &mut Report, config: Option<&Config>) {
    let mut all = Vec::new();
    if let Some(config) = config {
        all = advice(config);
        all.extend(report.sources.iter().filter_map(|s| better(config, s)));
    }
    all.extend(report.sources.iter().flat_map(advice_on));
    report.advice = all;
}

/// What the admin should do about one source.
fn advice_on(report: &SourceReport) -> Vec<String> {
    let source = &report.source;
    let mut advice = Vec::new();
    if let Some(moved) = report.moved.as_ref().filter(|moved| moved.proven) {
        advice.push(format!(
            "source `{source}` has moved for good, and is polled there: write {} into feeds.toml",
            moved.to
        ));
    }
    if let Some(at) = report.missed_at {
        advice.push(format!(
            "source `{source}` may have lost items at {at}: its document held nothing known; \
             a shorter `every`, or \"auto\", lets documents overlap"
        ));
    }
    advice
}

/// The feed that is better than the page that names it.
fn better(config: &Config, source: &SourceReport) -> Option<String> {
    let feeds = &source.reading.as_ref()?.feeds;
    let known = |feed: &WebUrl| config.sources.values().any(|s| s.target.url() == feed);
    let feed = feeds.iter().find(|feed| !known(feed))?;
    Some(format!(
        "the page of `{}` names a feed, which is better than a page: {feed}",
        source.source
    ))
}

/// What the admin should do, whatever the sources do.
pub fn advice(config: &Config) -> Vec<String> {
    let mut advice = Vec::new();
    if config.feed.contact.is_none() {
        advice.push(
            "set `contact` in [feed]: publishers who see our requests cannot reach you".to_owned(),
        );
    }
    for source in config.sources.values() {
        if let Some(name) = text::url::secret_in(source.target.url()) {
            advice.push(format!(
                "the address of `{}` seems to hold a secret (`{name}`), so it is left out of what \
                 is published: if it may stand in a field of the request, use `secret`",
                source.key
            ));
        }
    }
    advice
}

/// The items that an address, an item key, a story id or words name.
pub fn why(reader: &Reader, query: &str, most: u32) -> Result<Vec<Found>, StoreError> {
    let canon = WebUrl::parse(query).map(|url| text::url::canon(&url));
    reader.find(query.trim(), canon.as_deref(), most)
}
