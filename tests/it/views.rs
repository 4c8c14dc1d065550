//! Views, story pages and search, as readers meet them.

#![cfg(test)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use jiff::SignedDuration;
use scofeed::config;
use scofeed::model::{Item, ItemKey, SourceKey, StoryId};
use tempfile::TempDir;

use crate::room::{self, CONFIG, Room, at, item};

/// Stories in three languages, one of them told by both sources.
fn room(data: &TempDir, views: &str) -> Room {
    let config = room::config(&format!("{CONFIG}{views}"));
    let mut room = Room::open(config, data.path(), at("2026-11-20T09:00:00Z"));
    room.introduce("steppe");
    room.introduce("harbour");
    room.pass(SignedDuration::from_hours(1));
    room.shows(
        "steppe",
        vec![in_language("ru", "ru", "Alpha: саммит в Бишкеке")],
    );
    room.shows(
        "harbour",
        vec![in_language(
            "zh",
            "zh-hans",
            "Alpha 上合组织峰会在比什凯克举行",
        )],
    );
    let mut told = item("trade", "Alpha ministers talk about trade");
    told.lead = "They met in Élista, <b>of all</b> places. Grain, cotton, wool and salt were sold."
        .to_owned();
    told.categories = vec!["World".to_owned()];
    let mut again = told.clone();
    again.key = item("again", "x").key;
    again.link = item("again", "x").link;
    again.canon = item("again", "x").canon;
    room.shows("steppe", vec![told]);
    room.shows("harbour", vec![again]);
    room.desk.build().unwrap();
    room
}

fn in_language(key: &str, language: &str, title: &str) -> Item {
    let mut item = item(key, title);
    item.language = Some(language.to_owned());
    item
}

