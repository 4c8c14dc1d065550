//! The built program as a person, a script or systemd meets it: arguments and
//! exit codes, what goes to stdout and what to stderr, signals and kills.
//!
//! Nothing here sleeps: a test waits for a line of the log, an answer over
//! HTTP or the end of the process. `PATIENCE` is only how long a broken
//! program may hold a test up.

// So that clippy knows the helpers, too, for test code.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(30);

/// A made-up feed: one item of each verdict, and one that is no item.
const STEPPE: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0">
<channel>
<title>Steppe Courier</title>
<link>https://steppe.example/</link>
<language>en</language>
<item>
 <title>Shanghai Cooperation Organisation opens a school of translators</title>
 <link>https://steppe.example/school?utm_source=rss</link>
 <guid>steppe-1</guid>
 <author>aigerim@steppe.example (Aigerim Novak)</author>
 <category>Education</category>
 <pubDate>Tue, 24 Nov 2026 10:00:00 +0600</pubDate>
 <description>The first forty students will learn four languages.</description>
</item>
<item>
 <title>Village choir wins a prize</title>
 <link>https://steppe.example/choir</link>
 <guid>steppe-2</guid>
 <pubDate>Tue, 24 Nov 2026 09:00:00 +0600</pubDate>
</item>
<item>
 <title>SCO to be renamed, says nobody</title>
 <link>https://steppe.example/renamed</link>
 <guid>steppe-3</guid>
 <pubDate>Tue, 24 Nov 2026 08:00:00 +0600</pubDate>
</item>
<item><guid>steppe-4</guid></item>
</channel>
</rss>
"#;

/// A directory with what one run of the program needs.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> &Self {
        fs::write(self.path(name), text).unwrap();
        self
    }

    /// A feeds.toml with these sources at `origin`, which listens anywhere.
    fn config(&self, origin: &Origin, sources: &[&str]) -> &Self {
        let head = "[feed]\ntitle = \"Test\"\ncontact = \"mailto:editor@desk.example\"\n\
                    [server]\nlisten = \"127.0.0.1:0\"\n"
            .to_owned();
        let tables = sources.iter().map(|source| {
            let url = format!("{}/{source}", origin.address);
            format!("[[source]]\nname = \"{source}\"\nfeed = \"{url}\"\nallow_private = true\n")
        });
        self.write(
            "feeds.toml",
            &tables.fold(head, |text, table| text + &table),
        )
    }

    /// The program in this directory, free of what the caller's environment
    /// might say to it.
    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_scofeed"));
        command.args(arguments);
        command
    }

    /// Any program, likewise.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.0.path());
        for variable in [
            "CONFIGURATION_DIRECTORY",
            "JOURNAL_STREAM",
            "NOTIFY_SOCKET",
            "RUST_LOG",
            "STATE_DIRECTORY",
            "WATCHDOG_PID",
            "WATCHDOG_USEC",
        ] {
            command.env_remove(variable);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.program(arguments))
    }

    fn start(&self, arguments: &[&str]) -> Running {
        Running::start(&mut self.program(arguments))
    }
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    fn of(command: &mut Command) -> Self {
        let output = command.stdin(Stdio::null()).output().unwrap();
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The objects on stdout, one a line.
    fn json(&self) -> Vec<Value> {
        let lines = self.out.lines();
        lines
            .map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}")))
            .collect()
    }
}

/// The service while it runs; killed when it is dropped.
struct Running {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        Self::with_input(command, Stdio::null())
    }

    fn with_input(command: &mut Command, input: impl Into<Stdio>) -> Self {
        let mut child = command
            .stdin(input)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            lines,
            said: Vec::new(),
        }
    }

    /// The next line of the log that holds `words`.
    fn line(&mut self, words: &str) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.said.push(line.clone());
                    if line.contains(words) {
                        return line;
                    }
                }
                Err(why) => panic!("no \"{words}\" in the log ({why}): {:#?}", self.said),
            }
        }
    }

    /// `host:port`, as the log tells it.
    fn address(&mut self) -> String {
        let line = self.line("the page:  http://");
        let (_, address) = line.split_once("http://").unwrap();
        address.trim_end_matches('/').to_owned()
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for the end; the exit code, `None` if a signal ended it.
    fn end(&mut self) -> Option<i32> {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.said.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end: {:#?}", self.said),
            }
        }
        self.child.wait().unwrap().code()
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        assert_eq!(self.end(), None, "the kill came too late: {:#?}", self.said);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A publisher on loopback: documents by path, 404 for the rest.
pub(crate) struct Origin {
    pub(crate) address: String,
    requests: Arc<AtomicUsize>,
}

impl Origin {
    pub(crate) fn new(documents: &[(&'static str, &'static str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        let documents: BTreeMap<_, _> = documents
            .iter()
            .map(|(path, typ, body)| (*path, (*typ, (*body).to_owned())))
            .collect();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut reader = BufReader::new(stream);
                let mut line = String::new();
                drop(reader.read_line(&mut line));
                let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
                while line.trim() != "" {
                    line.clear();
                    drop(reader.read_line(&mut line));
                }
                counted.fetch_add(1, Ordering::SeqCst);
                let (status, typ, body) = match documents.get(path.as_str()) {
                    Some((typ, body)) => ("200 OK", *typ, body.as_str()),
                    None => ("404 Not Found", "text/plain", "no such page"),
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\nContent-Type: {typ}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                let mut stream = reader.into_inner();
                drop(stream.write_all(head.as_bytes()));
                drop(stream.write_all(body.as_bytes()));
            }
        });
        Self { address, requests }
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// The body of a good answer.
fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{path}: {head}");
    body.to_owned()
}

/// The next connection to a listener that nobody answers at.
fn arrival(listener: &TcpListener) -> TcpStream {
    let listener = listener.try_clone().unwrap();
    let (sender, arrivals) = channel();
    std::thread::spawn(move || drop(listener.accept().map(|(stream, _)| sender.send(stream))));
    arrivals.recv_timeout(PATIENCE).unwrap()
}

/// The head of a request, and the JSON that it brings.
fn posted(stream: &mut TcpStream) -> (String, Value) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
    }
    (
        head,
        Value::deserialize(&mut serde_json::Deserializer::from_reader(reader)).unwrap(),
    )
}

/// What stands between two marks, at each place where they occur.
fn between<'t>(text: &'t str, from: &str, to: &str) -> Vec<&'t str> {
    let parts = text.split(from).skip(1);
    parts
        .map(|part| part.split_once(to).unwrap().0)
        .collect::<Vec<_>>()
}

/// Id and date of every story of a feed, in its order.
fn stories(feed: &str) -> Vec<(&str, &str)> {
    let entries = feed.split("<entry").skip(1);
    entries
        .map(|entry| {
            (
                between(entry, "<id>", "</id>")[0],
                between(entry, "<published>", "</published>")[0],
            )
        })
        .collect()
}

fn rss(origin: &'static str, document: &str) -> Origin {
    Origin::new(&[(origin, "application/rss+xml", document)])
}

mod arguments {
    use super::*;

    #[test]
    fn help_names_every_command_in_a_line() {
        let help = Place::new().run(&["--help"]);
        assert_eq!((help.code, help.err.as_str()), (Some(0), ""));
        let (_, rest) = help.out.split_once("Commands:\n").unwrap();
        let (commands, options) = rest.split_once("\n\n").unwrap();
        let commands: Vec<(&str, &str)> = commands
            .lines()
            .filter_map(|line| line.trim().split_once(' '))
            .map(|(name, about)| (name, about.trim()))
            .collect();
        assert_eq!(
            commands,
            [
                ("run", "The service: poll, publish, serve"),
                (
                    "demo",
                    "The same service over made-up documents, without a network"
                ),
                (
                    "check",
                    "All mistakes of the configuration; then what it would change"
                ),
                ("try", "What a page or feed yields; stores nothing"),
                (
                    "capture",
                    "One poll of a source in a file, for a report of what is wrong",
                ),
                (
                    "add",
                    "Finds what to poll at an address, and adds it to feeds.toml"
                ),
                (
                    "opml",
                    "The sources of a feed reader to feeds.toml, and back"
                ),
                (
                    "why",
                    "When an item was seen, its verdict, the exact words, where it is published",
                ),
                (
                    "status",
                    "Per source: its state in words, its last success, the next poll and why then",
                ),
                ("eval", "Precision and recall on labelled JSON Lines"),
                (
                    "vocabulary",
                    "The terms in force: the vocabulary's, less those removed, and your own",
                ),
                ("schema", "The JSON Schema of feeds.toml, for editors"),
                (
                    "rebuild",
                    "Founds a lost database anew on what was published",
                ),
                (
                    "backup",
                    "A copy of the database, made while it is used, and checked",
                ),
                (
                    "restore",
                    "Puts a backup in the database's place; the service must not run",
                ),
                (
                    "doctor",
                    "What the service needs of its machine, and how to mend what is missing",
                ),
                ("accept", "Believes a source again that is in quarantine"),
                ("story", "What a story is made of, and repair by hand"),
                (
                    "help",
                    "Print this message or the help of the given subcommand(s)"
                ),
            ]
        );
        assert!(
            help.out.contains("Start with `scofeed demo`"),
            "{}",
            help.out
        );
        for option in ["--config <FILE>", "--data <DIR>", "--version"] {
            assert!(options.contains(option), "{options}");
        }
        for (command, _) in commands {
            let one = Place::new().run(&["help", command]);
            assert_eq!((one.code, one.err.as_str()), (Some(0), ""), "{command}");
            assert!(one.out.contains("Usage: scofeed"), "{}", one.out);
        }
    }

