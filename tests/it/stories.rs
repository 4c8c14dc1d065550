//! Which items tell the same news, in made-up cases and as laws: order and
//! restarts change nothing, polling twice changes nothing.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use proptest::collection;
use proptest::prelude::*;
use proptest::sample::select;
use scofeed::config::{self, Config, Source};
use scofeed::daemon::{DATABASE, Desk};
use scofeed::model::{
    self, Answer, Cost, Errand, Head, Hints, Item, Joined, Judged, Manners, Outcome, SourceKey,
    StoryId, Validators, WebUrl,
};
use scofeed::poll;
use scofeed::schedule::Late;
use scofeed::store::Reader;
use scofeed::story::{self, Entry, Known, Layers, Newcomer, Placed, Print, Teller, Usage, Window};
use scofeed::text::url::canon;
use scofeed::topic;
use serde::Deserialize;

/// Headlines of a usual month: how common words are when a case begins.
const BACKGROUND: &str = include_str!("../stories/background.txt");

const CASES: &str = include_str!("../stories/cases.jsonl");

/// A made-up case: items in the order in which they come, each from a poll
/// of its own, with a letter for the story to which it belongs.
#[derive(Debug, Deserialize)]
struct Case {
    kind: String,
    lang: String,
    items: Vec<Told>,
}

#[derive(Clone, Debug, Deserialize)]
struct Told {
    story: String,
    source: String,
    title: String,
    #[serde(default)]
    lead: String,
    #[serde(default)]
    hours: i64,
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    link: Option<String>,
    #[serde(default)]
    language: Option<String>,
}

fn moment(hours: i64) -> Timestamp {
    let start: Timestamp = "2026-11-20T08:00:00Z".parse().unwrap();
    start
        .checked_add(SignedDuration::from_hours(hours))
        .unwrap()
}

/// A joiner with all that it remembers.
#[derive(Clone, Debug, Default)]
struct Room {
    window: Window,
    keys: HashMap<String, HashMap<scofeed::model::ItemKey, StoryId>>,
    canons: HashMap<String, story::Remembered>,
}

impl Room {
    /// A room in which a month of a thousand items has passed.
    fn used() -> Self {
        let mut room = Self::default();
        for (number, title) in BACKGROUND.lines().cycle().take(1000).enumerate() {
            let mut item = Item::new(number.to_string(), title);
            item.link = WebUrl::parse(&format!("https://archive.example/{number}"));
            room.join("archive", &item, moment(-24 * 30));
        }
        room
    }

    fn join(&mut self, source: &str, item: &Item, now: Timestamp) -> Placed {
        let key = SourceKey::new(source).unwrap();
        let title = match source {
            "steppe" => "Steppe Monitor",
            "harbour" => "Harbour Post",
            "volga" => "Волжский вестник",
            "lianhe" => "联河日报",
            other => other,
        };
        let teller = Teller::new(key, title, Layers::All);
        let keys = self.keys.entry(source.to_owned()).or_default();
        let mut known = Known {
            keys: std::mem::take(keys),
            canons: std::mem::take(&mut self.canons),
        };
        self.window.forget(now);
        let actors = topic::actors(&item.title);
        let newcomer = std::iter::once(Newcomer {
            item,
            actors: &actors,
        });
        let placed = story::join(&mut self.window, &mut known, &teller, newcomer, now);
        self.canons = known.canons;
        *keys = known.keys;
        placed.into_iter().next().unwrap()
    }
}

fn item(told: &Told, place: usize) -> Item {
    let key = told.key.clone().unwrap_or_else(|| place.to_string());
    let mut item = Item::new(&key, &told.title);
    item.lead.clone_from(&told.lead);
    item.language.clone_from(&told.language);
    let link = told.link.clone();
    let link = link.unwrap_or_else(|| format!("https://{}.example/news/{key}", told.source));
    item.link = WebUrl::parse(&link);
    item.canon = item.link.as_ref().map(canon);
    item
}

