//! What outlets reword and withdraw, and what people repair by hand, as
//! readers and admins meet it.

#![cfg(test)]

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use scofeed::model::{Item, ItemKey, SourceKey, StoryId};
use tempfile::TempDir;

use crate::room::{CONFIG, Room, at, config, item};

/// A room of two introduced sources, at ten o'clock.
fn room(data: &Path) -> Room {
    room_of(CONFIG, data)
}

fn room_of(text: &str, data: &Path) -> Room {
    let mut room = Room::open(config(text), data, at("2026-11-20T09:00:00Z"));
    room.introduce("steppe");
    room.introduce("harbour");
    room.now = clock("10:00");
    room
}

fn clock(time: &str) -> Timestamp {
    at(&format!("2026-11-20T{time}:00Z"))
}

/// The source shows these items at that time.
fn shows_at(room: &mut Room, time: &str, source: &str, items: Vec<Item>) {
    room.now = clock(time);
    room.shows(source, items);
    room.desk.build().unwrap();
}

fn source(name: &str) -> SourceKey {
    SourceKey::new(name).unwrap()
}

fn id(name: &str, key: &str) -> StoryId {
    StoryId::of(&source(name), &ItemKey::new(key))
}

fn title(words: &str) -> Item {
    item("bank", &format!("Alpha opens a bank {words}"))
}

#[tokio::test]
async fn a_story_page_says_since_when_it_is_said_so() {
    let data = TempDir::new().unwrap();
    let mut room = room(data.path());
    shows_at(&mut room, "10:00", "steppe", vec![title("in Osh")]);
    let served = room.serve().await;
    let page = format!("/story/{}", id("steppe", "bank"));
    let text = served.get(&page).await.text;
    assert!(!text.contains("In these words since"), "{text}");
    // What a reader does not see does not count.
    let mut marked = title("in Osh");
    marked.categories = vec!["Money".to_owned()];
    shows_at(&mut room, "10:10", "steppe", vec![marked]);
    shows_at(&mut room, "10:20", "steppe", vec![title("in Naryn")]);
    shows_at(&mut room, "10:30", "steppe", vec![title("in Batken")]);
    let text = served.get(&page).await.text;
    for part in [
        "In these words since <time datetime=\"2026-11-20T10:30:00",
        "<li>since <time datetime=\"2026-11-20T10:00:00.000Z\">",
        "<li>since <time datetime=\"2026-11-20T10:20:00.000Z\">",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(text.matches("<li>since").count(), 2, "{text}");
}

// By hand.
