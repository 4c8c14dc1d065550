//! The head of an answer: validators as they came, and when to come back.

use std::time::{Duration, SystemTime};

use reqwest::header::{
    AGE, CACHE_CONTROL, CONTENT_TYPE, DATE, ETAG, EXPIRES, HeaderMap, HeaderName, LAST_MODIFIED,
    RETRY_AFTER,
};

use crate::model::{Fresh, Head, Hints, Skip, Validators, WebUrl};

/// A longer validator is not stored (H-71).
const VALIDATOR_AT_MOST: usize = 1024;

/// Reads what matters of a head.
pub(super) fn read(
    url: WebUrl,
    hops: Vec<u16>,
    status: u16,
    headers: &HeaderMap,
    wire_bytes: u64,
) -> Head {
    Head {
        hops,
        status,
        content_type: text(headers, &CONTENT_TYPE),
        validators: Validators {
            from: Some(url.clone()),
            etag: validator(headers, &ETAG),
            last_modified: validator(headers, &LAST_MODIFIED),
            body: None,
        },
        hints: Hints {
            fresh: fresh(headers),
            retry_after: retry_after(headers),
            document: None,
            skip: Skip::default(),
        },
        wire_bytes,
        url,
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Byte for byte as received (F-01, F-02). Of several that disagree none can
/// be sent back.
fn validator(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<u8>> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.as_bytes();
    let alone = values.all(|other| other.as_bytes() == value);
    (alone && (1..=VALIDATOR_AT_MOST).contains(&value.len())).then(|| value.to_vec())
}

/// How long the answer stays fresh (RFC 9111 section 4.2). Of several
/// `max-age` the first counts, and none beside `no-cache` or `no-store`: such
/// an answer is never fresh.
fn fresh(headers: &HeaderMap) -> Option<Fresh> {
    let mut max_age = None;
    for value in headers.get_all(CACHE_CONTROL) {
        let directives = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
        for directive in directives.split(',') {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            match name.trim() {
                "no-cache" | "no-store" => return Some(Fresh::MaxAge(Duration::ZERO)),
                "max-age" => max_age = max_age.or(seconds(value.trim().trim_matches('"'))),
                _ => {}
            }
        }
    }
    if let Some(max_age) = max_age {
        let age = text(headers, &AGE).and_then(|age| seconds(age.trim()));
        return Some(Fresh::MaxAge(
            max_age.saturating_sub(age.unwrap_or_default()),
        ));
    }
    // Measured by the server's own clock, which may be years off (H-75).
    date(headers, &EXPIRES)?
        .duration_since(date(headers, &DATE)?)
        .ok()
        .map(Fresh::Expires)
}

/// Delta-seconds (RFC 9111 section 1.2.2): more digits than fit mean "very
/// long", and the schedule has a cap.
fn seconds(text: &str) -> Option<Duration> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| Duration::from_secs(u64::from(text.parse().unwrap_or(u32::MAX))))
}

/// Seconds, or a date measured against the answer's own (F-15).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, &RETRY_AFTER)?;
    let value = value.trim();
    if let Some(wait) = seconds(value) {
        return Some(wait);
    }
    let until = httpdate::parse_http_date(value).ok()?;
    until.duration_since(date(headers, &DATE)?).ok()
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(text(headers, name)?.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn validators_are_kept_as_they_came() {
        for etag in ["\"x\"", "W/\"x\"", "x y", "\"é\""] {
            let found = validator(&headers(&[("etag", etag)]), &ETAG);
            assert_eq!(found.as_deref(), Some(etag.as_bytes()));
        }
        assert_eq!(
            validator(&headers(&[("etag", &"x".repeat(1025))]), &ETAG),
            None
        );
        assert_eq!(
            validator(&headers(&[("etag", "a"), ("etag", "b")]), &ETAG),
            None
        );
    }

    #[track_caller]
    fn check(
        fields: &[(&'static str, &str)],
        expected_fresh: Option<Fresh>,
        expected_retry: Option<u64>,
    ) {
        let headers = headers(fields);
        assert_eq!(fresh(&headers), expected_fresh, "{fields:?}");
        assert_eq!(
            retry_after(&headers).map(|d| d.as_secs()),
            expected_retry,
            "{fields:?}"
        );
    }

    #[test]
    fn hints_are_measured_by_the_servers_clock() {
        const NOW: (&str, &str) = ("date", "Mon, 01 Jan 1990 00:00:00 GMT");
        check(
            &[("cache-control", "public, max-age=600"), ("age", "100")],
            Some(Fresh::MaxAge(Duration::from_secs(500))),
            None,
        );
        check(
            &[
                ("cache-control", "s-maxage=9, max-age=\"60\""),
                ("age", "100"),
            ],
            Some(Fresh::MaxAge(Duration::ZERO)),
            None,
        );
        check(
            &[("cache-control", "max-age=99999999999999")],
            Some(Fresh::MaxAge(Duration::from_secs(u64::from(u32::MAX)))),
            None,
        );
        for nonsense in ["max-age=x", "max-age=-1", "max-age=", "max-age", "private"] {
            check(&[("cache-control", nonsense)], None, None);
        }
        for never in [
            "no-store",
            "max-age=600, No-Cache",
            "no-cache=\"x\", max-age=600",
        ] {
            let never_fresh = Some(Fresh::MaxAge(Duration::ZERO));
            check(&[("cache-control", never)], never_fresh, None);
        }
        check(
            &[NOW, ("expires", "Mon, 01 Jan 1990 01:00:00 GMT")],
            Some(Fresh::Expires(Duration::from_hours(1))),
            None,
        );
        check(&[NOW, ("expires", "0")], None, None);
        check(&[("retry-after", "120")], None, Some(120));
        check(
            &[NOW, ("retry-after", "Mon, 01 Jan 1990 00:02:00 GMT")],
            None,
            Some(120),
        );
        for nonsense in ["-1", "NaN", "Mon, 01 Jan 1980 00:00:00 GMT"] {
            check(&[NOW, ("retry-after", nonsense)], None, None);
        }
        check(
            &[("retry-after", "99999999999999999999999")],
            None,
            Some(u64::from(u32::MAX)),
        );
    }
}
