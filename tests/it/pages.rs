//! Pages without a feed, as publishers build them. Every page in
//! `tests/pages` is made up; what it must yield stands beside it.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use scofeed::model::{
    Expect, Failure, Head, Hints, Parsed, Rung, Selectors, SourceState, Validators, WebUrl,
};
use scofeed::parse::{self, Recipe};
use serde::Deserialize;

use crate::site::{Answer, EVERY, Site, item, rss};

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

/// Headline, link and moment of the items of a list page, each of whose
/// entries is built so.
fn built(entry: &str) -> Vec<(String, String, String)> {
    let entries: String = DAILY
        .iter()
        .enumerate()
        .map(|(n, headline)| {
            let day = format!("1{n}");
            let entry = entry.replace("HEADLINE", headline);
            entry
                .replace("DAY", &day)
                .replace("LINK", &format!("/n/900{n}"))
        })
        .collect();
    let page = format!("<title>News - Volga Herald</title><div class=list>{entries}</div>");
    let parsed = read(
        &Recipe::any(),
        "https://volga.example/news",
        page.as_bytes(),
    )
    .unwrap();
    assert!(
        parsed.format.starts_with("list page"),
        "{entry}: {parsed:?}"
    );
    parsed
        .items
        .into_iter()
        .map(|item| {
            let link = item.link.unwrap().to_string();
            let stated = item.stated.map(|stated| stated.to_string());
            (item.title, link, stated.unwrap_or_default())
        })
        .collect()
}

const DAILY: [&str; 5] = [
    "Harbour of the free port opens to ships",
    "Parliament passes the 2027 budget at night",
    "Museum of the steppe opens its new wing",
    "Grain exports rise for a third month running",
    "Power plant returns to service after repairs",
];

/// What a list of `DAILY` must yield.
fn daily(clock: &str) -> Vec<(String, String, String)> {
    let item = |(n, headline): (usize, &&str)| {
        (
            (*headline).to_owned(),
            format!("https://volga.example/n/900{n}"),
            format!("2026-11-1{n}T{clock}Z"),
        )
    };
    DAILY.iter().enumerate().map(item).collect()
}

#[test]
fn a_date_beside_the_headline_in_a_link_is_the_date_of_its_entry() {
    for link in [
        "<span>DAY.11.2026</span> HEADLINE",
        "HEADLINE <span>DAY.11.2026</span>",
        "DAY.11.2026 HEADLINE",
        "DAY.11.2026<br>HEADLINE",
        "DAY ноября 2026 HEADLINE",
        "2026-11-DAY | HEADLINE",
        "HEADLINE (DAY.11.2026)",
        "November DAY, 2026 — HEADLINE",
    ] {
        let entry = format!("<div class=i><a href=LINK>{link}</a></div>");
        assert_eq!(built(&entry), daily("00:00:00"), "{link}");
    }
    for entry in [
        "<div class=i><a href=LINK>DAY.11.2026 14:05 HEADLINE</a></div>",
        "<div class=i><b>DAY.11.2026</b><a href=LINK>14:05 HEADLINE</a></div>",
    ] {
        assert_eq!(built(entry), daily("14:05:00"), "{entry}");
    }
}

#[test]
fn the_headline_of_a_card_stands_beside_its_read_more() {
    for entry in [
        "<div class=card><a href=LINK><img src=x.jpg></a><div class=body><h5>HEADLINE</h5>\
         <p>Something was said on the matter by officials, who did not tell their names.</p>\
         <small>DAY.11.2026</small><a href=LINK class=btn>Read more</a></div></div>",
        "<div class=card><h3>HEADLINE</h3><span>DAY.11.2026</span>\
         <a href=LINK>Read the whole story</a></div>",
        "<p>DAY.11.2026 <b class=title>HEADLINE</b> <a href=LINK>Details</a></p>",
        "<tr><td>DAY.11.2026</td><td>HEADLINE <a href=LINK>Download</a></td></tr>",
    ] {
        // Rows stand in a table, whatever is around it.
        let found = if entry.starts_with("<tr>") {
            built(&format!("<table>{entry}</table>"))
        } else {
            built(entry)
        };
        assert_eq!(found, daily("00:00:00"), "{entry}");
    }
}

