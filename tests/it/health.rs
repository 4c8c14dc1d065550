//! How the service tells how it is: states in words, incidents that open and
//! close once, and one report that the page, the JSON, the feed of incidents
//! and `status` print.

#![cfg(test)]

use std::time::Duration;

use scofeed::health::Turn;
use scofeed::model::SourceState;

use crate::site::{Answer, Site, item, rss};

fn news() -> String {
    rss([item("1", "SCO summit opens in Bishkek")])
}

/// What turned, as `opened steppe no-success`.
fn said(turns: &[Turn]) -> Vec<String> {
    let said = |turn: &Turn| {
        let incident = turn.incident();
        let scope = incident.scope.as_ref().map_or("-", |scope| scope.as_str());
        format!("{} {scope} {}", turn.as_str(), incident.kind.as_str())
    };
    turns.iter().map(said).collect()
}

const NOTHING: [&str; 0] = [];

#[tokio::test]
async fn an_incident_opens_once_and_closes_once_over_restarts() {
    let mut site = Site::new().feed("steppe", news());
    site.poll().await;
    assert_eq!(said(&site.review()), NOTHING);
    site.says("steppe", Answer::status(503));
    site.poll().await;
    assert_eq!(said(&site.review()), NOTHING);
    site.poll().await;
    assert_eq!(said(&site.review()), ["opened steppe no-success"]);
    assert_eq!(said(&site.review()), NOTHING);
    site.restart();
    assert_eq!(said(&site.review()), NOTHING);
    site.poll().await;
    assert_eq!(said(&site.review()), NOTHING);

    site.says("steppe", news());
    site.poll().await;
    assert_eq!(said(&site.review()), NOTHING);
    site.restart();
    site.poll().await;
    assert_eq!(said(&site.review()), ["closed steppe no-success"]);
    let rows = site.rows("SELECT scope, kind, closed IS NULL FROM incident");
    assert_eq!(
        rows,
        [r#"[Text("steppe"), Text("no-success"), Integer(0)]"#]
    );
}

/// What the service hands out is what `status` reads afresh.
#[track_caller]
fn tells_the_same(site: &mut Site) {
    site.review();
    let told = std::sync::Arc::clone(&site.reports().borrow());
    let read = site.report();
    assert_eq!(told.sources, read.sources);
    assert_eq!((told.stories, told.newest), (read.stories, read.newest));
    assert_eq!(told.ledger.items, read.ledger.items);
    assert_eq!(told.ledger.polls, read.ledger.polls);
    assert_eq!(told.advice, read.advice);
}

#[tokio::test]
async fn the_report_that_is_kept_tells_what_is_stored() {
    let other = rss([item("2", "Harbour opens"), item("3", "SCO bank is founded")]);
    let mut site = Site::new().feed("steppe", news()).feed("harbour", &*other);
    tells_the_same(&mut site);
    site.poll().await;
    tells_the_same(&mut site);
    site.says("steppe", Answer::status(503));
    site.poll().await;
    tells_the_same(&mut site);
    // Time alone makes a source late.
    site.wait(Duration::from_hours(9));
    tells_the_same(&mut site);
    assert_eq!(site.status("harbour").state, SourceState::Late);
    let errands = site.claim();
    tells_the_same(&mut site);
    let answers = site.bring(errands).await;
    site.settle(answers);
    tells_the_same(&mut site);
    let edited = format!("{}\n[topic]\nstrong = [\"Harbour\"]\n", site.config());
    site.reload(&edited).unwrap();
    tells_the_same(&mut site);
    site.once().await;
    tells_the_same(&mut site);
    assert_eq!(site.status("harbour").kept, 1);
    site.restart();
    tells_the_same(&mut site);
}

/// The statuses that page, JSON and feed of incidents tell, side by side.
struct Told {
    page: String,
    json: serde_json::Value,
    feed: feed_rs::model::Feed,
}

async fn told(site: &mut Site) -> Told {
    let served = site.open_house().await;
    let (page, json, feed) = (
        served.get("/status").await,
        served.get("/status.json").await,
        served.get("/status.atom").await,
    );
    for got in [&page, &json, &feed] {
        assert_eq!(got.status, 200);
        assert!(got.head.contains("cache-control: no-cache"), "{}", got.head);
    }
    assert!(
        page.head
            .contains("content-security-policy: default-src 'none'")
    );
    assert!(page.head.contains("content-type: text/html"));
    assert!(json.head.contains("content-type: application/json"));
    assert!(feed.head.contains("content-type: application/atom+xml"));
    Told {
        page: page.text,
        json: serde_json::from_str(&json.text).unwrap(),
        feed: feed_rs::parser::parse(feed.text.as_bytes()).unwrap(),
    }
}

#[tokio::test]
async fn all_outputs_tell_the_same() {
    let mut site = Site::new()
        .feed("steppe", news())
        .feed("delta", Answer::of("text/html", "<title>Moved</title>"));
    site.poll().await;
    site.poll().await;
    site.poll().await;
    assert_eq!(said(&site.review()), ["opened delta no-success"]);
    let open = told(&mut site).await;
    assert_eq!(open.json["headline"], "1 of 2 sources is in trouble");
    let delta = &open.json["sources"][0];
    assert_eq!(delta["source"], "delta");
    assert_eq!(delta["state"], "not-a-feed");
    assert!(delta["todo"].as_str().unwrap().contains("home page"));
    assert_eq!(open.json["sources"][1]["state"], "fine");
    assert_eq!(open.json["incidents"][0]["kind"], "no-success");
    for words in [
        "1 of 2 sources is in trouble",
        "not a feed",
        "<bdi>delta</bdi>: no good poll for three intervals</strong>, noticed <time",
        "To do: <code>scofeed try</code> its home page",
        "href=\"status.atom\"",
    ] {
        assert!(open.page.contains(words), "{words}: {}", open.page);
    }
    let [entry] = &open.feed.entries[..] else {
        panic!("{:?}", open.feed)
    };
    let title = |entry: &feed_rs::model::Entry| entry.title.clone().unwrap().content;
    assert_eq!(
        title(entry),
        "Open: delta: no good poll for three intervals"
    );

    site.says("delta", news());
    site.poll().await;
    site.poll().await;
    assert_eq!(said(&site.review()), ["closed delta no-success"]);
    let closed = told(&mut site).await;
    assert_eq!(closed.json["headline"], "both sources are well");
    assert!(closed.page.contains("Incidents that are over"));
    let [over] = &closed.feed.entries[..] else {
        panic!("{:?}", closed.feed)
    };
    assert_eq!(title(over), "Over: delta: no good poll for three intervals");
    assert_eq!((&over.id, over.published), (&entry.id, entry.published));
    assert!(over.updated > entry.updated);
    assert!(closed.feed.updated > open.feed.updated);
    // Never mixed with the news.
    assert!(!site.titles().iter().any(|title| title.contains("poll")));
    assert_ne!(site.atom().id, closed.feed.id);
}

#[tokio::test]
async fn a_private_address_is_told_to_nobody() {
    let mut site = Site::new().feed("inner", Answer::status(503));
    site.poll().await;
    site.poll().await;
    site.review();
    assert!(site.wrong("inner").contains("127.0.0.1"));
    let told = told(&mut site).await;
    for text in [&told.page, &told.json.to_string()] {
        assert!(!text.contains("127.0.0.1"), "{text}");
        assert!(text.contains("ts address is private"), "{text}");
    }
}

#[tokio::test]
async fn probes_say_yes_or_no() {
    let mut site = Site::new().feed("steppe", news());
    site.poll().await;
    site.review();
    let served = site.open_house().await;
    for path in ["/healthz", "/readyz"] {
        let got = served.get(path).await;
        assert_eq!((got.status, got.text.as_str()), (200, "ok\n"), "{path}");
        assert!(got.head.contains("cache-control: no-store"), "{}", got.head);
    }
    drop(served);
    // A loop that hangs makes no reports.
    site.wait(Duration::from_secs(31));
    let served = site.open_house().await;
    assert_eq!(served.get("/healthz").await.status, 503);
    assert_eq!(served.get("/readyz").await.status, 200);
    drop(served);
    site.review();
    let served = site.open_house().await;
    assert_eq!(served.get("/healthz").await.status, 200);
}

/// What an outside hand does to the database, so that nothing can be stored.
const FULL: &str = "CREATE TRIGGER full BEFORE INSERT ON poll
                    BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END;
                    CREATE TRIGGER full_too BEFORE INSERT ON incident
                    BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END;";

#[tokio::test]
async fn while_nothing_can_be_stored_incidents_are_held_in_memory() {
    let mut site = Site::new().feed("steppe", news());
    site.poll().await;
    site.sql(FULL);
    site.poll().await;
    assert_eq!(said(&site.review()), ["opened - database"]);
    assert!(site.rows("SELECT * FROM incident").is_empty());
    let ill = told(&mut site).await;
    assert_eq!(
        ill.json["incidents"][0]["said"],
        "database: database or disk is full"
    );
    assert!(ill.page.contains("the database is in trouble"));
    let served = site.open_house().await;
    assert_eq!(served.get("/healthz").await.status, 503);
    assert_eq!(served.get("/readyz").await.status, 200);
    drop(served);
    // As long as it lasts it is met each time that somebody tries.
    site.wait(Duration::from_hours(1));
    assert_eq!(said(&site.review()), NOTHING);

    site.sql("DROP TRIGGER full; DROP TRIGGER full_too;");
    site.wait(Duration::from_mins(1));
    assert_eq!(said(&site.review()), NOTHING);
    assert_eq!(
        site.rows("SELECT kind FROM incident"),
        ["[Text(\"database\")]"]
    );
    site.wait(Duration::from_mins(2));
    assert_eq!(said(&site.review()), ["closed - database"]);
    site.poll().await;
    assert_eq!(site.status("steppe").state, SourceState::Fine);
}

#[tokio::test]
async fn a_configuration_that_does_not_load_is_an_incident() {
    let mut site = Site::new().feed("steppe", news());
    site.poll().await;
    let good = site.config().to_owned();
    let bad = format!("{good}\nspeling = true\n");
    let brief = site.reload(&bad).unwrap_err().brief();
    site.refuse(&brief);
    assert_eq!(said(&site.review()), ["opened - config"]);
    assert_eq!(said(&site.review()), NOTHING);
    let told = told(&mut site).await;
    let line = bad.lines().count();
    let expected = format!("line {line}: unknown key `speling` in [[source]]");
    assert_eq!(told.json["service"]["config"]["said"], expected.as_str());
    assert!(told.page.contains("the configuration does not load"));
    // What runs is the last good one.
    assert_eq!(site.status("steppe").state, SourceState::Fine);
    site.reload(&good).unwrap();
    assert_eq!(said(&site.review()), ["closed - config"]);
}

/// D-02: who asks whether it is alive is not told of an old report, though
/// nothing happens.
#[tokio::test(start_paused = true)]
async fn a_service_that_has_nothing_to_do_says_that_it_lives() {
    let mut site = Site::new();
    let mut reports = site.reports();
    site.serve(async |_| {
        for _ in 0..20 {
            let next = tokio::time::timeout(Duration::from_secs(30), reports.changed());
            next.await.expect("half a minute without a report").unwrap();
        }
    })
    .await;
}