    #[test]
    fn wrong_arguments_end_with_2_and_say_what_was_meant() {
        for (arguments, said) in [
            (&[][..], "Usage: scofeed"),
            (&["chek"], "similar subcommands exist: 'schema', 'check'"),
            (&["status", "--jsn"], "'--json'"),
            (&["try"], "<URL|FILE>"),
            (&["demo", "--listen", "here"], "invalid value 'here'"),
        ] {
            let ran = Place::new().run(arguments);
            assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{arguments:?}");
            assert!(ran.err.contains(said), "{arguments:?}: {}", ran.err);
        }
    }

    #[test]
    fn the_unit_names_the_directories() {
        let origin = rss("/steppe", STEPPE);
        let unit = Place::new();
        fs::create_dir(unit.path("etc")).unwrap();
        unit.config(&origin, &["steppe"]);
        fs::rename(unit.path("feeds.toml"), unit.path("etc/feeds.toml")).unwrap();
        let mut command = unit.program(&["run", "--once"]);
        let state = format!(
            "{0}/state:{0}/state/public",
            unit.0.path().to_str().unwrap()
        );
        command
            .env("CONFIGURATION_DIRECTORY", unit.path("etc"))
            .env("STATE_DIRECTORY", state);
        let ran = Ran::of(&mut command);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(unit.path("state/scofeed.db").is_file());
    }
}

mod configuration {
    use super::*;

