//! Pages without a feed, as publishers build them. Every page in
//! `tests/pages` is made up; what it must yield stands beside it.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use scofeed::model::{Expect, Failure, Head, Hints, Parsed, Validators, WebUrl};
use scofeed::parse::{self, Recipe};
use serde::Deserialize;

/// What a list page yields.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    url: String,
    zone: Option<String>,
    format: String,
    title: String,
    language: Option<String>,
    items: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    title: String,
    link: String,
    published: Option<Timestamp>,
    lead: Option<String>,
    authors: Option<Vec<String>>,
}

/// What an article page tells.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Article {
    url: String,
    zone: Option<String>,
    title: String,
    published: Timestamp,
    lead: String,
    byline: Option<Vec<String>>,
    language: String,
    canonical: Option<String>,
    video: Option<String>,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/pages")
        .join(name)
}

/// The pages of a folder with what is expected of them.
fn pages<T: for<'de> Deserialize<'de>>(name: &str) -> Vec<(String, Vec<u8>, T)> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder(name)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "html") {
            continue;
        }
        let expected = fs::read_to_string(path.with_extension("json")).unwrap();
        let expected = serde_json::from_str(&expected)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        pages.push((name, fs::read(&path).unwrap(), expected));
    }
    pages.sort_by(|a, b| a.0.cmp(&b.0));
    pages
}

fn zone(name: Option<&str>) -> TimeZone {
    let Some(name) = name else {
        return TimeZone::UTC;
    };
    TimeZone::get(name).unwrap_or_else(|_| {
        let (hours, minutes) = name[1..].split_once(':').unwrap();
        let seconds = hours.parse::<i32>().unwrap() * 3600 + minutes.parse::<i32>().unwrap() * 60;
        TimeZone::fixed(Offset::from_seconds(seconds).unwrap())
    })
}

fn head(url: &str) -> Head {
    Head {
        url: WebUrl::parse(url).unwrap(),
        hops: Vec::new(),
        status: 200,
        content_type: Some("text/html".to_owned()),
        validators: Validators::default(),
        hints: Hints::default(),
        wire_bytes: 0,
    }
}

/// When every page is read.
fn now() -> Timestamp {
    "2026-11-20T09:00:00Z".parse().unwrap()
}

fn read(recipe: &Recipe, url: &str, page: &[u8]) -> Result<Parsed, Failure> {
    parse::document(recipe, &head(url), page, now())
}

#[test]
fn list_pages_yield_their_entries_without_selectors() {
    let pages = pages::<List>("lists");
    assert!(pages.len() >= 10, "{} pages", pages.len());
    for (name, page, expected) in pages {
        let recipe = Recipe::page(None, Expect::default())
            .unwrap()
            .zone(zone(expected.zone.as_deref()));
        let parsed = read(&recipe, &expected.url, &page).unwrap();
        assert_eq!(parsed.format, expected.format, "{name}");
        assert_eq!(
            parsed.title.as_deref(),
            Some(expected.title.as_str()),
            "{name}"
        );
        assert_eq!(parsed.language, expected.language, "{name}");
        assert_eq!(parsed.breach, None, "{name}");
        let told = |items: &[(String, String, Option<Timestamp>)]| {
            let lines = items.iter().map(|item| format!("{item:?}\n"));
            lines.collect::<String>()
        };
        let found: Vec<_> = parsed
            .items
            .iter()
            .map(|item| {
                let link = item.link.as_ref().map(ToString::to_string);
                (item.title.clone(), link.unwrap_or_default(), item.stated)
            })
            .collect();
        let wanted: Vec<_> = expected
            .items
            .iter()
            .map(|entry| (entry.title.clone(), entry.link.clone(), entry.published))
            .collect();
        assert!(
            found == wanted,
            "{name}\n--- found\n{}--- expected\n{}",
            told(&found),
            told(&wanted)
        );
        for (item, entry) in parsed.items.iter().zip(&expected.items) {
            if let Some(lead) = &entry.lead {
                assert_eq!(&item.lead, lead, "{name}: {}", entry.title);
            }
            let authors = entry.authors.clone().unwrap_or_default();
            assert_eq!(item.byline, authors, "{name}: {}", entry.title);
        }
    }
}

