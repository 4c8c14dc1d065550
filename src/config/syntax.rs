//! A file that is no TOML: each damage is told once, where it is, and taken
//! out, so that the rest of the file can be checked as well.
//!
//! The parser recovers by guessing. After one bracket that is never closed it
//! takes every later line for a list's element, and says so. So after its
//! first complaint the damaged statement is blanked out, and the rest is
//! parsed again.

use std::ops::Range;

use toml::de::{DeTable, Error};

use super::mistakes::Wrong;
use super::table::A_SECRET;
use crate::text::fold::is_invisible;
use crate::text::url;

/// After so many the file is something else.
const DAMAGES_AT_MOST: usize = 20;

/// A text in which everything parses.
#[derive(Debug, Default)]
pub(super) struct Sound {
    /// The text, as long as it was: what was damaged is blank, or holds the
    /// key alone.
    pub(super) text: String,
    /// What was taken out.
    damaged: Vec<Range<usize>>,
    /// What was wrong with it.
    pub(super) wrongs: Vec<Wrong>,
    /// Whether all of it parses now.
    pub(super) whole: bool,
}

impl Sound {
    /// Whether a place was damaged: what stands there now says nothing.
    pub(super) fn is_damaged(&self, at: usize) -> bool {
        self.damaged.iter().any(|range| range.contains(&at))
    }

    /// The tables in which something is damaged: what is missing there may be
    /// just that.
    pub(super) fn doubtful(&self) -> Vec<Range<usize>> {
        let statements = statements(&self.text).into_iter();
        let headers = statements.filter(|(_, what)| *what == Begins::Header);
        let begins: Vec<usize> = headers.map(|(at, _)| at).collect();
        let ends = begins.iter().skip(1).copied().chain([self.text.len() + 1]);
        let tables = begins.iter().zip(ends).map(|(from, to)| *from..to);
        tables
            .filter(|table| self.damaged.iter().any(|d| table.contains(&d.start)))
            .collect()
    }

    /// Takes a damaged region out. A key stays, so that nobody misses it.
    fn take_out(&mut self, region: Range<usize>) {
        let again = self.is_damaged(region.start);
        let Some(text) = self.text.get(region.clone()) else {
            return;
        };
        let mut blank: String = text
            .bytes()
            .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
            .collect();
        let line = text.lines().next().unwrap_or_default();
        let key = format!("{}=0", key(line).unwrap_or_default());
        if begins(line) != Some(Begins::Header) && !again && (3..=line.len()).contains(&key.len()) {
            blank.replace_range(..key.len(), &key);
        }
        self.text.replace_range(region.clone(), &blank);
        self.damaged.push(region);
    }
}

/// Takes out of a text what does not parse, and tells what that was.
pub(super) fn sound(text: &str) -> Sound {
    let mut sound = Sound {
        text: text.to_owned(),
        ..Sound::default()
    };
    for _ in 0..2 * DAMAGES_AT_MOST {
        let (_, broken) = DeTable::parse_recoverable(&sound.text);
        let at = |error: &Error| error.span().map_or(0, |span| span.start);
        let Some(first) = broken.iter().min_by_key(|error| at(error)) else {
            sound.whole = true;
            break;
        };
        let damage = damage(&sound.text, first);
        if !sound.is_damaged(damage.region.start) {
            if sound.wrongs.len() == DAMAGES_AT_MOST {
                break;
            }
            sound.wrongs.push(damage.wrong);
        }
        sound.take_out(damage.region);
    }
    sound
}

/// What is wrong, and what must go for it.
struct Damage {
    wrong: Wrong,
    region: Range<usize>,
}

/// What a line begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begins {
    /// `[table]` or `[[table]]`, closed or not.
    Header,
    /// `key = …`
    Pair,
}

/// The key that a line begins with, if it begins with one.
fn key(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let is_of_key = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let end = line.find(|c| !is_of_key(c)).unwrap_or(line.len());
    line.get(..end).filter(|key| !key.is_empty())
}

