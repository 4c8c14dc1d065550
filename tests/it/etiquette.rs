//! What a publisher's operator sees in his access log: the rows of the
//! etiquette, each against the program's own loop in virtual time.
//!
//! | row | test, here if no module is named |
//! |---|---|
//! | F-01, F-02 | `validators_come_back_byte_for_byte` |
//! | F-03, F-04 | `each_validator_is_the_last_one_that_was_given`, `validators_go_only_to_…` |
//! | F-05 | `one_unconditional_request_per_address`, `worlds` |
//! | F-06, F-07 | `bad_bodies_leave_no_validators`, `worlds`, `tests/clients/faults.py` |
//! | F-08 | `the_same_bytes_are_unchanged` |
//! | F-09 | `a_304_for_ever_is_doubted_every_eight_days`, `schedule::tests` |
//! | F-10 | `nobody_is_asked_sooner_…`, `an_address_keeps_its_promise_…`, `worlds`, `schedule::tests` |
//! | F-11 | `schedule::tests` |
//! | F-12 | `due`, `schedule::tests` |
//! | F-13 | `no_cache_changes_nothing` |
//! | F-14 | `parse`, `schedule::tests` |
//! | F-15, F-16 | `retry_after_is_waited_out`, `a_bridge_that_is_down_is_left_alone`, `fetch::head` |
//! | F-17, F-18 | `trouble_is_waited_out`, `fetch::tests` |
//! | F-19, F-20 | `a_captive_portal_does_no_harm`, `a_lasting_move_is_learnt_slowly` |
//! | F-21 | `fetch::tests` |
//! | F-22 | `cli`: `a_secret_is_told_to_its_source_and_shown_nowhere` |
//! | F-23 | `what_is_gone_is_left_alone` |
//! | F-24 | `who_refuses_for_long_is_asked_weekly` |
//! | F-25 to F-28 | `every_request_has_the_same_head`, `worlds` |
//! | F-29 | `a_host_is_asked_one_thing_at_a_time`, `a_host_keeps_its_gap_…` |
//! | F-30 | `after_an_outage_nobody_is_overrun`, `a_single_round_asks_…`, `schedule::tests` |
//! | F-31 | `who_gives_no_validator_is_asked_less` |
//! | rhythm | `a_source_has_its_rhythm`, `schedule::rhythm` |
//! | F-32 | `wall` |
//! | F-33 | `a_page_is_read_as_its_robots_txt_allows`, `a_target_is_asked_for_its_robots_txt_…` |
//! | F-36 | `a_restart_moves_no_request`, `schedule::tests` |
//! | H-12 | `aggregators_that_read_each_other_echo_nothing` |
//! | H-71 | `validators_come_back_byte_for_byte`, `fetch::tests` |
//! | H-72, H-73 | `fetch::head`, `schedule::tests` |
//! | H-74 | `every_request_has_the_same_head` |
//! | H-75 | `validators_come_back_byte_for_byte`, `retry_after_is_waited_out` |
//! | X-03, X-04, X-05 | `worlds`, `laws`, `tests/clients/kills.py` |
//! | X-07, X-11, X-15, X-16, X-26, X-30 | `tests/clients/troubles.py` |
//! | X-08, X-09 | `tests/clients/faults.py`, `tests/clients/troubles.py` |
//! | X-10 | `a_clock_that_is_set_…`, `worlds` |
//! | X-17 | `after_an_outage_nobody_is_overrun`, `tests/clients/offline.py` |
//! | X-25 | `a_panic_stays_with_its_source`, `a_panic_on_any_way_out_…`, `tests/clients/faults.py` |

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use scofeed::fetch::{Answering, Exit, Outgoing};
use scofeed::model::{Failure, Incident, IncidentKind, Report, SourceState};

use crate::score::{Origin, Reply, Request, Service, rss};

const MIN: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

const FEED: &str = "https://a.example/feed";

const SITE: &str = "[feed]\ncontact = \"mailto:editor@example.org\"\n";

/// Sources by name and address, an hour apart, with more keys for each.
fn config(sources: &[(&str, &str, &str)]) -> String {
    let tables = sources.iter().map(|(name, url, keys)| {
        format!("[[source]]\nname = \"{name}\"\nmatch = \"all\"\nfeed = \"{url}\"\n{keys}\n")
    });
    SITE.to_owned() + &tables.collect::<Vec<_>>().concat()
}

/// The same without more keys.
fn plain(sources: &[(String, String)]) -> String {
    let sources: Vec<_> = sources
        .iter()
        .map(|(name, url)| (name.as_str(), url.as_str(), ""))
        .collect();
    config(&sources)
}

fn one() -> String {
    config(&[("a", FEED, "")])
}

/// A document of one item, which says what `n` it is.
fn document(n: u32) -> String {
    let (guid, title) = (
        format!("g{n}"),
        format!("Ministers of bloc number {n} meet again"),
    );
    rss([(guid.as_str(), title.as_str(), Service::start(0))])
}

/// A feed of `n` items, newest first, one of them an hour.
fn hourly(n: i64) -> String {
    let items: Vec<(String, String, i64)> = (1..=n)
        .rev()
        .map(|i| {
            (
                format!("g{i}"),
                format!("Delegates of session {i} sign a paper"),
                i * 3600,
            )
        })
        .collect();
    rss(items
        .iter()
        .map(|(guid, title, at)| (guid.as_str(), title.as_str(), Service::start(*at))))
}

/// A polite server: one body and validators until the body changes.
fn polite(body: impl Fn(&Request) -> String + Send + 'static) -> impl FnMut(&Request) -> Reply {
    move |request| {
        let body = body(request);
        let tag = format!("\"{}\"", blake3::hash(body.as_bytes()).to_hex());
        let reply = match request.field("if-none-match") {
            Some(known) if known == tag.as_bytes() => Reply::new(304),
            _ => Reply::ok(body),
        };
        reply.with("etag", tag)
    }
}

fn gaps(log: &[Request]) -> Vec<Duration> {
    log.windows(2)
        .map(|pair| pair[1].at.saturating_sub(pair[0].at))
        .collect()
}

fn sent<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request
        .field(name)
        .map(|value| std::str::from_utf8(value).unwrap())
}

// F-01, F-02: whatever the bytes are, they come back as they were.
#[tokio::test(start_paused = true)]
async fn validators_come_back_byte_for_byte() {
    let long = "x".repeat(1024);
    let tags: Vec<Vec<u8>> = [
        "\"x\"",
        "W/\"x\"",
        "x",
        "\"a b\"",
        "\"\"",
        "W/x",
        "'x'",
        "\"x\"-gzip",
        "\"a,b\"",
        &long,
        "\"é\"",
    ]
    .iter()
    .map(|tag| tag.as_bytes().to_vec())
    .chain([vec![b'"', 0xff, 0x80, b'"']])
    .collect();
    let dates = [
        "Tue, 24 Nov 2026 00:00:00 GMT",
        "Tue, 24 Nov 2026 08:00:00 +0800",
        "2026-11-24T00:00:00Z",
        "yesterday",
        "Fri, 31 Dec 2099 23:59:59 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "0",
    ];
    let origin = Origin::new();
    let mut sources = Vec::new();
    for (n, tag) in tags.iter().enumerate() {
        let url = format!("https://tag{n}.example/feed");
        origin.script(&url, vec![Reply::ok(document(1)).with("etag", tag)]);
        sources.push((format!("tag-{n}"), url));
    }
    for (n, date) in dates.iter().enumerate() {
        let url = format!("https://date{n}.example/feed");
        origin.script(
            &url,
            vec![Reply::ok(document(1)).with("last-modified", date)],
        );
        sources.push((format!("date-{n}"), url));
    }
    Service::new(&origin, &plain(&sources)).run(2 * HOUR).await;
    let expected = tags.iter().map(|tag| ("if-none-match", tag.clone()));
    let dates = dates
        .iter()
        .map(|date| ("if-modified-since", date.as_bytes().to_vec()));
    for ((_, url), (name, value)) in sources.iter().zip(expected.chain(dates)) {
        let log = origin.log_of(url);
        assert!(!log[0].is_conditional());
        assert_eq!(log[1].field(name), Some(&value[..]), "{url}");
        assert_eq!(
            log[1]
                .fields
                .keys()
                .filter(|k| k.as_str().starts_with("if-"))
                .count(),
            1
        );
    }
}

