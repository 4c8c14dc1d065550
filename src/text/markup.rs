//! A forgiving tokenizer of tags, for XML and HTML alike: one pass, no tree,
//! and whatever is no tag is text.

use memchr::memmem;

/// One piece of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Text as written, its references not yet replaced.
    Text(&'t str),
    /// Text in which nothing is a reference (`<![CDATA[…]]>`).
    Literal(&'t str),
    /// A start tag.
    Open(Tag<'t>),
    /// An end tag's name.
    Close(&'t str),
    /// A comment, a processing instruction, a document type: nothing to read.
    Skip,
    /// The document ends inside a tag, a comment or the like.
    Cut,
}

/// A start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'t> {
    /// Its name as written, with its prefix.
    pub name: &'t str,
    /// Its attributes as written.
    attributes: &'t str,
    /// Whether it closes itself.
    pub empty: bool,
}

impl<'t> Tag<'t> {
    /// The attributes: names as written, values with their references as
    /// written.
    pub fn attributes(&self) -> Attributes<'t> {
        Attributes(self.attributes)
    }

    /// How long the tag is, in bytes.
    #[expect(clippy::len_without_is_empty, reason = "a tag has a name")]
    pub fn len(&self) -> usize {
        self.name.len() + self.attributes.len()
    }

    /// Whether it has no attributes.
    pub fn is_bare(&self) -> bool {
        self.attributes().next().is_none()
    }

    /// Whether `word` stands anywhere in its attributes.
    pub fn mentions(&self, word: &str) -> bool {
        self.attributes.len() > word.len() && self.attributes.contains(word)
    }

    /// The value of an attribute, its references replaced; the first counts
    /// if there are several.
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.attributes()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| super::entity::decode(value).into_owned())
    }
}

/// The attributes of a tag, one by one. Quotes are not required.
#[derive(Clone, Debug)]
pub struct Attributes<'t>(&'t str);

impl<'t> Iterator for Attributes<'t> {
    type Item = (&'t str, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        // By bytes: a tag may have hundreds, and each is looked for by its name.
        let is_break = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'/';
        let begin = self.0.bytes().position(|byte| !is_break(&byte))?;
        let rest = self.0.get(begin..)?;
        let end = rest
            .bytes()
            .position(|byte| byte.is_ascii_whitespace() || byte == b'=')
            .unwrap_or(rest.len());
        // A stray `=` is a name of its own, so that every call moves on.
        let (name, after) = rest.split_at_checked(end.max(1)).unwrap_or((rest, ""));
        let value = after.trim_start();
        if end == 0 || value.as_bytes().first() != Some(&b'=') {
            self.0 = after;
            return Some((name, ""));
        }
        let value = value.get(1..).unwrap_or_default();
        let value = value.trim_start();
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let inner = value.get(1..).unwrap_or_default();
                inner.split_once(quote).unwrap_or((inner, ""))
            }
            _ => value
                .split_at_checked(
                    value
                        .find(|c: char| c.is_ascii_whitespace())
                        .unwrap_or(value.len()),
                )
                .unwrap_or((value, "")),
        };
        self.0 = after;
        Some((name, value))
    }
}

/// The length of what begins a section whose inside is no markup, if `text`
/// begins with it: `<![CDATA[`, in small letters, with spaces in it, without
/// its mark or its first bracket.
pub fn section(text: &str) -> Option<usize> {
    const NAME: &str = "CDATA";
    let after = text.strip_prefix('<')?;
    // Most marks begin a tag: they are told at once.
    if !after.starts_with(['!', '[']) {
        return None;
    }
    let (loud, after) = passed(after, '!');
    let (first, after) = passed(spaces(after), '[');
    let after = spaces(after);
    let name = after.get(..NAME.len())?;
    if !(loud || first) || !name.eq_ignore_ascii_case(NAME) {
        return None;
    }
    let after = spaces(after.get(NAME.len()..)?).strip_prefix('[')?;
    Some(text.len() - after.len())
}

/// Where the first section in `text` begins.
pub fn find_section(text: &str) -> Option<usize> {
    let is_section = |at: &usize| text.get(*at..).and_then(section).is_some();
    memchr::memchr_iter(b'<', text.as_bytes()).find(is_section)
}

/// A text without marks of a section that are left of one whose beginning is
/// no tag: `[CDATA[…]]`.
pub fn without_section(text: &str) -> &str {
    let mut text = text;
    loop {
        let bare = text.trim().trim_start_matches(['<', '!']);
        let begin = bare
            .get(.."[CDATA[".len())
            .filter(|begin| begin.eq_ignore_ascii_case("[CDATA["));
        let Some(begin) = begin else {
            return text;
        };
        text = without_section_end(bare.get(begin.len()..).unwrap_or_default());
    }
}

