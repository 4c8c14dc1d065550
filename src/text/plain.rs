//! Markup to plain text. No HTML of a source is ever passed on.
//!
//! One pass over the tags and no tree, so nothing nests too deep and no
//! input takes more than linear time (C-12, H-35).

use std::collections::HashSet;

use super::entity;
use super::markup::{self, Piece, Pieces, Tag};

/// No full stop before so many bytes ends a sentence.
const SENTENCE_AT_LEAST: usize = 10;

/// Combining marks in a row at most (H-54).
const MARKS_AT_MOST: usize = 8;

/// One line of plain text from text that may hold markup and references.
pub fn line(markup: &str) -> String {
    tidied(&decoded(markup), ' ')
}

/// Plain text from text that may hold markup and references; a line break
/// stands between paragraphs and nowhere else.
pub fn text(markup: &str) -> String {
    tidied(&decoded(markup), '\n')
}

/// Text that is no markup, made fit to be shown: spaces folded, controls and
/// direction overrides gone. Line breaks stay.
pub fn tidy(text: &str) -> String {
    tidied(text, '\n')
}

fn tidied(text: &str, line_break: char) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut marks = 0;
    let mut gap = None;
    let mut rest = text;
    loop {
        // Whole runs are copied.
        let (run, after) = rest.split_at(common_run(rest));
        if !run.is_empty() {
            if let Some(gap) = gap.take().filter(|_| !tidy.is_empty()) {
                tidy.push(gap);
            }
            tidy.push_str(run);
            marks = 0;
        }
        let Some(c) = after.chars().next() else { break };
        rest = after.get(c.len_utf8()..).unwrap_or_default();
        if c.is_whitespace() {
            if matches!(c, '\n' | '\u{2028}' | '\u{2029}') {
                gap = Some(line_break);
            } else {
                gap = gap.or(Some(' '));
            }
            continue;
        } else if is_unfit(c) {
            continue;
        } else if is_mark(c) {
            marks += 1;
            if marks > MARKS_AT_MOST {
                continue;
            }
        } else {
            marks = 0;
        }
        if let Some(gap) = gap.take().filter(|_| !tidy.is_empty()) {
            tidy.push(gap);
        }
        tidy.push(c);
    }
    tidy
}

/// The length of what begins a text that is tidy as it is: letters and signs,
/// and single spaces between them.
fn common_run(text: &str) -> usize {
    let mut end = 0;
    let mut after_space = false;
    for (at, c) in text.char_indices() {
        if is_common(c) {
            after_space = false;
            end = at + c.len_utf8();
        } else if c == ' ' && !after_space && at > 0 {
            after_space = true;
        } else {
            break;
        }
    }
    end
}

/// Letters and signs that need no look into a table: those of Latin, Greek,
/// Russian and Chinese.
fn is_common(c: char) -> bool {
    matches!(c, '!'..='~' | '\u{ae}'..='\u{2ff}' | '\u{370}'..='\u{482}' | '\u{4e00}'..='\u{9fff}')
}

/// Whether `c` stands upon the letter before it.
fn is_mark(c: char) -> bool {
    !is_common(c) && unicode_normalization::char::is_combining_mark(c)
}

/// A text in small letters. As `str::to_lowercase`, but a Greek Σ is σ at a
/// word's end as well, and letters of English and Russian need no look into a
/// table.
pub fn lower(text: &str) -> String {
    let mut lower = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\0'..='\x7f' => lower.push(c.to_ascii_lowercase()),
            'а'..='я' => lower.push(c),
            _ => lower.extend(c.to_lowercase()),
        }
    }
    lower
}

