//! The edition over real sockets, as feed readers, proxies and browsers ask
//! for it. What one request and one sheet come to is tested beside
//! `serve::answer`; here it is what arrives on the wire.

// So that clippy knows the helpers, too, for test code.
#![cfg(test)]

use std::sync::Arc;
use std::time::Duration;

use scofeed::clock::Clock;
use scofeed::model::{How, Item, Member, Report, SourceKey, Story, StoryId, WebUrl};
use scofeed::render::{self, Edition, Outline, View};
use scofeed::{config, edition, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// An edition of stories that were made up with these headlines.
fn made_up(headlines: &[&str]) -> Edition {
    let config = config::read(
        "[feed]\ntitle = \"Test\"\nurl = \"https://sco.example/\"\n\
         [[source]]\nname = \"delta\"\nfeed = \"https://delta.example/feed\"\n",
        "test",
    );
    let source = SourceKey::new("delta").unwrap();
    let entered: jiff::Timestamp = "2026-11-24T10:00:00.250Z".parse().unwrap();
    let stories: Vec<Story> = headlines
        .iter()
        .map(|headline| {
            let mut item = Item::new(*headline, *headline);
            item.link = WebUrl::parse("https://delta.example/1");
            item.lead = "A lead that is long enough to be worth packing. ".repeat(20);
            Story {
                id: StoryId::of(&source, &item.key),
                shows: Member {
                    source: source.clone(),
                    item,
                    seen: entered,
                    how: How::Founder,
                    withdrawn: None,
                },
                others: Vec::new(),
                kin: Vec::new(),
                entered,
                published: entered,
                updated: entered,
                revision: 1,
            }
        })
        .collect();
    let site = Arc::new(edition::site(
        &config.unwrap(),
        "urn:example:sco".to_owned(),
    ));
    let outline = Outline {
        view: View::main(&site),
        stories: stories.iter().map(|s| (s.id, s.revision)).collect(),
        archives: Vec::new(),
        since: Some(entered),
    };
    let shaped = "2026-11-01T00:00:00Z".parse().unwrap();
    let read = |_: &Outline| Ok::<_, std::convert::Infallible>(stories.clone());
    render::edition(&site, &[outline], shaped, &Edition::default(), read).unwrap()
}

/// The server, and what it is told.
struct Served {
    address: String,
    editions: watch::Sender<Arc<Edition>>,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

impl Served {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (editions, reader) = watch::channel(Arc::new(made_up(&["SCO ministers meet"])));
        // Nothing in these tests is read from it.
        let library = Arc::new(serve::Library::new("/nonexistent".into()));
        let (stop, stopped) = oneshot::channel::<()>();
        let now = "2026-11-24T10:00:00Z".parse().unwrap();
        let (_, reports) = watch::channel(Arc::new(Report::empty(now)));
        let room = serve::Room {
            editions: reader,
            reports,
            library,
            clock: Clock::starting(now),
            tally: Arc::default(),
        };
        let server = tokio::spawn(serve::run(listener, serve::House::new(room), async {
            drop(stopped.await);
        }));
        Self {
            address,
            editions,
            stop: Some(stop),
            server,
        }
    }

    /// Sends these bytes on a connection of their own; what comes back.
    async fn send(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        Answer::read(&bytes)
    }

    /// A request with these fields, each ended by a line break.
    async fn ask(&self, method: &str, target: &str, fields: &str) -> Answer {
        let fields = fields.replace('\n', "\r\n");
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: sco.example\r\nConnection: close\r\n{fields}\r\n"
        );
        self.send(request.as_bytes()).await
    }

    async fn get(&self, target: &str, fields: &str) -> Answer {
        self.ask("GET", target, fields).await
    }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn read(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no head: {:?}", String::from_utf8_lossy(bytes)));
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        Self {
            status: status.parse().unwrap(),
            fields: lines
                .map(|line| line.split_once(": ").unwrap())
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect(),
            body: bytes[end + 4..].to_vec(),
        }
    }

    /// The one value of a field; empty if there is none.
    fn field(&self, name: &str) -> &str {
        let mut values = self.fields.iter().filter(|(known, _)| known == name);
        let value = values.next().map_or("", |(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} twice: {:?}", self.fields);
        value
    }

    /// The fields but for the moment of the answer.
    fn lasting(&self) -> Vec<&(String, String)> {
        self.fields
            .iter()
            .filter(|(name, _)| name != "date")
            .collect()
    }
}

#[tokio::test]
async fn every_sheet_has_its_type_and_its_fields() {
    let served = Served::new().await;
    for (path, typ) in [
        ("/", "text/html; charset=utf-8"),
        ("/atom.xml", "application/atom+xml; charset=utf-8"),
        ("/rss.xml", "application/rss+xml; charset=utf-8"),
        ("/opml.xml", "application/xml; charset=utf-8"),
    ] {
        let answer = served.get(path, "").await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.field("content-type"), typ);
        assert_eq!(answer.field("x-content-type-options"), "nosniff");
        assert_eq!(
            answer.field("cache-control"),
            "public, max-age=900, stale-while-revalidate=900, stale-if-error=604800"
        );
        assert_eq!(answer.field("vary").to_lowercase(), "accept-encoding");
        assert_eq!(answer.field("set-cookie"), "");
        assert!(httpdate::parse_http_date(answer.field("date")).is_ok());
        assert!(httpdate::parse_http_date(answer.field("last-modified")).is_ok());
        let length: usize = answer.field("content-length").parse().unwrap();
        assert_eq!(answer.body.len(), length);
        let tag = answer.field("etag");
        assert!(
            tag.len() > 10 && tag.starts_with('"') && tag.ends_with('"'),
            "{tag}"
        );

        let is_feed = matches!(path, "/atom.xml" | "/rss.xml");
        let cross = answer.field("access-control-allow-origin");
        assert_eq!(cross, if is_feed { "*" } else { "" });
        let exposed = answer.field("access-control-expose-headers");
        assert_eq!(
            exposed,
            if is_feed {
                "ETag, Link, Last-Modified"
            } else {
                ""
            }
        );
        assert_eq!(answer.field("link").contains("rel=\"self\""), is_feed);
        let policy = answer.field("content-security-policy");
        assert_eq!(policy.contains("default-src 'none'"), path == "/");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("script-src"));
    }
    let feed = served.get("/atom.xml", "").await;
    assert_eq!(feed.field("last-modified"), "Tue, 24 Nov 2026 10:00:00 GMT");
    assert!(
        String::from_utf8(feed.body)
            .unwrap()
            .contains("SCO ministers meet")
    );
}

