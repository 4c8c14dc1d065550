//! The exit as a publisher's log shows it: a scripted origin on loopback.

use super::*;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;

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

/// A client that loses patience sooner.
fn fetch() -> Fetch {
    let limits = Limits {
        first_byte: Duration::from_millis(500),
        silence: Duration::from_millis(500),
        ..LIMITS
    };
    let wire = Wire::with_limits(Arc::new(System), limits).unwrap();
    Fetch::through(&agent(Some("mailto:a@b.example")), Arc::new(wire)).unwrap()
}

async fn get(url: &WebUrl, validators: &Validators) -> Result<Fetched, Failure> {
    let ask = Ask {
        url,
        configured: url,
        validators,
        accept: Accept::Feed,
        allow_private: true,
        manners: &Manners::default(),
    };
    fetch().get(ask).await.fetched
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