/// The first letters of a text.
pub fn beginning(text: &str, letters: usize) -> &str {
    // A letter has a byte at least.
    if text.len() <= letters {
        return text;
    }
    let end = text.char_indices().nth(letters).map(|(at, _)| at);
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// The first sentence of a text. A full stop behind a few letters is that of
/// an abbreviation: "U.S.", "Mr."
pub fn first_sentence(text: &str) -> &str {
    let ends = |(at, c): (usize, char)| {
        let after = at + c.len_utf8();
        let rest = text.get(after..)?;
        let is_last = rest.is_empty() || rest.starts_with(char::is_whitespace);
        let ends = match c {
            '。' | '！' | '？' => true,
            '!' | '?' | '…' => is_last,
            '.' => is_last && at >= SENTENCE_AT_LEAST,
            _ => false,
        };
        ends.then_some(after)
    };
    let end = text.char_indices().find_map(ends);
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// `text` cut to at most `letters` letters, at a word, with an ellipsis if
/// anything was cut. Scripts without spaces are cut anywhere. What was cut
/// once is short enough: its ellipsis is no letter.
pub fn cut(text: &str, letters: usize) -> String {
    let head = beginning(text, letters);
    let tail = text.get(head.len()..).unwrap_or_default();
    if matches!(tail, "" | "…") {
        return text.to_owned();
    }
    let word = head
        .rfind(char::is_whitespace)
        .filter(|at| *at > head.len() / 2);
    let head = match word {
        Some(at) if !ends_word(tail) => head.get(..at).unwrap_or(head),
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

/// Whether a word that stands before `tail` is whole: only marks such as a
/// comma follow it.
fn ends_word(tail: &str) -> bool {
    let behind = tail
        .trim_start_matches(|c: char| !c.is_alphanumeric() && !c.is_whitespace() && !is_mark(c));
    behind.is_empty() || behind.starts_with(char::is_whitespace)
}

/// The text of `markup`, its tags gone and its references replaced, a line
/// break for every end of a paragraph.
fn decoded(markup: &str) -> String {
    let once = strip(markup, push_words);
    // Some publishers escape their markup twice.
    let text = if holds_markup(&once) {
        // Line breaks are those of paragraphs by now.
        strip(&once, String::push_str)
    } else {
        once
    };
    match entity::leftovers(&text) {
        std::borrow::Cow::Borrowed(_) => text,
        std::borrow::Cow::Owned(text) => text,
    }
}

/// Drops tags, replaces references, once; `push` appends what is text.
fn strip(markup: &str, push: fn(&mut String, &str)) -> String {
    let mut text = String::with_capacity(markup.len());
    if !markup.contains('<') {
        push(&mut text, &entity::decode(markup));
        return text;
    }
    let mut pieces = markup::pieces(markup);
    let mut closed = Closed::default();
    loop {
        let before = pieces.rest();
        let Some(piece) = pieces.next() else { break };
        match piece {
            Piece::Text(part) => push(&mut text, &entity::decode(part)),
            Piece::Literal(part) => push(&mut text, part),
            Piece::Open(tag) => {
                let name = Known::of(tag.name);
                if is_prose(&tag) || (name.is_none() && !closed.is_tag(tag.name, markup)) {
                    // "Vec<T>", "Ivan <ivan@a.example>": no tag of any kind.
                    push(&mut text, &entity::decode(read(before, &pieces)));
                    continue;
                }
                text.push_str(name.map_or("", Known::gap));
                let is_hidden = name == Some(Known::Hidden) || is_caption(&tag);
                if is_hidden && !tag.empty {
                    let ended = closed.skip(&mut pieces, tag.name);
                    // A browser shows nothing of a script that is cut off.
                    let code = ["script", "style"];
                    if !ended && code.iter().any(|c| tag.name.eq_ignore_ascii_case(c)) {
                        break;
                    }
                }
            }
            Piece::Close(name) => text.push_str(gap(name)),
            // A cut that hides no markup hides words.
            Piece::Cut if !hides_markup(before) => push(&mut text, &entity::decode(before)),
            Piece::Skip | Piece::Cut => {}
        }
    }
    text
}

/// Attributes that are written without a value at times.
const ATTRIBUTES: [&str; 17] = [
    "align", "class", "color", "dir", "download", "hidden", "href", "id", "lang", "name", "rel",
    "role", "src", "style", "tabindex", "target", "title",
];

/// Whether what looks like a tag of one letter goes on in words, as in
/// "if a<b and c>d": none of them is an attribute.
fn is_prose(tag: &Tag<'_>) -> bool {
    let is_attribute = |word: &str| {
        ATTRIBUTES
            .iter()
            .any(|name| name.eq_ignore_ascii_case(word))
    };
    tag.name.len() == 1
        && !tag.empty
        && !tag.is_bare()
        && !tag.mentions("=")
        && !tag.attributes().any(|(word, _)| is_attribute(word))
}

/// Whether a text that is cut in a tag ends in markup and no words.
fn hides_markup(cut: &str) -> bool {
    let name = name_of(cut);
    let behind = cut.trim_start_matches(['<', '/']).get(name.len()..);
    let is_word = name.len() == 1
        && !cut.contains('=')
        && behind.is_some_and(|text| text.starts_with([' ', ',', '.']) && !begins_attribute(text));
    cut.starts_with("<!") || (Known::of(name).is_some() && !is_word)
}

/// Whether nothing follows the name of a tag that is cut off, or an attribute
/// that may be cut off as well.
fn begins_attribute(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let Some(word) = words.next() else {
        return true;
    };
    let is_last = words.next().is_none();
    ATTRIBUTES.iter().any(|name| {
        let begin = name.get(..word.len()).filter(|begin| begin.len() > 1);
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(word))
            && (is_last || begin == Some(name))
    })
}

/// The caption of a picture, as WordPress marks it.
fn is_caption(tag: &Tag<'_>) -> bool {
    const CAPTION: &str = "wp-caption-text";
    tag.mentions(CAPTION)
        && tag
            .attribute("class")
            .is_some_and(|class| class.split_ascii_whitespace().any(|word| word == CAPTION))
}

/// The part of `before` that was read to come to `after`.
fn read<'t>(before: &'t str, after: &Pieces<'_>) -> &'t str {
    let len = before.len() - after.rest().len();
    before.get(..len).unwrap_or_default()
}

/// The name that a tag at the beginning of `text` would have.
fn name_of(text: &str) -> &str {
    let name = text.trim_start_matches(['<', '/']);
    let end = name.find(|c: char| !c.is_ascii_alphanumeric());
    name.get(..end.unwrap_or(name.len())).unwrap_or_default()
}

/// Appends text in which a line break means a space, and an empty line a new
/// paragraph.
fn push_words(text: &mut String, part: &str) {
    let mut lines = part.split('\n');
    text.push_str(lines.next().unwrap_or_default());
    let mut lines = lines.peekable();
    while let Some(line) = lines.next() {
        let is_between = lines.peek().is_some() && line.trim().is_empty();
        text.push(if is_between { '\n' } else { ' ' });
        text.push_str(line);
    }
}

/// Names of elements that are looked for in vain.
const NEVER_AT_MOST: usize = 16;

/// What is known of the ends of tags in a text, so that none is looked for
/// twice.
#[derive(Debug, Default)]
struct Closed {
    names: Option<HashSet<String>>,
    never: Vec<String>,
}

impl Closed {
    /// Whether a name that HTML does not know is a tag all the same: it has
    /// a prefix or a hyphen, or is closed somewhere.
    fn is_tag(&mut self, name: &str, markup: &str) -> bool {
        if name.contains(['@', '.', ',']) || name.ends_with(':') {
            return false;
        }
        if name.contains([':', '-']) {
            return true;
        }
        let names = self.names.get_or_insert_with(|| {
            markup::pieces(markup)
                .filter_map(|piece| match piece {
                    Piece::Close(name) => Some(name.to_lowercase()),
                    _ => None,
                })
                .collect()
        });
        names.contains(name)
            || (name.contains(char::is_uppercase) && names.contains(&name.to_lowercase()))
    }

    /// Passes over an element that no reader sees, if it ends.
    fn skip(&mut self, pieces: &mut Pieces<'_>, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        // Each name that has no end is looked for to the end of the text.
        if self.never.len() >= NEVER_AT_MOST || self.never.contains(&name) {
            return false;
        }
        let ends = pieces.skip_raw(&name);
        if !ends {
            self.never.push(name);
        }
        ends
    }
}

/// What is known of an element of HTML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// Its text is no part of the text.
    Hidden,
    /// It stands in a paragraph of its own.
    Block,
    /// It stands apart from its neighbours, in the same paragraph.
    Apart,
    /// It is part of its paragraph.
    Inline,
}

impl Known {
    fn of(name: &str) -> Option<Self> {
        let mut lower = [0; 10];
        let lower = lower.get_mut(..name.len())?;
        lower.copy_from_slice(name.as_bytes());
        lower.make_ascii_lowercase();
        // Compared as bytes: of letters the compiler makes a tree, of texts a
        // list.
        Some(match &*lower {
            b"script" | b"style" | b"iframe" | b"noscript" | b"template" | b"head" | b"svg"
            | b"math" | b"object" | b"video" | b"audio" | b"canvas" | b"select" | b"textarea"
            | b"button" | b"figcaption" => Self::Hidden,
            b"p" | b"div" | b"br" | b"li" | b"ul" | b"ol" | b"h1" | b"h2" | b"h3" | b"h4"
            | b"h5" | b"h6" | b"tr" | b"table" | b"tbody" | b"thead" | b"tfoot" | b"blockquote"
            | b"section" | b"article" | b"header" | b"footer" | b"main" | b"aside" | b"nav"
            | b"figure" | b"pre" | b"hr" | b"dl" | b"dt" | b"dd" | b"center" | b"address"
            | b"details" | b"summary" | b"fieldset" | b"form" | b"caption" | b"body" | b"html" => {
                Self::Block
            }
            b"td" | b"th" | b"img" | b"option" | b"input" => Self::Apart,
            b"a" | b"b" | b"i" | b"u" | b"s" | b"q" | b"em" | b"strong" | b"span" | b"font"
            | b"small" | b"big" | b"sub" | b"sup" | b"tt" | b"code" | b"kbd" | b"samp" | b"var"
            | b"cite" | b"dfn" | b"abbr" | b"acronym" | b"del" | b"ins" | b"mark" | b"strike"
            | b"time" | b"data" | b"ruby" | b"rb" | b"rp" | b"rt" | b"bdi" | b"bdo" | b"label"
            | b"wbr" | b"nobr" | b"noindex" | b"picture" | b"source" | b"track" | b"map"
            | b"area" | b"col" | b"colgroup" | b"embed" | b"param" | b"link" | b"meta"
            | b"base" | b"title" | b"legend" | b"meter" | b"progress" | b"output" | b"marquee"
            | b"blink" | b"applet" | b"frame" | b"frameset" | b"isindex" | b"amp" | b"o"
            | b"path" | b"g" => Self::Inline,
            _ => return None,
        })
    }

    fn gap(self) -> &'static str {
        match self {
            Self::Block => "\n",
            Self::Apart | Self::Hidden => " ",
            Self::Inline => "",
        }
    }
}

/// What stands in the text where a tag of this name stood.
pub fn gap(tag: &str) -> &'static str {
    Known::of(tag).map_or("", Known::gap)
}

