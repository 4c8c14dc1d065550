//! A request and an edition become an answer: a pure function.

use std::borrow::Cow;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hyper::body::Bytes;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, CONTENT_ENCODING,
    CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderName,
    HeaderValue, LAST_MODIFIED, LINK, LOCATION, REFERRER_POLICY, RETRY_AFTER, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Response, StatusCode};
use ring::digest;

use crate::model::StoryId;
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

pub(super) type Answer = Response<Bytes>;

/// What a request says of the form of its answer. Several fields of one name
/// are one list (RFC 9110 section 5.3).
#[derive(Clone, Debug, Default)]
pub(super) struct Terms<'r> {
    /// `Accept-Encoding`.
    codings: Option<Cow<'r, [u8]>>,
    /// `If-None-Match`.
    tags: Option<Cow<'r, [u8]>>,
    /// `If-Modified-Since`.
    since: Option<Cow<'r, [u8]>>,
    /// `If-Match`.
    must_match: Option<Cow<'r, [u8]>>,
    /// `If-Unmodified-Since`.
    unmodified: Option<Cow<'r, [u8]>>,
    /// `Accept`.
    kinds: Option<Cow<'r, [u8]>>,
}

impl<'r> Terms<'r> {
    /// Takes notice of a field, if it is one that counts.
    pub(super) fn add(&mut self, name: &str, value: &'r [u8]) {
        let list = match name.len() {
            15 if name.eq_ignore_ascii_case("accept-encoding") => &mut self.codings,
            13 if name.eq_ignore_ascii_case("if-none-match") => &mut self.tags,
            6 if name.eq_ignore_ascii_case("accept") => &mut self.kinds,
            17 if name.eq_ignore_ascii_case("if-modified-since") => &mut self.since,
            8 if name.eq_ignore_ascii_case("if-match") => &mut self.must_match,
            19 if name.eq_ignore_ascii_case("if-unmodified-since") => &mut self.unmodified,
            _ => return,
        };
        match list {
            None => *list = Some(Cow::Borrowed(value)),
            Some(list) => list.to_mut().extend([b", ", value].concat()),
        }
    }

    /// Whether it asks for one state and no other, as who writes does.
    pub(super) fn wants_one_state(&self) -> bool {
        self.must_match.is_some() || self.unmodified.is_some()
    }

    /// Whether it is a person's browser that asks: it names HTML.
    fn wants_html(&self) -> bool {
        let kinds = self.kinds.as_deref().map(String::from_utf8_lossy);
        kinds.is_some_and(|kinds| kinds.to_ascii_lowercase().contains("text/html"))
    }
}

/// Answers a request with the sheet at its path. Nothing of the request is
/// repeated in an answer (H-79), but for the words that a search page shows. A
/// HEAD gets the head of this.
pub(super) fn answer(sheet: &Sheet, method: &str, terms: &Terms<'_>) -> Answer {
    match method {
        "GET" | "HEAD" if is_another(sheet, terms) => {
            plain(StatusCode::PRECONDITION_FAILED, "it is not as you think\n")
        }
        "GET" | "HEAD" => {
            let coding = coding(sheet, terms);
            let known = is_known(sheet, terms);
            let mut answer = form(sheet, coding, known);
            if !known {
                answer.body_mut().clone_from(coding.body(sheet));
            }
            answer
        }
        "OPTIONS" => options(sheet.format),
        _ => {
            let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n");
            answer.headers_mut().insert(ALLOW, METHODS);
            answer
        }
    }
}

/// The answer at an address of nothing: a page for a person, a line for a
/// program.
pub(super) fn nothing(page: Option<&Sheet>, method: &str, terms: &Terms<'_>) -> Answer {
    let is_read = matches!(method, "GET" | "HEAD");
    let mut answer = match page.filter(|_| is_read && terms.wants_html()) {
        Some(page) => {
            let coding = coding(page, terms);
            let mut answer = form(page, coding, false);
            answer.body_mut().clone_from(coding.body(page));
            answer.headers_mut().remove(ETAG);
            answer.headers_mut().remove(LAST_MODIFIED);
            *answer.status_mut() = StatusCode::NOT_FOUND;
            answer
        }
        None => plain(StatusCode::NOT_FOUND, "not found\n"),
    };
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, CACHE_BRIEFLY);
    headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
    answer
}

