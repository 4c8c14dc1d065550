//! The canonical form of a URL: a key for comparison, never a link.

use crate::model::WebUrl;

/// Parameters that name a campaign or a click, not an article (SOURCES 5).
const NOISE: [&str; 52] = [
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "_openstat",
    "at_bbc_team",
    "at_campaign",
    "at_format",
    "at_link_id",
    "at_link_origin",
    "at_link_type",
    "at_medium",
    "at_ptr_name",
    "campaign_id",
    "cmpid",
    "dclid",
    "dicbo",
    "fbclid",
    "gbraid",
    "gclid",
    "gclsrc",
    "igshid",
    "itm_campaign",
    "itm_medium",
    "itm_source",
    "ito",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "msclkid",
    "mtm_campaign",
    "mtm_cid",
    "mtm_content",
    "mtm_group",
    "mtm_keyword",
    "mtm_kwd",
    "mtm_medium",
    "mtm_placement",
    "mtm_source",
    "ns_campaign",
    "ns_mchannel",
    "ns_source",
    "pk_campaign",
    "pk_kwd",
    "spm",
    "srsltid",
    "twclid",
    "wbraid",
    "yclid",
    "ymclid",
    "ysclid",
    "zanpid",
];

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

fn is_noise(pair: &str, host: &str) -> bool {
    let name = pair
        .split('=')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    name.starts_with("utm_")
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
    fn the_list_of_noise_is_sorted() {
        assert!(NOISE.is_sorted());
    }
}