    #[test]
    fn a_good_one_is_said_to_be_good() {
        let place = Place::new();
        place.write(
            "feeds.toml",
            "[[source]]\nname = \"a\"\nfeed = \"https://a.example/feed\"\n\
             [[source]]\nname = \"b\"\nfeed = \"https://b.example/feed\"\nenabled = false\n",
        );
        let ran = place.run(&["check"]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        assert_eq!(
            ran.out,
            "the configuration is good: 1 source on, 1 off\n\
             advice: set `contact` in [feed]: publishers who see our requests cannot reach you\n"
        );
    }

    /// What would only be seen when it does not work.
    #[test]
    fn what_loads_and_is_hardly_meant_is_warned_of() {
        let place = Place::new();
        let config = "[feed]\ncontact = \"mailto:a@b.example\"\n\
             [alert]\ncommand = [\"/no/such/program\"]\n\
             [[source]]\nname = \"router\"\nfeed = \"http://192.168.1.1/feed\"\n\
             [[source]]\nname = \"rare\"\nfeed = \"https://a.example/feed\"\nevery = \"31d\"\n\
             [[source]]\nname = \"wall\"\nfeed = \"https://b.example/feed\"\nsecret = \"wall\"\n";
        place.write("feeds.toml", config);
        let ran = place.run(&["check"]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        let warned: Vec<&str> = ran.out.lines().skip(1).collect();
        for (warned, said) in warned.iter().zip([
            "warning: /no/such/program in [alert] is not there",
            "warning: source `rare` is polled less than once in 30 days",
            "warning: source `router`: refused to connect: 192.168.1.1:80 is at 192.168.1.1",
            "warning: source `wall`: its secret `wall` is not in ",
        ]) {
            assert!(warned.starts_with(said), "{warned}");
        }
        assert_eq!(warned.len(), 4, "{}", ran.out);

        fs::create_dir(place.path("secrets")).unwrap();
        place.write("secrets/wall", "a:b");
        let good = config
            .replace("/no/such/program", "sh")
            .replace("31d", "30d")
            .replace(
                "/feed\"\n[[source]]\nname = \"rare",
                "/feed\"\nallow_private = true\n[[source]]\nname = \"rare",
            );
        place.write("feeds.toml", &good);
        let ran = place.run(&["check"]);
        assert_eq!(ran.out, "the configuration is good: 3 sources on, 0 off\n");
    }

    #[test]
    fn all_mistakes_are_told_at_once_with_their_places() {
        let place = Place::new();
        place.write(
            "feeds.toml",
            r#"[feed]
titel = "SCO"
language = "english please"

[topic]
vocabulary = "scoo"

[[source]]
name  = "Steppe Courier"
feed  = "ftp://steppe.example/feed"
every = "often"

[[source]]
name = "联河"
feed = "https://lianhe.example/feed"
matsch = "all"
"#,
        );
        let ran = place.run(&["check"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(78), ""));
        assert_eq!(
            ran.err,
            r#"error: unknown key `titel` in [feed]
 --> feeds.toml:2:1
  |
2 | titel = "SCO"
  | ^^^^^
  = help: did you mean `title`?
error: "english please" is no language tag
 --> feeds.toml:3:12
  |
3 | language = "english please"
  |            ^^^^^^^^^^^^^^^^
  = help: such as "en", "ru" or "zh-hans"
error: `vocabulary` in [topic] cannot be "scoo"
 --> feeds.toml:6:14
  |
6 | vocabulary = "scoo"
  |              ^^^^^^
  = help: did you mean "sco"?
error: "Steppe Courier" cannot be a source's name
 --> feeds.toml:9:9
  |
9 | name  = "Steppe Courier"
  |         ^^^^^^^^^^^^^^^^
  = help: such as "steppe-courier"; readers see its `title`
error: `feed` is no web address: "ftp://steppe.example/feed"
  --> feeds.toml:10:9
   |
10 | feed  = "ftp://steppe.example/feed"
   |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^
   = help: an absolute address that begins with https:// or http://
error: `every` is no duration: "often"
  --> feeds.toml:11:9
   |
11 | every = "often"
   |         ^^^^^^^
   = help: a number with s, m, h or d, such as "90m" or "1h 30m"
error: "联河" cannot be a source's name
  --> feeds.toml:14:8
   |
14 | name = "联河"
   |        ^^^^^^
   = help: a source name is 1 to 64 of the letters a-z, 0-9 and -
error: unknown key `matsch` in [[source]]
  --> feeds.toml:16:1
   |
16 | matsch = "all"
   | ^^^^^^
   = help: did you mean `match`?
feeds.toml: 8 mistakes; nothing was changed
"#
        );
    }

    #[test]
    fn one_that_does_not_load_starts_nothing() {
        let place = Place::new();
        let missing = place.run(&["run"]);
        assert_eq!((missing.code, missing.out.as_str()), (Some(78), ""));
        assert!(
            missing.err.contains("looked for feeds.toml, "),
            "{missing:?}"
        );
        let named = place.run(&["check", "--config", "elsewhere.toml"]);
        assert_eq!(named.code, Some(78));
        assert!(named.err.contains("elsewhere.toml"), "{named:?}");
        place.write("feeds.toml", "[[source]\n");
        for command in [&["run"][..], &["run", "--once"], &["status"]] {
            let ran = place.run(command);
            assert_eq!((ran.code, ran.out.as_str()), (Some(78), ""), "{command:?}");
            assert!(ran.err.contains("feeds.toml:1:"), "{ran:?}");
        }
        assert!(!place.path("data").exists());
    }
}

mod answers {
    use super::*;

    #[test]
    fn try_tells_what_each_document_yields() {
        let place = Place::new();
        place.write("steppe.xml", STEPPE).write(
            "login.html",
            "<!DOCTYPE html><html><head><title>Please wait</title></head><body></body></html>",
        );
        let ran = place.run(&["try", "--json", "steppe.xml", "login.html", "gone.xml"]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
        let [feed, page, gone] = &ran.json()[..] else {
            panic!("{}", ran.out)
        };
        assert_eq!(feed["document"], "steppe.xml");
        assert_eq!(feed["format"], "RSS 2.0");
        assert_eq!(feed["title"], "Steppe Courier");
        assert_eq!(feed["language"], "en");
        assert_eq!(feed["error"], Value::Null);
        assert_eq!(feed["skipped"].as_array().unwrap().len(), 1);
        assert!(feed["skipped"][0]["what"].is_string() && feed["skipped"][0]["why"].is_string());
        let items = feed["items"].as_array().unwrap();
        let verdicts: Vec<_> = items.iter().map(|item| &item["verdict"]).collect();
        assert_eq!(verdicts, ["keep", "drop", "near"]);
        let mut first = items[0].as_object().unwrap().clone();
        let why = first.remove("why").unwrap();
        assert_eq!(why[0]["matched"], "Shanghai Cooperation Organisation");
        assert_eq!(
            Value::Object(first),
            serde_json::json!({
                "key": "steppe-1",
                "title": "Shanghai Cooperation Organisation opens a school of translators",
                "link": "https://steppe.example/school?utm_source=rss",
                "published": "2026-11-24T04:00:00Z",
                "updated": null,
                "authors": ["Aigerim Novak"],
                "summary": "The first forty students will learn four languages.",
                "categories": ["Education"],
                "media": [],
                "language": "en",
                "verdict": "keep",
            })
        );
        for (broken, said) in [(page, "Please wait"), (gone, "No such file")] {
            assert_eq!(broken["items"].as_array().unwrap().len(), 0);
            assert!(broken["error"].as_str().unwrap().contains(said), "{broken}");
        }
    }

    #[test]
    fn who_tries_a_source_before_its_time_hears_so() {
        let origin = rss("/steppe", STEPPE);
        let place = Place::new();
        place.config(&origin, &["steppe"]);
        let url = format!("{}/steppe", origin.address);
        let ran = place.run(&["try", &url]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        assert_eq!(place.run(&["run", "--once"]).code, Some(0));
        let ran = place.run(&["try", &url]);
        assert_eq!(ran.code, Some(0));
        let early = "steppe is asked before its time, which is in ";
        assert!(ran.err.contains(early), "{}", ran.err);
    }

    // H-A7: the environment of whoever starts it is nobody's decision.
    #[test]
    fn a_proxy_of_the_environment_is_not_used() {
        let origin = rss("/steppe", STEPPE);
        let trap = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = Place::new();
        place.config(&origin, &["steppe"]);
        let proxy = format!("http://{}", trap.local_addr().unwrap());
        let mut program = place.program(&["run", "--once"]);
        for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
            program.env(name, &proxy);
        }
        assert_eq!(Ran::of(&mut program).code, Some(0));
        assert_eq!(origin.requests(), 1);
        trap.set_nonblocking(true).unwrap();
        assert!(trap.accept().is_err());
    }

    #[test]
    fn a_local_file_is_read_as_from_the_address_it_came_from() {
        let place = Place::new();
        place
            .write(
                "feeds.toml",
                "[[source]]\nname = \"list\"\npage = \"https://list.example/news/\"\n\
                 select = { item = \"li\", title = \"a\", link = \"a\" }\n",
            )
            .write(
                "list.html",
                "<ul><li><a href=\"../a/1\">SCO foreign ministers meet in Bishkek</a></li></ul>",
            );
        let url = "https://list.example/news/";
        let ran = place.run(&["try", "--json", "--url", url, "list.html"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let items = &ran.json()[0]["items"];
        assert_eq!(items[0]["link"], "https://list.example/a/1");
        assert_eq!(items[0]["verdict"], "keep");
        let ran = place.run(&["try", "--url", url, "list.html"]);
        assert!(
            ran.out.contains("\n  undated  SCO foreign ministers"),
            "{}",
            ran.out
        );
    }

    #[test]
    fn rebuild_reads_what_was_published_into_an_empty_database() {
        use scofeed::model::{ItemKey, SourceKey, StoryId};
        let place = Place::new();
        place.write(
            "feeds.toml",
            "[[source]]\nname = \"steppe\"\nfeed = \"https://steppe.example/feed\"\n",
        );
        let ran = place.run(&["rebuild", "--from-published", "nowhere"]);
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        assert!(ran.err.contains("atom.xml is not there"), "{}", ran.err);

        let source = SourceKey::new("steppe").unwrap();
        let id = StoryId::of(&source, &ItemKey::new("1"));
        let feed = format!(
            r#"<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x</id><title>SCO</title>
<updated>2026-11-24T09:00:00.007Z</updated><generator>scofeed</generator>
<entry><id>{}</id><title>Bank opens in Bishkek</title>
<published>2026-11-24T08:30:00.000Z</published><updated>2026-11-24T09:00:00.007Z</updated>
<link rel="alternate" href="https://steppe.example/1" hreflang="en"/>
<category scheme="urn:scofeed:outlet" term="steppe"/></entry></feed>"#,
            id.urn()
        );
        place.write("atom.xml", &feed.replace(">scofeed<", ">other<"));
        let ran = place.run(&["rebuild", "--from-published", "."]);
        assert!(ran.err.contains("is no feed of scofeed"), "{}", ran.err);

        place.write("atom.xml", &feed);
        let ran = place.run(&["rebuild", "--from-published", "."]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(
            ran.out.starts_with("1 stories and 0 archives"),
            "{}",
            ran.out
        );
        let ran = place.run(&["story", "show", &id.urn()]);
        assert!(
            ran.out.contains("steppe: Bank opens in Bishkek"),
            "{}",
            ran.out
        );
        let ran = place.run(&["rebuild", "--from-published", "."]);
        assert_eq!(ran.code, Some(1), "{}", ran.out);
        assert!(ran.err.contains("not empty"), "{}", ran.err);
    }

    #[test]
    fn eval_counts_right_and_wrong() {
        let place = Place::new();
        place.write(
            "rows.jsonl",
            r#"{"id": "a", "lang": "en", "title": "Shanghai Cooperation Organisation meets", "summary": null, "label": true}
{"id": "b", "lang": "en", "title": "Shanghai Cooperation Organisation meets", "summary": "", "label": false}

{"id": "c", "lang": "ru", "title": "Пробка на шоссе", "label": false}
{"id": "d", "lang": "ru", "title": "Саммит без имени", "label": true}
{"id": "e", "lang": "ru", "title": "Форум стран ШОС", "label": true}
{"id": "f", "lang": "ru", "title": "Форум стран ШОС", "label": null}
"#,
        );
        let ran = place.run(&["eval", "topic", "--json", "rows.jsonl"]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        let rows = ran.json();
        let (last, rows) = rows.split_last().unwrap();
        let verdicts: Vec<_> = rows.iter().map(|row| &row["verdict"]).collect();
        assert_eq!(verdicts, ["keep", "keep", "drop", "drop", "keep", "keep"]);
        assert_eq!(rows[4]["id"], "e");
        assert_eq!(rows[4]["why"][0]["field"], "title");
        assert_eq!(rows[3]["why"], Value::Array(Vec::new()));
        // Two hits, one false alarm, one miss; the null label is not counted.
        assert_eq!(last["rows"], 5);
        for (share, whole) in [("precision", 2.0 / 3.0), ("recall", 2.0 / 3.0)] {
            assert!(
                (last[share].as_f64().unwrap() - whole).abs() < 1e-9,
                "{last}"
            );
        }
        assert_eq!(last["by_language"]["en"]["recall"], 1.0);
        assert_eq!(last["by_language"]["ru"]["precision"], 1.0);

        let ran = place.run(&["eval", "topic", "rows.jsonl"]);
        assert!(
            ran.out.contains("kept, should not be: b [en]"),
            "{}",
            ran.out
        );
        assert!(
            ran.out.contains("missed: d [ru] Саммит без имени"),
            "{}",
            ran.out
        );
        place.write("rows.jsonl", "{\"id\": \"a\"}\n{\"id\": 1}\n");
        let ran = place.run(&["eval", "topic", "rows.jsonl"]);
        assert_eq!(ran.code, Some(1));
        assert!(ran.err.starts_with("rows.jsonl:2: "), "{}", ran.err);
    }

    #[test]
    fn why_answers_for_kept_dropped_near_and_never_seen() {
        let origin = rss("/steppe", STEPPE);
        let place = Place::new();
        place.config(&origin, &["steppe"]);
        assert_eq!(place.run(&["run", "--once"]).code, Some(0));
        let why = |query: &str| place.run(&["why", query]);

        let kept = why("https://steppe.example/school");
        assert_eq!((kept.code, kept.err.as_str()), (Some(0), ""));
        for said in [
            "steppe: Shanghai Cooperation Organisation opens a school",
            "first seen 20",
            "dated 2026-11-24T04:00:00Z by its source",
            "  KEEP\n",
            "matched «Shanghai Cooperation Organisation»",
            "  published\n",
            ": founder\n",
            "  in the feed since 20",
        ] {
            assert!(kept.out.contains(said), "{said}: {}", kept.out);
        }
        let dropped = why("choir");
        assert!(
            dropped
                .out
                .contains("DROP  no term of the topic occurs\n  searched: title; "),
            "{}",
            dropped.out
        );
        let near = why("steppe-3");
        assert!(
            near.out
                .contains("does not count, no context within 12 words")
        );
        assert!(near.out.contains("\n  near: "), "{}", near.out);
        let never = why("https://steppe.example/other");
        assert_eq!(never.code, Some(1));
        let said = "never seen: https://steppe.example/other\n  no source is at that host\n";
        assert!(never.out.starts_with(said), "{}", never.out);

        let found = &place.run(&["why", "--json", "steppe-1"]).json()[0];
        let story = found["story"].as_str().unwrap();
        assert!(story.starts_with("urn:uuid:"), "{story}");
        assert_eq!(found["standing"], "published");
        assert_eq!(found["how"], "founder");
        assert_eq!(found["item"]["key"], "steppe-1");
        assert_eq!(&place.run(&["why", "--json", story]).json()[0], found);
    }

    #[test]
    fn why_judges_the_text_on_stdin() {
        let place = Place::new();
        let mut child = place
            .program(&["why", "--json", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin
            .write_all("Лидеры прибыли\nСаммит ШОС открылся".as_bytes())
            .unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(verdict["verdict"], "keep");
        assert_eq!(verdict["why"][0]["field"], "summary");
    }

    #[test]
    fn status_says_what_is_wrong_and_what_comes_next() {
        let origin = rss("/steppe", STEPPE);
        let place = Place::new();
        place.config(&origin, &["steppe", "away"]);
        let fresh = place.run(&["status"]);
        assert_eq!((fresh.code, fresh.err.as_str()), (Some(0), ""));
        assert!(
            fresh.out.starts_with("there is no database in "),
            "{}",
            fresh.out
        );
        let head = "\nSOURCE               STATE           READ         KEPT/SEEN NEXT\naway ";
        assert!(fresh.out.contains(head), "{}", fresh.out);
        let last = "both sources are well; 0 stories, none yet\n";
        assert!(fresh.out.ends_with(last), "{}", fresh.out);

        assert_eq!(place.run(&["run", "--once"]).code, Some(0));
        let ran = place.run(&["status", "--json"]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        let [away, steppe, whole] = &ran.json()[..] else {
            panic!("{}", ran.out)
        };
        assert_eq!(away["source"], "away");
        assert_eq!(away["state"], "failing");
        let wrong = away["wrong"].as_str().unwrap();
        assert!(wrong.starts_with("HTTP 404 from 127.0.0.1:"), "{wrong}");
        assert_eq!(away["last_ok"], Value::Null);
        assert_eq!(steppe["state"], "fine");
        assert_eq!(steppe["wrong"], Value::Null);
        assert_eq!((&steppe["items"], &steppe["kept"]), (&3.into(), &1.into()));
        assert_eq!(steppe["next"]["why"], "every 1h");
        assert_eq!(
            (&whole["stories"], &whole["running"]),
            (&1.into(), &false.into())
        );
        for source in [away, steppe] {
            let next: jiff::Timestamp = source["next"]["at"].as_str().unwrap().parse().unwrap();
            let asked = source["last_ok"]
                .as_str()
                .or(source["failing_since"].as_str());
            let asked: jiff::Timestamp = asked.unwrap().parse().unwrap();
            assert!(next.duration_since(asked).as_hours() >= 1, "{source}");
        }
        let eyes = place.run(&["status"]).out;
        assert!(eyes.starts_with("no service runs on "), "{eyes}");
        for said in [
            "\naway                 failing         never              0/0 in 2h ",
            "\n  HTTP 404 from 127.0.0.1:",
            "\n  next: the last poll failed: waiting 2h\n",
            "\n  to do: `scofeed try` its home page: that names the feeds it has\n",
            "\nsteppe               fine            ",
            "1/3 in 1h ",
            "\n  left out: item 4: ",
            "1 of 2 sources is in trouble; 1 stories, the newest ",
        ] {
            assert!(eyes.contains(said), "{said}: {eyes}");
        }
        let longest = eyes.lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(80), "{eyes}");
        assert!(!eyes.contains('\u{1b}'), "{eyes:?}");
    }

    #[test]
    fn status_tells_of_a_configuration_that_does_not_load() {
        let origin = rss("/steppe", STEPPE);
        let place = Place::new();
        place.config(&origin, &["steppe"]);
        assert_eq!(place.run(&["run", "--once"]).code, Some(0));
        place.write("feeds.toml", "[feed]\ntitel = \"Half\n");
        let ran = place.run(&["status"]);
        assert_eq!(ran.code, Some(78));
        assert!(
            ran.out.contains("\nsteppe               fine "),
            "{}",
            ran.out
        );
        assert!(ran.err.contains("--> feeds.toml:2:"), "{}", ran.err);
        assert!(ran.err.contains("keeps the last good one"), "{}", ran.err);
    }

    #[test]
    fn doctor_says_what_is_missing_and_how_to_mend_it() {
        let origin = rss("/steppe", STEPPE);
        let place = Place::new();
        place.config(&origin, &["steppe"]);
        let fresh = place.run(&["doctor"]);
        assert_eq!(
            (fresh.code, fresh.err.as_str()),
            (Some(0), ""),
            "{}",
            fresh.out
        );
        for said in [
            "ok  configuration   ",
            "ok  data directory  ",
            "ok  file system     of this machine",
            "ok  database        none yet",
            "ok  DNS             not needed",
        ] {
            assert!(fresh.out.contains(said), "{said}: {}", fresh.out);
        }
        let longest = fresh.out.lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(80), "{}", fresh.out);

        assert_eq!(place.run(&["run", "--once"]).code, Some(0));
        assert_eq!(place.run(&["backup"]).code, Some(0));
        // What this account may not open is not damaged: beside a database of
        // another's its shared memory cannot be made.
        let shared = place.path("data/scofeed.db-shm");
        fs::remove_file(&shared).unwrap();
        std::os::unix::fs::symlink("no/such/place", &shared).unwrap();
        let findings = place.run(&["doctor", "--json"]).json();
        let database = findings.iter().find(|found| found["what"] == "database");
        let mend = database.unwrap()["mend"].as_str().unwrap();
        assert!(mend.contains("sudo -u scofeed"), "{mend}");
        assert!(!mend.contains("restore"), "{mend}");
        fs::remove_file(shared).unwrap();

        fs::write(place.path("data/scofeed.db"), "spoilt").unwrap();
        place.write("feeds.toml", "[feed]\ntitel = \"x\"\n");
        let ill = place.run(&["doctor", "--json"]);
        assert_eq!(ill.code, Some(1), "{}", ill.out);
        let findings = ill.json();
        let of = |what: &str| findings.iter().find(|found| found["what"] == what).unwrap();
        assert!(
            of("configuration")["said"]
                .as_str()
                .unwrap()
                .contains("line 2")
        );
        assert_eq!(of("database")["well"], false);
        assert!(
            of("database")["mend"]
                .as_str()
                .unwrap()
                .contains("scofeed restore")
        );
        assert_eq!(of("backups")["well"], true);
    }

    #[test]
    fn a_backup_is_made_while_it_runs_and_restored_when_it_does_not() {
        let origin = rss("/steppe", STEPPE);
        let place = Place::new();
        place.config(&origin, &["steppe"]);
        assert_eq!(place.run(&["backup"]).code, Some(1));
        let mut service = place.start(&["run"]);
        service.line("the first round is done");
        let made = place.run(&["backup"]);
        assert_eq!((made.code, made.err.as_str()), (Some(0), ""));
        let backup = Path::new(made.out.trim());
        assert!(
            place
                .path("data/backups")
                .join(backup.file_name().unwrap())
                .is_file()
        );
        assert_eq!(place.run(&["restore"]).code, Some(75));
        let elsewhere = place.path("elsewhere");
        let copied = place.run(&["backup", elsewhere.to_str().unwrap()]);
        assert_eq!(copied.code, Some(0), "{}", copied.err);
        service.signal("TERM");
        assert_eq!(service.end(), Some(0));

        let database = place.path("data/scofeed.db");
        fs::write(&database, "spoilt").unwrap();
        let restored = place.run(&["restore"]);
        assert_eq!((restored.code, restored.err.as_str()), (Some(0), ""));
        let status = place.run(&["status"]).out;
        assert!(status.contains("1/3"), "{status}");
        // And without a word, the service does it by itself.
        fs::write(&database, "spoilt").unwrap();
        let ran = place.run(&["run", "--once"]);
        assert_eq!(ran.code, Some(0));
        assert!(ran.err.contains("took its place"), "{}", ran.err);
        assert!(place.run(&["status"]).out.contains("1/3"));
        assert_eq!(origin.requests(), 1);
    }

    #[test]
    fn an_answer_that_cannot_be_written_is_a_mistake() {
        let place = Place::new();
        place.write("feeds.toml", "");
        for command in [&["schema"][..], &["opml", "export"], &["vocabulary"]] {
            let full = fs::File::options().write(true).open("/dev/full").unwrap();
            let ran = place.program(command).stdout(full).output().unwrap();
            assert_eq!(ran.status.code(), Some(1), "{command:?}");
            let said = String::from_utf8(ran.stderr).unwrap();
            let why = "the answer could not be written: No space left on device";
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn status_watches() {
        let origin = rss("/steppe", STEPPE);
        let place = Place::new();
        place.config(&origin, &["steppe"]);
        let mut command = place.program(&["status", "--watch"]);
        let mut watching = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(watching.stdout.take().unwrap()).lines();
        let heads = lines
            .map(Result::unwrap)
            .filter(|l| l.starts_with("SOURCE"));
        // Its reader goes away.
        assert_eq!(heads.take(2).count(), 2);
        assert_eq!(watching.wait().unwrap().code(), Some(0));
    }
}

mod service {
    use super::*;

    #[test]
    fn one_round_asks_what_is_due_and_ends() {
        let origin = rss("/steppe", STEPPE);
        let place = Place::new();
        place.config(&origin, &["steppe", "away"]);
        let config = fs::read_to_string(place.path("feeds.toml")).unwrap();
        place.write(
            "feeds.toml",
            &format!("{config}[publish]\ndirectory = \"public\"\n"),
        );
        let first = place.run(&["run", "--once"]);
        assert_eq!((first.code, first.out.as_str()), (Some(0), ""));
        assert!(
            first
                .err
                .contains("one round  fine=1  failed=1  published=1")
        );
        assert_eq!(origin.requests(), 2);
        let feed = fs::read_to_string(place.path("public/atom.xml")).unwrap();
        assert_eq!(stories(&feed).len(), 1);
        // Nothing is due: nobody is asked, and the edition stands.
        let second = place.run(&["run", "--once"]);
        assert_eq!(second.code, Some(0), "{}", second.err);
        assert_eq!(origin.requests(), 2);
        assert_eq!(
            fs::read_to_string(place.path("public/atom.xml")).unwrap(),
            feed
        );
    }

    #[test]
    fn one_round_in_which_every_source_fails_ends_with_1() {
        let origin = Origin::new(&[]);
        let place = Place::new();
        place.config(&origin, &["away", "gone"]);
        let ran = place.run(&["run", "--once"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
        assert!(
            ran.err.contains("away: in trouble  wrong=HTTP 404"),
            "{}",
            ran.err
        );
    }

    #[test]
    fn a_person_sees_where_it_listens_and_how_the_first_round_goes() {
        let origin = rss("/steppe", STEPPE);
        let place = Place::new();
        place.config(&origin, &["steppe", "away"]);
        let mut service = place.start(&["run"]);
        let address = service.address();
        service.line(&format!("the feed:  http://{address}/atom.xml"));
        service.line("polling 2 sources; Ctrl-C ends");
        service.line("the first round is done");
        let said = service.said.join("\n");
        assert!(
            said.contains("warning away: in trouble  wrong=HTTP 404"),
            "{said}"
        );
        assert!(
            said.ends_with("info the first round is done  fine=1  failed=1  published=1"),
            "{said}"
        );
        assert!(!said.contains("steppe"), "all is well with it: {said}");
        assert_eq!(stories(&get(&address, "/atom.xml")).len(), 1);
    }

    /// D-11: 50 lines a day at most, of which one an hour is a summary; more
    /// sources than are asked at once, which are one round all the same.
    #[test]
    fn a_first_round_of_200_healthy_sources_is_told_in_a_few_lines() {
        let names: Vec<_> = (0..200).map(|n| format!("s{n}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let documents = names.iter().map(|name| {
            let path: &'static str = format!("/{name}").leak();
            (path, "application/rss+xml", STEPPE)
        });
        let origin = Origin::new(&documents.collect::<Vec<_>>());
        let place = Place::new();
        place.config(&origin, &names);
        let mut service = place.start(&["run"]);
        service.line("the first round is done  fine=200  failed=0  published=1");
        assert!(service.said.len() <= 50 - 24, "{:#?}", service.said);
    }

    #[test]
    fn ctrl_c_and_sigterm_end_it_well_in_the_middle_of_a_poll() {
        // Connections to this one are taken by the system and never answered.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = Origin {
            address: format!("http://{}", silent.local_addr().unwrap()),
            requests: Arc::default(),
        };
        for signal in ["INT", "TERM"] {
            let place = Place::new();
            place.config(&origin, &["silent"]);
            let mut service = place.start(&["run"]);
            service.line("Ctrl-C ends");
            let request = arrival(&silent);
            service.signal(signal);
            assert_eq!(service.end(), Some(0), "{signal}: {:?}", service.said);
            drop(request);
        }
    }

    #[test]
    fn the_log_of_the_database_is_brought_home_however_it_is_ended() {
        let origin = rss("/steppe", STEPPE);
        for signal in ["INT", "TERM"] {
            let place = Place::new();
            place.config(&origin, &["steppe"]);
            let mut service = place.start(&["run"]);
            let address = service.address();
            service.line("the first round is done");
            // A reader of its own answers this.
            get(&address, "/search?q=school");
            assert!(place.path("data/scofeed.db-wal").exists());
            service.signal(signal);
            assert_eq!(service.end(), Some(0), "{:?}", service.said);
            assert!(!place.path("data/scofeed.db-wal").exists(), "{signal}");
        }
    }

    #[test]
    fn a_source_that_was_being_asked_at_a_kill_is_not_asked_again() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = rss("/steppe", STEPPE);
        let place = Place::new();
        place.config(&origin, &["steppe"]);
        let config = fs::read_to_string(place.path("feeds.toml")).unwrap();
        let address = silent.local_addr().unwrap();
        let more = format!(
            "[[source]]\nname = \"silent\"\nfeed = \"http://{address}/\"\nallow_private = true\n"
        );
        place.write("feeds.toml", &(config + &more));

        let mut command = place.program(&["run"]);
        let mut service = Running::start(command.env("RUST_LOG", "scofeed=debug"));
        service.line("steppe: polled");
        let request = arrival(&silent);
        service.kill();
        drop(request);
        let again = place.run(&["run", "--once"]);
        assert_eq!(again.code, Some(0), "{}", again.err);
        silent.set_nonblocking(true).unwrap();
        let early = silent.accept().map(|_| ()).map_err(|error| error.kind());
        assert_eq!(early, Err(std::io::ErrorKind::WouldBlock));
        assert_eq!(origin.requests(), 1);
        let status = place.run(&["status", "--json"]).json();
        assert_eq!(
            status[0]["next"]["why"],
            "asked, not yet answered; every 1h"
        );
        assert_eq!(status[2]["stories"], 1);
    }

    #[test]
    fn a_second_instance_ends_with_75() {
        let origin = rss("/steppe", STEPPE);
        let place = Place::new();
        place.config(&origin, &["steppe"]);
        let mut first = place.start(&["run"]);
        let address = first.address();
        // The same port, as everybody has it: the lock must be met before.
        let config = fs::read_to_string(place.path("feeds.toml")).unwrap();
        place.write("feeds.toml", &config.replace("127.0.0.1:0", &address));
        for second in [&["run"][..], &["run", "--once"]] {
            let ran = place.run(second);
            assert_eq!((ran.code, ran.out.as_str()), (Some(75), ""), "{ran:?}");
            let pid = first.child.id();
            assert_eq!(
                ran.err,
                format!("another scofeed (process {pid}) runs on the data directory data\n")
            );
        }
        first.line("the first round is done");
        assert_eq!(stories(&get(&address, "/atom.xml")).len(), 1);
        // The lock goes with its holder, however that ends.
        first.kill();
        place.write("feeds.toml", &config);
        place.start(&["run"]).line("Ctrl-C ends");
    }

    #[test]
    fn a_port_that_is_taken_is_named_with_its_setting() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let place = Place::new();
        place.write("feeds.toml", &format!("[server]\nlisten = \"{address}\"\n"));
        for (command, setting) in [
            (&["run"][..], "`listen` in [server]"),
            (&["demo", "--listen", &address], "--listen"),
        ] {
            let ran = place.run(command);
            assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
            let said = format!("cannot listen on {address}; choose another with {setting}: ");
            assert!(ran.err.contains(&said), "{}", ran.err);
        }
    }

    #[test]
    fn a_hangup_takes_a_good_configuration_and_refuses_a_broken_one() {
        let origin = Origin::new(&[
            ("/steppe", "application/rss+xml", STEPPE),
            (
                "/delta",
                "application/rss+xml",
                &STEPPE
                    .replace(
                        "opens a school of translators",
                        "counts its cranes and bridges",
                    )
                    .replace("first forty students will learn", "survey was made in")
                    .replace("steppe", "delta"),
            ),
        ]);
        let place = Place::new();
        place.config(&origin, &["steppe"]);
        let mut run = place.program(&["run"]);
        let mut service = Running::start(run.env("RUST_LOG", "scofeed=debug"));
        let address = service.address();
        service.line("the first round is done");
        let before = get(&address, "/atom.xml");
        assert_eq!((stories(&before).len(), origin.requests()), (1, 1));

        place.write(
            "feeds.toml",
            "[feed]\ntitle = \"Half\n[[source]]\nnam = \"x\"\n",
        );
        service.signal("HUP");
        service.line("error the configuration does not load; nothing changes");
        service.line("error feeds.toml:2:");
        assert_eq!(get(&address, "/atom.xml"), before);

        place.config(&origin, &["steppe", "delta"]);
        service.signal("HUP");
        service.line("configuration loaded  sources=2");
        service.line("delta: published  stories=1");
        service.signal("TERM");
        assert_eq!(service.end(), Some(0));
        // The new source was asked at once, the old one keeps its time.
        assert_eq!(origin.requests(), 2);
    }

    /// A configuration with one source of this name, which is not asked.
    fn with(source: &str) -> String {
        format!(
            "[feed]\nurl = \"https://sco.example/\"\ncontact = \"mailto:editor@desk.example\"\n\
             [server]\nlisten = \"127.0.0.1:0\"\n[[source]]\nname = \"{source}\"\n\
             feed = \"https://{source}.example/feed\"\nenabled = false\n"
        )
    }

    /// Saves as editors and deployments do: in place, by renaming another
    /// file, by renaming a link.
    fn save(place: &Place, n: usize, text: &str) {
        let path = place.path("feeds.toml");
        match n % 3 {
            0 => {
                place.write("feeds.toml", text);
            }
            1 => {
                place.write(".feeds.toml.swp", text);
                fs::rename(place.path(".feeds.toml.swp"), path).unwrap();
            }
            _ => {
                let name = format!("release-{n}.toml");
                place.write(&name, text);
                std::os::unix::fs::symlink(name, place.path("link")).unwrap();
                fs::rename(place.path("link"), path).unwrap();
            }
        }
    }

    /// A publisher who answers only those who know the password.
    fn guarded() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = String::new();
                let mut lines = BufReader::new(stream.try_clone().unwrap());
                while !request.ends_with("\r\n\r\n") && lines.read_line(&mut request).unwrap() > 0 {
                }
                // lake:hunter2
                let knows = request.contains("authorization: Basic bGFrZTpodW50ZXIy\r\n");
                let (status, body) = if knows {
                    ("200 OK", STEPPE)
                } else {
                    ("401 Unauthorized", "")
                };
                let answer = format!(
                    "HTTP/1.1 {status}\r\nContent-Type: application/rss+xml\r\n\
                     Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                drop(stream.write_all(answer.as_bytes()));
            }
        });
        address
    }

    #[test]
    fn a_secret_is_told_to_its_source_and_shown_nowhere() {
        let address = guarded();
        let config = format!(
            "[[source]]\nname = \"lake\"\nfeed = \"http://{address}/feed\"\n\
             allow_private = true\nsecret = \"lake-post\"\n"
        );
        for handed in [true, false] {
            let place = Place::new();
            place.write("feeds.toml", &config);
            let run = |arguments: &[&str]| {
                let mut program = place.program(arguments);
                program
                    .env_remove("CREDENTIALS_DIRECTORY")
                    .env("RUST_LOG", "debug");
                if handed {
                    program.env("CREDENTIALS_DIRECTORY", place.path("handed"));
                }
                Ran::of(&mut program)
            };
            let tried = run(&["try", &format!("http://{address}/feed")]);
            assert!(
                tried.out.contains("its secret `lake-post` is not in "),
                "{}",
                tried.out
            );
            let folder = place.path(if handed { "handed" } else { "secrets" });
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("lake-post"), "lake:hunter2\n").unwrap();
            let ran = run(&["run", "--once"]);
            assert_eq!(ran.code, Some(0), "{}", ran.err);
            let status = run(&["status", "--json"]);
            let fine = status.json().iter().any(|source| source["state"] == "fine");
            assert!(fine, "{}", status.out);
            let mut all = vec![ran.out, ran.err, status.out];
            for file in fs::read_dir(place.path("data")).unwrap() {
                let bytes = fs::read(file.unwrap().path()).unwrap();
                all.push(String::from_utf8_lossy(&bytes).into_owned());
            }
            for text in all {
                assert!(!text.contains("hunter2") && !text.contains("bGFrZTpodW50ZXIy"));
            }
        }
    }

    #[test]
    fn a_file_that_changes_is_read_again_however_it_was_saved() {
        let place = Place::new();
        place.write("feeds.toml", &with("s0"));
        let mut service = place.start(&["run"]);
        service.line("the first round is done");
        for n in 1..=4 {
            save(&place, n, &with(&format!("s{n}")));
            let line = service.line("configuration loaded");
            let changes = format!("changes=added s{n}; removed s{}", n - 1);
            assert!(line.ends_with(&changes), "{line}");
        }
        save(
            &place,
            4,
            &with("s4").replace("enabled = false", "enabled = "),
        );
        service.line("error the configuration does not load; nothing changes");
        service.line("error feeds.toml:9:");
        // Whatever was wrong, the same file as before is good again.
        save(&place, 4, &with("s4"));
        let line = service.line("configuration loaded");
        assert!(line.ends_with("changes=nothing"), "{line}");
        let elsewhere = with("s4").replace("127.0.0.1:0", "127.0.0.1:1") + "title = \"Lake\"\n";
        save(&place, 6, &elsewhere);
        let line = service.line("configuration loaded");
        assert!(line.ends_with("changes=changed s4; [server]"), "{line}");
        service.line("`listen` has changed: that takes a restart, all else is in force");
        let elsewhere = elsewhere.replace("title = \"Lake\"", "proxy = \"http://127.0.0.1:2/\"");
        let elsewhere = elsewhere.replace(":1\"\n", ":1\"\nmetrics = \"127.0.0.1:3\"\n");
        save(&place, 5, &elsewhere);
        let line = service.line("configuration loaded");
        assert!(line.ends_with("changes=changed s4; [server]"), "{line}");
        service.line("`metrics` has changed: that takes a restart, all else is in force");
        let held = elsewhere.clone() + "[stories]\nhold = \"15m\"\n";
        save(&place, 5, &held);
        let line = service.line("configuration loaded");
        assert!(line.ends_with("changes=changed s4"), "{line}");
        save(&place, 5, &elsewhere);
        service.line("changes=changed s4");

        fs::create_dir(place.path("sources.d")).unwrap();
        let include = "include = [\"sources.d/*.toml\"]\n";
        save(&place, 7, &(include.to_owned() + &elsewhere));
        let one = "[[source]]\nname = \"one\"\nfeed = \"https://one.example/\"\nenabled = false\n";
        place.write("sources.d/one.toml", one);
        service.line("changes=added one");
        fs::remove_file(place.path("sources.d/one.toml")).unwrap();
        service.line("changes=removed one");
    }

    #[test]
    fn a_database_that_is_gone_is_told_before_and_after_the_next_start() {
        let place = Place::new();
        place.write("feeds.toml", &with("s0"));
        let lose = || {
            for end in ["", "-wal", "-shm"] {
                drop(fs::remove_file(
                    place.path(&format!("data/scofeed.db{end}")),
                ));
            }
        };
        let mut service = place.start(&["run"]);
        service.line("the first round is done");
        lose();
        let said = "the database in ./data is gone from under the service: start it again\nSOURCE";
        let gone = place.run(&["status"]).out;
        assert!(
            gone.replace("./", "").starts_with(&said.replace("./", "")),
            "{gone}"
        );
        service.signal("TERM");
        assert_eq!(service.end(), Some(0));
        lose();
        let before = place.run(&["status"]).out;
        assert!(before.contains("is gone: the next start puts"), "{before}");
        let mut service = place.start(&["run"]);
        service.line("incident opened: what was stored is lost");
        service.signal("TERM");
        assert_eq!(service.end(), Some(0));
        let after = place.run(&["status"]).out;
        assert!(
            after.contains("incident: what was stored is lost"),
            "{after}"
        );
        assert!(after.contains("rebuild --from-published"), "{after}");
    }

    #[test]
    fn status_tells_of_a_service_that_hangs() {
        let place = Place::new();
        place.write("feeds.toml", &with("s0"));
        let mut service = place.start(&["run"]);
        service.line("the first round is done");
        service.signal("STOP");
        let hangs = place.run(&["status"]).out;
        let told = place.run(&["status", "--json"]).json().pop().unwrap();
        assert_eq!(
            told["standstill"],
            "the service hangs: it does not answer; start it again"
        );
        service.signal("CONT");
        let said = "the service hangs: it does not answer; start it again\nSOURCE ";
        assert!(hangs.starts_with(said), "{hangs}");
        assert!(place.run(&["status"]).out.starts_with("SOURCE "));
        service.signal("TERM");
        assert_eq!(service.end(), Some(0));
    }

    /// A save on a full disk leaves no byte, one that is cut only the beginning.
    #[test]
    fn a_file_that_has_lost_its_sources_is_refused_while_it_runs() {
        let place = Place::new();
        place.write("feeds.toml", &with("s0"));
        let mut service = place.start(&["run"]);
        service.line("the first round is done");
        for cut in ["", "[feed]\ntitle = \"SCO\"\n"] {
            place.write("feeds.toml", cut);
            service.signal("HUP");
            let line = service.line("error feeds.toml: no [[source]] is left");
            assert!(line.contains("`enabled = false`"), "{line}");
            service.line("incident opened: the configuration does not load");
            let status = place.run(&["status"]);
            assert_eq!(status.code, Some(0), "{status:?}");
            for told in ["s0 ", "no [[source]] is left", "mend feeds.toml"] {
                assert!(status.out.contains(told), "{}", status.out);
            }
            place.write("feeds.toml", &with("s0"));
            service.signal("HUP");
            let line = service.line("configuration loaded");
            assert!(line.ends_with("changes=nothing"), "{line}");
            service.line("incident closed: the configuration does not load");
        }
        service.signal("TERM");
        assert_eq!(service.end(), Some(0));

        // Nothing runs that could be lost.
        place.write("feeds.toml", "");
        let ran = place.run(&["check"]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        assert!(
            ran.out.contains(
                "\nnothing is polled: there is no [[source]]. A service that polls some takes"
            ),
            "{}",
            ran.out
        );
        assert_eq!(place.run(&["run", "--once"]).code, Some(0));
    }

    #[test]
    fn a_thousand_hangups_and_two_hundred_saves_end_in_the_last_state() {
        const SAVES: usize = 200;
        let place = Place::new();
        place.write("feeds.toml", &with("s0"));
        let mut service = place.start(&["run"]);
        let address = service.address();
        service.line("the first round is done");
        let process = PathBuf::from(format!("/proc/{}", service.child.id()));
        let descriptors = || fs::read_dir(process.join("fd")).unwrap().count();
        let resident = || {
            let pages = fs::read_to_string(process.join("statm")).unwrap();
            let pages: u64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
            pages * 4096
        };
        // What every reload takes is taken once before it is measured.
        save(&place, 0, &with("warm"));
        service.line("added warm");
        get(&address, "/atom.xml");
        let (files, memory) = (descriptors(), resident());
        let uptime = || -> f64 {
            let uptime = fs::read_to_string("/proc/uptime").unwrap();
            uptime.split(' ').next().unwrap().parse().unwrap()
        };
        let began = uptime();
        for n in 1..=SAVES {
            save(&place, n, &with(&format!("s{n}")));
            let signals = format!(
                "HUP {0}; kill -HUP {0}; kill -HUP {0}; kill -HUP {0}; kill -HUP",
                service.child.id()
            );
            service.signal(&signals);
        }
        service.line(&format!("added s{SAVES}"));
        let took = uptime() - began;
        let loaded = |line: &&String| line.contains("configuration loaded");
        let reloads = service.said.iter().filter(loaded).count();
        let most = (2.0 * took).ceil() + 4.0;
        let reloads = f64::from(u32::try_from(reloads).unwrap());
        assert!(reloads <= most, "{reloads} in {took} s");
        // The ledger may still be judged by the last rules, by two readers.
        let settled = (0..500).any(|_| {
            get(&address, "/atom.xml");
            descriptors() == files
        });
        assert!(settled, "{} descriptors, not {files}", descriptors());
        let grown = resident().saturating_sub(memory);
        assert!(grown <= 16 << 20, "{grown} bytes more");
        service.signal("TERM");
        assert_eq!(service.end(), Some(0));
    }

    #[test]
    fn a_command_is_told_of_incidents() {
        let origin = rss("/steppe", STEPPE);
        let place = Place::new();
        let fifo = place.path("told");
        assert!(
            Command::new("mkfifo")
                .arg(&fifo)
                .status()
                .unwrap()
                .success()
        );
        place.config(&origin, &["steppe"]);
        let good = fs::read_to_string(place.path("feeds.toml")).unwrap();
        let tell = format!("cat > {}", fifo.display());
        let good = format!("{good}\n[alert]\ncommand = [\"sh\", \"-c\", \"{tell}\"]\n");
        place.write("feeds.toml", &good);
        let mut service = place.start(&["run"]);
        service.line("the first round is done");
        let told = || -> Value { serde_json::from_slice(&fs::read(&fifo).unwrap()).unwrap() };
        place.write("feeds.toml", &good.replace("[feed]", "[fed]"));
        service.signal("HUP");
        let opened = told();
        assert_eq!(opened["turn"], "opened");
        assert_eq!(opened["kind"], "config");
        assert_eq!(opened["title"], "the configuration does not load");
        assert!(opened["todo"].as_str().unwrap().contains("scofeed check"));
        service.line("incident opened: the configuration does not load");
        place.write("feeds.toml", &good);
        service.signal("HUP");
        assert_eq!(told()["turn"], "closed");
        service.line("incident closed: the configuration does not load");
        service.signal("TERM");
        assert_eq!(service.end(), Some(0));

        // An address is told the same; what it answers is its own business.
        let pager = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = pager.local_addr().unwrap();
        let (config, _) = good.split_once("[alert]").unwrap();
        let hooked = format!("{config}[alert]\nwebhook = \"http://{address}/hook?t=k3y\"\n");
        place.write("feeds.toml", &hooked);
        let mut service = place.start(&["run"]);
        service.line("the first round is done");
        place.write("feeds.toml", &hooked.replace("[feed]", "[fed]"));
        service.signal("HUP");
        let mut stream = arrival(&pager);
        let (head, told) = posted(&mut stream);
        assert!(head.starts_with("POST /hook?t=k3y HTTP/1.1\r\n"), "{head}");
        assert!(
            head.contains("content-type: application/json\r\n"),
            "{head}"
        );
        for key in ["turn", "kind", "title", "said", "todo"] {
            assert_eq!(told[key], opened[key], "{key}");
        }
        drop(stream.write_all(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"));
        let line = service.line("the webhook in [alert] was not told");
        assert!(!line.contains("k3y"), "{line}");
        service.signal("TERM");
        assert_eq!(service.end(), Some(0));

        place.write("feeds.toml", &format!("{config}[alert]\n"));
        let ran = place.run(&["check"]);
        assert!(ran.err.contains("[alert] tells nobody"), "{}", ran.err);
        place.write("feeds.toml", &good.replace("\"sh\"", "\"\""));
        let ran = place.run(&["check"]);
        assert!(
            ran.err.contains("`command` in [alert] names no program"),
            "{}",
            ran.err
        );
    }

    #[test]
    fn under_journald_every_line_has_its_priority() {
        let origin = rss("/steppe", STEPPE);
        let place = Place::new();
        place.config(&origin, &["steppe", "away"]);
        let log = fs::File::create(place.path("journal")).unwrap();
        let meta = log.metadata().unwrap();
        let stream = format!("{}:{}", meta.dev(), meta.ino());
        let mut command = place.program(&["run", "--once"]);
        command.env("JOURNAL_STREAM", &stream).stderr(log);
        assert!(command.status().unwrap().success());
        let log = fs::read_to_string(place.path("journal")).unwrap();
        assert!(log.contains("<4>away: in trouble"), "{log}");
        assert!(log.contains("<6>one round"), "{log}");
        place.write("feeds.toml", "[feed]\ntitel = \"x\"\n");
        let mut command = place.program(&["run"]);
        let broken = Ran::of(command.env("JOURNAL_STREAM", &stream));
        for line in log.lines().chain(broken.err.lines()) {
            assert!(
                ["<3>", "<4>", "<6>"].iter().any(|p| line.starts_with(p)),
                "{line}"
            );
        }
        assert!(
            broken.err.starts_with("<3>error: unknown key"),
            "{}",
            broken.err
        );
    }

    #[test]
    fn the_journal_gets_records_where_stderr_leads_to_it() {
        let place = Place::new();
        let name = "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal && \
                    mount --bind \"$0\" /run/systemd/journal && exec \"$@\"";
        let alone = |arguments: &[&str]| {
            let mut command = Command::new("unshare");
            command.args(["-rm", "sh", "-c", name]).args(arguments);
            command
        };
        fs::create_dir(place.path("journal")).unwrap();
        let folder = place.path("journal");
        let folder = folder.to_str().unwrap();
        let allowed = alone(&[folder, "true"]).output();
        if !allowed.is_ok_and(|output| output.status.success()) {
            println!("no namespace of its own: the unit tests must do");
            return;
        }
        let journal = UnixDatagram::bind(place.path("journal/socket")).unwrap();
        place.write("feeds.toml", "[feed]\ntitel = \"x\"\nlangage = \"y\"\n");
        let (ours, stderr) = UnixStream::pair().unwrap();
        let stderr = fs::File::from(OwnedFd::from(stderr));
        let meta = stderr.metadata().unwrap();
        let stream = format!("{}:{}", meta.dev(), meta.ino());
        let ended = alone(&[folder, env!("CARGO_BIN_EXE_scofeed"), "run"])
            .current_dir(place.0.path())
            .env("JOURNAL_STREAM", stream)
            .stdin(Stdio::null())
            .stderr(stderr)
            .status()
            .unwrap();
        assert_eq!(ended.code(), Some(78));
        let mut said = String::new();
        (&ours).read_to_string(&mut said).unwrap();
        assert_eq!(said, "");
        // One record for each mistake.
        let mut buffer = [0; 4096];
        for words in [
            "feeds.toml:2:1: unknown key `titel` in [feed]; did you mean `title`?",
            "feeds.toml:3:1: unknown key `langage` in [feed]; did you mean `language`?",
        ] {
            let length = journal.recv(&mut buffer).unwrap();
            let record = String::from_utf8_lossy(&buffer[..length]);
            let expected = format!("PRIORITY=3\nSYSLOG_IDENTIFIER=scofeed\nMESSAGE={words}\n");
            assert_eq!(record, expected);
        }
    }

    #[test]
    fn a_log_that_nobody_takes_holds_nothing_up() {
        let origin = rss("/steppe", STEPPE);
        let place = Place::new();
        place.config(&origin, &["steppe"]);
        let (_ours, stderr) = UnixStream::pair().unwrap();
        stderr.set_nonblocking(true).unwrap();
        while (&stderr).write(&[b'x'; 4096]).is_ok() {}
        stderr.set_nonblocking(false).unwrap();
        let mut command = place.program(&["run", "--once"]);
        let ended = command.stderr(OwnedFd::from(stderr)).status().unwrap();
        assert_eq!(ended.code(), Some(0));
        assert_eq!(origin.requests(), 1);
    }

    #[test]
    fn nothing_a_source_sends_breaks_a_line_of_the_log() {
        let origin = Origin::new(&[
            (
                "/page",
                "text/html",
                "<html><head><title>a\n<0>b\x1b[2Jc\u{202e}d&#10;&lt;0&gt;e&#27;[31m</title></head></html>",
            ),
            ("/text", "text/plain", "x\n<0>emergency\x1b[31m\r\n<0>y"),
        ]);
        let place = Place::new();
        place.config(&origin, &["page", "text"]);
        let ran = place.run(&["run", "--once"]);
        assert_eq!(ran.code, Some(1));
        for line in ran.err.lines() {
            let known = ["   info ", "warning ", "  error "];
            assert!(
                known.iter().any(|level| line.starts_with(level)),
                "{line:?}"
            );
        }
        let odd = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!ran.err.contains(odd), "{:?}", ran.err);
        assert!(
            ran.err
                .contains("page: in trouble  wrong=not a feed: an HTML page")
        );
        let status = place.run(&["status"]).out;
        assert!(!status.contains(odd), "{status:?}");
    }

    #[test]
    fn the_unit_starts_what_there_is_and_hands_over_what_is_read() {
        let unit = include_str!("../../systemd/scofeed.service");
        let setting = |name: &str| {
            let lines = unit.lines().filter_map(|line| line.strip_prefix(name));
            let [value] = lines.collect::<Vec<_>>()[..] else {
                panic!("{name} does not stand there once")
            };
            value
        };
        let start = setting("ExecStart=/usr/bin/scofeed ");
        let arguments: Vec<_> = start.split(' ').chain(["--help"]).collect();
        assert_eq!(Place::new().run(&arguments).code, Some(0));
        assert_eq!(setting("Type="), "notify");
        assert_eq!(setting("NotifyAccess="), "main");
        assert_eq!(setting("RestartPreventExitStatus="), "78");
        assert!(setting("ExecReload=").ends_with("kill -HUP $MAINPID"));
        // What a shell finds without these variables is the same.
        assert_eq!(setting("StateDirectory="), "scofeed");
        assert_eq!(setting("ConfigurationDirectory="), "scofeed");
    }

    /// The socket on which systemd hears of a service, and how long its
    /// watchdog waits for a sign of life.
    struct Systemd(UnixDatagram);

    const WATCHDOG: Duration = Duration::from_millis(300);

    impl Systemd {
        fn of(place: &Place) -> Self {
            let socket = UnixDatagram::bind(place.path("notify")).unwrap();
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            Self(socket)
        }

        fn watches(&self, command: &mut Command) {
            let address = self.0.local_addr().unwrap();
            command
                .env("NOTIFY_SOCKET", address.as_pathname().unwrap())
                .env("WATCHDOG_USEC", WATCHDOG.as_micros().to_string());
        }

        /// The next message with a line that begins so.
        fn hear(&self, words: &str) -> String {
            loop {
                let message = self.next().unwrap_or_else(|e| panic!("{words}: {e}"));
                if message.lines().any(|line| line.starts_with(words)) {
                    return message;
                }
            }
        }

        fn next(&self) -> std::io::Result<String> {
            let mut buffer = [0; 1024];
            let length = self.0.recv(&mut buffer)?;
            Ok(String::from_utf8(buffer[..length].to_vec()).unwrap())
        }

        /// Whether no further sign of life comes within the time that the
        /// watchdog allows.
        fn waits_in_vain(&self) -> bool {
            self.0.set_nonblocking(true).unwrap();
            while self.next().is_ok() {}
            self.0.set_nonblocking(false).unwrap();
            self.0.set_read_timeout(Some(WATCHDOG)).unwrap();
            let is_sign = |message: String| message.contains("WATCHDOG=1");
            let came = std::iter::from_fn(|| self.next().ok()).any(is_sign);
            self.0.set_read_timeout(Some(PATIENCE)).unwrap();
            !came
        }
    }

    #[test]
    fn systemd_hears_ready_alive_reloading_and_stopping() {
        let origin = rss("/steppe", STEPPE);
        let place = Place::new();
        place.config(&origin, &["steppe"]);
        let systemd = Systemd::of(&place);
        let mut command = place.program(&["run"]);
        systemd.watches(&mut command);
        let mut service = Running::start(&mut command);
        assert!(systemd.hear("READY=1").contains("STATUS=1 source"));
        // It serves by the time it says so.
        let address = service.address();
        get(&address, "/");
        service.line("the first round is done");
        // An idle loop comes round in time by itself.
        for _ in 0..4 {
            systemd.hear("WATCHDOG=1");
        }
        service.signal("HUP");
        assert!(systemd.hear("RELOADING=1").contains("MONOTONIC_USEC="));
        systemd.hear("READY=1");
        service.signal("TERM");
        systemd.hear("STOPPING=1");
        assert_eq!(service.end(), Some(0));
    }

    /// D-02: a sign of life is the service's, not a timer's. The test holds
    /// the listening socket, as systemd does, and takes it away.
    #[test]
    fn a_service_that_nobody_reaches_gives_no_sign_of_life() {
        let origin = rss("/steppe", STEPPE);
        let place = Place::new();
        place.config(&origin, &["steppe"]);
        let systemd = Systemd::of(&place);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        // The program finds the socket as descriptor 3.
        let hand_over = "LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" run 3<&0 </dev/null";
        let mut shell = place.command("sh");
        shell.args(["-c", hand_over, env!("CARGO_BIN_EXE_scofeed")]);
        systemd.watches(&mut shell);
        let socket = OwnedFd::from(listener.try_clone().unwrap());
        let mut service = Running::with_input(&mut shell, socket);
        service.line("the first round is done");
        systemd.hear("WATCHDOG=1");
        let held = TcpStream::from(OwnedFd::from(listener));
        held.shutdown(Shutdown::Read).unwrap();
        service.line("our own listener does not answer");
        assert!(systemd.waits_in_vain());
        // The rest of it works on, and ends well.
        service.signal("TERM");
        systemd.hear("STOPPING=1");
        assert_eq!(service.end(), Some(0));
    }
}

mod demo {
    use super::*;

    const DEMO: [&str; 3] = ["demo", "--listen", "127.0.0.1:0"];

    /// Runs the demo for a round; the feed.
    fn round(place: &Place) -> String {
        let mut demo = place.start(&DEMO);
        let address = demo.address();
        demo.line("the first round is done");
        get(&address, "/atom.xml")
    }

    /// Lets the intervals of all sources pass: everything was promised and
    /// asked an hour and a half earlier.
    fn pass_the_intervals(data: &Path) {
        let database = rusqlite::Connection::open(data.join("demo/scofeed.db")).unwrap();
        let moved = database
            .execute(
                "UPDATE source SET due = due - 5400000, asked_at = asked_at - 5400000",
                [],
            )
            .unwrap();
        assert_eq!(moved, 8);
        database
            .execute("UPDATE asked SET at = at - 5400000", [])
            .unwrap();
    }

    #[test]
    fn it_serves_ten_stories_of_five_outlets_in_four_languages() {
        let place = Place::new();
        let mut demo = place.start(&DEMO);
        let address = demo.address();
        demo.line("the first round is done");
        let feed = get(&address, "/atom.xml");
        let set = |from: &str| {
            between(&feed, from, "\"")
                .into_iter()
                .collect::<BTreeSet<_>>()
        };
        assert!(stories(&feed).len() >= 10, "{feed}");
        assert!(set("scheme=\"urn:scofeed:outlet\" term=\"").len() >= 5);
        let languages = set("<entry xml:lang=\"");
        assert!(languages.len() >= 4, "{languages:?}");
        // Nothing published leads to the loopback server behind the demo.
        let (_, entries) = feed.split_once("<entry").unwrap();
        assert!(!entries.contains("127.0.0.1"), "{entries}");
        assert!(place.path("data/demo/scofeed.db").is_file());
        let page = get(&address, "/");
        assert!(page.contains("READ MORE"));
        assert_eq!(
            between(&get(&address, "/rss.xml"), "<guid", "</guid>").len(),
            stories(&feed).len()
        );
    }

    #[test]
    fn kill_9_in_the_middle_of_a_poll_loses_and_repeats_nothing() {
        let whole = round(&Place::new());
        let place = Place::new();
        let data = place.path("data");

        // The first answer is in, the others are under way.
        let mut command = place.program(&DEMO);
        let mut demo = Running::start(command.env("RUST_LOG", "scofeed=debug"));
        demo.line(": polled");
        demo.kill();
        // What was promised to the sources holds: nobody is asked again.
        let before = round(&place);
        assert!(stories(&before).len() <= stories(&whole).len());

        pass_the_intervals(&data);
        let after = round(&place);
        let ids: BTreeSet<_> = stories(&after).into_iter().collect();
        assert_eq!(ids.len(), stories(&after).len(), "a story is there twice");
        assert_eq!(ids.len(), stories(&whole).len(), "a story is lost");
        for story in stories(&before) {
            assert!(ids.contains(&story), "{story:?} has changed");
        }

        // Everything is known by now: a poll, cut or whole, changes no byte.
        pass_the_intervals(&data);
        let mut demo = place.start(&DEMO);
        demo.line("Ctrl-C ends");
        demo.kill();
        assert_eq!(round(&place), after);
        pass_the_intervals(&data);
        assert_eq!(round(&place), after);
    }
}
