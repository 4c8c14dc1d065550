//! Any dialect of RSS, RDF and Atom, however broken, becomes clean RSS 2.0.
//!
//! One pass over the tags. Only elements that we read are passed on; markup
//! inside a text becomes escaped text of it. Document types are passed over,
//! so no entity is ever expanded (H-31, H-32).
//!
//! # Why elements are read twice, sometimes
//! Whether an element was ever closed shows only later. A long text and an
//! element that we do not read are taken for closed, as they are in nearly
//! every feed; where the end of the item proves that wrong, the pass goes
//! back to where the element began, a few times in a document at most, and
//! from then on lets elements of that name end where a neighbour begins.

mod name;

use std::borrow::Cow;
use std::collections::HashMap;

use super::draft::{
    Draft, Mended, Slot, TEXT_AT_MOST, Values, Writer, escaped, legal_trim, media_kind,
};
use super::instead::Instead;
use crate::model::{Failure, Media, MediaKind, WebUrl};
use crate::text::markup::{self, Piece, Pieces, Tag};
use crate::text::{entity, plain};
use name::{Local, Role, Space};

/// Elements that are open at once at most (C-10).
const DEPTH_AT_MOST: usize = 256;

/// Attributes of one tag at most (C-10).
const ATTRIBUTES_AT_MOST: usize = 256;

/// Namespaces that one tag declares at most (C-10).
const DECLARATIONS_AT_MOST: usize = 64;

/// Prefixes of one document at most.
const PREFIXES_AT_MOST: usize = 256;

/// A tag shorter than this has no more attributes than it may.
const SHORT_TAG: usize = 512;

/// Text of an element that holds no prose, in bytes at most (C-11).
const SHORT_TEXT_AT_MOST: usize = 64 * 1024;

/// How often the pass goes back in one document.
const REREADS_AT_MOST: usize = 5;

/// What it reads again in all, in bytes, if the document is not longer: it
/// stays linear, however much stands behind what was never closed.
const REREAD_AT_LEAST: usize = 256 * 1024;

/// Elements around a feed that stands in another document.
const WRAPPERS_AT_MOST: usize = 8;

/// Mends a document that came from `at`; `Err` says what it is instead of a
/// feed.
pub(super) fn mend(text: &str, at: &WebUrl) -> Result<Mended, Failure> {
    match mend_once(text, at) {
        Err(Failure::NotAFeed(what)) => match feed_in_a_string(text) {
            Some(feed) => mend_once(&feed, at),
            None => Err(Failure::NotAFeed(what)),
        },
        other => other,
    }
}

/// The feed that is the first text of another document, as services of .NET
/// and SOAP answer: `<string>&lt;rss…`. A page that shows one is none.
fn feed_in_a_string(text: &str) -> Option<Cow<'_, str>> {
    const BEGINNINGS: [&str; 5] = ["<?xml", "<!--", "<rss", "<feed", "<rdf:RDF"];
    let mut depth = 0;
    for piece in markup::pieces(text) {
        let feed = match piece {
            Piece::Open(tag) if depth == 0 && tag.name.eq_ignore_ascii_case("html") => return None,
            Piece::Open(_) if depth < WRAPPERS_AT_MOST => {
                depth += 1;
                continue;
            }
            Piece::Skip => continue,
            Piece::Text(text) if text.trim().is_empty() => continue,
            Piece::Text(text) => entity::decode(text),
            Piece::Literal(text) => Cow::Borrowed(text),
            Piece::Open(_) | Piece::Close(_) | Piece::Cut => return None,
        };
        let begin = feed.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let is_feed = depth > 0
            && BEGINNINGS.iter().any(|known| {
                let head = begin.get(..known.len());
                head.is_some_and(|head| head.eq_ignore_ascii_case(known))
            });
        return is_feed.then_some(feed);
    }
    None
}

fn mend_once(text: &str, at: &WebUrl) -> Result<Mended, Failure> {
    let mut mender = Mender::new(text, at);
    loop {
        let before = mender.pieces.rest();
        let Some(piece) = mender.pieces.next() else {
            break;
        };
        mender.take(piece, before)?;
        if mender.done {
            break;
        }
        if mender.writer.is_full() {
            mender.mended.more = mender.pieces.any(|piece| matches!(piece, Piece::Open(_)));
            mender.done = true;
            break;
        }
    }
    mender.finish(text)
}

/// How the text of an element is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Escaped markup, as RSS has it.
    Html,
    /// Atom's plain text: a `<` in it is a less-than sign.
    Text,
    /// Markup as such.
    Xhtml,
    /// Nothing to read: a picture in letters.
    Data,
}

/// An element whose text is being read.
#[derive(Debug)]
struct Capture<'t> {
    role: Role,
    rank: u8,
    name: &'t str,
    kind: Kind,
    nested: usize,
    text: String,
    /// Whether a CDATA section began inside a CDATA section.
    has_section: bool,
    /// Where to go back to if it turns out that it was never closed.
    back: Option<Pieces<'t>>,
}