fn key_of_header(line: &str) -> &str {
    key(line.trim_start().trim_start_matches('[')).unwrap_or_default()
}

fn begins(line: &str) -> Option<Begins> {
    let line = line.trim_start();
    let inner = line.trim_start_matches('[');
    let rest = inner.get(key(inner)?.len()..)?.trim();
    let is_opened = inner.len() < line.len();
    let is_closed = rest.starts_with(']');
    let tail = rest.trim_start_matches(']').trim_start();
    if (is_opened || is_closed) && (tail.is_empty() || tail.starts_with('#')) {
        Some(Begins::Header)
    } else if !is_opened && rest.starts_with('=') {
        Some(Begins::Pair)
    } else {
        None
    }
}

/// The lines that begin something: where, and what.
fn statements(text: &str) -> Vec<(usize, Begins)> {
    let mut at = 0;
    let mut statements = Vec::new();
    for line in text.split_inclusive('\n') {
        statements.extend(begins(line).map(|what| (at, what)));
        at += line.len();
    }
    statements
}

fn damage(text: &str, error: &Error) -> Damage {
    let span = error.span().unwrap_or(0..0);
    if error.message().contains("multi-line") {
        return endless(text, span.start);
    }
    if let Some(damage) = never_closed(text, span.start) {
        return damage;
    }
    let line = line_at(text, span.start);
    let header = begins(text.get(line.clone()).unwrap_or_default()) == Some(Begins::Header);
    let is_next = |(at, what): &(usize, Begins)| *at > line.start && *what == Begins::Header;
    let end = if header {
        // Its keys belong to no table now.
        let next = statements(text).into_iter().find(is_next);
        next.map_or(text.len(), |(at, _)| at)
    } else {
        line.end
    };
    Damage {
        wrong: in_words(text, line.clone(), span, error.message()),
        region: line.start..end,
    }
}

/// A string over several lines without an end.
fn endless(text: &str, otherwise: usize) -> Damage {
    let opened = text.rfind("\"\"\"").max(text.rfind("'''"));
    let at = opened.unwrap_or(otherwise);
    Damage {
        wrong: Wrong {
            span: at..at + 3,
            said: "this string over several lines is never closed".to_owned(),
            help: Some("it ends with the three quotes with which it began".to_owned()),
            secret: false,
        },
        region: line_at(text, at).start..text.len(),
    }
}

/// The bracket before `at` that is never closed, if the statement there runs
/// on into the next one.
fn never_closed(text: &str, at: usize) -> Option<Damage> {
    let statements = statements(text);
    let next = statements.partition_point(|(start, _)| *start <= at);
    let here = statements.get(next.checked_sub(1)?)?;
    // `[[` of a header, too, is taken for lists in a list.
    let before = text.get(here.0..at)?.trim();
    let is_at_its_begin = before.trim_start_matches('[').is_empty();
    let is_at_the_end = text.get(at..)?.trim().is_empty();
    let (region, _) = if is_at_its_begin {
        let before = statements.get(next.checked_sub(2)?)?;
        (before.0..here.0, before.1)
    } else if is_at_the_end {
        (here.0..text.len(), here.1)
    } else {
        return None;
    };
    let (open, bracket) = open_bracket(text.get(region.clone())?)?;
    let open = region.start + open;
    let close = if bracket == '[' { ']' } else { '}' };
    Some(Damage {
        wrong: Wrong {
            span: open..open + 1,
            said: format!("this `{bracket}` is never closed"),
            help: Some(format!("add a `{close}` where it ends")),
            secret: false,
        },
        region,
    })
}