// F-03, F-04: each kept on its own, renewed by a 304, stated anew by a 200.
#[tokio::test(start_paused = true)]
async fn each_validator_is_the_last_one_that_was_given() {
    let ok = |n| Reply::ok(document(n));
    let replies = vec![
        ok(1).with("etag", "e1").with("last-modified", "m1"),
        Reply::new(304).with("etag", "e2"),
        Reply::new(304).with("last-modified", "m2"),
        Reply::new(304),
        ok(2).with("etag", "e3").with("last-modified", "m2"),
        ok(3).with("etag", "e3").with("last-modified", "m3"),
        ok(4).with("last-modified", "m4"),
        ok(5).with("etag", "e5"),
        ok(5).with("etag", "e6"),
        ok(6),
        ok(7).with("etag", "e7").with("etag", "e8"),
        ok(8).with("etag", "x".repeat(1025)),
        ok(9),
    ];
    let expected = [
        (None, None),
        (Some("e1"), Some("m1")),
        (Some("e2"), Some("m1")),
        (Some("e2"), Some("m2")),
        (Some("e2"), Some("m2")),
        (Some("e3"), Some("m2")),
        (Some("e3"), Some("m3")),
        (None, Some("m4")),
        (Some("e5"), None),
        (Some("e6"), None),
        (None, None),
        (None, None),
        (None, None),
    ];
    let origin = Origin::new();
    origin.script(FEED, replies);
    Service::new(&origin, &one()).run(15 * HOUR).await;
    let log = origin.log_of(FEED);
    for (n, (request, (tag, date))) in log.iter().zip(expected).enumerate() {
        assert_eq!(sent(request, "if-none-match"), tag, "request {n}");
        assert_eq!(sent(request, "if-modified-since"), date, "request {n}");
    }
    assert!(log.len() >= expected.len());
}

// The pair is of one address: another one never sees it.
#[tokio::test(start_paused = true)]
async fn validators_go_only_to_the_address_that_gave_them() {
    let origin = Origin::new();
    origin.script(
        FEED,
        vec![
            Reply::to(302, "https://b.example/one"),
            Reply::to(302, "https://b.example/one"),
            Reply::to(302, "https://b.example/two"),
            Reply::ok(document(1)).with("etag", "a"),
        ],
    );
    origin.script(
        "https://b.example/one",
        vec![Reply::ok(document(1)).with("etag", "one")],
    );
    origin.script(
        "https://b.example/two",
        vec![Reply::ok(document(1)).with("etag", "two")],
    );
    Service::new(&origin, &one()).run(5 * HOUR).await;
    let at = |url: &str| -> Vec<Option<String>> {
        let log = origin.log_of(url);
        log.iter()
            .map(|r| sent(r, "if-none-match").map(str::to_owned))
            .collect()
    };
    let tag = |tag: &str| Some(tag.to_owned());
    assert_eq!(at("https://b.example/one"), [None, tag("one")]);
    assert_eq!(at("https://b.example/two"), [None]);
    assert_eq!(at(FEED), [None, None, None, None, tag("a")]);
}

// F-05, X-07: one unconditional request, however often the service starts.
#[tokio::test(start_paused = true)]
async fn one_unconditional_request_per_address() {
    let origin = Origin::new();
    let second = "https://a.example/other";
    for url in [FEED, second] {
        origin.answer(url, polite(|_| document(1)));
    }
    let mut service = Service::new(&origin, &one());
    for n in 0..60 {
        // Some of the stops meet a request under way.
        service
            .run(Duration::from_millis(50) + 7 * MIN * (n % 9))
            .await;
    }
    service.edit(&config(&[("a", second, "")]));
    for n in 0..20 {
        service.run(17 * MIN * (n % 5)).await;
    }
    for url in [FEED, second] {
        let log = origin.log_of(url);
        assert!(log.len() > 4, "{}", log.len());
        assert_eq!(
            log.iter().filter(|r| !r.is_conditional()).count(),
            1,
            "{url}"
        );
    }
}

// F-06, F-07: a bad answer leaves the validators of the last good body.
#[tokio::test(start_paused = true)]
async fn bad_bodies_leave_no_validators() {
    let bad = [
        Reply::trouble(Failure::Body("it ended early".into())),
        Reply::trouble(Failure::TooLarge("more than 8 MiB".into())),
        Reply::ok("<rss><channel><item><title>cut"),
        Reply::ok("<!doctype html><html><body>Please log in</body></html>"),
        Reply::ok(""),
        Reply::ok("   \n"),
        Reply::ok("{\"version\": "),
        Reply::ok("not gzip").with("content-encoding", "gzip"),
        Reply::ok(document(2)).with("content-encoding", "gzip, gzip"),
        Reply::new(204),
        Reply::new(206),
        Reply::new(226),
        Reply::new(500),
    ];
    let origin = Origin::new();
    for (n, bad) in bad.iter().enumerate() {
        let url = format!("https://s{n}.example/feed");
        origin.script(
            &url,
            vec![
                Reply::ok(document(1))
                    .with("etag", "good")
                    .with("last-modified", "good"),
                bad.clone().with("etag", "bad").with("last-modified", "bad"),
                Reply::new(304),
            ],
        );
    }
    let names: Vec<_> = (0..bad.len())
        .map(|n| (format!("s{n}"), format!("https://s{n}.example/feed")))
        .collect();
    let mut service = Service::new(&origin, &plain(&names));
    service.run(90 * MIN).await;
    for (name, _) in &names {
        assert!(service.status(name).failure.is_some(), "{name}");
    }
    service.run(6 * HOUR).await;
    for (name, url) in &names {
        let log = origin.log_of(url);
        for request in &log[1..] {
            assert_eq!(sent(request, "if-none-match"), Some("good"), "{name}");
            assert_eq!(sent(request, "if-modified-since"), Some("good"), "{name}");
        }
        assert_eq!(service.status(name).state, SourceState::Fine, "{name}");
        assert_eq!(service.status(name).items, 1, "{name}");
    }
}

// F-08: the same bytes are no news, with or without a validator.
#[tokio::test(start_paused = true)]
async fn the_same_bytes_are_unchanged() {
    let origin = Origin::new();
    origin.script(FEED, vec![Reply::ok(document(1))]);
    let mut service = Service::new(&origin, &one());
    service.run(HOUR / 2).await;
    let before = service.feed();
    service.run(5 * HOUR).await;
    assert!(origin.log_of(FEED).len() >= 5);
    assert_eq!(service.feed(), before);
    let polls = service
        .reader()
        .polls(&service.status("a").source, 9)
        .unwrap();
    assert!(
        polls
            .iter()
            .rev()
            .skip(1)
            .all(|poll| poll.items == 0 && poll.new == 0)
    );
}

