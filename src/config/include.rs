//! Further files: `include = ["sources.d/*.toml"]`.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::mistakes::Wrong;
use super::syntax;
use super::table::{At, Notes, Table};

/// Files that one file may include.
const FILES_AT_MOST: usize = 1000;

/// The paths and patterns that a file includes, each with its place. What is
/// wrong with their list is told when the whole file is checked.
pub(super) fn patterns(text: &str) -> Vec<At<String>> {
    let sound = syntax::sound(text);
    if !sound.whole {
        return Vec::new();
    }
    let (table, _) = DeTable::parse_recoverable(&sound.text);
    let notes = Notes::default();
    Table::new("the file", 0..0, Some(table.get_ref()), &notes)
        .strings("include")
        .unwrap_or_default()
}

/// The files of one pattern, in the order of their names: the path itself, or
/// what is in its folder where the last part has a `*`.
pub(super) fn files(pattern: &str, folder: &Path) -> Result<Vec<PathBuf>, String> {
    let path = folder.join(pattern);
    let name = path.file_name().and_then(|name| name.to_str());
    let Some((before, after)) = name.and_then(|name| name.split_once('*')) else {
        return Ok(vec![path]);
    };
    if after.contains('*') {
        return Err("a pattern has one `*`".to_owned());
    }
    let parent = path.parent().unwrap_or(folder);
    let entries = std::fs::read_dir(parent).map_err(|error| error.to_string())?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| {
            let name = entry.ok()?.file_name();
            let name = name.to_str()?;
            // What begins with a point is an editor's own.
            let is_hidden = name.starts_with('.') && !before.starts_with('.');
            let is_long = name.len() >= before.len() + after.len();
            let fits = name.starts_with(before) && name.ends_with(after);
            (fits && is_long && !is_hidden).then(|| parent.join(name))
        })
        .collect();
    files.sort();
    Ok(files)
}

/// All files that `text` includes, and what is wrong with their names.
pub(super) fn all(text: &str, folder: &Path) -> (Vec<At<PathBuf>>, Vec<Wrong>) {
    let mut all = Vec::new();
    let mut wrongs = Vec::new();
    for At { value, span } in patterns(text) {
        match files(&value, folder) {
            Ok(files) => all.extend(files.into_iter().map(|file| (file, span.clone()))),
            Err(said) => wrongs.push(wrong(span, format!("cannot include \"{value}\": {said}"))),
        }
    }
    if let Some((_, span)) = all.get(FILES_AT_MOST) {
        wrongs.push(wrong(
            span.clone(),
            format!("more than {FILES_AT_MOST} files"),
        ));
        all.truncate(FILES_AT_MOST);
    }
    let mut files: Vec<At<PathBuf>> = Vec::new();
    for (value, span) in all {
        if files.iter().any(|file| file.value == value) {
            let file = value.display();
            wrongs.push(wrong(span, format!("{file} is included twice")));
        } else {
            files.push(At { value, span });
        }
    }
    (files, wrongs)
}

/// A file that is included and cannot be read.
pub(super) fn unread(span: Range<usize>, file: &Path, said: &str) -> Wrong {
    wrong(span, format!("cannot include {}: {said}", file.display()))
}

pub(super) fn wrong(span: Range<usize>, said: String) -> Wrong {
    Wrong {
        span,
        said,
        help: Some("a path beside this file, such as \"sources.d/*.toml\"".to_owned()),
        secret: false,
    }
}
