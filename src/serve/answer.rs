//! A request and an edition become an answer: a pure function.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW,
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LINK,
    LOCATION, REFERRER_POLICY, RETRY_AFTER, VARY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, Request, Response, StatusCode};
use ring::digest;

use crate::render::{Format, STYLE, Sheet};

/// Fresh for a quarter of an hour, usable for a week without us (S-20).
const CACHE: HeaderValue = HeaderValue::from_static(
    "public, max-age=900, stale-while-revalidate=900, stale-if-error=604800",
);

/// A closed archive never changes.
const CACHE_FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// What is found now need not be all that is found in a minute.
const CACHE_BRIEFLY: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// A page has the style that we wrote and loads nothing, and searches only
/// here. The style is named by its hash, which lets in less than the `'self'`
/// of S-28 would.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = digest::digest(&digest::SHA256, STYLE.as_bytes());
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; img-src https: data:; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'",
        BASE64_STANDARD.encode(style)
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

/// How things are is asked each time.
const CACHE_NOT: HeaderValue = HeaderValue::from_static("no-cache");

type Answer = Response<Full<Bytes>>;

/// Answers a request with the sheet at its path, if there is one. Nothing of
/// the request is repeated in an answer (H-79), but for the words that a
/// search page shows.
pub(super) fn answer<B>(sheet: Option<&Sheet>, request: &Request<B>) -> Answer {
    let Some(sheet) = sheet else {
        return plain(StatusCode::NOT_FOUND, "not found\n");
    };
    match *request.method() {
        Method::GET => respond(sheet, request.headers(), true),
        Method::HEAD => respond(sheet, request.headers(), false),
        Method::OPTIONS => options(sheet.format),
        _ => {
            let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n");
            answer.headers_mut().insert(ALLOW, METHODS);
            answer
        }
    }
}

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");

/// The answer to an address without its last slash: the sheet is at `path`,
/// one step below, wherever we stand behind a proxy.
pub(super) fn elsewhere(path: &str) -> Answer {
    let mut answer = plain(StatusCode::PERMANENT_REDIRECT, "see below\n");
    let last = path.trim_end_matches('/').rsplit('/').next();
    let headers = answer.headers_mut();
    insert(headers, LOCATION, &format!("{}/", last.unwrap_or_default()));
    headers.insert(CACHE_CONTROL, CACHE);
    answer
}

/// The answer to who asks how we are: yes or no, without a detail (O-01).
pub(super) fn probe<B>(is_well: bool, request: &Request<B>) -> Answer {
    let mut answer = match (is_well, request.method()) {
        (_, method) if ![Method::GET, Method::HEAD].contains(method) => {
            plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n")
        }
        (true, _) => plain(StatusCode::OK, "ok\n"),
        (false, _) => plain(StatusCode::SERVICE_UNAVAILABLE, "no\n"),
    };
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// The answer when all places are taken (S-31).
pub(super) fn busy() -> Answer {
    unavailable("too many connections\n", "60")
}

/// The answer when what is asked for cannot be read now.
pub(super) fn later() -> Answer {
    unavailable("busy, or out of order\n", "10")
}

/// `after` counts seconds.
fn unavailable(why: &'static str, after: &'static str) -> Answer {
    let mut answer = plain(StatusCode::SERVICE_UNAVAILABLE, why);
    let headers = answer.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from_static(after));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// What may be asked of a sheet; for a feed also what scripts may ask first,
/// so that they can ask with validators.
fn options(format: Format) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    let headers = answer.headers_mut();
    headers.insert(ALLOW, METHODS);
    if format.is_feed() {
        headers.extend(cross_origin());
        headers.extend([
            (ACCESS_CONTROL_ALLOW_METHODS, METHODS),
            (
                ACCESS_CONTROL_ALLOW_HEADERS,
                HeaderValue::from_static("If-Modified-Since, If-None-Match"),
            ),
            // A day, in seconds.
            (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400")),
        ]);
    }
    answer
}

fn respond(sheet: &Sheet, request: &HeaderMap, with_body: bool) -> Answer {
    let coding = coding(sheet, request);
    let mut answer = if is_known(sheet, request) {
        let mut answer = Response::new(Full::default());
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        answer
    } else {
        let body = match (coding, &sheet.br) {
            (Coding::Brotli, Some(br)) => br,
            (Coding::Gzip, _) => &sheet.gz,
            _ => &sheet.bytes,
        };
        let mut answer = Response::new(Full::new(if with_body {
            body.clone()
        } else {
            Bytes::new()
        }));
        let headers = answer.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static(sheet.format.content_type()),
        );
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        match coding {
            Coding::Brotli => headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br")),
            Coding::Gzip => headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip")),
            Coding::Identity => None,
        };
        answer
    };
    let headers = answer.headers_mut();
    let suffix = match coding {
        Coding::Brotli => "-br",
        Coding::Gzip => "-gz",
        Coding::Identity => "",
    };
    insert(headers, ETAG, &format!("\"{}{suffix}\"", sheet.tag));
    if sheet.format != Format::Search {
        let modified = httpdate::fmt_http_date(modified(sheet));
        insert(headers, LAST_MODIFIED, &modified);
    }
    headers.insert(
        CACHE_CONTROL,
        match sheet.format {
            Format::Archive => CACHE_FOR_EVER,
            Format::Search => CACHE_BRIEFLY,
            format if format.is_status() => CACHE_NOT,
            _ => CACHE,
        },
    );
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(links) = &sheet.links {
        insert(headers, LINK, links);
    }
    if sheet.format.is_feed() {
        headers.extend(cross_origin());
    }
    if sheet.format.is_page() {
        headers.insert(CONTENT_SECURITY_POLICY, POLICY.clone());
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    }
    answer
}

