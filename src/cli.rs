//! Arguments in, text out. Answers go to stdout, everything else to stderr.
//! Exit codes: 0 done, 1 something failed, 2 wrong arguments, 75 another
//! instance runs, 78 the config does not load.

mod accept;
mod add;
mod append;
mod backup;
mod capture;
mod check;
mod demo;
mod doctor;
mod eval;
mod log;
mod opml;
mod places;
mod rebuild;
mod reload;
mod run;
mod status;
mod story;
mod terms;
mod trying;
mod vocabulary;
mod why;

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use anyhow::anyhow;
use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::config::{self, Config, Mistakes};
use crate::daemon::DeskError;

/// `EX_TEMPFAIL`: another instance runs.
const ANOTHER_RUNS: u8 = 75;

/// `EX_CONFIG`: the config does not load; systemd does not restart on it.
const BAD_CONFIG: u8 = 78;

/// Watches news sources, keeps what is about one topic, shows every story
/// once, and publishes one Atom feed.
///
/// Start with `scofeed demo`, which needs no network, or `scofeed run`, which
/// polls the sources in ./feeds.toml. Both say where to point a browser or a
/// feed reader.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    places: Places,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Args)]
#[expect(clippy::doc_markdown, reason = "these comments are printed by --help")]
struct Places {
    /// The configuration [default: ./feeds.toml, else the one in
    /// $CONFIGURATION_DIRECTORY, else in /etc/scofeed]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the database lives [default: $STATE_DIRECTORY, else
    /// /var/lib/scofeed for a config in /etc/scofeed, else `data` beside the
    /// config]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The service: poll, publish, serve
    ///
    /// Polls every source when it is due, publishes the merged feed, and
    /// serves it until Ctrl-C. A feeds.toml that has changed is read
    /// again, also on SIGHUP, all or nothing.
    Run(run::Args),
    /// The same service over made-up documents, without a network
    ///
    /// A loopback server of its own hands out documents of fictional outlets;
    /// everything else is what `run` does. Its data lives apart, in `demo`
    /// under the data directory.
    Demo(demo::Args),
    /// All mistakes of the configuration; then what it would change
    ///
    /// If the file is good, judges everything that is stored by its topic and
    /// prints what would be gained and lost, with the term that decides.
    /// Nothing is changed: the service does it when it reloads.
    Check(check::Args),
    /// What a page or feed yields; stores nothing
    ///
    /// Reads addresses or local files, and prints the items, their dates and
    /// the topic's verdicts with their reasons. A capture is replayed, without
    /// a network and by its own rules.
    Try(trying::Args),
    /// One poll of a source in a file, for a report of what is wrong
    ///
    /// Polls it once and prints what was asked and answered, what was found, and
    /// the tables of feeds.toml that its rules follow from. Secrets are left
    /// out; what stands in addresses stays. `try` replays it anywhere.
    Capture(capture::Args),
    /// Finds what to poll at an address, and adds it to feeds.toml
    ///
    /// Looks for a feed where the page names one and in the common places, for
    /// a list for machines, else for selectors that read the page. Shows what
    /// it would yield, and appends a [[source]]; all else in the file stays.
    Add(add::Args),
    /// The sources of a feed reader to feeds.toml, and back
    Opml(opml::Args),
    /// When an item was seen, its verdict, the exact words, where it is
    /// published
    Why(why::Args),
    /// Per source: its state in words, its last success, the next poll and
    /// why then
    Status(status::Args),
    /// Precision and recall on labelled JSON Lines
    Eval(eval::Args),
    /// The terms in force: the vocabulary's, less those removed, and your own
    Vocabulary(vocabulary::Args),
    /// The JSON Schema of feeds.toml, for editors
    ///
    /// Written beside it as feeds.schema.json, and named in its first line,
    /// `#:schema ./feeds.schema.json`, it lets an editor complete and check
    /// the file.
    Schema,
    /// Founds a lost database anew on what was published
    ///
    /// Reads our own feed and its archives, so that every story keeps its id,
    /// its date and its place, and no subscriber meets one twice.
    Rebuild(rebuild::Args),
    /// A copy of the database, made while it is used, and checked
    ///
    /// The service makes one a day by itself, in `backups` under the data
    /// directory, and keeps seven.
    Backup(backup::Args),
    /// Puts a backup in the database's place; the service must not run
    Restore(backup::RestoreArgs),
    /// What the service needs of its machine, and how to mend what is missing
    Doctor(doctor::Args),
    /// Believes a source again that is in quarantine
    ///
    /// What it sent meanwhile was held back; the ten newest of it are shown.
    Accept(accept::Args),
    /// What a story is made of, and repair by hand
    ///
    /// What is decided here is final: nothing that runs by itself changes it.
    Story(story::Args),
}

