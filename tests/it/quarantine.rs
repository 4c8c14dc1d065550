//! What is not believed is remembered and not shown, until the admin accepts
//! its source (C-09, H-46).

#![cfg(test)]

use std::sync::Arc;

use jiff::SignedDuration;
use scofeed::daemon::DATABASE;
use scofeed::model::{Item, SourceKey, WebUrl};
use scofeed::render::{Process, Traffic, metrics};
use scofeed::store::{Reader, Store};
use tempfile::TempDir;

use crate::room::{CONFIG, Room, at, config, item};
use crate::site::Site;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn room(data: &TempDir) -> Room {
    let mut room = Room::open(config(CONFIG), data.path(), at("2026-11-20T09:00:00Z"));
    room.introduce("steppe");
    room.introduce("harbour");
    room.pass(HOUR);
    room
}

fn told(numbers: std::ops::Range<usize>) -> Vec<Item> {
    numbers
        .map(|n| item(&format!("n{n}"), &format!("Alpha tells {n}")))
        .collect()
}

/// Why `steppe` is in quarantine.
fn why(data: &TempDir) -> Option<String> {
    let reader = Reader::open(&data.path().join(DATABASE)).unwrap();
    let sources = reader.sources().unwrap().into_iter();
    let mut sources = sources.filter(|row| row.source.as_str() == "steppe");
    sources.next().unwrap().quarantine
}

/// What `scofeed accept steppe` notes, and the desk does.
fn accept(room: &mut Room, data: &TempDir) {
    let mut store = Store::open(&data.path().join(DATABASE)).unwrap();
    store
        .accept(&SourceKey::new("steppe").unwrap(), room.now)
        .unwrap();
    drop(store);
    let told = room.desk.decide(room.now).unwrap();
    assert_eq!(told, ["steppe is accepted: 10 stories enter"]);
    room.desk.build().unwrap();
}

/// How many items wait to be believed, as the metrics tell (O-03).
fn waiting(room: &mut Room) -> u64 {
    room.desk.review(room.now);
    let report = Arc::clone(&room.desk.reports().borrow());
    let text = metrics(&report, &Traffic::new(), Process::default());
    let mut lines = text.lines();
    let told = lines.find_map(|line| line.strip_prefix("scofeed_quarantine_items "));
    told.unwrap().parse().unwrap()
}

#[test]
fn a_flood_is_held_back_until_it_is_accepted() {
    let data = TempDir::new().unwrap();
    let mut room = room(&data);
    room.shows("steppe", told(0..300));
    room.desk.build().unwrap();
    assert_eq!(why(&data), None, "as much as an outlet may write in a day");
    let before = room.titles("/atom.xml");
    assert_eq!(before.len(), 302);

    room.pass(HOUR);
    room.shows("steppe", told(200..320));
    room.shows("harbour", vec![item("other", "Alpha is calm elsewhere")]);
    room.desk.build().unwrap();
    let why_not = why(&data).unwrap();
    assert!(why_not.contains("320 new items"), "{why_not}");
    let titles = room.titles("/atom.xml");
    assert_eq!(titles[0], "Alpha is calm elsewhere");
    assert_eq!(titles[1..], before, "what stood there stays");

    // As long as nobody says so, nothing of it is shown, whatever it sends.
    room.pass(HOUR * 48);
    room.shows("steppe", told(320..321));
    room.desk.build().unwrap();
    assert_eq!(room.titles("/atom.xml").len(), 303);
    assert_eq!(waiting(&mut room), 21);

    accept(&mut room, &data);
    assert_eq!(why(&data), None);
    assert_eq!(waiting(&mut room), 0);
    let titles = room.titles("/atom.xml");
    assert_eq!(titles.len(), 313);
    assert_eq!(titles[0], "Alpha tells 320");
    room.pass(HOUR);
    room.shows("steppe", told(321..322));
    room.desk.build().unwrap();
    assert_eq!(room.titles("/atom.xml")[0], "Alpha tells 321");
}

#[test]
fn another_feed_at_the_same_address_is_held_back() {
    let data = TempDir::new().unwrap();
    let mut room = room(&data);
    room.shows("steppe", told(0..25));
    let bought = |n: usize| {
        let mut item = item(&format!("b{n}"), &format!("Alpha and cheap pills {n}"));
        item.link = WebUrl::parse(&format!("https://pills.example/{n}"));
        item.canon = item.link.as_ref().map(scofeed::text::url::canon);
        item
    };
    // A day's outage of a short feed: nothing of it is known any more.
    room.pass(HOUR * 48);
    room.shows("steppe", told(30..42));
    assert_eq!(why(&data), None);

    room.pass(HOUR);
    room.shows("steppe", (0..12).map(bought).collect());
    room.desk.build().unwrap();
    let said = why(&data).unwrap();
    assert!(said.contains("pills.example"), "{said}");
    assert!(!room.text("/atom.xml").contains("pills"));
    accept(&mut room, &data);
    assert!(room.text("/atom.xml").contains("cheap pills 11"));
    // Its address is known now.
    room.pass(HOUR);
    room.shows("steppe", (20..22).map(bought).collect());
    assert_eq!(why(&data), None);
}

/// A feed of this id, about a site on that host, with these items.
fn atom(id: &str, host: &str, numbers: std::ops::Range<usize>) -> String {
    let entries = numbers.map(|n| {
        format!(
            "<entry><id>urn:entry:{n}</id><title>SCO summit, day {n}</title>\
             <link href=\"https://news.example/{n}\"/><updated>2026-11-24T06:00:00Z</updated></entry>"
        )
    });
    format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>{id}</id><title>Steppe</title>\
         <link href=\"https://{host}/\"/><updated>2026-11-24T06:00:00Z</updated>{}</feed>",
        entries.collect::<String>()
    )
}

#[tokio::test]
async fn a_feed_that_says_it_is_another_is_held_back_if_nothing_of_it_is_known() {
    let (own, other) = ("urn:feed:own", "urn:feed:other");
    let host = "steppe.example";
    for (id, host, held) in [
        (own, host, false),
        (own, "www.steppe.example", false),
        (other, host, true),
        (own, "other.example", true),
    ] {
        let mut site = Site::new().feed("steppe", atom(own, "steppe.example", 0..25));
        site.poll().await;
        let before = site.titles().len();
        // Another name alone is no reason, and is remembered.
        site.says("steppe", atom("urn:feed:older", "steppe.example", 20..26));
        site.poll().await;
        site.says("steppe", atom(own, "steppe.example", 24..27));
        site.poll().await;
        assert_eq!(site.titles().len(), before + 2);
        site.says("steppe", atom(id, host, 40..43));
        site.poll().await;
        let shown = site.titles().len() - before - 2;
        let said = format!("{:?}", site.status("steppe"));
        assert_eq!(shown, if held { 0 } else { 3 }, "{id} {host}: {said}");
        let names_it = said.contains(&format!(
            "it says that it is {}",
            if id == own { host } else { id }
        ));
        assert_eq!(names_it, held, "{said}");
    }
}
