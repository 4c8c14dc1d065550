//! Every document of `tests/parse` yields what stands beside it.
//!
//! The documents are made up, in the shape of what publishers send. Each has
//! its expected items in `NAME.json`, with the reason it is there. A headline,
//! a link, a date and a lead are always compared, so what is not expected
//! must not be there; the other fields where they are named.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use scofeed::model::{Failure, Head, Hints, Item, Parsed, Validators, WebUrl};
use scofeed::parse::{self, Recipe};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::site::{EVERY, Site, item, rss};

/// Documents at least: a walk that finds fewer has lost its way.
const DOCUMENTS_AT_LEAST: usize = 250;

/// What a document yields, and under which circumstances.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// The reason of the document: never read, always there.
    #[serde(rename = "why")]
    _why: String,
    #[serde(default)]
    given: Given,
    /// `Failure::kind`, and a part of what it says.
    failure: Option<[String; 2]>,
    format: Option<String>,
    title: Option<String>,
    language: Option<String>,
    /// Seconds between polls that the document asks for.
    interval: Option<u64>,
    /// A part of what `Parsed::partial` says; `None` if it must say nothing.
    partial: Option<String>,
    /// What was skipped, each by a part of the reason.
    #[serde(default)]
    skipped: Vec<String>,
    #[serde(default)]
    items: Vec<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Given {
    url: String,
    content_type: Option<String>,
    zone: String,
    now: Timestamp,
    language: Option<String>,
}

impl Default for Given {
    fn default() -> Self {
        Self {
            url: "https://news.example/rss/feed.xml".to_owned(),
            content_type: None,
            zone: "UTC".to_owned(),
            now: "2026-11-23T10:30:00Z".parse().unwrap(),
            language: None,
        }
    }
}

pub(crate) fn head(url: &str, content_type: Option<&str>) -> Head {
    Head {
        url: WebUrl::parse(url).unwrap(),
        hops: Vec::new(),
        status: 200,
        content_type: content_type.map(str::to_owned),
        validators: Validators::default(),
        hints: Hints::default(),
        wire_bytes: 0,
    }
}

fn read(bytes: &[u8], given: &Given) -> Result<Parsed, Failure> {
    let recipe = Recipe::feed()
        .with_content()
        .zone(TimeZone::get(&given.zone).unwrap())
        .language(given.language.clone());
    let head = head(&given.url, given.content_type.as_deref());
    parse::document(&recipe, &head, bytes, given.now)
}

/// The documents, each with the file of what is expected.
fn documents() -> Vec<(PathBuf, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parse");
    let mut documents = Vec::new();
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let hidden = path.file_name().unwrap().to_string_lossy().starts_with('.');
        if hidden || path.extension().is_some_and(|e| e == "json") {
            continue;
        }
        let expected = path.with_extension("json");
        assert!(
            expected.is_file(),
            "{} has no {}",
            path.display(),
            expected.display()
        );
        documents.push((path, expected));
    }
    documents.sort();
    documents
}

#[test]
fn every_document_yields_what_stands_beside_it() {
    let documents = documents();
    let found = documents.len();
    assert!(found >= DOCUMENTS_AT_LEAST, "only {found} documents found");
    let mut wrong = String::new();
    let mut count = 0;
    for (document, expected) in documents {
        let bytes = std::fs::read(&document).unwrap();
        let text = std::fs::read_to_string(&expected).unwrap();
        let expected: Expected =
            serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", expected.display()));
        let differences = differences(&expected, read(&bytes, &expected.given));
        if !differences.is_empty() {
            count += 1;
            writeln!(
                wrong,
                "\n{}",
                document.file_name().unwrap().to_string_lossy()
            )
            .unwrap();
            wrong.push_str(&differences);
        }
    }
    assert!(
        wrong.is_empty(),
        "{count} of {found} documents are read wrongly:\n{wrong}"
    );
}

/// What is found and what is expected, line by line where they differ.
fn differences(expected: &Expected, found: Result<Parsed, Failure>) -> String {
    let mut told = String::new();
    let mut compare = |what: &str, expected: &Value, found: &Value| {
        if expected != found {
            writeln!(told, "  {what}\n    - {expected}\n    + {found}").unwrap();
        }
    };
    let parsed = match (found, &expected.failure) {
        (Ok(parsed), None) => parsed,
        (Err(failure), Some([kind, said])) => {
            compare("failure", &json!(kind), &json!(failure.kind()));
            if !failure.to_string().contains(said.as_str()) {
                compare("failure", &json!(said), &json!(failure.to_string()));
            }
            return told;
        }
        (Ok(parsed), Some([kind, _])) => {
            compare("failure", &json!(kind), &json!(titles(&parsed)));
            return told;
        }
        (Err(failure), None) => {
            compare("failure", &Value::Null, &json!(failure.to_string()));
            return told;
        }
    };
    for (what, expected, found) in [
        ("format", &expected.format, Some(&parsed.format)),
        ("title", &expected.title, parsed.title.as_ref()),
        ("language", &expected.language, parsed.language.as_ref()),
    ] {
        if expected.is_some() {
            compare(what, &json!(expected), &json!(found));
        }
    }
    if let Some(interval) = expected.interval {
        let found = parsed.interval.map(|interval| interval.as_secs());
        compare("interval", &json!(interval), &json!(found));
    }
    let partial = match (&expected.partial, &parsed.partial) {
        (Some(part), Some(found)) if found.contains(part.as_str()) => Some(part),
        (_, found) => found.as_ref(),
    };
    compare("partial", &json!(expected.partial), &json!(partial));
    let reasons: Vec<&str> = parsed.skipped.iter().map(|s| s.why.as_str()).collect();
    let fits = reasons.len() == expected.skipped.len()
        && reasons
            .iter()
            .zip(&expected.skipped)
            .all(|(why, part)| why.contains(part.as_str()));
    if !fits {
        compare("skipped", &json!(expected.skipped), &json!(reasons));
    }
    let headlines: Vec<_> = expected
        .items
        .iter()
        .map(|item| item.get("title"))
        .collect();
    if expected.items.len() != parsed.items.len() {
        compare("items", &json!(headlines), &json!(titles(&parsed)));
        return told;
    }
    for (number, (expected, found)) in expected.items.iter().zip(&parsed.items).enumerate() {
        let found = fields(found);
        for name in expected.keys() {
            assert!(found.contains_key(name), "no field of an item: {name}");
        }
        for (name, found) in &found {
            let always = ["title", "link", "published", "lead"].contains(&name.as_str());
            let nothing = if name == "lead" {
                json!("")
            } else {
                Value::Null
            };
            match expected.get(name) {
                Some(expected) => compare(&format!("item {} {name}", number + 1), expected, found),
                None if always => compare(&format!("item {} {name}", number + 1), &nothing, found),
                None => {}
            }
        }
    }
    told
}

