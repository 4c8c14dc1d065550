//! Mistakes as a good compiler shows them: the place, the line, a caret, what
//! is wrong, what was meant.

use std::fmt;
use std::ops::Range;

use crate::text::width::is_wide;

/// A mistake at bytes of the text, not yet placed.
#[derive(Clone, Debug)]
pub(super) struct Wrong {
    pub(super) span: Range<usize>,
    pub(super) said: String,
    pub(super) help: Option<String>,
    /// Whether what stands there must not be shown.
    pub(super) secret: bool,
}

/// One mistake with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 if the mistake is that of the whole file.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub said: String,
    /// What was meant.
    pub help: Option<String>,
    source: String,
    width: usize,
}

impl fmt::Display for Mistake {
    /// In one line, for a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", self.said)?;
        self.help.iter().try_for_each(|help| write!(f, "; {help}"))
    }
}

/// All mistakes of a file, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes {
    file: String,
    list: Vec<Mistake>,
}

impl std::error::Error for Mistakes {}

impl Mistakes {
    /// A mistake of the file as such: it cannot be read.
    pub(super) fn of_file(file: &str, said: &str) -> Self {
        Self {
            file: file.to_owned(),
            list: vec![Mistake {
                file: file.to_owned(),
                line: 0,
                column: 0,
                said: said.to_owned(),
                help: None,
                source: String::new(),
                width: 0,
            }],
        }
    }

    pub(super) fn place(mut wrongs: Vec<Wrong>, text: &str, file: &str) -> Self {
        wrongs.sort_by(|a, b| (a.span.start, &a.said).cmp(&(b.span.start, &b.said)));
        wrongs.dedup_by(|a, b| a.span == b.span && a.said == b.said);
        Self {
            file: file.to_owned(),
            list: wrongs
                .into_iter()
                .map(|wrong| placed(wrong, text, file))
                .collect(),
        }
    }

    /// Those of several files, the main one first.
    pub(super) fn together(mistakes: impl Iterator<Item = Self>) -> Self {
        let mut together = Self {
            file: String::new(),
            list: Vec::new(),
        };
        for Self { file, list } in mistakes {
            if together.file.is_empty() {
                together.file = file;
            }
            together.list.extend(list);
        }
        together
    }

    /// All in one line, without what stands in the file: that may be nobody
    /// else's business.
    pub fn brief(&self) -> String {
        let Some(first) = self.list.first() else {
            return String::new();
        };
        let place = match first.line {
            0 => String::new(),
            line => format!("line {line}: "),
        };
        let more = match self.list.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        format!("{place}{}{more}", first.said)
    }

    /// The mistakes in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.list.iter()
    }
}

fn placed(wrong: Wrong, text: &str, file: &str) -> Mistake {
    let start = floor(text, wrong.span.start);
    let before = text.get(..start).unwrap_or_default();
    let line_at = before.rfind('\n').map_or(0, |at| at + 1);
    let line_end = text
        .get(start..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |at| start + at);
    let end = floor(text, wrong.span.end).clamp(start, line_end);
    let count = |from: usize, to: usize| text.get(from..to).map_or(0, |part| part.chars().count());
    let mut source = text.get(line_at..line_end).unwrap_or_default().to_owned();
    if wrong.secret {
        let hidden = "*".repeat(count(start, end));
        source.replace_range(start - line_at..end - line_at, &hidden);
    }
    Mistake {
        file: file.to_owned(),
        line: before.matches('\n').count() + 1,
        column: count(line_at, start) + 1,
        said: wrong.said,
        help: wrong.help,
        source: source.trim_end().to_owned(),
        width: count(start, end).max(1),
    }
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mistake in &self.list {
            writeln!(f, "error: {}", mistake.said)?;
            if mistake.line == 0 {
                writeln!(f, " --> {}", mistake.file)?;
                continue;
            }
            let number = mistake.line.to_string();
            let margin = " ".repeat(number.len());
            writeln!(
                f,
                "{margin}--> {}:{number}:{}",
                mistake.file, mistake.column
            )?;
            writeln!(f, "{margin} |")?;
            writeln!(f, "{number} | {}", mistake.source)?;
            // As wide as the text above, whatever its script.
            let indent: String = mistake
                .source
                .chars()
                .take(mistake.column - 1)
                .map(blank)
                .collect();
            let marked = mistake
                .source
                .chars()
                .skip(mistake.column - 1)
                .take(mistake.width);
            let mut carets: String = marked
                .map(|c| if is_wide(c) { "^^" } else { "^" })
                .collect();
            if carets.is_empty() {
                carets.push('^');
            }
            writeln!(f, "{margin} | {indent}{carets}")?;
            if let Some(help) = &mistake.help {
                writeln!(f, "{margin} = help: {help}")?;
            }
        }
        let n = self.list.len();
        let s = if n == 1 { "" } else { "s" };
        write!(f, "{}: {n} mistake{s}; nothing was changed", self.file)
    }
}

fn blank(c: char) -> &'static str {
    match c {
        '\t' => "\t",
        c if is_wide(c) => "  ",
        _ => " ",
    }
}
