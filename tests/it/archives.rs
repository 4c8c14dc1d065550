//! A reader who was away finds everything: the archives of RFC 5005, walked
//! as one of its clients walks them.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet, HashSet};

use feed_rs::model::Feed;
use jiff::SignedDuration;
use tempfile::TempDir;
use url::Url;

use crate::room::{CONFIG, Room, Served, at, config, item};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A client of RFC 5005 section 4.2: it polls the subscription document, and
/// follows `prev-archive` until it meets an archive that it has met before.
#[derive(Default)]
struct Client {
    archives: BTreeSet<String>,
    /// How often it met each entry.
    entries: BTreeMap<String, usize>,
}

impl Client {
    async fn poll(&mut self, served: &Served, feed: &str) {
        let mut address = Url::parse(&format!("https://sco.example{feed}")).unwrap();
        loop {
            let got = served.get(address.path()).await;
            assert_eq!(got.status, 200, "{address}");
            let document = feed_rs::parser::parse(got.text.as_bytes()).unwrap();
            for entry in &document.entries {
                *self.entries.entry(entry.id.clone()).or_default() += 1;
            }
            let Some(before) = link(&document, "prev-archive") else {
                return;
            };
            address = address.join(before).unwrap();
            if !self.archives.insert(address.path().to_owned()) {
                return;
            }
        }
    }
}

fn link<'f>(document: &'f Feed, rel: &str) -> Option<&'f str> {
    let mut links = document.links.iter();
    let link = links.find(|link| link.rel.as_deref() == Some(rel))?;
    Some(&link.href)
}

/// A room in which `days` go by, each with `stories` stories; at the end of
/// some of them an edition is built.
fn room(data: &TempDir, days: usize, stories: usize) -> Room {
    let mut room = Room::open(config(CONFIG), data.path(), at("2026-08-20T09:00:00Z"));
    for source in ["steppe", "harbour"] {
        room.introduce(source);
    }
    live(&mut room, 0..days, stories);
    room
}

fn live(room: &mut Room, days: std::ops::Range<usize>, stories: usize) {
    for day in days {
        room.pass(HOUR * 12);
        let told = |n| {
            item(
                &format!("{day}-{n}"),
                &format!("Alpha tells {n} on day {day}"),
            )
        };
        let half = stories / 2;
        room.shows("steppe", (0..half).map(told).collect());
        room.pass(HOUR * 12);
        room.shows("harbour", (half..stories).map(told).collect());
        if day % 4 == 3 {
            room.desk.build().unwrap();
        }
    }
    room.desk.build().unwrap();
}

#[tokio::test]
async fn a_walk_meets_each_of_5000_stories_exactly_once() {
    let data = TempDir::new().unwrap();
    let room = room(&data, 125, 40);
    let served = room.serve().await;
    for feed in ["/atom.xml", "/lang/en/atom.xml"] {
        let mut client = Client::default();
        client.poll(&served, feed).await;
        assert_eq!(client.entries.len(), 125 * 40 + 2, "{feed}");
        assert!(client.entries.values().all(|times| *times == 1), "{feed}");
        // Whole months, and the days of the month that is not over.
        let months = client
            .archives
            .iter()
            .filter(|path| path.len() == feed.len() + 12 - 1);
        let folder = feed.replace("atom.xml", "archive/");
        let expected: Vec<_> = ["2026-08", "2026-09", "2026-10", "2026-11"]
            .map(|month| format!("{folder}{month}.xml"))
            .to_vec();
        assert_eq!(months.cloned().collect::<Vec<_>>(), expected);
        assert!(client.archives.len() > 4 + 10, "{:?}", client.archives);
        let window = room.titles(feed).len();
        assert!((280..400).contains(&window), "{window}");
    }
}

