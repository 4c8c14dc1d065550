//! `/metrics` on a listener of its own, off the public port (O-02).

use std::convert::Infallible;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::NO_DESCRIPTOR_WAIT;
use crate::model::Report;
use crate::render::{self, Format, METRICS_TYPE, Process, Traffic};

/// Scrapers at once; more wait.
const SCRAPERS: usize = 4;

/// One scrape, from its connection to its last byte.
const SCRAPED_WITHIN: Duration = Duration::from_secs(10);

/// What was answered, counted while it is served.
#[derive(Debug, Default)]
pub struct Tally(Mutex<Traffic>);

impl Tally {
    pub(super) fn count(&self, path: &str, status: StatusCode) {
        let mut traffic = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *traffic.entry((route(path), status.as_u16())).or_default() += 1;
    }

    fn so_far(&self) -> Traffic {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The kind of thing at a path: a client cannot make up new ones.
fn route(path: &str) -> &'static str {
    let is = |format: Format| format.of_site() == path;
    let name = path.rsplit('/').next().unwrap_or_default();
    match name {
        "" => "page",
        "atom.xml" => "atom",
        "rss.xml" => "rss",
        "feed.json" => "json",
        "style.css" => "style",
        "healthz" | "readyz" => "probe",
        _ if Format::STATUS.into_iter().any(is) => "status",
        "search" => "search",
        _ if path.starts_with("/story/") => "story",
        _ if path.contains("archive/") => "archive",
        _ => "other",
    }
}

/// Answers scrapers until `shutdown` resolves.
pub async fn metrics(
    listener: TcpListener,
    reports: watch::Receiver<Arc<Report>>,
    tally: Arc<Tally>,
    shutdown: impl Future<Output = ()>,
) {
    let mut shutdown = std::pin::pin!(shutdown);
    let mut scrapes = JoinSet::new();
    loop {
        while scrapes.try_join_next().is_some() {}
        if scrapes.len() >= SCRAPERS {
            scrapes.join_next().await;
        }
        let accepted = tokio::select! {
            () = &mut shutdown => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let scrape = scrape(stream, reports.clone(), Arc::clone(&tally));
                scrapes.spawn(timeout(SCRAPED_WITHIN, scrape));
            }
            Err(error) => {
                tracing::warn!(%error, "a scraper's connection cannot be accepted");
                tokio::time::sleep(NO_DESCRIPTOR_WAIT).await;
            }
        }
    }
}

async fn scrape(stream: TcpStream, reports: watch::Receiver<Arc<Report>>, tally: Arc<Tally>) {
    let service = service_fn(|request| {
        let answer = answer(&request, &reports, &tally);
        async move { Ok::<_, Infallible>(answer) }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).keep_alive(false);
    // What goes wrong on a connection is its client's business.
    drop(http.serve_connection(TokioIo::new(stream), service).await);
}

fn answer<B>(
    request: &Request<B>,
    reports: &watch::Receiver<Arc<Report>>,
    tally: &Tally,
) -> Response<Full<Bytes>> {
    let is_ours = request.uri().path() == "/metrics" && request.method() == Method::GET;
    if !is_ours {
        let mut answer = Response::new(Full::from("see /metrics\n"));
        *answer.status_mut() = StatusCode::NOT_FOUND;
        return answer;
    }
    let report = Arc::clone(&reports.borrow());
    let text = render::metrics(&report, &tally.so_far(), process());
    let mut answer = Response::new(Full::from(text));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(METRICS_TYPE));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// What the kernel tells of this process; nothing where it tells nothing.
fn process() -> Process {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/self/{name}"));
    let number = |text: Option<&str>| text.and_then(|n| n.parse().ok()).unwrap_or(0);
    let pages: u64 = read("statm").map_or(0, |statm| number(statm.split(' ').nth(1)));
    let cpu = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let cpu = Duration::try_from(cpu).unwrap_or_default();
    let page = u64::try_from(rustix::param::page_size()).unwrap_or(0);
    let files = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    Process {
        resident: pages * page,
        cpu_ms: u64::try_from(cpu.as_millis()).unwrap_or(u64::MAX),
        files: u64::try_from(files).unwrap_or(0),
    }
}