/// A command that ends badly, with its exit code.
#[derive(Debug)]
struct Ending {
    code: u8,
    why: Why,
}

/// Why a command ends badly.
#[derive(Debug)]
enum Why {
    Said(String),
    /// The configuration does not load.
    Mistakes(Mistakes),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(said) => f.write_str(said),
            Self::Mistakes(mistakes) => mistakes.fmt(f),
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Ending {
    fn from(error: E) -> Self {
        Self::said(1, format!("{:#}", error.into()))
    }
}

impl Ending {
    fn said(code: u8, said: String) -> Self {
        Self {
            code,
            why: Why::Said(said),
        }
    }

    fn from_desk(error: &DeskError) -> Self {
        let code = match error {
            DeskError::Taken { .. } => ANOTHER_RUNS,
            DeskError::Directory { .. }
            | DeskError::Store(_)
            | DeskError::Publish(_)
            | DeskError::Backup(_) => 1,
        };
        Self::said(code, error.to_string())
    }

    fn from_config(mistakes: Mistakes) -> Self {
        Self {
            code: BAD_CONFIG,
            why: Why::Mistakes(mistakes),
        }
    }
}

/// What a command comes to.
type Done = Result<ExitCode, Ending>;

/// The arguments: what man pages and completions are made of.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            // A closed stdout is nobody's mistake.
            drop(error.print());
            return ExitCode::from(code);
        }
    };
    let log = log::Log::start();
    let done = match cli.command {
        Command::Run(args) => run::run(&cli.places, &args),
        Command::Demo(args) => demo::run(&cli.places, &args),
        Command::Check(args) => check::run(&cli.places, &args),
        Command::Try(args) => trying::run(&cli.places, &args),
        Command::Capture(args) => capture::run(&cli.places, &args),
        Command::Add(args) => add::run(&cli.places, &args),
        Command::Opml(args) => opml::run(&cli.places, &args),
        Command::Why(args) => why::run(&cli.places, &args),
        Command::Status(args) => status::run(&cli.places, &args),
        Command::Eval(args) => eval::run(&cli.places, &args),
        Command::Vocabulary(args) => vocabulary::run(&cli.places, &args),
        Command::Schema => {
            say(config::SCHEMA.trim_end());
            Ok(ExitCode::SUCCESS)
        }
        Command::Rebuild(args) => rebuild::run(&cli.places, &args),
        Command::Backup(args) => backup::run(&cli.places, &args),
        Command::Restore(args) => backup::restore(&cli.places, &args),
        Command::Doctor(args) => Ok(doctor::run(&cli.places, &args)),
        Command::Accept(args) => accept::run(&cli.places, &args),
        Command::Story(args) => story::run(&cli.places, &args),
    };
    let done = done.and_then(|code| match UNSAID.get() {
        Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(anyhow!("the answer could not be written: {error}").into())
        }
        // A reader that went away is no mistake.
        _ => Ok(code),
    });
    match done {
        Ok(code) => code,
        Err(ending) => {
            log.last_words(&ending.why);
            ExitCode::from(ending.code)
        }
    }
}

fn load(places: &Places) -> Result<Arc<Config>, Ending> {
    let path = places::config(places)?;
    config::load(&path)
        .map(Arc::new)
        .map_err(Ending::from_config)
}

/// So many of something.
fn counted(number: usize, of: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {of}{ending}")
}

/// Why a line of the answer could not be written, as on a full disk or where
/// its reader went away.
static UNSAID: OnceLock<io::Error> = OnceLock::new();

/// Writes a line of the answer.
fn say(line: impl std::fmt::Display) {
    if let Err(error) = writeln!(io::stdout(), "{line}") {
        drop(UNSAID.set(error));
    }
}
