//! A desk whose answers are handed in below the network, and readers of what
//! it publishes.

#![cfg(test)]

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use scofeed::clock::Clock;
use scofeed::config::{self, Config, Source};
use scofeed::daemon::{DATABASE, Desk};
use scofeed::model::{
    Answer, Cost, Errand, Head, Hints, Identity, Item, Judged, Manners, Outcome, Read, SourceKey,
    Validators, WebUrl,
};
use scofeed::poll;
use scofeed::render::Edition;
use scofeed::schedule::Late;
use scofeed::serve;
use scofeed::store::Reader;
use scofeed::text::url::canon;
use scofeed::topic;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A site of two sources, of which everything is about the topic.
pub(crate) const CONFIG: &str = r#"
[feed]
url = "https://sco.example/"

[topic]
vocabulary = "none"
strong = ["alpha"]

[[source]]
name = "steppe"
title = "Steppe Monitor"
feed = "https://steppe.example/feed"

[[source]]
name = "harbour"
title = "Harbour Post"
feed = "https://harbour.example/feed"
"#;

pub(crate) fn config(text: &str) -> Arc<Config> {
    Arc::new(config::read(text, "feeds.toml").unwrap())
}

pub(crate) fn at(moment: &str) -> Timestamp {
    moment.parse().unwrap()
}

/// An item in English that was made up with this headline.
pub(crate) fn item(key: &str, title: &str) -> Item {
    let mut item = Item::new(key, title);
    item.link = WebUrl::parse(&format!("https://news.example/{key}"));
    item.canon = item.link.as_ref().map(canon);
    item.language = Some("en".to_owned());
    item
}

/// What comes of a poll of `source` that shows these items.
pub(crate) fn answer(source: &Source, items: Vec<Item>) -> Answer {
    let url = source.target.url().clone();
    let judged = items.into_iter().map(|item| {
        let (verdict, reasons) = topic::judge(&source.rules, &item);
        Judged {
            parties: topic::parties(&item),
            item,
            verdict,
            reasons,
        }
    });
    let read = Read {
        judged: judged.collect(),
        head: Head {
            url: url.clone(),
            hops: Vec::new(),
            status: 200,
            content_type: None,
            validators: Validators::default(),
            hints: Hints::default(),
            wire_bytes: 0,
        },
        generation: source.rules.generation(),
        reading: None,
        skipped: Vec::new(),
        breach: None,
        identity: Identity::default(),
        partial: None,
    };
    Answer {
        errand: Errand::Poll {
            source: source.key.clone(),
            url,
            validators: Validators::default(),
            manners: Manners::default(),
        },
        outcome: Outcome::Read(Box::new(read)),
        robots: Vec::new(),
        cost: Cost::default(),
    }
}

/// The desk, and the moment at which it works.
pub(crate) struct Room {
    pub(crate) desk: Desk,
    pub(crate) now: Timestamp,
    data: PathBuf,
}

impl Room {
    pub(crate) fn open(config: Arc<Config>, data: &Path, now: Timestamp) -> Self {
        Self::of(Desk::open(config, data, now).unwrap(), data, now)
    }

    /// The room of a desk that is open on this data.
    pub(crate) fn of(desk: Desk, data: &Path, now: Timestamp) -> Self {
        let data = data.to_owned();
        let mut room = Self { desk, now, data };
        room.settle_edit();
        room
    }

    pub(crate) fn pass(&mut self, time: SignedDuration) {
        self.now = self.now.checked_add(time).unwrap();
    }

    /// `source` shows these items.
    pub(crate) fn shows(&mut self, source: &str, items: Vec<Item>) {
        self.show(&[(source, items)]);
    }

    /// These sources show these documents, and all answers arrive together.
    pub(crate) fn show(&mut self, documents: &[(&str, Vec<Item>)]) {
        let config = Arc::clone(self.desk.config());
        let answers = documents.iter().map(|(source, items)| {
            let source = &config.sources[&SourceKey::new(source).unwrap()];
            answer(source, items.clone())
        });
        let room = poll::Room {
            busy: &HashSet::new(),
            slots: 64,
            late: Late::Now,
        };
        self.desk.claim(&room, self.now).unwrap();
        let settled = self.desk.settle(answers.collect(), self.now).unwrap();
        assert!(settled.undone.is_empty(), "{settled:?}");
    }

    /// What is not shown of a source's first poll is not what these tests are
    /// about (H-70).
    pub(crate) fn introduce(&mut self, source: &str) {
        self.shows(source, vec![item(source, &format!("Alpha meets {source}"))]);
    }

    pub(crate) fn edit(&mut self, config: Arc<Config>) {
        self.desk.configure(config, self.now).unwrap();
        self.settle_edit();
    }

    fn settle_edit(&mut self) {
        if let Some(work) = self.desk.rejudging().unwrap() {
            self.desk.flip(&work().unwrap(), self.now).unwrap();
        }
        self.desk.build().unwrap();
    }

    pub(crate) fn edition(&self) -> Arc<Edition> {
        Arc::clone(&self.desk.editions().borrow())
    }

    pub(crate) fn text(&self, path: &str) -> String {
        let edition = self.edition();
        let sheet = edition.get(path);
        let sheet = sheet.unwrap_or_else(|| panic!("no {path}"));
        String::from_utf8(sheet.bytes.to_vec()).unwrap()
    }

    /// The headlines of the feed at this path.
    pub(crate) fn titles(&self, path: &str) -> Vec<String> {
        let feed = feed_rs::parser::parse(self.text(path).as_bytes()).unwrap();
        let title = |entry: feed_rs::model::Entry| entry.title.unwrap().content;
        feed.entries.into_iter().map(title).collect()
    }

    /// The closed archives as they are kept, by view and period.
    pub(crate) fn archives(&self) -> BTreeMap<(String, String), (Vec<u8>, String, Timestamp)> {
        let reader = Reader::open(&self.data.join(DATABASE)).unwrap();
        let kept = reader.kept().unwrap().into_iter();
        kept.map(|(view, period)| {
            let closed = reader.archive(&view, period).unwrap().unwrap();
            let key = (view, period.to_string());
            (key, (closed.gz, closed.tag, closed.modified))
        })
        .collect()
    }

    pub(crate) async fn serve(&self) -> Served {
        Served::open(&self.desk, &self.data, self.now).await
    }
}

/// The server of a room.
pub(crate) struct Served {
    address: String,
    _server: JoinHandle<()>,
    _stop: oneshot::Sender<()>,
}

/// What came back: status, head and text.
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) text: String,
}

impl Served {
    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// A server over what a desk publishes.
    pub(crate) async fn open(desk: &Desk, data: &Path, now: Timestamp) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let room = serve::Room {
            editions: desk.editions(),
            reports: desk.reports(),
            library: Arc::new(serve::Library::new(data.join(DATABASE))),
            clock: Clock::starting(now),
            tally: Arc::default(),
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let server = serve::run(listener, serve::House::new(room), async {
            drop(stopped.await);
        });
        Self {
            address,
            _server: tokio::spawn(server),
            _stop: stop,
        }
    }

    /// Asks for a target, the part of an address behind the host.
    pub(crate) async fn get(&self, target: &str) -> Got {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: sco.example\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, text) = answer.split_once("\r\n\r\n").unwrap();
        Got {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_lowercase(),
            text: text.to_owned(),
        }
    }
}
