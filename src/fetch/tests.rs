//! The exit as a publisher's log shows it: a scripted origin on loopback.

use super::*;
use crate::model::SecretPlace;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use tokio::sync::mpsc::UnboundedReceiver;

/// Serves `answers` one by one, each on a connection of its own, and tells
/// the requests.
fn origin(answers: Vec<Vec<u8>>) -> (WebUrl, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = WebUrl::parse(&format!("http://{}/feed", listener.local_addr().unwrap())).unwrap();
    let (told, requests) = mpsc::channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() > 0 {
                request.push(byte[0]);
            }
            told.send(String::from_utf8_lossy(&request).into_owned())
                .unwrap();
            stream.write_all(&answer).unwrap();
        }
    });
    (url, requests)
}

fn answer(head: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Of a client that loses patience sooner.
const IMPATIENT: Limits = Limits {
    first_byte: Duration::from_millis(500),
    silence: Duration::from_millis(500),
    ..LIMITS
};

fn fetch() -> Fetch {
    let wire = Wire::with_limits(Arc::new(System), IMPATIENT).unwrap();
    Fetch::through(&agent(Some("mailto:a@b.example")), Arc::new(wire)).unwrap()
}

async fn get(url: &WebUrl, validators: &Validators) -> Result<Fetched, Failure> {
    get_by(&fetch(), url, validators).await
}

async fn get_by(fetch: &Fetch, url: &WebUrl, validators: &Validators) -> Result<Fetched, Failure> {
    let ask = Ask {
        url,
        configured: url,
        validators,
        accept: Accept::Feed,
        allow_private: true,
        secret: None,
        proxy: None,
        ours: None,
        manners: &Manners::default(),
    };
    fetch.get(ask).await.fetched
}

async fn failure_of(answers: Vec<Vec<u8>>) -> Failure {
    let (url, _requests) = origin(answers);
    get(&url, &Validators::default()).await.unwrap_err()
}

#[tokio::test]
async fn validators_go_out_as_they_came_in() {
    let (url, requests) = origin(vec![
        answer(
            "200 OK\r\nETag: W/\"a b\"\r\nLast-Modified: yesterday, 10 o'clock",
            "<rss/>",
        ),
        answer("304 Not Modified", ""),
    ]);
    let Ok(Fetched::Document(head, body)) = get(&url, &Validators::default()).await else {
        panic!("no document");
    };
    assert_eq!(body, b"<rss/>");
    assert!(matches!(
        get(&url, &head.validators).await,
        Ok(Fetched::Unchanged(_))
    ));
    let (first, second) = (requests.recv().unwrap(), requests.recv().unwrap());
    assert!(second.contains("if-none-match: W/\"a b\"\r\n"), "{second}");
    assert!(
        second.contains("if-modified-since: yesterday, 10 o'clock\r\n"),
        "{second}"
    );
    for name in ["cookie", "referer", "origin", "if-"] {
        assert!(!first.to_lowercase().contains(name), "{first}");
    }
    assert!(first.contains("user-agent: scofeed/"), "{first}");
    assert!(first.contains("(+mailto:a@b.example)"), "{first}");
    assert!(
        first.contains("accept-encoding: gzip, br, deflate\r\n"),
        "{first}"
    );
}

#[tokio::test]
async fn a_redirect_is_followed_and_remembered() {
    let (url, requests) = origin(vec![
        answer("301 Moved Permanently\r\nLocation: /new#part", ""),
        answer("200 OK\r\nContent-Type: text/xml", "<rss/>"),
    ]);
    let Ok(Fetched::Document(head, _)) = get(&url, &Validators::default()).await else {
        panic!("no document");
    };
    assert_eq!(head.hops, [301]);
    assert!(head.url.as_str().ends_with("/new"));
    assert!(requests.iter().nth(1).unwrap().starts_with("GET /new HTTP"));
}

#[tokio::test]
async fn a_secret_is_told_to_the_configured_address_alone() {
    let (other, told_other) = origin(vec![answer("200 OK", "<rss/>")]);
    let there = answer(&format!("302 Found\r\nLocation: {other}"), "");
    let (url, told) = origin(vec![answer("302 Found\r\nLocation: /b", ""), there]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lake"), "X-Token: hunter2").unwrap();
    let place = SecretPlace {
        name: "lake".to_owned(),
        folders: vec![folder.path().to_owned()],
    };
    let secret = Secret::read(&place).unwrap();
    let ask = Ask {
        url: &url,
        // Another port is another host to the guard.
        configured: &url,
        validators: &Validators::default(),
        accept: Accept::Feed,
        allow_private: true,
        secret: Some(&secret),
        proxy: None,
        ours: None,
        manners: &Manners::default(),
    };
    let fetched = fetch().get(ask).await.fetched;
    let requests: Vec<String> = told.try_iter().chain(told_other.try_iter()).collect();
    let knowing = requests.iter().filter(|r| r.contains("x-token: hunter2"));
    assert_eq!(knowing.count(), 2, "{requests:?}");
    // The guard lets nobody lead us to another port of a private host.
    assert_eq!(fetched.unwrap_err().kind(), "refused");
    assert!(!is_at_home(&other, &url));
    let of = |text: &str| WebUrl::parse(text).unwrap();
    let home = of("https://lake.example/feed");
    for (url, expected) in [
        ("https://lake.example/other", true),
        ("http://lake.example/feed", false),
        ("https://lake.example:8443/feed", false),
        ("https://www.lake.example/feed", false),
    ] {
        assert_eq!(is_at_home(&of(url), &home), expected, "{url}");
    }
}

#[tokio::test]
async fn redirects_to_where_we_do_not_go_are_refused() {
    for (location, kind) in [
        ("http://127.0.0.1:1/", "refused"),
        ("http://169.254.169.254/latest/", "refused"),
        ("http://2130706433/", "refused"),
        ("javascript:alert(1)", "redirect"),
        ("file:///etc/passwd", "redirect"),
        ("http://user@a.example/", "refused"),
    ] {
        let failure = failure_of(vec![answer(
            &format!("302 Found\r\nLocation: {location}"),
            "",
        )])
        .await;
        assert_eq!(failure.kind(), kind, "{location}: {failure}");
    }
}

#[tokio::test]
async fn a_loop_of_redirects_ends() {
    let again = answer("302 Found\r\nLocation: /feed", "");
    let failure = failure_of(vec![again; 7]).await;
    assert_eq!(failure.kind(), "redirect", "{failure}");
}

#[tokio::test]
async fn bad_answers_are_told_apart() {
    for (sent, kind) in [
        (answer("500 Internal Server Error", "x"), "status"),
        (answer("204 No Content", ""), "status"),
        (answer("304 Not Modified", ""), "status"),
        (answer("200 OK", ""), "empty"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<rss>".to_vec(),
            "body",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n".to_vec(),
            "body",
        ),
        (
            answer("200 OK\r\nContent-Encoding: gzip", "not gzip"),
            "body",
        ),
        (b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), "body"),
        // TLS where plain text is spoken (H-14): an alert.
        (b"\x15\x03\x01\x00\x02\x02\x46".to_vec(), "body"),
        (Vec::new(), "body"),
        // Lengths that do not agree (H-17).
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n<rss/>".to_vec(),
            "body",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nContent-Length: 5\r\n\r\n<rss/>".to_vec(),
            "body",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n\
              6\r\n<rss/>\r\n0\r\n\r\n"
                .to_vec(),
            "body",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<rss/>".to_vec(),
            "body",
        ),
        // Heads without measure (H-16).
        (
            answer(&format!("200 OK{}", "\r\nX: y".repeat(10_000)), "<rss/>"),
            "too_large",
        ),
        (
            answer(&format!("200 OK{}", "\r\nX: y".repeat(127)), "<rss/>"),
            "too_large",
        ),
        (
            answer(&format!("200 OK\r\nX: {}", "y".repeat(1 << 20)), "<rss/>"),
            "too_large",
        ),
        (
            answer(&format!("200 OK\r\nX: {}", "y".repeat(70_000)), "<rss/>"),
            "too_large",
        ),
    ] {
        let said = String::from_utf8_lossy(&sent).into_owned();
        let failure = failure_of(vec![sent]).await;
        assert_eq!(failure.kind(), kind, "{said}: {failure}");
    }
}