#[tokio::test]
async fn every_coding_is_a_representation_of_its_own() {
    let served = Served::new().await;
    let plain = served.get("/atom.xml", "").await;
    for (accepts, packed) in [
        ("gzip", "gzip"),
        ("br;q=1.0, gzip;q=0.5, *;q=0.1", "br"),
        ("*", "br"),
        ("X-GZIP", "gzip"),
        ("identity", ""),
        ("gzip;q=0", ""),
        ("gzip; q=0.0, *", "br"),
        ("br", "br"),
    ] {
        let answer = served
            .get("/atom.xml", &format!("Accept-Encoding: {accepts}\n"))
            .await;
        assert_eq!(answer.field("content-encoding"), packed, "{accepts}");
        let is_packed = !packed.is_empty();
        let is_other = answer.field("etag") != plain.field("etag");
        assert_eq!(is_other, is_packed, "{accepts}");
        let is_shorter = answer.body.len() < plain.body.len();
        assert_eq!(is_shorter, is_packed, "{accepts}");
        let mut body = Vec::new();
        let mut unpacking: Box<dyn std::io::Read> = match packed {
            "gzip" => Box::new(flate2::read::GzDecoder::new(answer.body.as_slice())),
            "br" => Box::new(brotli::Decompressor::new(answer.body.as_slice(), 4096)),
            _ => Box::new(answer.body.as_slice()),
        };
        unpacking.read_to_end(&mut body).unwrap();
        assert_eq!(body, plain.body, "{accepts}");
    }
}

