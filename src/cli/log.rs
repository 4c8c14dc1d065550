//! The log: for eyes on stderr, as records with fields in the journal (D-11).
//! One event is one line, whatever a source sends (H-80). It is written on a
//! thread of its own: where nobody takes it, the program goes on without it
//!
//!
//! `tracing-journald` would send the words of an event without its source, and
//! wait for a journal that is stopped; the records are a few lines of our own.

use std::ffi::OsStr;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustix::fs::FileType;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use uuid::Uuid;

use super::Why;

/// Where the journal takes records with fields
/// (<https://systemd.io/JOURNAL_NATIVE_PROTOCOL/>).
const JOURNAL: &str = "/run/systemd/journal/socket";

/// The events that scripts may wait for: each has a `MESSAGE_ID` for ever,
/// which is told in scofeed(8).
const EVENTS: [&str; 12] = [
    "ready",
    "hour",
    "source-in-trouble",
    "source-well-again",
    "incident-opened",
    "incident-changed",
    "incident-closed",
    "config-loaded",
    "config-refused",
    "topic-changed",
    "clock-set",
    "stopping",
];

/// Lines that wait to be written; what is said meanwhile is lost, and counted.
const WAITING_AT_MOST: usize = 4096;

/// Letters of a value in a record: a datagram has no room for more.
const LETTERS_AT_MOST: usize = 8192;

/// The log, as long as it is held: then what waits is written, for which it
/// waits a second at most.
#[derive(Debug)]
pub(super) struct Log {
    shape: Shape,
    writer: NonBlocking,
    _worker: WorkerGuard,
}

impl Log {
    /// Starts the log. `RUST_LOG` chooses what is said; the default is `info`.
    pub(super) fn start() -> Self {
        let filter = std::env::var("RUST_LOG").ok();
        let filter = filter.and_then(|filter| filter.parse().ok());
        let filter = filter.unwrap_or_else(|| {
            Targets::new()
                .with_default(LevelFilter::WARN)
                .with_target("scofeed", LevelFilter::INFO)
        });
        let shape = Shape::of_stderr();
        let sink = match shape {
            Shape::Record => UnixDatagram::unbound().map_or(Sink::Stderr, |socket| {
                Sink::Journal(socket, Path::new(JOURNAL).into())
            }),
            Shape::Priority | Shape::Colour | Shape::Plain => Sink::Stderr,
        };
        let (writer, worker) = Counting::start(sink, shape);
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(writer.clone())
            .event_format(shape);
        tracing_subscriber::registry()
            .with(lines)
            .with(filter)
            .init();
        Self {
            shape,
            writer,
            _worker: worker,
        }
    }

    /// Says why the command ends: as it is for eyes, as errors in the journal,
    /// where an operator looks for those.
    pub(super) fn last_words(mut self, why: &Why) {
        let lines = match (self.shape, why) {
            (Shape::Record, Why::Mistakes(mistakes)) => {
                mistakes.iter().map(ToString::to_string).collect()
            }
            (Shape::Record, Why::Said(said)) => vec![said.clone()],
            (_, why) => {
                let said = why.to_string();
                said.trim_end().lines().map(str::to_owned).collect()
            }
        };
        for line in lines {
            let line = self.shape.bare(&line);
            // A log that is closed is nobody's mistake.
            drop(self.writer.write_all(line.as_bytes()));
        }
    }
}

/// What takes the lines.
#[derive(Debug)]
enum Sink {
    Stderr,
    /// A record is one datagram.
    Journal(UnixDatagram, Box<Path>),
}

impl Write for Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stderr => io::stderr().write(line),
            Self::Journal(socket, path) => socket.send_to(line, &**path),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A sink that tells how many lines it did not get.
#[derive(Debug)]
struct Counting<W> {
    sink: W,
    shape: Shape,
    lost: Arc<OnceLock<ErrorCounter>>,
    told: usize,
}

impl<W: Write + Send + 'static> Counting<W> {
    fn start(sink: W, shape: Shape) -> (NonBlocking, WorkerGuard) {
        let lost = Arc::default();
        let counting = Self {
            sink,
            shape,
            lost: Arc::clone(&lost),
            told: 0,
        };
        let (writer, worker) = NonBlockingBuilder::default()
            .buffered_lines_limit(WAITING_AT_MOST)
            .thread_name("log")
            .finish(counting);
        lost.get_or_init(|| writer.error_counter());
        (writer, worker)
    }
}