#[tokio::test]
async fn an_endless_body_is_cut_at_eight_mebibytes() {
    let mut endless = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    endless.resize(9 * 1024 * 1024, b'x');
    let failure = failure_of(vec![endless]).await;
    assert_eq!(failure.kind(), "too_large", "{failure}");
}

#[tokio::test]
async fn silence_is_not_waited_out() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = WebUrl::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let failure = get(&url, &Validators::default()).await.unwrap_err();
    assert_eq!(failure.kind(), "timeout", "{failure}");
}

// H-15: a head that comes letter by letter has as long as one that comes late.
#[tokio::test]
async fn a_head_that_trickles_is_not_waited_out() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = WebUrl::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let (hung_up, over) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 16]).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nX: ").unwrap();
        while over.recv_timeout(Duration::from_millis(100)).is_err() {
            drop(stream.write_all(b"x"));
        }
    });
    let failure = get(&url, &Validators::default()).await.unwrap_err();
    assert_eq!(failure.kind(), "timeout", "{failure}");
    hung_up.send(()).unwrap();
}

// H-16: interim answers cost time, and that is bounded.
#[tokio::test]
async fn interim_answers_are_no_answer() {
    let interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(100);
    let failure = failure_of(vec![interim.clone()]).await;
    assert_eq!(failure.kind(), "body", "{failure}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = WebUrl::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 16]).unwrap();
        while stream.write_all(&interim).is_ok() {}
    });
    let failure = get(&url, &Validators::default()).await.unwrap_err();
    assert_eq!(failure.kind(), "timeout", "{failure}");
}

