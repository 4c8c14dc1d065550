//! Edits of the topic: what is stored is judged anew, readers lose nothing
//! that is still about it, and undoing an edit restores the very bytes.

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use scofeed::clock::Clock;
use scofeed::config::{self, Config};
use scofeed::daemon::Desk;
use scofeed::model::{
    Answer, Cost, Errand, Head, Hints, Item, Judged, Manners, Outcome, Read, SourceKey, Validators,
    WebUrl,
};
use scofeed::schedule::Late;
use scofeed::text::url::canon;
use scofeed::{rejudge, serve, topic};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const CONFIG: &str = r#"
[topic]
vocabulary = "none"
strong = ["alpha"]
context = ["summit"]
weak = ["beta"]

[[source]]
name = "steppe"
feed = "https://steppe.example/feed"

[[source]]
name = "harbour"
feed = "https://harbour.example/feed"
"#;

pub(crate) fn config(text: &str) -> Arc<Config> {
    Arc::new(config::read(text, "feeds.toml").unwrap())
}

fn with_gamma() -> Arc<Config> {
    config(&CONFIG.replace(r#"["alpha"]"#, r#"["alpha", "gamma"]"#))
}

pub(crate) fn moment() -> Timestamp {
    "2026-11-20T08:00:00Z".parse().unwrap()
}

pub(crate) fn item(key: &str, title: &str) -> Item {
    let mut item = Item::new(key, title);
    item.link = WebUrl::parse(&format!("https://news.example/{key}"));
    item.canon = item.link.as_ref().map(canon);
    item
}

/// A desk whose answers are handed in below the network.
pub(crate) struct Room {
    pub(crate) desk: Desk,
    pub(crate) now: Timestamp,
}

impl Room {
    pub(crate) fn open(config: Arc<Config>, data: &Path, now: Timestamp) -> Self {
        let desk = Desk::open(config, data, now).unwrap();
        let mut room = Self { desk, now };
        room.edit_settles();
        room
    }

    /// An hour later `source` shows these items.
    pub(crate) fn shows(&mut self, source: &str, items: Vec<Item>) {
        self.now = self.now.checked_add(SignedDuration::from_hours(1)).unwrap();
        let key = SourceKey::new(source).unwrap();
        let config = Arc::clone(self.desk.config());
        let rules = &config.sources[&key].rules;
        let judged = items
            .into_iter()
            .map(|item| {
                let (verdict, reasons) = topic::judge(rules, &item);
                Judged {
                    parties: topic::parties(&item),
                    item,
                    verdict,
                    reasons,
                }
            })
            .collect();
        let url = config.sources[&key].target.url().clone();
        let head = Head {
            url: url.clone(),
            hops: Vec::new(),
            status: 200,
            content_type: None,
            validators: Validators::default(),
            hints: Hints::default(),
            wire_bytes: 0,
        };
        let read = Read {
            head,
            judged,
            generation: rules.generation(),
            skipped: Vec::new(),
            reading: None,
            breach: None,
            partial: None,
        };
        let answer = Answer {
            errand: Errand::Poll {
                source: key,
                url,
                validators: Validators::default(),
                manners: Manners::default(),
            },
            outcome: Outcome::Read(Box::new(read)),
            robots: Vec::new(),
            cost: Cost::default(),
        };
        let room = scofeed::poll::Room {
            busy: &std::collections::HashSet::new(),
            slots: 64,
            late: Late::Now,
        };
        self.desk.claim(&room, self.now).unwrap();
        let settled = self.desk.settle(vec![answer], self.now).unwrap();
        assert!(settled.undone.is_empty(), "{settled:?}");
        self.desk.build().unwrap();
    }

    pub(crate) fn edit(&mut self, config: Arc<Config>) {
        self.now = self.now.checked_add(SignedDuration::from_mins(5)).unwrap();
        self.desk.configure(config, self.now).unwrap();
        self.edit_settles();
    }

    /// What the service does in the background after a reload and a start.
    fn edit_settles(&mut self) {
        if let Some(work) = self.desk.rejudging().unwrap() {
            self.desk.flip(&work().unwrap(), self.now).unwrap();
        }
        self.desk.build().unwrap();
    }

    fn feed(&self) -> String {
        let edition = Arc::clone(&self.desk.editions().borrow());
        String::from_utf8(edition.get("/atom.xml").unwrap().bytes.to_vec()).unwrap()
    }

    fn titles(&self) -> Vec<String> {
        let feed = feed_rs::parser::parse(self.feed().as_bytes()).unwrap();
        let title = |entry: feed_rs::model::Entry| entry.title.unwrap().content;
        feed.entries.into_iter().map(title).collect()
    }
}

#[test]
fn undoing_an_edit_restores_the_very_bytes() {
    let data = tempfile::tempdir().unwrap();
    let mut room = Room::open(config(CONFIG), data.path(), moment());
    // The first poll brings more than is shown of it (H-70).
    let first = (0..14).map(|n| item(&format!("first-{n}"), &format!("Alpha chapter {n}")));
    room.shows("steppe", first.collect());
    room.shows(
        "steppe",
        vec![item("a", "Alpha"), item("g", "Gamma"), item("b", "Beta")],
    );
    room.shows(
        "harbour",
        vec![item("h", "Nothing"), item("g2", "Gamma too")],
    );
    let before = room.feed();

    room.edit(with_gamma());
    assert!(room.feed() != before);
    assert_eq!(room.titles()[..2], ["Gamma too", "Gamma"]);
    room.edit(config(CONFIG));
    assert_eq!(room.feed(), before);

    // Nothing at all is about this topic, and then everything is again.
    room.edit(config(&CONFIG.replace("alpha", "omega")));
    assert!(room.titles().is_empty());
    room.edit(config(CONFIG));
    assert_eq!(room.feed(), before);
}

#[test]
fn an_edit_brings_back_a_story_to_its_own_place() {
    let data = tempfile::tempdir().unwrap();
    let mut room = Room::open(with_gamma(), data.path(), moment());
    room.shows("steppe", vec![item("g", "Gamma")]);
    room.shows("steppe", vec![item("a", "Alpha")]);
    let entry = |feed: &str| {
        let at = feed.find("<title>Gamma</title>").unwrap();
        let end = feed[at..].find("</entry>").unwrap();
        feed[at..at + end].to_owned()
    };
    let gamma = entry(&room.feed());
    room.edit(config(CONFIG));
    assert_eq!(room.titles(), ["Alpha"]);
    room.edit(with_gamma());
    assert_eq!(room.titles(), ["Alpha", "Gamma"]);
    assert_eq!(entry(&room.feed()), gamma);
}

#[test]
fn an_edit_that_a_crash_cut_short_is_done_again() {
    let data = tempfile::tempdir().unwrap();
    let mut room = Room::open(config(CONFIG), data.path(), moment());
    room.shows("steppe", vec![item("a", "Alpha"), item("g", "Gamma")]);
    room.desk.configure(with_gamma(), room.now).unwrap();
    let work = room.desk.rejudging().unwrap().expect("the rules changed");
    drop(work);
    let now = room.now;
    drop(room);
    let room = Room::open(with_gamma(), data.path(), now);
    assert_eq!(room.titles(), ["Gamma", "Alpha"]);
    let settled = room.desk.rejudging().unwrap().is_none();
    assert!(settled, "the same rules are not applied twice");
}

#[test]
fn an_edit_never_floods_readers() {
    let data = tempfile::tempdir().unwrap();
    let mut room = Room::open(config(CONFIG), data.path(), moment());
    room.shows("steppe", vec![item("a", "Alpha")]);
    let many = |from: usize| {
        let one = |n: usize| item(&format!("g{n}"), &format!("Gamma {n}"));
        (from..from + 40).map(one).collect::<Vec<_>>()
    };
    room.shows("steppe", many(0));
    room.shows("harbour", many(100));
    room.edit(with_gamma());
    let titles = room.titles();
    assert_eq!(titles.len(), 1 + rejudge::GAINS_SHOWN);
    let newest = titles.iter().filter(|t| t.starts_with("Gamma 1")).count();
    assert!(newest >= 40, "the newest are shown first: {titles:?}");
    // What was withheld stays so when it is shown again.
    room.shows("steppe", many(0));
    assert_eq!(room.titles(), titles);
}

#[test]
fn gained_items_join_the_stories_of_their_own_days() {
    let data = tempfile::tempdir().unwrap();
    let mut room = Room::open(config(CONFIG), data.path(), moment());
    let told = "Gamma meets the others in Bishkek";
    room.shows("steppe", vec![item("g", told)]);
    let mut copy = item("copy", told);
    copy.lead.clear();
    room.shows("harbour", vec![copy]);
    // The same words a week later are other news.
    room.now = room
        .now
        .checked_add(SignedDuration::from_hours(24 * 7))
        .unwrap();
    room.shows("harbour", vec![item("later", told)]);
    room.edit(with_gamma());
    assert_eq!(room.titles().len(), 2);
}

#[test]
fn preview_and_deed_are_one_function() {
    let data = tempfile::tempdir().unwrap();
    let mut room = Room::open(config(CONFIG), data.path(), moment());
    room.shows(
        "steppe",
        vec![
            item("a", "Alpha"),
            item("g", "Gamma"),
            item("b", "Beta summit"),
            item("n", "Beta"),
        ],
    );
    let reader = scofeed::store::Reader::open(&data.path().join("scofeed.db")).unwrap();
    let edited = config(
        &CONFIG
            .replace("alpha", "gamma")
            .replace(r#"["beta"]"#, "[]"),
    );
    let preview = rejudge::ledger(&reader, &edited).unwrap();
    let names = |loses: bool| -> Vec<&str> {
        let changes = preview.changes.iter();
        let these = changes.filter(|c| if loses { c.loses() } else { c.gains() });
        these.map(|c| c.row.item.title.as_str()).collect()
    };
    assert_eq!(names(false), ["Gamma"]);
    assert_eq!(names(true), ["Alpha", "Beta summit"]);
    assert_eq!((preview.items, preview.kept), (4, 2));
    room.edit(edited);
    assert_eq!(room.titles(), ["Gamma"]);
}

/// A request of a subscriber, over a real socket.
async fn get(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: sco.example\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn polls_and_subscribers_are_undisturbed_while_a_large_ledger_is_judged() {
    const DOCUMENTS: usize = 16;
    const ITEMS: usize = 500;
    let data = tempfile::tempdir().unwrap();
    let mut room = Room::open(config(CONFIG), data.path(), moment());
    for document in 0..DOCUMENTS {
        let one = |n: usize| {
            let word = if n == 0 { "Gamma" } else { "Delta" };
            let mut item = item(
                &format!("old-{document}-{n}"),
                &format!("{word} chapter {document}, verse {n}"),
            );
            item.lead = "What was said of it in the valley on that day, and after. ".repeat(8);
            item
        };
        room.shows("harbour", (0..ITEMS).map(one).collect());
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = serve::Room {
        editions: room.desk.editions(),
        reports: room.desk.reports(),
        library: Arc::new(serve::Library::new(data.path().join("scofeed.db"))),
        clock: Clock::starting(room.now),
        tally: Arc::default(),
    };
    tokio::spawn(serve::run(
        listener,
        serve::House::new(served),
        std::future::pending(),
    ));

    room.desk.configure(with_gamma(), room.now).unwrap();
    let work = room.desk.rejudging().unwrap().expect("the rules changed");
    let judging = tokio::task::spawn_blocking(work);
    let mut titles = Vec::new();
    let mut meanwhile = 0;
    while titles.is_empty() || (!judging.is_finished() && titles.len() < 20) {
        let n = titles.len();
        let title = format!("Alpha report {n}");
        room.shows("steppe", vec![item(&format!("new-{n}"), &title)]);
        titles.push(title);
        let feed = get(address, "/atom.xml").await;
        for title in &titles {
            assert!(feed.contains(&format!(">{title}<")), "{title}: {feed}");
        }
        assert!(
            !feed.contains("Gamma"),
            "the old rules stand until all is judged"
        );
        meanwhile += usize::from(!judging.is_finished());
    }
    assert!(
        meanwhile > 0,
        "{} polls and reads, all after the judging",
        titles.len()
    );
    let rejudged = judging.await.unwrap().unwrap();
    assert_eq!(rejudged.changes.len(), DOCUMENTS);
    room.desk.flip(&rejudged, room.now).unwrap();
    room.desk.build().unwrap();
    let feed = get(address, "/atom.xml").await;
    let gained = (0..DOCUMENTS).map(|document| format!("Gamma chapter {document}, verse 0"));
    for title in gained.chain(titles) {
        assert!(feed.contains(&format!(">{title}<")), "{title}: {feed}");
    }
}
