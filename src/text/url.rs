//! Links as they are published, and their canonical form: a key for
//! comparison, never a link.

use std::borrow::Cow;

use super::entity;
use super::markup::{self, Piece};
use super::plain;
use crate::model::WebUrl;

/// Words in the name of a parameter whose value is a secret as a rule.
const SECRETS: [&str; 16] = [
    "accesskey",
    "accesstoken",
    "apikey",
    "apitoken",
    "auth",
    "authtoken",
    "hmac",
    "key",
    "pass",
    "passwd",
    "password",
    "pwd",
    "secret",
    "sig",
    "signature",
    "token",
];

/// Parameters that name a campaign or a click, not an article (SOURCES 5).
/// Every other name may be part of the article's address and stays.
const NOISE: [&str; 38] = [
    "_ga",
    "_gl",
    "_hsenc",
    "_openstat",
    "at_bbc_team",
    "at_campaign",
    "at_campaign_type",
    "at_channel",
    "at_creation",
    "at_custom1",
    "at_custom2",
    "at_custom3",
    "at_custom4",
    "at_format",
    "at_link_id",
    "at_link_origin",
    "at_link_type",
    "at_medium",
    "at_ptr_name",
    "at_variant",
    "cmpid",
    "dclid",
    "fbclid",
    "gbraid",
    "gclid",
    "igshid",
    "ito",
    "mc_cid",
    "mc_eid",
    "msclkid",
    "ns_campaign",
    "ns_mchannel",
    "ns_source",
    "spm",
    "twclid",
    "wbraid",
    "yclid",
    "ysclid",
];

/// What every parameter of a tool begins with.
const NOISY_BEGINNINGS: [&str; 5] = ["utm_", "mtm_", "pk_", "piwik_", "matomo_"];

/// Layers of quotes, tags and marks of CDATA around an address at most.
const LAYERS_AT_MOST: usize = 4;

/// A reference without what no publisher means: markup, quotes, marks of
/// CDATA and space around it, line breaks in it, a second address behind it, a
/// scheme before its scheme or one that is misspelt, a backslash before its
/// question mark. What was mended once is mended; what needs more is empty.
pub fn mended(reference: &str) -> Cow<'_, str> {
    let mut mended = Cow::Borrowed(reference);
    for _ in 0..LAYERS_AT_MOST {
        mended = without_layer(mended);
        if mended.len() > WebUrl::BYTES_AT_MOST {
            return mended;
        }
        // Under a mark there may be what had to be mended.
        match markup::without_section(&mended) {
            bare if bare.len() < mended.len() => mended = bare.to_owned().into(),
            _ => return mended,
        }
    }
    Cow::Borrowed("")
}

