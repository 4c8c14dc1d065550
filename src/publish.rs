//! The edition as files in a directory, for any web server to take over
//! (S-29).
//!
//! Every file is written beside its place, synced, and renamed into it, so
//! that a reader meets either the old one or the new one, whole. A file whose
//! sheet is the same is not touched and keeps its time.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::model::StoryId;
use crate::render::{self, Edition, Format, Period, Sheet};

/// A file that could not be written; the rest of the edition waits for the
/// next try.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub struct PublishError {
    path: PathBuf,
    source: io::Error,
}

/// The output directory, while files are written to it.
#[derive(Debug)]
pub struct Output {
    directory: PathBuf,
    /// The directories with new names in them, which are not synced yet.
    unsynced: BTreeSet<PathBuf>,
    written: usize,
}

impl Output {
    /// Sees to it that the directory is there.
    pub fn open(directory: &Path) -> Result<Self, PublishError> {
        // Without a slash at its end, which would follow a link.
        let directory: PathBuf = directory.components().collect();
        prepare(&directory).map_err(trouble(&directory))?;
        Ok(Self {
            directory,
            unsynced: BTreeSet::new(),
            written: 0,
        })
    }

    /// Writes what differs from `last`, in an order in which no link leads
    /// nowhere.
    pub fn edition(&mut self, edition: &Edition, last: &Edition) -> Result<(), PublishError> {
        let before: Vec<_> = last.files().collect();
        let mut sheets: Vec<_> = edition.files().collect();
        // A new page comes before those that lead to it from now on.
        sheets.sort_by_key(|sheet| {
            let is_there = self.directory.join(file_name(sheet)).is_file();
            (sheet.format, sheet.format == Format::Page && is_there)
        });
        for sheet in &sheets {
            let same = before.iter().any(|old| Arc::ptr_eq(old, sheet));
            for (name, bytes) in forms(sheet) {
                let path = self.directory.join(name);
                if !(same && path.is_file()) {
                    self.write(&path, bytes)?;
                }
            }
        }
        self.sync()
    }

    /// Whether there is a file of this name.
    pub fn has(&self, name: &str) -> bool {
        self.directory.join(name).is_file()
    }

