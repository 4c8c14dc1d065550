//! `robots.txt` (RFC 9309) and `X-Robots-Tag`: what a publisher does not want
//! to be read by programs. Asked for what is scraped, never for feeds (F-33).

use reqwest::header::{HeaderMap, HeaderName};

use crate::model::WebUrl;

/// Read so far (RFC 9309 section 2.5).
const AT_MOST: usize = 500 * 1024;

/// Rules beyond this many are not for a reader of a few pages.
const RULES_AT_MOST: usize = 5_000;

/// Longer addresses are not those of sitemaps, in bytes.
const ADDRESS_AT_MOST: usize = 1_000;

/// Our product token.
const TOKEN: &str = "scofeed";

/// Sitemaps beyond this many are not looked at.
const SITEMAPS_AT_MOST: usize = 8;

/// The lines of a file that are for us: those of all groups that name us, or
/// else of all groups for everyone (section 2.2.1); and where its sitemaps are
/// (section 2.2.4).
pub(super) fn for_us(file: &[u8]) -> String {
    let file = file.get(..AT_MOST).unwrap_or(file);
    let file = String::from_utf8_lossy(file);
    let file = file.strip_prefix('\u{feff}').unwrap_or(&file);
    let (mut ours, mut everyones, mut sitemaps) = (Vec::new(), Vec::new(), Vec::new());
    let (mut is_ours, mut is_everyones, mut names_agents) = (false, false, false);
    let mut named = false;
    for line in file.split(['\n', '\r']) {
        let line = line.split('#').next().unwrap_or_default();
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        match key.as_str() {
            "user-agent" => {
                if !names_agents {
                    (is_ours, is_everyones) = (false, false);
                }
                names_agents = true;
                is_ours |= is_our_name(value);
                is_everyones |= value == "*";
                named |= is_ours;
            }
            "allow" | "disallow" => {
                names_agents = false;
                let rule = format!("{key}: {value}");
                if is_ours {
                    ours.push(rule);
                } else if is_everyones {
                    everyones.push(rule);
                }
            }
            "sitemap" if sitemaps.len() < SITEMAPS_AT_MOST && value.len() <= ADDRESS_AT_MOST => {
                sitemaps.push(format!("{key}: {value}"));
            }
            _ => {}
        }
    }
    let mut rules = if named { ours } else { everyones };
    rules.truncate(RULES_AT_MOST);
    rules.extend(sitemaps);
    rules.join("\n")
}

/// A group names us by our token, in any case, with or without a version.
fn is_our_name(agent: &str) -> bool {
    let token = agent
        .split(|c: char| !(c.is_ascii_alphabetic() || c == '-' || c == '_'))
        .next()
        .unwrap_or_default();
    token.eq_ignore_ascii_case(TOKEN)
}

/// Whether these rules allow the address: the longest rule that matches
/// decides, of two the one that allows (section 2.2.2).
pub(super) fn allow(rules: &str, url: &WebUrl) -> bool {
    let url = url.as_url();
    let mut path = url.path().to_owned();
    if path == "/robots.txt" {
        return true;
    }
    if let Some(query) = url.query() {
        path.push('?');
        path.push_str(query);
    }
    let path = normal(&path);
    let matching = rules.lines().filter_map(|line| {
        let (key, pattern) = line.split_once(": ")?;
        if key == "sitemap" {
            return None;
        }
        let pattern = normal(pattern);
        // An empty rule says nothing.
        (!pattern.is_empty() && matches(pattern.as_bytes(), path.as_bytes()))
            .then(|| (pattern.len(), key == "allow"))
    });
    matching.max().is_none_or(|(_, allows)| allows)
}

/// Percent-encoding in one spelling: what needs none is written plain, the
/// rest in capitals (section 2.2.2).
fn normal(path: &str) -> String {
    let mut normal = String::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        let code = if byte == b'%' {
            let mut ahead = bytes.clone();
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let (high, low) = (digit(ahead.next()), digit(ahead.next()));
            let code = high
                .zip(low)
                .and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
            if code.is_some() {
                bytes = ahead;
            }
            code
        } else {
            None
        };
        match code {
            Some(plain) if plain.is_ascii_alphanumeric() || b"-._~".contains(&plain) => {
                normal.push(char::from(plain));
            }
            None if byte.is_ascii() => normal.push(char::from(byte)),
            _ => {
                let code = code.unwrap_or(byte);
                normal.push('%');
                normal.extend([code >> 4, code & 15].map(hex));
            }
        }
    }
    normal
}

fn hex(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).map_or('0', |digit| digit.to_ascii_uppercase())
}