// H-71: what is too long, ambiguous or illegal is not kept.
#[tokio::test]
async fn senseless_validators_are_not_kept() {
    for (fields, kept) in [
        (format!("ETag: {}", "x".repeat(1024)), true),
        (format!("ETag: {}", "x".repeat(60_000)), false),
        ("ETag: \"a\"\r\nETag: \"b\"".to_owned(), false),
        ("ETag: \"a\"\r\nETag: \"a\"".to_owned(), true),
        ("ETag:".to_owned(), false),
    ] {
        let (url, _requests) = origin(vec![answer(&format!("200 OK\r\n{fields}"), "<rss/>")]);
        let Ok(Fetched::Document(head, _)) = get(&url, &Validators::default()).await else {
            panic!("no document: {}", shown(&fields));
        };
        assert_eq!(head.validators.etag.is_some(), kept, "{}", shown(&fields));
        assert_eq!(head.validators.from, Some(url));
    }
}

// F-18: a server that hangs up is not asked again at once.
#[tokio::test]
async fn a_slot_is_one_request() {
    let (url, requests) = origin(vec![Vec::new(), answer("200 OK", "<rss/>")]);
    let failure = get(&url, &Validators::default()).await.unwrap_err();
    assert_eq!(failure.kind(), "body", "{failure}");
    assert!(requests.recv().is_ok());
    assert!(requests.try_recv().is_err());
}

// F-21.
#[test]
fn https_never_leads_to_http() {
    let to = |from: &str, location: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, location.parse().unwrap());
        let next = next(&WebUrl::parse(from).unwrap(), &[301], &headers);
        next.map(|url| url.to_string())
            .map_err(|failure| failure.kind())
    };
    assert_eq!(
        to("https://a.example/", "http://a.example/"),
        Err("redirect")
    );
    assert_eq!(
        to("https://a.example/", "HTTP://b.example/x"),
        Err("redirect")
    );
    assert_eq!(
        to("https://a.example/x", "//b.example/"),
        Ok("https://b.example/".into())
    );
    assert_eq!(
        to("http://a.example/", "https://a.example/#x"),
        Ok("https://a.example/".into())
    );
    assert_eq!(
        to("http://a.example/x/y", "../z"),
        Ok("http://a.example/z".into())
    );
}

/// Serves `/small`, `/large`, and `/held`, which is as large, up to its last
/// byte; that one comes when `go` is dropped.
fn slow_origin(go: mpsc::Receiver<()>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let go = Arc::new(std::sync::Mutex::new(go));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, go) = (stream.unwrap(), Arc::clone(&go));
            std::thread::spawn(move || {
                let mut request = [0; 1024];
                let length = stream.read(&mut request).unwrap();
                let is_small = request[..length].starts_with(b"GET /small");
                let body = vec![b'x'; if is_small { 9 } else { 300 * 1024 }];
                let all = answer("200 OK", std::str::from_utf8(&body).unwrap());
                let (most, last) = all.split_at(all.len() - 1);
                drop(stream.write_all(most));
                if request.starts_with(b"GET /held") {
                    assert!(go.lock().unwrap().recv().is_err());
                }
                drop(stream.write_all(last));
            });
        }
    });
    address
}

