//! What the ledger tells: the state of every source, and why any item is in
//! or out.

use std::collections::HashMap;

use crate::config::Config;
use crate::model::{LedgerSize, Report, SourceReport, SourceState, Target, WebUrl};
use crate::schedule::{self, Moved};
use crate::store::{Found, Reader, SourceRow, StoreError};
use crate::text;

/// The state of everything. Without a reader nothing has been polled yet.
pub fn report(config: &Config, reader: Option<&Reader>) -> Result<Report, StoreError> {
    let rows = reader.map_or_else(|| Ok(Vec::new()), Reader::sources)?;
    let counts = reader.map_or_else(|| Ok(HashMap::default()), Reader::counts)?;
    let (stories, newest) = reader.map_or(Ok((0, None)), Reader::stories)?;
    let sources = config
        .sources
        .values()
        .map(|source| {
            let row = rows.iter().find(|row| row.source == source.key);
            let (items, kept) = counts.get(source.key.as_str()).copied().unwrap_or_default();
            let gone = row.filter(|row| row.due.at >= schedule::NEVER);
            let wrong = gone
                .map(|row| row.due.why.clone())
                .or_else(|| row.and_then(|row| row.failure.clone()));
            SourceReport {
                source: source.key.clone(),
                title: source.title.clone(),
                state: match (source.enabled, row, &wrong) {
                    (false, ..) => SourceState::Off,
                    (true, _, Some(_)) => SourceState::Failing,
                    (true, Some(row), None) if row.last_ok.is_some() => SourceState::Fine,
                    (true, ..) => SourceState::New,
                },
                wrong,
                failing_since: row.and_then(|row| row.failing_since),
                last_ok: row.and_then(|row| row.last_ok),
                next: row
                    .filter(|_| source.enabled && gone.is_none())
                    .map(|row| row.due.clone()),
                silent_from: row.and_then(|row| row.schedule.rhythm.silent_from()),
                items,
                kept,
                skipped: row.map(|row| row.skipped.clone()).unwrap_or_default(),
                reading: row
                    .filter(|_| !matches!(source.target, Target::Feed(_)))
                    .and_then(|row| row.reading.clone()),
            }
        })
        .collect::<Vec<_>>();
    let mut advice = advice(config);
    advice.extend(sources.iter().filter_map(|source| better(config, source)));
    Ok(Report {
        sources,
        stories,
        newest,
        advice: advice
            .into_iter()
            .chain(rows.iter().flat_map(advice_on))
            .collect(),
        ledger: reader.map_or_else(|| Ok(LedgerSize::default()), |r| r.size(config.keep))?,
    })
}

/// What the admin should do about one source.
fn advice_on(row: &SourceRow) -> Vec<String> {
    let source = &row.source;
    let mut advice = Vec::new();
    let moved = row.schedule.moved.as_ref();
    if let Some(to) = moved.filter(|moved| moved.is_proven()).and_then(Moved::to) {
        advice.push(format!(
            "source `{source}` has moved for good, and is polled there: write {to} into feeds.toml"
        ));
    }
    if let Some(at) = row.schedule.missed_at {
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
    advice
}

/// The items that an address, an item key, a story id or words name.
pub fn why(reader: &Reader, query: &str, most: u32) -> Result<Vec<Found>, StoreError> {
    let canon = WebUrl::parse(query).map(|url| text::url::canon(&url));
    reader.find(query.trim(), canon.as_deref(), most)
}