// F-09: a server that says 304 for ever, although its rhythm was daily.
#[tokio::test(start_paused = true)]
async fn a_304_for_ever_is_doubted_every_eight_days() {
    let days = |n: i64| -> String {
        let items: Vec<(String, String)> = (1..=n)
            .rev()
            .map(|i| (format!("d{i}"), format!("Envoys of day {i} exchange notes")))
            .collect();
        rss(items.iter().enumerate().map(|(at, (guid, title))| {
            let day = n - i64::try_from(at).unwrap();
            (
                guid.as_str(),
                title.as_str(),
                Service::start(day * 86_400 - 4000),
            )
        }))
    };
    let origin = Origin::new();
    let (stuck, weekly) = ("https://stuck.example/feed", "https://weekly.example/feed");
    origin.answer(stuck, move |request| {
        let day = i64::try_from(request.at.as_secs() / 86_400).unwrap();
        match (day, request.is_conditional()) {
            (12.., true) => Reply::new(304),
            _ => Reply::ok(days(day)).with("etag", format!("\"{day}\"")),
        }
    });
    origin.answer(
        weekly,
        polite(move |request| {
            let week = i64::try_from(request.at.as_secs() / (7 * 86_400)).unwrap();
            days(week * 7 / 7)
        }),
    );
    let sources = [
        ("stuck", stuck, "every = \"6h\""),
        ("weekly", weekly, "every = \"6h\""),
    ];
    let mut service = Service::new(&origin, &config(&sources));
    for _ in 0..9 {
        service.run(4 * DAY).await;
    }
    let unconditional = |url: &str| -> Vec<u64> {
        let log = origin.log_of(url);
        let of = log.iter().filter(|r| !r.is_conditional());
        of.map(|r| r.at.as_secs() / 86_400).collect()
    };
    let asked = unconditional(stuck);
    assert!((3..=5).contains(&asked.len()), "{asked:?}");
    assert!(
        asked.windows(2).skip(1).all(|pair| pair[1] - pair[0] >= 8),
        "{asked:?}"
    );
    assert_eq!(unconditional(weekly).len(), 1);
    assert!(
        service.count("Envoys of day 20 exchange notes") > 0,
        "it was worth it"
    );
}

// F-10: two hundred restarts, kills, edits and rounds by hand.
#[tokio::test(start_paused = true)]
async fn nobody_is_asked_sooner_than_his_interval() {
    let origin = Origin::new();
    for url in [FEED, "https://b.example/feed"] {
        origin.answer(
            url,
            polite(|r| hourly(1 + i64::try_from(r.at.as_secs() / 7200).unwrap())),
        );
    }
    let half = "every = \"30m\"";
    let configs = [
        config(&[("a", FEED, ""), ("b", "https://b.example/feed", "")]),
        config(&[
            ("renamed", FEED, ""),
            ("b", "https://b.example/feed", "language = \"en\""),
        ]),
        config(&[("a", "https://b.example/feed", ""), ("b", FEED, "")]),
        config(&[
            ("a", FEED, ""),
            ("b", "https://b.example/feed", "every = \"2h\""),
        ]),
    ];
    let mut service = Service::new(&origin, &configs[0]);
    let mut chance: u64 = 7;
    for n in 0..200_usize {
        chance = chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let time = Duration::from_millis((chance >> 33) % (40 * 60_000));
        match n % 5 {
            0 => service.run_and_kill(time).await,
            1 => service.once().await,
            2 => {
                let next = &configs[(n / 5) % configs.len()];
                service.run_and_edit(time, time / 2, next).await;
            }
            _ => service.run(time).await,
        }
    }
    for url in [FEED, "https://b.example/feed"] {
        let log = origin.log_of(url);
        let least = gaps(&log).into_iter().min().unwrap();
        assert!(least >= HOUR, "{url}: {least:?}");
        assert!(log.len() > 20, "{}", log.len());
    }
    // A shorter interval counts at once.
    let before = origin.log_of(FEED).len();
    service.edit(&config(&[("a", FEED, half)]));
    service.run(3 * HOUR).await;
    assert!(origin.log_of(FEED).len() - before >= 5);
}

// F-10: an address keeps its promise when its source is renamed, and when it
// leaves the address for a while.
#[tokio::test(start_paused = true)]
async fn an_address_keeps_its_promise_under_another_name() {
    let other = "https://a.example/other";
    let origin = Origin::new();
    for url in [FEED, other] {
        origin.answer(url, polite(|_| document(1)));
    }
    let mut service = Service::new(&origin, &one());
    service.run(10 * MIN).await;
    for url in [FEED, other, FEED] {
        service.edit(&config(&[("b", url, "")]));
        service.run(10 * MIN).await;
    }
    assert_eq!(origin.log_of(FEED).len(), 1);
    service.run(30 * MIN).await;
    assert_eq!(origin.log_of(FEED).len(), 2);
}

// F-13: nothing shortens the interval.
#[tokio::test(start_paused = true)]
async fn no_cache_changes_nothing() {
    let origin = Origin::new();
    let says = [
        "no-cache",
        "no-store",
        "max-age=0",
        "no-cache, max-age=7200",
        "private",
    ];
    let mut sources = Vec::new();
    for (n, says) in says.into_iter().enumerate() {
        let url = format!("https://s{n}.example/feed");
        let mut polite = polite(|_| document(1));
        origin.answer(&url, move |request| {
            polite(request).with("cache-control", says)
        });
        sources.push((format!("s{n}"), url));
    }
    Service::new(&origin, &plain(&sources)).run(5 * HOUR).await;
    for (n, (_, url)) in sources.iter().enumerate() {
        let log = origin.log_of(url);
        assert!(log[1].is_conditional());
        assert!(log.len() >= 4, "{}", says[n]);
        assert!(gaps(&log).iter().all(|gap| *gap >= HOUR), "{}", says[n]);
    }
}

// F-15, F-16: Retry-After, over a restart; a 429 is the host's, a 503 its
// URL's; a redirect does not lead to a host that rests either.
#[tokio::test(start_paused = true)]
async fn retry_after_is_waited_out() {
    let origin = Origin::new();
    let date = |at: i64| {
        Service::start(at)
            .strftime("%a, %d %b %Y %H:%M:%S GMT")
            .to_string()
    };
    // An hour and a half later, five by Retry-After.
    let limited = || Reply::new(429).with("retry-after", "18000");
    origin.script(
        "https://limit.example/a",
        vec![Reply::ok(document(1)), limited(), Reply::ok(document(1))],
    );
    origin.script("https://limit.example/b", vec![Reply::ok(document(2))]);
    origin.script(
        "https://leads.example/",
        vec![
            Reply::ok(document(3)),
            Reply::to(302, "https://limit.example/c"),
        ],
    );
    // One route of a bridge with many is out of order.
    origin.script(
        "https://bridge.example/a",
        vec![Reply::new(503).with("retry-after", "18000")],
    );
    origin.script("https://bridge.example/b", vec![Reply::ok(document(4))]);
    // A date, by a clock that is a day behind.
    origin.script(
        "https://date.example/",
        vec![
            Reply::new(503)
                .with("date", date(-86_400))
                .with("retry-after", date(-86_400 + 14_400)),
        ],
    );
    let mut service = Service::new(
        &origin,
        &config(&[
            ("a", "https://limit.example/a", ""),
            ("b", "https://limit.example/b", ""),
            ("c", "https://leads.example/", ""),
            ("d", "https://bridge.example/a", ""),
            ("e", "https://bridge.example/b", ""),
            ("f", "https://date.example/", ""),
        ]),
    );
    for _ in 0..20 {
        service.run(29 * MIN).await;
    }
    let limit = origin.log_of("https://limit.example/a");
    let said = limit[1].at;
    let at_limit = origin
        .log()
        .into_iter()
        .filter(|r| r.host() == "limit.example");
    let too_soon: Vec<_> = at_limit
        .filter(|r| r.at > said && r.at < said + 5 * HOUR)
        .collect();
    assert!(too_soon.is_empty(), "{too_soon:#?}");
    assert!(origin.log_of("https://leads.example/").len() >= 2);
    let bridge = origin.log_of("https://bridge.example/a");
    assert!(gaps(&bridge).iter().all(|gap| *gap >= 5 * HOUR));
    assert!(origin.log_of("https://bridge.example/b").len() >= 8);
    let date = origin.log_of("https://date.example/");
    assert!(
        gaps(&date)
            .iter()
            .all(|gap| *gap >= 4 * HOUR && *gap < 5 * HOUR),
        "{:?}",
        gaps(&date)
    );
    let status = service.status("d");
    let why = status.next.unwrap().why;
    assert_eq!(why, "HTTP 503: the server asks to wait (Retry-After) 5h");
}