/// The first bracket of a pair that stays open.
fn open_bracket(statement: &str) -> Option<(usize, char)> {
    let (_, value) = statement.split_once('=')?;
    let from = statement.len() - value.len();
    let mut open = Vec::new();
    let mut quote = None;
    let mut escaped = false;
    let mut comment = false;
    for (at, c) in value.char_indices() {
        match (quote, c) {
            (_, '\n') => (quote, escaped, comment) = (None, false, false),
            _ if comment => {}
            (Some('"'), '\\') if !escaped => escaped = true,
            (Some(q), c) => {
                if c == q && !escaped {
                    quote = None;
                }
                escaped = false;
            }
            (None, '"' | '\'') => quote = Some(c),
            (None, '#') => comment = true,
            (None, '[' | '{') => open.push((from + at, c)),
            (None, ']' | '}') => drop(open.pop()),
            _ => {}
        }
    }
    open.first().copied()
}

fn line_at(text: &str, at: usize) -> Range<usize> {
    let at = at.min(text.len());
    let start = text.get(..at).and_then(|before| before.rfind('\n'));
    let start = start.map_or(0, |end| end + 1);
    let end = text.get(start..).and_then(|rest| rest.find('\n'));
    start..end.map_or(text.len(), |end| start + end)
}

/// The parser's complaint in the words of feeds.toml.
fn in_words(text: &str, line: Range<usize>, span: Range<usize>, message: &str) -> Wrong {
    let typed = text.get(line.clone()).unwrap_or_default();
    if let Some(wrong) = unseen(typed, line.start).or_else(|| comma(typed, line.start)) {
        return wrong;
    }
    let key = key(typed).unwrap_or_default();
    let marked = text.get(span.clone()).unwrap_or_default();
    let begins_with = |words: &[&str]| words.iter().any(|words| message.starts_with(words));
    let (said, help) = if begins_with(&["duplicate key"]) {
        match begins(typed) {
            Some(Begins::Header) if SEVERAL.contains(&marked) => (
                format!("there may be several of these: each is written as [[{marked}]]"),
                format!("write [[{marked}]], in double brackets"),
            ),
            Some(Begins::Header) => (
                format!("a second [{marked}]"),
                "write all keys of a table below one header".to_owned(),
            ),
            _ => (
                format!("`{marked}` is set twice in the same table"),
                "keep one of the two".to_owned(),
            ),
        }
    } else if begins(typed) == Some(Begins::Header) {
        let name = key_of_header(typed);
        let header = if SEVERAL.contains(&name) {
            format!("write [[{name}]]")
        } else {
            format!("write [{name}]")
        };
        ("this header has a bracket too few".to_owned(), header)
    } else if marked.starts_with(':') {
        (
            format!("`{key}` is set with `=`, not with `:`"),
            format!("`{key} = …`"),
        )
    } else if begins_with(&["key with no value"]) {
        (
            format!("no `=` after `{key}`"),
            "a line is `key = value`".to_owned(),
        )
    } else if begins_with(&["invalid unquoted key", "invalid key", "unquoted keys"]) {
        (
            "this is no `key = value`".to_owned(),
            "feeds.toml is TOML: `key = value`, one a line, below a `[table]`".to_owned(),
        )
    } else if begins_with(&["invalid basic string", "invalid literal string"]) {
        (
            "this string is not closed".to_owned(),
            "it ends with the quote with which it began, on the same line".to_owned(),
        )
    } else if begins_with(&["missing escaped value", "too few unicode"]) {
        (
            "no such escape: a `\\` is written `\\\\`".to_owned(),
            "or put the text in single quotes, in which `\\` is itself".to_owned(),
        )
    } else if begins_with(&["missing comma"]) {
        (
            "a comma is missing before this".to_owned(),
            "elements are parted by commas: [\"one\", \"two\"]".to_owned(),
        )
    } else if begins_with(&["extra `=`"]) {
        ("one `=` too many".to_owned(), format!("`{key} = …`"))
    } else if begins_with(&["unexpected key or value"]) {
        (
            "nothing may stand behind the value".to_owned(),
            "one `key = value` a line; a comment begins with `#`".to_owned(),
        )
    } else if begins_with(&[
        "string values",
        "invalid ",
        "unexpected leading zero",
        "missing opening quote",
    ]) {
        return no_value(typed, line.start, key, span);
    } else {
        (message.to_owned(), String::new())
    };
    Wrong {
        span,
        said,
        help: Some(help).filter(|help| !help.is_empty()),
        secret: false,
    }
}

