//! What stands in place of a page: a check of browsers, a login, a shell that
//! scripts fill.

use std::fmt;

use crate::text::markup::{self, Piece};
use crate::text::plain;

use super::entry::weight;

/// What is looked at of a document, in bytes: what stands in place of a page
/// is short.
const READ_AT_MOST: usize = 128 * 1024;

/// A page that shows more text than this is one.
const TEXT_AT_MOST: usize = 600;

/// What software of such checks writes into its markup.
const CHECKING: [&str; 9] = [
    "cf-chl",
    "cf_chl",
    "challenge-platform",
    "ddos-guard",
    "g-recaptcha",
    "h-captcha",
    "cf-turnstile",
    "smartcaptcha",
    "captcha",
];

/// What it tells a reader.
const CHECKED: [&str; 8] = [
    "just a moment",
    "checking your browser",
    "attention required",
    "are you a robot",
    "you are human",
    "security check",
    "проверка браузера",
    "не робот",
];

/// Elements that scripts fill.
const FILLED: [&str; 6] = ["root", "app", "__next", "__nuxt", "application", "main"];

/// What stands in place of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instead {
    /// It lets browsers in, and no programs.
    Check,
    /// It wants a password.
    Login,
    /// Scripts fill it.
    Shell,
}

impl Instead {
    /// What a document is; `None` if it is a page like any other.
    pub(super) fn of(text: &str) -> Option<Self> {
        let text = plain::beginning(text, READ_AT_MOST);
        let lower = text.to_lowercase();
        let seen = Seen::of(&lower);
        if weight(&seen.text) > TEXT_AT_MOST {
            return None;
        }
        let holds = |marks: &[&str], text: &str| marks.iter().any(|mark| text.contains(mark));
        if holds(&CHECKING, &lower) || holds(&CHECKED, &seen.text) {
            Some(Self::Check)
        } else if lower.contains("type=\"password\"") || lower.contains("type=password") {
            Some(Self::Login)
        } else if seen.is_filled && seen.scripts > 0 && seen.links == 0 {
            Some(Self::Shell)
        } else {
            None
        }
    }

    /// What a person can do about it.
    pub(super) fn todo(self) -> &'static str {
        match self {
            Self::Check => "ask its publisher to let scofeed in, or for a feed",
            Self::Login => "what needs a password is no list for the public",
            Self::Shell => {
                "scofeed runs no scripts: look for a feed, or for the JSON list that they load"
            }
        }
    }
}

impl fmt::Display for Instead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Check => "a page that checks browsers, and lets in no programs",
            Self::Login => "a login page",
            Self::Shell => "an empty page that scripts fill",
        })
    }
}

/// What a document shows.
#[derive(Default)]
struct Seen {
    text: String,
    links: usize,
    scripts: usize,
    is_filled: bool,
}

impl Seen {
    fn of(text: &str) -> Self {
        let mut seen = Self::default();
        let mut pieces = markup::pieces(text);
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Text(text) => {
                    seen.text.push_str(text);
                    seen.text.push(' ');
                }
                Piece::Open(tag) => {
                    seen.links += usize::from(tag.name == "a");
                    seen.scripts += usize::from(tag.name == "script");
                    let id = tag.attribute("id").unwrap_or_default();
                    seen.is_filled |= FILLED.contains(&id.as_str());
                    if matches!(tag.name, "script" | "style") && !pieces.skip_raw(tag.name) {
                        break;
                    }
                }
                _ => {}
            }
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_place_of_a_page_is_known() {
        let long = format!(
            "<p>{}</p>",
            "The harbour opens again, and so on. ".repeat(40)
        );
        for (page, expected) in [
            (
                "<title>Just a moment...</title><h1>Checking your browser</h1>",
                Some(Instead::Check),
            ),
            (
                "<form><div class='g-recaptcha' data-sitekey=x></div></form>",
                Some(Instead::Check),
            ),
            (
                "<title>Paper</title><div id=\"root\"></div><noscript>Please enable JavaScript\
                 </noscript><script src=/a.js></script>",
                Some(Instead::Shell),
            ),
            (
                "<form><input name=u><input type=password></form>",
                Some(Instead::Login),
            ),
            (
                "<div id=app><a href=/1>Harbour opens</a></div><script></script>",
                None,
            ),
            ("<h1>About us</h1><p>We are.</p>", None),
        ] {
            assert_eq!(Instead::of(page), expected, "{page}");
            assert_eq!(Instead::of(&format!("{page}{long}")), None, "{page}");
        }
    }
}