// F-16: two addresses of one host say 503 within ten minutes.
#[tokio::test(start_paused = true)]
async fn a_bridge_that_is_down_is_left_alone() {
    let origin = Origin::new();
    origin.answer("https://bridge.example/*", |_| {
        Reply::new(503).with("retry-after", "14400")
    });
    let urls: Vec<_> = (0..9)
        .map(|n| (format!("s{n}"), format!("https://bridge.example/{n}")))
        .collect();
    Service::new(&origin, &plain(&urls)).run(3 * HOUR).await;
    assert_eq!(origin.log().len(), 2, "{:#?}", origin.log());
}

// F-17, F-18: one request a slot, twice as long each time, reset by success.
#[tokio::test(start_paused = true)]
async fn trouble_is_waited_out() {
    let origin = Origin::new();
    let mut polite = polite(|_| document(1));
    origin.answer(FEED, move |request| match request.at.as_secs() / 86_400 {
        0..4 => Reply::trouble(Failure::Connect("connection reset".into())),
        _ => polite(request),
    });
    Service::new(&origin, &one()).run(6 * DAY).await;
    let log = origin.log_of(FEED);
    let hours: Vec<u64> = gaps(&log).iter().map(|gap| gap.as_secs() / 3600).collect();
    let doubling = [2, 4, 8, 16, 24];
    for (gap, least) in hours.iter().zip(doubling) {
        assert!((least..=least * 11 / 10 + 1).contains(gap), "{hours:?}");
    }
    assert!(
        hours.iter().rev().take(12).all(|gap| *gap == 1),
        "{hours:?}"
    );
}

// F-19: a captive portal answers everything with a 301 for three days.
#[tokio::test(start_paused = true)]
async fn a_captive_portal_does_no_harm() {
    let origin = Origin::new();
    let mut polite = polite(|r| hourly(1 + i64::try_from(r.at.as_secs() / 86_400).unwrap()));
    origin.answer(FEED, move |request| match request.at.as_secs() / 86_400 {
        2..5 => Reply::to(301, "https://portal.example/login"),
        _ => polite(request),
    });
    let portal = "<html><body><h1>Welcome</h1><form>Your room number</form></body></html>";
    origin.script(
        "https://portal.example/login",
        vec![
            Reply::ok(portal)
                .with("etag", "portal")
                .with("set-cookie", "id=1"),
        ],
    );
    let mut service = Service::new(&origin, &one());
    for _ in 0..9 {
        service.run(DAY).await;
    }
    assert_eq!(service.status("a").failure, None);
    let log = origin.log_of(FEED);
    assert_eq!(log.iter().filter(|r| !r.is_conditional()).count(), 1);
    assert!(log.iter().all(|r| r.field("cookie").is_none()));
    for n in 1..=9 {
        let title = format!("<title>Delegates of session {n} sign a paper</title>");
        assert_eq!(service.count(&title), 1, "{title}");
    }
}

// F-19, F-20: a real move is learnt after ten sightings over a week, and
// nothing turns up twice.
#[tokio::test(start_paused = true)]
async fn a_lasting_move_is_learnt_slowly() {
    let origin = Origin::new();
    let (passing, new) = ("https://c.example/feed", "https://b.example/new");
    let body = |r: &Request| hourly(1 + i64::try_from(r.at.as_secs() / 86_400).unwrap());
    let mut before = polite(body);
    origin.answer(FEED, move |request| match request.at.as_secs() / 86_400 {
        0..2 => before(request),
        _ => Reply::to(301, "https://b.example/new"),
    });
    origin.answer(new, polite(body));
    origin.answer(passing, |_| Reply::to(302, "https://d.example/feed"));
    origin.answer("https://d.example/feed", polite(|_| document(1)));
    let config = config(&[
        ("a", FEED, "every = \"6h\""),
        ("c", passing, "every = \"6h\""),
    ]);
    let mut service = Service::new(&origin, &config);
    for _ in 0..14 {
        service.run(DAY).await;
    }
    let last = origin.log_of(FEED).last().unwrap().at;
    assert!(last >= 8 * DAY && last < 11 * DAY, "{last:?}");
    let direct = origin.log_of(new);
    assert!(direct.last().unwrap().at > 13 * DAY);
    assert_eq!(direct.iter().filter(|r| !r.is_conditional()).count(), 1);
    assert!(gaps(&direct).iter().all(|gap| *gap >= 6 * HOUR));
    assert_eq!(
        service.count("<title>Delegates of session 7 sign a paper</title>"),
        1
    );
    let advice = service.report().advice.join("\n");
    assert!(advice.contains(new), "{advice}");
    assert!(
        origin.log_of(passing).last().unwrap().at > 13 * DAY,
        "a 302 is never learnt"
    );
}

// F-23: said twice, a day apart, and then never asked again.
#[tokio::test(start_paused = true)]
async fn what_is_gone_is_left_alone() {
    let origin = Origin::new();
    origin.answer(FEED, |request| match request.at.as_secs() / 86_400 {
        0 => Reply::ok(document(1)),
        _ => Reply::new(410),
    });
    let mut service = Service::new(&origin, &one());
    for _ in 0..3 {
        service.run(4 * DAY).await;
    }
    let said = origin
        .log_of(FEED)
        .into_iter()
        .filter(|r| r.status == 410)
        .count();
    assert_eq!(said, 2);
    let status = service.status("a");
    assert!(status.wrong.unwrap().contains("410"));
    // Until its address changes.
    service.edit(&config(&[("a", "https://a.example/other", "")]));
    service.run(HOUR).await;
    assert_eq!(origin.log_of("https://a.example/other").len(), 1);
}

// F-24: after thirty days of refusal, weekly, also over kills.
#[tokio::test(start_paused = true)]
async fn who_refuses_for_long_is_asked_weekly() {
    let origin = Origin::new();
    origin.answer("https://a.example/*", |r| {
        let status: u16 = r.path()[1..].parse().unwrap();
        Reply::new(status)
    });
    let urls: Vec<_> = [401, 403, 404]
        .iter()
        .map(|status| (format!("s{status}"), format!("https://a.example/{status}")))
        .collect();
    let mut service = Service::new(&origin, &plain(&urls));
    for _ in 0..18 {
        service.run_and_kill(3 * DAY).await;
    }
    for (name, url) in &urls {
        let log = origin.log_of(url);
        let late: Vec<_> = log.iter().filter(|r| r.at > 31 * DAY).cloned().collect();
        assert!(
            gaps(&late).iter().all(|gap| *gap >= 7 * DAY),
            "{:?}",
            gaps(&late)
        );
        assert!(late.len() >= 3);
        let why = service.status(name).next.unwrap().why;
        assert!(why.contains("weekly"), "{why}");
    }
}

// F-21, F-25 to F-28: the same head on every request, and nothing in it that
// need not be.
#[tokio::test(start_paused = true)]
async fn every_request_has_the_same_head() {
    let origin = Origin::new();
    let mut n = 0;
    origin.answer(FEED, move |_| {
        n += 1;
        Reply::ok(document(n))
            .with("set-cookie", "id=1; Path=/")
            .with("set-cookie", "track=2")
            .with("alt-svc", "h3=\":443\"")
            .with("strict-transport-security", "max-age=31536000")
            .with("refresh", "0; url=https://evil.example/")
            .with("link", "<http://127.0.0.1/hub>; rel=\"hub\"")
            .with("clear-site-data", "\"*\"")
    });
    let jump = "https://jump.example/?a=b#part";
    origin.answer("https://jump.example/*", |r| match r.path() {
        "/?a=b" => Reply::to(301, "/second#frag").with("set-cookie", "login=1"),
        "/second" => Reply::to(302, "http://plain.example/"),
        _ => Reply::ok(document(2)),
    });
    origin.script("http://plain.example/", vec![Reply::ok(document(3))]);
    let mut service = Service::new(&origin, &config(&[("a", FEED, ""), ("jump", jump, "")]));
    service.run(5 * DAY).await;
    let log = origin.log_of(FEED);
    assert!(log.len() >= 100);
    for request in &log {
        let mut fields: Vec<String> = request
            .fields
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        fields.sort();
        assert_eq!(
            fields,
            [
                "accept-encoding: gzip, br, deflate".to_owned(),
                "accept: application/atom+xml, application/rss+xml, application/feed+json, \
             application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, \
             */*;q=0.1"
                    .to_owned(),
                format!(
                    "user-agent: scofeed/{} (+mailto:editor@example.org)",
                    env!("CARGO_PKG_VERSION")
                ),
            ]
        );
    }
    assert_eq!(
        origin.log_of("http://plain.example/").len(),
        0,
        "from https to http is no way"
    );
    assert_eq!(origin.log_of("http://127.0.0.1/hub").len(), 0);
    assert_eq!(origin.log_of("https://evil.example/").len(), 0);
    assert!(!origin.log_of("https://jump.example/second").is_empty());
    for request in origin.log() {
        assert!(request.field("cookie").is_none());
        assert!(request.field("referer").is_none());
    }
}

