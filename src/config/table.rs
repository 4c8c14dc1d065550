//! A table of the file, asked key by key. What nobody asked for is a mistake.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistakes::Wrong;
use crate::text::url;

/// Where mistakes gather while the file is walked.
#[derive(Debug, Default)]
pub(super) struct Notes {
    found: RefCell<Vec<Wrong>>,
    /// Tables in which something is damaged: nobody can say what is missing.
    doubtful: Vec<Range<usize>>,
}

impl Notes {
    pub(super) fn new(doubtful: Vec<Range<usize>>) -> Self {
        Self {
            found: RefCell::default(),
            doubtful,
        }
    }

    pub(super) fn wrong(&self, span: Range<usize>, said: impl Into<String>) {
        self.note(span, said.into(), None);
    }

    pub(super) fn wrong_with_help(
        &self,
        span: Range<usize>,
        said: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.note(span, said.into(), Some(help.into()));
    }

    /// A mistake whose text holds a secret, which is shown nowhere (H-77).
    pub(super) fn wrong_with_secret(
        &self,
        span: Range<usize>,
        said: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.found.borrow_mut().push(Wrong {
            span,
            said: said.into(),
            help: Some(help.into()),
            secret: true,
        });
    }

    fn is_doubtful(&self, at: usize) -> bool {
        self.doubtful.iter().any(|table| table.contains(&at))
    }

    fn note(&self, span: Range<usize>, said: String, help: Option<String>) {
        self.found.borrow_mut().push(Wrong {
            span,
            said,
            help,
            secret: false,
        });
    }

    pub(super) fn into_inner(self) -> Vec<Wrong> {
        self.found.into_inner()
    }
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
}

/// One table under question.
#[derive(Debug)]
pub(super) struct Table<'d, 'n> {
    /// As messages call it: `[feed]`.
    name: &'static str,
    pub(super) span: Range<usize>,
    table: Option<&'d DeTable<'d>>,
    asked: RefCell<Vec<&'static str>>,
    needed: RefCell<Vec<Need>>,
    pub(super) notes: &'n Notes,
}

/// A key that must be there, or one of several.
#[derive(Debug)]
struct Need {
    keys: Vec<&'static str>,
    said: String,
    help: String,
}

impl<'d, 'n> Table<'d, 'n> {
    pub(super) fn new(
        name: &'static str,
        span: Range<usize>,
        table: Option<&'d DeTable<'d>>,
        notes: &'n Notes,
    ) -> Self {
        Self {
            name,
            span,
            table,
            asked: RefCell::default(),
            needed: RefCell::default(),
            notes,
        }
    }

    /// Whether the table stands in the file.
    pub(super) fn is_there(&self) -> bool {
        self.table.is_some()
    }

    /// The value of a key, with its place.
    fn value(&self, key: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.asked.borrow_mut().push(key);
        self.table?
            .iter()
            .find(|(name, _)| name.get_ref().as_ref() == key)
            .map(|(_, value)| value)
    }

    fn mismatch(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let wants_share = wanted.contains("share");
        let wants_number = wanted.contains("number") || wants_share;
        let wants_truth = wanted == "true or false";
        let wants_string = wanted == "a string";
        let quoted = |number: &str| match form(key) {
            Some(form) => format!("such as \"{form}\", in quotes"),
            None => format!("in quotes: \"{number}\""),
        };
        let (found, help) = match value.get_ref() {
            DeValue::Integer(_) | DeValue::Float(_) if wants_share => {
                ("", Some("0.8 is eighty in a hundred".to_owned()))
            }
            DeValue::String(text) if wants_share => (", not a string", share_of(text)),
            DeValue::String(text) if wants_truth => (", not a string", Some(truth_of(text))),
            DeValue::Integer(number) if wants_truth => {
                (", not a number", Some(truth_of(number.as_str())))
            }
            DeValue::Integer(_) | DeValue::Float(_) if wants_number => ("", None),
            DeValue::String(_) if wanted.contains("list") => (
                ", not a string",
                Some("put it in brackets: [\"…\"]".to_owned()),
            ),
            DeValue::String(text) => {
                let number = text.parse::<usize>().ok();
                let help = number.map(|number| format!("without quotes: {number}"));
                (", not a string", help)
            }
            DeValue::Integer(number) => (", not a number", Some(quoted(number.as_str()))),
            DeValue::Float(number) => (", not a number", Some(quoted(number.as_str()))),
            DeValue::Boolean(_) => (
                ", not true or false",
                form(key)
                    .filter(|_| wants_string)
                    .map(|form| format!("such as \"{form}\", in quotes")),
            ),
            DeValue::Datetime(_) => (", not a date", None),
            DeValue::Array(_) => (
                ", not a list",
                wants_string.then(|| "one only, without brackets".to_owned()),
            ),
            DeValue::Table(_) => (", not a table", None),
        };
        let said = format!("`{key}` in {} must be {wanted}{found}", self.name);
        let help = help.filter(|_| {
            wants_number || wants_truth || ["a string", "a list of strings"].contains(&wanted)
        });
        self.notes.note(value.span(), said, help);
    }

