//! The edition as files in a directory, for any web server to take over
//! (S-29).
//!
//! Every file is written beside its place, synced, and renamed into it, so
//! that a reader meets either the old one or the new one, whole. A file whose
//! sheet is the same is not touched and keeps its time.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::render::{Edition, Format, Sheet};

/// A file that could not be written; the rest of the edition waits for the
/// next try.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub struct PublishError {
    path: PathBuf,
    source: io::Error,
}

/// Writes what differs from `last` into `directory`, in an order in which no
/// link leads nowhere. The number of files written.
pub fn files(edition: &Edition, last: &Edition, directory: &Path) -> Result<usize, PublishError> {
    let trouble = |path: &Path| {
        let path = path.to_owned();
        move |source| PublishError { path, source }
    };
    fs::create_dir_all(directory).map_err(trouble(directory))?;
    let mut written = 0;
    for sheet in edition.iter() {
        let same = last
            .get(sheet.path)
            .is_some_and(|old| Arc::ptr_eq(old, sheet));
        let name = file_name(sheet);
        for (name, bytes) in [
            (name.to_owned(), &sheet.bytes),
            (format!("{name}.gz"), &sheet.gz),
        ] {
            let path = directory.join(name);
            if same && path.exists() {
                continue;
            }
            written += usize::from(write(directory, &path, bytes).map_err(trouble(&path))?);
        }
    }
    if written > 0 {
        File::open(directory)
            .and_then(|d| d.sync_all())
            .map_err(trouble(directory))?;
    }
    Ok(written)
}

fn file_name(sheet: &Sheet) -> &'static str {
    match sheet.format {
        Format::Page => "index.html",
        Format::Style | Format::Rss | Format::Atom => sheet.path.trim_start_matches('/'),
    }
}

/// Whether the file had to be written.
fn write(directory: &Path, path: &Path, bytes: &[u8]) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        // A link might lead anywhere.
        Ok(meta) if !meta.is_file() => {
            return Err(io::Error::other("is no plain file; not written through it"));
        }
        Ok(meta) if meta.len() == bytes.len() as u64 && fs::read(path)? == bytes => {
            return Ok(false);
        }
        _ => {}
    }
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".new");
    let beside = directory.join(name);
    // One that a killed run left behind, or somebody's link.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::options().write(true).create_new(true).open(&beside)?;
    file.write_all(bytes)?;
    // For a web server that runs as somebody else, whatever our umask.
    file.set_permissions(Permissions::from_mode(0o644))?;
    file.sync_all()?;
    drop(file);
    fs::rename(&beside, path)?;
    Ok(true)
}