impl<W: Write> Write for Counting<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let lost = self.lost.get().map_or(0, ErrorCounter::dropped_lines);
        if lost > self.told {
            let lines = lost - self.told;
            let said = format!("{lines} lines of the log were lost: nobody took them");
            self.sink.write_all(self.shape.bare(&said).as_bytes())?;
            self.told = lost;
        }
        self.sink.write_all(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// The journal's own: fields.
    Record,
    /// A line with its priority before it.
    Priority,
    Colour,
    Plain,
}

impl Shape {
    /// The terminal comes first: a desktop's terminal is itself a unit, and
    /// hands its `$JOURNAL_STREAM` on to the shell.
    fn of_stderr() -> Self {
        if std::io::stderr().is_terminal() {
            return Self::Colour;
        }
        match std::env::var_os("JOURNAL_STREAM") {
            Some(stream) if is_stderr(&stream) && Path::new(JOURNAL).exists() => Self::Record,
            Some(_) => Self::Priority,
            None => Self::Plain,
        }
    }

    /// An error that is no event.
    fn bare(self, said: &str) -> String {
        match self {
            Self::Record => record(3, said, &[], None),
            Self::Priority => format!("<3>{said}\n"),
            Self::Colour | Self::Plain => format!("{said}\n"),
        }
    }
}

/// Whether stderr is the stream to the journal of this name, and not a file or
/// a pipe that it was turned to.
fn is_stderr(stream: &OsStr) -> bool {
    rustix::fs::fstat(io::stderr()).is_ok_and(|stderr| {
        let name = format!("{}:{}", stderr.st_dev, stderr.st_ino);
        stream == name.as_str() && FileType::from_raw_mode(stderr.st_mode) == FileType::Socket
    })
}

/// A record of the journal.
fn record(priority: u8, message: &str, fields: &[(String, String)], id: Option<Uuid>) -> String {
    let mut record = format!("PRIORITY={priority}\nSYSLOG_IDENTIFIER=scofeed\n");
    let id = id.map(|id| ("MESSAGE_ID".to_owned(), id.simple().to_string()));
    let message = ("MESSAGE".to_owned(), message.to_owned());
    for (name, value) in std::iter::once(&message).chain(&id).chain(fields) {
        let value: String = inert(value).chars().take(LETTERS_AT_MOST).collect();
        record.extend([&*name.to_ascii_uppercase(), "=", &value, "\n"]);
    }
    record
}

/// The `MESSAGE_ID` of an event, if it has one.
fn message_id(event: &str) -> Option<Uuid> {
    let name = format!("{event}.scofeed");
    let is_known = EVENTS.contains(&event);
    is_known.then(|| Uuid::new_v5(&Uuid::NAMESPACE_DNS, name.as_bytes()))
}

impl<S, N> FormatEvent<S, N> for Shape
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (priority, word, colour) = match *event.metadata().level() {
            Level::ERROR => (3, "error", "31"),
            Level::WARN => (4, "warning", "33"),
            Level::INFO => (6, "info", "32"),
            Level::DEBUG | Level::TRACE => (7, "debug", "90"),
        };
        let mut line = Line::default();
        event.record(&mut line);
        let text = line.text();
        match self {
            Self::Record => {
                let id = message_id(event.metadata().name());
                writer.write_str(&record(priority, &text, &line.fields, id))
            }
            Self::Priority => writeln!(writer, "<{priority}>{text}"),
            Self::Colour => writeln!(writer, "\x1b[{colour}m{word:>7}\x1b[0m {text}"),
            Self::Plain => writeln!(writer, "{word:>7} {text}"),
        }
    }
}

/// The words of one event.
#[derive(Debug, Default)]
struct Line {
    message: String,
    fields: Vec<(String, String)>,
}

