//! What an admin is told about what is stored: why an item is in or out, what
//! the terms do, and how much is remembered. Asked of the built program, over
//! a ledger whose time the test keeps.

// Clippy then knows every helper for a test's, which may unwrap.
#![cfg(test)]

use std::fs;
use std::process::{Command, Output};

use jiff::SignedDuration;
use serde_json::Value;
use tempfile::TempDir;

use crate::edits::{edit, moment, shows};
use crate::room::{Room, config, item};

const CONFIG: &str = r#"
[topic]
vocabulary = "none"
strong = ["alpha", "omega", "alphabet"]
weak = ["beta"]
context = ["summit", "valley"]
not = ["beta version"]

[[source]]
name = "steppe"
feed = "https://steppe.example/feed"

[[source]]
name = "harbour"
feed = "https://www.harbour.example/feed"
strong = ["lantern"]
"#;

/// A ledger, and the program that is asked about it.
struct Ledger {
    place: TempDir,
    room: Room,
}

impl Ledger {
    fn new() -> Self {
        Self::with(CONFIG)
    }

    fn with(text: &str) -> Self {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("feeds.toml"), text).unwrap();
        let room = Room::open(config(text), &place.path().join("data"), moment());
        Self { place, room }
    }

    fn ask(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_scofeed"))
            .current_dir(self.place.path())
            .env_remove("CONFIGURATION_DIRECTORY")
            .env_remove("STATE_DIRECTORY")
            .args(arguments)
            .output()
            .unwrap()
    }

    fn told(&self, arguments: &[&str]) -> String {
        let output = self.ask(arguments);
        assert!(output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn objects(&self, arguments: &[&str]) -> Vec<Value> {
        let told = self.told(arguments);
        let object = |line| serde_json::from_str(line).unwrap();
        told.lines().map(object).collect()
    }
}

#[track_caller]
fn check(told: &str, expected: &str) {
    let expected = expected.trim_start_matches('\n');
    assert_eq!(told, expected, "\n{told}\n--- expected:\n{expected}");
}

/// Five items: kept twice over, kept by a weak term, kept by a lead, near,
/// and kept by two terms that are both enough.
fn with_terms() -> Ledger {
    let mut ledger = Ledger::new();
    let mut quiet = item("quiet", "What was said in the old town");
    quiet.lead = "The omega was seen once more.".into();
    shows(
        &mut ledger.room,
        "steppe",
        vec![
            item("both", "Alpha meets omega"),
            item("weak", "Beta at the summit"),
            quiet,
            item("near", "Beta goes home"),
            item("three", "Alpha and beta at a second summit"),
            item("other", "Snow in the mountains"),
        ],
    );
    ledger
}

#[test]
fn check_tells_what_every_term_does() {
    let ledger = with_terms();
    let told = ledger.told(&["check", "--terms"]);
    let from = told
        .find("8 terms over")
        .unwrap_or_else(|| panic!("{told}"));
    check(
        &told[from..],
        r#"
8 terms over 6 stored items
never matched: 4 of your own, 0 of the vocabulary; --all lists these
  strong  own "alphabet"
  context own "valley"
  not     own "beta version"
  strong  [harbour] "lantern"
matched, but never decided, for another term was enough: 1
  strong  own "alpha": 2 items
alone for items that one weak word, or one word outside the headline, keeps: 2
  strong  own "omega": 1 of 2
    2026-11-20  steppe  What was said in the old town
  weak    own "beta": 1 of 3
    2026-11-20  steppe  Beta at the summit
"#,
    );
    let objects = ledger.objects(&["check", "--terms", "--json"]);
    let term = |text: &str| {
        objects
            .iter()
            .find(|object| object["term"] == text)
            .unwrap()
    };
    let does = |text: &str| (&term(text)["items"], &term(text)["decides"]);
    assert_eq!(does("alpha"), (&2.into(), &0.into()));
    assert_eq!(does("omega"), (&2.into(), &1.into()));
    assert_eq!(does("beta"), (&3.into(), &2.into()));
    assert_eq!(does("summit"), (&2.into(), &1.into()));
    assert_eq!(does("valley"), (&0.into(), &0.into()));
    assert_eq!(term("lantern")["source"], "harbour");
    assert_eq!(term("beta")["doubtful"][0]["key"], "weak");
    assert_eq!(term("alpha")["doubtful"], Value::Array(Vec::new()));
    // The whole of the preview comes first.
    assert_eq!(objects[0]["items"], 6);
}

#[test]
fn the_vocabulary_s_terms_are_counted_and_listed_only_if_asked_for() {
    let ledger = with_terms();
    let with_vocabulary = CONFIG.replace("vocabulary = \"none\"\n", "");
    fs::write(ledger.place.path().join("feeds.toml"), with_vocabulary).unwrap();
    let few = ledger.told(&["check", "--terms"]);
    assert!(!few.contains("\"ШОС\""), "{few}");
    let all = ledger.told(&["check", "--terms", "--all"]);
    assert!(all.contains("  strong  ru \"ШОС\"\n"), "{all}");
}

#[test]
fn why_answers_for_an_item_of_every_kind() {
    let mut ledger = with_terms();
    let why = |ledger: &Ledger, query: &str| ledger.told(&["why", query]);
    let kept = why(&ledger, "https://news.example/weak");
    let story = ledger.objects(&["why", "--json", "weak"])[0]["story"].clone();
    let story = story.as_str().unwrap().strip_prefix("urn:uuid:").unwrap();
    check(
        &kept.replace(story, "ID"),
        r#"
steppe: Beta at the summit
  https://news.example/weak
  first seen 2026-11-20T09:00:00Z, last seen 2026-11-20T09:00:00Z
  KEEP
   + title      weak   own "beta" matched «Beta» at 0, 2 words from context "summit" «summit»
  published
  story ID: founder
  in the feed since 2026-11-20T09:00:00Z
  http://127.0.0.1:8080/story/ID
"#,
    );
    check(
        &why(&ledger, "snow in the"),
        r"
steppe: Snow in the mountains
  https://news.example/other
  first seen 2026-11-20T09:00:00Z, last seen 2026-11-20T09:00:00Z
  DROP  no term of the topic occurs
  searched: title; its source sends no summary, categories
  dropped: remembered, not published
",
    );
    check(
        &why(&ledger, "near"),
        r#"
steppe: Beta goes home
  https://news.example/near
  first seen 2026-11-20T09:00:00Z, last seen 2026-11-20T09:00:00Z
  NEAR
   - title      weak   own "beta" matched «Beta» at 0: does not count, no context within 12 words
  near: remembered, not published; a context word beside it, or a strong term, would keep it
"#,
    );
    ledger.room.now = moment() + SignedDuration::from_hours(32 * 24);
    while ledger.room.desk.tidy(ledger.room.now).unwrap().as_secs() < 60 {}
    check(
        &why(&ledger, "near"),
        r#"
steppe: near
  https://news.example/near
  first seen 2026-11-20T09:00:00Z, last seen 2026-11-20T09:00:00Z
  its text was given up 2026-12-22T08:00:00Z, as it was not about the topic; verdict and reasons stay
  NEAR
   - title      weak   own "beta" matched «Beta» at 0: does not count, no context within 12 words
  near: remembered, not published; a context word beside it, or a strong term, would keep it
"#,
    );
    let pruned = &ledger.objects(&["why", "--json", "https://news.example/near"])[0];
    assert_eq!(pruned["verdict"], "near");
    assert_eq!(pruned["why"][0]["term"], "beta");
    assert_eq!(pruned["pruned"], "2026-12-22T08:00:00Z");
}

#[test]
fn why_tells_what_it_can_of_what_was_never_seen() {
    let ledger = with_terms();
    let never = |query: &str| {
        let output = ledger.ask(&["why", query]);
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stdout).unwrap()
    };
    // Whether it is new or late by now is the real clock's matter.
    let told = never("https://harbour.example/2026/tide");
    check(
        &told.replace("late, never read", "new, never read"),
        r"
never seen: https://harbour.example/2026/tide
  no document has listed it
  harbour is at that host: new, never read
  what is not about the topic keeps its text for 30d after it was last listed
",
    );
    check(
        &never("https://delta.example/1"),
        r"
never seen: https://delta.example/1
  no source is at that host
  `scofeed try https://delta.example/1` shows what it yields
  what is not about the topic keeps its text for 30d after it was last listed
",
    );
    check(
        &never("a headline that nobody wrote"),
        r"
never seen: a headline that nobody wrote
  no stored headline holds these words, and no item has that key
  what is not about the topic keeps its text for 30d after it was last listed
",
    );
    let object = &ledger.objects(&["why", "--json", "https://harbour.example/2026/tide"])[0];
    assert_eq!(object["seen"], Value::Null);
    assert_eq!(object["sources"][0], "harbour");
}