/// The inside of a section without what stands in the place of `]]>`.
pub fn without_section_end(text: &str) -> &str {
    let text = text.trim_end();
    ["]]>", "]] >", "] ]>", "]]&gt;", "]>", "]]", "]"]
        .iter()
        .find_map(|end| text.strip_suffix(end))
        .unwrap_or(text)
}

fn passed(text: &str, mark: char) -> (bool, &str) {
    let after = text.strip_prefix(mark);
    (after.is_some(), after.unwrap_or(text))
}

/// A text without the few spaces at its beginning.
fn spaces(text: &str) -> &str {
    const AT_MOST: usize = 8;
    let len = text
        .bytes()
        .take(AT_MOST)
        .take_while(u8::is_ascii_whitespace);
    text.get(len.count()..).unwrap_or_default()
}

/// The pieces of a document.
#[derive(Clone, Debug)]
pub struct Pieces<'t> {
    rest: &'t str,
    comment_end: Ahead,
    loud_end: Ahead,
    section_end: Ahead,
    subset_end: Ahead,
}

/// Reads `text` piece by piece.
pub fn pieces(text: &str) -> Pieces<'_> {
    Pieces {
        rest: text,
        comment_end: Ahead::Unknown,
        loud_end: Ahead::Unknown,
        section_end: Ahead::Unknown,
        subset_end: Ahead::Unknown,
    }
}

/// The next place of a mark. It is looked for again only when it is passed,
/// so that many that begin and one that ends cost no more than one of each.
#[derive(Clone, Copy, Debug)]
enum Ahead {
    Unknown,
    /// With so much of the text left.
    With(usize),
    Nowhere,
}

impl Ahead {
    fn find(&mut self, rest: &str, mark: &str) -> Option<usize> {
        match *self {
            Self::Nowhere => return None,
            Self::With(left) if left <= rest.len() => return Some(rest.len() - left),
            Self::With(_) | Self::Unknown => {}
        }
        let at = memmem::find(rest.as_bytes(), mark.as_bytes());
        *self = at.map_or(Self::Nowhere, |at| Self::With(rest.len() - at));
        at
    }
}