#[tokio::test]
async fn an_archive_says_what_it_is_and_where_the_others_are() {
    let data = TempDir::new().unwrap();
    let room = room(&data, 75, 20);
    let served = room.serve().await;
    let feed = served.get("/atom.xml").await;
    let newest = "https://sco.example/archive/2026-10-26.xml";
    assert!(
        feed.head
            .contains(&format!("<{newest}>; rel=\"prev-archive\""))
    );
    let window = feed_rs::parser::parse(feed.text.as_bytes()).unwrap();
    assert_eq!(link(&window, "prev-archive"), Some(newest));
    assert!(!feed.text.contains("archive/>"));

    let got = served.get("/archive/2026-09.xml").await;
    let archive = feed_rs::parser::parse(got.text.as_bytes()).unwrap();
    assert_eq!(archive.id, window.id, "one feed in many documents");
    assert!(
        got.text
            .contains("xmlns:fh=\"http://purl.org/syndication/history/1.0\"")
    );
    assert!(got.text.contains("<fh:archive/>"));
    for (rel, href) in [
        ("self", "https://sco.example/archive/2026-09.xml"),
        ("current", "../atom.xml"),
        ("prev-archive", "2026-08.xml"),
    ] {
        assert!(
            got.text.contains(&format!(
                "rel=\"{rel}\" type=\"application/atom+xml\" href=\"{href}\""
            )),
            "{rel}"
        );
    }
    // Which comes after it is not known when it is closed.
    assert_eq!(link(&archive, "next-archive"), None);
    for (rel, address) in [
        ("self", "archive/2026-09.xml"),
        ("current", "atom.xml"),
        ("prev-archive", "archive/2026-08.xml"),
        ("next-archive", "archive/2026-10-01.xml"),
    ] {
        let link = format!("<https://sco.example/{address}>; rel=\"{rel}\"");
        assert!(got.head.contains(&link), "{rel}: {}", got.head);
    }
    assert!(
        got.head
            .contains("content-type: application/atom+xml; charset=utf-8")
    );
    assert!(
        got.head
            .contains("cache-control: public, max-age=31536000, immutable")
    );
    // Newest first, as in the window, and nothing of another month.
    let entered: Vec<_> = archive
        .entries
        .iter()
        .map(|entry| entry.updated.unwrap())
        .collect();
    assert!(entered.is_sorted_by(|one, other| one > other));
    let month = |moment: &chrono::DateTime<chrono::Utc>| moment.format("%Y-%m").to_string();
    assert!(entered.iter().all(|moment| month(moment) == "2026-09"));

    let first = served.get("/archive/2026-08.xml").await;
    assert!(!first.text.contains("prev-archive") && !first.head.contains("prev-archive"));
    for missing in [
        "2026-07.xml",
        "2026-12.xml",
        "2026-10.xml",
        "2026-9.xml",
        "x.xml",
        "",
    ] {
        let got = served.get(&format!("/archive/{missing}")).await;
        assert_eq!(got.status, 404, "{missing}");
    }
}

/// S-13, for any time away: what is closed after a client came by is at
/// addresses that it has not met.
#[tokio::test]
async fn a_client_that_was_away_recovers_everything() {
    let data = TempDir::new().unwrap();
    let mut room = room(&data, 25, 20);
    let mut client = Client::default();
    let mut day = 25;
    for away in [1, 3, 9, 30, 1, 17] {
        let served = room.serve().await;
        client.poll(&served, "/atom.xml").await;
        assert_eq!(client.entries.len(), day * 20 + 2, "on day {day}");
        live(&mut room, day..day + away, 20);
        day += away;
    }
}

