//! `status`: the report, for eyes or for programs.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use jiff::Timestamp;

use super::{BAD_CONFIG, Done, Ending, Places, UNSAID, places, say};
use crate::clock::Clock;
use crate::config::Config;
use crate::model::{LedgerSize, Report, ServiceReport, SourceReport, SourceState};
use crate::text::span::{ago, ahead, between, words};
use crate::text::width::{fitted, wrapped};
use crate::{config, daemon, ledger, serve};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// One JSON object a source, then one for the whole
    #[arg(long)]
    json: bool,
    /// Look again every two seconds, until Ctrl-C
    #[arg(long, conflicts_with = "json")]
    watch: bool,
}

/// How often `--watch` looks.
const AGAIN: Duration = Duration::from_secs(2);

/// Columns of any terminal.
const WIDTH: usize = 80;

/// Clears a terminal and begins at its top.
const CLEAR: &str = "\x1b[H\x1b[2J";

pub(super) fn run(places: &Places, args: &Args) -> Done {
    let is_terminal = io::stdout().is_terminal();
    let colours = is_terminal && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
    let path = places::config(places)?;
    loop {
        let loaded = config::load(&path);
        let data = places::data(places)?;
        let running = daemon::is_running(&data);
        let has_database = places::has_database(&data)?;
        let now = Clock::System.now();
        let heard = running.then(|| serve::reported(&data));
        let standstill =
            standstill(&data, running, has_database).or_else(|| hangs(heard.as_ref()?, now));
        let standstill = standstill.as_deref();
        let heard = heard.and_then(Result::ok);
        let report = report(places, loaded.as_ref().ok(), heard, has_database, now)?;
        // What runs is told also under a configuration that does not load.
        let is_told = loaded.is_ok() || has_database;
        if args.json && is_told {
            json(&report, running, standstill)?;
        } else if is_told {
            let clear = if args.watch && is_terminal { CLEAR } else { "" };
            say(format_args!(
                "{clear}{}",
                table(&report, standstill, colours)
            ));
        }
        if let Err(mistakes) = loaded {
            let keeps =
                "the configuration does not load: a service that runs keeps the last good one";
            return Err(Ending::said(BAD_CONFIG, format!("{mistakes}\n{keeps}")));
        }
        if !args.watch || UNSAID.get().is_some() {
            return Ok(ExitCode::SUCCESS);
        }
        std::thread::sleep(AGAIN);
    }
}

/// The report of what is stored, with what the service knows and may not be
/// able to store. What a configuration that it has not taken, or a directory
/// without its database, would make of it is not what it does.
fn report(
    places: &Places,
    config: Option<&Config>,
    heard: Option<Report>,
    has_database: bool,
    now: Timestamp,
) -> Result<Report, Ending> {
    let stored = |now| -> Result<Report, Ending> {
        let reader = places::reader(places)?;
        let service = ServiceReport::default();
        Ok(ledger::report(config, reader.as_ref(), service, now)?)
    };
    match heard {
        None => stored(now),
        Some(heard) if !has_database || config.is_none() || heard.service.config.is_some() => {
            Ok(heard)
        }
        // What has come since its last look is told as of then.
        Some(heard) => Ok(match stored(heard.at) {
            Ok(stored) => Report {
                service: heard.service,
                incidents: heard.incidents,
                at: now,
                ..stored
            },
            Err(_) => heard,
        }),
    }
}

