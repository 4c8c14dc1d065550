//! `feeds.toml`: read, checked and compiled. All mistakes are told at once,
//! each with its place; a configuration that does not load changes nothing
//! that runs (law 9).
//!
//! Each module owns the settings that it reads; what stands here assembles
//! them, so that nobody checks them again.

mod build;
mod changes;
mod include;
mod mistakes;
mod syntax;
mod table;
mod tables;
mod watch;

pub use build::SOURCES_AT_MOST;
pub use changes::Changes;
pub use mistakes::{Mistake, Mistakes};
pub use watch::Watched;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::mistakes::Wrong;
use self::table::At;
use crate::model::{SecretPlace, SourceKey, Target, WebUrl};
use crate::render::View;
use crate::{parse, schedule, story, topic};

/// A file larger than this is not somebody's configuration (H-77).
const FILE_AT_MOST: u64 = 4 * 1024 * 1024;

/// The JSON Schema of `feeds.toml`, for editors. A test holds it to what is
/// read here.
pub const SCHEMA: &str = include_str!("../feeds.schema.json");

/// A configuration that loaded.
#[derive(Clone, Debug)]
pub struct Config {
    /// What is published.
    pub feed: Feed,
    /// The topic's rules, for texts that belong to no source.
    pub rules: topic::Rules,
    /// The sources, by name: their order in the file does not matter (law 1).
    pub sources: BTreeMap<SourceKey, Source>,
    /// How long the text of items that are not about the topic is kept after
    /// their source last showed them.
    pub keep: Duration,
    /// The views that are published beside the main one and those of
    /// languages, in the order of the file.
    pub views: Vec<View>,
    /// Where the edition is served.
    pub listen: SocketAddr,
    /// Where the metrics are served, if anywhere: a loopback address.
    pub metrics: Option<SocketAddr>,
    /// Who is told of incidents.
    pub alert: Alert,
    /// Where the edition is written as files, if anywhere.
    pub publish: Option<PathBuf>,
}

/// Who is told of incidents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alert {
    /// A program and its arguments; empty: none.
    pub command: Vec<String>,
    /// An address that each turn of an incident is sent to.
    pub webhook: Option<WebUrl>,
}

/// What is published, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// The title of feed and page.
    pub title: String,
    /// Where the edition will be published; ends in a slash.
    pub url: WebUrl,
    /// Where publishers can reach the admin: `mailto:` or `http(s):`.
    pub contact: Option<String>,
    /// The language of the page's own words.
    pub language: String,
    /// The line about rights in the feed.
    pub rights: Option<String>,
    /// The WebSub hub that is told of changes.
    pub hub: Option<WebUrl>,
}

/// One source, compiled.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name: its key for ever.
    pub key: SourceKey,
    /// Its title: the outlet's name as readers see it.
    pub title: String,
    /// What is polled.
    pub target: Target,
    /// Whether it is polled.
    pub enabled: bool,
    /// How its documents are read.
    pub recipe: parse::Recipe,
    /// How its items are judged.
    pub rules: topic::Rules,
    /// How often it is polled.
    pub pace: schedule::Pace,
    /// The admin's reason for not asking `robots.txt` (F-33).
    pub robots: Option<String>,
    /// Which of its items have their article page read.
    pub look: schedule::Look,
    /// How its items are joined to stories.
    pub teller: story::Teller,
    /// How long its stories are held, so that others can tell them, too,
    /// before one is chosen to be shown.
    pub hold: Duration,
    /// Letters of the lead that are published.
    pub summary: usize,
    /// The line about rights in its entries.
    pub rights: Option<String>,
    /// Whether it may live at a private address: exactly that host (H-A6).
    pub allow_private: bool,
    /// Where the secret is that it wants to be told.
    pub secret: Option<SecretPlace>,
    /// The proxy through which it is asked (H-A7).
    pub proxy: Option<WebUrl>,
}

impl Source {
    /// What its validators stand for: address and recipe. When this changes,
    /// the next request is unconditional (F-05).
    pub fn epoch(&self) -> String {
        let mut hash = blake3::Hasher::new();
        hash.update(self.target.url().as_str().as_bytes());
        hash.update(b"\n");
        hash.update(self.recipe.fingerprint().as_bytes());
        hash.finalize().to_hex().chars().take(16).collect()
    }
}

/// One file of a configuration.
#[derive(Debug)]
struct File {
    /// Its name in messages.
    name: String,
    text: String,
}

