//! What outlets reword and withdraw, and what people repair by hand, as
//! readers and admins meet it.

#![cfg(test)]

use std::path::Path;

use jiff::Timestamp;
use scofeed::care;
use scofeed::daemon::{DATABASE, client};
use scofeed::model::{Decision, Item, ItemKey, SourceKey, StoryId};
use scofeed::store::Store;
use tempfile::TempDir;

use crate::cli::{Place, Ran};
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

/// Headline and `updated` of the newest story.
fn newest(room: &Room) -> (String, Timestamp) {
    let feed = feed_rs::parser::parse(room.text("/atom.xml").as_bytes()).unwrap();
    let entry = feed.entries.into_iter().next().unwrap();
    let updated = entry.updated.unwrap().timestamp_millis();
    (
        entry.title.unwrap().content,
        Timestamp::from_millisecond(updated).unwrap(),
    )
}

/// Publishes what has waited until then. How many stories change by it.
fn ripen(room: &mut Room, time: &str) -> u64 {
    room.now = clock(time);
    let changed = room.desk.ripen(room.now).unwrap();
    room.desk.build().unwrap();
    changed
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

#[test]
fn a_correction_in_the_first_hour_is_told_at_once() {
    let data = TempDir::new().unwrap();
    let mut room = room(data.path());
    shows_at(&mut room, "10:00", "steppe", vec![title("in Osh")]);
    assert_eq!(newest(&room).1, clock("10:00"));
    shows_at(&mut room, "10:20", "steppe", vec![title("in Naryn")]);
    let told = ("Alpha opens a bank in Naryn".to_owned(), clock("10:20"));
    assert_eq!(newest(&room), told);
    assert_eq!(ripen(&mut room, "12:00"), 0);
    assert_eq!(newest(&room), told);
}

#[test]
fn the_last_correction_of_an_hour_is_told_when_the_hour_is_over() {
    let data = TempDir::new().unwrap();
    let mut room = room(data.path());
    shows_at(&mut room, "10:00", "steppe", vec![title("in Osh")]);
    shows_at(&mut room, "10:20", "steppe", vec![title("in Naryn")]);
    shows_at(&mut room, "10:30", "steppe", vec![title("in Batken")]);
    shows_at(&mut room, "10:40", "steppe", vec![title("in Talas")]);
    // What a reader sees is always the newest.
    let last = "Alpha opens a bank in Talas".to_owned();
    assert_eq!(newest(&room), (last.clone(), clock("10:20")));
    // It is stored that something is still to be told, and when.
    let store = Store::open(&data.path().join(DATABASE)).unwrap();
    assert_eq!(store.next_wait(room.now).unwrap(), Some(clock("11:20")));
    assert_eq!(ripen(&mut room, "11:19"), 0);
    assert_eq!(newest(&room), (last.clone(), clock("10:20")));
    assert_eq!(ripen(&mut room, "11:20"), 1);
    assert_eq!(newest(&room), (last.clone(), clock("11:20")));
    assert_eq!(ripen(&mut room, "13:00"), 0);
    assert_eq!(newest(&room), (last, clock("11:20")));
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
        "<p class=\"why\">since <time datetime=\"2026-11-20T10:00:00.000Z\">",
        "<p class=\"why\">since <time datetime=\"2026-11-20T10:20:00.000Z\">",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(text.matches("<p class=\"why\">since").count(), 2, "{text}");
}

#[test]
fn an_item_that_comes_to_the_topic_is_held_as_a_new_one_is() {
    let data = TempDir::new().unwrap();
    let held = format!("{CONFIG}\n[stories]\nhold = \"15m\"\n");
    let mut room = room_of(&held, data.path());
    let before = room.titles("/atom.xml");
    shows_at(&mut room, "11:00", "steppe", vec![item("a", "Nothing")]);
    let told = item("a", "Alpha opens a bank");
    shows_at(&mut room, "11:10", "steppe", vec![told.clone()]);
    assert_eq!(room.titles("/atom.xml"), before);
    // Another poll does not end it, nor begin it again.
    shows_at(&mut room, "11:20", "steppe", vec![told]);
    assert_eq!(room.titles("/atom.xml"), before);
    ripen(&mut room, "11:25");
    assert_eq!(room.titles("/atom.xml")[0], "Alpha opens a bank");
}

// By hand.

const THREE: &str = r#"
[[source]]
name = "volga"
priority = 20
feed = "https://volga.example/feed"
"#;

/// The desk applies what was decided.
fn decide(room: &mut Room, data: &Path, decision: &Decision) -> Vec<String> {
    let mut store = Store::open(&data.join(DATABASE)).unwrap();
    store.decide(decision, room.now).unwrap();
    let told = room.desk.decide(room.now).unwrap();
    room.desk.build().unwrap();
    told
}

#[test]
fn a_story_that_was_left_shows_who_comes_next_for_good() {
    let data = TempDir::new().unwrap();
    let mut room = room_of(&format!("{CONFIG}{THREE}"), data.path());
    room.introduce("volga");
    let news = [
        ("steppe", "bank", "Alpha opens a bank"),
        ("harbour", "wheat", "Alpha sells wheat"),
        ("volga", "rail", "Alpha lays a railway"),
    ];
    for (source, key, title) in news {
        shows_at(&mut room, "10:00", source, vec![item(key, title)]);
    }
    let (left, other) = (id("steppe", "bank"), id("steppe", "steppe"));
    let join = |room: &mut Room, time: &str, name: &str, key: &str, story: StoryId| {
        room.now = clock(time);
        let decision = Decision::join(source(name), ItemKey::new(key), story);
        let told = decide(room, data.path(), &decision);
        assert!(told[0].ends_with(": done"), "{told:?}");
    };
    let shown = |room: &Room| {
        let feed = feed_rs::parser::parse(room.text("/atom.xml").as_bytes()).unwrap();
        let mut entries = feed.entries.into_iter();
        let entry = entries.find(|entry| entry.id == left.urn())?;
        let updated = entry.updated.unwrap().timestamp_millis();
        Some((entry.title.unwrap().content, updated))
    };
    join(&mut room, "11:00", "steppe", "bank", other);
    assert_eq!(shown(&room), None);
    join(&mut room, "12:00", "harbour", "wheat", left);
    let told = (
        "Alpha sells wheat".to_owned(),
        clock("12:00").as_millisecond(),
    );
    assert_eq!(shown(&room), Some(told.clone()));
    // Who comes later is only mentioned, however much he is preferred.
    join(&mut room, "13:00", "volga", "rail", left);
    assert_eq!(shown(&room), Some(told.clone()));
    join(&mut room, "14:00", "steppe", "bank", left);
    assert_eq!(shown(&room), Some(told));
}

/// What says that two stories are kin goes with the item that says it.
#[tokio::test]
async fn an_item_takes_its_kin_along() {
    let data = TempDir::new().unwrap();
    let text = format!("{CONFIG}{THREE}");
    let mut room = Room::open(config(&text), data.path(), clock("09:00"));
    // Nothing is known to be rare before there is a usual month.
    let background = include_str!("../stories/background.txt");
    let usual = background.lines().cycle().take(1000).enumerate();
    let usual = usual.map(|(n, title)| item(&format!("usual-{n}"), &format!("Alpha: {title}")));
    shows_at(&mut room, "09:00", "steppe", usual.collect());
    room.introduce("harbour");
    room.introduce("volga");
    let told = |key: &str, language: &str, title: &str, lead: &str| {
        let mut item = item(key, &format!("Alpha: {title}"));
        item.lead = lead.to_owned();
        item.language = Some(language.to_owned());
        vec![item]
    };
    let english = told(
        "talks",
        "en",
        "Tokayev receives Pezeshkian in Astana",
        "Presidents Tokayev and Pezeshkian signed 14 documents on transport through Bandar Abbas.",
    );
    let russian = told(
        "peregovory",
        "ru",
        "Токаев принял Пезешкиана в Астане",
        "Президенты Токаев и Пезешкиан подписали 14 документов о перевозках через Бендер-Аббас.",
    );
    let wheat = told("wheat", "ru", "Пшеница подорожала", "Урожай был плохим.");
    shows_at(&mut room, "10:00", "steppe", english);
    shows_at(&mut room, "11:00", "harbour", russian);
    shows_at(&mut room, "12:00", "volga", wheat);
    let (own, other) = (id("harbour", "peregovory"), id("volga", "wheat"));
    let served = room.serve().await;
    let page = format!("/story/{}", id("steppe", "talks"));
    let names = async |story: StoryId| {
        let text = served.get(&page).await.text;
        text.contains(&format!("story/{story}\""))
    };
    assert!(names(own).await && !names(other).await);
    let key = || ItemKey::new("peregovory");
    let join = Decision::join(source("harbour"), key(), other);
    decide(&mut room, data.path(), &join);
    assert!(names(other).await && !names(own).await);
    let detach = Decision::detach(source("harbour"), key());
    decide(&mut room, data.path(), &detach);
    assert!(names(own).await && !names(other).await);
}

/// A database with a story of two items, one of one, and one that is none's.
fn repaired(place: &Place) {
    place.write("feeds.toml", CONFIG);
    let mut room = room(&place.path("data"));
    let told = "Alpha ministers talk about trade";
    shows_at(&mut room, "10:00", "steppe", vec![item("first", told)]);
    shows_at(&mut room, "10:10", "harbour", vec![item("copy", told)]);
    shows_at(
        &mut room,
        "10:20",
        "harbour",
        vec![item("alone", "Alpha sells wheat")],
    );
    shows_at(
        &mut room,
        "10:30",
        "harbour",
        vec![item("rain", "Rain on the coast")],
    );
}

#[track_caller]
fn refuses(ran: &Ran, parts: &[&str]) {
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{}", ran.err);
    for part in parts {
        assert!(ran.err.contains(part), "{part}\n{}", ran.err);
    }
}

#[test]
fn what_cannot_be_repaired_is_told_at_once() {
    let place = Place::new();
    repaired(&place);
    let run = |arguments: &[&str]| {
        let arguments: Vec<&str> = ["story"].iter().chain(arguments).copied().collect();
        place.run(&arguments)
    };
    let story = id("steppe", "first").to_string();
    // The founder gave its story the id, and others can leave.
    let ran = run(&["detach", "first"]);
    refuses(
        &ran,
        &["founded", "scofeed story detach copy --source harbour"],
    );
    refuses(&run(&["detach", "alone"]), &["stands alone already"]);
    refuses(
        &run(&["detach", "rain"]),
        &["belongs to no story", "dropped"],
    );
    refuses(&run(&["join", "rain", &story]), &["belongs to no story"]);
    refuses(&run(&["join", "copy", &story]), &["in this story already"]);
    let nowhere = id("volga", "nowhere").to_string();
    refuses(
        &run(&["join", "alone", &nowhere]),
        &["no such story", &nowhere],
    );
    // What is final goes by an address or a key, never by words.
    for words in ["wheat", "Alpha sells wheat", &story] {
        refuses(&run(&["detach", words]), &["address or key"]);
        refuses(&run(&["join", words, &story]), &["address or key"]);
    }
    assert!(run(&["show", "wheat"]).out.contains("Alpha sells wheat"));
    let store = Store::open(&place.path("data").join(DATABASE)).unwrap();
    assert_eq!(store.undecided().unwrap(), []);

    let ran = run(&["detach", "https://www.news.example/copy"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let ran = run(&["join", "alone", &story]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert_eq!(store.undecided().unwrap().len(), 2);
}

// Founded anew.

#[test]
fn an_outlet_with_a_colon_in_its_name_keeps_its_items() {
    let entry = |links: &str| {
        format!(
            r#"<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x</id><title>SCO</title>
<updated>2026-11-24T09:00:00.007Z</updated><generator>scofeed</generator>
<entry><id>{}</id><title>Bank opens in Bishkek</title>
<published>2026-11-24T08:30:00.000Z</published><updated>2026-11-24T09:00:00.007Z</updated>
<link rel="alternate" href="https://steppe.example/1" hreflang="en"/>{links}
<category scheme="urn:scofeed:outlet" term="steppe"/></entry></feed>"#,
            id("steppe", "1").urn()
        )
    };
    let related = |href: &str, title: &str| {
        format!(r#"<link rel="related" href="https://{href}.example/1" title="{title}"/>"#)
    };
    let text = format!(
        "{CONFIG}{THREE}title = \"Volga: English\"\n[[source]]\nname = \"herald\"\n\
         title = \"Volga\"\nfeed = \"https://herald.example/feed\"\n"
    );
    let links = [
        related("volga", "Volga: English: Bank: a report"),
        related("passed", "Oxus: Post, via Volga: English: Bank opens"),
        related("herald", "Volga: Bank opens: a report"),
        related("other", "Oxus Post: Bank opens"),
    ];
    let (data, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    std::fs::write(out.path().join("atom.xml"), entry(&links.concat())).unwrap();
    let config = config(&text);
    let place = care::Place::Directory(out.path().to_owned());
    let fetch = client(&config).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let published = runtime
        .block_on(care::gather(&place, &config, &fetch))
        .unwrap();
    drop(data);
    let members = published.seeds[0].members.iter().skip(1);
    let members: Vec<(&str, &str, Option<&str>)> = members
        .map(|member| {
            let item = &member.judged.item;
            let outlet = item.outlet.as_deref();
            (member.source.as_str(), item.title.as_str(), outlet)
        })
        .collect();
    assert_eq!(
        members,
        [
            ("volga", "Bank: a report", None),
            ("volga", "Bank opens", Some("Oxus: Post")),
            ("herald", "Bank opens: a report", None),
            ("published", "Bank opens", None),
        ]
    );
}
