//! The elements of feeds: what their names mean, whatever their case, their
//! prefix and the year of their namespace.

/// What a namespace is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// The format's own: RSS of every version, and Atom in an Atom document.
    Format,
    /// Atom in another document.
    Atom,
    /// Dublin Core, elements and terms.
    Dc,
    /// RSS 1.0's module for full texts.
    Content,
    /// Media RSS.
    Media,
    /// Podcasts.
    Itunes,
    /// Update periods.
    Sy,
    Rdf,
    /// Modules of news aggregators: Yandex, `FeedBurner`, PRISM and the like.
    News,
    Xhtml,
    Other,
}

/// The space of a namespace, as feeds write it: with either scheme, with or
/// without its last mark, in any case, of any year.
pub(super) fn space(uri: &str) -> Space {
    let uri = uri.trim().to_ascii_lowercase();
    let uri = uri.trim_end_matches(['/', '#']);
    let uri = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let is = |part: &str| uri.contains(part);
    match uri {
        "purl.org/rss/1.0" | "purl.org/net/rss1.1" => Space::Format,
        "purl.org/rss/1.0/modules/content" => Space::Content,
        "purl.org/rss/1.0/modules/syndication" => Space::Sy,
        "purl.org/rss/1.0/modules/slash" => Space::News,
        "www.w3.org/1999/02/22-rdf-syntax-ns" => Space::Rdf,
        "www.w3.org/1999/xhtml" => Space::Xhtml,
        _ if is("backend.userland.com/") || is("law.harvard.edu/") || is("netscape.com/rdf/") => {
            Space::Format
        }
        _ if is("purl.org/dc/") => Space::Dc,
        _ if is("itunes.com/dtds/") => Space::Itunes,
        _ if is("/mrss") => Space::Media,
        _ if is("yandex.")
            || is("feedburner")
            || is("prismstandard")
            || is("pheedo")
            || is("news.mail.ru")
            || is("rambler.ru") =>
        {
            Space::News
        }
        _ if is("/atom") => Space::Atom,
        _ => Space::Other,
    }
}

/// The space of a prefix that is used without being declared (H-38).
pub(super) fn usual(prefix: &str) -> Space {
    let is = |names: &[&str]| names.iter().any(|name| prefix.eq_ignore_ascii_case(name));
    if is(&["dc", "dcterms", "dct", "dcq"]) {
        Space::Dc
    } else if is(&["content"]) {
        Space::Content
    } else if is(&["media"]) {
        Space::Media
    } else if is(&["atom", "atom10", "a10", "atom03"]) {
        Space::Atom
    } else if is(&["itunes"]) {
        Space::Itunes
    } else if is(&["sy"]) {
        Space::Sy
    } else if is(&["rdf"]) {
        Space::Rdf
    } else if is(&[
        "yandex",
        "feedburner",
        "prism",
        "pheedo",
        "mailru",
        "rambler",
        "turbo",
    ]) {
        Space::News
    } else if is(&["xhtml", "html"]) {
        Space::Xhtml
    } else if is(&["rss"]) {
        Space::Format
    } else {
        Space::Other
    }
}

/// A name in lower case, without its prefix; empty if no element that is
/// read has so long a name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Local {
    bytes: [u8; 20],
    len: usize,
}

impl Local {
    pub(super) fn of(name: &str) -> Self {
        let mut local = Self::default();
        if let Some(bytes) = local.bytes.get_mut(..name.len()) {
            bytes.copy_from_slice(name.as_bytes());
            bytes.make_ascii_lowercase();
            local.len = name.len();
        }
        local
    }

    pub(super) fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.len).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

/// What an element says about an item or a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Title,
    Link,
    Description,
    Content,
    Guid,
    Date,
    Updated,
    Author,
    Category,
    /// Several categories in one text, with commas between.
    Keywords,
    Source,
    Language,
    Ttl,
    UpdatePeriod,
    UpdateFrequency,
    SkipHour,
    SkipDay,
}

impl Role {
    /// Texts that may hold markup; the others are short.
    pub(super) fn is_long(self) -> bool {
        matches!(self, Self::Description | Self::Content)
    }
}

