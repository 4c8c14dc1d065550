//! The markup that a page's tree is made of: without scripts, styles,
//! drawings and comments, and without the tags that would make the tree cost
//! more than the page (C-12, H-35, H-36). The scripts that tell machines stay.
//!
//! # Why every tag is written anew
//! What is counted here must be what html5ever builds. Of `<div <p>` it makes
//! one tag and this tokenizer two, so whatever could be read in two ways is
//! written in a third.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::text::markup::{self, Piece, Tag};
use crate::text::{entity, plain};

/// HTML nested deeper is flattened: html5ever has no limit and is quadratic
/// (C-12, H-35).
const DEPTH_AT_MOST: usize = 256;

/// Open elements that html5ever goes up past at the price of one more.
const DEPTH_OF_STEP: usize = 64;

/// Formatting tags that may be open at once: html5ever opens all of them
/// again in every following block.
const FORMATS_AT_MOST: usize = 16;

/// Elements that are read of one page: a list of news has a fourth of it. What
/// follows is not read.
const ELEMENTS_AT_MOST: usize = 18_000;

/// A tag with more attributes is nobody's markup (H-36).
const ATTRIBUTES_AT_MOST: usize = 64;

/// Character references that are read of one page, beside those of letters:
/// html5ever takes each by itself.
const REFERENCES_AT_MOST: usize = 40_000;

/// A value with both quotes and more apostrophes is nobody's markup.
const QUOTES_AT_MOST: usize = 1_000;

/// Letters of a title that are read.
const TITLE_AT_MOST: usize = 4_000;

pub(super) fn bounded(text: &str) -> String {
    // To html5ever each is an error.
    let text = &text.replace('\0', "");
    let mut bounded = String::with_capacity(text.len());
    let mut open = Open::default();
    let mut unclosed: Vec<Cow<'_, str>> = Vec::new();
    let mut pieces = markup::pieces(text);
    let mut references = 0;
    while open.cost <= ELEMENTS_AT_MOST && references <= REFERENCES_AT_MOST {
        let before = pieces.rest();
        let Some(piece) = pieces.next() else { break };
        let raw = |pieces: &markup::Pieces<'_>| {
            let len = before.len() - pieces.rest().len();
            before.get(..len).unwrap_or_default()
        };
        let marks = |text: &str| text.bytes().filter(|byte| *byte == b'&').count();
        if !matches!(piece, Piece::Text(_)) {
            references += marks(raw(&pieces));
        }
        match piece {
            Piece::Text(text) => {
                let text = spelled_out(text);
                references += marks(&text);
                if references > REFERENCES_AT_MOST {
                    break;
                }
                match text.strip_prefix('<') {
                    // To html5ever it is as much work as a tag.
                    Some(rest) => {
                        open.cost += 1;
                        bounded.push_str("&lt;");
                        bounded.push_str(rest);
                    }
                    None => bounded.push_str(&text),
                }
            }
            Piece::Open(tag) if !is_html(tag.name) => {
                let text = raw(&pieces);
                open.cost += 1;
                references += text.matches('<').count();
                if references <= REFERENCES_AT_MOST {
                    bounded.push_str(&text.replace('<', "&lt;"));
                }
            }
            Piece::Open(tag) if tag.name.eq_ignore_ascii_case("title") => {
                // All in it is text; without an end the whole page would be.
                let inside = pieces.rest();
                if unclosed.contains(&lower(tag.name)) {
                    continue;
                }
                if !pieces.skip_raw("title") {
                    unclosed.push(lower(tag.name));
                    continue;
                }
                open.cost += 1;
                references += raw(&pieces).bytes().filter(|byte| *byte == b'&').count();
                let inside = inside
                    .get(..inside.len() - pieces.rest().len())
                    .and_then(|inside| inside.rsplit_once("</"))
                    .map_or("", |(inside, _)| inside);
                bounded.push_str("<title>");
                let inside = plain::beginning(inside, TITLE_AT_MOST);
                references += inside.matches('<').count();
                bounded.push_str(&inside.replace('<', "&lt;"));
                bounded.push_str("</title>");
            }
            Piece::Open(tag) => {
                let name = lower(tag.name);
                let nature = Nature::of(&name);
                if nature == Nature::Dropped {
                    // Where the end tag is missing it is looked for once.
                    if tag.empty || unclosed.contains(&name) {
                        continue;
                    }
                    if !pieces.skip_raw(&name) {
                        unclosed.push(name);
                    } else if name == "script" && is_told(&tag) {
                        let (inside, marks) = told(raw(&pieces), &tag);
                        if references + marks <= REFERENCES_AT_MOST {
                            (open.cost, references) = (open.cost + 1, references + marks);
                            write_told(inside, &mut bounded);
                        }
                    }
                } else if tag.attributes().nth(ATTRIBUTES_AT_MOST).is_none()
                    && open.open(name.clone(), nature)
                {
                    references += write(&name, &tag, &mut bounded);
                }
            }
            Piece::Close(name) if is_html(name) => {
                let name = lower(name);
                let nature = Nature::of(&name);
                if nature != Nature::Dropped && open.close(&name, nature) {
                    bounded.push_str("</");
                    bounded.push_str(&name);
                    bounded.push('>');
                }
            }
            Piece::Skip if before.get(..9).is_some_and(is_doctype) => {
                bounded.push_str("<!doctype html>");
            }
            Piece::Close(_) | Piece::Literal(_) | Piece::Skip | Piece::Cut => {}
        }
    }
    bounded
}

