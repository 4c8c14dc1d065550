//! One publication after the other, while readers over HTTP and readers of
//! the files look on: nobody meets half a document, a link to nothing, or a
//! validator that stands for something else.
//!
//! Longer, as it was once: `SCOFEED_PUBLICATIONS=10000 cargo test --release
//! --test it publications:: -- --nocapture`.

#![cfg(test)]

use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use jiff::SignedDuration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::room::{CONFIG, Room, at, config, item};

/// Publications, if nobody asks for more.
const PUBLICATIONS: usize = 120;

/// What readers met.
#[derive(Debug, Default)]
struct Met {
    documents: AtomicUsize,
    unchanged: AtomicUsize,
    links: AtomicUsize,
}

/// A reader over HTTP, on one connection as long as that lasts.
struct Subscriber {
    address: String,
    stream: Option<TcpStream>,
    /// By path: the tag and the time that came last.
    held: HashMap<&'static str, (String, String)>,
    /// Which tag came with which time: one, for ever.
    of_time: HashMap<(&'static str, String), String>,
}

impl Subscriber {
    async fn poll(&mut self, path: &'static str, by_tag: bool, packed: bool, met: &Met) {
        let held = self.held.get(path).cloned();
        let condition = match &held {
            Some((tag, _)) if by_tag => format!("If-None-Match: {tag}\r\n"),
            Some((_, time)) => format!("If-Modified-Since: {time}\r\n"),
            None => String::new(),
        };
        let coding = if packed { "gzip" } else { "identity" };
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {coding}\r\n{condition}\r\n"
        );
        let (head, body) = self.exchange(request.as_bytes()).await;
        let field = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().to_owned()
        };
        let (tag, time) = (field("etag: "), field("last-modified: "));
        let plain_tag = tag.trim_matches('"').replace("-gz", "");
        let known = self.of_time.entry((path, time.clone()));
        let known = known.or_insert_with(|| plain_tag.clone());
        assert_eq!(*known, plain_tag, "{path}: one time, two texts: {time}");
        if head.starts_with("HTTP/1.1 304") {
            let (held_tag, held_time) = held.expect("an answer to no question");
            let bare = |tag: &str| tag.trim_matches('"').replace("-gz", "");
            assert!(
                bare(&held_tag) == plain_tag && held_time == time,
                "{path}: {head}"
            );
            met.unchanged.fetch_add(1, Ordering::Relaxed);
            return;
        }
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
        let text = if packed { unpacked(&body) } else { body };
        // The tag is the hash of the text.
        assert_eq!(
            blake3::hash(&text).to_hex()[..32],
            plain_tag,
            "{path} is torn"
        );
        self.held.insert(path, (tag, time));
        met.documents.fetch_add(1, Ordering::Relaxed);
    }

    async fn exchange(&mut self, request: &[u8]) -> (String, Vec<u8>) {
        loop {
            let mut stream = match self.stream.take() {
                Some(stream) => stream,
                None => TcpStream::connect(&self.address).await.unwrap(),
            };
            let mut bytes = Vec::new();
            let sent = stream.write_all(request).await;
            while sent.is_ok() {
                if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
                    let length = head
                        .lines()
                        .find_map(|l| l.strip_prefix("content-length: "));
                    let length: usize = length.map_or(0, |length| length.parse().unwrap());
                    if bytes.len() == end + 4 + length {
                        self.stream = Some(stream);
                        return (head, bytes.split_off(end + 4));
                    }
                }
                if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                    break;
                }
            }
            // Ended between two answers, which is the server's right.
            assert!(bytes.is_empty(), "an answer is torn");
        }
    }
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(bytes)
        .read_to_end(&mut text)
        .unwrap();
    text
}