/// Whether the client has this sheet (RFC 9110 section 13.1). A time counts
/// only if it is the very one we gave: another is somebody's own clock.
fn is_known(sheet: &Sheet, request: &HeaderMap) -> bool {
    let mut tags = request.get_all(IF_NONE_MATCH).iter().peekable();
    if tags.peek().is_some() {
        return tags.any(|tags| names(tags.as_bytes(), &sheet.tag));
    }
    if sheet.format == Format::Search {
        return false;
    }
    let since = request
        .get(IF_MODIFIED_SINCE)
        .and_then(|since| since.to_str().ok());
    since
        .and_then(|since| httpdate::parse_http_date(since).ok())
        .is_some_and(|since| since == modified(sheet))
}

/// Whether a list of tags names ours: weak or strong, in any of our codings,
/// with the suffix that Apache adds, or `*` (S-17).
fn names(list: &[u8], tag: &str) -> bool {
    let list = String::from_utf8_lossy(list);
    list.split(',').any(|named| {
        let named = named.trim();
        let named = named.strip_prefix("W/").unwrap_or(named);
        let Some(inner) = named
            .strip_prefix('"')
            .and_then(|named| named.strip_suffix('"'))
        else {
            return named == "*";
        };
        let inner = inner.strip_suffix("-gzip").unwrap_or(inner);
        ["-gz", "-br"]
            .iter()
            .find_map(|suffix| inner.strip_suffix(suffix))
            .unwrap_or(inner)
            == tag
    })
}

/// How a body is packed on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Brotli,
    Gzip,
    Identity,
}

/// The smallest form of the sheet that is welcome, and at least as welcome as
/// the larger ones (RFC 9110 section 12.5.3).
fn coding(sheet: &Sheet, request: &HeaderMap) -> Coding {
    let (mut br, mut gzip, mut any, mut identity) = (None, None, None, None);
    for list in request.get_all(ACCEPT_ENCODING) {
        for coding in list.to_str().unwrap_or_default().split(',') {
            let mut parts = coding.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let is = |known| name.eq_ignore_ascii_case(known);
            let weight = parts.find_map(|part| part.strip_prefix(['q', 'Q'])?.strip_prefix('='));
            let weight = weight.map_or(1.0, |weight| weight.parse::<f32>().unwrap_or(0.0));
            if is("br") {
                br = Some(weight);
            } else if is("gzip") || is("x-gzip") {
                gzip = Some(weight);
            } else if is("identity") {
                identity = Some(weight);
            } else if is("*") {
                any = Some(weight);
            }
        }
    }
    let br = br.or(any).filter(|_| sheet.br.is_some()).unwrap_or(0.0);
    let gzip = gzip.or(any).unwrap_or(0.0);
    let identity = identity.unwrap_or(0.0);
    if br > 0.0 && br >= gzip && br >= identity {
        Coding::Brotli
    } else if gzip > 0.0 && gzip >= identity {
        Coding::Gzip
    } else {
        Coding::Identity
    }
}

/// Feeds may be read by scripts of any site, without credentials (S-22).
fn cross_origin() -> [(HeaderName, HeaderValue); 2] {
    [
        (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("ETag, Link, Last-Modified"),
        ),
    ]
}

fn plain(status: StatusCode, text: &'static str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn modified(sheet: &Sheet) -> SystemTime {
    let seconds = u64::try_from(sheet.modified.as_second()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

#[cfg(test)]
mod tests;
