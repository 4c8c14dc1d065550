//! `check`: all mistakes of the configuration; if there are none, what it
//! would change in what is stored.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use super::{Done, Places, counted, load, places, say, terms};
use crate::config::{Config, Source};
use crate::fetch;
use crate::ledger;
use crate::model::{Reason, SourceKey, Verdict};
use crate::rejudge::{self, Change, Rejudged};
use crate::schedule::Pace;
use crate::store::Reader;
use crate::topic;

/// A source that is polled less often is rather meant to rest.
const EVERY_AT_MOST: Duration = Duration::from_hours(30 * 24);

/// Items listed of either kind, unless all are asked for.
const LISTED: usize = 40;

#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own, in any combination"
)]
pub(super) struct Args {
    /// Fail if the edit would add and remove more than this share of what is
    /// kept, such as 30%
    #[arg(long, value_name = "SHARE", value_parser = share)]
    max_change: Option<u32>,
    /// Also list the items that are nearly about the topic: a weak term
    /// without context
    #[arg(long)]
    near: bool,
    /// Also tell what the terms do: which never matched, which matched and
    /// never decided, which alone speak for doubtful items
    #[arg(long)]
    terms: bool,
    /// List everything, not only the newest items and your own terms
    #[arg(long)]
    all: bool,
    /// One JSON object a changed item, then one for the whole; then one a
    /// nearly kept item, one a term, if these are asked for
    #[arg(long)]
    json: bool,
}

fn share(text: &str) -> Result<u32, String> {
    text.trim_end_matches('%')
        .parse()
        .map_err(|_| "a share in per cent, such as 30%".to_owned())
}