/// A reader of the files, as a web server and its clients are: the page, what
/// it links to, and the packed forms.
fn read_files(directory: &Path, met: &Met) {
    let whole = |name: &str, end: &str| {
        let text = std::fs::read_to_string(directory.join(name)).unwrap();
        assert!(text.ends_with(end), "{name} is torn");
        let packed = std::fs::read(directory.join(format!("{name}.gz"))).unwrap();
        let packed = String::from_utf8(unpacked(&packed)).unwrap();
        assert!(packed.ends_with(end), "{name}.gz is torn");
        met.documents.fetch_add(2, Ordering::Relaxed);
        text
    };
    for (folder, up) in [("", ""), ("lang/en/", "../../")] {
        let feed = whole(&format!("{folder}atom.xml"), "</feed>\n");
        feed_rs::parser::parse(feed.as_bytes()).unwrap();
        whole(&format!("{folder}rss.xml"), "</rss>\n");
        whole(&format!("{folder}feed.json"), "}\n");
        let page = whole(&format!("{folder}index.html"), "</html>\n");
        for document in [&feed, &page] {
            for link in document.split("href=\"").skip(1) {
                let link = link.split('"').next().unwrap();
                let path = match link.strip_prefix("https://sco.example/") {
                    Some(path) => path.to_owned(),
                    None if link.contains(':') || link.starts_with('#') => continue,
                    None => match link.strip_prefix(up) {
                        Some(above) if !up.is_empty() => above.to_owned(),
                        _ => format!("{folder}{link}"),
                    },
                };
                let mut file: PathBuf = directory.join(path.trim_end_matches("./"));
                if file.is_dir() {
                    file.push("index.html");
                }
                assert!(file.is_file(), "{folder} ► {link}");
                met.links.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_meet_whole_documents_and_true_validators() {
    let asked = std::env::var("SCOFEED_PUBLICATIONS").ok();
    let publications = asked.map_or(PUBLICATIONS, |number| number.parse().unwrap());
    let (data, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let text = format!("{CONFIG}\n[publish]\ndirectory = {:?}\n", out.path());
    let mut room = Room::open(config(&text), data.path(), at("2026-09-01T09:00:00Z"));
    room.introduce("steppe");
    room.introduce("harbour");
    room.desk.build().unwrap();
    room.desk.file().unwrap();
    let served = room.serve().await;

    let (met, done) = (Arc::new(Met::default()), Arc::new(AtomicBool::new(false)));
    let subscribers: Vec<_> = (0..3)
        .map(|number| {
            let (met, done) = (Arc::clone(&met), Arc::clone(&done));
            let mut subscriber = Subscriber {
                address: served.address().to_owned(),
                stream: None,
                held: HashMap::new(),
                of_time: HashMap::new(),
            };
            tokio::spawn(async move {
                let mut round = number;
                while !done.load(Ordering::Relaxed) {
                    for path in ["/atom.xml", "/", "/lang/en/rss.xml", "/feed.json"] {
                        subscriber
                            .poll(path, round % 2 == 0, round % 3 == 0, &met)
                            .await;
                    }
                    round += 1;
                }
            })
        })
        .collect();
    let files = {
        let (met, done) = (Arc::clone(&met), Arc::clone(&done));
        let directory = out.path().to_owned();
        std::thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                read_files(&directory, &met);
            }
        })
    };
    for number in 0..publications {
        // Several within a second, then a pause in which a day may end.
        let pause = if number % 5 == 4 { 3_600_000 } else { 7 };
        room.pass(SignedDuration::from_millis(pause));
        let source = ["steppe", "harbour"][number % 2];
        // Most are news; some correct or repeat what was told before.
        let (key, words) = match number % 7 {
            5 => (number - 5, format!("Alpha corrects {number}")),
            6 => (number, format!("Alpha tells {}", number - 1)),
            _ => (number, format!("Alpha tells {number}")),
        };
        room.shows(source, vec![item(&key.to_string(), &words)]);
        room.desk.build().unwrap();
        room.desk.file().unwrap();
        tokio::task::yield_now().await;
    }
    done.store(true, Ordering::Relaxed);
    for subscriber in subscribers {
        subscriber.await.unwrap();
    }
    files.join().unwrap();
    println!("{publications} publications: {met:?}");
    assert!(met.documents.load(Ordering::Relaxed) > 50, "{met:?}");
    assert!(met.links.load(Ordering::Relaxed) > 50, "{met:?}");
}

/// S-27, and what a reader on a slow line pays for a poll.
#[test]
fn a_page_and_a_feed_are_small() {
    let data = TempDir::new().unwrap();
    let mut room = Room::open(config(CONFIG), data.path(), at("2026-11-01T09:00:00Z"));
    room.introduce("steppe");
    // Leads as long as they may be.
    let mut seed = 1_u32;
    let mut word = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // Four thousand words, as many as a year of news has.
        let mut word = (seed >> 16) % 4000 + 4000;
        let mut letters = String::new();
        while word > 0 {
            letters.push(char::from(b'a' + (word % 5) as u8));
            letters.push(char::from(b'n' + (word % 7) as u8));
            word /= 7;
        }
        letters
    };
    for number in 0..99 {
        room.pass(SignedDuration::from_mins(10));
        let title: Vec<String> = (0..10).map(|_| word()).collect();
        let mut told = item(&format!("{number}"), &format!("Alpha {}", title.join(" ")));
        let lead: Vec<String> = (0..60).map(|_| word()).collect();
        told.lead = lead.join(" ");
        told.byline = vec![word(), word()];
        room.shows("steppe", vec![told]);
    }
    room.desk.build().unwrap();
    let edition = room.edition();
    let feed = edition.get("/atom.xml").unwrap();
    assert_eq!(room.titles("/atom.xml").len(), 100);
    assert!(feed.gz.len() <= 40 * 1024, "{} bytes packed", feed.gz.len());
    let page = edition.get("/").unwrap().bytes.len();
    assert!(page <= 200 * 1024, "{page} bytes");
}

/// Law 4: what is published follows from the ledger and the settings, not from
/// the machine, the place or the time zone.
#[test]
fn two_builds_of_one_ledger_are_the_same_bytes() {
    let data = TempDir::new().unwrap();
    let mut room = Room::open(config(CONFIG), data.path(), at("2026-08-01T09:00:00Z"));
    room.introduce("steppe");
    for number in 0..150 {
        room.pass(SignedDuration::from_hours(12));
        let mut told = item(&number.to_string(), &format!("Alpha tells {number}"));
        told.language = Some(["en", "ru", "zh"][number % 3].to_owned());
        room.shows("steppe", vec![told]);
    }
    drop(room);
    // Nobody is asked.
    let settings = CONFIG.replace("feed = \"https", "enabled = false\nfeed = \"https");
    let build = |zone: &str, locale: &str| {
        let home = TempDir::new().unwrap();
        for file in std::fs::read_dir(data.path()).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), home.path().join(file.file_name())).unwrap();
        }
        let out = home.path().join(locale);
        let text = format!("{settings}\n[publish]\ndirectory = {out:?}\n");
        std::fs::write(home.path().join("feeds.toml"), text).unwrap();
        let ran = std::process::Command::new(env!("CARGO_BIN_EXE_scofeed"))
            .args(["run", "--once", "--data", "."])
            .current_dir(home.path())
            .env("TZ", zone)
            .env("LC_ALL", locale)
            .output()
            .unwrap();
        assert!(ran.status.success(), "{ran:?}");
        files(&out, Path::new(""))
    };
    let one = build("UTC", "C");
    let other = build("Asia/Kathmandu", "tr_TR.UTF-8");
    assert!(one.len() > 100, "{:?}", one.keys());
    assert_eq!(
        one.keys().collect::<Vec<_>>(),
        other.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &one {
        assert!(other[name] == *bytes, "{name:?}");
    }
}

/// All files below a directory.
fn files(directory: &Path, folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(directory.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = folder.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(directory, &path));
        } else {
            found.insert(path, std::fs::read(entry.path()).unwrap());
        }
    }
    found
}