fn without_layer(reference: Cow<'_, str>) -> Cow<'_, str> {
    let mut bare = reference;
    if bare.contains('<') {
        bare = address_in(&bare).into();
    }
    if bare.contains(plain::is_unfit) {
        bare = on_one_line(&bare).into();
    }
    match bare {
        Cow::Borrowed(text) => regular(only(text)),
        Cow::Owned(text) => regular(only(&text)).into_owned().into(),
    }
}

/// The address that markup leads to, else its text.
fn address_in(markup: &str) -> String {
    let mut text = String::new();
    for piece in markup::pieces(markup) {
        match piece {
            Piece::Open(tag) => {
                if let Some(href) = tag.attribute("href").filter(|href| !href.trim().is_empty()) {
                    text = href;
                    break;
                }
            }
            Piece::Text(part) | Piece::Literal(part) => text.push_str(part),
            Piece::Close(_) | Piece::Skip | Piece::Cut => {}
        }
    }
    // `<https://a.example>` is no tag.
    let text = if text.trim().is_empty() {
        markup
    } else {
        &text
    };
    text.replace(['<', '>'], "")
}

/// A reference over several lines, put together, without what nobody sees;
/// another address on a line of its own stays apart.
fn on_one_line(reference: &str) -> String {
    let mut line = String::with_capacity(reference.len());
    for part in reference.split(['\n', '\r', '\t']) {
        let part = part.replace(plain::is_unfit, "");
        let part = part.trim();
        if is_address(part) {
            line.push(' ');
        }
        line.push_str(part);
    }
    line
}

fn is_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// The first address of several, without what stands around it.
fn only(reference: &str) -> &str {
    let quotes = ['"', '\'', '“', '”', '«', '»', '`'];
    let spaceless = reference.trim();
    let begun = spaceless.trim_start_matches(|c: char| c.is_whitespace() || quotes.contains(&c));
    let mut from = if scheme(begun).is_some() {
        begun
    } else {
        another(begun, None).map_or(begun, |(_, address)| address)
    };
    while let Some((_, rest)) = scheme(from)
        && scheme(rest).is_some()
    {
        from = rest;
    }
    let first = scheme(from)
        .and_then(|_| another(from, site(from)))
        .map_or(from, |(first, _)| {
            first.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|'))
        });
    if begun.len() < spaceless.len() {
        return first.trim_end_matches(|c: char| c.is_whitespace() || quotes.contains(&c));
    }
    without_stray_quotes(first)
}

/// An address without quotes at its end that were not opened in it; an
/// apostrophe may end one.
fn without_stray_quotes(address: &str) -> &str {
    const PAIRS: [(char, char); 4] = [('"', '"'), ('“', '”'), ('«', '»'), ('`', '`')];
    let mut address = address.trim_end();
    // Each quote is looked for in all that is before it.
    if address.len() > WebUrl::BYTES_AT_MOST {
        return address;
    }
    loop {
        let last = PAIRS.iter().find_map(|(open, close)| {
            let inside = address.strip_suffix(*close)?;
            (!inside.contains(*open)).then_some(inside)
        });
        match last {
            Some(inside) => address = inside.trim_end(),
            None => return address,
        }
    }
}

/// Where another address begins behind a space, and what stands before it.
/// Behind other marks it may be a part of the first, as in
/// `/resize,100,https://…`, unless it is of the same site.
fn another<'t>(text: &'t str, own: Option<&str>) -> Option<(&'t str, &'t str)> {
    text.match_indices("http").find_map(|(at, _)| {
        let (before, address) = text.split_at_checked(at)?;
        let is_apart = before.ends_with(char::is_whitespace)
            || (own.is_some() && before.ends_with([',', ';', '|']) && site(address) == own);
        (is_apart && is_address(address)).then_some((before, address))
    })
}

/// The site that an address is of.
fn site(address: &str) -> Option<&str> {
    scheme(address)?.1.split(['/', '\\', '?', '#']).next()
}

/// The scheme that a reference begins with, as it should be written, and what
/// follows it; `feed:` stands for the one of the web.
fn scheme(reference: &str) -> Option<(&'static str, &str)> {
    const NAMES: [(&str, &str); 11] = [
        ("https", "https"),
        ("http", "http"),
        ("feed", "http"),
        ("ttps", "https"),
        ("ttp", "http"),
        ("htttps", "https"),
        ("htttp", "http"),
        ("htpps", "https"),
        ("htpp", "http"),
        ("hhttps", "https"),
        ("hhttp", "http"),
    ];
    let (written, name) = NAMES.iter().find(|(written, _)| {
        let begin = reference.get(..written.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(written))
    })?;
    let after = reference.get(written.len()..)?;
    let path = after.trim_start_matches([':', ';']);
    let rest = path.trim_start_matches(['/', '\\']);
    let (colons, slashes) = (after.len() - path.len(), path.len() - rest.len());
    let is_whole = match colons {
        0 => slashes >= 2,
        _ => slashes >= 1 || *written == "feed",
    };
    is_whole.then_some((*name, rest))
}

/// A reference with its scheme and its query as they are written.
fn regular(reference: &str) -> Cow<'_, str> {
    let mut regular = Cow::Borrowed(reference);
    if let Some((name, rest)) = scheme(reference) {
        let written = reference.strip_prefix(name);
        if written.and_then(|written| written.strip_prefix("://")) != Some(rest) {
            regular = format!("{name}://{rest}").into();
        }
    }
    if !regular.contains("\\?") {
        return regular;
    }
    let mut parts = regular.split('?').peekable();
    let mut without = String::with_capacity(regular.len());
    while let Some(part) = parts.next() {
        if parts.peek().is_some() {
            without.push_str(part.trim_end_matches('\\'));
            without.push('?');
        } else {
            without.push_str(part);
        }
    }
    without.into()
}

