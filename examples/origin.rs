//! A thousand publishers in one process, for `benches/rounds.py`: each has a
//! feed of thirty items, about 42 KB. Prints its port, and answers until its
//! input ends.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a tool for those who work on the program"
)]

use std::convert::Infallible;
use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use clap::Parser;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

#[derive(Clone, Copy, Debug, Parser)]
struct Args {
    /// Publishers: `/0`, `/1` …
    #[arg(long, default_value_t = 1000)]
    sources: usize,
    /// Items in each feed
    #[arg(long, default_value_t = 30)]
    items: usize,
    /// Milliseconds before an answer, from this to twice this
    #[arg(long, default_value_t = 0)]
    latency: u64,
    /// One publisher in so many answers with HTTP 500
    #[arg(long)]
    wrong_one_in: Option<usize>,
    /// One publisher in so many never ends its answer
    #[arg(long)]
    endless_one_in: Option<usize>,
}

fn main() {
    let args = Args::parse();
    let feeds: Arc<Vec<Bytes>> = Arc::new((0..args.sources).map(|n| feed(n, args.items)).collect());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    std::thread::spawn(|| {
        drop(std::io::read_to_string(std::io::stdin()));
        std::process::exit(0);
    });
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap().port());
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let feeds = Arc::clone(&feeds);
            let service = service_fn(move |request| answer(Arc::clone(&feeds), args, request));
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(async move { drop(connection.await) });
        }
    });
}

async fn answer(
    feeds: Arc<Vec<Bytes>>,
    args: Args,
    request: Request<Incoming>,
) -> Result<Response<Sent>, Infallible> {
    let number: usize = request.uri().path().trim_matches('/').parse().unwrap();
    let feed = feeds.get(number).unwrap().clone();
    let latency = args.latency + args.latency * (number as u64 % 97) / 96;
    tokio::time::sleep(Duration::from_millis(latency)).await;
    let is = |one_in: Option<usize>, rest| one_in.is_some_and(|n| number % n == rest);
    let tag = HeaderValue::from_str(&format!("\"{number}\"")).unwrap();
    let (status, rest, ends) = if is(args.wrong_one_in, 1) {
        (StatusCode::INTERNAL_SERVER_ERROR, Bytes::new(), true)
    } else if request.headers().get(IF_NONE_MATCH) == Some(&tag) {
        (StatusCode::NOT_MODIFIED, Bytes::new(), true)
    } else {
        (StatusCode::OK, feed, !is(args.endless_one_in, 2))
    };
    let mut answer = Response::new(Sent { rest, ends });
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(ETAG, tag);
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/rss+xml"),
    );
    Ok(answer)
}

/// A body that may never end.
struct Sent {
    rest: Bytes,
    ends: bool,
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let rest = std::mem::take(&mut self.rest);
        match (rest.is_empty(), self.ends) {
            (false, _) => Poll::Ready(Some(Ok(Frame::data(rest)))),
            (true, true) => Poll::Ready(None),
            (true, false) => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.ends
    }

    fn size_hint(&self) -> SizeHint {
        if self.ends {
            SizeHint::with_exact(self.rest.len() as u64)
        } else {
            SizeHint::default()
        }
    }
}

/// One item in ten is about the topic.
fn feed(source: usize, items: usize) -> Bytes {
    let mut words = Words(source as u64 + 1);
    let mut text = format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Publisher {source}</title>\
         <link>https://p{source}.example/</link>"
    );
    for n in 0..items {
        let about = if n % 10 == 3 {
            "Shanghai Cooperation Organisation"
        } else {
            "Harbour"
        };
        let (title, lead) = (words.some(6), words.some(170));
        write!(
            text,
            "<item><guid isPermaLink=\"false\">{source}-{n}</guid><title>{about} {title}</title>\
             <link>https://p{source}.example/{n}</link>\
             <pubDate>Tue, 24 Nov 2026 {:02}:{:02}:00 GMT</pubDate>\
             <description>{lead}</description></item>",
            n % 24,
            source % 60
        )
        .unwrap();
    }
    text.push_str("</channel></rss>");
    text.into()
}

/// Words that nobody knows, so that no two texts are alike.
struct Words(u64);

impl Words {
    fn some(&mut self, count: usize) -> String {
        let words = (0..count).map(|_| self.word());
        words.collect::<Vec<_>>().join(" ")
    }

    fn word(&mut self) -> String {
        const SYLLABLES: [&str; 16] = [
            "ba", "ko", "ri", "tu", "ze", "mi", "lo", "sha", "ven", "dor", "qui", "pa", "ne", "gu",
            "si", "fo",
        ];
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (0..3)
            .filter_map(|n| SYLLABLES.get(usize::try_from(z >> (4 * n) & 15).ok()?))
            .copied()
            .collect()
    }
}