pub(super) fn run(places: &Places, args: &Args) -> Done {
    let config = load(places)?;
    let reader = places::reader(places)?;
    let rejudged = match &reader {
        Some(reader) => rejudge::ledger(reader, &config)?,
        None => Rejudged::default(),
    };
    if args.json {
        tell_json(&rejudged)?;
    } else {
        tell(&config, &rejudged, args.all);
    }
    if let (true, Some(reader)) = (args.near, &reader) {
        near(&config, reader, args)?;
    }
    if let (true, Some(reader)) = (args.terms, &reader) {
        terms::tell(&config, reader, args.all, args.json)?;
    }
    Ok(match args.max_change {
        Some(most) if too_much(&rejudged, most) => {
            drop(std::io::Write::write_fmt(
                &mut std::io::stderr(),
                format_args!("the edit changes more than {most}% of what is kept\n"),
            ));
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    })
}

/// Whether the changes are more than `most` per cent of what is kept. Where
/// nothing is kept yet, nothing can be lost.
fn too_much(rejudged: &Rejudged, most: u32) -> bool {
    let changes = rejudged
        .changes
        .iter()
        .filter(|c| c.gains() || c.loses())
        .count() as u64;
    rejudged.kept > 0 && changes * 100 > u64::from(most) * rejudged.kept
}

fn tell(config: &Config, rejudged: &Rejudged, all: bool) {
    let on = config.sources.values().filter(|s| s.enabled).count();
    let off = config.sources.len() - on;
    say(format_args!(
        "the configuration is good: {} on, {off} off",
        counted(on, "source")
    ));
    match (on, off) {
        (0, 0) => say(
            "nothing is polled: there is no [[source]]. A service that polls some takes such a \
             file for one that was cut, and keeps them",
        ),
        (0, _) => say("nothing is polled: no [[source]] is on"),
        _ => {}
    }
    for advice in ledger::advice(config) {
        say(format_args!("advice: {advice}"));
    }
    for doubt in doubts(config) {
        say(format_args!("warning: {doubt}"));
    }
    if rejudged.items == 0 {
        return;
    }
    let (gained, lost) = (gained(rejudged), lost(rejudged));
    say(format_args!(
        "of {} stored items {} are kept; with this topic: +{} −{}",
        rejudged.items,
        rejudged.kept,
        gained.len(),
        lost.len()
    ));
    let mut sources: BTreeMap<&SourceKey, (usize, usize)> = BTreeMap::new();
    for change in &gained {
        sources.entry(&change.row.source).or_default().0 += 1;
    }
    for change in &lost {
        sources.entry(&change.row.source).or_default().1 += 1;
    }
    for (source, (more, less)) in sources {
        say(format_args!("  {:<20} +{more} −{less}", source.as_str()));
    }
    for (sign, changes) in [('+', gained), ('−', lost)] {
        let most = if all { usize::MAX } else { LISTED };
        for change in changes.iter().take(most) {
            tell_change(sign, change);
        }
        if changes.len() > most {
            say(format_args!(
                "{sign} … and {} more: --all lists them",
                changes.len() - most
            ));
        }
    }
}

/// What loads and may still not be meant, or not work.
fn doubts(config: &Config) -> Vec<String> {
    let program = config.alert.command.first().map(Path::new);
    let missing = program.filter(|program| program.is_absolute() && !program.exists());
    let alert = missing.map(|program| format!("{} in [alert] is not there", program.display()));
    let sources = config.sources.values().flat_map(doubts_on);
    alert.into_iter().chain(sources).collect()
}

fn doubts_on(source: &Source) -> impl Iterator<Item = String> {
    let key = &source.key;
    let url = source.target.url();
    let is_plain = !source.allow_private && source.proxy.is_none() && !url.is_loopback();
    let refused = is_plain.then(|| fetch::refused(url)).flatten().map(|why| {
        format!("source `{key}`: {why}; if that is meant, give it `allow_private = true`")
    });
    let rare = matches!(source.pace, Pace::Every(every) if every > EVERY_AT_MOST);
    let rare = rare.then(|| {
        format!("source `{key}` is polled less than once in 30 days: `enabled = false` rests it")
    });
    let secret = source.secret.as_ref().filter(|secret| {
        let mut files = secret
            .folders
            .iter()
            .map(|folder| folder.join(&secret.name));
        files.all(|file| matches!(file.try_exists(), Ok(false)))
    });
    let secret = secret.map(|secret| {
        let folders = secret
            .folders
            .iter()
            .map(|folder| folder.display().to_string());
        let folders: Vec<String> = folders.collect();
        format!(
            "source `{key}`: its secret `{}` is not in {}; systemd may hand it to the service \
             (`LoadCredential=`)",
            secret.name,
            folders.join(" or ")
        )
    });
    refused.into_iter().chain(rare).chain(secret)
}

fn tell_change(sign: char, change: &Change) {
    let row = &change.row;
    say(format_args!(
        "{sign} {}  {}  {}",
        change.date().strftime("%Y-%m-%d"),
        row.source,
        row.item.title
    ));
    say(format_args!("    {}", decisive(&change.reasons)));
}

/// The occurrence that decides, in one line.
fn decisive(reasons: &[Reason]) -> String {
    let Some(reason) = reasons.first() else {
        return "no term of the topic occurs any more".to_owned();
    };
    topic::explain(Verdict::Keep, std::slice::from_ref(reason))
        .lines()
        .nth(1)
        .unwrap_or_default()
        .trim_start()
        .to_owned()
}

fn tell_json(rejudged: &Rejudged) -> Result<(), serde_json::Error> {
    for change in &rejudged.changes {
        let row = &change.row;
        say(serde_json::to_string(&serde_json::json!({
            "source": row.source,
            "key": row.item.key,
            "title": row.item.title,
            "link": row.item.link,
            "date": change.date(),
            "was": row.verdict,
            "verdict": change.verdict,
            "why": change.reasons,
        }))?);
    }
    say(serde_json::json!({
        "items": rejudged.items,
        "kept": rejudged.kept,
        "gained": gained(rejudged).len(),
        "lost": lost(rejudged).len(),
    }));
    Ok(())
}

/// Newest first.
fn gained(rejudged: &Rejudged) -> Vec<&Change> {
    newest_first(rejudged.changes.iter().filter(|c| c.gains()).collect())
}

fn lost(rejudged: &Rejudged) -> Vec<&Change> {
    newest_first(rejudged.changes.iter().filter(|c| c.loses()).collect())
}

fn newest_first(mut changes: Vec<&Change>) -> Vec<&Change> {
    changes.sort_by_key(|change| std::cmp::Reverse((change.date(), change.row.seq)));
    changes
}

fn near(config: &Config, reader: &Reader, args: &Args) -> Result<(), super::Ending> {
    let mut near = Vec::new();
    reader.ledger(0..i64::MAX, |row| {
        if let Some(source) = config.sources.get(&row.source) {
            let (verdict, reasons) = topic::judge(&rejudge::rules(source, row.looked), &row.item);
            if verdict == Verdict::Near {
                near.push((row, reasons));
            }
        }
    })?;
    if args.json {
        for (row, reasons) in near.iter().rev() {
            say(serde_json::json!({
                "source": row.source,
                "key": row.item.key,
                "title": row.item.title,
                "link": row.item.link,
                "verdict": Verdict::Near,
                "why": reasons,
            }));
        }
        return Ok(());
    }
    say(format_args!("{} nearly about the topic", near.len()));
    let most = if args.all { usize::MAX } else { LISTED };
    for (row, reasons) in near.iter().rev().take(most) {
        say(format_args!("~ {}  {}", row.source, row.item.title));
        say(format_args!("    {}", decisive(reasons)));
    }
    Ok(())
}
