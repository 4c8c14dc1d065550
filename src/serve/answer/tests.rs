//! Answers as a subscriber's program and a cache meet them.

use std::io::Read;

use jiff::Timestamp;

use super::*;
use crate::render::{Edition, Site};

fn edition() -> Edition {
    let shaped: Timestamp = "2026-11-18T08:26:40.9Z".parse().unwrap();
    Edition::sample(&Site::sample(), &[], shaped, &Edition::default())
}

/// The answer to `METHOD PATH` with these fields.
fn ask(edition: &Edition, line: &str, fields: &[(&str, &str)]) -> Answer {
    let (method, target) = line.split_once(' ').unwrap();
    let mut terms = Terms::default();
    for (name, value) in fields {
        terms.add(name, value.as_bytes());
    }
    let path = target.split('?').next().unwrap();
    match edition.get(path) {
        Some(sheet) => answer(sheet, method, &terms),
        None => nothing(None, method, &terms),
    }
}

fn field<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

fn body(answer: Answer) -> Bytes {
    answer.into_body()
}

#[test]
fn every_sheet_is_told_for_what_it_is() {
    let edition = edition();
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/atom.xml", "application/atom+xml; charset=utf-8"),
        ("/rss.xml", "application/rss+xml; charset=utf-8"),
        ("/feed.json", "application/feed+json"),
        ("/opml.xml", "application/xml; charset=utf-8"),
    ] {
        let answer = ask(&edition, &format!("GET {path}"), &[]);
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(field(&answer, "content-type"), kind, "{path}");
        assert_eq!(field(&answer, "x-content-type-options"), "nosniff");
        assert_eq!(
            field(&answer, "cache-control"),
            "public, max-age=900, stale-while-revalidate=900, stale-if-error=604800"
        );
        assert_eq!(field(&answer, "vary"), "accept-encoding");
        assert_eq!(
            field(&answer, "last-modified"),
            "Wed, 18 Nov 2026 08:26:40 GMT"
        );
        assert_eq!(field(&answer, "set-cookie"), "");
        let sheet = edition.get(path).unwrap();
        assert_eq!(
            field(&answer, "content-length"),
            sheet.bytes.len().to_string()
        );
        assert_eq!(body(answer), sheet.bytes, "{path}");
    }
}

#[test]
fn a_feed_says_where_it_is_and_any_script_may_read_it() {
    let edition = edition();
    for (path, links) in [
        (
            "/atom.xml",
            "<https://sco.example/atom.xml>; rel=\"self\", \
             <https://sco.example/>; rel=\"alternate\"; type=\"text/html\"",
        ),
        (
            "/rss.xml",
            "<https://sco.example/rss.xml>; rel=\"self\", \
             <https://sco.example/>; rel=\"alternate\"; type=\"text/html\"",
        ),
        (
            "/feed.json",
            "<https://sco.example/feed.json>; rel=\"self\", \
             <https://sco.example/>; rel=\"alternate\"; type=\"text/html\"",
        ),
    ] {
        let answer = ask(&edition, &format!("GET {path}"), &[]);
        assert_eq!(field(&answer, "link"), links);
        assert_eq!(field(&answer, "access-control-allow-origin"), "*");
        assert_eq!(
            field(&answer, "access-control-expose-headers"),
            "ETag, Link, Last-Modified"
        );
        assert_eq!(field(&answer, "access-control-allow-credentials"), "");
    }
}

