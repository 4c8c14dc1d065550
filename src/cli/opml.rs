//! `opml`: the sources of a feed reader to feeds.toml, and back (H-78).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow};

use super::append::{self, Addition, one_line, polling, quoted};
use super::{Done, Ending, Places, load, places, say};
use crate::config::{Config, SOURCES_AT_MOST};
use crate::model::{SourceKey, WebUrl};
use crate::text::markup::{self, Piece};
use crate::text::plain;
use crate::{fetch, parse, render};

/// A file larger than this is not somebody's list (H-78).
const FILE_AT_MOST: u64 = 16 * 1024 * 1024;

/// Outlines that are told of one by one.
const TOLD_AT_MOST: usize = 2 * SOURCES_AT_MOST;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Adds the feeds of an OPML file as sources
    ///
    /// Tells of each outline by its line what becomes of it, and appends a
    /// [[source]] for each feed that is new; all else in feeds.toml stays. No
    /// address is asked for: `scofeed try` shows what one yields.
    Import {
        /// What a feed reader has exported
        file: PathBuf,
        /// Shows what would be added, and changes nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Prints the sources that are on as OPML 2.0
    Export,
}

pub(super) fn run(places: &Places, args: &Args) -> Done {
    match &args.what {
        What::Import { file, dry_run } => {
            let path = places::config(places)?;
            let config = load(places)?;
            let new = import(&config, file)?;
            if new.is_empty() {
                say("nothing is added");
                return Ok(ExitCode::SUCCESS);
            }
            let tables: Vec<String> = new.iter().map(table).collect();
            let addition = Addition::new(&path, &tables.join("\n"))?;
            if *dry_run {
                addition.only_show();
            } else {
                addition.write()?;
            }
        }
        What::Export => {
            let config = load(places)?;
            let sources = config.sources.values().filter(|source| source.enabled);
            let sources = sources.map(|source| (&source.key, &*source.title, &source.target));
            let opml = render::opml(&config.feed.title, sources);
            say(String::from_utf8_lossy(&opml).trim_end());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// One entry of an OPML file.
#[derive(Debug)]
struct Outline {
    /// The line on which it begins, from 1.
    line: usize,
    title: String,
    /// The name that it had where `opml export` wrote it.
    name: Option<SourceKey>,
    /// The feed's address as written.
    feed: Option<String>,
}

/// What becomes of an outline.
#[derive(Debug)]
enum Fate {
    New(SourceKey),
    There(SourceKey),
    Twice(usize),
    Wrong(String),
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New(key) => write!(f, "new: source \"{key}\""),
            Self::There(key) => write!(f, "is there already: source \"{key}\""),
            Self::Twice(line) => write!(f, "the same feed as on line {line}"),
            Self::Wrong(why) => write!(f, "left out: {why}"),
        }
    }
}

/// A source that is to be added.
type New = (SourceKey, String, WebUrl);

/// The feeds of a file that are no sources yet. Tells what becomes of each.
fn import(config: &Config, file: &Path) -> Result<Vec<New>, Ending> {
    let bytes = read(file).with_context(|| file.display().to_string())?;
    let outlines =
        outlines(&parse::text(&bytes, None)).map_err(|why| anyhow!("{}: {why}", file.display()))?;
    let mut taken: BTreeSet<SourceKey> = config.sources.keys().cloned().collect();
    let mut seen: BTreeMap<WebUrl, usize> = BTreeMap::new();
    let mut new = Vec::new();
    for (number, outline) in outlines.iter().enumerate() {
        let (url, fate) = match address(outline, config) {
            Err(why) => (None, Fate::Wrong(why)),
            Ok(url) => {
                let fate = if let Some(source) = polling(&config.sources, &url) {
                    Fate::There(source.key.clone())
                } else if let Some(line) = seen.get(&url) {
                    Fate::Twice(*line)
                } else {
                    name(&taken, outline, &url)
                        .map_or_else(|| Fate::Wrong("it finds no name".to_owned()), Fate::New)
                };
                (Some(url), fate)
            }
        };
        if number < TOLD_AT_MOST {
            let title = one_line(&outline.title);
            say(format_args!("line {}: {title}: {fate}", outline.line));
        }
        if let (Some(url), Fate::New(key)) = (url, fate) {
            seen.insert(url.clone(), outline.line);
            taken.insert(key.clone());
            new.push((key, outline.title.clone(), url));
        }
        if taken.len() > SOURCES_AT_MOST {
            let most = format!("there may be {SOURCES_AT_MOST} sources");
            return Err(anyhow!("{most}, and with these there are more: nothing is added").into());
        }
    }
    if let Some(more) = outlines.len().checked_sub(TOLD_AT_MOST).filter(|m| *m > 0) {
        say(format_args!("and {more} more"));
    }
    Ok(new)
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = std::fs::File::open(file)?.take(FILE_AT_MOST + 1);
    file.read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_AT_MOST {
        return Err(anyhow!("the file is larger than 16 MiB"));
    }
    Ok(bytes)
}

/// The outlines of a file that are no folders, however deep they stand, if it
/// is an OPML file, and all of one.
fn outlines(text: &str) -> Result<Vec<Outline>, &'static str> {
    let mut pieces = markup::pieces(text);
    let mut is_opml = false;
    let mut is_whole = false;
    let mut outlines = Vec::new();
    let mut line = 1;
    loop {
        let rest = pieces.rest();
        let Some(piece) = pieces.next() else {
            break;
        };
        if let Piece::Close(name) = piece {
            is_whole |= name.eq_ignore_ascii_case("opml");
        }
        if let Piece::Open(tag) = piece {
            if tag.name.eq_ignore_ascii_case("opml") {
                is_opml = true;
                is_whole |= tag.empty;
            }
            let feed = tag.attribute("xmlUrl");
            let is_link = || tag.attribute("url").is_some();
            if tag.name.eq_ignore_ascii_case("outline") && (feed.is_some() || is_link()) {
                let named = tag.attribute(render::OPML_NAME);
                let title = tag.attribute("text").or_else(|| tag.attribute("title"));
                outlines.push(Outline {
                    line,
                    title: plain::line(&title.unwrap_or_default()),
                    name: named.and_then(|name| SourceKey::new(&name).ok()),
                    feed,
                });
            }
        }
        let read = rest.len() - pieces.rest().len();
        let read = rest.as_bytes().get(..read).unwrap_or_default();
        line += memchr::memchr_iter(b'\n', read).count();
    }
    match (is_opml, is_whole) {
        (true, true) => Ok(outlines),
        (true, false) => Err("the file ends in the middle: nothing is added"),
        (false, _) => Err("no OPML"),
    }
}

