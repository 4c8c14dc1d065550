//! The log on stderr: for eyes in a terminal, with `<n>` priorities under
//! journald (D-11). One event is one line, whatever a source sends (H-80).

use std::fmt;
use std::io::{IsTerminal, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Starts the log. `RUST_LOG` chooses what is said; the default is `info`.
pub(super) fn start() {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,scofeed=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .event_format(Shape::of_stderr())
        .init();
}

/// Says why the command ends: as it is for eyes, as errors under journald,
/// where an operator looks for those.
pub(super) fn last_words(said: &str) {
    let priority = match Shape::of_stderr() {
        Shape::Journal => "<3>",
        Shape::Colour | Shape::Plain => "",
    };
    for line in said.trim_end().lines() {
        // A closed stderr is nobody's mistake.
        drop(writeln!(std::io::stderr(), "{priority}{line}"));
    }
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    Journal,
    Colour,
    Plain,
}

impl Shape {
    /// The terminal comes first: a desktop's terminal is itself a unit, and
    /// hands its `$JOURNAL_STREAM` on to the shell.
    fn of_stderr() -> Self {
        if std::io::stderr().is_terminal() {
            Self::Colour
        } else if std::env::var_os("JOURNAL_STREAM").is_some() {
            Self::Journal
        } else {
            Self::Plain
        }
    }
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
        match self {
            Self::Journal => write!(writer, "<{priority}>")?,
            Self::Colour => write!(writer, "\x1b[{colour}m{word:>7}\x1b[0m ")?,
            Self::Plain => write!(writer, "{word:>7} ")?,
        }
        let mut line = Line::default();
        event.record(&mut line);
        writeln!(writer, "{}", line.text())
    }
}

/// The words of one event.
#[derive(Debug, Default)]
struct Line {
    source: String,
    message: String,
    fields: String,
}

impl Line {
    fn text(&self) -> String {
        let mut text = self.source.clone();
        if !text.is_empty() && !self.message.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&self.message);
        text.push_str(&self.fields);
        text
    }

    fn add(&mut self, field: &Field, value: &str) {
        let value = inert(value);
        match field.name() {
            "message" => self.message = value,
            "source" => self.source = value,
            name => {
                self.fields.extend(["  ", name, "=", &value]);
            }
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
}
