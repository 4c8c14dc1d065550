//! Any dialect of RSS, RDF and Atom, however broken, becomes clean RSS 2.0.
//!
//! One linear pass over the tags. Only elements that we read are passed on;
//! markup inside a text becomes escaped text of it; the end of a short
//! element that was never closed is seen by what follows it. Document types
//! are passed over, so no entity is ever expanded (H-31, H-32).

use crate::model::{Failure, Media, MediaKind};
use crate::text::markup::{self, Piece, Tag};
use crate::text::{entity, plain};

/// Items at most: a document beyond this is no feed (C-08's ceiling).
const ITEMS_AT_MOST: usize = 5000;

/// Text of one element at most (C-11).
const TEXT_AT_MOST: usize = 2 * 1024 * 1024;

/// A document made clean, and what feed-rs would not keep of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Mended {
    /// RSS 2.0, well formed.
    pub(super) rss: String,
    /// One for each item of `rss`, in the same order.
    pub(super) facts: Vec<Facts>,
    /// The format in words.
    pub(super) format: String,
    pub(super) language: Option<String>,
    /// `ttl` in minutes.
    pub(super) ttl: Option<String>,
    pub(super) update_period: Option<String>,
    pub(super) update_frequency: Option<String>,
    /// What is missing, if the document is damaged.
    pub(super) partial: Option<String>,
}

/// What feed-rs does not keep of an item.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub(super) guid: Option<String>,
    /// Whether the guid may serve as the link.
    pub(super) permalink: bool,
    /// The date as written.
    pub(super) date: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) outlet: Option<String>,
    pub(super) language: Option<String>,
    pub(super) media: Vec<Media>,
    pub(super) base: Option<String>,
}

/// What an item says, before it is written out.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) facts: Facts,
    pub(super) title: Option<String>,
    pub(super) link: Option<String>,
    pub(super) description: Option<String>,
    pub(super) content: Option<String>,
    pub(super) updated: Option<String>,
    pub(super) categories: Vec<String>,
}

/// Writes RSS 2.0 out of drafts.
#[derive(Debug, Default)]
pub(super) struct Writer {
    items: String,
    facts: Vec<Facts>,
}

impl Writer {
    pub(super) fn is_full(&self) -> bool {
        self.facts.len() >= ITEMS_AT_MOST
    }

    pub(super) fn item(&mut self, draft: Draft) {
        self.items.push_str("<item>");
        let parts = [
            ("title", &draft.title),
            ("link", &draft.link),
            ("description", &draft.description),
            ("content:encoded", &draft.content),
            ("pubDate", &draft.facts.date),
            ("updated", &draft.updated),
        ];
        for (name, text) in parts {
            if let Some(text) = text {
                self.element(name, text);
            }
        }
        for category in &draft.categories {
            self.element("category", category);
        }
        self.items.push_str("</item>\n");
        self.facts.push(draft.facts);
    }

    fn element(&mut self, name: &str, text: &str) {
        for part in ["<", name, ">", &escaped(text), "</", name, ">"] {
            self.items.push_str(part);
        }
    }

    pub(super) fn finish(self, title: Option<&str>) -> (String, Vec<Facts>) {
        let title = escaped(title.unwrap_or_default());
        let rss = format!(
            "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\
             <channel><title>{title}</title>\n{}</channel></rss>",
            self.items
        );
        (rss, self.facts)
    }
}

/// Text for XML: what XML forbids is left out.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\t' | '\n' | '\r' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// Mends a document; `Err` says what it is instead of a feed.
pub(super) fn mend(text: &str) -> Result<Mended, Failure> {
    let mut mender = Mender::default();
    let pieces = markup::pieces(text);
    for piece in pieces {
        mender.take(piece);
        if mender.done || mender.writer.is_full() {
            break;
        }
    }
    mender.finish(text)
}

/// The elements that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Title,
    Link,
    Description,
    Content,
    Guid,
    Date,
    Updated,
    Author,
    Category,
    Source,
    Language,
    Ttl,
    UpdatePeriod,
    UpdateFrequency,
}

impl Role {
    /// Texts that may hold markup; the others are short.
    fn is_long(self) -> bool {
        matches!(self, Self::Description | Self::Content)
    }
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
}

/// An element whose text is being read.
#[derive(Debug)]
struct Capture {
    role: Role,
    name: String,
    kind: Kind,
    nested: usize,
    text: String,
}

