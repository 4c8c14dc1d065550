//! `status`: the report, for eyes or for programs.

use std::process::ExitCode;

use jiff::Timestamp;

use super::{Done, Places, load, places, say};
use crate::clock::Clock;
use crate::ledger;
use crate::model::{LedgerSize, SourceReport};
use crate::schedule;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// One JSON object a source, then one for the whole
    #[arg(long)]
    json: bool,
}

pub(super) fn run(places: &Places, args: &Args) -> Done {
    let config = load(places)?;
    let reader = places::reader(places)?;
    let report = ledger::report(&config, reader.as_ref())?;
    if args.json {
        for source in &report.sources {
            say(serde_json::to_string(source)?);
        }
        say(serde_json::json!({
            "stories": report.stories,
            "newest": report.newest,
            "advice": report.advice,
            "ledger": report.ledger,
        }));
        return Ok(ExitCode::SUCCESS);
    }
    let now = Clock::System.now();
    for source in &report.sources {
        tell(source, now);
    }
    say(remembered(&report.ledger));
    let newest = report.newest.map_or_else(
        || "none yet".to_owned(),
        |at| format!("the newest {}", ago(at, now)),
    );
    say(format_args!("{} stories, {newest}", report.stories));
    for advice in &report.advice {
        say(format_args!("advice: {advice}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(source: &SourceReport, now: Timestamp) {
    let last = source.last_ok.map_or_else(
        || "never read".to_owned(),
        |at| format!("read {}", ago(at, now)),
    );
    say(format_args!(
        "{:<8} {:<20} {last}; {} items, {} kept",
        source.state.as_str(),
        source.source.as_str(),
        source.items,
        source.kept,
    ));
    if let Some(wrong) = &source.wrong {
        let since = source
            .failing_since
            .map_or_else(String::new, |at| format!(" (first {})", ago(at, now)));
        say(format_args!("         {wrong}{since}"));
    }
    if let Some(reading) = &source.reading {
        say(format_args!("         read by {}", reading.rung.as_str()));
    }
    for skipped in &source.skipped {
        say(format_args!(
            "         left out: {}: {}",
            skipped.what, skipped.why
        ));
    }
    if source.silent_from.is_some_and(|from| from <= now) {
        say("         quiet beyond its habit");
    }
    if let Some(next) = &source.next {
        say(format_args!(
            "         next {}: {}",
            ahead(next.at, now),
            next.why
        ));
    }
}

/// The size of the ledger, and what will be given up of it next.
fn remembered(ledger: &LedgerSize) -> String {
    let LedgerSize {
        items,
        given_up,
        polls,
        bytes,
        next_given_up,
    } = ledger;
    let next =
        next_given_up.map_or_else(String::new, |at| format!("; the oldest text goes {at:.0}"));
    format!(
        "the ledger: {items} items, {given_up} without their text; {polls} polls; {} KiB{next}",
        bytes / 1024
    )
}

fn ago(at: Timestamp, now: Timestamp) -> String {
    let gone = std::time::Duration::try_from(now.duration_since(at)).unwrap_or_default();
    format!("{} ago", schedule::words(gone))
}

fn ahead(at: Timestamp, now: Timestamp) -> String {
    match std::time::Duration::try_from(at.duration_since(now)) {
        Ok(wait) if wait.as_secs() > 0 => format!("in {}", schedule::words(wait)),
        _ => "now".to_owned(),
    }
}
