//! Why a source is asked when it is: what `scofeed status` prints after every
//! kind of answer (F-12 to F-17, F-23, F-24, F-31).

use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use scofeed::model::Failure;

use crate::score::{Origin, Reply, Service, rss};

const FEED: &str = "https://a.example/feed";

/// A document with these elements in its channel, the `n`-th of its source.
fn document(n: usize, channel: &str) -> Reply {
    let (guid, title) = (format!("g{n}"), format!("Session {n} of the envoys"));
    let text = rss([(guid.as_str(), title.as_str(), Service::start(0))]);
    let channel =
        format!("<channel xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\">{channel}");
    Reply::ok(text.replace("<channel>", &channel)).with("etag", format!("\"{n}\""))
}

fn plain() -> Reply {
    document(1, "")
}

fn not_modified() -> Reply {
    Reply::new(304)
}

fn max_age(reply: Reply, seconds: u64) -> Reply {
    reply.with("cache-control", format!("max-age={seconds}"))
}

fn expires(reply: Reply, hours: i64) -> Reply {
    let date = |at: Timestamp| at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let expires = date(Service::start(hours * 3600));
    reply
        .with("date", date(Service::start(0)))
        .with("expires", expires)
}

fn retry_after(status: u16, seconds: u64) -> Reply {
    Reply::new(status).with("retry-after", seconds.to_string())
}

fn hours(of: impl IntoIterator<Item = u32>) -> String {
    let hours = of.into_iter().map(|hour| format!("<hour>{hour}</hour>"));
    format!(
        "<skipHours>{}</skipHours>",
        hours.collect::<Vec<_>>().concat()
    )
}

fn again(reply: Reply, times: usize) -> Vec<Reply> {
    vec![reply; times]
}

/// Asks a source as often as there are replies, each time when it is due, and
/// reads what `status` says then.
async fn check(every: &str, replies: Vec<Reply>, why: &str) {
    let origin = Origin::new();
    let times = replies.len();
    origin.script(FEED, replies);
    let config = format!(
        "[[source]]\nname = \"a\"\nmatch = \"all\"\nevery = \"{every}\"\nfeed = \"{FEED}\"\n"
    );
    let mut service = Service::new(&origin, &config);
    for n in 1..=times {
        service.once().await;
        assert_eq!(origin.log().len(), n, "{why}");
        let next = service.status("a").next;
        let wait = next.map(|next| next.at.duration_since(service.now()));
        let wait = wait.unwrap_or(SignedDuration::ZERO);
        if n < times {
            tokio::time::sleep(wait.try_into().unwrap()).await;
        }
    }
    let file = service.data().join("feeds.toml");
    std::fs::write(&file, &config).unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_scofeed"))
        .args(["status", "--config"])
        .arg(&file)
        .arg("--data")
        .arg(service.data())
        .output()
        .unwrap();
    let said = String::from_utf8(ran.stdout).unwrap();
    // The trouble of one that is gone is the reason why it is not asked.
    let told = |line: &str| {
        let line = line.trim_start();
        line.strip_prefix("next: ").unwrap_or(line) == why
    };
    assert!(said.lines().any(told), "{why}: {said}");
}

