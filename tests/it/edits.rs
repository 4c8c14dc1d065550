//! Edits of the topic: what is stored is judged anew, readers lose nothing
//! that is still about it, and undoing an edit restores the very bytes.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use scofeed::config::Config;
use scofeed::daemon::DATABASE;
use scofeed::model::Item;
use scofeed::rejudge;
use scofeed::store::Store;

use crate::room::{Room, at, config, item};

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

fn with_gamma() -> Arc<Config> {
    config(&CONFIG.replace(r#"["alpha"]"#, r#"["alpha", "gamma"]"#))
}

pub(crate) fn moment() -> Timestamp {
    at("2026-11-20T08:00:00Z")
}

/// An hour later `source` shows these items.
pub(crate) fn shows(room: &mut Room, source: &str, items: Vec<Item>) {
    room.pass(SignedDuration::from_hours(1));
    room.shows(source, items);
    room.desk.build().unwrap();
}

/// Five minutes later the configuration is another one.
pub(crate) fn edit(room: &mut Room, config: Arc<Config>) {
    room.pass(SignedDuration::from_mins(5));
    room.edit(config);
}

fn feed(room: &Room) -> String {
    room.text("/atom.xml")
}

fn titles(room: &Room) -> Vec<String> {
    room.titles("/atom.xml")
}

#[test]
fn undoing_an_edit_restores_the_very_bytes() {
    let data = tempfile::tempdir().unwrap();
    let mut room = Room::open(config(CONFIG), data.path(), moment());
    // The first poll brings more than is shown of it (H-70).
    let first = (0..14).map(|n| item(&format!("first-{n}"), &format!("Alpha chapter {n}")));
    shows(&mut room, "steppe", first.collect());
    shows(
        &mut room,
        "steppe",
        vec![item("a", "Alpha"), item("g", "Gamma"), item("b", "Beta")],
    );
    shows(
        &mut room,
        "harbour",
        vec![item("h", "Nothing"), item("g2", "Gamma too")],
    );
    let before = feed(&room);

    edit(&mut room, with_gamma());
    assert!(feed(&room) != before);
    assert_eq!(titles(&room)[..2], ["Gamma too", "Gamma"]);
    edit(&mut room, config(CONFIG));
    assert_eq!(feed(&room), before);

    // Nothing at all is about this topic, and then everything is again.
    edit(&mut room, config(&CONFIG.replace("alpha", "omega")));
    assert!(titles(&room).is_empty());
    edit(&mut room, config(CONFIG));
    assert_eq!(feed(&room), before);
}

#[test]
fn an_edit_brings_back_a_story_to_its_own_place() {
    let data = tempfile::tempdir().unwrap();
    let mut room = Room::open(with_gamma(), data.path(), moment());
    shows(&mut room, "steppe", vec![item("g", "Gamma")]);
    shows(&mut room, "steppe", vec![item("a", "Alpha")]);
    let entry = |feed: &str| {
        let at = feed.find("<title>Gamma</title>").unwrap();
        let end = feed[at..].find("</entry>").unwrap();
        feed[at..at + end].to_owned()
    };
    let gamma = entry(&feed(&room));
    edit(&mut room, config(CONFIG));
    assert_eq!(titles(&room), ["Alpha"]);
    edit(&mut room, with_gamma());
    assert_eq!(titles(&room), ["Alpha", "Gamma"]);
    assert_eq!(entry(&feed(&room)), gamma);
}

#[test]
fn an_edit_that_a_crash_cut_short_is_done_again() {
    let data = tempfile::tempdir().unwrap();
    let mut room = Room::open(config(CONFIG), data.path(), moment());
    shows(
        &mut room,
        "steppe",
        vec![item("a", "Alpha"), item("g", "Gamma")],
    );
    room.desk.configure(with_gamma(), room.now).unwrap();
    let work = room.desk.rejudging().unwrap().expect("the rules changed");
    drop(work);
    let now = room.now;
    drop(room);
    let room = Room::open(with_gamma(), data.path(), now);
    assert_eq!(titles(&room), ["Gamma", "Alpha"]);
    let settled = room.desk.rejudging().unwrap().is_none();
    assert!(settled, "the same rules are not applied twice");
}

#[test]
fn an_edit_never_floods_readers() {
    let data = tempfile::tempdir().unwrap();
    let mut room = Room::open(config(CONFIG), data.path(), moment());
    shows(&mut room, "steppe", vec![item("a", "Alpha")]);
    let many = |from: usize| {
        let one = |n: usize| item(&format!("g{n}"), &format!("Gamma {n}"));
        (from..from + 40).map(one).collect::<Vec<_>>()
    };
    shows(&mut room, "steppe", many(0));
    shows(&mut room, "harbour", many(100));
    edit(&mut room, with_gamma());
    let shown = titles(&room);
    assert_eq!(shown.len(), 1 + rejudge::GAINS_SHOWN);
    let newest = shown.iter().filter(|t| t.starts_with("Gamma 1")).count();
    assert!(newest >= 40, "the newest are shown first: {shown:?}");
    // What was withheld stays so when it is shown again.
    shows(&mut room, "steppe", many(0));
    assert_eq!(titles(&room), shown);
}

#[test]
fn gained_items_join_the_stories_of_their_own_days() {
    let data = tempfile::tempdir().unwrap();
    let mut room = Room::open(config(CONFIG), data.path(), moment());
    let told = "Gamma meets the others in Bishkek";
    shows(&mut room, "steppe", vec![item("g", told)]);
    let mut copy = item("copy", told);
    copy.lead.clear();
    shows(&mut room, "harbour", vec![copy]);
    // The same words a week later are other news.
    room.now = room
        .now
        .checked_add(SignedDuration::from_hours(24 * 7))
        .unwrap();
    shows(&mut room, "harbour", vec![item("later", told)]);
    edit(&mut room, with_gamma());
    assert_eq!(titles(&room).len(), 2);
}

/// What is gained is remembered as if it had been kept when it came.
#[test]
fn gained_items_of_other_days_are_not_held_in_memory() {
    let data = tempfile::tempdir().unwrap();
    let mut room = Room::open(config(CONFIG), data.path(), moment());
    let many = (0..20).map(|n| item(&format!("g{n}"), &format!("Gamma {n}")));
    shows(&mut room, "steppe", many.collect());
    room.pass(SignedDuration::from_hours(24 * 7));
    shows(&mut room, "harbour", vec![item("now", "Gamma today")]);
    edit(&mut room, with_gamma());
    let store = Store::open(&data.path().join(DATABASE)).unwrap();
    assert_eq!(store.window(room.now).unwrap().len(), 1);
}

/// Both came on one day and bear a date of the week before.
#[test]
fn gained_items_meet_what_they_would_have_met_when_they_came() {
    let told = |key: &str| {
        let mut item = item(key, "Gamma meets the others in Bishkek");
        item.stated = Some(at("2026-11-13T08:00:00Z"));
        item
    };
    let mut about = told("twin");
    about.categories = vec!["Alpha".to_owned()];
    let stories = |before: Arc<Config>| {
        let data = tempfile::tempdir().unwrap();
        let mut room = Room::open(before, data.path(), moment());
        shows(&mut room, "harbour", vec![about.clone()]);
        shows(&mut room, "steppe", vec![told("g")]);
        edit(&mut room, with_gamma());
        titles(&room).len()
    };
    assert_eq!(stories(with_gamma()), 1);
    assert_eq!(stories(config(CONFIG)), 1);
}

#[test]
fn preview_and_deed_are_one_function() {
    let data = tempfile::tempdir().unwrap();
    let mut room = Room::open(config(CONFIG), data.path(), moment());
    shows(
        &mut room,
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
    edit(&mut room, edited);
    assert_eq!(titles(&room), ["Gamma"]);
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
        shows(&mut room, "harbour", (0..ITEMS).map(one).collect());
    }
    let served = room.serve().await;

    room.desk.configure(with_gamma(), room.now).unwrap();
    let work = room.desk.rejudging().unwrap().expect("the rules changed");
    let judging = tokio::task::spawn_blocking(work);
    let mut titles = Vec::new();
    let mut meanwhile = 0;
    while titles.is_empty() || (!judging.is_finished() && titles.len() < 20) {
        let n = titles.len();
        let title = format!("Alpha report {n}");
        shows(&mut room, "steppe", vec![item(&format!("new-{n}"), &title)]);
        titles.push(title);
        let feed = served.get("/atom.xml").await.text;
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
    let feed = served.get("/atom.xml").await.text;
    let gained = (0..DOCUMENTS).map(|document| format!("Gamma chapter {document}, verse 0"));
    for title in gained.chain(titles) {
        assert!(feed.contains(&format!(">{title}<")), "{title}: {feed}");
    }
}