/// Law 4: neither polls nor corrections, edits, other settings, restarts or
/// another address change a closed archive.
#[test]
fn a_closed_archive_never_changes() {
    let data = TempDir::new().unwrap();
    let mut room = room(&data, 60, 20);
    let closed = room.archives();
    assert!(closed.contains_key(&(String::new(), "2026-08".to_owned())));
    assert!(closed.contains_key(&("lang/en/".to_owned(), "2026-09".to_owned())));
    let check = |room: &Room| {
        let now = room.archives();
        for (key, archive) in &closed {
            assert!(now.get(key) == Some(archive), "{key:?}");
        }
    };

    // A correction of an old story, a copy of another, a late date.
    let mut late = item("late", "Alpha was late");
    late.stated = Some(at("2026-08-21T00:00:00Z"));
    room.shows("steppe", vec![item("0-1", "Alpha corrects itself"), late]);
    room.shows("harbour", vec![item("0-2", "Alpha tells 2 on day 0")]);
    room.desk.build().unwrap();
    check(&room);

    // Nothing is about this topic; then all is again.
    room.edit(config(&CONFIG.replace("alpha", "omega")));
    assert!(room.titles("/atom.xml").is_empty());
    check(&room);
    room.edit(config(CONFIG));
    check(&room);

    // Another title and address.
    let moved = CONFIG.replace("https://sco.example/", "https://moved.example/");
    drop(room);
    let mut room = Room::open(config(&moved), data.path(), at("2026-10-25T00:00:00Z"));
    check(&room);
    let feed = room.text("/atom.xml");
    assert!(feed.contains(
        "rel=\"prev-archive\" type=\"application/atom+xml\" href=\"https://moved.example/archive/"
    ));

    live(&mut room, 60..100, 20);
    check(&room);
    assert!(room.archives().len() > closed.len());
}

/// What an edit takes away and brings back stands in one place again.
#[tokio::test]
async fn a_story_is_in_the_window_or_in_an_archive() {
    let data = TempDir::new().unwrap();
    let mut room = room(&data, 40, 20);
    let before = room.text("/atom.xml");
    // A hundred stories fewer: the window does not reach back for others.
    room.edit(config(
        &CONFIG.replace("\"alpha\"]", "\"alpha\"]\nnot = [\"alpha tells\"]"),
    ));
    room.edit(config(CONFIG));
    assert!(room.text("/atom.xml") == before);
    let served = room.serve().await;
    let mut client = Client::default();
    client.poll(&served, "/atom.xml").await;
    assert_eq!(client.entries.len(), 40 * 20 + 2);
    assert!(client.entries.values().all(|times| *times == 1));
}

/// Few stories need no archive, however old they are.
#[test]
fn a_window_holds_at_least_a_hundred_stories_and_seven_days() {
    let data = TempDir::new().unwrap();
    let mut room = Room::open(config(CONFIG), data.path(), at("2026-01-01T09:00:00Z"));
    room.introduce("steppe");
    for n in 0..98 {
        room.pass(HOUR * 24 * 3);
        room.shows(
            "steppe",
            vec![item(&n.to_string(), &format!("Alpha is back {n}"))],
        );
    }
    room.desk.build().unwrap();
    assert_eq!(room.titles("/atom.xml").len(), 99);
    assert!(room.archives().is_empty());
    assert!(!room.text("/atom.xml").contains("prev-archive"));

    // Two more: the hundredth from the end begins the window.
    for n in 98..100 {
        room.pass(HOUR * 24 * 3);
        room.shows(
            "steppe",
            vec![item(&n.to_string(), &format!("Alpha is back {n}"))],
        );
    }
    room.desk.build().unwrap();
    assert_eq!(room.titles("/atom.xml").len(), 100);
    let days: HashSet<_> = room.archives().into_keys().collect();
    let expected = ["", "lang/en/"].map(|view| (view.to_owned(), "2026-01-01".to_owned()));
    assert_eq!(days, expected.into());
}

/// A history that was there before its view, or before this version, is
/// closed at the first start.
#[tokio::test]
async fn a_view_that_comes_late_has_its_whole_history() {
    let data = TempDir::new().unwrap();
    let mut room = room(&data, 60, 20);
    room.edit(config(&format!(
        "{CONFIG}\n[[view]]\nname = \"sevens\"\nwords = [\"7\"]\n"
    )));
    let served = room.serve().await;
    let mut client = Client::default();
    client.poll(&served, "/sevens/atom.xml").await;
    // Story 7 of each day, and all of days 7 … 57 that end in no other digit.
    let expected = 60 + 19;
    assert_eq!(client.entries.len(), expected);
}