fn titles(parsed: &Parsed) -> Vec<&str> {
    parsed
        .items
        .iter()
        .map(|item| item.title.as_str())
        .collect()
}

/// An item as the expected files write it.
fn fields(item: &Item) -> Map<String, Value> {
    let media: Vec<Value> = item
        .media
        .iter()
        .map(|media| match media.length {
            None => json!([media.kind, media.url]),
            Some(length) => json!([media.kind, media.url, length]),
        })
        .collect();
    let fields = json!({
        "key": item.key.as_str(),
        "title": item.title,
        "link": item.link,
        "canon": item.canon,
        "published": item.stated,
        "updated": item.stated_updated,
        "lead": item.lead,
        "content": item.content,
        "authors": item.byline,
        "categories": item.categories,
        "language": item.language,
        "outlet": item.outlet,
        "media": media,
        "video": item.is_video(),
    });
    let Value::Object(fields) = fields else {
        panic!("an object");
    };
    fields
}

/// F-14: the hours and days that a feed asks to leave out are left out, and a
/// list that leaves out everything is said to be none.
#[tokio::test]
async fn hours_and_days_that_a_feed_leaves_out_are_heeded() {
    let document = |skip: &str| {
        let skip = format!("<channel>{skip}");
        rss([item("summit", "SCO summit opens in Bishkek")]).replacen("<channel>", &skip, 1)
    };
    let hours = |of: &mut dyn Iterator<Item = i8>| {
        let hours: String = of.map(|hour| format!("<hour>{hour}</hour>")).collect();
        format!("<skipHours>{hours}</skipHours>")
    };
    let only = |open: i8| hours(&mut (0..24).filter(|hour| *hour != open));
    for open in [3, 17] {
        let mut site = Site::new().feed("steppe", document(&only(open)));
        site.poll().await;
        let next = site.status("steppe").next.unwrap();
        assert_eq!(TimeZone::UTC.to_datetime(next.at).hour(), open, "{next:?}");
    }
    let days = "<skipDays><day>Monday</day><day>Tuesday</day><day>Wednesday</day>\
                <day>Thursday</day><day>Friday</day><day>Sunday</day></skipDays>";
    let mut site = Site::new().feed("steppe", document(days));
    site.poll().await;
    let next = site.status("steppe").next.unwrap();
    assert_eq!(
        TimeZone::UTC.to_datetime(next.at).weekday(),
        Weekday::Saturday,
        "{next:?}"
    );

    let mut site = Site::new().feed("steppe", document(&hours(&mut (0..24))));
    site.poll().await;
    let status = site.status("steppe");
    let next = status.next.unwrap().at;
    assert!(next.duration_since(site.now()).unsigned_abs() < EVERY + EVERY / 2);
    assert!(
        status.skipped[0].why.contains("no time to ask"),
        "{:?}",
        status.skipped
    );
}

/// C-08 and law 1: which items of an overlong document count depends on their
/// dates and keys, not on their places.
#[test]
fn the_newest_of_an_overlong_document_do_not_depend_on_places() {
    let keys = |numbers: &mut dyn Iterator<Item = usize>| {
        let items = numbers.map(|n| {
            let dated = item(&n.to_string(), "Rain in the valley");
            if n % 3 == 0 { dated } else { dated.undated() }
        });
        let parsed = read(rss(items).as_bytes(), &Given::default()).unwrap();
        let mut keys: Vec<String> = parsed
            .items
            .iter()
            .map(|item| item.key.to_string())
            .collect();
        let dated = parsed.items.iter().filter(|item| item.stated.is_some());
        assert_eq!((keys.len(), dated.count()), (500, 300));
        keys.sort();
        keys
    };
    assert_eq!(keys(&mut (0..900)), keys(&mut (0..900).rev()));
}

/// H-41: a million items are no more work than the first of them.
#[test]
fn a_million_items_are_read_up_to_the_limit() {
    let items = "<item><title>x y</title></item>".repeat(1_000_000);
    let feed = format!("<rss version=\"2.0\"><channel>{items}</channel></rss>");
    let parsed = read(feed.as_bytes(), &Given::default()).unwrap();
    // They all say the same.
    assert_eq!(parsed.items.len(), 1);
    let said = parsed
        .skipped
        .iter()
        .any(|skipped| skipped.what == "what follows item 5000");
    assert!(said, "{:?}", parsed.skipped.last());
}