#[test]
fn an_item_that_an_edit_let_in_too_late_says_so() {
    let mut ledger = Ledger::new();
    let many = (0..60).map(|n| item(&format!("g{n}"), &format!("Gamma {n}")));
    shows(&mut ledger.room, "steppe", vec![item("first", "Nothing")]);
    shows(&mut ledger.room, "steppe", many.collect());
    let edited = CONFIG.replace("\"alpha\",", "\"alpha\", \"gamma\",");
    fs::write(ledger.place.path().join("feeds.toml"), &edited).unwrap();
    let before = ledger.told(&["why", "g0"]);
    assert!(
        before.contains("  KEEP\n   + title      strong own \"gamma\"")
            && before.contains("in force is DROP, until the service reads the file again"),
        "{before}"
    );
    edit(&mut ledger.room, config(&edited));
    let withheld = (0..60).filter(|n| {
        ledger.told(&["why", &format!("g{n}")]).contains(
            "  withheld: edit: gained by an edit of the topic, behind the newest fifty of it\n",
        )
    });
    assert_eq!(withheld.count(), 10);
}

#[test]
fn status_tells_how_much_is_remembered_and_until_when() {
    let mut ledger = with_terms();
    let size =
        |ledger: &Ledger| ledger.objects(&["status", "--json"]).pop().unwrap()["ledger"].take();
    let before = size(&ledger);
    assert_eq!(
        (&before["items"], &before["given_up"]),
        (&6.into(), &0.into())
    );
    assert_eq!(before["polls"], 1);
    assert_eq!(before["next_given_up"], "2026-12-20T09:00:00Z");
    let bytes = before["bytes"].as_u64().unwrap();
    let file = fs::metadata(ledger.place.path().join("data/scofeed.db"));
    assert!(bytes >= file.unwrap().len() && bytes < 4 << 20, "{bytes}");
    // The line may be broken where the terminal ends.
    let eyes = ledger.told(&["status"]).replace('\n', " ");
    let line = format!(
        "the ledger: 6 items, 0 without their text; 1 polls; {} KiB; the oldest text goes 2026-12-20T09:00:00Z",
        bytes / 1024
    );
    assert!(eyes.contains(&line), "{eyes}");

    ledger.room.now = moment() + SignedDuration::from_hours(32 * 24);
    while ledger.room.desk.tidy(ledger.room.now).unwrap().as_secs() < 60 {}
    let after = size(&ledger);
    assert_eq!(
        (&after["items"], &after["given_up"]),
        (&6.into(), &2.into())
    );
    assert_eq!(after["next_given_up"], Value::Null);
}

