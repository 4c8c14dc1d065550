//! `try`: what a page or feed yields.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use jiff::Timestamp;
use tracing::warn;

use super::{Done, Ending, Places, counted, load, places, run, say};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::daemon;
use crate::model::WebUrl;
use crate::probe::{self, Replayed, Tried, TriedItem};
use crate::{schedule, topic};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Addresses or local files; also captures, which are replayed
    #[arg(required = true, value_name = "URL|FILE")]
    documents: Vec<String>,
    /// The address that local files came from: relative links are resolved
    /// against it, and a source at this address lends its selectors
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// One JSON object a document
    #[arg(long)]
    json: bool,
}

pub(super) fn run(places: &Places, args: &Args) -> Done {
    let config = rules(places)?;
    let url = match &args.url {
        None => None,
        Some(url) => Some(WebUrl::parse(url).ok_or_else(|| anyhow!("not a web address: {url}"))?),
    };
    let now = Clock::System.now();
    let mut good = true;
    for document in &args.documents {
        let mut told = Vec::new();
        let tried = if let Some(address) = WebUrl::parse(document) {
            say_if_early(places, &config, &address, now)?;
            let fetch = daemon::client(&config)?;
            run::wait_for(async { Ok(probe::address(&address, &config, &fetch, now).await) })?
        } else if let Some(capture) = probe::capture(Path::new(document)) {
            let Replayed { tried, remarks } = run::wait_for(async { Ok(capture.replay().await?) })?;
            told.extend(remarks);
            tried
        } else {
            probe::file(Path::new(document), url.as_ref(), &config, now)
        };
        good &= tried.error.is_none();
        if args.json {
            say(serde_json::to_string(&tried)?);
        } else {
            told.iter().for_each(say);
            tell(&tried, now);
        }
    }
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The configuration, or the defaults where there is none: one may try a feed
/// before there is a feeds.toml.
pub(super) fn rules(places: &Places) -> Result<Arc<Config>, Ending> {
    if places.config.is_none() && places::config(places).is_err() {
        return config::read("", "the defaults")
            .map(Arc::new)
            .map_err(Ending::from_config);
    }
    load(places)
}

/// A person may ask before the time that was promised to a source, and hears
/// that he does.
pub(super) fn say_if_early(
    places: &Places,
    config: &Config,
    address: &WebUrl,
    now: Timestamp,
) -> Result<(), Ending> {
    let mut sources = config.sources.values();
    let Some(source) = sources.find(|source| source.target.url() == address) else {
        return Ok(());
    };
    let Some(reader) = places::reader(places)? else {
        return Ok(());
    };
    let mut rows = reader.sources()?.into_iter();
    if let Some(row) = rows.find(|row| row.source == source.key)
        && let Ok(wait) = Duration::try_from(row.due.at.duration_since(now))
        && !wait.is_zero()
    {
        warn!(
            "{} is asked before its time, which is in {}",
            source.key,
            schedule::words(wait)
        );
    }
    Ok(())
}

/// What the items have, in one line.
fn sum(items: &[TriedItem]) -> String {
    let having = |has: fn(&TriedItem) -> bool| items.iter().filter(|item| has(item)).count();
    let dates: Vec<Timestamp> = items.iter().filter_map(TriedItem::published).collect();
    let day = |at: &Timestamp| at.strftime("%Y-%m-%d").to_string();
    let span = dates.iter().min().zip(dates.iter().max());
    let span = span.map(|(first, last)| format!(" from {} to {}", day(first), day(last)));
    let languages: BTreeSet<&str> = items.iter().filter_map(TriedItem::language).collect();
    let languages: Vec<&str> = languages.into_iter().collect();
    format!(
        "{} with a date{}, {} with a link, {} with a lead, {} with a byline, in {}",
        dates.len(),
        span.unwrap_or_default(),
        having(|item| item.link().is_some()),
        having(TriedItem::has_lead),
        having(TriedItem::has_byline),
        if languages.is_empty() {
            "no known language".to_owned()
        } else {
            languages.join(", ")
        }
    )
}

/// Prints what a document yields, as seen now.
pub(super) fn tell(tried: &Tried, now: Timestamp) {
    say(&tried.document);
    if let Some(error) = &tried.error {
        say(format_args!("  {error}"));
    }
    if let Some(forbidden) = &tried.forbidden {
        say(format_args!("  {forbidden}: the service would not read it"));
    }
    if let Some(format) = &tried.format {
        let title = tried.title.as_deref().unwrap_or("without a title");
        let language = tried.language.as_deref().unwrap_or("language not stated");
        say(format_args!(
            "  {format}, {title}, {language}: {}",
            counted(tried.items.len(), "item")
        ));
    }
    if !tried.items.is_empty() {
        say(format_args!("  {}", sum(&tried.items)));
    }
    let ahead = tried
        .items
        .iter()
        .filter(|item| item.published() > Some(now));
    let ahead = ahead.count();
    if ahead > 0 {
        say(format_args!(
            "  {} dated ahead of now: does the source need a `timezone`?",
            counted(ahead, "item")
        ));
    }
    for feed in &tried.feeds {
        say(format_args!("  it points to a feed: {feed}"));
    }
    for item in &tried.items {
        let date = item.published().map_or_else(
            || "undated".to_owned(),
            |at| at.strftime("%Y-%m-%d %H:%M").to_string(),
        );
        say(format_args!("  {date}  {}", item.title()));
        for line in topic::explain(item.verdict, &item.why).lines() {
            say(format_args!("      {line}"));
        }
    }
    for skipped in &tried.skipped {
        say(format_args!(
            "  left out: {}: {}",
            skipped.what, skipped.why
        ));
    }
}