/// A text with the letters that it writes as numbers: some pages write all so.
fn spelled_out(text: &str) -> Cow<'_, str> {
    const REFERENCE_AT_MOST: usize = 12;
    const BEGIN: &str = "&#";
    if !text.contains(BEGIN) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(BEGIN) {
        let (before, from) = rest.split_at(at);
        let end = from.bytes().take(REFERENCE_AT_MOST).position(|b| b == b';');
        let (reference, after) = from.split_at(end.map_or(BEGIN.len(), |end| end + 1));
        let letter = entity::decode(reference);
        out.push_str(before);
        if letter.chars().all(char::is_alphanumeric) {
            out.push_str(&letter);
        } else {
            out.push_str(reference);
        }
        rest = after;
    }
    out.push_str(rest);
    out.into()
}

/// What stands in a script, and how many marks in it are as much work to
/// html5ever as a tag.
fn told<'t>(script: &'t str, tag: &Tag<'_>) -> (&'t str, usize) {
    let inside = script.get(tag.len() + "<>".len()..).unwrap_or_default();
    let inside = inside.rsplit_once("</").map_or("", |(inside, _)| inside);
    let marks = memchr::memchr_iter(b'<', inside.as_bytes());
    (inside, marks.count())
}

/// Writes a script that tells machines what the page is about.
fn write_told(inside: &str, out: &mut String) {
    // Behind such a mark html5ever takes letter by letter.
    let inside = if inside.contains("<!--") {
        Cow::Owned(inside.replace("<!--", "<! --"))
    } else {
        Cow::Borrowed(inside)
    };
    for part in [
        "<script type=\"application/ld+json\">",
        &inside,
        "</script>",
    ] {
        out.push_str(part);
    }
}

/// Whether a script tells machines what the page is about.
fn is_told(script: &Tag<'_>) -> bool {
    script
        .attribute("type")
        .is_some_and(|kind| kind.contains("ld+json"))
}

/// Writes a tag. The character references that it has more than it had.
fn write(name: &str, tag: &Tag<'_>, out: &mut String) -> usize {
    let mut references = 0;
    out.push('<');
    out.push_str(name);
    for (key, value) in tag.attributes() {
        if key.contains(['"', '\'', '<', '>', '=']) {
            continue;
        }
        let (quote, inner) = if value.contains('"') {
            ('\'', value.matches('\'').count())
        } else {
            ('"', 0)
        };
        if inner > QUOTES_AT_MOST {
            continue;
        }
        references += inner;
        out.push(' ');
        out.push_str(key);
        if !value.is_empty() {
            out.push('=');
            out.push(quote);
            if inner > 0 {
                out.push_str(&value.replace('\'', "&#39;"));
            } else {
                out.push_str(value);
            }
            out.push(quote);
        }
    }
    out.push('>');
    references
}

/// Whether HTML takes it for the name of a tag; `<名>` is text to it.
fn is_html(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
}