    /// Removes the file of this name and its packed forms, if they are there.
    pub fn remove(&mut self, name: &str) -> Result<(), PublishError> {
        let is_ours = |part| matches!(part, Component::Normal(_));
        if !Path::new(name).components().all(is_ours) {
            return Ok(());
        }
        for ending in [".br", ".gz", ""] {
            let path = self.directory.join(format!("{name}{ending}"));
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(trouble(&path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes a sheet that belongs to no edition, if it is not there as it
    /// is.
    pub fn sheet(&mut self, sheet: &Sheet) -> Result<(), PublishError> {
        for (name, bytes) in forms(sheet) {
            let path = self.directory.join(name);
            self.write(&path, bytes)?;
        }
        Ok(())
    }

    /// Makes the new names last. The number of files that were written.
    pub fn finish(mut self) -> Result<usize, PublishError> {
        self.sync()?;
        Ok(self.written)
    }

    fn sync(&mut self) -> Result<(), PublishError> {
        while let Some(directory) = self.unsynced.pop_first() {
            File::open(&directory)
                .and_then(|d| d.sync_all())
                .map_err(trouble(&directory))?;
        }
        Ok(())
    }

    fn write(&mut self, path: &Path, bytes: &[u8]) -> Result<(), PublishError> {
        let mut parent = self.directory.clone();
        let below = path.parent().and_then(|p| p.strip_prefix(&parent).ok());
        for part in below.into_iter().flat_map(Path::components) {
            // Paths are ours; nothing may lead out of the directory.
            if let Component::Normal(name) = part {
                let above = parent.clone();
                parent.push(name);
                if !parent.is_dir() {
                    self.unsynced.insert(above);
                }
                prepare(&parent).map_err(trouble(&parent))?;
            }
        }
        if write(&parent, path, bytes).map_err(trouble(path))? {
            self.written += 1;
            self.unsynced.insert(parent);
        }
        Ok(())
    }
}

fn trouble(path: &Path) -> impl FnOnce(io::Error) -> PublishError + use<> {
    let path = path.to_owned();
    move |source| PublishError { path, source }
}

/// The forms of a sheet with the names of their files; the packed ones last,
/// because a web server looks for them only beside the plain one.
fn forms(sheet: &Sheet) -> impl Iterator<Item = (String, &[u8])> {
    let name = file_name(sheet);
    let packed = [
        Some((".gz", &sheet.gz)),
        sheet.br.as_ref().map(|br| (".br", br)),
    ];
    let packed = packed.into_iter().flatten();
    let packed: Vec<_> = packed
        .map(|(ending, bytes)| (format!("{name}{ending}"), &bytes[..]))
        .collect();
    std::iter::once((name, &sheet.bytes[..])).chain(packed)
}

/// The names of an edition's files, without those of their packed forms.
pub fn names(edition: &Edition) -> BTreeSet<String> {
    edition.files().map(|sheet| file_name(sheet)).collect()
}

/// The name of a page of a month.
pub fn month_of(view: &str, month: Period, page: usize) -> String {
    let path = render::month_path(view, month, page);
    format!("{}.html", path.trim_start_matches('/'))
}

/// The name of a story's page.
pub fn page_of(story: StoryId) -> String {
    format!("story/{story}.html")
}

fn file_name(sheet: &Sheet) -> String {
    let name = sheet.path.trim_start_matches('/');
    match sheet.format {
        Format::Page => format!("{name}index.html"),
        // A web server knows a file by its ending.
        Format::Story | Format::Month => format!("{name}.html"),
        _ => name.to_owned(),
    }
}

/// Sees to it that the directory is there.
fn prepare(directory: &Path) -> io::Result<()> {
    match fs::symlink_metadata(directory) {
        Ok(meta) if meta.is_dir() => Ok(()),
        // A link might lead anywhere (X-28).
        Ok(_) => Err(io::Error::other("is no directory; nothing written to it")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(directory)?;
            // For a web server that runs as somebody else, whatever our umask.
            fs::set_permissions(directory, Permissions::from_mode(0o755))
        }
        Err(error) => Err(error),
    }
}

/// Whether the file had to be written.
fn write(directory: &Path, path: &Path, bytes: &[u8]) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        // A link might lead anywhere (X-28).
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
    // For the web server again.
    file.set_permissions(Permissions::from_mode(0o644))?;
    file.sync_all()?;
    drop(file);
    fs::rename(&beside, path)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Read;
    use std::os::unix::fs::symlink;
    use std::process::Command;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, SystemTime};

    use jiff::Timestamp;
    use tempfile::TempDir;

    use super::*;
    use crate::render::Site;

    const PLAIN: [&str; 5] = ["atom.xml", "feed.json", "index.html", "opml.xml", "rss.xml"];

    /// All files of a small edition, in the order of their names.
    fn all() -> Vec<String> {
        let forms = |name: &&str| ["", ".br", ".gz"].map(|ending| format!("{name}{ending}"));
        PLAIN.iter().flat_map(forms).collect()
    }

    /// An edition without stories, under this title.
    fn titled(title: &str) -> Edition {
        let site = Site {
            title: title.to_owned(),
            files: true,
            ..Site::sample()
        };
        Edition::sample(&site, &[], Timestamp::UNIX_EPOCH, &Edition::default())
    }

    fn files(edition: &Edition, last: &Edition, directory: &Path) -> Result<usize, PublishError> {
        let mut output = Output::open(directory)?;
        output.edition(edition, last)?;
        output.finish()
    }

    fn publish(edition: &Edition, directory: &Path) -> usize {
        files(edition, &Edition::default(), directory).unwrap()
    }

    fn is_packed(name: &str) -> bool {
        let ending = Path::new(name).extension();
        ending.is_some_and(|end| end == "gz" || end == "br")
    }

    fn listed(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn every_sheet_is_a_file_and_its_packed_form_beside_it() {
        let place = TempDir::new().unwrap();
        let directory = place.path().join("deep/er");
        let edition = titled("SCO");
        assert_eq!(publish(&edition, &directory), all().len());
        assert_eq!(listed(&directory), all());
        for sheet in edition.files() {
            let path = directory.join(file_name(sheet));
            assert_eq!(fs::read(&path).unwrap(), sheet.bytes);
            let packed = |ending| File::open(directory.join(file_name(sheet) + ending)).unwrap();
            let (mut gz, mut br) = (Vec::new(), Vec::new());
            flate2::read::GzDecoder::new(packed(".gz"))
                .read_to_end(&mut gz)
                .unwrap();
            brotli::Decompressor::new(packed(".br"), 4096)
                .read_to_end(&mut br)
                .unwrap();
            assert_eq!((gz, br), (sheet.bytes.to_vec(), sheet.bytes.to_vec()));
        }
    }

    #[test]
    fn a_file_that_need_not_change_keeps_its_time() {
        let place = TempDir::new().unwrap();
        let first = titled("One");
        let site = Site {
            title: "One".to_owned(),
            language: "de".to_owned(),
            files: true,
            ..Site::sample()
        };
        let second = Edition::sample(&site, &[], Timestamp::UNIX_EPOCH, &Edition::default());
        publish(&first, place.path());
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 365);
        let time_of = |name: &String| {
            let meta = fs::metadata(place.path().join(name)).unwrap();
            meta.modified().unwrap()
        };
        for name in all() {
            let file = File::options().append(true).open(place.path().join(&name));
            file.unwrap().set_modified(long_ago).unwrap();
        }

        // The same edition, as this process wrote it and as another did.
        assert_eq!(files(&first, &first, place.path()).unwrap(), 0);
        assert_eq!(publish(&first, place.path()), 0);
        assert_eq!(publish(&titled("One"), place.path()), 0);
        for name in all() {
            assert_eq!(time_of(&name), long_ago, "{name}");
        }

        // Another, of which only the list of sources is the same.
        assert_eq!(files(&second, &first, place.path()).unwrap(), 12);
        for name in all() {
            let is_same = name.starts_with("opml");
            assert_eq!(time_of(&name) == long_ago, is_same, "{name}");
        }
    }

    #[test]
    fn what_somebody_removed_comes_back() {
        let place = TempDir::new().unwrap();
        let edition = titled("SCO");
        publish(&edition, place.path());
        fs::remove_file(place.path().join("atom.xml")).unwrap();
        assert_eq!(files(&edition, &edition, place.path()).unwrap(), 1);
        fs::remove_dir_all(place.path()).unwrap();
        assert_eq!(files(&edition, &edition, place.path()).unwrap(), 15);
        assert_eq!(listed(place.path()), all());
    }

    /// A web server that runs as somebody else can read what we write. The
    /// umask is the process's, so a process of its own has it.
    #[test]
    fn files_are_readable_whatever_the_umask() {
        const PLACE: &str = "SCOFEED_TEST_PLACE";
        if let Some(place) = std::env::var_os(PLACE) {
            publish(&titled("SCO"), &PathBuf::from(place).join("out"));
            return;
        }
        let place = TempDir::new().unwrap();
        let ran = Command::new("sh")
            .args(["-c", "umask 077 && exec \"$0\" \"$@\""])
            .arg(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "publish::tests::files_are_readable_whatever_the_umask",
            ])
            .env(PLACE, place.path())
            .output()
            .unwrap();
        assert!(ran.status.success(), "{ran:?}");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        let directory = place.path().join("out");
        assert_eq!(mode(&directory), 0o755);
        assert_eq!(listed(&directory), all());
        for name in all() {
            assert_eq!(mode(&directory.join(&name)), 0o644, "{name}");
        }
    }

    #[test]
    fn a_temporary_file_that_was_left_behind_does_no_harm() {
        let place = TempDir::new().unwrap();
        let aim = place.path().join("aim");
        fs::write(&aim, "mine").unwrap();
        let out = place.path().join("out");
        fs::create_dir(&out).unwrap();
        fs::write(out.join(".atom.xml.new"), "half a fe").unwrap();
        symlink(&aim, out.join(".index.html.new")).unwrap();
        let edition = titled("SCO");
        publish(&edition, &out);
        assert_eq!(listed(&out), all());
        let atom = edition.get("/atom.xml").unwrap();
        assert_eq!(fs::read(out.join("atom.xml")).unwrap(), atom.bytes);
        assert_eq!(fs::read(aim).unwrap(), b"mine");
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let place = TempDir::new().unwrap();
        let aim = place.path().join("aim");
        let out = place.path().join("out");

        // A file that was replaced by a link.
        fs::write(&aim, "mine").unwrap();
        fs::create_dir(&out).unwrap();
        symlink(&aim, out.join("atom.xml")).unwrap();
        let error = files(&titled("SCO"), &Edition::default(), &out).unwrap_err();
        assert!(error.to_string().contains("atom.xml: is no plain file"));
        assert_eq!(fs::read(&aim).unwrap(), b"mine");
        assert!(!out.join("index.html").exists());

        // The directory: a link to one, a link to nothing, a file.
        let elsewhere = place.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        for (name, aim) in [
            ("link", &elsewhere),
            ("dangling", &place.path().join("none")),
        ] {
            symlink(aim, place.path().join(name)).unwrap();
        }
        for name in ["link", "link/", "dangling", "aim"] {
            let error = files(
                &titled("SCO"),
                &Edition::default(),
                &place.path().join(name),
            );
            let error = error.unwrap_err().to_string();
            assert!(error.contains("is no directory"), "{name}: {error}");
        }
        assert!(listed(&elsewhere).is_empty());
        assert!(!place.path().join("none").exists());
    }

    /// Stopped before any file, what is visible links to nothing that is not:
    /// the way home from a feed apart, which the page must follow.
    #[test]
    fn files_appear_in_an_order_in_which_no_link_dangles() {
        let edition = titled("SCO");
        for stop in all() {
            let place = TempDir::new().unwrap();
            // A directory in a file's place stops the writing there.
            fs::create_dir(place.path().join(&stop)).unwrap();
            files(&edition, &Edition::default(), place.path()).unwrap_err();
            fs::remove_dir(place.path().join(&stop)).unwrap();
            let visible = listed(place.path());
            for name in visible.iter().filter(|name| !is_packed(name)) {
                let text = fs::read_to_string(place.path().join(name)).unwrap();
                for link in text.split("href=\"").skip(1) {
                    let link = link.split('"').next().unwrap();
                    let ours = link.strip_prefix("https://sco.example/").unwrap_or(link);
                    if ours.is_empty() || ours.starts_with('#') || ours.contains(':') {
                        continue;
                    }
                    assert!(
                        visible.contains(&ours.to_owned()),
                        "{stop}: {name} ► {link}"
                    );
                }
            }
        }
        // With the page the edition is complete.
        let order: Vec<_> = edition.files().map(|sheet| file_name(sheet)).collect();
        assert_eq!(order.last().unwrap(), "index.html");
    }

    /// A reader meets the old file or the new one, whole.
    #[test]
    fn no_reader_meets_half_a_file() {
        let place = TempDir::new().unwrap();
        // Of very different lengths.
        let editions = [titled("SCO"), titled(&"SCO ".repeat(100_000))];
        publish(&editions[0], place.path());
        let whole: BTreeMap<_, _> = editions
            .iter()
            .flat_map(Edition::files)
            .map(|sheet| ((file_name(sheet), sheet.bytes.len()), sheet.bytes.clone()))
            .collect();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut met = BTreeMap::new();
                while !done.load(Ordering::Relaxed) {
                    for name in ["atom.xml", "rss.xml", "index.html"] {
                        let bytes = fs::read(place.path().join(name)).unwrap();
                        let key = (name.to_owned(), bytes.len());
                        assert!(
                            whole.get(&key).is_some_and(|whole| *whole == bytes),
                            "{key:?}"
                        );
                        *met.entry(key).or_insert(0) += 1;
                    }
                }
                met
            });
            for round in 0..30 {
                assert_eq!(publish(&editions[(round + 1) % 2], place.path()), 15);
            }
            done.store(true, Ordering::Relaxed);
            assert!(reader.join().unwrap().len() >= 3);
        });
    }
}