/// RFC 9110 section 13.1.2, and what servers in front of us make of tags.
#[tokio::test]
async fn a_tag_that_names_ours_in_any_form_is_answered_with_304() {
    let served = Served::new().await;
    let plain = served.get("/atom.xml", "").await;
    let tag = plain.field("etag").trim_matches('"').to_owned();
    let packed = served.get("/atom.xml", "Accept-Encoding: gzip\n").await;
    let packed = packed.field("etag");
    for (sent, known) in [
        (format!("\"{tag}\""), true),
        (packed.to_owned(), true),
        ("*".to_owned(), true),
        (format!("\"other\", \"{tag}\""), true),
        (format!("\"a,b\",\"{tag}\",  W/\"c\""), true),
        (format!("\"other\"\nIf-None-Match: \"{tag}\""), true),
        // nginx makes a tag weak when it packs the answer itself.
        (format!("W/\"{tag}\""), true),
        (format!("W/{packed}"), true),
        // Apache's mod_deflate adds a suffix inside the quotes.
        (format!("\"{tag}-gzip\""), true),
        (format!("W/\"{tag}-gzip\""), true),
        ("\"other\"".to_owned(), false),
        (tag.clone(), false),
        (format!("\"{tag}"), false),
        (format!("\"x{tag}\""), false),
        (format!("\"{}\"", tag.to_uppercase()), false),
        (String::new(), false),
    ] {
        for coding in ["", "Accept-Encoding: gzip\n"] {
            let fields = format!("{coding}If-None-Match: {sent}\n");
            let answer = served.get("/atom.xml", &fields).await;
            assert_eq!(answer.status, if known { 304 } else { 200 }, "{fields}");
            assert_eq!(answer.body.is_empty(), known, "{fields}");
        }
    }
}

#[tokio::test]
async fn a_304_says_what_a_cache_must_know() {
    let served = Served::new().await;
    for coding in ["", "Accept-Encoding: gzip\n"] {
        let whole = served.get("/atom.xml", coding).await;
        let fields = format!("{coding}If-None-Match: {}\n", whole.field("etag"));
        let short = served.get("/atom.xml", &fields).await;
        assert_eq!((short.status, short.body.len()), (304, 0));
        for name in ["etag", "cache-control", "vary", "link", "last-modified"] {
            assert_eq!(short.field(name), whole.field(name), "{name}");
        }
        assert_ne!(short.field("date"), "");
        assert_eq!(short.field("content-type"), "");
        assert_eq!(short.field("content-encoding"), "");
    }
}

#[tokio::test]
async fn a_date_counts_only_where_no_tag_is_sent() {
    let served = Served::new().await;
    let tag = served.get("/atom.xml", "").await.field("etag").to_owned();
    let since = |date: &str| format!("If-Modified-Since: {date}\n");
    let exact = since("Tue, 24 Nov 2026 10:00:00 GMT");
    for (fields, status) in [
        (exact.clone(), 304),
        (since("Wed, 25 Nov 2026 00:00:00 GMT"), 200),
        (since("Tuesday, 24-Nov-26 10:00:00 GMT"), 304),
        (since("Tue, 24 Nov 2026 09:59:59 GMT"), 200),
        (since("yesterday"), 200),
        (since("2026-11-24T10:00:00Z"), 200),
        (format!("If-None-Match: \"other\"\n{exact}"), 200),
        (
            format!(
                "If-None-Match: {tag}\n{}",
                since("Sun, 01 Nov 2026 00:00:00 GMT")
            ),
            304,
        ),
    ] {
        let answer = served.get("/atom.xml", &fields).await;
        assert_eq!(answer.status, status, "{fields}");
    }
}

