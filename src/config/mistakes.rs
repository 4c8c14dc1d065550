//! Mistakes as a good compiler shows them: the place, the line, a caret, what
//! is wrong, what was meant.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use crate::text::url;
use crate::text::width::{columns_of, is_wide};

/// Columns of a terminal, which a shown line fits.
const COLUMNS: usize = 80;

/// Letters of what is said.
const SAID_AT_MOST: usize = 600;

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
    /// A configuration that has lost all its sources, as a save on a full disk
    /// leaves it.
    pub(crate) fn without_sources(file: &str) -> Self {
        let said = "no [[source]] is left; if that is meant, give each one `enabled = false`, \
                    else save the file again";
        Self::of_file(file, said)
    }

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
        let folder = Path::new(&self.file).parent().unwrap_or(Path::new(""));
        let file = Path::new(&first.file);
        let file = file.strip_prefix(folder).unwrap_or(file).display();
        let place = match (first.file == self.file, first.line) {
            (true, 0) => String::new(),
            (true, line) => format!("line {line}: "),
            (false, 0) => format!("{file}: "),
            (false, line) => format!("{file}, line {line}: "),
        };
        let more = match self.list.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let said = first.said.split(": \"").next().unwrap_or_default();
        format!("{place}{said}{more}")
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
        hide(&mut source, start - line_at..end - line_at);
    }
    if let Some(secret) = secret_in(&source) {
        hide(&mut source, secret);
    }
    Mistake {
        file: file.to_owned(),
        line: before.matches('\n').count() + 1,
        column: count(line_at, start) + 1,
        said: bounded(wrong.said),
        help: wrong.help.map(bounded),
        source: source.trim_end().replace(is_command, "\u{FFFD}"),
        width: count(start, end).max(1),
    }
}

/// What is said may quote what was typed, however long that is.
fn bounded(mut said: String) -> String {
    if let Some((end, _)) = said.char_indices().nth(SAID_AT_MOST) {
        said.truncate(end);
        said.push('…');
    }
    said
}

/// Puts asterisks in the place of a text that is shown nowhere (H-77).
fn hide(source: &mut String, range: Range<usize>) {
    let hidden = source.get(range.clone()).unwrap_or_default();
    let hidden = "*".repeat(hidden.chars().count());
    source.replace_range(range, &hidden);
}

/// What stands in a line behind a key that has a secret for its value as a
/// rule, such as `token = …`. The names of ours are no secrets.
fn secret_in(line: &str) -> Option<Range<usize>> {
    let signs = line.match_indices(['=', ':']);
    let mut values = signs.filter_map(|(at, sign)| {
        let name = line.get(..at)?.trim_end().trim_end_matches(['"', '\'']);
        let is_of_name = |c: char| c.is_alphanumeric() || "-_".contains(c);
        let name = name.rsplit(|c| !is_of_name(c)).next()?;
        (name != "secret" && url::is_secret(name)).then_some(at + sign.len())
    });
    let value = values.next()?;
    let blank = line.get(value..)?;
    let from = line.len() - blank.trim_start().len();
    Some(from..from.max(line.trim_end().len()))
}

/// A character that would be a command to a terminal.
fn is_command(c: char) -> bool {
    c.is_control() && c != '\t'
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
            let room = COLUMNS.saturating_sub(margin.len() + 3);
            let (source, carets) = shown(mistake, room);
            writeln!(f, "{number} | {source}")?;
            writeln!(f, "{margin} | {carets}")?;
            if let Some(help) = &mistake.help {
                writeln!(f, "{margin} = help: {help}")?;
            }
        }
        let n = self.list.len();
        let s = if n == 1 { "" } else { "s" };
        write!(f, "{}: {n} mistake{s}; nothing was changed", self.file)
    }
}

/// The part of a line around what is wrong that fits into `room` columns, and
/// the carets below, as far apart as the text above, whatever its script.
fn shown(mistake: &Mistake, room: usize) -> (String, String) {
    let line: Vec<char> = mistake.source.chars().collect();
    let (before, after) = line.split_at((mistake.column - 1).min(line.len()));
    let wrong = mistake.width.min(after.len());
    let columns = |part: &[char]| part.iter().map(|c| columns_of(*c)).sum::<usize>();
    // An ellipsis at either end.
    let inner = room.saturating_sub(2);
    let marked = fitting(after.iter().take(wrong), inner);
    let lead = if columns(&line) <= room || columns(before) + marked.columns <= inner {
        before.len()
    } else {
        let free = inner.saturating_sub(marked.columns) / 2;
        fitting(before.iter().rev(), free.max(inner / 4)).letters
    };
    let before = before.iter().skip(before.len() - lead);
    let lead_columns: usize = before.clone().map(|c| columns_of(*c)).sum();
    let (from, trail) = if columns(&line) <= room {
        ("", after.len())
    } else {
        let from = if lead < mistake.column - 1 { "…" } else { "" };
        let trail = fitting(after.iter(), inner.saturating_sub(lead_columns));
        (from, trail.letters)
    };
    let to = if trail < after.len() { "…" } else { "" };
    let source: String = before.clone().chain(after.iter().take(trail)).collect();
    let indent: String = before.map(|c| blank(*c)).collect();
    let marked = after.iter().take(wrong.min(trail));
    let carets = marked.map(|c| if is_wide(*c) { "^^" } else { "^" });
    let mut carets: String = carets.collect();
    if carets.is_empty() {
        carets.push('^');
    }
    let margin = if from.is_empty() { "" } else { " " };
    (
        format!("{from}{source}{to}"),
        format!("{margin}{indent}{carets}"),
    )
}

/// How much of a text there is in so many columns.
#[derive(Default)]
struct Fitting {
    letters: usize,
    columns: usize,
}

fn fitting<'c>(text: impl Iterator<Item = &'c char>, room: usize) -> Fitting {
    let mut fitting = Fitting::default();
    for c in text {
        if fitting.columns + columns_of(*c) > room {
            break;
        }
        fitting.letters += 1;
        fitting.columns += columns_of(*c);
    }
    fitting
}

fn blank(c: char) -> &'static str {
    match c {
        '\t' => "\t",
        c if is_wide(c) => "  ",
        _ => " ",
    }
}