impl<'t> Pieces<'t> {
    /// What is left to read.
    pub fn rest(&self) -> &'t str {
        self.rest
    }

    /// Goes on where `rest` begins, which is a tail of the same text.
    pub fn go_to(&mut self, rest: &'t str) {
        self.rest = rest;
    }

    /// Passes over everything up to and including the end tag `</name`, whose
    /// inside is no markup (`script`, `style`). Without an end tag it stays
    /// where it is.
    pub fn skip_raw(&mut self, name: &str) -> bool {
        for at in memchr::memchr_iter(b'<', self.rest.as_bytes()) {
            let Some(rest) = self.rest.get(at + 1..).and_then(|r| r.strip_prefix('/')) else {
                continue;
            };
            let is_end = rest
                .get(..name.len())
                .is_some_and(|n| n.eq_ignore_ascii_case(name));
            if is_end {
                let end = rest.find('>').map_or(rest.len(), |end| end + 1);
                self.rest = rest.get(end..).unwrap_or_default();
                return true;
            }
        }
        false
    }

    fn take(&mut self, len: usize) -> &'t str {
        let (piece, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
        self.rest = rest;
        piece
    }

    fn until(&mut self, skip: usize, end: &str) -> (&'t str, bool) {
        self.take(skip);
        self.up_to(self.rest.find(end), end)
    }

    fn up_to(&mut self, at: Option<usize>, end: &str) -> (&'t str, bool) {
        let Some(at) = at else {
            return (self.take(self.rest.len()), false);
        };
        let inside = self.take(at);
        self.take(end.len());
        (inside, true)
    }

    fn section(&mut self, begin: usize) -> Piece<'t> {
        const END: &str = "]]>";
        self.take(begin);
        let at = self.section_end.find(self.rest, END);
        match self.up_to(at, END) {
            ("", false) => Piece::Cut,
            (inside, _) => Piece::Literal(inside),
        }
    }

    fn skip(&mut self, skip: usize, end: &str) -> Piece<'t> {
        match self.until(skip, end) {
            (_, true) => Piece::Skip,
            (_, false) => Piece::Cut,
        }
    }

    /// A comment ends as HTML has it: at `-->` or `--!>`, and `<!-->` and
    /// `<!--->` are empty. One without an end ends with its first words.
    /// Tools that take a feed for HTML turn its CDATA into comments.
    fn comment(&mut self) -> Piece<'t> {
        self.take("<!--".len());
        if let Some(empty) = ["->", ">"].iter().find(|end| self.rest.starts_with(**end)) {
            self.take(empty.len());
            return Piece::Skip;
        }
        let ends = [
            (self.comment_end.find(self.rest, "-->"), "-->"),
            (self.loud_end.find(self.rest, "--!>"), "--!>"),
        ];
        let first = ends
            .into_iter()
            .filter_map(|(at, end)| Some((at?, end)))
            .min();
        let Some((at, end)) = first else {
            let tag = self.rest.find(['<', '>']).unwrap_or(self.rest.len());
            self.take(tag);
            self.rest = self.rest.strip_prefix('>').unwrap_or(self.rest);
            return Piece::Cut;
        };
        let (inside, _) = self.up_to(Some(at), end);
        let literal = inside
            .strip_prefix("[CDATA[")
            .and_then(|inside| inside.strip_suffix("]]"));
        literal.map_or(Piece::Skip, Piece::Literal)
    }

    /// A document type may hold a subset in brackets, with tags of its own.
    fn document_type(&mut self) -> Piece<'t> {
        let end = self.rest.find('>').unwrap_or(self.rest.len());
        // The bracket is looked for only before that end: `<!x><!x>…` must
        // not be read to its last byte again and again.
        let subset = self.rest.get(..end).and_then(|head| head.find('['));
        let Some(bracket) = subset else {
            return self.skip(2, ">");
        };
        let after = self.rest.get(bracket..).unwrap_or_default();
        match self.subset_end.find(after, "]") {
            Some(close) => self.skip(bracket + close, ">"),
            None => self.skip(2, ">"),
        }
    }

    /// The tag after `<`; `None` if what stands there is no tag.
    fn tag(&mut self) -> Option<Piece<'t>> {
        let closes = self.rest.as_bytes().get(1) == Some(&b'/');
        let offset = 1 + usize::from(closes);
        let body = self.rest.get(offset..)?;
        let first = body.chars().next()?;
        if !(first.is_alphabetic() || matches!(first, '_' | ':')) {
            return None;
        }
        let Some((inside, next)) = tag_end(body) else {
            self.take(self.rest.len());
            return Some(Piece::Cut);
        };
        let inside = body.get(..inside).unwrap_or_default();
        self.take(offset + next);
        let name_end = inside
            .find(|c: char| c.is_ascii_whitespace() || c == '/')
            .unwrap_or(inside.len());
        let (name, attributes) = inside.split_at_checked(name_end)?;
        Some(if closes {
            Piece::Close(name)
        } else {
            Piece::Open(Tag {
                name,
                attributes,
                empty: attributes.trim_ascii_end().as_bytes().last() == Some(&b'/'),
            })
        })
    }
}

/// Where a tag ends that begins with `body`: the end of what is in it, and
/// where the document goes on. A tag that was never finished ends where the
/// next one begins.
fn tag_end(body: &str) -> Option<(usize, usize)> {
    let bytes = body.as_bytes();
    let mut is_named = false;
    let mut value_begins = false;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'>' => return Some((at, at + 1)),
            b'<' => return Some((at, at)),
            b'"' | b'\'' if value_begins => {
                at += quoted(bytes.get(at..).unwrap_or_default(), *byte).unwrap_or(0);
            }
            _ => {}
        }
        // In the name a quote is a letter.
        is_named |= byte.is_ascii_whitespace() || *byte == b'/';
        if !byte.is_ascii_whitespace() {
            value_begins = is_named && *byte == b'=';
        }
        at += 1;
    }
    None
}