impl File {
    fn read(path: &Path) -> Result<Self, Mistakes> {
        let bytes =
            bytes(path).map_err(|said| Mistakes::of_file(&path.display().to_string(), &said))?;
        Self::of(path, bytes)
    }

    fn of(path: &Path, bytes: Vec<u8>) -> Result<Self, Mistakes> {
        let name = path.display().to_string();
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { name, text }),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let wrong = Wrong {
                    span: at..at + 1,
                    said: "from here on this is no UTF-8".to_owned(),
                    help: Some("save the file as UTF-8".to_owned()),
                    secret: false,
                };
                let text = String::from_utf8_lossy(error.as_bytes());
                Err(Mistakes::place(vec![wrong], &text, &name))
            }
        }
    }
}

/// What is in a file, or why it cannot be read.
fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let size = std::fs::metadata(path).map(|file| file.len());
    if size.is_ok_and(|size| size > FILE_AT_MOST) {
        return Err("the file is larger than 4 MiB".to_owned());
    }
    std::fs::read(path).map_err(|error| error.to_string())
}

/// Reads the file, and those that it includes.
pub fn load(path: &Path) -> Result<Config, Mistakes> {
    of_file(path, File::read(path)?)
}

/// Reads the configuration that the file would be with this text.
pub fn edited(path: &Path, text: String) -> Result<Config, Mistakes> {
    let name = path.display().to_string();
    of_file(path, File { name, text })
}

/// What of the configuration in this file the rules of one source follow from,
/// as TOML: another program with it reads and judges what that source sends as
/// this one does.
pub fn tables_of(path: &Path, source: &SourceKey) -> Result<String, Mistakes> {
    let (files, wrongs, others) = files(path, File::read(path)?);
    let text = files.first().map_or("", |main| &*main.text);
    let main = Mistakes::place(wrongs, text, &path.display().to_string());
    let mistakes = Mistakes::together(std::iter::once(main).chain(others));
    if mistakes.iter().next().is_some() {
        return Err(mistakes);
    }
    Ok(tables::of(&files, source))
}

fn of_file(path: &Path, main: File) -> Result<Config, Mistakes> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let (files, wrongs, others) = files(path, main);
    let mut config = checked(&files, Some(folder), wrongs, others)?;
    if let Some(publish) = &mut config.publish {
        *publish = folder.join(&*publish);
    }
    Ok(config)
}

/// A file and those that it includes, what is wrong with their names, and what
/// keeps some of them from being read.
fn files(path: &Path, main: File) -> (Vec<File>, Vec<Wrong>, Vec<Mistakes>) {
    let folder = path.parent().unwrap_or(Path::new(""));
    let (included, mut wrongs) = include::all(&main.text, folder);
    let mut files = vec![main];
    let mut others = Vec::new();
    for At { value: path, span } in included {
        match bytes(&path).map(|bytes| File::of(&path, bytes)) {
            Ok(Ok(file)) => files.push(file),
            Ok(Err(mistakes)) => others.push(mistakes),
            Err(said) => wrongs.push(include::unread(span, &path, &said)),
        }
    }
    (files, wrongs, others)
}

/// Reads the text of a configuration; `file` is its name in messages. It
/// stands nowhere, so it can include nothing.
pub fn read(text: &str, file: &str) -> Result<Config, Mistakes> {
    let patterns = include::patterns(text).into_iter();
    let wrongs = patterns.map(|pattern| {
        let said = "nothing can be included here".to_owned();
        include::wrong(pattern.span, said)
    });
    let main = File {
        name: file.to_owned(),
        text: text.to_owned(),
    };
    checked(&[main], None, wrongs.collect(), Vec::new())
}

/// Builds the configuration of these files, the main one first. `wrongs` are
/// known of the main one already, `others` of files that are not among them.
fn checked(
    files: &[File],
    folder: Option<&Path>,
    wrongs: Vec<Wrong>,
    others: Vec<Mistakes>,
) -> Result<Config, Mistakes> {
    // As systemd hands them over, else beside the file.
    let handed = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    let beside = folder.map(|folder| folder.join("secrets"));
    let secrets: Vec<PathBuf> = handed.into_iter().chain(beside).collect();
    let (config, mut found) = build::config(files, &secrets);
    if let Some(main) = found.first_mut() {
        main.extend(wrongs);
    }
    let placed = files
        .iter()
        .zip(found)
        .map(|(file, wrongs)| Mistakes::place(wrongs, &file.text, &file.name));
    let mistakes = Mistakes::together(placed.chain(others));
    match config {
        Some(config) if mistakes.iter().next().is_none() => Ok(config),
        _ => Err(mistakes),
    }
}