/// The address of an outline's feed, or why it cannot be a source.
fn address(outline: &Outline, config: &Config) -> Result<WebUrl, String> {
    let Some(typed) = &outline.feed else {
        return Err("a link, not a feed; `scofeed add` finds what to poll there".to_owned());
    };
    // An address without a scheme may hide a password, which is shown nowhere.
    let url = WebUrl::parse(typed).ok_or_else(|| "its address is no web address".to_owned())?;
    if url.is_sheet_of(&config.feed.url) {
        return Err("the feed that we publish ourselves".to_owned());
    }
    match fetch::refused(&url) {
        Some(why) => Err(why.to_string()),
        None => Ok(url),
    }
}

/// The name that it had, else the title where that is all ASCII, else the
/// host.
fn name(taken: &BTreeSet<SourceKey>, outline: &Outline, url: &WebUrl) -> Option<SourceKey> {
    let had = outline.name.as_ref().filter(|name| !taken.contains(*name));
    if let Some(name) = had {
        return Some(name.clone());
    }
    let title = &*outline.title;
    let host = url.as_url().host_str().unwrap_or_default();
    let host = host.trim_start_matches("www.");
    let slug = Some(append::slug(title)).filter(|slug| title.is_ascii() && !slug.is_empty());
    append::free(
        |name| taken.contains(name),
        &slug.unwrap_or_else(|| append::slug(host)),
    )
}

fn table((key, title, url): &New) -> String {
    let host = url.as_url().host_str().unwrap_or_default();
    let title = if title.is_empty() { host } else { title };
    [
        "[[source]]\n".to_owned(),
        append::line("name", &quoted(key.as_str()), ""),
        append::line("title", &quoted(&one_line(title)), ""),
        append::line("feed", &quoted(url.as_str()), ""),
    ]
    .concat()
}
