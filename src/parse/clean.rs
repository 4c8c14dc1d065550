//! Fields as they are stored: what publishers put into them, taken out again.

use crate::model::{Item, ItemKey};
use crate::text::{fold, plain};

/// A headline at most, in letters (C-11).
const TITLE_AT_MOST: usize = 1000;

/// A lead at most, in letters: more than any source publishes of it.
const LEAD_AT_MOST: usize = 4000;

/// The full text at most, in letters.
const CONTENT_AT_MOST: usize = 40_000;

/// How much of the lead stands in for a missing headline.
const TITLE_FROM_LEAD: usize = 120;

/// How much of the folded lead is in the key of an item without guid and
/// link (law 2).
const KEY_LETTERS: usize = 200;

/// A headline; `None` if there is no letter in it.
pub(super) fn title(markup: &str) -> Option<String> {
    let title = plain::cut(&plain::line(markup), TITLE_AT_MOST);
    title.chars().any(char::is_alphanumeric).then_some(title)
}

/// A lead, and the byline that stands before it, if one does.
pub(super) fn lead(markup: &str) -> (String, Option<String>) {
    let text = plain::text(markup);
    let mut lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    // WordPress ends every description with a link back to itself.
    lines.retain(|line| !(line.starts_with("The post ") && line.contains(" appeared first on ")));
    let byline = match lines.as_slice() {
        [first, _, ..] => by(first),
        _ => None,
    };
    if byline.is_some() {
        lines.remove(0);
    }
    (plain::cut(&lines.join(" "), LEAD_AT_MOST), byline)
}

/// The full text on one line.
pub(super) fn content(markup: &str) -> String {
    plain::cut(&plain::line(markup), CONTENT_AT_MOST)
}

/// The name in a line that says only "By NAME".
fn by(line: &str) -> Option<String> {
    let name = line
        .strip_prefix("By ")
        .or_else(|| line.strip_prefix("By: "))?;
    let words = name.split_whitespace().count();
    let capital = name.split_whitespace().all(|word| {
        word.chars().next().is_some_and(char::is_uppercase)
            || matches!(word, "and" | "&" | "de" | "van" | "von" | "bin")
    });
    ((1..=8).contains(&words) && capital && !name.ends_with(['.', '?', '!']))
        .then(|| name.to_owned())
}

/// An author's name as a reader reads it: without "By" and without the mail
/// address that RSS wants there.
pub(super) fn author(text: &str) -> Option<String> {
    let line = plain::line(text);
    let line = line.strip_prefix("By ").unwrap_or(&line).trim();
    let name = match (line.contains('@'), line.split_once('(')) {
        // a@b.example (Name)
        (true, Some((_, rest))) => rest.trim_end().trim_end_matches(')').trim().to_owned(),
        // Name <a@b.example>
        (true, None) => {
            let words = line.split_whitespace().filter(|word| !word.contains('@'));
            words.collect::<Vec<_>>().join(" ")
        }
        (false, _) => line.to_owned(),
    };
    let name = plain::cut(
        name.trim_matches(|c: char| matches!(c, '<' | '>' | '"' | ','))
            .trim(),
        200,
    );
    name.chars().any(char::is_alphabetic).then_some(name)
}

/// A headline made of the first words of the lead.
pub(super) fn title_from(lead: &str) -> Option<String> {
    title(&plain::cut(lead, TITLE_FROM_LEAD))
}

/// The key of an item (law 2): the guid if it is unique in its document, else
/// the canonical link, else a hash of folded title, raw date text and the
/// first folded letters of the lead.
pub(super) fn key(item: &Item, guid: Option<&str>, date: Option<&str>) -> ItemKey {
    if let Some(guid) = guid {
        return ItemKey::new(guid);
    }
    if let Some(canon) = &item.canon {
        return ItemKey::new(canon);
    }
    let lead: String = fold::folded(&item.lead).chars().take(KEY_LETTERS).collect();
    let text = format!(
        "{}\n{}\n{lead}",
        fold::folded(&item.title),
        date.unwrap_or_default()
    );
    ItemKey::new(blake3::hash(text.as_bytes()).to_hex().as_str())
}