/// Whether what was plain text so far is markup in truth: it holds a tag with
/// an attribute, a line break, or an element with its end. A text that speaks
/// about a tag holds none of these.
fn holds_markup(text: &str) -> bool {
    if !text.contains('<') {
        return false;
    }
    let mut open: Vec<&str> = Vec::new();
    markup::pieces(text).any(|piece| match piece {
        Piece::Open(tag) if Known::of(tag.name).is_some() => {
            let says = tag.mentions("=");
            let breaks = ["br", "hr"]
                .iter()
                .any(|b| tag.name.eq_ignore_ascii_case(b));
            if open.len() < 16 {
                open.push(tag.name);
            }
            says || breaks
        }
        Piece::Close(name) => open.iter().any(|open| open.eq_ignore_ascii_case(name)),
        _ => false,
    })
}

/// Characters that no reader should meet in a line of text: controls, what
/// XML forbids, noncharacters, bidi marks and overrides, byte order marks,
/// letters without a shape. Joiners that scripts need stay.
pub fn is_unfit(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{200b}' | '\u{200e}'
            | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206f}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
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
    fn a_first_sentence_ends_at_its_mark() {
        for (text, expected) in [
            ("Talks go on. More follow.", "Talks go on."),
            (
                "Mr. Lin went to the U.S. Others stayed.",
                "Mr. Lin went to the U.S.",
            ),
            ("Рост на 4.5 процента. Далее", "Рост на 4.5 процента."),
            ("Why? Nobody knows.", "Why?"),
            ("一。二。", "一。"),
            ("No end", "No end"),
            ("", ""),
        ] {
            assert_eq!(first_sentence(text), expected);
        }
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
        check("one\ntwo\n\nthree", "one two\nthree");
        check("<table><tr><td>a<td>b</table>", "a b");
    }

    #[test]
    fn what_only_looks_like_a_tag_is_text() {
        check(
            "a Vec<T> of <ivan@a.example>",
            "a Vec<T> of <ivan@a.example>",
        );
        check("if a <y then", "if a <y then");
        check("if a<b then", "if a<b then");
        check("если a<b, то c", "если a<b, то c");
        check("if a<b and c>d", "if a<b and c>d");
        check("<p align=left>x</p> <a\nhref='y'>z", "x\nz");
        check("cut <b", "cut");
        check("if a <b if", "if a <b if");
        check("the &lt;b&gt; tag", "the <b> tag");
        check("<lead>x</lead> <x-y>z", "x z");
        check("cut off <a href=\"http", "cut off");
        for cut in ["<p class", "<p CLASS hidden", "<a hr", "<p "] {
            check(&format!("cut off {cut}"), "cut off");
        }
    }

    #[test]
    fn a_tag_is_one_whatever_its_attributes_lack() {
        for tag in [
            "<p class=\"\">",
            "<p style=''>",
            "<p dir=\"\" style=\"\">",
            "<p class=>",
            "<p hidden>",
            "<i CLASS>",
            "<a name>",
            "<a href=\"\">",
        ] {
            check(&format!("{tag}Leaders met."), "Leaders met.");
            let escaped = tag.replace('<', "&lt;").replace('>', "&gt;");
            if tag.contains('=') {
                check(&format!("{escaped}Leaders met."), "Leaders met.");
            }
        }
    }

    #[test]
    fn what_no_reader_sees_is_no_text() {
        check("a<svg><title>b</title></svg>c", "a c");
        check("a<video>no video</video>b", "a b");
        check("a<video>b", "a b");
        check("a<script>b", "a");
        check("<head><title>t</title></head><body>b", "b");
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
            ("one two, three", 7, "one two…"),
            ("one two three's, x", 13, "one two…"),
            ("“one two”.", 8, "“one two…"),
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
        for comment in ["<!--", "<!-- x", "<!-- --!", "<!-->"] {
            assert!(text(&comment.repeat(200_000)).is_empty(), "{comment}");
        }
        let mut captions = String::new();
        for n in 0..20_000 {
            captions.push_str("<a-");
            captions.push_str(&n.to_string());
            captions.push_str(" class=wp-caption-text>x");
        }
        captions.push_str(&"</".repeat(200_000));
        assert!(text(&captions).starts_with('x'));
    }
}