#[tokio::test]
async fn methods_other_than_get() {
    let served = Served::new().await;
    for path in ["/", "/atom.xml", "/opml.xml"] {
        for fields in ["", "Accept-Encoding: gzip\n", "If-None-Match: *\n"] {
            let get = served.get(path, fields).await;
            let head = served.ask("HEAD", path, fields).await;
            assert_eq!(head.status, get.status);
            assert_eq!(head.lasting(), get.lasting(), "{path} {fields}");
            assert!(head.body.is_empty());
        }
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "get", "BREW"] {
        let answer = served.ask(method, "/atom.xml", "Content-Length: 0\n").await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.field("allow"), "GET, HEAD, OPTIONS");
    }
    let options = served
        .ask(
            "OPTIONS",
            "/atom.xml",
            "Origin: https://reader.example\nAccess-Control-Request-Method: GET\n",
        )
        .await;
    assert_eq!((options.status, options.body.len()), (204, 0));
    assert_eq!(options.field("access-control-allow-origin"), "*");
    assert_eq!(
        options.field("access-control-allow-methods"),
        "GET, HEAD, OPTIONS"
    );
    assert_eq!(options.field("access-control-allow-credentials"), "");
    let all = served.ask("OPTIONS", "*", "").await;
    assert_eq!(
        (all.status, all.field("allow")),
        (204, "GET, HEAD, OPTIONS")
    );
}

/// RFC 9112 section 3.2.
#[tokio::test]
async fn a_request_names_one_host() {
    let served = Served::new().await;
    for (head, status) in [
        ("1.1\r\nHost: a", 200),
        ("1.1\r\nHost: [::1]:8090", 200),
        ("1.1\r\nHost:", 200),
        ("1.0", 200),
        ("1.1", 400),
        ("1.1\r\nHost: a\r\nHost: a", 400),
        ("1.1\r\nHost: a b/c", 400),
        ("1.1\r\nHost: a@b", 400),
        ("1.0\r\nHost: a\r\nHost: b", 400),
    ] {
        let request = format!("GET /atom.xml HTTP/{head}\r\nConnection: close\r\n\r\n");
        let answer = served.send(request.as_bytes()).await;
        assert_eq!(answer.status, status, "{head}");
    }
}

/// RFC 9110 sections 13.1.1 and 13.1.4.
#[tokio::test]
async fn who_wants_one_state_gets_no_other() {
    let served = Served::new().await;
    let feed = served.get("/atom.xml", "").await;
    let (tag, time) = (feed.field("etag"), feed.field("last-modified"));
    for (fields, status) in [
        (format!("If-Match: {tag}\n"), 200),
        (format!("If-Match: \"x\", {tag}\n"), 200),
        ("If-Match: *\n".to_owned(), 200),
        ("If-Match: \"x\"\n".to_owned(), 412),
        (format!("If-Match: W/{tag}\n"), 412),
        (format!("If-Match: {tag}\nIf-None-Match: {tag}\n"), 304),
        (format!("If-Unmodified-Since: {time}\n"), 200),
        (
            "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\n".to_owned(),
            412,
        ),
        ("If-Unmodified-Since: yesterday\n".to_owned(), 200),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = served.ask(method, "/atom.xml", &fields).await;
            assert_eq!(answer.status, status, "{method} {fields}");
        }
    }
}

/// Who begins to ask and does not go on is told so.
#[tokio::test(start_paused = true)]
async fn a_head_that_does_not_end_is_answered_in_the_end() {
    let served = Served::new().await;
    let begun = b"GET /atom.xml HTTP/1.1\r\nHost: a\r\n";
    assert_eq!(served.send(begun).await.status, 408);
}

/// H-76: we subscribe to no hub, so there is no callback to guess or to verify,
/// and what is delivered is not received.
#[tokio::test]
async fn nobody_is_subscribed() {
    let served = Served::new().await;
    let verification = "hub.mode=subscribe&hub.topic=https://sco.example/atom.xml\
                        &hub.challenge=echo-me&hub.lease_seconds=-1";
    for path in ["/websub", "/callback", "/hub/0123456789abcdef", "/push"] {
        let answer = served.get(&format!("{path}?{verification}"), "").await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!String::from_utf8_lossy(&answer.body).contains("echo-me"));
    }
    let answer = served.get(&format!("/atom.xml?{verification}"), "").await;
    assert_eq!(answer.body, served.get("/atom.xml", "").await.body);
    // A delivery of 100 MiB is refused by its head, and the connection ends.
    for fields in [
        "Content-Length: 104857600\n",
        "Transfer-Encoding: chunked\nX-Hub-Signature: sha256=00\n",
    ] {
        let answer = served.ask("POST", "/callback", fields).await;
        assert!([404, 405].contains(&answer.status), "{}", answer.status);
        assert_eq!(answer.field("connection"), "close", "{fields}");
    }
}