/// Tables of which there may be several.
const SEVERAL: [&str; 2] = ["source", "view"];

/// A character that nobody sees, where only a space or none may stand.
fn unseen(line: &str, start: usize) -> Option<Wrong> {
    let mut quote = None;
    let mut comment = false;
    let (at, c) = line.trim_end_matches('\r').char_indices().find(|(_, c)| {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(*c),
            (Some(open), c) if open == *c => quote = None,
            (None, '#') => comment = true,
            _ => {}
        }
        let is_free = quote.is_none() && !comment;
        let is_unseen = is_invisible(*c) || (c.is_whitespace() && *c != ' ');
        *c != '\t' && (c.is_control() || (is_free && is_unseen))
    })?;
    let name = match c {
        '\0' => ", NUL",
        '\u{A0}' => ", a no-break space",
        '\u{200B}' => ", a zero-width space",
        '\u{FEFF}' => ", a byte order mark",
        _ => "",
    };
    Some(Wrong {
        span: start + at..start + at + c.len_utf8(),
        said: format!(
            "an invisible character stands here: U+{:04X}{name}",
            u32::from(c)
        ),
        help: Some("delete it; a space is typed with the space bar".to_owned()),
        secret: false,
    })
}

/// A number with a comma for its point.
fn comma(line: &str, start: usize) -> Option<Wrong> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    line.match_indices(',').find_map(|(at, _)| {
        let (before, after) = (line.get(..at)?, line.get(at + 1..)?);
        let whole = before.trim_end_matches(|c: char| c.is_ascii_digit());
        let (whole_digits, part_digits) = (before.len() - whole.len(), digits(after));
        let is_value = whole.trim_end().ends_with('=') && whole.matches('"').count() % 2 == 0;
        if !is_value || whole_digits == 0 || part_digits == 0 {
            return None;
        }
        let (number, part) = (before.get(whole.len()..)?, after.get(..part_digits)?);
        Some(Wrong {
            span: start + whole.len()..start + at + 1 + part_digits,
            said: "a number has a decimal point, not a comma".to_owned(),
            help: Some(format!("write `{number}.{part}`")),
            secret: false,
        })
    })
}

/// A value that is none: mostly text without quotes.
fn no_value(line: &str, start: usize, key: &str, span: Range<usize>) -> Wrong {
    let typed = line.split_once('=').map_or("", |(_, value)| value);
    let offset = line.len() - typed.trim_start().len();
    let typed = typed.split('#').next().unwrap_or_default().trim();
    if typed.is_empty() {
        return Wrong {
            span,
            said: format!("`{key}` has no value"),
            help: Some("delete the line, or put a `#` before it, for the default".to_owned()),
            secret: false,
        };
    }
    if typed.starts_with('[') || typed.starts_with('{') {
        return Wrong {
            span,
            said: "a value is not understood here".to_owned(),
            help: Some("text stands in quotes: [\"one\", \"two\"]".to_owned()),
            secret: false,
        };
    }
    let help = match typed {
        "True" | "TRUE" | "yes" | "on" => "write `true`".to_owned(),
        "False" | "FALSE" | "no" | "off" => "write `false`".to_owned(),
        _ if url::is_secret(key) => A_SECRET.to_owned(),
        _ => format!(
            "text stands in straight quotes: \"{}\"",
            typed.trim_matches(['“', '”', '„', '«', '»', '"', '\''])
        ),
    };
    Wrong {
        span: start + offset..start + offset + typed.len(),
        said: format!("the value of `{key}` is not understood"),
        help: Some(help),
        secret: false,
    }
}