// F-29, C-14: forty feeds of one host.
#[tokio::test(start_paused = true)]
async fn a_host_is_asked_one_thing_at_a_time() {
    let origin = Origin::new();
    let mut answered = 0_u64;
    origin.answer("https://many.example/*", move |_| {
        answered += 1;
        Reply::ok(document(1)).after(Duration::from_millis(answered * 777 % 5000))
    });
    let urls: Vec<_> = (0..40)
        .map(|n| (format!("s{n}"), format!("https://MANY.example:443/{n}")))
        .collect();
    let mut service = Service::new(&origin, &plain(&urls));
    service.run(20 * Duration::from_secs(1)).await;
    service.run_and_kill(Duration::from_millis(3210)).await;
    service.run(3 * HOUR).await;
    let log = origin.log();
    assert!(log.len() >= 100);
    let least = gaps(&log).into_iter().min().unwrap();
    assert!(least >= Duration::from_secs(2), "{least:?}");
    assert_eq!(origin.most_open("many.example"), 1);
}

// F-30: the service was off for five hours; the network was, for five more.
#[tokio::test(start_paused = true)]
async fn after_an_outage_nobody_is_overrun() {
    let origin = Origin::new();
    origin.answer("https://*", |request| match request.at.as_secs() / 3600 {
        10..15 => Reply::trouble(Failure::Dns {
            host: request.host().to_owned(),
            said: "no network".into(),
        }),
        _ => Reply::ok(document(1)),
    });
    let urls: Vec<_> = (0..60)
        .map(|n| (format!("s{n}"), format!("https://h{}.example/{n}", n % 40)))
        .collect();
    let mut service = Service::new(&origin, &plain(&urls));
    service.run(2 * HOUR).await;
    tokio::time::sleep(5 * HOUR).await;
    let from = 7 * HOUR;
    service.run(HOUR).await;
    let log: Vec<_> = origin.log().into_iter().filter(|r| r.at >= from).collect();
    let first_ten: Vec<_> = log.iter().filter(|r| r.at < from + 11 * MIN).collect();
    assert_eq!(first_ten.len(), 60);
    let mut by_minute: BTreeMap<u64, u32> = BTreeMap::new();
    for request in &first_ten {
        *by_minute
            .entry(request.at.saturating_sub(from).as_secs() / 60)
            .or_default() += 1;
    }
    assert!(
        by_minute.len() >= 9 && by_minute.values().all(|n| *n <= 18),
        "{by_minute:?}"
    );
    service.run(12 * HOUR).await;
    let mut hosts: BTreeMap<String, Vec<Request>> = BTreeMap::new();
    for request in origin.log() {
        hosts
            .entry(request.host().to_owned())
            .or_default()
            .push(request);
    }
    for (host, log) in hosts {
        let least = gaps(&log).into_iter().min().unwrap();
        assert!(least >= Duration::from_secs(2), "{host}: {least:?}");
    }
    assert!(
        urls.iter()
            .all(|(name, _)| service.status(name).state == SourceState::Fine)
    );
}

// F-30: a round that a timer asks for does not wait.
#[tokio::test(start_paused = true)]
async fn a_single_round_asks_everything_that_is_due() {
    let origin = Origin::new();
    origin.answer("https://*", polite(|_| document(1)));
    let urls: Vec<_> = (0..20)
        .map(|n| (format!("s{n}"), format!("https://h{}.example/{n}", n % 5)))
        .collect();
    let mut service = Service::new(&origin, &plain(&urls));
    service.once().await;
    assert_eq!(origin.log().len(), 20);
    tokio::time::sleep(Duration::from_secs(1)).await;
    service.once().await;
    assert_eq!(origin.log().len(), 20, "nothing is due");
    tokio::time::sleep(2 * HOUR).await;
    service.once().await;
    assert_eq!(origin.log().len(), 40);
}

// F-31: no validator, and the same bytes for ever.
#[tokio::test(start_paused = true)]
async fn who_gives_no_validator_is_asked_less() {
    let origin = Origin::new();
    origin.script(FEED, vec![Reply::ok(document(1))]);
    let mut service = Service::new(&origin, &one());
    for _ in 0..15 {
        service.run(DAY).await;
    }
    let log = origin.log_of(FEED);
    let hours: Vec<u64> = gaps(&log).iter().map(|gap| gap.as_secs() / 3600).collect();
    assert!(hours[..23].iter().all(|gap| *gap == 1), "{hours:?}");
    assert!(hours[25..40].iter().all(|gap| *gap == 2), "{hours:?}");
    assert!(log.len() < 120, "{}", log.len());
    let why = service.status("a").next.unwrap().why;
    assert!(why.contains("no validator"), "{why}");
}

/// A list page of two entries.
const PAGE: &str = "<html><body><ul><li><a href='/1'>Envoys of two states sit down</a></li>\
    <li><a href='/2'>Envoys of two states stand up</a></li></ul></body></html>";

fn pages(names: &[(&str, &str)]) -> String {
    let tables = names.iter().map(|(name, keys)| {
        format!(
            "[[source]]\nname = \"{name}\"\nmatch = \"all\"\n\
             page = \"https://{name}.example/list\"\n\
             select = {{ item = \"li\", title = \"a\", link = \"a\" }}\n{keys}\n"
        )
    });
    SITE.to_owned() + &tables.collect::<Vec<_>>().concat()
}