/// H-79: what is answered depends on the path alone, and nothing of a
/// request comes back.
#[tokio::test]
async fn odd_requests_get_the_sheet_or_nothing() {
    let served = Served::new().await;
    let feed = served.get("/atom.xml", "").await;
    let same = [
        ("/atom.xml?from=evil.example&%3Cscript%3E", ""),
        ("http://evil.example/atom.xml", ""),
        (
            "/atom.xml",
            "X-Forwarded-Host: evil.example\nX-Forwarded-Proto: gopher\nForwarded: host=evil.example\n",
        ),
        ("/atom.xml", "Range: bytes=0-,0-,0-,0-\n"),
        ("/atom.xml", "Range: bytes=1-2\n"),
        (
            "/atom.xml",
            "Cookie: a=b\nAuthorization: Basic ZXZpbDpldmls\n",
        ),
    ];
    for (target, fields) in same {
        let answer = served.get(target, fields).await;
        assert_eq!(answer.status, 200, "{target} {fields}");
        assert_eq!(answer.lasting(), feed.lasting(), "{target} {fields}");
        assert_eq!(answer.body, feed.body, "{target} {fields}");
    }
    let evil = served
        .send(b"GET /atom.xml HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        .await;
    assert_eq!(evil.body, feed.body);

    for target in [
        "/evil",
        "/atom.xml/",
        "/Atom.xml",
        "//evil.example/atom.xml",
        "/../atom.xml",
        "/%2e%2e/etc/passwd",
        "/../../etc/passwd",
        "/atom.xml%00",
        "/%00",
        "/atom.xml\u{fe0f}",
        "*",
        "/evil\"><script>",
    ] {
        let answer = served.get(target, "").await;
        assert!((400..500).contains(&answer.status), "{target}: {answer:?}");
        let text = String::from_utf8(answer.body.clone()).unwrap();
        assert!(!text.contains("evil") && !text.contains("passwd"), "{text}");
        assert!(
            answer
                .fields
                .iter()
                .all(|(_, value)| !value.contains("evil"))
        );
    }
    let missing = served.get("/evil", "").await;
    assert_eq!(
        (missing.status, missing.body.as_slice()),
        (404, &b"not found\n"[..])
    );
    assert_eq!(missing.field("x-content-type-options"), "nosniff");
    // Its head never ends, so nobody reads it to the end.
    let endless = format!("GET /atom.xml?{} HTTP/1.1\r\n\r\n", "a".repeat(1024 * 1024));
    let mut stream = TcpStream::connect(&served.address).await.unwrap();
    let mut bytes = Vec::new();
    drop(stream.write_all(endless.as_bytes()).await);
    drop(stream.read_to_end(&mut bytes).await);
    assert!(!bytes.starts_with(b"HTTP/1.1 200"), "{bytes:?}");
    // The same, as far as we read it.
    let endless = format!("GET /{}", "a".repeat(16 * 1024));
    assert_eq!(served.send(endless.as_bytes()).await.status, 414);
    let broken = served
        .send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        .await;
    assert_eq!(broken.status, 400);
}

#[tokio::test]
async fn a_new_edition_is_served_at_once_and_the_old_tag_no_longer_counts() {
    let served = Served::new().await;
    let old = served.get("/atom.xml", "").await;
    let sources = served.get("/opml.xml", "").await;
    let next = made_up(&["SCO ministers meet", "SCO ministers part"]);
    served.editions.send_replace(Arc::new(next));
    let fields = format!("If-None-Match: {}\n", old.field("etag"));
    let new = served.get("/atom.xml", &fields).await;
    assert_eq!(new.status, 200);
    assert!(
        String::from_utf8(new.body)
            .unwrap()
            .contains("SCO ministers part")
    );
    let fields = format!("If-None-Match: {}\n", sources.field("etag"));
    assert_eq!(served.get("/opml.xml", &fields).await.status, 304);
}

#[tokio::test]
async fn one_connection_serves_several_requests_and_ends_with_the_server() {
    let mut served = Served::new().await;
    let mut stream = TcpStream::connect(&served.address).await.unwrap();
    let request = b"HEAD /atom.xml HTTP/1.1\r\nHost: a\r\n\r\n";
    stream.write_all(&request.repeat(3)).await.unwrap();
    let mut heads = String::new();
    while heads.matches("\r\n\r\n").count() < 3 {
        let mut part = [0; 4096];
        let length = stream.read(&mut part).await.unwrap();
        assert_ne!(length, 0, "{heads}");
        heads += std::str::from_utf8(&part[..length]).unwrap();
    }
    assert_eq!(heads.matches("HTTP/1.1 200 OK").count(), 3);
    // It does not hold the end up, and one that has asked nothing only for the
    // moment in which it may still ask.
    let mut quiet = TcpStream::connect(&served.address).await.unwrap();
    assert_eq!(served.get("/opml.xml", "").await.status, 200);
    tokio::time::pause();
    let told = Instant::now();
    served.stop.take();
    served.server.await.unwrap();
    assert!(told.elapsed() <= Duration::from_millis(101));
    assert_eq!(quiet.read(&mut [0; 1]).await.unwrap_or(0), 0);
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
    assert!(TcpStream::connect(&served.address).await.is_err());
}

/// S-31: clients that open connections and say nothing, or half a head, or
/// take no answer, keep nobody out.
#[tokio::test]
async fn silent_clients_keep_nobody_out() {
    let served = Served::new().await;
    let mut silent = Vec::new();
    for n in 0..300 {
        let mut stream = TcpStream::connect(&served.address).await.unwrap();
        let said: &[u8] = match n % 3 {
            0 => b"",
            1 => b"GET /atom.xml HTTP/1.1\r\nHo",
            _ => b"GET /atom.xml HTTP/1.1\r\nHost: a\r\n\r\n",
        };
        stream.write_all(said).await.unwrap();
        silent.push(stream);
        if n % 10 == 9 {
            assert_eq!(served.get("/atom.xml", "").await.status, 200, "after {n}");
        }
    }
    // Those who came first had to go.
    let mut all = Vec::new();
    silent[0].read_to_end(&mut all).await.unwrap_or_default();
    assert!(all.is_empty());
    for _ in 0..50 {
        assert_eq!(served.get("/", "").await.status, 200);
    }
}

/// A connection that lives long is ended between two answers, not within one.
#[tokio::test]
async fn no_answer_is_torn_when_a_connection_has_lived_long_enough() {
    let served = Served::new().await;
    let mut stream = TcpStream::connect(&served.address).await.unwrap();
    let request = b"GET /atom.xml HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut ended = false;
    tokio::time::pause();
    for _ in 0..1000 {
        tokio::time::advance(Duration::from_millis(100)).await;
        if stream.write_all(request).await.is_err() {
            ended = true;
            break;
        }
        let mut bytes = Vec::new();
        let mut length = None;
        while length != Some(bytes.len()) {
            let mut part = [0; 16384];
            match stream.read(&mut part).await {
                Ok(read) if read > 0 => bytes.extend_from_slice(&part[..read]),
                _ => break,
            }
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
                let field = head.split("content-length: ").nth(1).unwrap();
                let body: usize = field.lines().next().unwrap().parse().unwrap();
                length = Some(end + 4 + body);
            }
        }
        if bytes.is_empty() {
            ended = true;
            break;
        }
        assert_eq!(length, Some(bytes.len()));
    }
    assert!(ended, "a connection lives for ever");
}