#[test]
fn made_up_cases_join_as_a_reader_would() {
    let cases: Vec<Case> = CASES
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(cases.len() >= 80, "{} cases", cases.len());
    for lang in ["en", "ru", "zh"] {
        assert!(cases.iter().filter(|case| case.lang == lang).count() >= 20);
    }
    let used = Room::used();
    let mut wrong = Vec::new();
    for case in &cases {
        let mut room = used.clone();
        let mut names: HashMap<StoryId, &str> = HashMap::new();
        let mut ids: HashMap<&str, StoryId> = HashMap::new();
        for (place, told) in case.items.iter().enumerate() {
            let placed = room.join(&told.source, &item(told, place), moment(told.hours));
            let story = placed.joined.story();
            let expected = ids.get(told.story.as_str()).copied();
            if expected.unwrap_or(story) != story
                || names.get(&story).is_some_and(|n| *n != told.story)
            {
                let said = match &placed.joined {
                    Joined::Joins(_, evidence) => evidence.said.clone(),
                    _ => "founds a story".to_owned(),
                };
                let line = format!("{} [{}] {}: {said}", case.kind, case.lang, told.title);
                wrong.push(line);
            }
            names.entry(story).or_insert(&told.story);
            ids.entry(&told.story).or_insert(story);
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// A stream that many words and numbers are shared in: made of a few nouns,
/// verbs, places and outlets, so that all layers have something to do.
fn told() -> impl Strategy<Value = Told> {
    const WHO: [&str; 5] = ["Xi", "Putin", "Ministers", "SCO leaders", "Tokayev"];
    const DOES: [&str; 4] = [
        "open development bank",
        "sign railway accord",
        "meet",
        "launch drill",
    ];
    const WHERE: [&str; 4] = ["in Bishkek", "in Tashkent", "near Osh", "on Monday"];
    const MORE: [&str; 5] = [
        "",
        " with 12 partners",
        " with 15 partners",
        " - Reuters",
        " again",
    ];
    const SOURCES: [&str; 4] = ["steppe", "harbour", "volga", "oldtown"];
    let words = (
        select(&WHO[..]),
        select(&DOES[..]),
        select(&WHERE[..]),
        select(&MORE[..]),
    );
    let place = (select(&SOURCES[..]), 0..6_i64, 0..40_usize, 0..4_usize);
    (words, place).prop_map(
        |((who, does, place, more), (source, after, key, link))| Told {
            story: String::new(),
            source: source.to_owned(),
            title: format!("{who} {does} {place}{more}"),
            lead: String::new(),
            hours: after * after,
            key: Some(key.to_string()),
            // Some of them share an address with one of another outlet.
            link: (link == 0).then(|| format!("https://wire.example/news/{}", key % 7)),
            language: None,
        },
    )
}

/// What is stored of a member.
struct Row {
    print: Vec<u8>,
    entry: Entry,
}

/// The window as it is loaded from what is stored, whatever its order.
fn load(rows: &[Row], now: Timestamp) -> Window {
    let mut usage = Usage::default();
    let mut founders: HashMap<StoryId, &Row> = HashMap::new();
    for row in rows {
        usage.count(&row.print);
        let id = StoryId::of(&row.entry.source, &row.entry.key);
        if id == row.entry.story {
            founders.insert(id, row);
        }
    }
    let mut window = Window::new(usage);
    for row in rows
        .iter()
        .rev()
        .filter(|row| now.duration_since(row.entry.at) <= story::SPAN)
    {
        let founder = founders.get(&row.entry.story);
        let founder = founder.and_then(|founder| Print::from_bytes(&founder.print));
        let entry = Entry {
            print: Print::from_bytes(&row.print).unwrap(),
            ..row.entry.clone()
        };
        window.restore(entry, founder);
    }
    window
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// One joiner runs through; the other loses its window before every item
    /// and loads it again from what is stored, in the opposite order.
    #[test]
    fn a_restart_at_any_item_changes_nothing(stream in collection::vec(told(), 1..60)) {
        let (mut through, mut restarted) = (Room::default(), Room::default());
        let mut rows: Vec<Row> = Vec::new();
        let mut hours = 0;
        for (place, told) in stream.iter().enumerate() {
            hours += told.hours;
            let (now, item) = (moment(hours), item(told, place));
            restarted.window = load(&rows, now);
            let one = through.join(&told.source, &item, now);
            let other = restarted.join(&told.source, &item, now);
            prop_assert_eq!(&one.joined, &other.joined);
            prop_assert_eq!(&one.print, &other.print);
            if let Some(print) = one.print {
                rows.push(Row {
                    print: print.to_bytes(),
                    entry: Entry {
                        print,
                        story: one.joined.story(),
                        source: SourceKey::new(&told.source).unwrap(),
                        key: item.key.clone(),
                        at: now,
                        moment: one.moment,
                    },
                });
            }
        }
    }
}

const CONFIG: &str = r#"
[topic]
vocabulary = "none"

[[source]]
name = "steppe"
title = "Steppe Monitor"
feed = "https://steppe.example/feed"
match = "all"

[[source]]
name = "harbour"
feed = "https://harbour.example/feed"
match = "all"

[[source]]
name = "volga"
feed = "https://volga.example/feed"
match = "all"

[[source]]
name = "oldtown"
feed = "https://oldtown.example/feed"
match = "all"
"#;

/// The desk with its store; answers are handed in below the network.
struct Service {
    data: tempfile::TempDir,
    config: Arc<Config>,
    desk: Option<Desk>,
}

impl Service {
    fn new(config: &str) -> Self {
        Self {
            data: tempfile::tempdir().unwrap(),
            config: Arc::new(config::read(config, "feeds.toml").unwrap()),
            desk: None,
        }
    }

    /// Ends the process, as far as memory is concerned.
    fn restart(&mut self) {
        self.desk = None;
    }

    /// These sources show these documents, and all answers arrive together.
    fn show(&mut self, documents: &[(&str, Vec<Item>)], now: Timestamp) {
        let (config, data) = (Arc::clone(&self.config), self.data.path());
        let desk = self
            .desk
            .get_or_insert_with(|| Desk::open(Arc::clone(&config), data, now).unwrap());
        if let Some(work) = desk.rejudging().unwrap() {
            desk.flip(&work().unwrap(), now).unwrap();
        }
        let answers = documents.iter().map(|(source, items)| {
            let source = &config.sources[&SourceKey::new(source).unwrap()];
            answer(source, items.clone())
        });
        let room = poll::Room {
            busy: &HashSet::new(),
            slots: 64,
            late: Late::Now,
        };
        desk.claim(&room, now).unwrap();
        let settled = desk.settle(answers.collect(), now).unwrap();
        assert!(settled.undone.is_empty(), "{settled:?}");
        desk.build().unwrap();
    }

    fn feed(&self) -> Vec<u8> {
        let edition = Arc::clone(&self.desk.as_ref().unwrap().editions().borrow());
        edition.get("/atom.xml").unwrap().bytes.to_vec()
    }

    /// The stories of all items, by source and key.
    fn stories(&self) -> BTreeMap<String, String> {
        let reader = Reader::open(&self.data.path().join(DATABASE)).unwrap();
        let found = reader.find("", None, 10_000).unwrap();
        found
            .into_iter()
            .map(|found| {
                let (story, ..) = found.story.unwrap();
                (
                    format!("{} {}", found.source, found.item.key),
                    story.to_string(),
                )
            })
            .collect()
    }
}

fn answer(source: &Source, items: Vec<Item>) -> Answer {
    let judged = items.into_iter().map(|item| {
        let (verdict, reasons) = topic::judge(&source.rules, &item);
        Judged {
            actors: topic::actors(&item.title),
            item,
            verdict,
            reasons,
        }
    });
    let read = model::Read {
        head: Head {
            url: source.target.url().clone(),
            hops: Vec::new(),
            status: 200,
            content_type: None,
            validators: Validators::default(),
            hints: Hints::default(),
            wire_bytes: 0,
        },
        judged: judged.collect(),
        generation: source.rules.generation(),
        reading: None,
        skipped: Vec::new(),
        breach: None,
        partial: None,
    };
    Answer {
        errand: Errand::Poll {
            source: source.key.clone(),
            url: source.target.url().clone(),
            validators: Validators::default(),
            manners: Manners::default(),
        },
        outcome: Outcome::Read(Box::new(read)),
        robots: Vec::new(),
        cost: Cost::default(),
    }
}

/// The items of a stream as documents of a round each, one a source.
fn rounds(stream: &[Told]) -> Vec<(i64, Vec<(&str, Vec<Item>)>)> {
    let mut rounds = Vec::new();
    let mut hours = 0;
    for (round, part) in stream.chunks(8).enumerate() {
        hours += part.iter().map(|told| told.hours).max().unwrap_or(0);
        let mut documents: BTreeMap<&str, Vec<Item>> = BTreeMap::new();
        for (place, told) in part.iter().enumerate() {
            let mut item = item(told, place);
            item.stated = Some(moment(hours - told.hours));
            let document = documents.entry(&told.source).or_default();
            // A document holds a key once.
            if document.iter().all(|other| other.key != item.key) {
                document.push(item);
            }
        }
        rounds.push((
            hours + i64::try_from(round).unwrap(),
            documents.into_iter().collect(),
        ));
    }
    rounds
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn order_restarts_and_repeated_polls_change_no_story(
        stream in collection::vec(told(), 1..40),
        turn in 0..7_usize,
    ) {
        let rounds = rounds(&stream);
        let mut plain = Service::new(CONFIG);
        for (hours, documents) in &rounds {
            plain.show(documents, moment(*hours));
        }

        // The tables of the configuration and the items of a document stand
        // in another order, and answers arrive in another.
        let tables: Vec<&str> = CONFIG.split("\n[[source]]").collect();
        let turned: Vec<&str> = tables[1..].iter().rev().copied().collect();
        let turned = format!("{}\n[[source]]{}", tables[0], turned.join("\n[[source]]"));
        let mut other = Service::new(&turned);
        for (hours, documents) in &rounds {
            let mut documents = documents.clone();
            documents.reverse();
            for (_, items) in &mut documents {
                let places = items.len();
                items.rotate_left(turn % places);
            }
            other.show(&documents, moment(*hours));
        }
        prop_assert_eq!(plain.stories(), other.stories());
        prop_assert_eq!(plain.feed(), other.feed());

        // Everything is polled twice, and the process ends in between.
        let mut again = Service::new(CONFIG);
        for (hours, documents) in &rounds {
            again.show(documents, moment(*hours));
            again.restart();
            again.show(documents, moment(*hours));
        }
        prop_assert_eq!(plain.stories(), again.stories());
        prop_assert_eq!(plain.feed(), again.feed());
    }
}

#[test]
fn a_source_may_keep_its_items_to_itself() {
    let config = CONFIG.replacen("match = \"all\"", "match = \"all\"\njoin = false", 1);
    let mut service = Service::new(&config);
    let told = |source: &str| {
        let mut item = Item::new("1", "Leaders open a common bank in Bishkek");
        item.link = WebUrl::parse(&format!("https://{source}.example/1"));
        item.canon = Some("https://wire.example/1".to_owned());
        vec![item]
    };
    for (hours, source) in ["steppe", "harbour", "volga"].into_iter().enumerate() {
        service.show(
            &[(source, told(source))],
            moment(i64::try_from(hours).unwrap()),
        );
    }
    let stories = service.stories();
    assert_eq!(stories["harbour 1"], stories["volga 1"]);
    assert_ne!(stories["steppe 1"], stories["harbour 1"]);
}

#[test]
fn likeness_can_be_switched_off() {
    let titles = [
        (
            "steppe",
            "Leaders open a common development bank in Bishkek",
        ),
        (
            "harbour",
            "Common development bank opened by leaders in Bishkek",
        ),
    ];
    let count = |config: &str| {
        let mut service = Service::new(config);
        for (hours, (source, title)) in titles.into_iter().enumerate() {
            let mut item = Item::new("1", title);
            item.link = WebUrl::parse(&format!("https://{source}.example/1"));
            service.show(
                &[(source, vec![item])],
                moment(i64::try_from(hours).unwrap()),
            );
        }
        service
            .stories()
            .into_values()
            .collect::<HashSet<_>>()
            .len()
    };
    assert_eq!(count(CONFIG), 1);
    assert_eq!(count(&format!("{CONFIG}\n[stories]\nsimilar = false\n")), 2);
}