// F-33: robots.txt of what is scraped: once a day, and before any page.
#[tokio::test(start_paused = true)]
#[expect(clippy::too_many_lines, reason = "a table of publishers")]
async fn a_page_is_read_as_its_robots_txt_allows() {
    let origin = Origin::new();
    let robots = |name: &str, replies: Vec<Reply>| {
        origin.script(&format!("https://{name}.example/robots.txt"), replies);
        origin.script(
            &format!("https://{name}.example/list"),
            vec![Reply::ok(PAGE)],
        );
    };
    let no = "User-agent: *\nDisallow: /";
    robots("missing", vec![Reply::new(404)]);
    robots("forbidden", vec![Reply::new(403)]);
    robots(
        "allows",
        vec![Reply::ok("User-agent: *\nDisallow: /private")],
    );
    robots("denies", vec![Reply::ok(no)]);
    robots(
        "ours",
        vec![Reply::ok(
            "User-agent: scofeed\nDisallow: /l\nUser-agent: *\nAllow: /",
        )],
    );
    robots("broken", vec![Reply::new(500)]);
    robots(
        "silent",
        vec![Reply::trouble(Failure::Timeout("no answer"))],
    );
    robots(
        "moved",
        vec![Reply::to(301, "https://www.moved.example/robots.txt")],
    );
    origin.script("https://www.moved.example/robots.txt", vec![Reply::ok(no)]);
    robots(
        "loops",
        vec![Reply::to(301, "https://loops.example/robots.txt")],
    );
    robots("overridden", vec![Reply::ok(no)]);
    robots("tagged", vec![Reply::new(404)]);
    origin.script(
        "https://tagged.example/list",
        vec![Reply::ok(PAGE).with("x-robots-tag", "noindex, nofollow")],
    );
    robots("shut", vec![Reply::ok(no)]);
    robots("jumps", vec![Reply::new(404)]);
    origin.script(
        "https://jumps.example/list",
        vec![Reply::to(302, "https://shut.example/x")],
    );
    let mut service = Service::new(
        &origin,
        &pages(&[
            ("missing", ""),
            ("forbidden", ""),
            ("allows", ""),
            ("denies", ""),
            ("ours", ""),
            ("broken", ""),
            ("silent", ""),
            ("moved", ""),
            ("loops", ""),
            (
                "overridden",
                "robots = \"their editor allowed it by mail on 2026-11-01\"",
            ),
            ("tagged", ""),
            ("jumps", ""),
        ]),
    );
    for _ in 0..3 {
        service.run(DAY).await;
    }
    for (name, read) in [
        ("missing", true),
        ("forbidden", true),
        ("allows", true),
        ("overridden", true),
        ("denies", false),
        ("ours", false),
        ("broken", false),
        ("silent", false),
        ("moved", false),
        ("loops", false),
    ] {
        let list = origin.log_of(&format!("https://{name}.example/list"));
        assert_eq!(!list.is_empty(), read, "{name}");
        let status = service.status(name);
        assert_eq!(status.items == 2, read, "{name}: {:?}", status.wrong);
    }
    // Once a day where it could be read, never where the admin said so.
    for (name, most) in [
        ("missing", 4),
        ("allows", 4),
        ("denies", 4),
        ("overridden", 0),
    ] {
        let asked = origin.log_of(&format!("https://{name}.example/robots.txt"));
        assert!(asked.len() <= most, "{name}: {}", asked.len());
    }
    assert!(origin.log_of("https://shut.example/x").is_empty());
    for (name, word) in [
        ("denies", "robots.txt of denies.example:443 disallows /list"),
        ("broken", "robots.txt of broken.example:443 cannot be read"),
        ("tagged", "X-Robots-Tag"),
        ("jumps", "robots.txt of shut.example:443 disallows /x"),
    ] {
        let wrong = service.status(name).wrong.unwrap_or_default();
        assert!(wrong.contains(word), "{name}: {wrong}");
    }
    // A feed is published to be polled.
    let feed_host = Origin::new();
    feed_host.answer("https://a.example/*", |_| Reply::ok(document(1)));
    Service::new(&feed_host, &one()).run(HOUR / 2).await;
    assert_eq!(feed_host.log().len(), 1);
}

// F-33: what the robots.txt of a redirect's target said is known the next time,
// too.
#[tokio::test(start_paused = true)]
async fn a_target_is_asked_for_its_robots_txt_once_a_day() {
    let origin = Origin::new();
    origin.script("https://jumps.example/robots.txt", vec![Reply::new(404)]);
    origin.script("https://there.example/robots.txt", vec![Reply::new(404)]);
    origin.script(
        "https://jumps.example/list",
        vec![Reply::to(302, "https://there.example/list")],
    );
    origin.script("https://there.example/list", vec![Reply::ok(PAGE)]);
    let mut service = Service::new(&origin, &pages(&[("jumps", "")]));
    service.run(12 * HOUR).await;
    assert!(origin.log_of("https://there.example/list").len() >= 10);
    for host in ["jumps", "there"] {
        let asked = origin.log_of(&format!("https://{host}.example/robots.txt"));
        assert_eq!(asked.len(), 1, "{host}");
    }
}

// C-14: the gap between two requests to a host outlives a kill, also where
// redirects led to it, and a reload.
#[tokio::test(start_paused = true)]
async fn a_host_keeps_its_gap_over_a_restart_and_a_reload() {
    let origin = Origin::new();
    for from in ["a", "b"] {
        let target = Reply::to(302, &format!("https://target.example/{from}"));
        origin.script(&format!("https://{from}.example/feed"), vec![target]);
    }
    origin.answer("https://target.example/*", |_| Reply::ok(document(1)));
    let a = ("a", "https://a.example/feed", "");
    let b = ("b", "https://b.example/feed", "");
    let mut service = Service::new(&origin, &config(&[a]));
    service.run_and_kill(Duration::from_millis(2_500)).await;
    // The clock of the wall was set, so nothing waits for the claim before.
    service.set_clock(SignedDuration::from_mins(10));
    service.edit(&config(&[b]));
    service.run(MIN).await;
    let target: Vec<Request> = origin
        .log()
        .into_iter()
        .filter(|request| request.host() == "target.example")
        .collect();
    assert_eq!(target.len(), 2);
    assert!(gaps(&target)[0] >= Duration::from_secs(2), "{target:?}");

    let origin = Origin::new();
    origin.answer("https://one.example/*", |_| Reply::ok(document(1)));
    let a = ("a", "https://one.example/a", "");
    let b = ("b", "https://one.example/b", "");
    let mut service = Service::new(&origin, &config(&[a]));
    let second = Duration::from_secs(1);
    service.run_and_edit(MIN, second, &config(&[a, b])).await;
    let log = origin.log();
    assert_eq!(log.len(), 2);
    assert!(gaps(&log)[0] >= Duration::from_secs(2), "{log:?}");
}

/// A service that reads what another one publishes.
fn reads(origin: &std::sync::Arc<Origin>, keys: &str, url: &str, sources: &str) -> Service {
    Service::new(origin, &format!("[feed]\nurl = \"{url}\"\n{keys}{sources}"))
}

// H-12: two aggregators that read each other tell every story once, for ever;
// so does one that reads itself under a name that it does not know as its own
// (H-11).
#[tokio::test(start_paused = true)]
async fn aggregators_that_read_each_other_echo_nothing() {
    let origin = Origin::new();
    let shown = std::sync::Arc::new(std::sync::Mutex::new(4));
    for outlet in ["one", "two"] {
        let shown = std::sync::Arc::clone(&shown);
        origin.answer(
            &format!("https://{outlet}.example/feed"),
            polite(move |_| hourly(*shown.lock().unwrap())),
        );
    }
    let source = |name: &str, url: &str| {
        format!(
            "[[source]]\nname = \"{name}\"\nmatch = \"all\"\nevery = \"15m\"\nfeed = \"{url}\"\n"
        )
    };
    let all = |outlet: &str, other: &str| {
        source(outlet, &format!("https://{outlet}.example/feed"))
            + &source("other", other)
            + &source(
                "mirror",
                &format!("https://mirror-of-{outlet}.example/atom.xml"),
            )
    };
    let sites = ["https://a.example/", "https://b.example/"];
    let mut a = reads(
        &origin,
        "",
        sites[0],
        &all("one", "https://b.example/atom.xml"),
    );
    let mut b = reads(
        &origin,
        "",
        sites[1],
        &all("two", "https://a.example/rss.xml"),
    );
    for round in 0..60 {
        if round == 30 {
            *shown.lock().unwrap() = 6;
        }
        for (service, site, outlet) in [(&mut a, sites[0], "one"), (&mut b, sites[1], "two")] {
            service.once().await;
            for sheet in ["atom.xml", "rss.xml"] {
                let bytes = service
                    .edition
                    .get(&format!("/{sheet}"))
                    .unwrap()
                    .bytes
                    .to_vec();
                let reply = vec![Reply::ok(bytes)];
                origin.script(&format!("{site}{sheet}"), reply.clone());
                origin.script(
                    &format!("https://mirror-of-{outlet}.example/{sheet}"),
                    reply,
                );
            }
        }
        tokio::time::sleep(17 * MIN).await;
    }
    for service in [&a, &b] {
        for n in 1..=6 {
            let title = format!(">Delegates of session {n} sign a paper</title>");
            assert_eq!(service.count(&title), 1, "{n}");
        }
        assert_eq!(service.count("<entry"), 6, "{}", service.feed());
    }
    let own = "[feed]\nurl = \"https://a.example/\"\n".to_owned()
        + &source("own", "https://a.example/atom.xml");
    let mistakes = scofeed::config::read(&own, "feeds.toml")
        .unwrap_err()
        .to_string();
    assert!(
        mistakes.contains("this is the feed that we publish ourselves"),
        "{mistakes}"
    );
}