/// The role of an element, and its rank: where several elements say the same
/// thing, the one that was made for it counts before those that only may be
/// used so.
#[expect(
    clippy::match_same_arms,
    reason = "a table: one line a name, format by format"
)]
pub(super) fn role(space: Space, local: &str, is_atom: bool) -> Option<(Role, u8)> {
    use Role::{
        Author, Category, Content, Date, Description, Guid, Keywords, Language, Link, SkipDay,
        SkipHour, Source, Title, Ttl, UpdateFrequency, UpdatePeriod, Updated,
    };
    Some(match (space, local) {
        (Space::Format, "title") => (Title, 0),
        (Space::Format, "headline") => (Title, 1),
        (Space::Format, "name") if !is_atom => (Title, 3),
        (Space::Format, "url") if !is_atom => (Link, 4),
        (Space::Format, "link") => (Link, if is_atom { 3 } else { 1 }),
        (Space::Format, "description" | "summary") => (Description, 0),
        (Space::Format, "abstract" | "announce" | "lead") => (Description, 1),
        (Space::Format, "text") if !is_atom => (Content, 3),
        (Space::Format, "content") => (Content, 0),
        (Space::Format, "encoded") => (Content, 1),
        (Space::Format, "body" | "fulltext" | "full-text") => (Content, 2),
        (Space::Format, "guid") => (Guid, 0),
        (Space::Format, "id") if is_atom => (Guid, 0),
        (Space::Format, "pubdate" | "published" | "issued") => (Date, 0),
        (Space::Format, "created" | "date") => (Date, 2),
        (Space::Format, "updated" | "modified") => (Updated, 0),
        (Space::Format, "author") => (Author, 0),
        (Space::Format, "creator") => (Author, 1),
        (Space::Format, "category") => (Category, 0),
        (Space::Format, "keywords") => (Keywords, 1),
        (Space::Format, "source") => (Source, 0),
        (Space::Format, "language") => (Language, 0),
        (Space::Format, "ttl") => (Ttl, 0),
        (Space::Format, "hour") => (SkipHour, 0),
        (Space::Format, "day") => (SkipDay, 0),
        (Space::Atom, "title") => (Title, 1),
        (Space::Atom, "summary") => (Description, 1),
        (Space::Atom, "content") => (Content, 1),
        (Space::Atom, "id") => (Guid, 1),
        (Space::Atom, "published") => (Date, 1),
        (Space::Atom, "updated") => (Updated, 1),
        (Space::Atom, "author") => (Author, 0),
        (Space::Dc, "title") => (Title, 1),
        (Space::Dc, "description" | "abstract") => (Description, 1),
        (Space::Dc, "date" | "issued" | "created" | "available") => (Date, 1),
        (Space::Dc, "modified") => (Updated, 1),
        (Space::Dc, "creator") => (Author, 0),
        (Space::Dc, "subject") => (Category, 0),
        (Space::Dc, "language") => (Language, 1),
        (Space::Dc, "source") => (Source, 1),
        (Space::Dc, "publisher") => (Source, 2),
        (Space::Dc, "identifier") => (Guid, 2),
        (Space::Content, "encoded") => (Content, 0),
        (Space::Media, "title") => (Title, 2),
        (Space::Media, "description") => (Description, 2),
        (Space::Media | Space::Itunes, "keywords") => (Keywords, 1),
        (Space::Media, "category") => (Category, 1),
        (Space::Media, "credit") => (Author, 2),
        (Space::Itunes, "title") => (Title, 2),
        (Space::Itunes, "summary") => (Description, 3),
        (Space::Itunes, "subtitle") => (Description, 4),
        (Space::Itunes, "author") => (Author, 1),
        (Space::News, "full-text" | "content") => (Content, 1),
        (Space::News, "origlink") => (Link, 0),
        (Space::News, "publicationdate") => (Date, 3),
        (Space::News, "section") => (Category, 1),
        (Space::Xhtml, "body" | "div") => (Content, 2),
        (Space::Sy, "updateperiod") => (UpdatePeriod, 0),
        (Space::Sy, "updatefrequency") => (UpdateFrequency, 0),
        _ => return None,
    })
}

/// Elements that hold others which say something about the same item.
pub(super) fn is_transparent(space: Space, local: &str) -> bool {
    match space {
        Space::Format => matches!(
            local,
            "channel" | "rss" | "rdf" | "feed" | "items" | "skiphours" | "skipdays"
        ),
        Space::Rdf => matches!(local, "rdf" | "seq" | "bag" | "li"),
        Space::Media => matches!(local, "group" | "content"),
        Space::Itunes => local == "category",
        _ => false,
    }
}

/// Elements of HTML that have no end.
pub(super) fn is_void(local: &str) -> bool {
    matches!(
        local,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_are_known_in_every_spelling() {
        for (uri, expected) in [
            ("http://www.w3.org/2005/Atom", Space::Atom),
            ("https://www.w3.org/2005/Atom/", Space::Atom),
            ("http://purl.org/atom/ns#", Space::Atom),
            ("http://purl.org/rss/1.0/", Space::Format),
            ("http://backend.userland.com/rss2", Space::Format),
            ("http://my.netscape.com/rdf/simple/0.9/", Space::Format),
            ("http://purl.org/dc/elements/1.1/", Space::Dc),
            ("http://purl.org/dc/terms/", Space::Dc),
            ("http://search.yahoo.com/mrss", Space::Media),
            ("http://www.itunes.com/DTDs/Podcast-1.0.dtd", Space::Itunes),
            ("http://news.yandex.ru", Space::News),
            ("http://rian.ru/ns", Space::Other),
        ] {
            assert_eq!(space(uri), expected, "{uri}");
        }
    }

    #[test]
    fn a_name_too_long_to_be_known_is_no_name() {
        assert_eq!(Local::of("PubDate").as_str(), "pubdate");
        assert_eq!(Local::of(&"title".repeat(9)).as_str(), "");
    }
}