fn is_doctype(start: &str) -> bool {
    start.eq_ignore_ascii_case("<!doctype")
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        name.to_ascii_lowercase().into()
    } else {
        name.into()
    }
}

/// What html5ever does with an element of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nature {
    /// Its inside is no part of a page: it is left out.
    Dropped,
    /// It has no end, or a second one ends the first, or there is no second:
    /// such do not nest by themselves.
    Flat,
    /// Formatting: its end tag ends it across whatever is open in it.
    Format,
    /// As formatting, but it is not opened again.
    Form,
    Heading,
    /// An end tag inside does not end anything beyond: it has cells or the
    /// like, or its inside is no markup.
    Wall,
    /// Only an end tag of one of these ends anything beyond.
    Special,
    Plain,
}

impl Nature {
    fn of(name: &str) -> Self {
        match name.as_bytes() {
            b"script" | b"style" | b"svg" | b"math" | b"noscript" | b"template" | b"plaintext"
            | b"frameset" => Self::Dropped,
            b"area" | b"base" | b"br" | b"col" | b"embed" | b"hr" | b"img" | b"input" | b"link"
            | b"meta" | b"param" | b"source" | b"track" | b"wbr" | b"p" | b"li" | b"dt" | b"dd"
            | b"option" | b"tr" | b"td" | b"th" | b"tbody" | b"thead" | b"tfoot" | b"html"
            | b"head" | b"body" => Self::Flat,
            b"a" | b"b" | b"big" | b"code" | b"em" | b"font" | b"i" | b"nobr" | b"s" | b"small"
            | b"strike" | b"strong" | b"tt" | b"u" => Self::Format,
            b"form" => Self::Form,
            b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => Self::Heading,
            b"applet" | b"caption" | b"table" | b"marquee" | b"object" | b"select" | b"button"
            | b"iframe" | b"textarea" | b"title" | b"xmp" | b"noembed" | b"noframes" => Self::Wall,
            b"address" | b"article" | b"aside" | b"blockquote" | b"center" | b"colgroup"
            | b"details" | b"dialog" | b"dir" | b"div" | b"dl" | b"fieldset" | b"figcaption"
            | b"figure" | b"footer" | b"header" | b"hgroup" | b"listing" | b"main" | b"menu"
            | b"nav" | b"ol" | b"pre" | b"search" | b"section" | b"summary" | b"ul" | b"keygen" => {
                Self::Special
            }
            _ => Self::Plain,
        }
    }

    fn is_special(self) -> bool {
        matches!(
            self,
            Self::Form | Self::Heading | Self::Wall | Self::Special
        )
    }
}

/// The elements that are open: at least as many as html5ever will have open
/// at the same place.
#[derive(Default)]
struct Open<'t> {
    names: Vec<(Cow<'t, str>, Nature)>,
    /// How often each of `names` is open.
    counts: HashMap<Cow<'t, str>, usize>,
    formats: usize,
    /// The work that html5ever will have, in elements.
    cost: usize,
    /// End tags that end nothing, or nothing at once.
    strays: usize,
}

impl<'t> Open<'t> {
    /// Whether the tag may stand.
    fn open(&mut self, name: Cow<'t, str>, nature: Nature) -> bool {
        // The element and the formatting that is opened again inside.
        self.cost += 1 + self.formats;
        if nature == Nature::Flat {
            self.cost += self.names.len() / DEPTH_OF_STEP;
            return true;
        }
        // A link inside a link ends the outer one.
        if name == "a" {
            self.close(&name, nature);
        }
        let format = nature == Nature::Format;
        if self.names.len() >= DEPTH_AT_MOST || (format && self.formats >= FORMATS_AT_MOST) {
            return false;
        }
        // The way up to the paragraph that it may end.
        self.cost += self.names.len() / DEPTH_OF_STEP;
        self.names.push((name.clone(), nature));
        *self.counts.entry(name).or_default() += 1;
        self.formats += usize::from(format);
        true
    }