#[tokio::test(start_paused = true)]
async fn the_interval_and_what_servers_call_fresh() {
    let tagged = plain;
    let fresh = |time: &str| format!("the server calls its answer fresh (max-age) for {time}");
    for (every, replies, why) in [
        ("1h", vec![plain()], "every 1h"),
        ("1h", vec![tagged(), not_modified()], "every 1h"),
        ("15m", vec![plain()], "every 15m"),
        ("2d", vec![plain()], "every 2d"),
        ("90m", vec![Reply::new(500), plain()], "every 1h 30m"),
        ("1h", vec![max_age(plain(), 7200)], &fresh("2h")),
        (
            "1h",
            vec![tagged(), max_age(not_modified(), 7200)],
            &fresh("2h"),
        ),
        ("1h", vec![max_age(plain(), 1800)], "every 1h"),
        ("1h", vec![max_age(plain(), 0)], "every 1h"),
        (
            "1h",
            vec![max_age(plain(), 31_536_000)],
            &fresh("365d, of which 1d count"),
        ),
        ("2d", vec![max_age(plain(), 31_536_000)], "every 2d"),
        (
            "1h",
            vec![max_age(plain(), 10_800), not_modified()],
            &fresh("3h"),
        ),
        (
            "1h",
            vec![max_age(plain(), 10_800), max_age(not_modified(), 0)],
            "every 1h",
        ),
        (
            "1h",
            vec![max_age(plain(), 10_800), document(2, "")],
            "every 1h",
        ),
    ] {
        check(every, replies, why).await;
    }
    let fresh = |time: &str| format!("the server calls its answer fresh (Expires) for {time}");
    for (replies, why) in [
        (vec![expires(plain(), 5)], fresh("5h")),
        (vec![tagged(), expires(not_modified(), 5)], fresh("5h")),
        (
            vec![expires(plain(), 40 * 24)],
            fresh("40d, of which 1d count"),
        ),
    ] {
        check("1h", replies, &why).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_feeds_ask_for() {
    let ttl = |minutes: u32| document(1, &format!("<ttl>{minutes}</ttl>"));
    let daily =
        "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>";
    let left_out = "every 1h, and not in the hours that the feed leaves out";
    let days = "<skipDays><day>Tuesday</day><day>Wednesday</day></skipDays>";
    for (replies, why) in [
        (vec![ttl(180)], "the feed asks to wait 3h"),
        (vec![ttl(180), not_modified()], "the feed asks to wait 3h"),
        (vec![ttl(180), document(2, "")], "every 1h"),
        (vec![ttl(1)], "every 1h"),
        (
            vec![ttl(10_080)],
            "the feed asks to wait 7d, of which 1d count",
        ),
        (vec![document(1, daily)], "the feed asks to wait 6h"),
        (vec![max_age(ttl(180), 7200)], "the feed asks to wait 3h"),
        (
            vec![max_age(ttl(180), 14_400)],
            "the server calls its answer fresh (max-age) for 4h",
        ),
        (vec![document(1, &hours([1, 2]))], left_out),
        (vec![document(1, &hours([2]))], "every 1h"),
        (vec![document(1, &hours([2])), not_modified()], left_out),
        (vec![document(1, days)], left_out),
        (
            vec![document(1, &hours(0..24))],
            "every 1h; the feed leaves out all hours, which does not count",
        ),
    ] {
        check("1h", replies, why).await;
    }
}

#[tokio::test(start_paused = true)]
async fn trouble_and_servers_without_validators() {
    let bare = || Reply::ok(plain().body);
    let timeout = || Reply::trouble(Failure::Timeout("no answer"));
    for (replies, why) in [
        (again(bare(), 2), "every 1h"),
        (
            again(bare(), 25),
            "the same bytes 24 times and no validator: every 2h",
        ),
        (vec![Reply::new(500)], "the last poll failed: waiting 2h"),
        (vec![timeout()], "the last poll failed: waiting 2h"),
        (again(Reply::new(500), 2), "2 failures in a row: waiting 4h"),
        (again(timeout(), 7), "7 failures in a row: waiting 1d"),
        (
            vec![retry_after(503, 18_000)],
            "HTTP 503: the server asks to wait (Retry-After) 5h",
        ),
        (
            vec![retry_after(429, 1800)],
            "HTTP 429: every 1h, longer than the 30m that the server asks for",
        ),
        (
            vec![retry_after(429, 31_536_000)],
            "HTTP 429: the server asks to wait (Retry-After) 365d, of which 7d count",
        ),
        (vec![Reply::new(429)], "the last poll failed: waiting 2h"),
        (again(Reply::new(404), 3), "3 failures in a row: waiting 8h"),
        (
            again(Reply::new(404), 36),
            "HTTP 404 for more than 30d: asking weekly",
        ),
        (
            vec![Reply::new(410)],
            "HTTP 410, gone: asking once more a day later",
        ),
        (
            again(Reply::new(410), 2),
            "gone (HTTP 410 twice): not asked again until its address changes",
        ),
    ] {
        check("1h", replies, why).await;
    }
}