// C-15: large bodies wait for one another, small ones for nobody.
#[tokio::test]
async fn large_bodies_wait_for_their_place() {
    let (hold, go) = mpsc::channel();
    let address = slow_origin(go);
    let wire = Arc::new(Wire::new(Arc::new(System)).unwrap());
    let ask = |path: &str| {
        let url = WebUrl::parse(&format!("{address}{path}")).unwrap();
        let wire = Arc::clone(&wire);
        async move {
            let outgoing = Outgoing {
                url: &url,
                headers: HeaderMap::new(),
                open: Some("127.0.0.1"),
                post: None,
                proxy: None,
            };
            wire.send(outgoing).await.map(|answer| answer.body.len())
        }
    };
    let held: Vec<_> = (0..3).map(|_| tokio::spawn(ask("/held"))).collect();
    // Once all three have their place, a fourth has none.
    let mut waits = false;
    for _ in 0..50 {
        let large = timeout(Duration::from_millis(100), ask("/large")).await;
        waits = large.is_err();
        if waits {
            break;
        }
    }
    assert!(waits);
    assert_eq!(ask("/small").await.unwrap(), 9);
    drop(hold);
    for body in held {
        assert_eq!(body.await.unwrap().unwrap(), 300 * 1024);
    }
    assert_eq!(ask("/large").await.unwrap(), 300 * 1024);
}

/// Takes TLS connections on a port of loopback and hands each on.
fn tls_origin(
    certificate: &[u8],
    key: &[u8],
    protocol: Option<&[u8]>,
    mut serve: impl FnMut(rustls::StreamOwned<rustls::ServerConnection, std::net::TcpStream>)
    + Send
    + 'static,
) -> WebUrl {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(certificate.to_vec())],
            PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.to_vec())),
        )
        .unwrap();
    config.alpn_protocols.extend(protocol.map(<[u8]>::to_vec));
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = WebUrl::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            serve(rustls::StreamOwned::new(session, stream.unwrap()));
        }
    });
    url
}

/// Speaks TLS with a certificate that nobody vouches for.
fn self_signed_origin() -> WebUrl {
    tls_origin(
        include_bytes!("../../tests/data/tls/self-signed.der"),
        include_bytes!("../../tests/data/tls/self-signed.key.der"),
        None,
        |mut stream| {
            let mut request = Vec::new();
            // The client hangs up instead of asking.
            assert!(stream.read_to_end(&mut request).is_err());
            assert!(request.is_empty());
        },
    )
}