/// An element that is passed over with all that is in it.
#[derive(Debug)]
struct Skip {
    name: String,
    nested: usize,
}

#[derive(Debug, Default)]
struct Mender {
    writer: Writer,
    mended: Mended,
    title: Option<String>,
    root: Option<String>,
    is_atom: bool,
    /// Prefixes and what they stand for, as declared so far.
    prefixes: Vec<(String, &'static str)>,
    base: Option<String>,
    item: Option<Draft>,
    capture: Option<Capture>,
    skip: Option<Skip>,
    html: Option<String>,
    cut: bool,
    done: bool,
}

impl Mender {
    fn take(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Text(text) => self.text(text),
            Piece::Literal(text) => self.literal(text),
            Piece::Open(tag) => self.open(tag),
            Piece::Close(name) => self.close(name),
            Piece::Skip => {}
            Piece::Cut => self.cut = true,
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(capture) = self
            .capture
            .as_mut()
            .filter(|c| c.text.len() < TEXT_AT_MOST)
        {
            match capture.kind {
                Kind::Html | Kind::Text => capture.text.push_str(&entity::decode(text)),
                Kind::Xhtml => capture.text.push_str(text),
            }
        }
    }

    fn literal(&mut self, text: &str) {
        if let Some(capture) = self
            .capture
            .as_mut()
            .filter(|c| c.text.len() < TEXT_AT_MOST)
        {
            match capture.kind {
                Kind::Html | Kind::Text => capture.text.push_str(text),
                Kind::Xhtml => capture.text.push_str(&escaped(text)),
            }
        }
    }

    fn open(&mut self, tag: Tag<'_>) {
        self.declare(&tag);
        let name = self.canonical(tag.name);
        if self.root.is_none() {
            self.root(&name, &tag);
            return;
        }
        if matches!(name.as_str(), "item" | "entry") {
            self.end_capture();
            self.end_item();
            self.skip = None;
            self.begin_item(&tag);
            if tag.empty {
                self.end_item();
            }
            return;
        }
        if let Some(skip) = &mut self.skip {
            skip.nested += usize::from(skip.name == name && !tag.empty);
            return;
        }
        if let Some(capture) = &mut self.capture {
            let sibling = role(&name, self.is_atom).is_some_and(|found| {
                // Inside a long text, `title` and the like may be markup.
                found != capture.role && (!capture.role.is_long() || !is_html(&name))
            }) && !matches!(capture.role, Role::Author | Role::Source);
            if !sibling {
                capture.nested += usize::from(capture.name == name && !tag.empty);
                rebuild(&mut capture.text, &tag);
                return;
            }
            self.end_capture();
        }
        self.element(&name, &tag);
    }

    fn close(&mut self, name: &str) {
        let name = self.canonical(name);
        let ends_item = matches!(name.as_str(), "item" | "entry");
        let ends_all = matches!(name.as_str(), "rss" | "feed" | "channel" | "rdf:rdf");
        if ends_item || ends_all {
            self.end_capture();
            self.skip = None;
            self.end_item();
            self.done |= self.root.as_deref() == Some(name.as_str());
            return;
        }
        if let Some(skip) = &mut self.skip {
            if skip.name == name {
                match skip.nested.checked_sub(1) {
                    Some(nested) => skip.nested = nested,
                    None => self.skip = None,
                }
            }
            return;
        }
        let Some(capture) = &mut self.capture else {
            return;
        };
        if capture.name == name {
            match capture.nested.checked_sub(1) {
                Some(nested) => capture.nested = nested,
                None => {
                    self.end_capture();
                    return;
                }
            }
        }
        for part in ["</", &name, ">"] {
            capture_text(self.capture.as_mut(), part);
        }
    }

    /// The first element that says what the document is.
    fn root(&mut self, name: &str, tag: &Tag<'_>) {
        let version = tag.attribute("version").unwrap_or_default();
        self.mended.format = match name {
            "rss" => format!(
                "RSS {}",
                if version.is_empty() {
                    "without version"
                } else {
                    version.trim()
                }
            ),
            "rdf:rdf" => "RSS 1.0 (RDF)".to_owned(),
            "channel" => "RSS without root".to_owned(),
            "feed" if version.starts_with("0.3") => "Atom 0.3".to_owned(),
            "feed" => "Atom".to_owned(),
            "html" | "body" | "head" | "script" => {
                self.html = Some(name.to_owned());
                return;
            }
            _ => return,
        };
        self.is_atom = name == "feed";
        self.root = Some(name.to_owned());
        self.mended.language = tag.attribute("xml:lang");
        self.base = tag.attribute("xml:base");
    }