/// The link that `reference` means in a document at `base`: absolute, `http`
/// or `https`, without what publishers leave in it by mistake. `None` if
/// nobody could follow it.
pub fn published(base: &WebUrl, reference: &str) -> Option<WebUrl> {
    if reference.len() > WebUrl::BYTES_AT_MOST {
        return None;
    }
    // One layer of `&amp;` is often left inside a link.
    let reference = entity::decode(reference);
    let reference = mended(&reference);
    if reference.is_empty() {
        return None;
    }
    let link = if reference.starts_with("www.") {
        WebUrl::parse(&format!("{}://{reference}", base.as_url().scheme()))
    } else {
        base.join(&reference)
    };
    let link = unwrapped(&link?);
    let mut url = link.as_url().clone();
    // `bank.example@evil.example` reads as what it is not.
    if !url.username().is_empty() || url.password().is_some() {
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
    }
    if let Some(host) = url.host_str().and_then(|host| host.strip_suffix('.')) {
        let host = host.to_owned();
        url.set_host(Some(&host)).ok()?;
    }
    WebUrl::from_url(url)
}

/// The canonical form (SOURCES 5): equal for two links to the same article.
/// Scheme, `www.`, `m.`, `amp.`, default port, trailing slash, AMP endings,
/// campaign parameters and the fragment do not count; path case and the order
/// of the remaining query do.
pub fn canon(link: &WebUrl) -> String {
    let link = unwrapped(link);
    let url = link.as_url();
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let host = ["www.", "m.", "mobile.", "amp."]
        .iter()
        .find_map(|prefix| host.strip_prefix(prefix).filter(|rest| rest.contains('.')))
        .unwrap_or(host);
    let port = url
        .port()
        .filter(|port| !matches!(port, 80 | 443))
        .map_or_else(String::new, |port| format!(":{port}"));
    let mut canon = format!("https://{host}{port}{}", path(url.path()));
    let query: Vec<&str> = url
        .query()
        .unwrap_or_default()
        .split('&')
        .map(|pair| pair.strip_prefix("amp;").unwrap_or(pair))
        .filter(|pair| !pair.is_empty() && !is_noise(pair, host))
        .collect();
    if !query.is_empty() {
        canon.push('?');
        canon.push_str(&query.join("&"));
    }
    if let Some(fragment) = url.fragment().filter(|fragment| fragment.starts_with('!')) {
        canon.push('#');
        canon.push_str(fragment);
    }
    canon
}

/// The address behind an aggregator's redirect link, where the link itself
/// holds it (`google.com/url?url=…`); else the link.
pub fn unwrapped(link: &WebUrl) -> WebUrl {
    let url = link.as_url();
    let google = url
        .host_str()
        .is_some_and(|host| host == "google.com" || host.starts_with("www.google."));
    let inner = (google && url.path() == "/url")
        .then(|| {
            url.query_pairs()
                .filter(|(name, _)| matches!(name.as_ref(), "url" | "q"))
                .find_map(|(_, value)| WebUrl::parse(&value))
        })
        .flatten();
    inner.unwrap_or_else(|| link.clone())
}

/// What in an address looks like a secret: the name of a parameter such as
/// `token` or `api_key` that has a value, or `user` for a login. It may be
/// told to nobody (S-26).
pub fn secret_in(address: &WebUrl) -> Option<Cow<'_, str>> {
    let url = address.as_url();
    if !url.username().is_empty() || url.password().is_some() {
        return Some(Cow::Borrowed("user"));
    }
    let mut named = url.query_pairs();
    let found = named.find(|(name, value)| !value.is_empty() && is_secret(name));
    found.map(|(name, _)| name)
}

/// Whether what bears this name is a secret as a rule.
pub fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    words.any(|word| SECRETS.contains(&word))
}

fn is_noise(pair: &str, host: &str) -> bool {
    let name = pair
        .split('=')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    NOISY_BEGINNINGS.iter().any(|noisy| name.starts_with(noisy))
        || NOISE.binary_search(&name.as_str()).is_ok()
        || (host == "news.google.com" && name == "oc")
}