impl Line {
    /// What is wrong with which source, and the rest behind it.
    fn text(&self) -> String {
        let source = self.fields.iter().find(|(name, _)| name == "source");
        let mut text = source.map_or_else(String::new, |(_, source)| source.clone());
        if !text.is_empty() && !self.message.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&self.message);
        for (name, value) in self.fields.iter().filter(|(name, _)| name != "source") {
            text.extend(["  ", name, "=", value]);
        }
        text
    }

    fn add(&mut self, field: &Field, value: &str) {
        let value = inert(value);
        match field.name() {
            "message" => self.message = value,
            name => self.fields.push((name.to_owned(), value)),
        }
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, &format!("{value:?}"));
    }
}

/// `text` on one line, with nothing in it that a terminal or a log reader
/// would act upon.
fn inert(text: &str) -> String {
    let acts = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(acts) {
        return text.to_owned();
    }
    text.chars()
        .map(|c| {
            if acts(c) {
                c.escape_unicode().to_string()
            } else {
                c.to_string()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_source_sends_stays_on_its_line() {
        assert_eq!(inert("шос ok"), "шос ok");
        assert_eq!(inert("a\n<0>b\x1b[2J"), "a\\u{a}<0>b\\u{1b}[2J");
        assert_eq!(inert("a\u{202e}b"), "a\\u{202e}b");
    }

    #[test]
    fn the_journal_gets_fields() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let journal = UnixDatagram::bind(&path).unwrap();
        let sink = Sink::Journal(UnixDatagram::unbound().unwrap(), path.into());
        let (writer, worker) = Counting::start(sink, Shape::Record);
        let subscriber = tracing_subscriber::fmt()
            .with_writer(writer)
            .event_format(Shape::Record)
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let (source, wrong) = ("steppe", "HTTP 500\n<0>\nPRIORITY=0");
            tracing::warn!(name: "source-in-trouble", source, wrong, "in trouble");
            tracing::info!("the page");
        });
        drop(worker);
        let mut buffer = [0; 4096];
        let mut read = || {
            let length = journal.recv(&mut buffer).unwrap();
            String::from_utf8(buffer[..length].to_vec()).unwrap()
        };
        let id = message_id("source-in-trouble").unwrap().simple();
        let wrong = "HTTP 500\\u{a}<0>\\u{a}PRIORITY=0";
        assert_eq!(
            read(),
            format!(
                "PRIORITY=4\nSYSLOG_IDENTIFIER=scofeed\n\
                 MESSAGE=steppe: in trouble  wrong={wrong}\nMESSAGE_ID={id}\n\
                 SOURCE=steppe\nWRONG={wrong}\n"
            )
        );
        assert_eq!(
            read(),
            "PRIORITY=6\nSYSLOG_IDENTIFIER=scofeed\nMESSAGE=the page\n"
        );
    }

    #[test]
    fn the_manual_tells_the_ids_of_all_events() {
        let manual = include_str!("../../package/scofeed.8");
        for event in EVENTS {
            let id = message_id(event).unwrap().simple();
            let entry = format!(".It {event}\n.Li {id}\n");
            assert!(manual.contains(&entry), "{entry}");
        }
        assert_eq!(message_id("event src/daemon.rs:12"), None);
    }

    /// Takes lines only while somebody holds the other end of the channel.
    struct Slow(
        std::sync::mpsc::Receiver<()>,
        std::sync::mpsc::Sender<String>,
    );

    impl Write for Slow {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.0.recv().unwrap_or_default();
            self.1
                .send(String::from_utf8(line.to_vec()).unwrap())
                .unwrap();
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_nobody_takes_is_counted() {
        let (go, gate) = std::sync::mpsc::channel();
        let (taken, lines) = std::sync::mpsc::channel();
        let (mut writer, worker) = Counting::start(Slow(gate, taken), Shape::Plain);
        let said = WAITING_AT_MOST + 100;
        for _ in 0..said {
            writer.write_all(b"line\n").unwrap();
        }
        // From here on everything is taken.
        drop(go);
        drop(worker);
        let lines: Vec<String> = lines.iter().collect();
        let lost = said - lines.iter().filter(|line| *line == "line\n").count();
        assert!(lost > 0);
        let told = format!("{lost} lines of the log were lost: nobody took them\n");
        assert!(lines.contains(&told), "{lost}: {:?}", &lines[..3]);
    }
}