#[test]
fn the_page_may_load_its_style_and_nothing_else() {
    let page = ask(&edition(), "GET /", &[]);
    let policy = field(&page, "content-security-policy");
    let (before, after) = policy.split_once("style-src 'sha256-").unwrap();
    let (hash, after) = after.split_once("'; ").unwrap();
    assert_eq!(before, "default-src 'none'; ");
    assert_eq!(hash.len(), 44);
    assert_eq!(
        after,
        "img-src https: data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    assert_eq!(field(&page, "referrer-policy"), "no-referrer");
    assert_eq!(field(&page, "access-control-allow-origin"), "");
    assert_eq!(
        field(&page, "link"),
        "<https://sco.example/atom.xml>; rel=\"alternate\"; type=\"application/atom+xml\", \
         <https://sco.example/rss.xml>; rel=\"alternate\"; type=\"application/rss+xml\", \
         <https://sco.example/feed.json>; rel=\"alternate\"; type=\"application/feed+json\""
    );
}

/// S-17: what clients and proxies make of our tag.
#[test]
fn a_tag_is_known_in_every_form_it_comes_back_in() {
    let edition = edition();
    let tag = &edition.get("/atom.xml").unwrap().tag;
    let other = &edition.get("/rss.xml").unwrap().tag;
    for (sent, expected) in [
        (format!("\"{tag}\""), 304),
        (format!("\"{tag}-gz\""), 304),
        // nginx makes a strong tag weak when it compresses.
        (format!("W/\"{tag}\""), 304),
        (format!("W/\"{tag}-gz\""), 304),
        // Apache adds a suffix when it compresses.
        (format!("\"{tag}-gzip\""), 304),
        (format!("\"{tag}-gz-gzip\""), 304),
        (format!("\"{tag}-br\""), 304),
        (format!("W/\"{tag}-br\""), 304),
        (format!("\"x\", W/\"{tag}\" ,\"y\""), 304),
        ("*".to_owned(), 304),
        (format!("\"{other}\""), 200),
        (format!("\"{tag}x\""), 200),
        // A tag without quotes is none.
        (tag.clone(), 200),
        ("\"*\"".to_owned(), 200),
        (String::new(), 200),
    ] {
        let answer = ask(&edition, "GET /atom.xml", &[("if-none-match", &sent)]);
        assert_eq!(answer.status().as_u16(), expected, "{sent}");
    }
    let fields = [
        ("if-none-match", "\"x\""),
        ("if-none-match", &format!("\"{tag}\"")),
    ];
    let answer = ask(&edition, "GET /atom.xml", &fields);
    assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
}

#[test]
fn a_time_is_known_only_if_it_is_the_one_we_gave() {
    let edition = edition();
    let given = "Wed, 18 Nov 2026 08:26:40 GMT";
    for (fields, expected) in [
        (vec![("if-modified-since", given)], 304),
        // The same time in the two old forms.
        (
            vec![("if-modified-since", "Wednesday, 18-Nov-26 08:26:40 GMT")],
            304,
        ),
        (vec![("if-modified-since", "Wed Nov 18 08:26:40 2026")], 304),
        // Somebody's own clock, which knows nothing of our editions.
        (
            vec![("if-modified-since", "Wed, 18 Nov 2026 08:26:41 GMT")],
            200,
        ),
        (
            vec![("if-modified-since", "Wed, 18 Nov 2026 08:26:39 GMT")],
            200,
        ),
        (vec![("if-modified-since", "yesterday")], 200),
        // A tag decides alone (S-18).
        (
            vec![("if-modified-since", given), ("if-none-match", "\"old\"")],
            200,
        ),
        (
            vec![("if-modified-since", "yesterday"), ("if-none-match", "*")],
            304,
        ),
    ] {
        let answer = ask(&edition, "GET /atom.xml", &fields);
        assert_eq!(answer.status().as_u16(), expected, "{fields:?}");
    }
}

#[test]
fn a_304_carries_what_a_cache_renews() {
    let edition = edition();
    let full = ask(&edition, "GET /atom.xml", &[]);
    let answer = ask(&edition, "GET /atom.xml", &[("if-none-match", "*")]);
    for name in [
        "etag",
        "last-modified",
        "cache-control",
        "vary",
        "link",
        "access-control-allow-origin",
    ] {
        assert_eq!(field(&answer, name), field(&full, name), "{name}");
        assert_ne!(field(&answer, name), "", "{name}");
    }
    for name in ["content-type", "content-length", "content-encoding"] {
        assert_eq!(field(&answer, name), "", "{name}");
    }
    assert!(body(answer).is_empty());
}

#[test]
fn the_smallest_welcome_form_is_sent() {
    let edition = edition();
    let sheet = edition.get("/atom.xml").unwrap();
    let brotli = sheet.br.as_ref().unwrap();
    for (accepted, coding) in [
        ("gzip", "gzip"),
        ("gzip, deflate", "gzip"),
        ("gzip, deflate, br", "br"),
        ("br", "br"),
        ("BR;q=0.5", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=1.0, GZIP;q=0.8, *;q=0.1", "br"),
        ("x-gzip", "gzip"),
        ("*", "br"),
        ("br;q=0, *", "gzip"),
        ("deflate, *;q=0.5", "br"),
        ("gzip;q=0.001", "gzip"),
        ("gzip;q=0", ""),
        ("gzip; q=0.0", ""),
        ("gzip;Q=0", ""),
        ("br;q=0, gzip;q=0", ""),
        ("*;q=0", ""),
        ("gzip;q=0, *", "br"),
        ("identity;q=1, gzip;q=0.5", ""),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("identity;q=0.5, br;q=0.4, gzip;q=0.5", "gzip"),
        ("gzip;q=nonsense", ""),
        ("deflate, zstd", ""),
        ("gzipped, brr", ""),
        ("identity", ""),
        ("", ""),
    ] {
        let answer = ask(&edition, "GET /atom.xml", &[("accept-encoding", accepted)]);
        let (suffix, bytes) = match coding {
            "gzip" => ("-gz", &sheet.gz),
            "br" => ("-br", brotli),
            _ => ("", &sheet.bytes),
        };
        assert_eq!(field(&answer, "content-encoding"), coding, "{accepted}");
        let tag = format!("\"{}{suffix}\"", sheet.tag);
        assert_eq!(field(&answer, "etag"), tag, "{accepted}");
        assert_eq!(field(&answer, "content-length"), bytes.len().to_string());
        assert_eq!(body(answer), bytes, "{accepted}");
        // Each revalidates as itself.
        let fields = [("accept-encoding", accepted), ("if-none-match", &*tag)];
        let again = ask(&edition, "GET /atom.xml", &fields);
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{accepted}");
        assert_eq!(field(&again, "etag"), tag, "{accepted}");
    }
    let (mut gz, mut br) = (Vec::new(), Vec::new());
    flate2::read::GzDecoder::new(&*sheet.gz)
        .read_to_end(&mut gz)
        .unwrap();
    brotli::Decompressor::new(&**brotli, 4096)
        .read_to_end(&mut br)
        .unwrap();
    assert_eq!((&gz[..], &br[..]), (&sheet.bytes[..], &sheet.bytes[..]));
}

#[test]
fn options_tell_what_may_be_asked() {
    let edition = edition();
    let feed = ask(
        &edition,
        "OPTIONS /atom.xml",
        &[("origin", "https://a.example")],
    );
    assert_eq!(feed.status(), StatusCode::NO_CONTENT);
    for (name, value) in [
        ("allow", "GET, HEAD, OPTIONS"),
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET, HEAD, OPTIONS"),
        (
            "access-control-allow-headers",
            "If-Modified-Since, If-None-Match",
        ),
    ] {
        assert_eq!(field(&feed, name), value);
    }
    let page = ask(&edition, "OPTIONS /", &[]);
    assert_eq!(field(&page, "allow"), "GET, HEAD, OPTIONS");
    assert_eq!(field(&page, "access-control-allow-origin"), "");
    assert!(body(page).is_empty());
}

#[test]
fn what_is_not_there_is_not_there() {
    let edition = edition();
    for line in [
        "GET /atom.xml/",
        "GET /ATOM.XML",
        "GET //",
        "GET //atom.xml",
        "GET /../etc/passwd",
        "GET /%61tom.xml",
        "GET /%00",
        "POST /nowhere",
        "OPTIONS *",
    ] {
        let answer = ask(&edition, line, &[]);
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{line}");
        assert_eq!(field(&answer, "content-type"), "text/plain; charset=utf-8");
        assert_eq!(body(answer), "not found\n");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"] {
        let answer = ask(&edition, &format!("{method} /atom.xml"), &[]);
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(field(&answer, "allow"), "GET, HEAD, OPTIONS");
    }
}

/// S-23: a feed's address always answers with the feed.
#[test]
fn nothing_is_negotiated() {
    let edition = edition();
    let plain = ask(&edition, "GET /atom.xml", &[]);
    for fields in [
        vec![("accept", "text/html")],
        vec![("accept-language", "ru")],
        vec![("user-agent", "Mozilla/5.0")],
        vec![("range", "bytes=0-0,0-1,1-5")],
        vec![("expect", "200-ok")],
    ] {
        let answer = ask(&edition, "GET /atom.xml?nocache=1", &fields);
        assert_eq!(answer.status(), StatusCode::OK, "{fields:?}");
        assert_eq!(answer.headers(), plain.headers(), "{fields:?}");
    }
}

/// H-79: whatever a request says, no answer says it again.
#[test]
fn nothing_of_a_request_is_repeated() {
    const EVIL: &str = "evil.example";
    let edition = edition();
    let fields = [
        ("host", EVIL),
        ("origin", EVIL),
        ("x-forwarded-host", EVIL),
        ("forwarded", EVIL),
        ("referer", EVIL),
        ("if-none-match", EVIL),
        ("accept-encoding", EVIL),
        ("access-control-request-headers", EVIL),
    ];
    for path in ["/", "/atom.xml?evil.example", "/evil.example"] {
        for method in ["GET", "HEAD", "OPTIONS", "POST"] {
            let answer = ask(&edition, &format!("{method} {path}"), &fields);
            assert!(!format!("{:?}", answer.headers()).contains(EVIL));
            assert!(!String::from_utf8_lossy(&body(answer)).contains(EVIL));
        }
    }
}

#[test]
fn a_full_house_says_when_to_come_again() {
    let busy = busy();
    assert_eq!(busy.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(field(&busy, "retry-after"), "60");
}
