//! The pages as a person meets them who has never heard of feeds: what they
//! say is true, leads somewhere, and tells nobody's secret.

#![cfg(test)]

use std::collections::BTreeMap;
use std::path::Path;

use jiff::SignedDuration;
use scofeed::daemon::DATABASE;
use scofeed::ledger;
use scofeed::model::{Decision, Item, ItemKey, SourceKey, StoryId};
use scofeed::store::Store;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::room::{CONFIG, Room, Served, at, config, item};
use crate::site::{Answer, Site, rss};

fn room(data: &TempDir, text: &str) -> Room {
    let mut room = Room::open(config(text), data.path(), at("2026-11-20T09:00:00Z"));
    room.introduce("steppe");
    room.introduce("harbour");
    room
}

/// The id of the story that an item founded, as its page is addressed.
fn story_of(source: &str, key: &str) -> StoryId {
    StoryId::of(&SourceKey::new(source).unwrap(), &ItemKey::new(key))
}

/// What is between `start` and `end` for the first time.
#[track_caller]
fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let (_, behind) = text
        .split_once(start)
        .unwrap_or_else(|| panic!("no {start} in {text}"));
    behind.split_once(end).unwrap().0
}

/// Asks as a browser does.
async fn browse(served: &Served, target: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(served.address()).await.unwrap();
    let request = format!(
        "GET {target} HTTP/1.1\r\nHost: sco.example\r\nConnection: close\r\n\
         Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), text.to_owned())
}

// The list of sources.

#[test]
fn a_list_of_no_sources_is_offered_to_nobody() {
    let data = TempDir::new().unwrap();
    let mut room = room(&data, CONFIG);
    assert!(room.text("/").contains("href=\"opml.xml\""));
    let hidden = CONFIG.replace("\ntitle = ", "\nallow_private = true\ntitle = ");
    room.edit(config(&hidden));
    assert!(!room.text("/").contains("opml.xml"));
    assert!(!room.text("/opml.xml").contains("<outline"));
}

/// S-26: no secret in an address that others see.
#[tokio::test]
async fn an_address_with_a_secret_is_published_nowhere() {
    for secret in ["?token=abc123", "?a=1&api_key=abc123", "?Sig=abc123"] {
        let data = TempDir::new().unwrap();
        let text = CONFIG.replace(
            "steppe.example/feed",
            &format!("steppe.example/feed{secret}"),
        );
        let room = room(&data, &text);
        let served = room.serve().await;
        for path in ["/", "/opml.xml", "/atom.xml", "/rss.xml", "/feed.json"] {
            let text = served.get(path).await.text;
            assert!(!text.contains("abc123"), "{path}: {text}");
        }
        let opml = room.text("/opml.xml");
        assert!(
            opml.contains("harbour.example") && !opml.contains("steppe"),
            "{opml}"
        );
        let advice = ledger::advice(&config(&text)).join("\n");
        assert!(
            advice.contains("`steppe` seems to hold a secret"),
            "{advice}"
        );
        assert!(
            advice.contains("use `secret`") && !advice.contains("abc123"),
            "{advice}"
        );
    }
    // What only looks a little like one stays.
    let text = CONFIG.replace(
        "steppe.example/feed",
        "steppe.example/feed?keyword=token&key=",
    );
    let data = TempDir::new().unwrap();
    assert!(
        room(&data, &text)
            .text("/opml.xml")
            .contains("steppe.example")
    );
}

// A story's page.

#[tokio::test]
async fn who_told_it_says_when_we_saw_it() {
    let data = TempDir::new().unwrap();
    let mut room = room(&data, CONFIG);
    room.pass(SignedDuration::from_hours(1));
    room.shows("steppe", vec![item("talks", "Alpha talks begin")]);
    let served = room.serve().await;
    let page = served
        .get(&format!("/story/{}", story_of("steppe", "talks")))
        .await;
    assert!(
        page.text.contains("The first that we saw."),
        "{}",
        page.text
    );
    let told = between(&page.text, "<ol>", "</ol>");
    assert!(
        told.contains(
            "seen <time datetime=\"2026-11-20T10:00:00.000Z\">20 November 2026, 10:00 UTC<"
        ),
        "{told}"
    );
}

/// What our own words say of a story is told from the outlet's.
#[tokio::test]
async fn what_was_withdrawn_is_marked() {
    let data = TempDir::new().unwrap();
    let mut room = room(&data, CONFIG);
    room.shows("steppe", vec![item("talks", "Alpha talks begin")]);
    let database = rusqlite::Connection::open(data.path().join(DATABASE)).unwrap();
    let when = room.now.as_millisecond();
    database
        .execute("UPDATE item SET withdrawn = ?1 WHERE key = 'talks'", [when])
        .unwrap();
    let served = room.serve().await;
    let page = served
        .get(&format!("/story/{}", story_of("steppe", "talks")))
        .await;
    for mark in [
        "<p class=\"mark withdrawn\" dir=\"ltr\">Withdrawn by its outlet</p>",
        "<p class=\"mark withdrawn\">Withdrawn by its outlet: gone since <time",
    ] {
        assert!(page.text.contains(mark), "{mark}: {}", page.text);
    }
    assert!(page.text.contains(".mark.withdrawn {"));
}

#[test]
fn letters_say_where_a_text_begins() {
    let data = TempDir::new().unwrap();
    let mut room = room(&data, CONFIG);
    let persian = |key: &str, title: &str| {
        let mut item = item(key, title);
        item.language = Some("fa".to_owned());
        item
    };
    let shown: [Item; 2] = [
        persian("en", "Alpha leaders meet in the capital"),
        persian("fa", "Alpha: نشست سران در بیشکک برگزار شد"),
    ];
    room.shows("steppe", shown.to_vec());
    room.desk.build().unwrap();
    let page = room.text("/");
    let direction = |title: &str| {
        let (before, _) = page.split_once(title).unwrap();
        let (_, words) = before.rsplit_once("class=\"words\" dir=\"").unwrap();
        words.split('"').next().unwrap().to_owned()
    };
    // The first is named in the label beside it, too.
    assert_eq!(direction("lang=\"fa\">Alpha leaders"), "auto");
    assert_eq!(direction("lang=\"fa\">Alpha: نشست"), "rtl");
}

// How the sources are.

#[tokio::test]
async fn the_status_is_said_in_sentences_and_names_a_source_one_way() {
    let mut site = Site::new()
        .feed("volga-wire", Answer::status(503))
        .with("title = \"Volga Wire\"")
        .feed("steppe", rss([]));
    for _ in 0..4 {
        site.poll().await;
    }
    site.review();
    let page = site.open_house().await.get("/status").await.text;
    let name = "<bdi>Volga Wire</bdi> <code>volga-wire</code>";
    assert!(page.contains(&format!("<h3>{name}</h3>")), "{page}");
    assert!(
        page.contains(&format!("<strong>{name}: no good poll")),
        "{page}"
    );
    assert!(page.contains("</strong>, noticed <time"), "{page}");
    // To an address it may not tell it does not turn with what it types.
    assert!(
        page.contains(">Its address is private: <code>scofeed status</code>"),
        "{page}"
    );
    assert!(!page.contains('`'), "{page}");
    assert!(
        !page.contains("0s ago") && page.contains("just now"),
        "{page}"
    );
    assert!(!page.contains("href=\"status\""), "{page}");
}

// Addresses of nothing, and of what stands elsewhere.

#[tokio::test]
async fn a_person_who_is_lost_is_led_home() {
    let data = TempDir::new().unwrap();
    let room = room(&data, CONFIG);
    let served = room.serve().await;
    let nowhere = format!("/story/{}", story_of("steppe", "nowhere"));
    for path in ["/evil<b>/deep", "/story/", &nowhere, "/archive/2001-01.xml"] {
        let (status, head, text) = browse(&served, path).await;
        assert_eq!(status, 404, "{path}");
        for field in [
            "content-type: text/html; charset=utf-8",
            "cache-control: public, max-age=60",
            "vary: accept, accept-encoding",
            "content-security-policy: default-src 'none'",
        ] {
            assert!(head.contains(field), "{path}: {head}");
        }
        assert!(
            !head.contains("etag") && !text.contains("evil"),
            "{head}{text}"
        );
        assert!(text.contains("<a href=\"/\">All stories</a>"), "{text}");
        assert!(text.contains("content=\"noindex\""), "{text}");
        assert!(text.len() < 20_000, "{}", text.len());
        // A program gets a line.
        let got = served.get(path).await;
        assert_eq!(
            (got.status, got.text.as_str()),
            (404, "not found\n"),
            "{path}"
        );
    }
}

/// What a person joined by hand.
fn join(room: &mut Room, data: &TempDir, item: (&str, &str), story: StoryId) {
    let mut store = Store::open(&data.path().join(DATABASE)).unwrap();
    let (source, key) = (SourceKey::new(item.0).unwrap(), ItemKey::new(item.1));
    store
        .decide(&Decision::join(source, key, story), room.now)
        .unwrap();
    let told = room.desk.decide(room.now).unwrap();
    assert!(told[0].ends_with(": done"), "{told:?}");
    room.desk.build().unwrap();
}

#[tokio::test]
async fn the_address_of_a_story_that_was_joined_leads_on() {
    let (data, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let publish = format!("{CONFIG}\n[publish]\ndirectory = {:?}\n", out.path());
    let mut room = room(&data, &publish);
    room.shows("steppe", vec![item("bank", "Alpha founds a bank")]);
    room.shows("harbour", vec![item("grain", "Alpha counts its grain")]);
    room.desk.file().unwrap();
    let (bank, grain) = (story_of("steppe", "bank"), story_of("harbour", "grain"));
    let served = room.serve().await;
    assert_eq!(served.get(&format!("/story/{grain}")).await.status, 200);

    join(&mut room, &data, ("harbour", "grain"), bank);
    let got = served.get(&format!("/story/{grain}")).await;
    assert_eq!(got.status, 301);
    assert!(
        got.head.contains(&format!("location: {bank}\r\n")),
        "{}",
        got.head
    );
    assert_eq!(served.get(&format!("/story/{bank}")).await.status, 200);
    room.desk.file().unwrap();
    let file = |story| std::fs::read_to_string(out.path().join(format!("story/{story}.html")));
    let page = file(grain).unwrap();
    assert!(
        page.contains(&format!("<a href=\"{bank}.html\">")),
        "{page}"
    );
    assert!(!page.contains("Alpha counts"), "{page}");
    assert!(file(bank).unwrap().contains("Alpha counts its grain"));
}

// What stood on the page before.

/// A room in which days go by, each with so many stories.
fn live(room: &mut Room, days: usize, stories: usize) {
    for day in 0..days {
        room.pass(SignedDuration::from_hours(24));
        let told = |n: usize| {
            let title = format!("Alpha tells {n} on day {day} {}", "and so on ".repeat(10));
            item(&format!("{day}-{n}"), title.trim())
        };
        room.shows("steppe", (0..stories).map(told).collect());
        if day % 5 == 4 {
            room.desk.build().unwrap();
        }
    }
    room.desk.build().unwrap();
}

/// The addresses that a page's links lead to, from where it stands.
fn links(address: &str, text: &str) -> Vec<url::Url> {
    let address = url::Url::parse(&format!("https://sco.example{address}")).unwrap();
    let page = scraper::Html::parse_document(text);
    let links = scraper::Selector::parse("a[href]").unwrap();
    page.select(&links)
        .map(|link| address.join(link.attr("href").unwrap()).unwrap())
        .filter(|link| link.host_str() == Some("sco.example"))
        .collect()
}

/// How often each story is on a page, by its own page.
fn count(told: &mut BTreeMap<String, usize>, links: &[url::Url]) {
    for link in links
        .iter()
        .filter(|link| link.path().starts_with("/story/"))
    {
        *told.entry(link.path().to_owned()).or_default() += 1;
    }
}

#[tokio::test]
async fn a_person_who_was_away_finds_every_story_on_a_page() {
    let data = TempDir::new().unwrap();
    let mut room = room(&data, CONFIG);
    live(&mut room, 60, 24);
    let served = room.serve().await;
    for view in ["/", "/lang/en/"] {
        let mut told = BTreeMap::new();
        let mut met: Vec<String> = vec![view.to_owned()];
        let mut next = 0;
        while let Some(path) = met.get(next).cloned() {
            next += 1;
            let (status, head, text) = browse(&served, &path).await;
            assert_eq!(status, 200, "{path}");
            assert!(head.contains("content-type: text/html"), "{path}: {head}");
            assert!(text.len() <= 200 * 1024, "{path}: {}", text.len());
            let links = links(&path, &text);
            count(&mut told, &links);
            let archive = format!("{view}archive/");
            for link in links {
                let path = link.path();
                let is_page = path.starts_with(&archive) && !is(path, "xml");
                if is_page && !met.iter().any(|met| met == path) {
                    met.push(path.to_owned());
                }
            }
        }
        // Months of several pages, and one that is not over.
        for page in ["2026-11", "2026-12", "2026-12-part-2", "2027-01"] {
            let page = format!("{view}archive/{page}");
            assert!(met.contains(&page), "{page}: {met:?}");
        }
        assert_eq!(told.len(), 60 * 24 + 2, "{view}");
        assert!(told.values().all(|times| *times == 1), "{view}");
    }

    let page = served.get("/archive/2026-12").await.text;
    for part in [
        "<h1>December 2026</h1>",
        "Alpha tells 23 on day",
        "href=\"https://news.example/",
        "<bdi class=\"p-author\">Steppe Monitor</bdi>",
        "type=\"application/atom+xml\">the same month as Atom</a>",
        "<a href=\"2026-11\">Earlier: November 2026</a>",
        "<a href=\"2027-01\">Later: January 2027</a>",
        "rel=\"next\">Older</a>",
        ">Thursday, 31 December 2026</time>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let atom = links("/archive/2026-12", &page);
    let atom = atom.iter().find(|link| is(link.path(), "xml")).unwrap();
    assert_eq!(served.get(atom.path()).await.status, 200);
    // What is not over has no archive of its own yet.
    assert!(
        !served
            .get("/archive/2027-01")
            .await
            .text
            .contains("as Atom")
    );
    for nothing in ["2026-10", "2026-12-part-99", "2026-12-07"] {
        assert_eq!(
            served.get(&format!("/archive/{nothing}")).await.status,
            404,
            "{nothing}"
        );
    }
    assert_eq!(served.get("/lang/ru/archive/2026-12").await.status, 404);
}

/// Whether a file or path has this ending.
fn is(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == ending)
}

/// All links of the pages among the files lead to files.
#[track_caller]
fn check_files(out: &Path) {
    for folder in ["", "archive/", "lang/en/archive/"] {
        for entry in std::fs::read_dir(out.join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if !is(&name, "html") {
                continue;
            }
            let text = std::fs::read_to_string(out.join(folder).join(&name)).unwrap();
            for link in links(&format!("/{folder}{name}"), &text) {
                let mut file = link.path().trim_start_matches('/').to_owned();
                if file.is_empty() || file.ends_with('/') {
                    file += "index.html";
                }
                assert!(out.join(&file).is_file(), "{folder}{name} ► {link}");
            }
        }
    }
}

#[tokio::test]
async fn the_pages_of_months_are_files_too() {
    let (data, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let publish = format!("{CONFIG}\n[publish]\ndirectory = {:?}\n", out.path());
    let mut room = room(&data, &publish);
    live(&mut room, 16, 10);
    room.desk.file().unwrap();
    let read = |name: &str| std::fs::read_to_string(out.path().join(name)).unwrap();
    assert!(read("index.html").contains("href=\"archive/2026-11.html\""));
    let november = read("archive/2026-11.html");
    assert!(november.contains("Alpha tells 3 on day 4"), "{november}");
    assert!(!november.contains("Later:"));
    check_files(out.path());

    // A month that follows is led to; what is the same is not touched.
    let time = |name: &str| {
        out.path()
            .join(name)
            .metadata()
            .unwrap()
            .modified()
            .unwrap()
    };
    for _ in 0..30 {
        room.pass(SignedDuration::from_hours(24));
        let key = room.now.to_string();
        room.shows(
            "harbour",
            (0..8)
                .map(|n| {
                    let title = format!("Alpha number {n} at {key}");
                    item(&format!("{n} {}", room.now.as_second()), &title)
                })
                .collect(),
        );
    }
    room.desk.build().unwrap();
    room.desk.file().unwrap();
    assert!(read("archive/2026-11.html").contains("<a href=\"2026-12.html\">Later: December 2026"));
    check_files(out.path());
    let before = time("archive/2026-11.html");
    room.desk.file().unwrap();
    assert_eq!(time("archive/2026-11.html"), before);

    // A correction of an old story reaches its month.
    let old = item("4-3", "Alpha tells it otherwise now");
    room.shows("steppe", vec![old]);
    room.desk.build().unwrap();
    room.desk.file().unwrap();
    assert!(read("archive/2026-11.html").contains("Alpha tells it otherwise now"));
    check_files(out.path());
}

// Search.

#[tokio::test]
async fn a_search_leads_on_to_older_stories() {
    let data = TempDir::new().unwrap();
    let mut room = room(&data, CONFIG);
    let told = |n: usize| item(&format!("many-{n:03}"), &format!("Alpha counts number {n}"));
    room.shows("steppe", (0..120).map(told).collect());
    let served = room.serve().await;
    let mut path = "/search?q=%22alpha+counts%22".to_owned();
    let mut told = BTreeMap::new();
    let mut headings = Vec::new();
    loop {
        let page = served.get(&path).await.text;
        headings.push(between(&page, "<h1>", "</h1>").to_owned());
        let links = links(&path, &page);
        count(&mut told, &links);
        let next = page.split_once("rel=\"next\"").map(|(before, _)| before);
        let Some(before) = next else { break };
        let (_, href) = before.rsplit_once("href=\"").unwrap();
        path = format!(
            "/{}",
            href.trim_end_matches(['"', ' ']).replace("&amp;", "&")
        );
    }
    assert_eq!(
        headings,
        [
            "The last 50 stories",
            "Stories 51 to 100",
            "Stories 101 to 120"
        ]
    );
    assert_eq!(told.len(), 120);
    assert!(told.values().all(|times| *times == 1));
    let last = served.get(&path).await.text;
    assert!(last.contains("rel=\"prev\">Newer stories</a>"), "{last}");
    let beyond = served.get("/search?q=counts&page=9").await;
    assert_eq!(
        (beyond.status, between(&beyond.text, "<h1>", "</h1>")),
        (200, "No more stories")
    );
}

/// A story that is found by another member's words shows them.
#[tokio::test]
async fn a_search_shows_whose_words_it_found() {
    let data = TempDir::new().unwrap();
    let mut room = room(&data, CONFIG);
    let mut russian = item("ru", "Alpha: саммит в Бишкеке открыт");
    russian.language = Some("ru".to_owned());
    room.shows("steppe", vec![item("en", "Alpha opens the summit")]);
    room.shows("harbour", vec![russian]);
    join(
        &mut room,
        &data,
        ("harbour", "ru"),
        story_of("steppe", "en"),
    );
    let served = room.serve().await;
    // бишкек
    let page = served
        .get("/search?q=%D0%B1%D0%B8%D1%88%D0%BA%D0%B5%D0%BA")
        .await
        .text;
    assert_eq!(page.matches("<article").count(), 1, "{page}");
    let also = between(&page, "<bdi>also:</bdi> ", "</p>");
    assert!(
        also.contains("lang=\"ru\">Alpha: саммит в <mark>Бишкеке</mark> открыт</a>"),
        "{also}"
    );
    // Where what is shown has the words nothing is added.
    let page = served.get("/search?q=summit").await.text;
    assert!(
        page.contains("<mark>summit</mark>") && !page.contains("also:"),
        "{page}"
    );
}