/// `*` stands for anything, a `$` at the end for the end. Linear: after a
/// later star an earlier one need not be tried again.
fn matches(pattern: &[u8], path: &[u8]) -> bool {
    let (pattern, to_the_end) = match pattern.strip_suffix(b"$") {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let (mut at, mut in_path) = (0, 0);
    let mut star = None;
    loop {
        match (pattern.get(at), path.get(in_path)) {
            (None, _) if !to_the_end => return true,
            (None, None) => return true,
            (Some(b'*'), _) => {
                star = Some((at + 1, in_path));
                at += 1;
            }
            (Some(wanted), Some(found)) if wanted == found => {
                at += 1;
                in_path += 1;
            }
            _ => match star {
                Some((after, from)) if from < path.len() => {
                    star = Some((after, from + 1));
                    (at, in_path) = (after, from + 1);
                }
                _ => return false,
            },
        }
    }
}

/// Whether `X-Robots-Tag` says that the page is not to be used by programs:
/// `noindex` or `none`, to everyone or to us.
pub(super) fn tag_forbids(headers: &HeaderMap) -> bool {
    const TAG: HeaderName = HeaderName::from_static("x-robots-tag");
    // Directives with a value of their own, which is no agent's name.
    const VALUED: [&str; 4] = [
        "unavailable_after",
        "max-snippet",
        "max-image-preview",
        "max-video-preview",
    ];
    headers.get_all(TAG).iter().any(|value| {
        let value = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
        let mut concerns_us = true;
        value.split(',').any(|part| {
            let mut rule = part.trim();
            if let Some((agent, rest)) = rule.split_once(':')
                && !VALUED.contains(&agent.trim())
            {
                concerns_us = is_our_name(agent.trim());
                rule = rest.trim();
            }
            concerns_us && matches!(rule, "noindex" | "none")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, path: &str, allowed: bool) {
        let url = WebUrl::parse(&format!("https://a.example{path}")).unwrap();
        assert_eq!(
            allow(&for_us(file.as_bytes()), &url),
            allowed,
            "{path}\n{file}"
        );
    }

    #[test]
    fn the_group_that_names_us_counts_else_that_for_everyone() {
        let file = "User-agent: *\nDisallow: /\n\nUser-Agent: ScoFeed/2.0 # us\nDisallow: /x\n";
        check(file, "/news", true);
        check(file, "/x/1", false);
        let file = "user-agent: other\nuser-agent: scofeed\ndisallow: /x\nuser-agent: more\n\
                    disallow: /";
        check(file, "/x", false);
        check(file, "/y", true);
        check("User-agent: other\nDisallow: /", "/", true);
        check(
            "User-agent: *\nDisallow: /a\nUser-agent: *\nDisallow: /b",
            "/b",
            false,
        );
        check("User-agent: scofeedbot\nDisallow: /", "/", true);
        check(
            "User-agent: scofeed\n\nUser-agent: *\nDisallow: /",
            "/",
            false,
        );
        check(
            "User-agent: scofeed\nAllow: /\nUser-agent: *\nDisallow: /",
            "/",
            true,
        );
    }

    #[test]
    fn the_longest_rule_decides_and_allowing_wins() {
        let file = "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c";
        check(file, "/a/x", false);
        check(file, "/a/b/x", true);
        check(file, "/a/b/c", false);
        check("User-agent: *\nDisallow: /p\nAllow: /p", "/p", true);
        check("User-agent: *\nDisallow:", "/p", true);
        check("User-agent: *\nDisallow: /", "/robots.txt", true);
    }

    #[test]
    fn stars_ends_and_encodings() {
        for (rule, path, allowed) in [
            ("/*.php", "/list.php?x", false),
            ("/*.php$", "/list.php?x", true),
            ("/*.php$", "/list.php", false),
            ("/list?", "/list?page=2", false),
            ("/list?", "/list", true),
            ("/a*b*c", "/a-b-b-c", false),
            ("/a*b*c", "/a-c-b", true),
            ("/caf%C3%A9", "/café", false),
            ("/café", "/caf%c3%a9", false),
            ("/%7euser", "/~user/", false),
            ("/a%2Fb", "/a/b", true),
            ("/100%", "/100%25", false),
            ("$", "/", true),
            ("/$", "/", false),
            ("*", "/anything", false),
        ] {
            check(&format!("User-agent: *\nDisallow: {rule}"), path, allowed);
        }
    }

    #[test]
    fn a_hostile_file_costs_little() {
        let stars = format!("User-agent: *\nDisallow: /{}x$", "*a".repeat(5_000));
        check(&stars, &format!("/{}", "a".repeat(5_000)), true);
        let long = format!("User-agent: *\n{}", "Disallow: /x\n".repeat(100_000));
        assert_eq!(for_us(long.as_bytes()).lines().count(), RULES_AT_MOST);
        let beyond = format!("{}User-agent: *\nDisallow: /\n", "# words\n".repeat(70_000));
        check(&beyond, "/", true);
        for nonsense in ["", "\u{feff}", "<html>", ":::", "Disallow: /", "\0\u{fffd}"] {
            check(nonsense, "/x", true);
        }
        assert!(for_us(&[0xff, 0xfe, 0, 1]).is_empty());
        check("\u{feff}User-agent: *\rDisallow: /x", "/x", false);
    }

    #[test]
    fn the_tag_speaks_to_all_or_to_one() {
        for (tag, forbids) in [
            ("noindex", true),
            ("NONE", true),
            ("nofollow", false),
            ("nofollow, noindex", true),
            ("otherbot: noindex", false),
            ("otherbot: nofollow, noindex", false),
            ("scofeed: noindex", true),
            ("otherbot: noindex, scofeed: none", true),
            ("unavailable_after: 25 Jun 2010 15:00:00 PST, noindex", true),
            ("max-snippet: 0", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.append("x-robots-tag", tag.parse().unwrap());
            assert_eq!(tag_forbids(&headers), forbids, "{tag}");
        }
    }
}