/// The place of the quote that ends the value at the beginning of `bytes`.
/// `None` if what follows the next quote shows that it begins another value,
/// so that this one was never closed.
fn quoted(bytes: &[u8], quote: u8) -> Option<usize> {
    let inner = bytes.get(1..)?;
    let end = inner.iter().position(|byte| *byte == quote)?;
    let value = inner.get(..end)?;
    let after = inner.get(end + 1);
    // `<a href="x>y</a> <a title="z">`: the quote found is the next tag's.
    let next_value = value.ends_with(b"=") && value.contains(&b'<');
    let ends = after.is_none_or(|byte| {
        byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'?' | b'"' | b'\'')
    });
    let glued = !value.contains(&b'<');
    ((ends || glued) && !next_value).then_some(end + 1)
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        match self.rest.as_bytes() {
            [] => return None,
            [b'<', b'!', b'-', b'-', ..] => return Some(self.comment()),
            [b'<', b'!' | b'[', ..] if let Some(begin) = section(self.rest) => {
                return Some(self.section(begin));
            }
            [b'<', b'!', ..] => return Some(self.document_type()),
            [b'<', b'?', ..] => return Some(self.skip(2, ">")),
            [b'<', ..] => {}
            _ => {
                let end = memchr::memchr(b'<', self.rest.as_bytes());
                let end = end.unwrap_or(self.rest.len());
                return Some(Piece::Text(self.take(end)));
            }
        }
        if let Some(tag) = self.tag() {
            return Some(tag);
        }
        let end = self.rest.get(1..).and_then(|rest| rest.find('<'));
        let end = end.map_or(self.rest.len(), |at| at + 1);
        Some(Piece::Text(self.take(end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let told: Vec<String> = pieces(text)
            .map(|piece| match piece {
                Piece::Text(text) => format!("'{text}'"),
                Piece::Literal(text) => format!("[{text}]"),
                Piece::Open(tag) => format!("<{}{}>", tag.name, if tag.empty { "/" } else { "" }),
                Piece::Close(name) => format!("</{name}>"),
                Piece::Skip => "-".to_owned(),
                Piece::Cut => "!".to_owned(),
            })
            .collect();
        told.join(" ")
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(told(text), expected, "{text}");
    }

    #[test]
    fn tags_and_what_only_looks_like_them() {
        check("a<b>c</b>d<br/>", "'a' <b> 'c' </b> 'd' <br/>");
        check("1 < 2 and 3 <4", "'1 ' '< 2 and 3 ' '<4'");
        check("<!-- <x> --><?pi?><![CDATA[<y>]]>", "- - [<y>]");
        for begin in [
            "<![cdata[",
            "<![CDATA [",
            "<! [CDATA[",
            "<!CDATA[",
            "<[CDATA[",
        ] {
            check(&format!("{begin}<y>]]>z"), "[<y>] 'z'");
        }
        check("<!DOCTYPE a [<!ENTITY b \"c\">]><d>", "- <d>");
        check("<a title=\"x > y\">z", "<a> 'z'");
        check("<a href=x <b>", "<a> <b>");
        check("<a=\"x>y\">z", "<a=\"x> 'y\">z'");
        check("<a href=\"x <b>y</b>", "<a> <b> 'y' </b>");
        check("<a href=\"x>y</a> <a title=\"z\">", "<a> 'y' </a> ' ' <a>");
        check("<img alt=\"1 <b> 2\" src=x>z", "<img> 'z'");
        check("<a b=\"1\"c=\"2>3\">z", "<a> 'z'");
        check("<!--[CDATA[<y>]]-->", "[<y>]");
        check("<!-->x<!--->y", "- 'x' - 'y'");
        check("<!-- a --!><b>c<!-- d -->e", "- <b> 'c' - 'e'");
        check("<!-- a --><b>--!>", "- <b> '--!>'");
        check("don't <b>it's</b>", "'don't ' <b> 'it's' </b>");
        check("<a b", "!");
        check("<!-- x<b>y", "! <b> 'y'");
        check("<!-- x -><b>y", "! <b> 'y'");
    }

    #[test]
    fn what_is_left_of_a_section_is_no_text() {
        for (text, expected) in [
            ("[CDATA[a]]", "a"),
            (" <![CDATA[a]]> ", "a"),
            ("![cdata[[CDATA[a]>]]>", "a"),
            ("a]]>", "a]]>"),
            ("[1] a [2]", "[1] a [2]"),
        ] {
            assert_eq!(without_section(text), expected, "{text}");
        }
    }

    #[test]
    fn attributes_need_no_quotes() {
        let Some(Piece::Open(tag)) = pieces("<a b=c D='e f' g h = \"i&amp;j\" b=2 =>").next()
        else {
            panic!("no tag");
        };
        assert_eq!(tag.attribute("b").as_deref(), Some("c"));
        assert_eq!(tag.attribute("d").as_deref(), Some("e f"));
        assert_eq!(tag.attribute("g").as_deref(), Some(""));
        assert_eq!(tag.attribute("h").as_deref(), Some("i&j"));
        assert_eq!(tag.attribute("x"), None);
    }
}