    /// Whether the end tag may stand: html5ever looks for what it ends among
    /// all that is open, so one that ends nothing must not come too often.
    fn close(&mut self, name: &str, nature: Nature) -> bool {
        if self.strays > ELEMENTS_AT_MOST {
            return false;
        }
        if self.counts.get(name).is_none_or(|open| *open == 0) {
            self.strays += 1;
            // html5ever may make an element of these.
            self.cost += usize::from(matches!(name, "p" | "br"));
            return nature == Nature::Flat;
        }
        // The end of one heading ends another.
        let is_heading = nature == Nature::Heading;
        let place = self
            .names
            .iter()
            .rposition(|(open, other)| open == name || (is_heading && *other == Nature::Heading));
        let Some(at) = place else { return false };
        if matches!(nature, Nature::Format | Nature::Form) {
            self.formats -= usize::from(nature == Nature::Format);
            let (ended, _) = self.names.remove(at);
            self.ended(&ended);
            return true;
        }
        let is_in_the_way = |open: Nature| {
            if nature.is_special() {
                open == Nature::Wall
            } else {
                open.is_special()
            }
        };
        let mut above = self.names.iter().skip(at + 1);
        if above.any(|(_, open)| is_in_the_way(*open)) {
            self.strays += 1;
            return true;
        }
        for (open, nature) in self.names.split_off(at) {
            if nature == Nature::Format {
                self.names.push((open, nature));
            } else {
                self.ended(&open);
            }
        }
        true
    }

    fn ended(&mut self, name: &str) {
        if let Some(open) = self.counts.get_mut(name) {
            *open -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use scraper::{Html, Selector};

    use super::*;

    fn depth(html: &Html) -> usize {
        html.tree
            .nodes()
            .map(|node| node.ancestors().count())
            .max()
            .unwrap_or(0)
    }

    /// As a reference each would cost the tree builder a step of its own.
    #[test]
    fn a_quote_within_a_value_stays_as_it_is() {
        let quotes = "\"".repeat(QUOTES_AT_MOST * 2);
        let quoted = format!("<p title='{quotes}'>x</p>");
        assert!(bounded(&quoted).contains(&format!("<p title='{quotes}'>")));
        let both = "\"'".repeat(QUOTES_AT_MOST * 2);
        assert!(bounded(&format!("<p title=x{both}>x")).contains("<p>"));
        let few = bounded("<p title='&quot;&#39;'>x");
        let html = Html::parse_fragment(&few);
        let found = html.select(&Selector::parse("p").unwrap()).next();
        assert_eq!(found.unwrap().attr("title"), Some("\"'"));
    }

    #[test]
    fn hostile_markup_makes_no_deep_and_no_large_tree() {
        for (start, end, text) in [
            ("<div>", "", ""),
            ("<ul><li>", "", "x"),
            ("<a><i>", "", "x"),
            ("<b><p>x", "", ""),
            ("<div></x>", "", ""),
            ("<b><div></b>", "", ""),
            ("<table><td></div><div>", "", ""),
            ("<div><span></div>", "", "x"),
            ("<script>", "", ""),
            ("<i a=1><i a=2><i a=3>", "<p>x", ""),
            ("<span><div></span>", "", "x"),
            ("<h1><div><h2></h1>", "", "x"),
            ("<body><form><x></form></body>", "", "x"),
            ("<form><div></form>", "", "x"),
            ("<div><textarea></div></textarea>", "", "x"),
            ("</p></x>", "", "x"),
            ("<", "", "x"),
            ("<div <a></div>", "", "x"),
            ("<div a</i></div>", "", "x"),
            ("<div a=</i></div>", "", "x"),
            ("<名></div><div>", "", "x"),
            ("</3 <div>", "", "x"),
            ("<i=\"<x:y>\" ", "", "x"),
        ] {
            let hostile = format!("{}{text}{}", start.repeat(20_000), end.repeat(20_000));
            let html = Html::parse_document(&bounded(&hostile));
            let nodes = html.tree.nodes().count();
            assert!(depth(&html) < 1_100, "{start}: {} deep", depth(&html));
            assert!(nodes < 4 * ELEMENTS_AT_MOST, "{start}: {nodes} nodes");
        }
    }

    #[test]
    fn unclosed_entries_do_not_count_as_depth() {
        let list = "<li><a href=/a>x</a><p>y".repeat(1_000);
        let html = Html::parse_document(&bounded(&format!("<ul>{list}</ul>")));
        let links = Selector::parse("ul > li > a").unwrap();
        assert_eq!(html.select(&links).count(), 1_000);
    }
}