impl Capture<'_> {
    fn push(&mut self, text: &str) {
        let most = if self.role.is_long() {
            TEXT_AT_MOST
        } else {
            SHORT_TEXT_AT_MOST
        };
        let left = most.saturating_sub(self.text.len());
        let cut = (0..=left.min(text.len()))
            .rev()
            .find(|at| text.is_char_boundary(*at));
        self.text
            .push_str(text.get(..cut.unwrap_or(0)).unwrap_or_default());
    }
}

/// An element that is passed over with all that is in it, or, as Atom's
/// `source`, read by rules of its own.
#[derive(Debug)]
struct Within<'t> {
    name: &'t str,
    nested: usize,
    depth: usize,
    back: Pieces<'t>,
}

/// An element whose text may stand in a `name` inside it.
#[derive(Clone, Copy, Debug)]
struct Holder<'t> {
    tag: &'t str,
    role: Role,
    rank: u8,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of the document"
)]
struct Mender<'t> {
    pieces: Pieces<'t>,
    at: &'t WebUrl,
    writer: Writer,
    mended: Mended,
    title: Slot,
    /// The root's local name.
    root: Option<Local>,
    is_atom: bool,
    /// Prefixes and what they stand for, as declared so far.
    prefixes: HashMap<&'t str, Space>,
    /// A prefix of no known meaning that the feed's own elements have.
    own_prefix: Option<&'t str>,
    /// What a feed calls its items that names them in its own way.
    own_item: Option<&'t str>,
    base: Option<WebUrl>,
    /// Authors of the whole feed, whose items need not repeat them.
    authors: Values,
    item: Option<Draft>,
    capture: Option<Capture<'t>>,
    skip: Option<Within<'t>>,
    source: Option<Within<'t>>,
    /// The author, outlet or category that is open, in which a `name` is its
    /// own, and an address is not that of the story.
    holder: Option<Holder<'t>>,
    /// Names of elements that were found never to be closed.
    unclosed: Vec<&'t str>,
    /// What may be read again yet, in bytes.
    again: usize,
    depth: usize,
    /// Whether any element was met.
    began: bool,
    is_html: bool,
    cut: bool,
    /// Whether the first root has no items, but one behind it has.
    goes_on: bool,
    done: bool,
}

/// A tag's name, understood.
#[derive(Clone, Copy, Debug)]
struct Name {
    space: Space,
    local: Local,
}

impl Name {
    fn is(&self, locals: &[&str]) -> bool {
        self.space == Space::Format && locals.contains(&self.local.as_str())
    }
}

impl<'t> Mender<'t> {
    fn new(text: &'t str, at: &'t WebUrl) -> Self {
        Self {
            pieces: markup::pieces(text),
            at,
            writer: Writer::default(),
            mended: Mended::default(),
            title: Slot::default(),
            root: None,
            is_atom: false,
            prefixes: HashMap::new(),
            own_prefix: None,
            own_item: None,
            base: None,
            authors: Values::default(),
            item: None,
            capture: None,
            skip: None,
            source: None,
            holder: None,
            unclosed: Vec::new(),
            again: text.len().max(REREAD_AT_LEAST),
            depth: 0,
            began: false,
            is_html: false,
            cut: false,
            goes_on: false,
            done: false,
        }
    }

