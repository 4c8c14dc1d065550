//! Whether the files of a configuration have changed: rewritten, replaced by
//! another of the same name, or reached by another link.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::include;

/// What tells one state of a file from another: the file that the path leads
/// to now, its size, and when its text and it itself were changed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Trace {
    file: (u64, u64),
    size: u64,
    text: (i64, i64),
    change: (i64, i64),
}

/// The files of a configuration, as they were last looked at.
#[derive(Debug)]
pub struct Watched {
    path: PathBuf,
    patterns: Vec<String>,
    traces: Vec<(PathBuf, Option<Trace>)>,
}

impl Watched {
    /// The file at `path` and what it includes, as they are now.
    pub fn new(path: PathBuf) -> Self {
        let mut watched = Self {
            path,
            patterns: Vec::new(),
            traces: Vec::new(),
        };
        watched.changed();
        watched
    }

    /// Where the main file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether anything is not as it was when this was last asked.
    pub fn changed(&mut self) -> bool {
        let main = (self.path.clone(), trace(&self.path));
        if self.traces.first() != Some(&main) {
            let text = fs::read_to_string(&self.path).unwrap_or_default();
            let patterns = include::patterns(&text).into_iter();
            self.patterns = patterns.map(|pattern| pattern.value).collect();
        }
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let files = |pattern: &String| include::files(pattern, folder).unwrap_or_default();
        let included = self.patterns.iter().flat_map(files);
        let included = included.map(|file| {
            let trace = trace(&file);
            (file, trace)
        });
        let traces: Vec<_> = std::iter::once(main).chain(included).collect();
        let changed = traces != self.traces;
        self.traces = traces;
        changed
    }
}

fn trace(path: &Path) -> Option<Trace> {
    let file = fs::metadata(path).ok()?;
    Some(Trace {
        file: (file.dev(), file.ino()),
        size: file.size(),
        text: (file.mtime(), file.mtime_nsec()),
        change: (file.ctime(), file.ctime_nsec()),
    })
}