/// The answer at the address of a story that was joined into another; both
/// stand side by side, wherever we are behind a proxy.
pub(super) fn joined(heir: StoryId) -> Answer {
    let mut answer = plain(StatusCode::MOVED_PERMANENTLY, "see there\n");
    let headers = answer.headers_mut();
    insert(headers, LOCATION, &heir.to_string());
    // What was joined may be taken apart again.
    headers.insert(CACHE_CONTROL, CACHE);
    answer
}

/// The answer to what is no request.
pub(super) fn bad(status: StatusCode) -> Answer {
    plain(status, "this cannot be read\n")
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
pub(super) fn probe(is_well: bool, method: &str) -> Answer {
    let mut answer = match is_well {
        _ if !matches!(method, "GET" | "HEAD") => {
            plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n")
        }
        true => plain(StatusCode::OK, "ok\n"),
        false => plain(StatusCode::SERVICE_UNAVAILABLE, "no\n"),
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
pub(super) fn options(format: Format) -> Answer {
    let mut answer = Response::new(Bytes::new());
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

/// The answer with a sheet in this coding, but for its body; `known` if the
/// client has it.
pub(super) fn form(sheet: &Sheet, coding: Coding, known: bool) -> Answer {
    let mut answer = Response::new(Bytes::new());
    if known {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        let headers = answer.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static(sheet.format.content_type()),
        );
        let length = coding.body(sheet).len();
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        match coding {
            Coding::Brotli => headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br")),
            Coding::Gzip => headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip")),
            Coding::Identity => None,
        };
    }
    let headers = answer.headers_mut();
    let suffix = match coding {
        Coding::Brotli => "-br",
        Coding::Gzip => "-gz",
        Coding::Identity => "",
    };
    insert(headers, ETAG, &format!("\"{}{suffix}\"", sheet.tag));
    if sheet.format.is_dated() {
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
pub(super) fn is_known(sheet: &Sheet, terms: &Terms<'_>) -> bool {
    if let Some(tags) = &terms.tags {
        return names(tags, &sheet.tag, true);
    }
    let since = moment(sheet, terms.since.as_deref());
    since.is_some_and(|since| since == modified(sheet))
}

/// Whether the client asks for a state that is not the present one (RFC 9110
/// sections 13.1.1 and 13.1.4).
fn is_another(sheet: &Sheet, terms: &Terms<'_>) -> bool {
    if let Some(tags) = &terms.must_match {
        return !names(tags, &sheet.tag, false);
    }
    let until = moment(sheet, terms.unmodified.as_deref());
    until.is_some_and(|until| until < modified(sheet))
}

/// The moment that a field names, if the sheet has one to compare it with.
fn moment(sheet: &Sheet, field: Option<&[u8]>) -> Option<SystemTime> {
    let field = field.filter(|_| sheet.format.is_dated())?;
    httpdate::parse_http_date(std::str::from_utf8(field).ok()?).ok()
}

/// Whether a list of tags names ours: strong, or weak if those count, in any of
/// our codings, with the suffix that Apache adds, or `*` (S-17).
fn names(list: &[u8], tag: &str, weak: bool) -> bool {
    let list = String::from_utf8_lossy(list);
    list.split(',').any(|named| {
        let named = named.trim();
        let strong = named.strip_prefix("W/").filter(|_| weak);
        let named = strong.unwrap_or(named);
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
pub(super) enum Coding {
    Brotli,
    Gzip,
    Identity,
}

impl Coding {
    pub(super) const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Identity];

    /// The sheet in this coding; as it is, if there is none.
    pub(super) fn body(self, sheet: &Sheet) -> &Bytes {
        match (self, &sheet.br) {
            (Self::Brotli, Some(br)) => br,
            (Self::Gzip, _) => &sheet.gz,
            _ => &sheet.bytes,
        }
    }
}

/// The smallest form of the sheet that is welcome, and at least as welcome as
/// the larger ones (RFC 9110 section 12.5.3).
pub(super) fn coding(sheet: &Sheet, terms: &Terms<'_>) -> Coding {
    let (mut br, mut gzip, mut any, mut identity) = (None, None, None, None);
    let list = terms.codings.as_deref().map(std::str::from_utf8);
    let list = list.and_then(Result::ok).unwrap_or_default();
    for coding in list.split(',') {
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
    let mut answer = Response::new(Bytes::from_static(text.as_bytes()));
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