/// Double slashes, escapes in lower case, escaped letters, and endings that
/// name the same page.
fn path(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        let code = from
            .get(1..3)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                plain.push(char::from(byte));
            }
            Some(byte) => {
                plain.push('%');
                for half in [byte >> 4, byte & 0xf] {
                    plain.extend(char::from_digit(half.into(), 16).map(|c| c.to_ascii_uppercase()));
                }
            }
            None => plain.push('%'),
        }
        rest = from
            .get(if code.is_some() { 3 } else { 1 }..)
            .unwrap_or_default();
    }
    plain.push_str(rest);
    while plain.contains("//") {
        plain = plain.replace("//", "/");
    }
    loop {
        let ending = [
            "/",
            "/amp",
            ".amp",
            "/index.html",
            "/index.htm",
            "/index.php",
        ]
        .iter()
        .find_map(|ending| plain.strip_suffix(ending).map(str::len));
        match ending {
            Some(len) => plain.truncate(len),
            None => return plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn same(a: &str, b: &str) {
        let canon = |url| canon(&WebUrl::parse(url).unwrap());
        assert_eq!(canon(a), canon(b), "{a} {b}");
    }

    #[track_caller]
    fn other(a: &str, b: &str) {
        let canon = |url| canon(&WebUrl::parse(url).unwrap());
        assert_ne!(canon(a), canon(b), "{a} {b}");
    }

    #[test]
    fn two_links_to_one_article_are_equal() {
        same("http://www.ria.example/a/", "https://ria.example/a");
        same(
            "https://m.ria.example:443/a?utm_source=rss&amp;utm_medium=x",
            "https://ria.example/a",
        );
        same("https://a.example/a/amp/", "https://a.example/a");
        same(
            "https://a.example./a//b/index.html#top",
            "https://a.example/a/b",
        );
        same("https://a.example/%d0%b0%61", "https://a.example/%D0%B0a");
        same(
            "https://a.example/x?YCLID=5&id=7",
            "https://a.example/x?id=7",
        );
        same(
            "https://www.google.com/url?rct=j&url=https://a.example/x&ct=ga",
            "https://a.example/x",
        );
    }

    #[test]
    fn what_names_an_article_stays() {
        other("https://a.example/?p=1", "https://a.example/?p=2");
        other("https://a.example/A", "https://a.example/a");
        other("https://a.example/x?id=1&v=2", "https://a.example/x?id=1");
        other("https://a.example/#!/1", "https://a.example/#!/2");
        other("https://en.a.example/x", "https://ru.a.example/x");
    }

    #[test]
    fn only_what_surely_names_a_campaign_is_noise() {
        for name in [
            "ref", "source", "cid", "mc", "at", "campaign", "pk", "oc", "from",
        ] {
            let with = format!("https://a.example/x?{name}=1");
            other(&with, "https://a.example/x");
        }
        same(
            "https://news.google.com/rss/articles/x?oc=5",
            "https://news.google.com/rss/articles/x",
        );
        same(
            "https://a.example/x?pk_kwd=1&Mtm_Cid=2&at_medium=RSS&_ga=3&ysclid=4&v=5",
            "https://a.example/x?v=5",
        );
    }

    #[test]
    fn the_list_of_noise_is_sorted() {
        assert!(NOISE.is_sorted());
    }

    #[test]
    fn links_are_absolute_and_can_be_followed() {
        let base = WebUrl::parse("https://a.example/rss/feed.xml").unwrap();
        for (reference, expected) in [
            ("/x", Some("https://a.example/x")),
            ("x", Some("https://a.example/rss/x")),
            ("?id=1", Some("https://a.example/rss/feed.xml?id=1")),
            ("//b.example/x", Some("https://b.example/x")),
            (" \n https://b.example/x \t", Some("https://b.example/x")),
            ("HTTPS://B.Example/X", Some("https://b.example/X")),
            ("www.b.example/x", Some("https://www.b.example/x")),
            (
                "https://b.example/x?a=1&amp;b=2",
                Some("https://b.example/x?a=1&b=2"),
            ),
            ("https://b.example./x", Some("https://b.example/x")),
            (
                "https://b.example/x\\?id=1",
                Some("https://b.example/x?id=1"),
            ),
            ("http://https://b.example/x", Some("https://b.example/x")),
            ("\"https://b.example/x\"", Some("https://b.example/x")),
            ("<https://b.example/x>", Some("https://b.example/x")),
            (
                "<a href='https://b.example/x'>y</a>",
                Some("https://b.example/x"),
            ),
            ("<b>https://b.example/x</b>", Some("https://b.example/x")),
            (
                "https://b.example/x https://b.example/y",
                Some("https://b.example/x"),
            ),
            (
                "https://b.example/x,\n https://b.example/y",
                Some("https://b.example/x"),
            ),
            ("see https://b.example/x", Some("https://b.example/x")),
            (
                "https://b.example/100,https://c.example/x",
                Some("https://b.example/100,https://c.example/x"),
            ),
            (
                "https://b.example/go;https://c.example/x",
                Some("https://b.example/go;https://c.example/x"),
            ),
            (
                "https://b.example/x;https://b.example/y",
                Some("https://b.example/x"),
            ),
            ("https://b.example/?q=`y`", Some("https://b.example/?q=`y`")),
            (
                " https://b.example/?q=\"y\" ",
                Some("https://b.example/?q=%22y%22"),
            ),
            (
                "https://b.example/?q=«y»",
                Some("https://b.example/?q=%C2%ABy%C2%BB"),
            ),
            ("https://b.example/x»", Some("https://b.example/x")),
            ("https://b.example/x\"", Some("https://b.example/x")),
            (
                "«https://b.example/?q=«y»»",
                Some("https://b.example/?q=%C2%ABy"),
            ),
            ("https://b.example/a/\n    x", Some("https://b.example/a/x")),
            ("feed://b.example/x", Some("http://b.example/x")),
            ("feed:https://b.example/x", Some("https://b.example/x")),
            ("feed://https://b.example/x", Some("https://b.example/x")),
            ("https:/b.example/x", Some("https://b.example/x")),
            ("https//b.example/x", Some("https://b.example/x")),
            ("http:///b.example/x", Some("http://b.example/x")),
            ("htpps://b.example/x", Some("https://b.example/x")),
            (
                "http/2-is-here",
                Some("https://a.example/rss/http/2-is-here"),
            ),
            (
                "/go?u=,https://b.example/x",
                Some("https://a.example/go?u=,https://b.example/x"),
            ),
            (
                "https://новости.рф/саммит",
                Some("https://xn--b1amnebsh.xn--p1ai/%D1%81%D0%B0%D0%BC%D0%BC%D0%B8%D1%82"),
            ),
            (
                "https://bank.example@b.example/",
                Some("https://b.example/"),
            ),
            ("https://b.example/a b", Some("https://b.example/a%20b")),
            ("javascript:alert(1)", None),
            (" JaVaScRiPt:alert(1)", None),
            ("java\tscript:alert(1)", None),
            ("data:text/html,x", None),
            ("mailto:a@b.example", None),
            ("file:///etc/passwd", None),
            ("", None),
        ] {
            let found = published(&base, reference);
            assert_eq!(found.as_ref().map(WebUrl::as_str), expected, "{reference}");
        }
        assert_eq!(published(&base, &"x".repeat(9000)), None);
    }

    #[test]
    fn what_was_mended_once_is_mended() {
        for reference in [
            "'https://a.example' https://b.example",
            "\"'x'\"",
            "ht\ntp://https://a.example",
            "x ht\ntp://https://a.example http://b.example",
            "<a href='&lt;a href=x&gt;'>y",
            "http:// http://a.example",
            "feed:feed:x",
            "http:\\?/https://a.example",
            "1 < 2 > https://a.example",
        ] {
            let once = mended(reference).into_owned();
            assert_eq!(mended(&once), once, "{reference}");
        }
        let many = "http://".repeat(100_000);
        assert_eq!(mended(&many), "http://");
    }

    #[test]
    fn layers_around_an_address_are_few() {
        let address = "https://a.example/x";
        assert_eq!(mended(&format!("\"[CDATA['{address}']]\"")), address);
        assert_eq!(mended(&"[CDATA[\"".repeat(1000)), "");
    }
}
