//! What the public holds of us: whose feed it is, and the validators that it
//! asks with. And who is told that something changed.

#![cfg(test)]

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use scofeed::care::{self, Place};
use scofeed::daemon;
use tempfile::TempDir;
use url::form_urlencoded;

use crate::room::{CONFIG, Room, at, config, item};
use crate::site::{self, Answer, EVERY, Site, rss};

fn open(text: &str, data: &TempDir, now: Timestamp) -> Room {
    Room::open(config(text), data.path(), now)
}

fn feed_id(room: &Room, path: &str) -> String {
    feed_rs::parser::parse(room.text(path).as_bytes())
        .unwrap()
        .id
}

/// RFC 4287 section 4.2.6: an id is one feed's, and stays.
#[test]
fn a_feed_keeps_its_id_and_shares_it_with_no_other() {
    let at = at("2026-11-20T09:00:00Z");
    let (data, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let moved = CONFIG.replace("sco.example", "moved.example");
    let local = CONFIG.replace("https://sco.example/", "http://127.0.0.1:8080/");

    let room = open(CONFIG, &data, at);
    let id = feed_id(&room, "/atom.xml");
    drop(room);
    for text in [&moved, &local, CONFIG] {
        let room = open(text, &data, at);
        assert_eq!(feed_id(&room, "/atom.xml"), id, "{text}");
    }
    // Another site; and the first one again, without its database.
    let other = open(&moved, &elsewhere, at);
    assert_ne!(feed_id(&other, "/atom.xml"), id);
    let again = TempDir::new().unwrap();
    assert_eq!(feed_id(&open(CONFIG, &again, at), "/atom.xml"), id);

    // What was tried at home gets its name when it goes out.
    let home = TempDir::new().unwrap();
    let room = open(&local, &home, at);
    assert_ne!(feed_id(&room, "/atom.xml"), id);
    drop(room);
    let room = open(CONFIG, &home, at);
    assert_eq!(feed_id(&room, "/atom.xml"), id);
    drop(room);
    assert_eq!(feed_id(&open(&local, &home, at), "/atom.xml"), id);
}

/// A database that was lost and founded anew on what was published is the same
/// feed, wherever it is now.
#[tokio::test]
async fn a_feed_that_is_founded_anew_keeps_its_id() {
    let (data, out, again) = (
        TempDir::new().unwrap(),
        TempDir::new().unwrap(),
        TempDir::new().unwrap(),
    );
    let now = at("2026-11-20T09:00:00Z");
    let text = format!("{CONFIG}\n[publish]\ndirectory = {:?}\n", out.path());
    let mut room = open(&text, &data, now);
    room.introduce("steppe");
    room.desk.build().unwrap();
    room.desk.file().unwrap();
    let id = feed_id(&room, "/lang/en/atom.xml");

    let moved = CONFIG.replace("sco.example", "moved.example");
    let mut room = open(&moved, &again, now);
    let place = Place::Directory(out.path().to_owned());
    let fetch = daemon::client(room.desk.config()).unwrap();
    let published = care::gather(&place, room.desk.config(), &fetch).await;
    room.desk.rebuild(&published.unwrap(), now).unwrap();
    drop(room);
    let room = open(&moved, &again, now);
    assert_eq!(feed_id(&room, "/lang/en/atom.xml"), id);
}

/// The tag and the time of every sheet that is served.
fn validators(room: &Room) -> BTreeMap<String, (String, Timestamp)> {
    let edition = room.edition();
    let sheets = edition.iter();
    sheets
        .map(|sheet| (sheet.path.clone(), (sheet.tag.clone(), sheet.modified)))
        .collect()
}

/// S-18, over restarts: no time stands for two texts, whatever changed them.
#[test]
fn a_time_never_stands_for_two_texts() {
    let data = TempDir::new().unwrap();
    let now = at("2026-11-20T09:00:00Z");
    let mut room = open(CONFIG, &data, now);
    room.introduce("steppe");
    room.introduce("harbour");
    let mut given: BTreeMap<(String, Timestamp), String> = BTreeMap::new();
    let mut last = BTreeMap::new();
    let narrow = CONFIG.replace("[\"alpha\"]", "[\"alpha\"]\nnot = [\"alpha tells\"]");
    for step in 0..24 {
        match step % 6 {
            // Two editions within a second.
            0 | 1 => {
                room.pass(SignedDuration::from_millis(1));
                let key = format!("{step}");
                room.shows("steppe", vec![item(&key, &format!("Alpha tells {step}"))]);
                room.desk.build().unwrap();
            }
            2 => room.edit(config(&narrow)),
            4 => room.edit(config(CONFIG)),
            3 | 5 => {
                drop(room);
                room = open(if step % 6 == 3 { &narrow } else { CONFIG }, &data, now);
                assert_eq!(validators(&room), last, "a restart changes nothing");
            }
            _ => unreachable!(),
        }
        last = validators(&room);
        for (path, (tag, modified)) in &last {
            let known = given
                .entry((path.clone(), *modified))
                .or_insert(tag.clone());
            assert_eq!(known, tag, "{path} at {modified} in step {step}");
        }
    }
    assert!(given.len() > 30, "{}", given.len());
}

/// S-30: one request for what has changed, when the edition stands; a hub
/// that fails is told again later and holds up nobody.
#[tokio::test(start_paused = true)]
async fn a_hub_is_told_of_what_changed() {
    let site = Site::new();
    let hub = site.address("hub");
    let mut site = site
        .with(&format!("hub = \"{hub}\""))
        .feed(
            "steppe",
            rss([site::item("summit", "SCO summit opens in Bishkek")]),
        )
        .with("language = \"en\"");
    site.says("hub", Answer::status(503));
    let feed = site.atom();
    let link = feed
        .links
        .iter()
        .find(|link| link.rel.as_deref() == Some("hub"));
    assert_eq!(link.unwrap().href, hub);
    for path in ["/atom.xml", "/rss.xml", "/feed.json"] {
        let sheet = site.sheet(path);
        let links = sheet.links.clone().unwrap();
        assert!(links.contains(&format!("<{hub}>; rel=\"hub\"")), "{links}");
        let text = String::from_utf8_lossy(&sheet.bytes);
        assert!(text.contains(&hub), "{path}");
    }

    let told = |site: &Site| -> Vec<Vec<String>> {
        let requests = site.requests("hub").into_iter();
        requests
            .map(|request| {
                assert_eq!(
                    request.field("content-type"),
                    Some("application/x-www-form-urlencoded")
                );
                let pairs = form_urlencoded::parse(request.body.as_bytes());
                let mut pairs: Vec<_> = pairs.into_owned().collect();
                assert_eq!(pairs.remove(0), ("hub.mode".into(), "publish".into()));
                assert!(pairs.iter().all(|(name, _)| name == "hub.url"));
                pairs.into_iter().map(|(_, feed)| feed).collect()
            })
            .collect()
    };
    site.serve_for(Duration::from_mins(10)).await;
    let tries = told(&site).len();
    assert!((3..=6).contains(&tries), "{tries} tries in ten minutes");
    // Nor does a restart forget it.
    site.says("hub", Answer::status(202));
    site.serve_for(Duration::from_mins(10)).await;
    let all = told(&site);
    assert_eq!(all.len(), tries + 1);
    let last: Vec<_> = all.last().unwrap().iter().map(String::as_str).collect();
    assert!(
        last.contains(&"https://sco.example.org/atom.xml"),
        "{last:?}"
    );
    assert!(
        last.contains(&"https://sco.example.org/lang/en/rss.xml"),
        "{last:?}"
    );
    assert!(!last.iter().any(|feed| feed.ends_with('/')), "{last:?}");

    // Nothing has changed, so there is nothing to tell.
    site.serve_for(Duration::from_mins(10)).await;
    assert_eq!(told(&site).len(), tries + 1);
    // A story has come, and only the feeds that show it have changed.
    let stories = [
        site::item("summit", "SCO summit opens in Bishkek"),
        site::item("next", "Саммит ШОС завершён"),
    ];
    site.says("steppe", rss(stories));
    site.wait(EVERY);
    site.serve_for(Duration::from_mins(10)).await;
    let all = told(&site);
    assert_eq!(all.len(), tries + 2);
    assert!(all[tries + 1].len() < last.len() + 4, "{all:?}");
}