/// The same news in Russian and in English, the last of what came.
const IN_TWO_LANGUAGES: [&str; 2] = [
    "Alpha: Токаев принял Пезешкиана в Астане",
    "Alpha: Tokayev receives Pezeshkian in Astana",
];

/// A ledger with these news in it.
fn in_two_languages(text: &str) -> Ledger {
    let mut ledger = Ledger::with(text);
    // Nothing is known to be rare before there is a usual month.
    let background = include_str!("../stories/background.txt");
    let usual = background.lines().cycle().take(1000).enumerate();
    let usual = usual.map(|(n, title)| item(&format!("usual-{n}"), &format!("Alpha: {title}")));
    shows(&mut ledger.room, "steppe", usual.collect());
    let mut tells = |source: &str, language: &str, title: &str, lead: &str| {
        let mut item = item(language, title);
        item.language = Some(language.to_owned());
        item.lead = lead.to_owned();
        shows(&mut ledger.room, source, vec![item]);
    };
    let [russian, english] = IN_TWO_LANGUAGES;
    let lead =
        "Presidents Tokayev and Pezeshkian signed 14 documents on transport through Bandar Abbas.";
    tells("steppe", "en", english, lead);
    let lead =
        "Президенты Токаев и Пезешкиан подписали 14 документов о перевозках через Бендер-Аббас.";
    tells("harbour", "ru", russian, lead);
    assert_eq!(ledger.room.titles("/atom.xml")[..2], IN_TWO_LANGUAGES);
    ledger
}

#[test]
fn links_across_languages_can_be_switched_off() {
    let count = |text: &str| {
        let page = in_two_languages(text).room.text("/");
        page.matches("In other languages:").count()
    };
    assert_eq!(count(CONFIG), 2);
    assert_eq!(count(&format!("{CONFIG}\n[stories]\nacross = false\n")), 0);
}

#[tokio::test]
async fn the_same_news_in_two_languages_lead_to_each_other() {
    let ledger = in_two_languages(CONFIG);
    let text = ledger.room.text("/atom.xml");
    let feed = feed_rs::parser::parse(text.as_bytes()).unwrap();
    let served = ledger.room.serve().await;
    for (one, other) in [(0, 1), (1, 0)] {
        let (one, other) = (&feed.entries[one], &feed.entries[other]);
        let title = &other.title.as_ref().unwrap().content;
        let page = other.id.replace("urn:uuid:", "");
        let own = one.id.replace("urn:uuid:", "");
        let got = served.get(&format!("/story/{own}")).await;
        let (_, kin) = got.text.split_once("id=\"kin\">").unwrap();
        assert!(kin.contains(&format!("href=\"../story/{page}\"")), "{kin}");
        assert!(kin.contains(&format!(">{title}</a>")), "{kin}");
        assert!(kin.contains("Perhaps the same news: "), "{kin}");
        let shown = ledger.told(&["story", "show", &one.id]);
        let (_, kin) = shown.split_once("perhaps the same news: ").unwrap();
        assert!(kin.contains(title) && kin.contains(&other.id), "{kin}");
    }
}