#[test]
fn article_pages_tell_headline_date_and_lead() {
    let pages = pages::<Article>("articles");
    assert!(pages.len() >= 8, "{} pages", pages.len());
    for (name, page, expected) in pages {
        let recipe = Recipe::feed().zone(zone(expected.zone.as_deref()));
        let article = parse::article(&recipe, &head(&expected.url), &page, now()).unwrap();
        assert_eq!(
            article.title.as_deref(),
            Some(expected.title.as_str()),
            "{name}"
        );
        assert_eq!(article.stated, Some(expected.published), "{name}");
        assert_eq!(article.lead, expected.lead, "{name}");
        assert_eq!(
            article.language.as_deref(),
            Some(expected.language.as_str()),
            "{name}"
        );
        if let Some(byline) = expected.byline {
            assert_eq!(article.byline, byline, "{name}");
        }
        if let Some(canonical) = expected.canonical {
            let found = article.canonical.map(|url| url.to_string());
            assert_eq!(found, Some(canonical), "{name}");
        }
        let video = article.media.first().map(|media| media.url.clone());
        assert_eq!(video, expected.video, "{name}");
    }
}

/// What `try` does where nothing is configured: it tells a list from an
/// article.
#[test]
fn an_unknown_page_is_read_as_what_it_is() {
    for (name, page, expected) in pages::<List>("lists") {
        let parsed = read(&Recipe::any(), &expected.url, &page).unwrap();
        assert_eq!(parsed.format, expected.format, "{name}");
    }
    for (name, page, expected) in pages::<Article>("articles") {
        let recipe = Recipe::any().zone(zone(expected.zone.as_deref()));
        let parsed = read(&recipe, &expected.url, &page).unwrap();
        assert_eq!(parsed.format, "article page", "{name}");
        let [item] = parsed.items.as_slice() else {
            panic!("{name}: {} items", parsed.items.len());
        };
        assert_eq!(item.title, expected.title, "{name}");
        assert_eq!(item.stated, Some(expected.published), "{name}");
        assert_eq!(item.lead, expected.lead, "{name}");
    }
}

/// H-43: what stands in place of a page yields nothing, however it is read.
#[test]
fn portals_and_parked_domains_are_neither_list_nor_article() {
    let mut seen = 0;
    for entry in fs::read_dir(folder("neither")).unwrap() {
        let path = entry.unwrap().path();
        let page = fs::read(&path).unwrap();
        let any = read(&Recipe::any(), "https://steppe.example/feed", &page);
        assert!(
            matches!(any, Err(Failure::NotAFeed(_))),
            "{path:?}: {any:?}"
        );
        let feed = read(&Recipe::feed(), "https://steppe.example/feed", &page);
        assert!(
            matches!(feed, Err(Failure::NotAFeed(_))),
            "{path:?}: {feed:?}"
        );
        let recipe = Recipe::page(None, Expect::default()).unwrap();
        let list = read(&recipe, "https://steppe.example/list", &page).unwrap();
        assert_eq!(list.items, [], "{path:?}");
        assert!(list.breach.is_some(), "{path:?}");
        seen += 1;
    }
    assert!(seen >= 3);
}

/// Hostile pages cost no more than their size (H-35, H-36): whatever way of
/// reading they take, they come to an end.
#[test]
fn hostile_pages_are_read_in_bounded_work() {
    let repeated = |text: &str| text.repeat(60_000 / text.len());
    for page in [
        repeated("<div class=time>"),
        repeated("<div class=lead><div class=title>x"),
        repeated("<a href=/1>"),
        repeated("<a class=title href=/12345><i>"),
        repeated("<article><a href=/2>SCO summit opens today"),
        repeated("<p>20.11.2026 a paragraph of some length, to be weighed"),
        repeated("<table><td>"),
        format!(
            "<script type='application/ld+json'>{}",
            repeated("[{\"@graph\":")
        ),
        format!("<h1>Title</h1><p {}>x", repeated("a=1 ")),
        format!(
            "<ul>{}",
            repeated("<li><a href=/news/4711-a-b-c-d>A headline of some length</a>")
        ),
    ] {
        for recipe in [
            Recipe::any(),
            Recipe::page(None, Expect::default()).unwrap(),
        ] {
            drop(read(&recipe, "https://hostile.example/", page.as_bytes()));
        }
        let recipe = Recipe::feed();
        let head = head("https://hostile.example/");
        drop(parse::article(&recipe, &head, page.as_bytes(), now()));
    }
}