    fn begin_item(&mut self, tag: &Tag<'_>) {
        let mut draft = Draft::default();
        draft.facts.language = tag.attribute("xml:lang");
        draft.facts.base = match (&self.base, tag.attribute("xml:base")) {
            (Some(outer), Some(inner)) => url::Url::parse(outer)
                .and_then(|outer| outer.join(&inner))
                .map_or(Some(inner), |url| Some(url.into())),
            (outer, inner) => inner.or_else(|| outer.clone()),
        };
        if let Some(about) = tag.attribute("rdf:about") {
            draft.facts.guid = Some(about);
            draft.facts.permalink = true;
        }
        self.item = Some(draft);
    }

    /// An element of the item or the channel.
    fn element(&mut self, name: &str, tag: &Tag<'_>) {
        if matches!(name, "channel" | "media:group" | "items" | "rss") {
            return;
        }
        if let Some(item) = &mut self.item {
            match name {
                "enclosure" | "media:content" | "media:player" => {
                    item.facts.media.extend(media(tag));
                    return;
                }
                "category" if tag.attribute("term").is_some() => {
                    let label = tag.attribute("label").or_else(|| tag.attribute("term"));
                    item.categories.extend(label);
                    return;
                }
                "link" | "atom:link" if tag.attribute("href").is_some() => {
                    link(item, tag);
                    return;
                }
                _ => {}
            }
        }
        match role(name, self.is_atom) {
            Some(role) if !tag.empty => {
                if role == Role::Guid
                    && let Some(item) = &mut self.item
                {
                    let says = tag.attribute("ispermalink");
                    item.facts.permalink =
                        !says.is_some_and(|says| says.trim().eq_ignore_ascii_case("false"));
                }
                self.capture = Some(Capture {
                    role,
                    name: name.to_owned(),
                    kind: self.kind(role, tag),
                    nested: 0,
                    text: String::new(),
                });
            }
            None if !tag.empty && !is_html(name) => {
                self.skip = Some(Skip {
                    name: name.to_owned(),
                    nested: 0,
                });
            }
            _ => {}
        }
    }

    fn kind(&self, role: Role, tag: &Tag<'_>) -> Kind {
        if matches!(role, Role::Author | Role::Source) {
            return Kind::Xhtml;
        }
        if !self.is_atom || !matches!(role, Role::Title | Role::Description | Role::Content) {
            return Kind::Html;
        }
        let typ = tag
            .attribute("type")
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let escaped = tag.attribute("mode").is_some_and(|mode| mode == "escaped");
        match typ.as_str() {
            "" | "text" | "text/plain" if !escaped => Kind::Text,
            "xhtml" | "application/xhtml+xml" if !escaped => Kind::Xhtml,
            _ => Kind::Html,
        }
    }

    fn end_capture(&mut self) {
        let Some(Capture {
            role, kind, text, ..
        }) = self.capture.take()
        else {
            return;
        };
        let text = match kind {
            // Escaped once more, so that reading it as markup gives it back.
            Kind::Text => escaped(&text),
            Kind::Html | Kind::Xhtml => text,
        };
        if text.trim().is_empty() {
            return;
        }
        let Some(item) = &mut self.item else {
            self.channel(role, text);
            return;
        };
        // A second element of its kind does not overwrite the first.
        let slot = match role {
            Role::Title => &mut item.title,
            Role::Link => &mut item.link,
            Role::Description => &mut item.description,
            Role::Content => &mut item.content,
            Role::Guid => &mut item.facts.guid,
            Role::Date => &mut item.facts.date,
            Role::Updated => &mut item.updated,
            Role::Language => &mut item.facts.language,
            Role::Source => {
                item.facts
                    .outlet
                    .get_or_insert_with(|| inner(&text, "title"));
                return;
            }
            Role::Author => {
                item.facts.authors.push(inner(&text, "name"));
                return;
            }
            Role::Category => {
                item.categories.push(text);
                return;
            }
            Role::Ttl | Role::UpdatePeriod | Role::UpdateFrequency => return,
        };
        if slot.is_none() || role == Role::Guid {
            *slot = Some(text);
        }
    }