// O-08, X-10: the polls of a clock that was ahead are not those of the last
// day.
#[tokio::test(start_paused = true)]
async fn a_day_of_polls_has_no_polls_of_the_future() {
    let origin = Origin::new();
    origin.script(FEED, vec![Reply::ok(document(1))]);
    let mut service = Service::new(&origin, &config(&[("a", FEED, "")]));
    service.run(6 * HOUR).await;
    assert_eq!(service.status("a").day.asked, 6);
    service.set_clock(jiff::SignedDuration::from_hours(-8760));
    service.run(5 * HOUR).await;
    let asked = service.status("a").day.asked;
    assert!((3..=5).contains(&asked), "{asked}");
}

// F-10, C-01: a source has its rhythm. `every = "auto"` follows it, so that
// documents overlap and no more is asked than hourly; who is quiet beyond his
// habit is silent; and where two documents share nothing, items may be lost.
#[tokio::test(start_paused = true)]
async fn a_source_has_its_rhythm() {
    // An item every other hour for five days, then nothing for three, then ten
    // that nobody has seen coming.
    let (stops, returns) = (5 * 24, 8 * 24);
    let origin = Origin::new();
    let listed = move |request: &Request| {
        let hour = i64::try_from(request.at.as_secs() / 3600).unwrap();
        let (word, newest) = match hour {
            hour if hour < returns => ("paper", hour.min(stops) / 2),
            _ => ("charter", returns / 2),
        };
        let items: Vec<_> = (newest - 9..=newest)
            .rev()
            .map(|n| {
                (
                    format!("{word}{n}"),
                    format!("Envoys sign {word} number {n}"),
                    n,
                )
            })
            .collect();
        rss(items
            .iter()
            .map(|(guid, title, n)| (guid.as_str(), title.as_str(), Service::start(n * 7200))))
    };
    origin.answer(FEED, polite(listed));
    let mut service = Service::new(&origin, &config(&[("a", FEED, "every = \"auto\"")]));
    service.run(5 * DAY).await;
    let status = service.status("a");
    let why = status.next.unwrap().why;
    assert!(why.starts_with("auto, about "), "{why}");
    assert_eq!((status.state, status.missed_at), (SourceState::Fine, None));
    let log = origin.log();
    assert!((50..=5 * 24).contains(&log.len()), "{}", log.len());
    assert!(gaps(&log).into_iter().min().unwrap() >= 15 * MIN);

    service.run(2 * DAY).await;
    let report = service.report();
    assert_eq!(report.sources[0].state, SourceState::Silent);
    let is_open = |report: &Report, kind| report.open().any(|i| i.kind == kind);
    assert!(is_open(&report, IncidentKind::Silent));
    assert!(!is_open(&report, IncidentKind::LostItems));

    service.run(2 * DAY).await;
    let report = service.report();
    assert!(!is_open(&report, IncidentKind::Silent));
    let missed = report.sources[0].missed_at.unwrap();
    assert!(missed >= Service::start(returns * 3600));
    let lost = |i: &Incident| i.kind == IncidentKind::LostItems;
    assert!(report.incidents.iter().any(lost), "{:?}", report.incidents);
    assert!(
        report
            .advice
            .iter()
            .any(|a| a.contains("may have lost items"))
    );
}

/// A way out in which something breaks on the way to one host.
#[derive(Debug)]
struct Brittle(std::sync::Arc<Origin>);

impl Exit for Brittle {
    fn send<'a>(&'a self, request: Outgoing<'a>) -> Answering<'a> {
        assert!(!request.url.as_str().contains("brittle"), "it broke");
        self.0.send(request)
    }
}

// a task that panics is its source's trouble and nobody else's.
#[tokio::test(start_paused = true)]
async fn a_panic_stays_with_its_source() {
    let origin = Origin::new();
    origin.script(FEED, vec![Reply::ok(document(1))]);
    let config = config(&[("a", FEED, ""), ("b", "https://brittle.example/feed", "")]);
    let exit = std::sync::Arc::new(Brittle(std::sync::Arc::clone(&origin)));
    let mut service = Service::through(exit, &config);
    service.run(90 * MIN).await;
    assert_eq!(service.status("a").state, SourceState::Fine);
    assert_eq!(origin.log().len(), 2);
    let status = service.status("b");
    let wrong = status.wrong.unwrap();
    assert!(wrong.starts_with("the parser panicked"), "{wrong}");
    assert_eq!(status.next.unwrap().why, "the last poll failed: waiting 2h");
}

// wherever it breaks on the way out, the rest lives: a feed, where it
// redirects, robots.txt, a list page, what that names, an article page; a hub,
// and whom incidents are told to.
#[tokio::test(start_paused = true)]
async fn a_panic_on_any_way_out_is_felt_by_nobody_else() {
    let origin = Origin::new();
    origin.answer(FEED, |request| {
        let n = i64::try_from(request.at.as_secs() / 3600).unwrap();
        Reply::ok(hourly(3 + n))
    });
    let hop = Reply::to(302, "https://brittle.example/");
    origin.script("https://hop.example/feed", vec![hop]);
    origin.script("https://brittle-page.example/list", vec![Reply::ok(PAGE)]);
    for (host, names) in [
        ("map", "<link rel=sitemap href=/brittle.xml>"),
        ("rss", "<a href=/brittle/rss.xml>RSS</a>"),
    ] {
        let page = format!("<html><body>{names}<p>Nothing to see</p></body></html>");
        origin.script(
            &format!("https://{host}.example/list"),
            vec![Reply::ok(page)],
        );
    }
    let bare = (
        "brittle",
        "Envoys of two states lie down",
        Service::start(0),
    );
    origin.script("https://look.example/feed", vec![Reply::ok(rss([bare]))]);
    let outwards = "hub = \"https://brittle-hub.example/\"\n\
                    [alert]\nwebhook = \"https://brittle-hook.example/\"\n";
    let feeds = config(&[
        ("a", FEED, ""),
        ("feed", "https://brittle.example/feed", ""),
        ("hop", "https://hop.example/feed", ""),
        ("look", "https://look.example/feed", "look = \"kept\""),
    ]);
    let lists = pages(&[("brittle-page", ""), ("map", ""), ("rss", "")]);
    let lists = lists.strip_prefix(SITE).unwrap();
    let all = feeds.replacen(SITE, &format!("{SITE}{outwards}"), 1) + lists;
    let exit = std::sync::Arc::new(Brittle(std::sync::Arc::clone(&origin)));
    let mut service = Service::through(exit, &all);
    service.run(12 * HOUR).await;
    for broken in ["feed", "hop", "brittle-page", "map", "rss"] {
        let status = service.status(broken);
        assert_eq!(status.failure.as_deref(), Some("panicked"), "{broken}");
        let why = status.next.unwrap().why;
        assert!(why.contains(": waiting "), "{why}");
    }
    for well in ["a", "look"] {
        assert_eq!(service.status(well).state, SourceState::Fine);
    }
    assert!((10..=12).contains(&origin.log_of(FEED).len()));
    // What waited for its page is told without it.
    assert!(service.count("Envoys of two states lie down") > 0);
    let open = service.report().incidents.len();
    assert!(open >= 5, "{open}");
}

// H-15, C-04: who sends a letter now and then, for ever, has half a minute; then
// it is the next one's turn at his host.
#[tokio::test(start_paused = true)]
async fn an_answer_without_end_keeps_nobody_waiting() {
    let origin = Origin::new();
    origin.answer("https://one.example/*", |request| match request.path() {
        "/endless" => Reply::ok(document(1)).after(DAY),
        _ => Reply::ok(document(2)),
    });
    let sources = [
        ("a", "https://one.example/endless", ""),
        ("b", "https://one.example/b", ""),
    ];
    let mut service = Service::new(&origin, &config(&sources));
    service.run(MIN).await;
    let status = service.status("a");
    assert_eq!(status.failure.as_deref(), Some("timeout"), "{status:?}");
    assert_eq!(service.status("b").state, SourceState::Fine);
    let longest = gaps(&origin.log()).into_iter().max().unwrap();
    assert!((30..33).contains(&longest.as_secs()), "{longest:?}");
}

