//! New sources behind what stands in feeds.toml: all else in the file stays.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context;

use super::{Ending, say};
use crate::config::{self, Source};
use crate::model::SourceKey;

/// Tables that may be appended: the file loads with them.
#[derive(Debug)]
pub(super) struct Addition<'p> {
    path: &'p Path,
    text: String,
}

impl<'p> Addition<'p> {
    /// Checks the file as it would be.
    pub(super) fn new(path: &'p Path, tables: &str) -> Result<Self, Ending> {
        let before = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let gap = if before.is_empty() || before.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        let text = format!("{gap}\n{tables}");
        config::edited(path, before + &text).map_err(Ending::from_config)?;
        Ok(Self { path, text })
    }

    /// Appends it.
    pub(super) fn write(&self) -> Result<(), Ending> {
        let path = self.path.display();
        let mut file = fs::OpenOptions::new()
            .append(true)
            .open(self.path)
            .with_context(|| path.to_string())?;
        file.write_all(self.text.as_bytes())
            .with_context(|| path.to_string())?;
        say(format_args!(
            "added to {path}; a running scofeed reads it at once"
        ));
        Ok(())
    }

    /// Says that it is not appended.
    pub(super) fn only_show(&self) {
        say(format_args!(
            "nothing is written to {}",
            self.path.display()
        ));
    }
}

/// This name, or with a number if it is taken.
pub(super) fn free(is_taken: impl Fn(&SourceKey) -> bool, plain: &str) -> Option<SourceKey> {
    let numbered = (2..10_000).map(|n| format!("{plain}-{n}"));
    std::iter::once(plain.to_owned())
        .chain(numbered)
        .filter_map(|name| SourceKey::new(&name).ok())
        .find(|name| !is_taken(name))
}

/// A text as a name would have it: its letters and digits, joined.
pub(super) fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let slug = words.join("-").to_ascii_lowercase();
    let cut: String = slug.chars().take(NAME_AT_MOST).collect();
    cut.trim_end_matches('-').to_owned()
}

/// Leaves room for a number (H-81).
const NAME_AT_MOST: usize = 58;

/// The source at an address.
pub(super) fn polling<'c>(
    sources: &'c BTreeMap<SourceKey, Source>,
    url: &crate::model::WebUrl,
) -> Option<&'c Source> {
    sources.values().find(|source| source.target.url() == url)
}

/// A line of a table.
pub(super) fn line(key: &str, value: &str, note: &str) -> String {
    let note = if note.is_empty() {
        String::new()
    } else {
        format!("   # {note}")
    };
    format!("{key:<8} = {value}{note}\n")
}

/// A text as TOML has it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A title as it stands in a table.
pub(super) fn one_line(text: &str) -> String {
    crate::text::plain::cut(&text.replace('\n', " "), 80)
}