/// A frame of HTTP/2 (RFC 9113 section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Speaks HTTP/2: answers the first request with `begin`, and goes on with
/// `flood` until the client hangs up, which it tells.
fn flooding_origin(begin: Vec<u8>, flood: &[u8]) -> (WebUrl, UnboundedReceiver<()>) {
    const HEADERS: u8 = 1;
    const SETTINGS: u8 = 4;
    let flood = flood.repeat(1 << 10);
    let (hung_up, over) = tokio::sync::mpsc::unbounded_channel();
    let url = tls_origin(
        VOUCHED_FOR,
        include_bytes!("../../tests/data/tls/vouched-for.key.der"),
        Some(b"h2"),
        move |mut stream| {
            let mut preface = [0; 24];
            stream.read_exact(&mut preface).unwrap();
            assert_eq!(&preface, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            stream.write_all(&frame(SETTINGS, 0, 0, &[])).unwrap();
            let mut head = [0; 9];
            while head[3] != HEADERS {
                stream.read_exact(&mut head).unwrap();
                let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
                let mut payload = vec![0; length as usize];
                stream.read_exact(&mut payload).unwrap();
            }
            let mut sent = stream.write_all(&begin);
            while sent.is_ok() {
                sent = stream.write_all(&flood);
            }
            hung_up.send(()).ok();
        },
    );
    (url, over)
}

const VOUCHED_FOR: &[u8] = include_bytes!("../../tests/data/tls/vouched-for.der");

/// A client that loses patience sooner, and trusts the origin of a test.
fn trusting() -> Fetch {
    let wire = Wire::with_limits(Arc::new(System), IMPATIENT).unwrap();
    let wire = wire.trusting("127.0.0.1", VOUCHED_FOR);
    Fetch::through(&agent(None), Arc::new(wire)).unwrap()
}

// H-19: whatever a server sends without end, and however it is packed into
// frames, it is over when our patience is; then nobody listens any more.
#[tokio::test]
async fn floods_of_http_2_are_cut() {
    const DATA: u8 = 0;
    const HEADERS: u8 = 1;
    const RESET: u8 = 3;
    const SETTINGS: u8 = 4;
    const PROMISE: u8 = 5;
    const PING: u8 = 6;
    const AWAY: u8 = 7;
    const WINDOW: u8 = 8;
    const CONTINUATION: u8 = 9;
    const END_HEADERS: u8 = 4;
    const PADDED: u8 = 8;
    // HPACK: what stands in the static table, and `x: y` in letters.
    let (ok, interim, field) = (b"\x88", b"\x08\x03103", b"\x00\x01x\x01y");
    let good = frame(HEADERS, END_HEADERS, 1, ok);
    let nothing = Vec::new();
    let floods = [
        ("settings", nothing.clone(), frame(SETTINGS, 0, 0, &[])),
        ("pings", nothing.clone(), frame(PING, 0, 0, &[7; 8])),
        (
            "windows",
            nothing.clone(),
            frame(WINDOW, 0, 0, &[0, 0, 0, 1]),
        ),
        ("resets", nothing.clone(), frame(RESET, 0, 1, &[0, 0, 0, 8])),
        (
            "farewells",
            nothing.clone(),
            frame(AWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0]),
        ),
        (
            "unknown frames",
            nothing.clone(),
            frame(0xfa, 0, 0, &[0; 16]),
        ),
        (
            "promises",
            nothing.clone(),
            frame(PROMISE, END_HEADERS, 1, b"\x00\x00\x00\x02\x82"),
        ),
        (
            "interim answers",
            nothing.clone(),
            frame(HEADERS, END_HEADERS, 1, interim),
        ),
        (
            "continuations",
            frame(HEADERS, 0, 1, ok),
            frame(CONTINUATION, 0, 1, field),
        ),
        (
            "empty continuations",
            frame(HEADERS, 0, 1, ok),
            frame(CONTINUATION, 0, 1, &[]),
        ),
        ("answers", good.clone(), good.clone()),
        ("empty data", good.clone(), frame(DATA, 0, 1, &[])),
        (
            "padding",
            good.clone(),
            frame(DATA, PADDED, 1, &[3, 0, 0, 0]),
        ),
        (
            "resets of a body",
            good.clone(),
            frame(RESET, 0, 1, &[0, 0, 0, 8]),
        ),
    ];
    let soon = Duration::from_secs(10);
    for (name, begin, flood) in floods {
        let (url, mut over) = flooding_origin(begin, &flood);
        let fetch = trusting();
        let failure = timeout(soon, get_by(&fetch, &url, &Validators::default())).await;
        let failure = failure.expect(name).unwrap_err();
        let kinds = ["timeout", "body", "too_large"];
        assert!(kinds.contains(&failure.kind()), "{name}: {failure}");
        // Where it does not read what it makes us answer, TCP gives up.
        if !["settings", "pings"].contains(&name) {
            timeout(soon, over.recv()).await.expect(name);
        }
        drop(fetch);
    }
    // The same way brings what is no flood.
    let document = [good, frame(DATA, 1, 1, b"<rss/>")].concat();
    let (url, _over) = flooding_origin(document, &frame(PING, 1, 0, &[7; 8]));
    let fetched = get_by(&trusting(), &url, &Validators::default()).await;
    assert!(matches!(fetched, Ok(Fetched::Document(_, body)) if body == b"<rss/>"));
}

// H-13, H-14: what is not trustworthy, and what is no TLS at all.
#[tokio::test]
async fn a_connection_is_trusted_or_not_made() {
    let url = self_signed_origin();
    let failure = get(&url, &Validators::default()).await.unwrap_err();
    assert_eq!(failure.kind(), "tls", "{failure}");
    for plain in [
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = WebUrl::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(plain.as_bytes()).unwrap();
            drop(stream.read(&mut [0; 1024]));
        });
        let failure = get(&url, &Validators::default()).await.unwrap_err();
        assert_eq!(failure.kind(), "tls", "{failure}");
    }
}