    fn take(&mut self, piece: Piece<'t>, before: &'t str) -> Result<(), Failure> {
        match piece {
            Piece::Text(text) => self.text(text),
            Piece::Literal(text) => self.literal(text, before),
            Piece::Open(tag) => return self.open(tag, before),
            Piece::Close(name) => self.close(name),
            Piece::Skip => {}
            Piece::Cut => self.cut = true,
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        let Some(capture) = &mut self.capture else {
            return;
        };
        // A section inside a section ends both; the second end is left over.
        let without = match text.split_once("]]>").filter(|_| capture.has_section) {
            Some((before, after)) => format!("{before}{after}").into(),
            None => Cow::Borrowed(text),
        };
        capture.has_section &= matches!(without, Cow::Borrowed(_));
        match capture.kind {
            Kind::Html | Kind::Text => capture.push(&entity::decode(&without)),
            Kind::Xhtml => capture.push(&without),
            Kind::Data => {}
        }
    }

    fn literal(&mut self, text: &'t str, before: &'t str) {
        let mut text = text;
        // One that was never closed runs on to the end of another, or of the
        // document: it ends where its element does.
        let begin = markup::section(before).unwrap_or("<!--[CDATA[".len());
        let runs_out = before.len() == begin + text.len();
        let holds_section = markup::find_section(text).is_some();
        if runs_out || holds_section {
            let within = self.capture.as_ref().map(|capture| capture.name);
            let end = match within.or(self.skip.as_ref().map(|skip| skip.name)) {
                Some(name) => end_tag(text, name),
                None => Some(0),
            };
            if let Some(end) = end {
                text = markup::without_section_end(text.get(..end).unwrap_or_default());
                self.pieces
                    .go_to(before.get(begin + end..).unwrap_or_default());
            } else {
                self.cut |= runs_out && within.is_some();
            }
        }
        let Some(capture) = &mut self.capture else {
            return;
        };
        capture.has_section |= holds_section && markup::find_section(text).is_some();
        match capture.kind {
            Kind::Html | Kind::Text => capture.push(text),
            Kind::Xhtml => capture.push(&escaped(text)),
            Kind::Data => {}
        }
    }

    fn open(&mut self, tag: Tag<'t>, before: &'t str) -> Result<(), Failure> {
        if self.capture.as_ref().is_none_or(|c| !c.role.is_long()) {
            limits(&tag)?;
        }
        self.declare(&tag);
        let mut name = self.name(&tag);
        if self.root.is_none() {
            self.root(name, &tag);
            name = self.name(&tag);
            if self.root.is_none() || !name.is(&["item", "entry"]) {
                return Ok(());
            }
        }
        self.adopt(&mut name, &tag);
        self.adopt_item(&mut name, &tag);
        if name.is(&["item", "entry"]) {
            // An empty one says nothing, unless it is made of attributes, and
            // inside another it ends nothing.
            let says = !tag.empty || (self.item.is_none() && tag.mentions("title"));
            if says && !self.reread() {
                self.end_item();
                self.begin_item(&tag);
            }
            if says && tag.empty {
                self.end_item();
            }
            return Ok(());
        }
        if let Some(skip) = &mut self.skip {
            if !tag.empty && !name::is_void(name.local.as_str()) {
                skip.nested += usize::from(skip.name.eq_ignore_ascii_case(tag.name));
                skip.depth += 1;
            }
            return deep(skip.depth);
        }
        let is_in_a_text = self.capture.as_ref().is_some_and(|c| c.role.is_long());
        if let Some(holder) = self.holder.filter(|_| !is_in_a_text)
            && matches!(name.space, Space::Format | Space::Atom)
        {
            match name.local.as_str() {
                "name" => {
                    // What stood in the holder before it is no name.
                    self.capture = None;
                    self.begin(holder.role, holder.rank, Kind::Html, &tag);
                    return Ok(());
                }
                "url" => {
                    self.end_capture();
                    return Ok(());
                }
                _ => {}
            }
        }
        if let Some(capture) = &self.capture {
            if !self.ends(capture, name, &tag) {
                self.inside(name, &tag, before);
                return Ok(());
            }
            self.end_capture();
            self.holder = None;
        }
        self.element(name, &tag)
    }

    /// A prefix of no known meaning is the feed's own if its first item has
    /// it (H-38).
    fn adopt(&mut self, name: &mut Name, tag: &Tag<'t>) {
        let first = self.item.is_none() && self.writer.is_empty() && self.own_prefix.is_none();
        if first
            && name.space == Space::Other
            && matches!(name.local.as_str(), "item" | "entry")
            && let Some((prefix, _)) = tag.name.split_once(':')
        {
            self.own_prefix = Some(prefix);
            name.space = Space::Format;
        }
    }

    /// An element of the channel that is called as news is, and begins with a
    /// headline or an address, is an item, and so are its like.
    fn adopt_item(&mut self, name: &mut Name, tag: &Tag<'t>) {
        const NAMES: [&str; 6] = [
            "news",
            "newsitem",
            "article",
            "story",
            "post",
            "publication",
        ];
        const FIRST: [&str; 5] = ["title", "headline", "link", "guid", "id"];
        let is_first = self.item.is_none() && self.writer.is_empty() && self.own_item.is_none();
        if !is_first || self.is_atom || self.capture.is_some() || self.skip.is_some() {
            return;
        }
        if tag.empty || !name.is(&NAMES) {
            return;
        }
        let begins = self.pieces.clone().find_map(|piece| match piece {
            Piece::Open(tag) => Some(self.resolve(tag.name).is(&FIRST)),
            _ => None,
        });
        if begins == Some(true) {
            self.own_item = Some(tag.name);
            name.local = Local::of("item");
        }
    }

    /// A tag inside a text is part of the text.
    fn inside(&mut self, name: Name, tag: &Tag<'t>, before: &'t str) {
        let Some(capture) = &mut self.capture else {
            return;
        };
        let read = before.len() - self.pieces.rest().len();
        let written = before.get(..read).unwrap_or_default();
        if !written.ends_with('>') {
            // "x<y and z</title>": whether it is one is for the text to tell.
            return capture.push(written);
        }
        capture.nested += usize::from(!tag.empty && capture.name.eq_ignore_ascii_case(tag.name));
        if capture.role == Role::Link {
            // All that counts of `<link><a href="…">`.
            capture.push(written);
        } else if matches!(capture.kind, Kind::Html | Kind::Xhtml) {
            capture.push("<");
            capture.push(in_html(name, tag.name));
            capture.push(if tag.empty { "/>" } else { ">" });
        }
    }

    /// Whether the text that is being read ends where this tag begins,
    /// because it was never closed.
    fn ends(&self, capture: &Capture<'t>, name: Name, tag: &Tag<'t>) -> bool {
        let local = name.local.as_str();
        if name.space == Space::Xhtml {
            return false;
        }
        let says = name::role(name.space, local, self.is_atom).is_some()
            || media(name, tag).is_some()
            || name.is(&["comments"]);
        if !capture.role.is_long() {
            // Of these two many elements are made, not only items.
            return says
                && (!name.is(&["name", "url"])
                    || matches!(capture.role, Role::Title | Role::Link));
        }
        if capture.back.is_some() || !says {
            return false;
        }
        // What is an element of HTML as well is told by its attributes.
        match (name.space, local) {
            (Space::Format, "title" | "body" | "summary") => tag.is_bare() && !self.is_atom,
            (Space::Format, "link") if self.is_atom => tag.attribute("href").is_some(),
            (Space::Format, "link") => tag.is_bare(),
            (Space::Format, "source") => tag.attribute("src").is_none(),
            _ => true,
        }
    }

    fn close(&mut self, tag: &'t str) {
        let name = self.resolve(tag);
        let ends_item = name.is(&["item", "entry"]);
        if ends_item || name.is(&["rss", "feed", "channel"]) || is_rdf(name) {
            if self.reread() {
                return;
            }
            self.end_item();
            self.depth = 0;
            let local = name.local.as_str();
            let ends = !ends_item && self.root.is_some_and(|root| root.as_str() == local);
            if ends && self.writer.is_empty() {
                // The items may stand in one more document behind this one.
                self.goes_on = self.goes_on || another(self.pieces.clone());
                self.done |= !self.goes_on;
            } else {
                self.done |= ends;
            }
            return;
        }
        if self
            .holder
            .is_some_and(|holder| holder.tag.eq_ignore_ascii_case(tag))
        {
            self.holder = None;
        }
        if let Some(skip) = &mut self.skip {
            skip.depth = skip.depth.saturating_sub(1);
            if closes(skip, tag) {
                self.skip = None;
            }
            return;
        }
        if let Some(capture) = &mut self.capture {
            if capture.name.eq_ignore_ascii_case(tag) {
                match capture.nested.checked_sub(1) {
                    Some(nested) => capture.nested = nested,
                    None => return self.end_capture(),
                }
            }
            if matches!(capture.kind, Kind::Html | Kind::Xhtml) {
                capture.push("</");
                capture.push(in_html(name, tag));
                capture.push(">");
            }
            return;
        }
        self.depth = self.depth.saturating_sub(1);
        if self
            .source
            .as_mut()
            .is_some_and(|source| closes(source, tag))
        {
            self.source = None;
        }
    }

    /// Goes back to where an open element began, if there is one of which
    /// the end of its item shows that it was never closed.
    fn reread(&mut self) -> bool {
        let may = self.may_reread();
        if let Some(skip) = self.skip.take() {
            return may && self.go_back(skip.name, skip.back);
        }
        if let Some(capture) = &mut self.capture
            && let Some(back) = capture.back.take().filter(|_| may)
        {
            capture.text.clear();
            capture.nested = 0;
            let name = capture.name;
            return self.go_back(name, back);
        }
        match self.source.take() {
            Some(source) => may && self.go_back(source.name, source.back),
            None => false,
        }
    }

    fn go_back(&mut self, name: &'t str, back: Pieces<'t>) -> bool {
        self.unclosed.push(name);
        let read = back.rest().len().saturating_sub(self.pieces.rest().len());
        self.again = self.again.saturating_sub(read);
        self.pieces = back;
        true
    }

    fn may_reread(&self) -> bool {
        self.unclosed.len() < REREADS_AT_MOST && self.again > 0
    }

    fn is_unclosed(&self, name: &str) -> bool {
        !self.may_reread() || self.unclosed.iter().any(|n| n.eq_ignore_ascii_case(name))
    }

    /// The first element that says what the document is.
    fn root(&mut self, name: Name, tag: &Tag<'t>) {
        let version = tag.attribute("version").unwrap_or_default();
        let version = version.trim();
        // A prefix of no meaning is that of the format, if the element is.
        let mut name = name;
        if name.space == Space::Other
            && let Some((prefix, _)) = tag.name.split_once(':')
            && matches!(
                name.local.as_str(),
                "rss" | "feed" | "rdf" | "item" | "entry"
            )
        {
            self.own_prefix = Some(prefix);
            name.space = Space::Format;
        }
        let local = name.local.as_str();
        let format = match (name.space, local) {
            (Space::Format, "rss") if version.is_empty() => "RSS without version".to_owned(),
            (Space::Format, "rss") => format!("RSS {}", plain::cut(version, 20)),
            _ if is_rdf(name) => "RSS 1.0 (RDF)".to_owned(),
            (Space::Format, "channel") => "RSS without root".to_owned(),
            (Space::Format | Space::Atom, "feed") if version.starts_with("0.3") => {
                "Atom 0.3".to_owned()
            }
            (Space::Format | Space::Atom, "feed") => "Atom".to_owned(),
            (Space::Format, "item") if !self.is_html => "RSS without root".to_owned(),
            (Space::Format | Space::Atom, "entry") if !self.is_html => {
                "Atom without root".to_owned()
            }
            (Space::Format, "html" | "body" | "head") => {
                // Other formats have a head and a body as well.
                self.is_html |= local == "html" || !self.began;
                self.began = true;
                return;
            }
            _ => {
                self.began = true;
                return;
            }
        };
        self.is_atom = matches!(local, "feed" | "entry");
        self.mended.is_atom = self.is_atom;
        self.root = Some(name.local);
        self.mended.format = format;
        self.mended.language = tag.attribute("xml:lang");
        self.base = self.based(tag);
    }

    /// The base of links inside this element: `xml:base`, resolved against
    /// what holds it. One that is no web address does not count (H-58).
    fn based(&self, tag: &Tag<'t>) -> Option<WebUrl> {
        let outer = self.base.as_ref();
        let inner = tag
            .attribute("xml:base")
            .filter(|base| !base.trim().is_empty())
            .and_then(|base| outer.unwrap_or(self.at).based(&base));
        inner.or_else(|| outer.cloned())
    }

    fn begin_item(&mut self, tag: &Tag<'t>) {
        let mut draft = Draft {
            base: self.based(tag),
            ..Draft::default()
        };
        if let Some(language) = tag.attribute("xml:lang") {
            draft.language.offer(0, language);
        }
        if let Some(about) = tag
            .attribute("rdf:about")
            .or_else(|| tag.attribute("about"))
        {
            draft.guid.offer(1, about);
            draft.permalink = true;
        }
        if tag.mentions("title") {
            of_attributes(&mut draft, tag);
        }
        self.depth = 0;
        self.item = Some(draft);
    }

    /// An element of the item or the channel.
    fn element(&mut self, name: Name, tag: &Tag<'t>) -> Result<(), Failure> {
        let local = name.local.as_str();
        let media = media(name, tag);
        let is_media = media.is_some();
        if let Some(item) = &mut self.item {
            if let Some(media) = media {
                item.media(media);
            }
            let says = |name: &str| tag.attribute(name).filter(|text| !text.trim().is_empty());
            match (name.space, local) {
                (Space::Format | Space::Atom, "category") => {
                    if let Some(label) = says("label").or_else(|| says("term")) {
                        item.categories.offer(0, escaped(&label));
                    }
                }
                (Space::Itunes, "category") => {
                    if let Some(label) = says("text") {
                        item.categories.offer(1, escaped(&label));
                    }
                }
                (Space::Format, "content") if self.is_atom => {
                    if let Some(source) = says("src") {
                        item.links.offer(4, source);
                    }
                }
                _ => {}
            }
        }
        if matches!(name.space, Space::Format | Space::Atom) && local == "link" {
            if let Some(href) = tag.attribute("href") {
                self.link(name, tag, &href);
                return Ok(());
            }
            // `<link/>https://…`, as parsers of HTML leave it.
            if tag.empty && !self.is_atom {
                self.begin(Role::Link, 2, Kind::Html, tag);
                return Ok(());
            }
        }
        if name::is_transparent(name.space, local) {
            if local == "channel" {
                self.base = self.based(tag);
            }
            // `rdf:li` is often left open, and holds nothing.
            self.depth += usize::from(!tag.empty && local != "li");
            return deep(self.depth);
        }
        if tag.empty {
            return Ok(());
        }
        match name::role(name.space, local, self.is_atom) {
            Some((Role::Source, 0)) if self.is_atom && !self.is_unclosed(tag.name) => {
                self.source = Some(Within {
                    name: tag.name,
                    nested: 0,
                    depth: 0,
                    back: self.pieces.clone(),
                });
            }
            // Of those that a picture names only the author is one of the text.
            Some((Role::Author, 2))
                if tag
                    .attribute("role")
                    .is_none_or(|role| !role.trim().eq_ignore_ascii_case("author")) => {}
            Some((role, rank)) => {
                if role == Role::Guid
                    && let Some(item) = &mut self.item
                {
                    item.permalink = !tag
                        .attribute("ispermalink")
                        .is_some_and(|says| says.trim().eq_ignore_ascii_case("false"));
                }
                if matches!(role, Role::Author | Role::Source | Role::Category) {
                    let tag = tag.name;
                    self.holder = Some(Holder { tag, role, rank });
                }
                self.begin(role, rank, self.kind(name, role, tag), tag);
            }
            None if name::is_void(local) || self.is_unclosed(tag.name) => {}
            None if is_media => {}
            None => {
                self.skip = Some(Within {
                    name: tag.name,
                    nested: 0,
                    depth: 0,
                    back: self.pieces.clone(),
                });
            }
        }
        Ok(())
    }

    fn begin(&mut self, role: Role, rank: u8, kind: Kind, tag: &Tag<'t>) {
        let strict = role.is_long() && !self.is_unclosed(tag.name);
        self.capture = Some(Capture {
            role,
            rank,
            name: tag.name,
            kind,
            nested: 0,
            text: String::new(),
            has_section: false,
            back: strict.then(|| self.pieces.clone()),
        });
    }

    /// Atom's links: the story itself, or what belongs to it.
    fn link(&mut self, name: Name, tag: &Tag<'t>, href: &str) {
        let rel = tag.attribute("rel").unwrap_or_default();
        let rel = rel.trim().rsplit('/').next().unwrap_or_default();
        let typ = tag.attribute("type").unwrap_or_default();
        let readable = typ.is_empty() || typ.contains("html");
        let own = if name.space == Space::Format { 1 } else { 2 };
        let rank = if readable { own } else { 5 };
        let is_alternate = rel.is_empty() || rel.eq_ignore_ascii_case("alternate");
        let href = match tag.attribute("xml:base").and_then(|base| {
            let outer = self.base.as_ref().unwrap_or(self.at);
            outer.based(&base)?.join(href)
        }) {
            Some(based) => based.to_string(),
            None => href.to_owned(),
        };
        match &mut self.item {
            _ if self.source.is_some() => {}
            Some(item) if is_alternate => item.links.offer(rank, href),
            Some(item) if rel.eq_ignore_ascii_case("enclosure") => {
                if let Some(media) = media_of(tag, href) {
                    item.media(media);
                }
            }
            None if is_alternate && readable => {
                self.mended.site.get_or_insert(href);
            }
            _ => {}
        }
    }

    fn kind(&self, name: Name, role: Role, tag: &Tag<'t>) -> Kind {
        let is_text = matches!(role, Role::Title | Role::Description | Role::Content);
        let is_atom = name.space == Space::Atom || (self.is_atom && name.space == Space::Format);
        if !is_text || !is_atom {
            return Kind::Html;
        }
        let typ = tag.attribute("type").unwrap_or_default();
        let typ = typ.trim().to_ascii_lowercase();
        let mode = tag.attribute("mode").unwrap_or_default();
        let escaped = mode.eq_ignore_ascii_case("escaped");
        if mode.eq_ignore_ascii_case("base64") {
            return Kind::Data;
        }
        match typ.as_str() {
            "" | "text" | "plain" | "text/plain" if !escaped => Kind::Text,
            "xhtml" | "application/xhtml+xml" if !escaped => Kind::Xhtml,
            _ if ["image/", "audio/", "video/", "application/"]
                .iter()
                .any(|t| typ.starts_with(t))
                && !typ.contains("ml") =>
            {
                Kind::Data
            }
            _ => Kind::Html,
        }
    }

    fn end_capture(&mut self) {
        let Some(capture) = self.capture.take() else {
            return;
        };
        let Capture {
            role, rank, kind, ..
        } = capture;
        let text = match kind {
            // Escaped once more, so that reading it as markup gives it back.
            Kind::Text => escaped(&capture.text),
            Kind::Html | Kind::Xhtml | Kind::Data => capture.text,
        };
        let text = legal_trim(markup::without_section(legal_trim(&text)));
        if text.is_empty() {
            return;
        }
        if self.source.is_some() {
            return self.of_the_source(role, text);
        }
        let Some(item) = &mut self.item else {
            return self.of_the_channel(role, rank, text);
        };
        match role {
            Role::Title => item.title.offer(rank, text),
            Role::Link => item.links.offer(rank, text),
            Role::Description => item.description.offer(rank, text),
            Role::Content => item.content.offer(rank, text),
            Role::Guid => item.guid.offer(rank, text),
            Role::Date => item.dates.offer(rank, text),
            Role::Updated => item.updated.offer(rank, text),
            Role::Author => item.authors.offer(rank, text),
            Role::Category => item.categories.offer(rank, text),
            Role::Keywords => {
                for word in text.split([',', ';', '、', '，']) {
                    if !word.trim().is_empty() {
                        item.categories.offer(rank, word.trim());
                    }
                }
            }
            Role::Source => item.outlet.offer(rank, text),
            Role::Language => item.language.offer(rank, text),
            Role::Ttl
            | Role::UpdatePeriod
            | Role::UpdateFrequency
            | Role::SkipHour
            | Role::SkipDay => {}
        }
    }

    /// The feed that an Atom entry was taken from.
    fn of_the_source(&mut self, role: Role, text: &str) {
        let Some(item) = &mut self.item else { return };
        match role {
            Role::Title => item.outlet.offer(0, text),
            // An entry without an author has that of its source (RFC 4287,
            // section 4.1.2).
            Role::Author => item.authors.offer(3, text),
            _ => {}
        }
    }

    fn of_the_channel(&mut self, role: Role, rank: u8, text: &str) {
        let slot = match role {
            Role::Title => return self.title.offer(rank, text),
            Role::Author if self.is_atom => return self.authors.offer_of_feed(rank, text),
            Role::Guid if self.is_atom => &mut self.mended.id,
            Role::Link if !self.is_atom => &mut self.mended.site,
            Role::Language => &mut self.mended.language,
            Role::Ttl => &mut self.mended.ttl,
            Role::UpdatePeriod => &mut self.mended.update_period,
            Role::UpdateFrequency => &mut self.mended.update_frequency,
            Role::SkipHour => {
                if let Ok(hour) = text.parse() {
                    self.mended.skip.hour(hour);
                }
                return;
            }
            Role::SkipDay => return self.mended.skip.day(text),
            _ => return,
        };
        slot.get_or_insert_with(|| text.to_owned());
    }

    fn end_item(&mut self) {
        self.end_capture();
        self.skip = None;
        self.source = None;
        self.holder = None;
        if let Some(mut item) = self.item.take() {
            if item.authors.is_empty() {
                item.authors = self.authors.clone();
            }
            self.writer.item(item);
        }
    }

    fn finish(mut self, text: &str) -> Result<Mended, Failure> {
        let Some(root) = self.root else {
            return Err(Failure::NotAFeed(what_instead(text, self.is_html)));
        };
        let has_root = !matches!(root.as_str(), "item" | "entry");
        if !self.done {
            // The item in which the document ends is not whole.
            let lost = self.item.take().is_some();
            if self.cut || lost {
                self.mended.partial = Some("the document ends in the middle".to_owned());
            } else if has_root {
                self.mended.partial =
                    Some("the document ends before its root is closed".to_owned());
            }
            if lost && self.writer.is_empty() {
                return Err(Failure::Unreadable(
                    "it ends within its first item".to_owned(),
                ));
            }
        }
        if self.is_html && self.writer.is_empty() {
            return Err(Failure::NotAFeed(what_instead(text, true)));
        }
        self.mended.title = self.title.take();
        self.mended.another = self.done && !self.mended.more && another(self.pieces);
        self.mended.batches = self.writer.finish();
        Ok(self.mended)
    }

    /// Notes what prefixes stand for.
    fn declare(&mut self, tag: &Tag<'t>) {
        if !tag.mentions("xmlns") {
            return;
        }
        for (name, value) in tag.attributes() {
            let Some(("xmlns", prefix)) = name.split_once(':') else {
                continue;
            };
            let space = name::space(value);
            if space != Space::Other {
                let is_full = self.prefixes.len() >= PREFIXES_AT_MOST;
                if !is_full || self.prefixes.contains_key(prefix) {
                    self.prefixes.insert(prefix, space);
                }
            }
        }
    }

    /// What a start tag's name means. A default namespace counts for the
    /// element that declares it: on a root it is as often wrong as right.
    fn name(&self, tag: &Tag<'t>) -> Name {
        let mut name = self.resolve(tag.name);
        if self.root.is_some()
            && name.space == Space::Format
            && tag.mentions("xmlns")
            && !name.is(&["item", "entry", "channel"])
            && !tag.name.contains(':')
            && let Some(uri) = tag.attribute("xmlns")
        {
            let space = name::space(&uri);
            match space {
                Space::Other | Space::Rdf => {}
                // In its own document Atom is the format.
                Space::Atom if self.is_atom => {}
                _ => name.space = space,
            }
        }
        name
    }

    fn resolve(&self, name: &str) -> Name {
        if self
            .own_item
            .is_some_and(|own| own.eq_ignore_ascii_case(name))
        {
            return Name {
                space: Space::Format,
                local: Local::of("item"),
            };
        }
        let Some((prefix, local)) = name.split_once(':') else {
            return Name {
                space: Space::Format,
                local: Local::of(name),
            };
        };
        let declared = self.prefixes.get(prefix).copied();
        let space = match declared.unwrap_or_else(|| name::usual(prefix)) {
            // In its own document Atom is the format.
            Space::Atom if self.is_atom || self.root.is_none() => Space::Format,
            Space::Other if self.own_prefix == Some(prefix) => Space::Format,
            space => space,
        };
        Name {
            space,
            local: Local::of(local),
        }
    }
}

/// Fills an item from its attributes, as some write it by hand; what its
/// elements say counts before them.
fn of_attributes(draft: &mut Draft, tag: &Tag<'_>) {
    const LAST: u8 = 9;
    for (name, value) in tag.attributes() {
        let value = entity::decode(value);
        match Local::of(name).as_str() {
            "title" => draft.title.offer(LAST, escaped(&value)),
            "description" | "summary" => draft.description.offer(LAST, escaped(&value)),
            "link" | "url" | "href" => draft.links.offer(LAST, value),
            "pubdate" | "date" => draft.dates.offer(LAST, value),
            "guid" | "id" => draft.guid.offer(LAST, value),
            _ => {}
        }
    }
}

/// Whether what follows the root is one more document with items.
fn another(mut rest: Pieces<'_>) -> bool {
    rest.any(|piece| match piece {
        Piece::Open(tag) => {
            let name = tag.name.rsplit(':').next().unwrap_or_default();
            !tag.empty
                && ["item", "entry"]
                    .iter()
                    .any(|n| name.eq_ignore_ascii_case(n))
        }
        _ => false,
    })
}

/// A tag's name as HTML knows it.
fn in_html(name: Name, tag: &str) -> &str {
    match tag.split_once(':') {
        Some((_, local)) if name.space == Space::Xhtml => local,
        _ => tag,
    }
}

fn is_rdf(name: Name) -> bool {
    matches!(name.space, Space::Format | Space::Rdf) && name.local.as_str() == "rdf"
}

/// Whether this end tag is that of the element, which counts those of its
/// own name inside it.
fn closes(within: &mut Within<'_>, tag: &str) -> bool {
    if !within.name.eq_ignore_ascii_case(tag) {
        return false;
    }
    match within.nested.checked_sub(1) {
        Some(nested) => {
            within.nested = nested;
            false
        }
        None => true,
    }
}

/// More than a tag may have is no feed but an attack (C-10, H-36).
fn limits(tag: &Tag<'_>) -> Result<(), Failure> {
    if tag.len() < SHORT_TAG {
        return Ok(());
    }
    if tag.attributes().nth(ATTRIBUTES_AT_MOST).is_some() {
        return Err(Failure::TooLarge(format!(
            "more than {ATTRIBUTES_AT_MOST} attributes on one tag"
        )));
    }
    let declarations = tag
        .attributes()
        .filter(|(name, _)| name.starts_with("xmlns"));
    if declarations.count() > DECLARATIONS_AT_MOST {
        return Err(Failure::TooLarge(format!(
            "more than {DECLARATIONS_AT_MOST} namespaces on one tag"
        )));
    }
    Ok(())
}

/// Elements that nest too deep are no feed but an attack (C-10, H-34).
fn deep(depth: usize) -> Result<(), Failure> {
    if depth > DEPTH_AT_MOST {
        return Err(Failure::TooLarge(format!(
            "elements nested deeper than {DEPTH_AT_MOST}"
        )));
    }
    Ok(())
}

/// Where the end tag of `name` begins in `text`: `</contents>` ends no
/// `content`.
fn end_tag(text: &str, name: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find("</")?;
        let (found, after) = text
            .get(at + 2..)?
            .split_at_checked(name.len())
            .unwrap_or_default();
        let goes_on = after.starts_with(|c: char| c.is_alphanumeric() || "-_.:".contains(c));
        if found.eq_ignore_ascii_case(name) && !goes_on {
            return Some(at);
        }
        from = at + 2;
    }
}