    fn channel(&mut self, role: Role, text: String) {
        let slot = match role {
            Role::Title => &mut self.title,
            Role::Language => &mut self.mended.language,
            Role::Ttl => &mut self.mended.ttl,
            Role::UpdatePeriod => &mut self.mended.update_period,
            Role::UpdateFrequency => &mut self.mended.update_frequency,
            _ => return,
        };
        slot.get_or_insert(text);
    }

    fn end_item(&mut self) {
        if let Some(item) = self.item.take() {
            self.writer.item(item);
        }
    }

    fn finish(mut self, text: &str) -> Result<Mended, Failure> {
        if self.root.is_none() {
            return Err(Failure::NotAFeed(what_instead(text, self.html.is_some())));
        }
        if !self.done && !self.writer.is_full() {
            // The item in which the document ends is not whole.
            let lost = self.item.take().is_some();
            let cut = if self.cut || lost {
                "ends in the middle"
            } else {
                "ends before its root is closed"
            };
            self.mended.partial = Some(format!("the document {cut}"));
        }
        (self.mended.rss, self.mended.facts) = self.writer.finish(self.title.as_deref());
        Ok(self.mended)
    }

    /// Notes what prefixes stand for.
    fn declare(&mut self, tag: &Tag<'_>) {
        for (name, value) in tag.attributes() {
            let Some(prefix) = name.strip_prefix("xmlns:") else {
                continue;
            };
            if let Some(known) = namespace(value) {
                let prefix = prefix.to_ascii_lowercase();
                self.prefixes.retain(|(declared, _)| *declared != prefix);
                self.prefixes.push((prefix, known));
            }
        }
    }

    /// The name in lower case, its prefix the usual one for its namespace.
    fn canonical(&self, name: &str) -> String {
        let name = name.to_ascii_lowercase();
        let Some((prefix, local)) = name.split_once(':') else {
            return if name == "rdf" {
                "rdf:rdf".to_owned()
            } else {
                name
            };
        };
        let declared = self
            .prefixes
            .iter()
            .find(|(p, _)| p == prefix)
            .map(|(_, known)| *known);
        match declared.unwrap_or(prefix) {
            "" => local.to_owned(),
            // Inside RSS, Atom's `link` means something else than RSS's.
            "atom" if self.is_atom || matches!(local, "feed" | "entry") => local.to_owned(),
            known => format!("{known}:{local}"),
        }
    }
}

fn capture_text(capture: Option<&mut Capture>, part: &str) {
    if let Some(capture) = capture {
        capture.text.push_str(part);
    }
}

/// A tag inside a text, as markup.
fn rebuild(text: &mut String, tag: &Tag<'_>) {
    if text.len() >= TEXT_AT_MOST {
        return;
    }
    text.push('<');
    text.push_str(tag.name);
    if tag.empty {
        text.push('/');
    }
    text.push('>');
}

/// The usual prefix of a namespace; empty for those of the formats.
fn namespace(uri: &str) -> Option<&'static str> {
    let uri = uri.trim().to_ascii_lowercase();
    let uri = uri.trim_end_matches(['/', '#']);
    let uri = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    Some(match uri {
        "purl.org/dc/elements/1.1" | "purl.org/dc/elements/1.0" => "dc",
        "purl.org/dc/terms" => "dcterms",
        "purl.org/rss/1.0/modules/content" => "content",
        "purl.org/rss/1.0/modules/syndication" => "sy",
        "search.yahoo.com/mrss" => "media",
        "www.w3.org/1999/02/22-rdf-syntax-ns" => "rdf",
        "www.w3.org/2005/atom" | "purl.org/atom/ns" => "atom",
        "purl.org/rss/1.0" | "backend.userland.com/rss2" | "my.netscape.com/rdf/simple/0.9" => "",
        "www.itunes.com/dtds/podcast-1.0.dtd" => "itunes",
        _ => return None,
    })
}