// F-36: a restart changes no request.
#[tokio::test(start_paused = true)]
async fn a_restart_moves_no_request() {
    let times = async |stops: u32| -> Vec<(String, Duration)> {
        let origin = Origin::new();
        origin.answer("https://*", |request| {
            match (request.path().len(), request.at.as_secs() / 3600) {
                (2, 3..6) => Reply::new(503),
                (3, 2..4) => Reply::new(429).with("retry-after", "9000"),
                _ => Reply::ok(hourly(3))
                    .with("cache-control", "max-age=5400")
                    .with("etag", "e"),
            }
        });
        let sources = [
            ("a", "https://a.example/1", ""),
            ("b", "https://b.example/12", ""),
            ("c", "https://c.example/123", "every = \"2h\""),
        ];
        let mut service = Service::new(&origin, &config(&sources));
        // The first requests go out at once; then stops at odd times.
        service.run(HOUR).await;
        for n in 0..stops {
            let part = 11 * HOUR / stops;
            let odd = Duration::from_secs(u64::from(n % 7));
            service.run(part.saturating_sub(odd)).await;
            service.run(odd).await;
        }
        origin.log().into_iter().map(|r| (r.url, r.at)).collect()
    };
    let once = times(1).await;
    let often = times(40).await;
    assert!(once.len() > 15);
    assert_eq!(once.len(), often.len());
    for ((url, at), (same, when)) in once.iter().zip(&often) {
        assert_eq!(url, same);
        // Timers of the paused clock round up to whole milliseconds.
        let apart = at.abs_diff(*when);
        assert!(
            apart < Duration::from_millis(50),
            "{url}: {at:?} and {when:?}"
        );
    }
}

// whatever the clock is set to, the time that passes counts.
#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_asks_nobody_sooner() {
    let origin = Origin::new();
    origin.answer("https://*", |request| match request.path() {
        "/busy" => Reply::new(503).with("retry-after", "9000"),
        _ => Reply::ok(document(1)).with("etag", "e"),
    });
    let sources = [
        ("a", "https://a.example/feed", ""),
        ("b", "https://b.example/feed", "every = \"15m\""),
        ("c", "https://c.example/busy", ""),
    ];
    let mut service = Service::new(&origin, &config(&sources));
    service.run(3 * HOUR).await;
    let year = SignedDuration::from_hours(365 * 24);
    let hour = SignedDuration::from_hours(1);
    let steps = [
        year,
        -year,
        -year,
        year,
        hour,
        -hour,
        -hour,
        hour,
        -year * 56,
        year * 56,
    ];
    let rest = [
        ("https://a.example/feed", HOUR),
        ("https://b.example/feed", 15 * MIN),
        ("https://c.example/busy", 150 * MIN),
    ];
    // While it runs.
    for step in steps {
        service.run_and_set(5 * HOUR, 2 * HOUR, step).await;
    }
    for (url, least) in rest {
        let log = origin.log_of(url);
        let worst = gaps(&log).into_iter().min().unwrap();
        assert!(worst >= least, "{url}: {worst:?}");
        let longest = gaps(&log).into_iter().max().unwrap();
        assert!(longest <= 2 * least, "{url}: {longest:?}");
    }
    // While it does not: at most one request each that is too soon, and none
    // is lost for longer than usual.
    for step in steps {
        service.set_clock(step);
        let from = origin.log().last().unwrap().at;
        service.run(2 * HOUR).await;
        for (url, least) in rest {
            let log: Vec<_> = origin
                .log_of(url)
                .into_iter()
                .filter(|r| r.at >= from)
                .collect();
            let soon = gaps(&log).into_iter().filter(|gap| *gap < least).count();
            assert!(soon <= 1, "{url}: {:?}", gaps(&log));
        }
    }
}

/// Lives on for that long, with the clock set by so much: while the service
/// watches, or while it does not run.
async fn lives_on(service: &mut Service, watched: bool, by: SignedDuration, time: Duration) {
    if watched {
        service.run_and_set(time, MIN, by).await;
    } else {
        service.set_clock(by);
        service.run(time).await;
    }
}

// X-10, F-16: a 503 that bears the date of another year is not one of two
// within ten minutes. A clock that was set back by a year in between kept a
// host from being asked for that year.
#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_stops_no_host() {
    for watched in [true, false] {
        let origin = Origin::new();
        origin.answer("https://two.example/*", |request| {
            let day = request.at.as_secs() / 86_400;
            match (request.path(), day) {
                ("/a", 0) | ("/b", 2) => Reply::new(503),
                _ => Reply::ok(document(1)).with("etag", "e"),
            }
        });
        let sources = [
            ("a", "https://two.example/a", ""),
            ("b", "https://two.example/b", ""),
        ];
        let mut service = Service::new(&origin, &config(&sources));
        service.run(DAY).await;
        let back = SignedDuration::from_hours(-365 * 24);
        lives_on(&mut service, watched, back, 4 * DAY).await;
        let log = origin.log_of("https://two.example/a");
        let late: Vec<_> = log.into_iter().filter(|r| r.at > 2 * DAY).collect();
        let longest = gaps(&late).into_iter().max();
        assert!(longest < Some(2 * HOUR), "{watched}: {longest:?}");
        assert_eq!(service.status("a").state, SourceState::Fine);
    }
}

// X-10, F-23: what is gone stays gone, whatever the clock says; and two 410
// are a day apart when a day has passed between them.
#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_brings_nothing_back() {
    let year = SignedDuration::from_hours(365 * 24);
    // It says so twice before the clock is set, and once before and once after.
    let sources = [
        ("gone", "https://a.example/1", ""),
        ("going", "https://b.example/20", ""),
    ];
    for (watched, by) in [(true, year), (true, -year), (false, -year)] {
        let origin = Origin::new();
        origin.answer("https://*", |request| {
            let from: u64 = request.path()[1..].parse().unwrap();
            if request.at.as_secs() / 3600 < from {
                Reply::ok(document(1)).with("etag", "e")
            } else {
                Reply::new(410)
            }
        });
        let mut service = Service::new(&origin, &config(&sources));
        service.run(30 * HOUR).await;
        lives_on(&mut service, watched, by, 48 * HOUR).await;
        for (name, url, _) in sources {
            let log = origin.log_of(url);
            let said = log.iter().filter(|request| request.status == 410).count();
            assert_eq!(said, 2, "{name}, {watched}, {by}");
            let state = service.status(name).state;
            assert_eq!(state, SourceState::Gone, "{name}, {watched}, {by}");
        }
    }
}

// X-10, F-24: thirty days of refusal are thirty days, not one and a machine
// that began in 1970.
#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_ages_no_trouble() {
    let origin = Origin::new();
    origin.answer(FEED, |_| Reply::new(404));
    let mut service = Service::new(&origin, &one());
    service.set_clock(SignedDuration::from_hours(-56 * 365 * 24));
    service.run(HOUR).await;
    let right = SignedDuration::from_hours(56 * 365 * 24);
    service.run_and_set(5 * DAY, MIN, right).await;
    // Twice as long each time, and then daily: not weekly.
    let asked = origin.log_of(FEED).len();
    assert!(asked > 6, "{asked}");
}

// X-10, F-10: what was promised to an address that no source asks any more
// moves with the clock, too.
#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_moves_the_promises_to_every_address() {
    let year = SignedDuration::from_hours(365 * 24);
    for (watched, by) in [(true, year), (true, -year), (false, -year)] {
        let origin = Origin::new();
        origin.answer("https://a.example/*", |_| {
            Reply::ok(document(1)).with("cache-control", "max-age=43200")
        });
        let mut service = Service::new(&origin, &one());
        service.run(HOUR).await;
        service.edit(&config(&[("a", "https://a.example/other", "")]));
        lives_on(&mut service, watched, by, HOUR).await;
        service.edit(&one());
        service.run(DAY).await;
        let gaps = gaps(&origin.log_of(FEED));
        let first = gaps.first().copied().unwrap_or_default();
        assert!(
            (12 * HOUR..16 * HOUR).contains(&first),
            "{watched}, {by}: {gaps:?}"
        );
    }
}