/// The media object of an element, if it is one.
fn media(name: Name, tag: &Tag<'_>) -> Option<Media> {
    let local = name.local.as_str();
    let source = match (name.space, local) {
        (Space::Format | Space::Other, "enclosure") => tag
            .attribute("url")
            .or_else(|| tag.attribute("href"))
            .or_else(|| tag.attribute("rdf:resource")),
        (Space::Media, "content" | "player" | "thumbnail") => tag.attribute("url"),
        (Space::Itunes, "image") => tag.attribute("href"),
        _ => None,
    }?;
    let mut media = media_of(tag, source)?;
    match (media.kind, local) {
        (MediaKind::Other, "player") => media.kind = MediaKind::Video,
        (_, "thumbnail" | "image") => media.kind = MediaKind::Image,
        _ => {}
    }
    Some(media)
}

fn media_of(tag: &Tag<'_>, url: String) -> Option<Media> {
    let stated = tag.attribute("type");
    let medium = tag.attribute("medium");
    let length = tag
        .attribute("length")
        .or_else(|| tag.attribute("filesize"));
    (!url.trim().is_empty()).then(|| Media {
        kind: media_kind(stated.as_deref(), medium.as_deref(), &url),
        url,
        mime: stated.filter(|typ| typ.contains('/')),
        length: length
            .and_then(|length| length.trim().parse().ok())
            .filter(|length| *length > 0),
    })
}