/// What stands in elements of its own is shown apart, though no space is
/// written between.
#[test]
fn what_touches_a_headline_is_none_of_it() {
    for link in [
        "HEADLINE<span>DAY.11.2026</span>",
        "HEADLINE<i>DAY Nov 2026</i>",
        "<span>DAY Nov 2026</span>HEADLINE",
        "<b>HEADLINE</b><small>DAY ноября 2026</small>",
        "<span class=cat>World</span>HEADLINE <i>DAY.11.2026</i>",
        "<span>World</span><span>HEADLINE</span> <time>DAY.11.2026</time>",
        "<h3><span>Economy</span>HEADLINE<em>DAY.11.2026</em></h3>",
        "HEADLINEDAY Nov 2026",
    ] {
        let entry = format!("<div class=i><a href=LINK>{link}</a></div>");
        assert_eq!(built(&entry), daily("00:00:00"), "{link}");
    }
}

/// A date stands alone; leads name days, too.
#[test]
fn prose_does_not_date_an_entry() {
    for lead in [
        "<p>It was closed on 3 March 2025, say officials.</p>",
        "<p>Losses may reach 12 billion, or <b>March 12</b> may be late for it all.</p>",
        "<p>The <b>March 12 states</b> said so.</p>",
        "<p>2 часа назад начался пожар</p>",
    ] {
        for date in [
            "<span>DAY.11.2026</span>",
            "<div class=text-gray>DAY ноября 2026</div>",
            "<footer>DAY.11.2026</footer>",
            "<div><b>DAY</b> Nov 2026</div>",
        ] {
            let entry =
                format!("<div class=i><h3><a href=LINK>HEADLINE</a></h3>{lead}{date}</div>");
            assert_eq!(built(&entry), daily("00:00:00"), "{entry}");
        }
        let entry = format!("<div class=i><h3><a href=LINK>HEADLINE</a></h3>{lead}</div>");
        for (headline, _, stated) in built(&entry) {
            assert_eq!(stated, "", "{headline}: {entry}");
        }
    }
}

#[test]
fn a_day_in_one_headline_of_a_list_stays_there() {
    let page = "<div><a href=/n/9001>9 May 2026 will be a day of silence</a><i>19.11.2026</i></div>\
        <div><a href=/n/9002>Grain exports rise for a third month</a><i>18.11.2026</i></div>\
        <div><a href=/n/9003>Museum of the steppe opens a wing</a><i>17.11.2026</i></div>";
    let parsed = read(
        &Recipe::any(),
        "https://volga.example/news",
        page.as_bytes(),
    )
    .unwrap();
    let first = &parsed.items[0];
    assert_eq!(first.title, "9 May 2026 will be a day of silence");
    assert_eq!(first.stated, "2026-11-19T00:00:00Z".parse().ok());
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
    let (mut seen, mut told) = (0, 0);
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
        match read(&recipe, "https://steppe.example/list", &page) {
            Ok(list) => {
                assert_eq!(list.items, [], "{path:?}");
                assert!(list.breach.is_some(), "{path:?}");
            }
            Err(failure) => {
                assert!(matches!(failure, Failure::NoList(_)), "{path:?}: {failure}");
                told += 1;
            }
        }
        seen += 1;
    }
    assert!(seen >= 4 && told >= 3);
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
        // Each of these was one tag to html5ever and two to our tokenizer, or
        // a headline of 256 headings.
        repeated("<h3><a href= src=\"fm\">"),
        repeated("<div class=\"tit\"><a href=\"htt\"item\">"),
        repeated("<div clавная</a></div>"),
        repeated("<header><h1><a href=/x>"),
        repeated("<h1><div><h2></h1>"),
        repeated("t<"),
        // All in a title is text: its tags are none.
        repeated("<title>a</title><item><title>b><title>c</title>"),
        // Texts and a link that took the square of their length.
        format!("<p>{}", repeated("x &#x: ")),
        repeated("&ysis "),
        format!(
            "<a href=\"/{}\">A headline of some length</a>",
            repeated("a.")
        ),
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

/// A list page of these headlines, built in this way.
fn list(class: &str, headlines: &[&str]) -> Answer {
    let rows = headlines.iter().enumerate().map(|(n, headline)| {
        format!(
            "<div class=\"{class}\"><a href=\"/news/2026/{n}-report\">{headline}</a>\
             <i class=\"time\">2026-11-24 0{n}:00</i></div>"
        )
    });
    let rows: String = rows.collect();
    Answer::of(
        "text/html",
        format!(
            "<html><head><link rel=\"alternate\" type=\"application/rss+xml\" href=\"/rss.xml\"></head><body>{rows}</body></html>"
        ),
    )
}

const HEADLINES: [&str; 3] = [
    "SCO summit opens in Bishkek",
    "Rain in the valley all week",
    "SCO development bank gets its charter",
];