/// What is to be said of a service that does not come round.
fn hangs(heard: &io::Result<Report>, now: Timestamp) -> Option<String> {
    let since = match heard {
        Ok(report) if serve::is_alive(report, now) => return None,
        Ok(report) => format!("it looked around last {}", ago(report.at, now)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => "it does not answer".to_owned(),
        Err(_) => return None,
    };
    Some(format!("the service hangs: {since}; start it again"))
}

/// What is to be said where nothing happens.
fn standstill(data: &Path, running: bool, has_database: bool) -> Option<String> {
    match (running, has_database) {
        (true, true) => None,
        (true, false) => Some(format!(
            "the database in {} is gone from under the service: start it again",
            data.display()
        )),
        (false, true) => Some(format!(
            "no service runs on {} now: this is how the last one left it",
            data.display()
        )),
        (false, false) if daemon::has_run(data) => Some(format!(
            "the database in {} is gone: the next start puts the newest backup in its place, if \
             there is one",
            data.display()
        )),
        (false, false) => Some(format!(
            "there is no database in {}: no service has run there yet",
            data.display()
        )),
    }
}

fn json(report: &Report, running: bool, standstill: Option<&str>) -> Result<(), Ending> {
    for source in &report.sources {
        say(serde_json::to_string(source)?);
    }
    say(serde_json::json!({
        "at": report.at,
        "running": running,
        "standstill": standstill,
        "headline": report.headline(),
        "stories": report.stories,
        "newest": report.newest,
        "advice": report.advice,
        "incidents": report.incidents,
        "ledger": report.ledger,
    }));
    Ok(())
}

/// The report in lines of 80 columns.
fn table(report: &Report, standstill: Option<&str>, colours: bool) -> String {
    let mut out = Lines::default();
    if let Some(standstill) = standstill {
        out.wrapped("", standstill);
    }
    if !report.sources.is_empty() {
        out.row("SOURCE", "STATE", "READ", "KEPT/SEEN", "NEXT");
    }
    for source in &report.sources {
        tell(&mut out, source, report, colours);
    }
    for incident in report.open() {
        let since = ago(incident.opened, report.at);
        out.wrapped("incident: ", &format!("{}, {since}", incident.title()));
        out.wrapped("  ", &incident.said);
        out.wrapped("  to do: ", &incident.todo);
    }
    for advice in &report.advice {
        out.wrapped("advice: ", advice);
    }
    out.wrapped("", &remembered(&report.ledger));
    let newest = report.newest.map_or_else(
        || "none yet".to_owned(),
        |at| format!("the newest {}", ago(at, report.at)),
    );
    let (headline, stories) = (report.headline(), report.stories);
    out.wrapped("", &format!("{headline}; {stories} stories, {newest}"));
    out.text.trim_end().to_owned()
}

fn tell(out: &mut Lines, source: &SourceReport, report: &Report, colours: bool) {
    let now = report.at;
    let read = source
        .last_ok
        .map_or_else(|| "never".to_owned(), |at| ago(at, now));
    let counts = format!("{}/{}", source.kept, source.items);
    let next = source.next.as_ref();
    let next_words = next.map(|next| format!("{}, {}", ahead(next.at, now), next.why));
    out.row(
        source.source.as_str(),
        source.state.as_str(),
        &read,
        &counts,
        &next_words.unwrap_or_default(),
    );
    if colours {
        out.colour(source.state);
    }
    if source.state.wants_a_look() {
        let since = source.since.map_or_else(String::new, |at| {
            format!(" (for {})", words(between(at, now)))
        });
        if let Some(wrong) = &source.wrong {
            out.wrapped("  ", &format!("{wrong}{since}"));
        } else if !since.is_empty() {
            out.wrapped("  ", &format!("{}{since}", source.state.as_str()));
        }
        if let Some(next) = next {
            out.wrapped("  next: ", &next.why);
        }
        if let Some(todo) = &source.todo {
            out.wrapped("  to do: ", todo);
        }
    }
    if let Some(reading) = &source.reading {
        out.wrapped("  ", &format!("read by {}", reading.rung.as_str()));
    }
    for skipped in &source.skipped {
        out.wrapped(
            "  left out: ",
            &format!("{}: {}", skipped.what, skipped.why),
        );
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

#[derive(Debug, Default)]
struct Lines {
    text: String,
}

impl Lines {
    fn row(&mut self, source: &str, state: &str, read: &str, counts: &str, next: &str) {
        let line = format!(
            "{} {} {} {counts:>10} {}",
            fitted(source, 20),
            fitted(state, 15),
            fitted(read, 11),
            fitted(next, 20),
        );
        self.line(line.trim_end());
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn wrapped(&mut self, head: &str, text: &str) {
        let indent = head.chars().take_while(|c| *c == ' ').count();
        let width = WIDTH - indent;
        let head = head.trim_start();
        for line in wrapped(&format!("{head}{text}"), width) {
            self.line(&format!("{}{line}", " ".repeat(indent)));
        }
    }

    /// Colours the last row by its state.
    fn colour(&mut self, state: SourceState) {
        let colour = match state {
            state if state.is_trouble() => 31,
            state if state.wants_a_look() => 33,
            SourceState::Fine => 32,
            _ => 90,
        };
        let word = state.as_str();
        let start = self.text.trim_end().rfind('\n').map_or(0, |at| at + 1);
        // Behind the name, which may itself be such a word.
        let row = self.text.split_off(start);
        let name: String = row.chars().take(20).collect();
        let rest: String = row.chars().skip(20).collect();
        let rest = rest.replacen(word, &format!("\x1b[{colour}m{word}\x1b[0m"), 1);
        self.text.push_str(&name);
        self.text.push_str(&rest);
    }
}
