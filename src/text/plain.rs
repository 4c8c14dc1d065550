//! Markup to plain text. No HTML of a source is ever passed on.

use super::entity;
use super::markup::{self, Piece};

/// Combining marks in a row at most (H-54).
const MARKS_AT_MOST: usize = 8;

/// One line of plain text from text that may hold markup and references.
pub fn line(markup: &str) -> String {
    text(markup)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Plain text from text that may hold markup; blocks keep a line break
/// between them.
pub fn text(markup: &str) -> String {
    let once = strip(markup);
    // Some publishers escape their markup twice.
    let text = if holds_tags(&once) {
        strip(&once)
    } else {
        once
    };
    tidy(&text)
}

/// Text that is no markup, made fit to be shown: spaces folded, controls and
/// direction overrides gone.
pub fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut marks = 0;
    let (mut space, mut line) = (false, false);
    for c in text.chars() {
        if c == '\n' {
            line = true;
            continue;
        }
        if c.is_whitespace() {
            space = true;
            continue;
        }
        if is_unfit(c) {
            continue;
        }
        if unicode_normalization::char::is_combining_mark(c) {
            marks += 1;
            if marks > MARKS_AT_MOST {
                continue;
            }
        } else {
            marks = 0;
        }
        if !tidy.is_empty() {
            if line {
                tidy.push('\n');
            } else if space {
                tidy.push(' ');
            }
        }
        (space, line) = (false, false);
        tidy.push(c);
    }
    tidy
}

/// `text` cut to at most `letters` letters, at a word, with an ellipsis if
/// anything was cut. Scripts without spaces are cut anywhere.
pub fn cut(text: &str, letters: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(letters) else {
        return text.to_owned();
    };
    let head = text.get(..end).unwrap_or_default();
    let tail = text.get(end..).unwrap_or_default();
    let word = head.rfind(char::is_whitespace).filter(|at| *at > end / 2);
    let head = match word {
        Some(at) if !tail.starts_with(char::is_whitespace) => head.get(..at).unwrap_or(head),
        _ => head,
    };
    let head = head.trim_end_matches(|c: char| {
        c.is_whitespace() || matches!(c, ',' | ';' | ':' | '—' | '–' | '-')
    });
    if head.is_empty() {
        String::new()
    } else {
        format!("{head}…")
    }
}

/// Drops tags, replaces references, once.
fn strip(markup: &str) -> String {
    let mut text = String::with_capacity(markup.len());
    let mut pieces = markup::pieces(markup);
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Text(part) => text.push_str(&entity::decode(part)),
            Piece::Literal(part) => text.push_str(part),
            Piece::Open(tag) => {
                let name = tag.name.to_ascii_lowercase();
                if matches!(
                    name.as_str(),
                    "script" | "style" | "iframe" | "noscript" | "template"
                ) && !tag.empty
                {
                    pieces.skip_raw(&name);
                } else {
                    text.push_str(gap(&name));
                }
            }
            Piece::Close(name) => text.push_str(gap(&name.to_ascii_lowercase())),
            Piece::Skip | Piece::Cut => {}
        }
    }
    text
}

/// What stands in the text where a tag stood.
fn gap(name: &str) -> &'static str {
    match name {
        "p" | "div" | "br" | "li" | "ul" | "ol" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6"
        | "tr" | "table" | "blockquote" | "section" | "article" | "header" | "footer"
        | "figure" | "figcaption" | "pre" | "hr" | "dl" | "dt" | "dd" => "\n",
        "td" | "th" | "img" => " ",
        _ => "",
    }
}

fn holds_tags(text: &str) -> bool {
    const COMMON: [&str; 14] = [
        "p", "a", "b", "i", "em", "strong", "br", "div", "span", "img", "font", "ul", "li",
        "script",
    ];
    markup::pieces(text).any(|piece| match piece {
        Piece::Open(tag) => COMMON
            .iter()
            .any(|name| tag.name.eq_ignore_ascii_case(name)),
        _ => false,
    })
}

/// Characters that no reader should meet in a line of text: controls, what
/// XML forbids, noncharacters, bidi overrides, byte order marks. Joiners that
/// scripts need stay.
pub fn is_unfit(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fdd0}'..='\u{fdef}'
            | '\u{00ad}' | '\u{e000}'..='\u{f8ff}')
        || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(markup: &str, expected: &str) {
        assert_eq!(text(markup), expected, "{markup}");
    }

    #[test]
    fn markup_becomes_what_a_reader_reads() {
        check("<p>One</p><p>Two &amp; three</p>", "One\nTwo & three");
        check("a<br>b <i>c</i>d", "a\nb cd");
        check("x <script>alert('<p>')</script>y", "x y");
        check("<style>p{}</style>z", "z");
        check("1 < 2 &lt; 3", "1 < 2 < 3");
        check("&lt;p&gt;twice &amp;amp; more&lt;/p&gt;", "twice & more");
        check("AT&amp;T and AT&T", "AT&T and AT&T");
        check("&nbsp; a \u{a0} b\t\r c ", "a b c");
        check("", "");
    }

    #[test]
    fn nothing_live_comes_out() {
        check("<img src=x onerror=alert(1)>t", "t");
        check("a\u{202e}b\u{0}\u{8}c\u{feff}", "abc");
        let zalgo = format!("e{}", "\u{301}".repeat(500));
        assert_eq!(text(&zalgo).chars().count(), 1 + MARKS_AT_MOST);
        assert_eq!(line("a\n<br>b"), "a b");
    }

    #[test]
    fn cutting_keeps_words() {
        for (text, letters, expected) in [
            ("short", 10, "short"),
            ("one two three", 9, "one two…"),
            ("one two, three", 8, "one two…"),
            ("上海合作组织成员国元首理事会", 4, "上海合作…"),
            ("anything", 0, ""),
        ] {
            assert_eq!(cut(text, letters), expected, "{text}");
        }
    }

    #[test]
    fn hostile_markup_takes_linear_time() {
        let deep = "<div>".repeat(200_000);
        assert_eq!(text(&deep), "");
        let open = "<a b=\"".repeat(200_000);
        assert!(text(&open).len() < open.len());
    }
}