#[tokio::test]
async fn a_page_is_a_source_without_selectors_and_names_its_feed() {
    let mut site = Site::new().source("list", "page", list("entry", &HEADLINES));
    site.poll().await;
    assert_eq!(site.titles(), [HEADLINES[2], HEADLINES[0]]);
    let status = site.status("list");
    assert_eq!(status.state, SourceState::Fine);
    let reading = status.reading.unwrap();
    assert_eq!((reading.rung, reading.fallen), (Rung::RepeatedLinks, None));
    let feed = site.address("rss.xml");
    let advice = site.advice();
    assert!(
        advice.iter().any(|advice| advice.contains(&feed)),
        "{advice:?}"
    );
}

#[tokio::test]
async fn a_page_on_which_nothing_is_read_is_read_by_what_it_names() {
    let feed = rss([item("summit", HEADLINES[0])]);
    let sitemap = format!(
        "<urlset><url><loc>/news/2026/1-bank</loc><news:title>{}</news:title></url></urlset>",
        HEADLINES[2]
    );
    for (rung, names, expected) in [
        (
            Rung::Feed,
            "<link rel=alternate type=application/rss+xml href=/rss.xml>",
            HEADLINES[0],
        ),
        (
            Rung::Sitemap,
            "<link rel=sitemap href=/news-sitemap.xml><a href=/rss.xml>RSS</a>",
            HEADLINES[2],
        ),
        // A sitemap that is gone leaves the feed.
        (
            Rung::Feed,
            "<link rel=sitemap href=/gone.xml><a href=/rss.xml>RSS</a>",
            HEADLINES[0],
        ),
    ] {
        let page = format!("<html><head>{names}</head><body><p>Under repair</p></body></html>");
        let mut site = Site::new().page("list", &page);
        site.says("rss.xml", feed.as_str());
        site.says("news-sitemap.xml", Answer::of("text/xml", sitemap.as_str()));
        site.poll().await;
        assert_eq!(site.titles(), [expected], "{names}");
        assert_eq!(site.status("list").reading.unwrap().rung, rung);
        let wrong = site.wrong("list");
        let said = format!(
            "selector `item` (.item) found nothing; read by {}",
            rung.as_str()
        );
        assert!(wrong.contains(&said), "{wrong}");
        // The page may be well again: it is asked as a whole.
        site.poll().await;
        assert_eq!(site.titles(), [expected], "{names}");
        assert_eq!(site.requests("list").len(), 2);
    }
}

/// What was said of a selector does not count once it was edited.
#[tokio::test]
async fn a_verdict_on_selectors_ends_with_them() {
    let mut site = Site::new().page("list", "<p>Nothing.</p>");
    site.poll().await;
    let broken = site.status("list");
    assert_eq!(broken.state, SourceState::BrokenSelector);
    assert!(broken.todo.unwrap().contains("correct `select`"));
    let edited = site.config().replace(".item", ".teaser");
    site.reload(&edited).unwrap();
    let edited = site.status("list");
    assert_eq!((edited.state, edited.wrong), (SourceState::New, None));
}

/// A source without selectors has none that could be broken; what stands in
/// place of a page is told.
#[tokio::test]
async fn a_page_without_a_list_is_told_as_what_it_is() {
    let neither = |name: &str| fs::read(folder("neither").join(name)).unwrap();
    let mut site = Site::new()
        .source("bare", "page", Answer::of("text/html", "<p>Nothing."))
        .source(
            "shell",
            "page",
            Answer::of("text/html", neither("shell.html")),
        )
        .source(
            "wall",
            "page",
            Answer::of("text/html", neither("challenge.html")),
        );
    site.poll().await;
    for (source, said) in [
        ("bare", "no list was found in it"),
        (
            "shell",
            "an empty page that scripts fill; scofeed runs no scripts: look for a feed",
        ),
        (
            "wall",
            "a page that checks browsers, and lets in no programs; ask its publisher",
        ),
    ] {
        assert_eq!(site.status(source).state, SourceState::NoList, "{source}");
        let wrong = site.wrong(source);
        assert!(wrong.contains(said), "{source}: {wrong}");
    }
}

