//! Which items tell the same news, in made-up cases and as laws: order and
//! restarts change nothing, polling twice changes nothing.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use proptest::collection;
use proptest::prelude::*;
use proptest::sample::select;
use scofeed::care;
use scofeed::config::Config;
use scofeed::daemon::DATABASE;
use scofeed::model::{Decision, Item, ItemKey, Joined, SourceKey, StoryId, WebUrl};
use scofeed::store::{Reader, Store};
use scofeed::story::{self, Entry, Known, Layers, Newcomer, Placed, Print, Teller, Usage, Window};
use scofeed::text::url::canon;
use scofeed::topic;
use serde::Deserialize;

use crate::room::{Room, config};

/// Headlines of a usual month: how common words are when a case begins.
const BACKGROUND: &str = include_str!("../stories/background.txt");

const CASES: &str = include_str!("../stories/cases.jsonl");

/// News that are told in several languages, and news that only look so.
const KIN: &str = include_str!("../stories/kin.jsonl");

/// A made-up case: items in the order in which they come, each from a poll
/// of its own, with a letter for the story to which it belongs.
#[derive(Debug, Deserialize)]
struct Case {
    kind: String,
    #[serde(default)]
    lang: String,
    items: Vec<Told>,
}

#[derive(Clone, Debug, Deserialize)]
struct Told {
    /// The story, or among kin the news.
    #[serde(alias = "news")]
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
struct Joiner {
    window: Window,
    keys: HashMap<String, HashMap<ItemKey, StoryId>>,
    canons: HashMap<String, story::Remembered>,
}

impl Joiner {
    /// After a month of a thousand items.
    fn used() -> Self {
        let mut joiner = Self::default();
        for item in background(1000) {
            joiner.join("archive", &item, moment(-24 * 30));
        }
        joiner
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
        let parties = topic::parties(item);
        let newcomer = std::iter::once(Newcomer {
            item,
            parties: &parties,
        });
        let placed = story::join(&mut self.window, &mut known, &teller, newcomer, now);
        self.canons = known.canons;
        *keys = known.keys;
        placed.into_iter().next().unwrap()
    }
}

/// So many items of a usual month.
fn background(many: usize) -> impl Iterator<Item = Item> {
    let titles = BACKGROUND.lines().cycle().take(many).enumerate();
    titles.map(|(number, title)| {
        let mut item = Item::new(number.to_string(), title);
        item.link = WebUrl::parse(&format!("https://archive.example/{number}"));
        item
    })
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
    let used = Joiner::used();
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

#[test]
fn the_same_news_in_two_languages_are_linked_and_nothing_else_is() {
    let used = Joiner::used();
    let (mut missed, mut found, mut wrong) = (Vec::new(), 0, Vec::new());
    for case in KIN.lines() {
        let case: Case = serde_json::from_str(case).unwrap();
        let mut room = used.clone();
        let mut before: Vec<(&Told, StoryId)> = Vec::new();
        for (place, told) in case.items.iter().enumerate() {
            let placed = room.join(&told.source, &item(told, place), moment(told.hours));
            for (other, story) in &before {
                let kin = placed.kin.iter().find(|kin| kin.story == *story);
                let line = format!("{}: {} / {}: {kin:?}", case.kind, other.title, told.title);
                match (kin, other.story == told.story) {
                    (Some(kin), true) => {
                        found += 1;
                        let named = kin.said.split(", ").filter(|name| *name != "both name ");
                        assert!(named.count() >= 3, "{line}");
                    }
                    (None, true) => missed.push(line),
                    (Some(_), false) => wrong.push(line),
                    (None, false) => {}
                }
            }
            before.push((told, placed.joined.story()));
        }
    }
    assert!(wrong.is_empty(), "wrong:\n{}", wrong.join("\n"));
    assert!(found >= 16, "only {found}; missed:\n{}", missed.join("\n"));
}

/// A stream that many words and numbers are shared in: made of a few nouns,
/// verbs, places, leads and outlets in two languages, so that all layers have
/// something to do.
fn told() -> impl Strategy<Value = Told> {
    const WHO: [[&str; 2]; 5] = [
        ["Xi", "Си Цзиньпин"],
        ["Putin", "Путин"],
        ["Ministers", "Министры"],
        ["SCO leaders", "Лидеры ШОС"],
        ["Tokayev", "Токаев"],
    ];
    const DOES: [[&str; 2]; 4] = [
        ["open development bank", "открыли банк развития"],
        ["sign railway accord", "подписали соглашение о дороге"],
        ["meet", "провели встречу"],
        ["launch drill", "начали учения"],
    ];
    const WHERE: [[&str; 2]; 4] = [
        ["in Bishkek", "в Бишкеке"],
        ["in Tashkent", "в Ташкенте"],
        ["near Osh", "близ Оша"],
        ["on Monday", "в понедельник"],
    ];
    const MORE: [[&str; 2]; 6] = [
        ["", ""],
        [" with 12 partners", " с 12 партнёрами"],
        [" with 15 partners", " с 15 партнёрами"],
        [" - Reuters", " - ТАСС"],
        [" again", " снова"],
        ["…", "…"],
    ];
    const LEADS: [[&str; 2]; 4] = [
        ["", ""],
        ["Read more.", "Подробнее."],
        [
            "The guests, among them Nurlan Baibazarov and Chokan Valikhanov, came from Kerege on 12 November.",
            "Гости, среди них Нурлан Байбазаров и Чокан Валиханов, приехали из Кереге 12 ноября.",
        ],
        [
            "It was said that trade would grow by a third within the next five years.",
            "Было сказано, что торговля за пять лет вырастет на треть.",
        ],
    ];
    const SOURCES: [&str; 4] = ["steppe", "harbour", "volga", "oldtown"];
    let words = (
        select(&WHO[..]),
        select(&DOES[..]),
        select(&WHERE[..]),
        select(&MORE[..]),
        select(&LEADS[..]),
        select(&[0, 0, 1][..]),
    );
    let place = (select(&SOURCES[..]), 0..6_i64, 0..40_usize, 0..4_usize);
    (words, place).prop_map(
        |((who, does, place, more, lead, tongue), (source, after, key, link))| Told {
            story: String::new(),
            source: source.to_owned(),
            title: format!(
                "{} {} {}{}",
                who[tongue], does[tongue], place[tongue], more[tongue]
            ),
            lead: lead[tongue].to_owned(),
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

impl Row {
    /// What is stored of an item that has been placed; nothing of one that
    /// was there before.
    fn of(source: &str, item: &Item, placed: Placed, now: Timestamp) -> Option<Self> {
        let print = placed.print?;
        Some(Self {
            print: print.to_bytes(),
            entry: Entry {
                print,
                story: placed.joined.story(),
                source: SourceKey::new(source).unwrap(),
                key: item.key.clone(),
                at: now,
                moment: placed.moment,
            },
        })
    }
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
        let (mut through, mut restarted) = (Joiner::default(), Joiner::default());
        let mut rows: Vec<Row> = Vec::new();
        let mut hours = 0;
        // Nothing is known to be rare before there is something usual.
        for item in background(60) {
            let then = moment(-72);
            restarted.join("archive", &item, then);
            let placed = through.join("archive", &item, then);
            rows.extend(Row::of("archive", &item, placed, then));
        }
        for (place, told) in stream.iter().enumerate() {
            hours += told.hours;
            let (now, item) = (moment(hours), item(told, place));
            restarted.window = load(&rows, now);
            let one = through.join(&told.source, &item, now);
            let other = restarted.join(&told.source, &item, now);
            prop_assert_eq!(&one.joined, &other.joined);
            prop_assert_eq!(&one.print, &other.print);
            prop_assert_eq!(&one.kin, &other.kin);
            rows.extend(Row::of(&told.source, &item, one, now));
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

/// A room that can be left and entered again; every document is published
/// when it has come.
struct Service {
    data: tempfile::TempDir,
    config: Arc<Config>,
    room: Option<Room>,
}

impl Service {
    fn new(text: &str) -> Self {
        Self {
            data: tempfile::tempdir().unwrap(),
            config: config(text),
            room: None,
        }
    }

    fn room(&mut self) -> &mut Room {
        self.room.as_mut().unwrap()
    }

    /// Ends the process, as far as memory is concerned.
    fn restart(&mut self) {
        self.room = None;
    }

    /// These sources show these documents, and all answers arrive together.
    fn show(&mut self, documents: &[(&str, Vec<Item>)], now: Timestamp) {
        let room = self
            .room
            .get_or_insert_with(|| Room::open(Arc::clone(&self.config), self.data.path(), now));
        room.now = now;
        room.show(documents);
        room.desk.build().unwrap();
    }

    fn feed(&self) -> Vec<u8> {
        let edition = self.room.as_ref().unwrap().edition();
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

/// An hour, and the documents that arrive in it, by source.
type Round<'t> = (i64, Vec<(&'t str, Vec<Item>)>);

/// The items of a stream as documents of a round each, one a source.
fn rounds(stream: &[Told]) -> Vec<Round<'_>> {
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
        order in Just((0..8_usize).collect::<Vec<_>>()).prop_shuffle(),
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
                let mut placed: Vec<_> = std::mem::take(items).into_iter().enumerate().collect();
                placed.sort_by_key(|(place, _)| order[*place]);
                items.extend(placed.into_iter().map(|(_, item)| item));
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

impl Service {
    /// The same configuration over an empty database, which is founded anew
    /// on what this one publishes.
    fn rebuilt(&mut self, now: Timestamp) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let text = format!(
            "{CONFIG}\n[publish]\ndirectory = \"{}\"\n",
            directory.path().display()
        );
        let config = config(&text);
        let desk = &mut self.room().desk;
        desk.configure(Arc::clone(&config), now).unwrap();
        desk.file().unwrap();

        Self::founded(&care::Place::Directory(directory.path().to_owned()), now)
    }

    /// An empty database that is founded anew on what is published there.
    fn founded(place: &care::Place, now: Timestamp) -> Self {
        let mut service = Self::new(CONFIG);
        let mut room = Room::open(Arc::clone(&service.config), service.data.path(), now);
        let fetch = scofeed::daemon::client(&service.config).unwrap();
        let gathered = care::gather(place, &service.config, &fetch);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let published = runtime.block_on(gathered).unwrap();
        room.desk.rebuild(&published, now).unwrap();
        assert!(
            room.desk.rebuild(&published, now).is_err(),
            "it is not empty any more"
        );
        room.desk.build().unwrap();
        service.room = Some(room);
        service
    }

    /// Id, headline, dates and links of every entry, as they stand in the
    /// feed.
    fn told(&self) -> Vec<[String; 5]> {
        let feed = feed_rs::parser::parse(self.feed().as_slice()).unwrap();
        let entry = |entry: feed_rs::model::Entry| {
            let links = entry.links.iter();
            let links =
                links.map(|link| format!("{} {:?} {:?}", link.href, link.href_lang, link.title));
            [
                entry.id,
                entry.title.unwrap().content,
                entry.published.unwrap().to_string(),
                entry.updated.unwrap().to_string(),
                links.collect::<Vec<_>>().join(" "),
            ]
        };
        feed.entries.into_iter().map(entry).collect()
    }

    /// The ids of all stories that were ever published here.
    fn published(&self) -> HashSet<String> {
        let reader = Reader::open(&self.data.path().join(DATABASE)).unwrap();
        let stories = reader.stories_of("", Timestamp::UNIX_EPOCH, Timestamp::MAX);
        let stories = stories.unwrap().into_iter();
        stories.map(|story| story.id.to_string()).collect()
    }

    fn archives(&self) -> Vec<(String, String, String)> {
        let reader = Reader::open(&self.data.path().join(DATABASE)).unwrap();
        let kept = reader.kept().unwrap().into_iter();
        let archive = |(view, period): (String, _)| {
            let closed = reader.archive(&view, period).unwrap().unwrap();
            (view, period.to_string(), closed.tag)
        };
        kept.map(archive).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_lost_database_is_founded_anew_on_what_was_published(
        stream in collection::vec(told(), 1..40),
    ) {
        let rounds = rounds(&stream);
        let mut lost = Service::new(CONFIG);
        let mut last = 0;
        for (hours, documents) in &rounds {
            lost.show(documents, moment(*hours));
            last = *hours;
        }
        // What an outlet rewords under a new key is in no feed, so something
        // must have entered after it.
        let mut end = piece("end", "Weather of Batken closes the pass for lorries");
        end.stated = Some(moment(last + 1));
        lost.show(&[("oldtown", vec![end])], moment(last + 1));
        let mut rebuilt = lost.rebuilt(moment(last + 2));
        prop_assert_eq!(lost.told(), rebuilt.told());
        // Sources show again what they showed: no reader meets anything twice.
        let known = lost.published();
        let mut listed: BTreeMap<&str, BTreeMap<ItemKey, Item>> = BTreeMap::new();
        for (source, items) in rounds.iter().flat_map(|(_, documents)| documents) {
            let items = items.iter().map(|item| (item.key.clone(), item.clone()));
            listed.entry(source).or_default().extend(items);
        }
        let listed: Vec<(&str, Vec<Item>)> = listed
            .into_iter()
            .map(|(source, items)| (source, items.into_values().collect()))
            .collect();
        rebuilt.show(&listed, moment(last + 3));
        rebuilt.show(&listed, moment(last + 4));
        prop_assert_eq!(&known, &rebuilt.published());
        // What is new is new, and under the id that it would have had.
        let mut fresh = piece("fresh", "Court of Naryn frees auditor of grain fund");
        fresh.stated = Some(moment(last + 5));
        for service in [&mut lost, &mut rebuilt] {
            service.show(&[("volga", vec![fresh.clone()])], moment(last + 5));
        }
        prop_assert_eq!(&lost.published(), &rebuilt.published());
    }
}

/// A service that has closed archives in two languages.
fn with_archives() -> Service {
    let mut service = Service::new(CONFIG);
    for n in 0..160 {
        let mut item = piece(&format!("k{n}"), &format!("Report {n} of office {}", n * 7));
        item.language = Some(if n % 3 == 0 { "ru" } else { "en" }.to_owned());
        item.link = WebUrl::parse(&format!("https://steppe.example/{n}"));
        item.stated = Some(moment(n * 4));
        service.show(&[("steppe", vec![item])], moment(n * 4));
    }
    let archives = service.archives();
    assert!(archives.len() > 10, "{archives:?}");
    service
}

fn assert_is_what_was_published(rebuilt: &Service, lost: &Service) {
    assert_eq!(rebuilt.archives(), lost.archives());
    assert_eq!(rebuilt.told(), lost.told());
    assert_eq!(rebuilt.published(), lost.published());
}

#[test]
fn archives_outlive_the_database_byte_by_byte() {
    let mut lost = with_archives();
    let archives = lost.archives();
    let rebuilt = lost.rebuilt(moment(650));
    assert_eq!(rebuilt.archives(), archives);
    assert_is_what_was_published(&rebuilt, &lost);
}

#[test]
fn a_database_is_founded_anew_on_what_is_served_elsewhere() {
    let mut lost = with_archives();
    lost.room().now = moment(650);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let served = runtime.block_on(lost.room().serve());
    let site = WebUrl::parse(&format!("http://{}/", served.address())).unwrap();
    let rebuilt = Service::founded(&care::Place::Site(site), moment(650));
    assert_is_what_was_published(&rebuilt, &lost);
}

/// One item, at an outlet of its own.
fn piece(key: &str, title: &str) -> Item {
    let mut item = Item::new(key, title);
    item.link = WebUrl::parse(&format!("https://{key}.example/news"));
    item
}

fn minutes(minutes: i64) -> Timestamp {
    let start = moment(0);
    start
        .checked_add(SignedDuration::from_mins(minutes))
        .unwrap()
}

impl Service {
    /// Title and `updated` of every entry in the feed, as they stand there.
    fn entries(&self) -> Vec<(String, Timestamp)> {
        let feed = feed_rs::parser::parse(self.feed().as_slice()).unwrap();
        let entry = |entry: feed_rs::model::Entry| {
            let updated = entry.updated.unwrap().timestamp_millis();
            (
                entry.title.unwrap().content,
                Timestamp::from_millisecond(updated).unwrap(),
            )
        };
        feed.entries.into_iter().map(entry).collect()
    }

    fn titles(&self) -> Vec<String> {
        self.entries().into_iter().map(|(title, _)| title).collect()
    }

    /// Publishes what has waited long enough.
    fn ripen(&mut self, now: Timestamp) -> u64 {
        let desk = &mut self.room().desk;
        let entered = desk.ripen(now).unwrap();
        desk.build().unwrap();
        entered
    }

    /// A person decides while the service runs; its loop applies it.
    fn decide(&mut self, decision: &Decision, now: Timestamp) -> Vec<String> {
        let mut store = Store::open(&self.data.path().join(DATABASE)).unwrap();
        store.decide(decision, now).unwrap();
        drop(store);
        let desk = &mut self.room().desk;
        let told = desk.decide(now).unwrap();
        desk.build().unwrap();
        told
    }
}

fn source(name: &str) -> SourceKey {
    SourceKey::new(name).unwrap()
}

#[test]
fn the_best_of_what_came_until_publication_is_shown_from_then_on() {
    let with = |name: &str, priority: u8, config: &str| {
        let name = format!("name = \"{name}\"\n");
        config.replace(&name, &format!("{name}priority = {priority}\n"))
    };
    let mut service = Service::new(&with("volga", 20, &with("harbour", 10, CONFIG)));
    let steppe = piece("s", "Leaders open a common development bank in Bishkek");
    let harbour = piece("h", "Leaders open common development bank in Bishkek today");
    let documents = [
        ("steppe", vec![steppe.clone()]),
        ("harbour", vec![harbour.clone()]),
    ];
    service.show(&documents, minutes(0));
    assert_eq!(service.titles(), [harbour.title.as_str()]);
    // A better one that comes later is only mentioned.
    let volga = piece("v", "Common development bank opened by leaders in Bishkek");
    service.show(&[("volga", vec![volga])], minutes(90));
    assert_eq!(service.titles(), [harbour.title.as_str()]);
    assert_eq!(
        service
            .stories()
            .into_values()
            .collect::<HashSet<_>>()
            .len(),
        1
    );
}

#[test]
fn a_story_that_is_held_shows_the_best_of_those_that_tell_it_meanwhile() {
    let name = "name = \"volga\"\n";
    let config = CONFIG.replace(name, &format!("{name}priority = 20\n"));
    let mut service = Service::new(&format!("{config}\n[stories]\nhold = \"15m\"\n"));
    let title = "Leaders open a common development bank in Bishkek";
    let steppe = [("steppe", vec![piece("s", title)])];
    let volga = [("volga", vec![piece("v", &format!("{title} today"))])];
    service.show(&steppe, minutes(0));
    assert!(service.titles().is_empty());
    service.show(&volga, minutes(10));
    // Neither a restart nor another poll ends it.
    service.restart();
    service.show(&steppe, minutes(14));
    assert_eq!(service.ripen(minutes(14)), 0);
    assert!(service.titles().is_empty());
    assert_eq!(service.ripen(minutes(15)), 1);
    assert_eq!(service.titles(), [format!("{title} today")]);
    // Who comes later is not held, and changes nothing but the list.
    service.show(
        &[(
            "harbour",
            vec![piece("h", &format!("{title}, says Kyrgyzstan"))],
        )],
        minutes(20),
    );
    assert_eq!(service.ripen(minutes(60)), 0);
    assert_eq!(service.titles(), [format!("{title} today")]);
    let feed = String::from_utf8(service.feed()).unwrap();
    assert_eq!(feed.matches("rel=\"related\"").count(), 2, "{feed}");
}

#[test]
fn a_live_page_moves_updated_once_an_hour() {
    let mut service = Service::new(CONFIG);
    let mut moved = Vec::new();
    for quarter in 0..12 {
        let live = piece(
            "live",
            &format!("Summit in Bishkek, hour by hour, part {quarter}"),
        );
        let title = live.title.clone();
        service.show(&[("steppe", vec![live])], minutes(quarter * 15));
        let entries = service.entries();
        // What a reader sees is always the newest.
        assert_eq!(entries[0].0, title);
        moved.push(entries[0].1);
    }
    moved.dedup();
    // The first correction at once, then one an hour.
    let told = [0, 15, 75, 135].map(minutes);
    assert_eq!(moved, told);
    let reader = Reader::open(&service.data.path().join(DATABASE)).unwrap();
    let revisions = reader
        .revisions(&source("steppe"), &ItemKey::new("live"))
        .unwrap();
    assert_eq!(revisions.len(), 11);
    assert_eq!(revisions[1].since, minutes(15));
    assert_eq!(
        revisions[1].title,
        "Summit in Bishkek, hour by hour, part 1"
    );
}

#[test]
fn what_is_decided_by_hand_is_final() {
    let mut service = Service::new(CONFIG);
    let title = "Leaders open a common development bank in Bishkek";
    let documents = |n: i64| {
        vec![
            ("steppe", vec![piece("s", title)]),
            ("harbour", vec![piece("h", &format!("{title} today"))]),
            (
                "volga",
                vec![piece(
                    "v",
                    &format!("Court frees auditor, part {}", n.min(0)),
                )],
            ),
        ]
    };
    service.show(&documents(0), minutes(0));
    let before = service.stories();
    assert_eq!(before["steppe s"], before["harbour h"]);
    let shown = service.titles();

    let detach = Decision::detach(source("steppe"), ItemKey::new("s"));
    let told = service.decide(&detach, minutes(5));
    assert!(told[0].ends_with(": done"), "{told:?}");
    assert_eq!(service.titles().len(), shown.len() + 1);
    let story = StoryId::parse(&before["harbour h"]).unwrap();
    let join = Decision::join(source("volga"), ItemKey::new("v"), story);
    service.decide(&join, minutes(6));
    let decided = service.stories();
    assert_ne!(decided["steppe s"], decided["harbour h"]);
    assert_eq!(decided["harbour h"], decided["volga v"]);

    // Polls and restarts leave it so, and the same order again is no order.
    for n in 1..4 {
        service.restart();
        service.show(&documents(n), minutes(n * 60));
    }
    assert_eq!(service.stories(), decided);
    assert!(service.decide(&join, minutes(300))[0].contains("in this story already"));
    let nowhere = StoryId::of(&source("volga"), &ItemKey::new("nowhere"));
    let join = Decision::join(source("volga"), ItemKey::new("v"), nowhere);
    assert!(service.decide(&join, minutes(301))[0].contains("no such story"));
    let unseen = Decision::detach(source("volga"), ItemKey::new("unseen"));
    assert!(service.decide(&unseen, minutes(302))[0].contains("no story holds"));
    assert_eq!(service.stories(), decided);
}

#[test]
fn a_story_that_loses_what_it_showed_shows_the_next_for_good() {
    let mut service = Service::new(CONFIG);
    let title = "Leaders open a common development bank in Bishkek";
    let (first, second) = (piece("s", title), piece("h", &format!("{title} today")));
    let documents = [
        ("steppe", vec![second.clone()]),
        ("harbour", vec![first.clone()]),
    ];
    service.show(&documents, minutes(0));
    let shown = service.titles();
    let founder = service.stories()["harbour s"].clone();
    // The founder goes into a story of its own by joining another one.
    service.show(
        &[(
            "volga",
            vec![piece("v", "Court frees auditor of grain fund")],
        )],
        minutes(60),
    );
    let other = StoryId::parse(&service.stories()["volga v"]).unwrap();
    let (name, key) = if shown[0] == title {
        ("harbour", "s")
    } else {
        ("steppe", "h")
    };
    let join = Decision::join(source(name), ItemKey::new(key), other);
    service.decide(&join, minutes(61));
    let titles = service.titles();
    let kept = if shown[0] == title {
        &second.title
    } else {
        &first.title
    };
    assert!(
        titles.contains(kept) && !titles.contains(&shown[0]),
        "{titles:?}"
    );
    assert!(
        service
            .stories()
            .into_values()
            .any(|story| story == founder)
    );
}