fn role(name: &str, is_atom: bool) -> Option<Role> {
    Some(match name {
        "title" | "dc:title" => Role::Title,
        "link" if !is_atom => Role::Link,
        "description" | "summary" | "dc:description" | "tagline" => Role::Description,
        "content" | "content:encoded" | "encoded" | "yandex:full-text" | "body" => Role::Content,
        "guid" => Role::Guid,
        "id" if is_atom => Role::Guid,
        "pubdate" | "dc:date" | "published" | "issued" | "created" | "dcterms:created"
        | "dcterms:issued" | "date" => Role::Date,
        "updated" | "modified" | "dcterms:modified" | "lastbuilddate" | "atom:updated" => {
            Role::Updated
        }
        "author" | "dc:creator" | "itunes:author" | "creator" => Role::Author,
        "category" | "dc:subject" => Role::Category,
        "source" | "dc:source" => Role::Source,
        "language" | "dc:language" => Role::Language,
        "ttl" => Role::Ttl,
        "sy:updateperiod" => Role::UpdatePeriod,
        "sy:updatefrequency" => Role::UpdateFrequency,
        _ => return None,
    })
}

/// Names that may stand in a text as markup.
fn is_html(name: &str) -> bool {
    matches!(
        name,
        "title"
            | "link"
            | "source"
            | "summary"
            | "body"
            | "content"
            | "author"
            | "category"
            | "p"
            | "br"
            | "hr"
            | "img"
            | "a"
            | "b"
            | "i"
            | "em"
            | "strong"
            | "div"
            | "span"
            | "date"
            | "id"
            | "language"
    )
}

fn media(tag: &Tag<'_>) -> Option<Media> {
    let url = tag.attribute("url").or_else(|| tag.attribute("href"))?;
    let mime = tag.attribute("type").filter(|typ| typ.contains('/'));
    let medium = tag.attribute("medium");
    let length = tag
        .attribute("length")
        .or_else(|| tag.attribute("filesize"));
    Some(Media {
        kind: media_kind(mime.as_deref(), medium.as_deref(), &url),
        url,
        mime,
        length: length.and_then(|length| length.trim().parse().ok()),
    })
}

/// What a media object is, by its type, its medium, its ending.
pub(super) fn media_kind(mime: Option<&str>, medium: Option<&str>, url: &str) -> MediaKind {
    let named = |text: &str| match text.split('/').next().unwrap_or_default().trim() {
        "video" => Some(MediaKind::Video),
        "audio" => Some(MediaKind::Audio),
        "image" => Some(MediaKind::Image),
        _ => None,
    };
    let ending = || {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let ending = path
            .rsplit('.')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        match ending.as_str() {
            "mp4" | "m4v" | "webm" | "mov" | "m3u8" | "flv" => MediaKind::Video,
            "mp3" | "m4a" | "ogg" | "opus" | "wav" => MediaKind::Audio,
            "jpg" | "jpeg" | "png" | "gif" | "webp" | "avif" => MediaKind::Image,
            _ => MediaKind::Other,
        }
    };
    mime.and_then(named)
        .or_else(|| medium.and_then(named))
        .unwrap_or_else(ending)
}

/// Atom's links: the story itself, or what belongs to it.
fn link(item: &mut Draft, tag: &Tag<'_>) {
    let Some(href) = tag.attribute("href") else {
        return;
    };
    match tag
        .attribute("rel")
        .as_deref()
        .map_or("alternate", str::trim)
    {
        "alternate" | "" => {
            item.link.get_or_insert(href);
        }
        "enclosure" => item.facts.media.extend(media(tag)),
        _ => {}
    }
}

/// The text of the element `name` inside `markup`, else all its text.
fn inner(markup: &str, name: &str) -> String {
    let mut pieces = markup::pieces(markup);
    while let Some(piece) = pieces.next() {
        let Piece::Open(tag) = piece else { continue };
        let local = tag.name.rsplit(':').next().unwrap_or_default();
        if local.eq_ignore_ascii_case(name) {
            let rest = pieces.rest();
            let end = rest.find("</").unwrap_or(rest.len());
            return rest.get(..end).unwrap_or_default().to_owned();
        }
    }
    markup.to_owned()
}

/// What a document is that is no feed, for the admin.
fn what_instead(text: &str, is_html: bool) -> String {
    if !is_html {
        let begin: String = plain::line(text).chars().take(60).collect();
        return format!("no feed element; it begins \"{begin}\"");
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
    let challenge = ["cf-chl", "challenge-platform", "cf_chl"]
        .iter()
        .any(|mark| lower.contains(mark));
    let what = if challenge {
        "a page that checks browsers (Cloudflare)"
    } else if lower.contains("type=\"password\"") || lower.contains("type=password") {
        "a login page"
    } else {
        "an HTML page"
    };
    match title {
        Some(title) => format!("{what}, \"{}\"", plain::cut(&title, 80)),
        None => what.to_owned(),
    }
}