#[tokio::test]
async fn a_page_whose_selector_fails_is_read_by_the_next_rung() {
    let mut site = Site::new().page("list", "");
    site.says("list", list("item", &HEADLINES[..3]));
    site.poll().await;
    assert_eq!(site.status("list").reading.unwrap().rung, Rung::Selectors);
    assert_eq!(site.titles().len(), 2);

    // The page is rebuilt, and has news.
    let mut headlines = HEADLINES.to_vec();
    headlines.push("Shanghai Cooperation Organisation admits a partner");
    site.says("list", list("teaser", &headlines));
    site.poll().await;
    assert_eq!(site.titles().len(), 3);
    let wrong = site.wrong("list");
    assert!(
        wrong.contains("selector `item` (.item) found nothing; read by repeated links"),
        "{wrong}"
    );
    // It is in trouble, and polled as usual.
    let next = site.status("list").next.unwrap().at;
    assert!(next.duration_since(site.now()).unsigned_abs() < EVERY + EVERY / 2);
    // Read again each time: the admin may have corrected the selectors.
    site.poll().await;
    assert_eq!(site.polls("list")[0].status, Some(200));
}

#[test]
fn a_date_that_only_eyes_can_read_is_read_where_the_selector_says() {
    let select = Selectors {
        item: "li".to_owned(),
        title: "a".to_owned(),
        link: "a".to_owned(),
        date: Some(".when".to_owned()),
        lead: None,
        author: None,
        language: None,
    };
    let recipe = Recipe::page(Some(&select), Expect::default()).unwrap();
    for (date, expected) in [
        (
            "<i class=when title='3 comments'>2026-11-10 10:05</i>",
            "2026-11-10T10:05:00Z",
        ),
        (
            "<time class=when datetime=3d>2026-11-10 10:05</time>",
            "2026-11-10T10:05:00Z",
        ),
        (
            "<i class=when><b>2026</b><b>11/10</b></i>",
            "2026-11-10T00:00:00Z",
        ),
    ] {
        let page = format!("<ul><li><a href=/n/1>{}</a> {date}</li></ul>", HEADLINES[0]);
        let parsed = read(&recipe, "https://volga.example/list", page.as_bytes()).unwrap();
        assert_eq!(parsed.items[0].stated, expected.parse().ok(), "{date}");
    }
}

#[tokio::test]
async fn a_json_list_behind_a_page_is_a_source() {
    let json = r#"{"datasource": [
        {"title": "SCO summit opens in Bishkek", "publishUrl": "../20261124/1/c.html",
         "publishTime": "2026-11-24 16:20:00", "summary": "Twelve papers are to be signed.",
         "author": "Anna Orlova"},
        {"title": "Rain in the valley", "publishUrl": "../20261124/2/c.html",
         "publishTime": "2026-11-24 15:00:00"}]}"#;
    let mut site = Site::new()
        .source("ds", "json", Answer::of("application/json", json))
        .with("timezone = \"Asia/Shanghai\"")
        .with(
            "select = { item = \"datasource\", title = \"title\", link = \"publishUrl\", \
             date = \"publishTime\", lead = \"summary\", author = \"author\" }",
        )
        .with("expect = { items = 2, dates = 1.0 }");
    site.poll().await;
    let story = site.story();
    assert_eq!(story.title, HEADLINES[0]);
    assert_eq!(story.lead, "Twelve papers are to be signed.");
    assert_eq!(story.authors, ["Anna Orlova"]);
    assert_eq!(story.published.to_string(), "2026-11-24T08:20:00Z");
    assert_eq!(story.link, site.address("20261124/1/c.html"));

    // Another key, as publishers rename them; the next rung knows it.
    site.says(
        "ds",
        Answer::of("application/json", json.replace("datasource", "data")),
    );
    site.poll().await;
    let wrong = site.wrong("ds");
    assert!(
        wrong.contains("selector `item` (datasource) found nothing; read by likely keys"),
        "{wrong}"
    );
    assert_eq!(site.titles().len(), 1);
}

#[tokio::test]
async fn a_news_sitemap_is_a_source() {
    let sitemap = "<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\
        <url><loc>https://outlet.example/1</loc><news:news><news:title>SCO summit opens in Bishkek</news:title>\
        <news:publication_date>2026-11-24T07:00:00Z</news:publication_date></news:news></url>\
        <url><loc>https://outlet.example/about</loc></url></urlset>";
    let mut site = Site::new().source("map", "sitemap", Answer::of("application/xml", sitemap));
    site.poll().await;
    let story = site.story();
    assert_eq!(
        (story.title.as_str(), story.link.as_str()),
        (HEADLINES[0], "https://outlet.example/1")
    );
    assert_eq!(site.status("map").reading.unwrap().rung, Rung::Sitemap);
    assert_eq!(site.status("map").skipped.len(), 1);
}