    pub(super) fn string(&self, key: &'static str) -> Option<At<String>> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::String(text) => Some(At {
                value: text.clone().into_owned(),
                span: value.span(),
            }),
            _ => {
                self.mismatch(key, value, "a string");
                None
            }
        }
    }

    /// A string that is not empty.
    pub(super) fn text(&self, key: &'static str) -> Option<At<String>> {
        let text = self.string(key)?;
        if text.value.trim().is_empty() {
            self.notes.wrong_with_help(
                text.span,
                format!("`{key}` in {} is empty", self.name),
                "write something between the quotes",
            );
            return None;
        }
        Some(text)
    }

    pub(super) fn strings(&self, key: &'static str) -> Option<Vec<At<String>>> {
        let value = self.value(key)?;
        let DeValue::Array(array) = value.get_ref() else {
            self.mismatch(key, value, "a list of strings");
            return None;
        };
        let strings = array.iter().filter_map(|element| match element.get_ref() {
            DeValue::String(text) => Some(At {
                value: text.clone().into_owned(),
                span: element.span(),
            }),
            _ => {
                self.mismatch(key, element, "a list of strings");
                None
            }
        });
        Some(strings.collect())
    }

    pub(super) fn boolean(&self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::Boolean(is) => Some(*is),
            _ => {
                self.mismatch(key, value, "true or false");
                None
            }
        }
    }

    /// A whole number within bounds.
    pub(super) fn number(&self, key: &'static str, from: usize, to: usize) -> Option<usize> {
        let value = self.value(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) => {
                let digits = number.as_str().replace('_', "");
                usize::from_str_radix(&digits, number.radix()).ok()
            }
            _ => None,
        };
        let number = number.filter(|number| (from..=to).contains(number));
        if number.is_none() {
            self.mismatch(key, value, &format!("a whole number from {from} to {to}"));
        }
        number
    }

    /// A share, 0 to 1.
    pub(super) fn share(&self, key: &'static str) -> Option<f64> {
        let value = self.value(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            DeValue::Float(number) => number.as_str().parse().ok(),
            _ => None,
        };
        let share = number.filter(|share: &f64| (0.0..=1.0).contains(share));
        if share.is_none() {
            self.mismatch(key, value, "a share from 0 to 1");
        }
        share
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(&self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let text = self.string(key)?;
        let found = words.iter().find(|(word, _)| *word == text.value);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let said = format!("`{key}` in {} cannot be \"{}\"", self.name, text.value);
            let help = near(&text.value, &known).map_or_else(
                || format!("it is one of {}", quoted(&known)),
                |near| format!("did you mean \"{near}\"?"),
            );
            self.notes.wrong_with_help(text.span, said, help);
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// A table inside this one.
    pub(super) fn table(&self, key: &'static str, name: &'static str) -> Table<'d, 'n> {
        let value = self.value(key);
        let table = value.and_then(|value| match value.get_ref() {
            DeValue::Table(table) => Some(table),
            DeValue::Array(_) => {
                self.notes.wrong_with_help(
                    value.span(),
                    format!("there is one {name} only"),
                    format!("write {name}, in single brackets"),
                );
                None
            }
            _ => {
                self.mismatch(key, value, "a table");
                None
            }
        });
        let span = value.map_or(self.span.clone(), Spanned::span);
        Table::new(name, span, table, self.notes)
    }

    /// Whether what is called so, if it stands here, is several tables.
    pub(super) fn is_several(&self, key: &'static str) -> bool {
        let value = self.value(key);
        value.is_none_or(|value| matches!(value.get_ref(), DeValue::Array(_)))
    }

    /// The tables of an array of tables.
    pub(super) fn tables(&self, key: &'static str, name: &'static str) -> Vec<Table<'d, 'n>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let DeValue::Array(array) = value.get_ref() else {
            if let Some(inner) = only_inner(value.get_ref()) {
                self.notes.wrong_with_help(
                    value.span(),
                    format!("[{key}.{inner}] stands below no {name}"),
                    format!("write it below the {name} that it belongs to"),
                );
                return Vec::new();
            }
            self.notes.wrong_with_help(
                value.span(),
                format!("there may be several of these: each is written as {name}"),
                format!("write {name}, in double brackets"),
            );
            return Vec::new();
        };
        let tables = array.iter().filter_map(|element| match element.get_ref() {
            DeValue::Table(table) => {
                Some(Table::new(name, element.span(), Some(table), self.notes))
            }
            _ => {
                self.mismatch(key, element, "a table");
                None
            }
        });
        tables.collect()
    }

    /// One of these keys must stand here. One that is misspelt, or has a value
    /// that is none, is told as such, and is not missing.
    pub(super) fn needs(
        &self,
        keys: &[&'static str],
        said: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.needed.borrow_mut().push(Need {
            keys: keys.to_vec(),
            said: said.into(),
            help: help.into(),
        });
    }

    /// Whether a key stands here that nobody asked for so far.
    pub(super) fn has_strangers(&self) -> bool {
        let asked = self.asked.borrow();
        let mut keys = self.table.into_iter().flatten();
        keys.any(|(key, _)| !asked.contains(&key.get_ref().as_ref()))
    }

    fn is_missing(&self, need: &Need) -> bool {
        let asked = self.asked.borrow();
        let mut keys = self.table.into_iter().flatten();
        !keys.any(|(key, _)| {
            let key = key.get_ref().as_ref();
            need.keys.contains(&key) || (!asked.contains(&key) && near(key, &need.keys).is_some())
        })
    }

    /// Notes every key that nobody asked for, and what is missing. Only now
    /// is it known which keys there are.
    pub(super) fn finish(&self) {
        for need in self.needed.take() {
            let is_doubtful = self.notes.is_doubtful(self.span.start);
            if !is_doubtful && self.is_missing(&need) {
                self.notes
                    .wrong_with_help(self.span.clone(), need.said, need.help);
            }
        }
        let asked = self.asked.borrow();
        for (key, _) in self.table.into_iter().flatten() {
            let name = key.get_ref().as_ref();
            if asked.contains(&name) {
                continue;
            }
            let said = format!("unknown key `{name}` in {}", self.name);
            let better = match name {
                "include" if self.name.starts_with('[') => {
                    Some("`include` belongs above the first [table]")
                }
                _ if url::is_secret(name) => Some(A_SECRET),
                _ => None,
            };
            if let Some(help) = better {
                self.notes.wrong_with_help(key.span(), said, help);
                continue;
            }
            match near(name, &asked) {
                Some(near) => {
                    self.notes
                        .wrong_with_help(key.span(), said, format!("did you mean `{near}`?"));
                }
                None => {
                    let mut known = asked.to_vec();
                    known.sort_unstable();
                    known.dedup();
                    let help = format!("known here: {}", known.join(", "));
                    self.notes.wrong_with_help(key.span(), said, help);
                }
            }
        }
    }
}

/// What a value that seems to be a secret is answered with.
pub(super) const A_SECRET: &str = "`secret` in [[source]] names the file that holds a secret";

/// The name of a table inside a table that has nothing else and no header of
/// its own.
fn only_inner<'d>(value: &'d DeValue<'_>) -> Option<&'d str> {
    let mut keys = value.as_table()?.iter();
    match (keys.next(), keys.next()) {
        (Some((key, inner)), None) => inner.get_ref().is_table().then_some(key.get_ref()),
        _ => None,
    }
}

/// The share that a text means: `80%`, `0,8`.
fn share_of(text: &str) -> Option<String> {
    let point = text.trim().replace(',', ".");
    let per_cent = point.strip_suffix('%').map(str::trim_end);
    let number: f64 = per_cent.unwrap_or(&point).parse().ok()?;
    let share = if per_cent.is_some() {
        number / 100.0
    } else {
        number
    };
    (0.0..=1.0)
        .contains(&share)
        .then(|| format!("write `{share}`, without quotes"))
}

/// What a text or a number means, where it can only be true or false.
fn truth_of(text: &str) -> String {
    let word = match &*text.to_lowercase() {
        "true" | "yes" | "on" | "1" => "`true`",
        "false" | "no" | "off" | "0" => "`false`",
        _ => "`true` or `false`",
    };
    format!("write {word}")
}

/// What stands in quotes after a key whose text has a form of its own.
fn form(key: &str) -> Option<&'static str> {
    Some(match key {
        "every" => "90m",
        "hold" => "10m",
        "keep" => "30d",
        "listen" | "metrics" => "127.0.0.1:8080",
        "robots" => "the editor agreed",
        "timezone" => "+08:00",
        _ => return None,
    })
}

/// The known word that was probably meant.
pub(super) fn near<'w>(word: &str, known: &[&'w str]) -> Option<&'w str> {
    known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(word, known), *known))
        .filter(|(distance, known)| *distance <= 1 + known.len() / 4)
        .min()
        .map(|(_, known)| known)
}

fn quoted(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    quoted.join(", ")
}