/// What a document is that is no feed, for the admin.
fn what_instead(text: &str, is_html: bool) -> String {
    if !is_html {
        let root = markup::pieces(text).find_map(|piece| match piece {
            Piece::Open(tag) => Some(tag.name.to_ascii_lowercase()),
            _ => None,
        });
        let known = match root.as_deref() {
            Some("urlset" | "sitemapindex") => Some("a sitemap"),
            Some("opml") => Some("an OPML list of feeds"),
            Some("wml") => Some("a WML page"),
            _ => None,
        };
        if let Some(known) = known {
            return known.to_owned();
        }
        let begin = plain::line(text.get(..400.min(text.len())).unwrap_or_else(|| {
            text.split_inclusive(char::is_whitespace)
                .next()
                .unwrap_or_default()
        }));
        return format!("no feed element; it begins \"{}\"", plain::cut(&begin, 60));
    }
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|at| {
        let rest = text.get(at..)?;
        let rest = rest.get(rest.find('>')? + 1..)?;
        Some(plain::line(
            rest.get(..rest.find('<').unwrap_or(rest.len()))?,
        ))
    });
    let title = title.filter(|title| !title.is_empty());
    let what = Instead::of(text).map_or("an HTML page".to_owned(), |instead| instead.to_string());
    match title {
        Some(title) => format!("{what}, \"{}\"", plain::cut(&title, 80)),
        None => what,
    }
}