#[test]
fn every_language_that_has_stories_has_a_view() {
    let data = TempDir::new().unwrap();
    let room = room(&data, "");
    assert_eq!(
        room.titles("/lang/ru/atom.xml"),
        ["Alpha: саммит в Бишкеке"]
    );
    assert_eq!(room.titles("/lang/zh/atom.xml").len(), 1);
    assert_eq!(room.titles("/lang/en/atom.xml").len(), 3);
    assert_eq!(room.titles("/atom.xml").len(), 5);
    assert!(room.edition().get("/lang/fa/atom.xml").is_none());
    for form in ["atom.xml", "rss.xml"] {
        let path = format!("/lang/ru/{form}");
        let feed = feed_rs::parser::parse(room.text(&path).as_bytes()).unwrap();
        assert_eq!(feed.title.unwrap().content, "SCO – Русский");
        assert_eq!(feed.language.as_deref(), Some("ru"));
        let whole = feed_rs::parser::parse(room.text(&format!("/{form}")).as_bytes()).unwrap();
        let ids: Vec<_> = whole.entries.iter().map(|entry| &entry.id).collect();
        assert!(
            ids.contains(&&feed.entries[0].id),
            "the same id in all views"
        );
        if form == "atom.xml" {
            assert_ne!(feed.id, whole.id, "another feed");
        }
    }
    let page = room.text("/lang/ru/");
    for part in [
        "<html lang=\"en\">",
        "<h1 class=\"p-name\" lang=\"ru\" dir=\"auto\">SCO – Русский</h1>",
        "href=\"https://sco.example/lang/ru/atom.xml\"",
        "<a href=\"../../lang/zh/\" lang=\"zh\" hreflang=\"zh\">中文</a>",
        "<a href=\"../../lang/ru/\" lang=\"ru\" hreflang=\"ru\" aria-current=\"page\">Русский</a>",
        "<a href=\"../../\">All</a>",
        "action=\"../../search\"",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert!(
        room.text("/")
            .contains("<a href=\"./\" aria-current=\"page\">All</a>")
    );
}

#[test]
fn a_configured_view_selects_what_is_shown() {
    let data = TempDir::new().unwrap();
    let room = room(
        &data,
        r#"
        [[view]]
        name = "east"
        title = "Auf Chinesisch & Russisch"
        languages = ["zh", "ru"]
        [[view]]
        name = "harbour"
        sources = ["harbour"]
        [[view]]
        name = "world"
        categories = ["world"]
        [[view]]
        name = "talks"
        words = ["elista", "峰会"]
        [[view]]
        name = "none"
        words = ["nothing"]
        languages = ["en"]
        "#,
    );
    assert_eq!(room.titles("/east/atom.xml").len(), 2);
    // What harbour told second is shown in the words of steppe.
    assert_eq!(room.titles("/harbour/rss.xml").len(), 2);
    assert_eq!(
        room.titles("/world/atom.xml"),
        ["Alpha ministers talk about trade"]
    );
    assert_eq!(room.titles("/talks/atom.xml").len(), 2);
    assert!(room.titles("/none/atom.xml").is_empty());
    let page = room.text("/east/");
    assert!(page.contains("<title>Auf Chinesisch &amp; Russisch</title>"));
    assert!(page.contains("<a href=\"../talks/\">talks</a>"));
    let feed: serde_json::Value = serde_json::from_str(&room.text("/world/feed.json")).unwrap();
    assert_eq!(feed["feed_url"], "https://sco.example/world/feed.json");
    assert_eq!(feed["items"].as_array().unwrap().len(), 1);
}

/// A view follows its definition, and a story follows its words.
#[test]
fn a_view_is_true_after_an_edit_a_restart_and_a_correction() {
    let data = TempDir::new().unwrap();
    let view = |word: &str| format!("\n[[view]]\nname = \"talks\"\nwords = [\"{word}\"]\n");
    let mut room = room(&data, &view("trade"));
    assert_eq!(room.titles("/talks/atom.xml").len(), 1);
    room.edit(room::config(&format!("{CONFIG}{}", view("meets"))));
    assert_eq!(room.titles("/talks/atom.xml").len(), 2);
    room.shows(
        "steppe",
        vec![in_language("ru", "ru", "Alpha meets in Bishkek")],
    );
    room.desk.build().unwrap();
    assert_eq!(room.titles("/talks/atom.xml").len(), 3);
    // Dropped, and back again.
    let without = CONFIG.replace("alpha", "omega");
    room.edit(room::config(&format!("{without}{}", view("meets"))));
    assert!(room.titles("/talks/atom.xml").is_empty());
    assert!(room.edition().get("/lang/ru/atom.xml").is_none());
    drop(room);
    let config = room::config(&format!("{CONFIG}{}", view("meets")));
    let room = Room::open(config, data.path(), at("2026-11-21T00:00:00Z"));
    assert_eq!(room.titles("/talks/atom.xml").len(), 3);
}

/// A sheet that shows nothing of what happened stays what it is.
#[test]
fn a_story_renews_only_the_sheets_that_show_it() {
    let data = TempDir::new().unwrap();
    let mut room = room(&data, "");
    let before = room.edition();
    room.pass(SignedDuration::from_hours(1));
    room.shows(
        "steppe",
        vec![in_language("ru-2", "ru", "Alpha: второй день")],
    );
    room.desk.build().unwrap();
    let after = room.edition();
    for (path, is_same) in [
        ("/opml.xml", true),
        ("/lang/en/atom.xml", true),
        ("/lang/en/", true),
        ("/lang/zh/feed.json", true),
        ("/lang/ru/atom.xml", false),
        ("/lang/ru/", false),
        ("/atom.xml", false),
        ("/", false),
    ] {
        let (one, other) = (before.get(path).unwrap(), after.get(path).unwrap());
        assert_eq!(Arc::ptr_eq(one, other), is_same, "{path}");
    }
    // A language that comes up is on every page, and in no feed but its own.
    room.pass(SignedDuration::from_hours(1));
    room.shows("steppe", vec![in_language("fa", "fa", "Alpha نشست")]);
    room.desk.build().unwrap();
    let last = room.edition();
    let same = |path| Arc::ptr_eq(after.get(path).unwrap(), last.get(path).unwrap());
    assert!(same("/lang/en/atom.xml") && same("/lang/en/rss.xml"));
    assert!(!same("/lang/en/"));
    let (one, other) = (
        after.get("/lang/en/").unwrap(),
        last.get("/lang/en/").unwrap(),
    );
    assert!(one.modified < other.modified);
    // After a restart the same page has the same time.
    drop(room);
    let room = Room::open(
        room::config(CONFIG),
        data.path(),
        at("2026-11-22T00:00:00Z"),
    );
    let page = room.edition();
    let page = page.get("/lang/en/").unwrap();
    assert_eq!((&page.tag, page.modified), (&other.tag, other.modified));
}

#[test]
fn mistakes_in_views_are_told_at_once() {
    let mistakes = config::read(
        &format!(
            "{CONFIG}{}",
            r#"
[[view]]
name = "lang"
words = ["x"]
[[view]]
name = "Talks"
words = ["x"]
[[view]]
name = "talks"
[[view]]
languages = ["ru"]
[[view]]
name = "ru"
languages = ["russian language"]
sources = ["stepe"]
colour = "red"
[[view]]
name = "twice"
words = ["x"]
[[view]]
name = "twice"
words = ["y"]
"#
        ),
        "feeds.toml",
    );
    let said = mistakes.unwrap_err().to_string();
    for part in [
        "\"lang\" cannot be a view's name",
        "\"Talks\" cannot be a view's name",
        "view \"talks\" selects nothing",
        "a view without `name`",
        "\"russian language\" is no language tag",
        "no source is called \"stepe\"",
        "did you mean \"steppe\"?",
        "unknown key `colour` in [[view]]",
        "a second view is called \"twice\"",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
}

/// Somebody typed the address without its end.
#[tokio::test]
async fn a_view_without_its_slash_leads_to_the_view() {
    let data = TempDir::new().unwrap();
    let room = room(&data, "");
    let served = room.serve().await;
    for (path, location) in [("/lang/ru", "ru/"), ("/lang/ru?x=evil", "ru/")] {
        let got = served.get(path).await;
        assert_eq!(got.status, 308, "{path}");
        assert!(
            got.head.contains(&format!("location: {location}\r\n")),
            "{}",
            got.head
        );
        assert!(!got.head.contains("evil"));
    }
    for path in ["/lang", "/lang/", "/lang/fa", "/lang/ru/x"] {
        assert_eq!(served.get(path).await.status, 404, "{path}");
    }
}

// Story pages.

/// The id of the only story with these words, as its page is addressed.
fn story(room: &Room, words: &str) -> String {
    let text = room.text("/atom.xml");
    let feed = feed_rs::parser::parse(text.as_bytes()).unwrap();
    let mut told = feed.entries.iter();
    let told = told.find(|entry| entry.title.as_ref().unwrap().content.contains(words));
    told.unwrap().id.replace("urn:uuid:", "")
}

#[tokio::test]
async fn a_story_page_tells_who_told_it_and_how_it_came_together() {
    let data = TempDir::new().unwrap();
    let mut room = room(&data, "");
    let id = story(&room, "trade");
    assert!(room.text("/").contains(&format!("href=\"story/{id}\"")));
    assert!(
        room.text("/lang/en/")
            .contains(&format!("href=\"../../story/{id}\""))
    );
    let served = room.serve().await;
    let got = served.get(&format!("/story/{id}")).await;
    assert_eq!(got.status, 200);
    for part in [
        "<title>Alpha ministers talk about trade – SCO</title>",
        "They met in Élista, &lt;b&gt;of all&lt;/b&gt; places.",
        "The first that we saw.",
        "The same story: the same headline and lead within 48 hours; nearest: trade of steppe.",
        "https://news.example/again",
        "About our topic by “<bdi>Alpha</bdi>” in the headline.",
        &format!("<code>urn:uuid:{id}</code>"),
        "<meta name=\"robots\" content=\"noindex\">",
    ] {
        assert!(got.text.contains(part), "{part}\n{}", got.text);
    }
    assert_eq!(got.text.matches("<h1").count(), 1);
    for part in [
        "content-type: text/html; charset=utf-8",
        "form-action 'self'",
        "referrer-policy: no-referrer",
        "last-modified: fri, 20 nov 2026 10:00:00 gmt",
        "etag: \"",
    ] {
        assert!(got.head.contains(part), "{part}\n{}", got.head);
    }
    let unknown = id.replace(|c: char| c.is_ascii_digit(), "0");
    for path in [
        format!("/story/{unknown}"),
        format!("/story/{id}x"),
        "/story/".to_owned(),
    ] {
        assert_eq!(served.get(&path).await.status, 404, "{path}");
    }

    // A correction is on the page at once; a story that is no more is gone.
    // A story says that it was updated once an hour.
    room.pass(SignedDuration::from_hours(2));
    room.shows(
        "steppe",
        vec![{
            let mut told = item("trade", "Alpha ministers talk about cotton");
            told.lead = "They met.".to_owned();
            told
        }],
    );
    let got = served.get(&format!("/story/{id}")).await;
    assert!(
        got.text
            .contains("<title>Alpha ministers talk about cotton – SCO</title>")
    );
    assert!(got.text.contains("<dt>Reworded</dt>"));
    // With what it said before, and since when.
    let (_, before) = got.text.split_once("What it said before").unwrap();
    for part in [
        "<p class=\"why\">since <time datetime=\"2026-11-20T10:00:00",
        ">Alpha ministers talk about trade</span>",
        "They met in Élista, &lt;b&gt;of all&lt;/b&gt; places.",
    ] {
        assert!(before.contains(part), "{part}\n{}", got.text);
    }
    room.edit(room::config(&CONFIG.replace("alpha", "omega")));
    assert_eq!(served.get(&format!("/story/{id}")).await.status, 404);
}

// Search.

#[tokio::test]
async fn a_search_finds_words_in_any_script_and_marks_them() {
    let data = TempDir::new().unwrap();
    let mut room = room(&data, "");
    let served = room.serve().await;
    for (query, found, marked) in [
        ("trade", 1, "<mark>trade</mark>"),
        ("TRAD", 1, "<mark>trade</mark>"),
        ("elista", 1, "<mark>Élista</mark>"),
        (
            "%D1%81%D0%B0%D0%BC%D0%BC%D0%B8%D1%82",
            1,
            "<mark>саммит</mark>",
        ), // саммит
        ("%E5%B3%B0%E4%BC%9A", 1, "<mark>峰会</mark>"), // 峰会
        ("%E5%B3%B0%E5%90%88", 0, ""),                  // 峰合
        (
            "trade+alpha",
            1,
            "<mark>Alpha</mark> ministers talk about <mark>trade</mark>",
        ),
        ("trade+%E5%B3%B0%E4%BC%9A", 0, ""),
        ("%22about+trade%22", 1, "<mark>about trade</mark>"),
        ("%22trade+about%22", 0, ""),
        ("alpha", 5, "<mark>Alpha</mark>"),
        ("b", 1, "&lt;<mark>b</mark>&gt;"),
        ("%22%3Cscript%3E", 0, "value=\"&quot;&lt;script&gt;\""),
        ("", 0, "<h1>Search</h1>"),
        ("%2A%29+OR+%28", 0, ""),
    ] {
        let got = served.get(&format!("/search?q={query}")).await;
        assert_eq!(got.status, 200, "{query}");
        assert_eq!(got.text.matches("<article").count(), found, "{query}");
        assert!(got.text.contains(marked), "{query}: {}", got.text);
        assert!(!got.text.contains("<script"));
        assert!(got.head.contains("cache-control: public, max-age=60"));
        assert!(!got.head.contains("last-modified"));
    }
    // Two members of one story are one answer, newest story first.
    let got = served.get("/search?q=alpha").await;
    let first = got.text.find("talk about").unwrap();
    assert!(first < got.text.find("Бишкеке").unwrap());
    assert_eq!(served.get("/search").await.status, 200);

    // What is reworded, lost or gained is found as it is.
    room.shows("steppe", vec![in_language("ru", "ru", "Alpha: отмена")]);
    let got = served
        .get("/search?q=%D1%81%D0%B0%D0%BC%D0%BC%D0%B8%D1%82")
        .await;
    assert_eq!(got.text.matches("<article").count(), 0);
    room.edit(room::config(&CONFIG.replace("alpha", "omega")));
    let got = served.get("/search?q=trade").await;
    assert_eq!(got.text.matches("<article").count(), 0);
    room.edit(room::config(CONFIG));
    let got = served.get("/search?q=trade").await;
    assert_eq!(got.text.matches("<article").count(), 1);
}

#[tokio::test]
async fn a_search_shows_the_newest_of_many() {
    let data = TempDir::new().unwrap();
    let mut room = room(&data, "");
    let told = |n: usize| item(&format!("many-{n:03}"), &format!("Alpha counts number {n}"));
    room.shows("steppe", (0..120).map(told).collect());
    let served = room.serve().await;
    let got = served.get("/search?q=counts").await;
    assert_eq!(got.text.matches("<article").count(), 50);
    assert!(got.text.contains("<h1>The last 50 stories</h1>"));
    assert!(got.text.contains("number 119") && got.text.contains("number 70"));
}

/// X: whatever the database does, what is in memory is served.
#[tokio::test]
async fn without_a_database_only_what_needs_it_is_refused() {
    let data = TempDir::new().unwrap();
    let room = room(&data, "");
    let id = story(&room, "trade");
    let served = room.serve().await;
    std::fs::remove_file(data.path().join("scofeed.db")).unwrap();
    for path in [
        format!("/story/{id}"),
        "/search?q=x".to_owned(),
        "/archive/2026-01.xml".to_owned(),
    ] {
        let got = served.get(&path).await;
        assert_eq!(got.status, 503, "{path}");
        assert!(got.head.contains("retry-after: 10"));
        assert!(got.head.contains("cache-control: no-store"));
    }
    assert_eq!(served.get("/atom.xml").await.status, 200);
    assert_eq!(served.get("/").await.status, 200);
}

// Files.

/// All files below a directory, by their paths in it, with their times.
fn files(directory: &Path) -> BTreeMap<String, SystemTime> {
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(directory.join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else {
                let time = entry.metadata().unwrap().modified().unwrap();
                found.insert(path.to_str().unwrap().to_owned(), time);
            }
        }
    }
    found
}

/// The links of a document of ours that lead to us, as addresses.
fn links(address: &url::Url, text: &str) -> Vec<url::Url> {
    let mut links = Vec::new();
    for start in ["href=\"", "<link>", "_url\": \"", "action=\""] {
        for link in text.split(start).skip(1) {
            let link = link.split(['"', '<']).next().unwrap();
            let link = address.join(&link.replace("&amp;", "&")).unwrap();
            links.extend((link.host_str() == Some("sco.example")).then_some(link));
        }
    }
    links
}

/// A web server that knows only files finds whatever we link to.
#[track_caller]
fn check_links(directory: &Path) {
    let names = files(directory);
    for name in names.keys() {
        let ending = Path::new(name).extension().unwrap();
        if ending == "gz" || ending == "br" {
            let plain = name.rsplit_once('.').unwrap().0;
            assert!(names.contains_key(plain), "{name}");
            continue;
        }
        let text = std::fs::read_to_string(directory.join(name)).unwrap();
        let address = url::Url::parse("https://sco.example/").unwrap();
        let address = address.join(name).unwrap();
        for link in links(&address, &text) {
            let mut file = link.path().trim_start_matches('/').to_owned();
            if file.is_empty() || file.ends_with('/') {
                file += "index.html";
            }
            assert!(names.contains_key(&file), "{name} ► {link}");
        }
    }
}

/// A room with a history whose edition is also written as files.
fn filed(data: &TempDir, out: &Path) -> Room {
    let publish = format!("\n[publish]\ndirectory = {out:?}\n");
    let mut room = room(data, &publish);
    for day in 0..50 {
        room.pass(SignedDuration::from_hours(24));
        let told = |n| {
            item(
                &format!("{day}-{n}"),
                &format!("Alpha tells {n} on day {day}"),
            )
        };
        room.shows("steppe", (0..10).map(told).collect());
    }
    room.desk.build().unwrap();
    room
}

#[test]
fn the_files_are_an_edition_without_a_search() {
    let (data, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut room = filed(&data, out.path());
    assert!(room.desk.file().unwrap() > 300);
    check_links(out.path());
    let names = files(out.path());
    for name in [
        "index.html",
        "index.html.br",
        "lang/ru/index.html",
        "lang/zh/feed.json.gz",
        "opml.xml",
        "archive/2026-11.xml",
        "archive/2026-11.xml.gz",
        "lang/en/archive/2026-12-20.xml",
        &format!("story/{}.html", story(&room, "day 49")),
    ] {
        assert!(names.contains_key(name), "{name}: {:?}", names.keys());
    }
    assert!(!names.contains_key("search"));
    let page = std::fs::read_to_string(out.path().join("index.html")).unwrap();
    assert!(!page.contains("<form") && page.contains(".html\" aria-label"));
    assert!(room.text("/").contains("<form"));
}

#[test]
fn a_file_is_touched_only_when_what_it_says_changes() {
    let (data, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut room = filed(&data, out.path());
    room.desk.file().unwrap();
    let before = files(out.path());
    assert_eq!(room.desk.file().unwrap(), 0);
    // Another process finds everything as it should be.
    drop(room);
    let publish = format!("{CONFIG}\n[publish]\ndirectory = {:?}\n", out.path());
    let mut room = Room::open(
        room::config(&publish),
        data.path(),
        at("2027-01-09T12:00:00Z"),
    );
    assert_eq!(room.desk.file().unwrap(), 0);
    assert_eq!(files(out.path()), before);

    // A story that is told again: its page, and the sheets that show it.
    let told = item("49-0", "Alpha corrects what it told");
    room.shows("steppe", vec![told]);
    room.desk.build().unwrap();
    room.desk.file().unwrap();
    let after = files(out.path());
    let changed = |name: &String| after.get(name) != before.get(name);
    let changed: Vec<_> = after.keys().filter(|name| changed(name)).collect();
    let plain = changed
        .iter()
        .filter(|name| !name.ends_with("gz") && !name.ends_with("br"));
    let id = story(&room, "corrects");
    let mut expected = vec![format!("story/{id}.html")];
    for view in ["", "lang/en/"] {
        for name in ["atom.xml", "feed.json", "index.html", "rss.xml"] {
            expected.push(format!("{view}{name}"));
        }
    }
    expected.sort();
    assert_eq!(
        plain.map(|name| name.as_str()).collect::<Vec<_>>(),
        expected
    );
    check_links(out.path());
}

#[test]
fn a_view_that_is_no_more_leaves_no_files() {
    let (data, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let publish = format!("\n[publish]\ndirectory = {:?}\n", out.path());
    let view = "\n[[view]]\nname = \"talks\"\nwords = [\"meets\"]\n";
    let mut room = room(&data, &format!("{publish}{view}"));
    room.desk.file().unwrap();
    check_links(out.path());
    assert!(out.path().join("talks/atom.xml").is_file());
    let without = room::config(&format!("{CONFIG}{publish}"));
    let left = || {
        files(out.path())
            .into_keys()
            .any(|name| name.starts_with("talks"))
    };
    room.edit(Arc::clone(&without));
    room.desk.file().unwrap();
    check_links(out.path());
    assert!(!left());

    // Or one that went while the service was stopped.
    room.edit(room::config(&format!("{CONFIG}{publish}{view}")));
    room.desk.file().unwrap();
    assert!(left());
    let now = room.now;
    drop(room);
    let mut room = Room::open(without, data.path(), now);
    // What is not ours stays.
    std::fs::write(out.path().join("talks/mine.txt"), "mine").unwrap();
    room.desk.file().unwrap();
    let names: Vec<_> = files(out.path()).into_keys().collect();
    let left: Vec<_> = names
        .iter()
        .filter(|name| name.starts_with("talks"))
        .collect();
    assert_eq!(left, ["talks/mine.txt"]);
}

/// A story that has left every window is corrected where it stands.
#[test]
fn an_old_story_is_corrected_on_its_page() {
    let (data, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut room = filed(&data, out.path());
    room.desk.file().unwrap();
    let key = ItemKey::new("2-3");
    let id = StoryId::of(&SourceKey::new("steppe").unwrap(), &key).to_string();
    let page = out.path().join(format!("story/{id}.html"));
    assert!(!room.text("/").contains(&id), "it is old");
    std::fs::create_dir_all(page.parent().unwrap()).unwrap();
    std::fs::write(&page, "as it was filed long ago").unwrap();
    room.pass(SignedDuration::from_hours(24));
    room.shows(
        "steppe",
        vec![item("2-3", "Alpha corrects what it told long ago")],
    );
    room.desk.build().unwrap();
    // Another process finds out, too.
    let now = room.now;
    let config = Arc::clone(room.desk.config());
    drop(room);
    let mut room = Room::open(config, data.path(), now);
    room.desk.file().unwrap();
    let text = std::fs::read_to_string(&page).unwrap();
    assert!(
        text.contains("Alpha corrects what it told long ago"),
        "{text}"
    );
    check_links(out.path());
}

/// Stopped anywhere, what is visible leads to nothing that is not: the first
/// edition apart, in which pages name each other.
#[test]
fn a_new_language_comes_up_before_it_is_linked_to() {
    let (data, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let publish = format!("\n[publish]\ndirectory = {:?}\n", out.path());
    let mut room = room(&data, &publish);
    room.desk.file().unwrap();
    room.pass(SignedDuration::from_hours(1));
    room.shows("steppe", vec![in_language("fa", "fa", "Alpha نشست")]);
    room.desk.build().unwrap();
    // A directory in the place of a page stops the writing there.
    let blocked = out.path().join("lang/ru/index.html.gz");
    std::fs::remove_file(&blocked).unwrap();
    std::fs::create_dir(&blocked).unwrap();
    room.desk.file().unwrap_err();
    assert!(out.path().join("lang/fa/index.html").is_file());
    std::fs::remove_dir(&blocked).unwrap();
    check_links(out.path());
    assert!(room.desk.file().unwrap() > 0);
    check_links(out.path());
}
