//! `/metrics` as a scraper reads it: every line is one that OpenMetrics knows,
//! and no source makes more series than it may (O-02 to O-04).

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use scofeed::config;
use scofeed::render::{METRICS_TYPE, Process, Traffic, metrics};
use scofeed::serve::{self, Tally};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::input::gzip;
use crate::site::{Answer, Site, item, rss};

/// The samples of a text by name and labels, each family told before.
#[track_caller]
fn read(text: &str) -> BTreeMap<String, String> {
    let mut families = BTreeSet::new();
    let mut samples = BTreeMap::new();
    let body = text.strip_suffix("# EOF\n").unwrap();
    for line in body.lines() {
        if let Some(family) = line.strip_prefix("# TYPE ") {
            let (name, kind) = family.split_once(' ').unwrap();
            assert!(
                ["counter", "gauge", "histogram", "info"].contains(&kind),
                "{line}"
            );
            assert!(families.insert((name, kind)), "{line} twice");
            continue;
        }
        if line.starts_with("# HELP ") {
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let name = series.split('{').next().unwrap();
        let is_of = |(family, kind): &(&str, &str)| {
            let endings: &[&str] = match *kind {
                "counter" => &["_total"],
                "info" => &["_info"],
                "histogram" => &["_bucket", "_count", "_sum"],
                _ => &[""],
            };
            endings
                .iter()
                .any(|ending| format!("{family}{ending}") == name)
        };
        assert!(families.iter().any(is_of), "{line} is of no family");
        assert!(value.parse::<f64>().is_ok(), "{line}");
        assert!(
            samples
                .insert(series.to_owned(), value.to_owned())
                .is_none(),
            "{line} twice"
        );
    }
    samples
}

#[tokio::test]
async fn metrics_tell_what_came_of_every_poll() {
    let mut site = Site::new()
        .feed(
            "steppe",
            rss([
                item("1", "SCO summit opens in Bishkek"),
                item("2", "Cranes"),
            ]),
        )
        .feed("delta", Answer::status(503).field("Retry-After", "7200"));
    site.poll().await;
    site.poll().await;
    site.review();
    let text = site.metrics();
    let samples = read(&text);
    for (series, value) in [
        ("fetches_total{outcome=\"read\"}", "1"),
        ("fetches_total{outcome=\"unchanged\"}", "1"),
        ("fetches_total{outcome=\"status\"}", "2"),
        ("conditional_requests_total{result=\"unchanged\"}", "1"),
        ("fetch_duration_seconds_count", "4"),
        ("remembered_items{verdict=\"keep\"}", "1"),
        ("remembered_items{verdict=\"drop\"}", "1"),
        ("items_total{verdict=\"keep\"}", "1"),
        ("items_total{verdict=\"near\"}", "0"),
        ("items_total{verdict=\"drop\"}", "1"),
        ("quarantine_items", "0"),
        ("stories_entered_total", "1"),
        ("retry_after_active", "1"),
        ("source_state{source=\"steppe\",state=\"fine\"}", "1"),
        ("source_state{source=\"delta\",state=\"failing\"}", "1"),
        ("source_failures{source=\"delta\"}", "2"),
        ("source_interval_seconds{source=\"delta\"}", "3600"),
        ("config_ok", "1"),
        ("db_ok", "1"),
        ("db_commit_seconds_count", "2"),
        ("incidents_open", "1"),
    ] {
        let series = format!("scofeed_{series}");
        assert_eq!(
            samples.get(&series).map(String::as_str),
            Some(value),
            "{series}: {text}"
        );
    }
    assert_ne!(samples["scofeed_db_bytes"], "0");
    assert_ne!(samples["scofeed_disk_free_bytes"], "0");
    site.refuse("line 3: unknown key");
    site.review();
    let samples = read(&site.metrics());
    assert_eq!(samples["scofeed_config_ok"], "0");
    assert_eq!(samples["scofeed_incidents_open"], "2");
}

/// Every name of O-03, once there was something to count.
#[tokio::test(start_paused = true)]
async fn every_promised_name_is_there() {
    let mut site = Site::new().feed("steppe", rss([item("1", "SCO summit")]));
    site.poll().await;
    site.poll().await;
    site.says("steppe", rss([item("2", "SCO bank is founded")]));
    site.wait(Duration::from_hours(2));
    let reports = site.reports();
    site.serve_for(Duration::from_mins(1)).await;
    let report = Arc::clone(&reports.borrow());
    let traffic = Traffic::from([(("atom", 304), 3)]);
    let text = metrics(&report, &traffic, Process::default());
    let samples = read(&text);
    for promised in [
        "scofeed_fetches_total{outcome=",
        "scofeed_fetch_duration_seconds_bucket{le=",
        "scofeed_fetch_bytes_total{kind=\"wire\"}",
        "scofeed_fetch_bytes_total{kind=\"decoded\"}",
        "scofeed_conditional_requests_total{result=",
        "scofeed_retry_after_active",
        "scofeed_items_total{verdict=",
        "scofeed_source_last_success_timestamp_seconds{source=",
        "scofeed_source_newest_item_timestamp_seconds{source=",
        "scofeed_source_state{source=\"steppe\",state=",
        "scofeed_source_next_poll_timestamp_seconds{source=",
        "scofeed_publish_last_timestamp_seconds",
        "scofeed_publish_duration_seconds_count",
        "scofeed_detect_to_publish_seconds_count",
        "scofeed_http_requests_total{route=\"atom\",code=\"304\"}",
        "scofeed_http_not_modified_ratio",
        "scofeed_db_bytes",
        "scofeed_db_commit_seconds_count",
        "scofeed_config_ok",
        "scofeed_config_last_reload_timestamp_seconds",
        "scofeed_blocked_total{reason=",
        "scofeed_quarantine_items",
        "scofeed_build_info{version=",
        "process_start_time_seconds",
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
        "process_open_fds",
    ] {
        let is_told = samples.keys().any(|series| series.starts_with(promised));
        assert!(is_told, "{promised}: {text}");
    }
}

// O-03
#[tokio::test]
async fn bytes_are_counted_as_they_came_and_decompressed() {
    let document = rss((0..50).map(|n| item(&n.to_string(), "SCO summit opens in Bishkek")));
    let packed = gzip(document.as_bytes());
    let (wire, decoded) = (packed.len(), document.len());
    let answer = Answer::of("application/rss+xml", packed).field("Content-Encoding", "gzip");
    let mut site = Site::new().feed("steppe", answer);
    site.poll().await;
    // What cannot be read has come all the same.
    site.says("steppe", "no feed");
    site.poll().await;
    site.review();
    let samples = read(&site.metrics());
    for (kind, bytes) in [("wire", wire), ("decoded", decoded)] {
        let told = &samples[&format!("scofeed_fetch_bytes_total{{kind=\"{kind}\"}}")];
        assert_eq!(*told, (bytes + "no feed".len()).to_string(), "{kind}");
    }
}

// O-04
#[tokio::test]
async fn a_source_has_few_series_and_none_names_an_address() {
    let mut site = Site::new();
    for n in 0..30 {
        site = site.feed(&format!("s{n}"), rss([item(&format!("{n}"), "SCO summit")]));
    }
    site.poll().await;
    site.review();
    let text = site.metrics();
    let samples = read(&text);
    let of_sources = samples
        .keys()
        .filter(|series| series.contains("source="))
        .count();
    assert!(of_sources <= 30 * 20, "{of_sources}");
    assert!(samples.len() - of_sources <= 300, "{}", samples.len());
    assert!(
        !text.contains("http") || !text.contains("127.0.0.1"),
        "{text}"
    );
    let mut traffic = Traffic::new();
    traffic.insert(("atom", 304), 3);
    traffic.insert(("page", 200), 1);
    let report = site.report();
    let served = read(&metrics(&report, &traffic, Process::default()));
    let known = "scofeed_http_requests_total{route=\"atom\",code=\"304\"}";
    assert_eq!(served[known], "3");
    assert_eq!(served["scofeed_http_not_modified_ratio"], "0.750");
}

#[tokio::test]
async fn they_have_a_listener_of_their_own() {
    let mut site = Site::new().feed("steppe", rss([item("1", "SCO summit")]));
    site.poll().await;
    site.review();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let tally = Arc::new(Tally::default());
    let scraped = serve::metrics(listener, site.reports(), tally, async {
        drop(stopped.await);
    });
    let server = tokio::spawn(scraped);
    let get = async |target: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let answer = get("/metrics").await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(head.contains(METRICS_TYPE), "{head}");
    assert_ne!(read(body)["process_resident_memory_bytes"], "0");
    assert!(get("/").await.starts_with("HTTP/1.1 404"));
    drop(stop);
    server.await.unwrap();
    // And not on the port that everybody sees.
    assert_eq!(site.open_house().await.get("/metrics").await.status, 404);
}

#[test]
fn only_this_machine_may_read_them() {
    let read = |metrics: &str| {
        let text = format!("[server]\nmetrics = \"{metrics}\"\n");
        config::read(&text, "feeds.toml").map(|config| config.metrics)
    };
    let own = "127.0.0.1:9464";
    assert_eq!(read(own).unwrap(), Some(own.parse().unwrap()));
    assert!(read("[::1]:9464").is_ok());
    let open = read("0.0.0.0:9464").unwrap_err().to_string();
    assert!(
        open.contains("`metrics` are for this machine only"),
        "{open}"
    );
    assert!(read("9464").unwrap_err().to_string().contains("no address"));
}
