//! What a feed says, before feed-rs has read it: drafts of items, and the
//! clean RSS 2.0 that is written out of them.

use crate::model::{Media, MediaKind, Skip, WebUrl};
use crate::text::{date, markup, plain, url};

/// Items at most: a document beyond this is no feed (C-08's ceiling).
pub(super) const ITEMS_CEILING: usize = 5000;

/// Text of one element at most (C-11).
pub(super) const TEXT_AT_MOST: usize = 2 * 1024 * 1024;

/// Values of one kind that an item may have, before the best are chosen
/// (H-37).
pub(super) const VALUES_AT_MOST: usize = 50;

/// Descriptions of this rank and above are those of media and podcasts.
const CAPTION: u8 = 2;

/// A document made clean, and what feed-rs would not keep of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Mended {
    pub(super) batches: Vec<Batch>,
    /// The feed's title as markup.
    pub(super) title: Option<String>,
    /// The format in words.
    pub(super) format: String,
    pub(super) language: Option<String>,
    /// Whether links are relative to the document by its specification.
    pub(super) is_atom: bool,
    /// The feed's own id, as the document states it.
    pub(super) id: Option<String>,
    /// The address of the site, as the document states it.
    pub(super) site: Option<String>,
    /// `ttl` in minutes.
    pub(super) ttl: Option<String>,
    pub(super) update_period: Option<String>,
    pub(super) update_frequency: Option<String>,
    /// `skipHours` and `skipDays`.
    pub(super) skip: Skip,
    /// What is missing, if the document is damaged.
    pub(super) partial: Option<String>,
    /// Whether there are more items than were read.
    pub(super) more: bool,
    /// Whether one more document with items follows (H-40).
    pub(super) another: bool,
}

/// Some of the items: what feed-rs makes of a document takes several times
/// its size, so it is given one after another.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    /// RSS 2.0, well formed.
    pub(super) rss: String,
    /// One for each item of `rss`, in the same order.
    pub(super) facts: Vec<Facts>,
}

/// What feed-rs does not keep of an item, and the full text, which few ask
/// for: it need not be read twice.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// The full text as markup.
    pub(super) content: String,
    /// A description of something else, such as a picture, where there is a
    /// full text: it is the lead only if nothing else says a word.
    pub(super) caption: String,
    pub(super) guid: Option<String>,
    /// Whether the guid may serve as the link.
    pub(super) permalink: bool,
    /// The date as written.
    pub(super) date: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) categories: Vec<String>,
    pub(super) outlet: Option<String>,
    pub(super) language: Option<String>,
    pub(super) media: Vec<Media>,
    /// `xml:base`, resolved against the document's address.
    pub(super) base: Option<WebUrl>,
}

/// A value that several elements may give: the one of the lowest rank counts,
/// and of these the first.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot(Option<(u8, String)>);

impl Slot {
    pub(super) fn offer(&mut self, rank: u8, text: impl Into<String>) {
        if self.0.as_ref().is_none_or(|(held, _)| rank < *held) {
            self.0 = Some((rank, text.into()));
        }
    }

    pub(super) fn take(self) -> Option<String> {
        self.0.map(|(_, text)| text)
    }

    fn get(&self) -> Option<&str> {
        self.0.as_ref().map(|(_, text)| text.as_str())
    }

    /// The value if it is of a lower rank, else beside it.
    fn split(self, rank: u8) -> (Option<String>, Option<String>) {
        match self.0 {
            Some((held, text)) if held >= rank => (None, Some(text)),
            held => (held.map(|(_, text)| text), None),
        }
    }
}

/// Values of which those of the lowest rank stand first.
#[derive(Clone, Debug, Default)]
pub(super) struct Values(Vec<(u8, String)>);

/// Authors of a whole feed, and letters of one: thousands of items hold them.
const AUTHORS_OF_FEED: usize = 8;
const AUTHOR_AT_MOST: usize = 200;

impl Values {
    pub(super) fn offer(&mut self, rank: u8, text: impl Into<String>) {
        if !self.is_full() {
            let place = self.0.partition_point(|(held, _)| *held <= rank);
            self.0.insert(place, (rank, text.into()));
        }
    }

    /// An author of the whole feed, whom every item gets that names none.
    pub(super) fn offer_of_feed(&mut self, rank: u8, text: &str) {
        if self.0.len() < AUTHORS_OF_FEED {
            self.offer(rank, plain::beginning(text, AUTHOR_AT_MOST));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether what is offered now is left out.
    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= VALUES_AT_MOST
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, text)| text.as_str())
    }

    fn all(self) -> Vec<String> {
        self.0.into_iter().map(|(_, text)| text).collect()
    }

    /// Those of the lowest rank, of many the first.
    fn best(self) -> Vec<String> {
        const BEST_AT_MOST: usize = 16;
        let best = self.0.first().map(|(rank, _)| *rank);
        self.0
            .into_iter()
            .take_while(|(rank, _)| Some(*rank) == best)
            .take(BEST_AT_MOST)
            .map(|(_, text)| text)
            .collect()
    }
}

/// What an item says, before it is written out.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) guid: Slot,
    /// Whether the guid may serve as the link.
    pub(super) permalink: bool,
    pub(super) title: Slot,
    pub(super) links: Values,
    pub(super) description: Slot,
    pub(super) content: Slot,
    pub(super) dates: Values,
    pub(super) updated: Slot,
    pub(super) authors: Values,
    pub(super) categories: Values,
    pub(super) outlet: Slot,
    pub(super) language: Slot,
    pub(super) media: Vec<Media>,
    pub(super) base: Option<WebUrl>,
}

impl Draft {
    /// Adds a media object; a copy of one or one too many is left out.
    pub(super) fn media(&mut self, media: Media) {
        let known = self.media.iter().any(|other| other.url == media.url);
        if !known && self.media.len() < VALUES_AT_MOST {
            self.media.push(media);
        }
    }
}

/// Items of one batch.
const BATCH: usize = 250;

/// Writes RSS 2.0 out of drafts.
#[derive(Debug, Default)]
pub(super) struct Writer {
    batch: Batch,
    batches: Vec<Batch>,
}

impl Writer {
    pub(super) fn is_full(&self) -> bool {
        self.batches.len() * BATCH >= ITEMS_CEILING
    }

    pub(super) fn is_empty(&self) -> bool {
        self.batches.is_empty() && self.batch.facts.is_empty()
    }

    pub(super) fn item(&mut self, draft: Draft) {
        let rss = &mut self.batch.rss;
        if rss.is_empty() {
            rss.push_str("<rss version=\"2.0\"><channel>\n");
        }
        rss.push_str("<item>");
        self.element("title", draft.title.get());
        for link in draft.links.iter().take(LINKS_AT_MOST) {
            // feed-rs would normalise what is wrong with it, not mend it.
            self.element("link", Some(&url::mended(link)));
        }
        let (description, caption) = if draft.content.get().is_some() {
            draft.description.split(CAPTION)
        } else {
            (draft.description.take(), None)
        };
        self.element("description", description.as_deref());
        let date = date_of(draft.dates);
        self.element("pubDate", date.as_deref());
        self.element("updated", draft.updated.get());
        self.batch.rss.push_str("</item>\n");
        self.batch.facts.push(Facts {
            content: draft.content.take().unwrap_or_default(),
            caption: caption.unwrap_or_default(),
            guid: draft.guid.take(),
            permalink: draft.permalink,
            date,
            authors: draft.authors.best(),
            categories: draft.categories.all(),
            outlet: draft.outlet.take(),
            language: draft.language.take(),
            media: draft.media,
            base: draft.base,
        });
        if self.batch.facts.len() == BATCH {
            self.end_batch();
        }
    }

    fn end_batch(&mut self) {
        let mut batch = std::mem::take(&mut self.batch);
        if !batch.facts.is_empty() {
            batch.rss.push_str("</channel></rss>");
            self.batches.push(batch);
        }
    }

    fn element(&mut self, name: &str, text: Option<&str>) {
        let text = text.map(legal_trim).unwrap_or_default();
        if text.is_empty() {
            return;
        }
        let rss = &mut self.batch.rss;
        for part in ["<", name, ">"] {
            rss.push_str(part);
        }
        // The reader makes an event of each reference (quick-xml 0.42). A
        // section within a section would look like one that was not closed.
        let references = text.bytes().filter(|byte| matches!(byte, b'<' | b'&'));
        if references.count() > 8 && markup::find_section(text).is_none() {
            rss.push_str("<![CDATA[");
            write(text, Written::Section, rss);
            rss.push_str("]]>");
        } else {
            escape(text, rss);
        }
        for part in ["</", name, ">"] {
            rss.push_str(part);
        }
    }

    pub(super) fn finish(mut self) -> Vec<Batch> {
        self.end_batch();
        self.batches
    }
}

/// Dates of one item of which the first is taken that can be read.
const DATES_AT_MOST: usize = 8;

/// Links of one item that may be its address.
const LINKS_AT_MOST: usize = 8;

/// The date among several: the first that can be read, else the first.
fn date_of(dates: Values) -> Option<String> {
    let mut dates = dates.0;
    let readable = match dates.as_slice() {
        [] => return None,
        [_] => 0,
        many => many
            .iter()
            .take(DATES_AT_MOST)
            .position(|(_, text)| date::can_be_read(text))
            .unwrap_or(0),
    };
    Some(dates.swap_remove(readable).1)
}

/// Whether XML forbids the character.
fn is_illegal(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// Without space and forbidden characters at both ends.
pub(super) fn legal_trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_illegal(c))
}

/// Text for XML.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    escape(text, &mut escaped);
    escaped
}

/// How text stands in XML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    /// With references.
    Escaped,
    /// In a CDATA section, which it does not end.
    Section,
}

/// Appends text for XML: what XML forbids is left out (H-29).
pub(super) fn escape(text: &str, out: &mut String) {
    write(text, Written::Escaped, out);
}

fn write(text: &str, written: Written, out: &mut String) {
    // Whole runs are copied; only bytes that begin something special are
    // looked at: ASCII marks and controls, C1 controls, noncharacters.
    let mut rest = text;
    let special = |byte: u8| matches!(byte, ..0x20 | b'&' | b'<' | b'>' | 0x7f | 0xc2 | 0xef);
    while let Some(at) = rest.bytes().position(special) {
        let (run, from) = rest.split_at(at);
        out.push_str(run);
        let Some(c) = from.chars().next() else { break };
        match c {
            '&' | '<' | '>' if written == Written::Section => {
                if c == '>' && out.ends_with("]]") {
                    out.push_str("]]><![CDATA[");
                }
                out.push(c);
            }
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            // Only `]]>` is no text, and each reference is work to read.
            '>' if out.ends_with(']') => out.push_str("&gt;"),
            '>' | '\t' | '\n' => out.push(c),
            // XML takes every form of line end for the one.
            '\r' if from.starts_with("\r\n") => {}
            '\r' => out.push('\n'),
            c if is_illegal(c) => {}
            c => out.push(c),
        }
        rest = from.get(c.len_utf8()..).unwrap_or_default();
    }
    out.push_str(rest);
}

/// What a media object is, by its type, its medium, its ending.
pub(super) fn media_kind(mime: Option<&str>, medium: Option<&str>, url: &str) -> MediaKind {
    let named = |text: &str| match text.split('/').next().unwrap_or_default().trim() {
        "video" => Some(MediaKind::Video),
        "audio" => Some(MediaKind::Audio),
        "image" => Some(MediaKind::Image),
        // What video sites still call their players.
        "application" if text.ends_with("x-shockwave-flash") => Some(MediaKind::Video),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_forbids_is_left_out() {
        for (text, expected) in [
            ("a & b < c > d ]]>", "a &amp; b &lt; c > d ]]&gt;"),
            (
                "a\0b\u{8}c\u{1b}d\u{7f}e\u{90}f\u{fffe}g\u{ffff}h",
                "abcdefgh",
            ),
            ("a\r\nb\rc\nd\te", "a\nb\nc\nd\te"),
            ("«ШОС» 上合组织，é", "«ШОС» 上合组织，é"),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }

    #[test]
    fn a_section_does_not_end_where_its_text_would_end_it() {
        let mut section = String::new();
        write("a]]>b\0 & <c>", Written::Section, &mut section);
        assert_eq!(section, "a]]]]><![CDATA[>b & <c>");
    }

    #[test]
    fn the_best_of_several_values_counts() {
        let mut slot = Slot::default();
        slot.offer(2, "media");
        slot.offer(0, "own");
        slot.offer(0, "second");
        assert_eq!(slot.take().as_deref(), Some("own"));
        let mut values = Values::default();
        values.offer(1, "c");
        values.offer(0, "a");
        values.offer(0, "b");
        assert_eq!(values.best(), ["a", "b"]);
    }

    #[test]
    fn a_date_that_can_be_read_is_taken_before_one_that_cannot() {
        let mut dates = Values::default();
        dates.offer(0, "soon");
        dates.offer(1, "2026-11-23T10:00:00Z");
        assert_eq!(date_of(dates).as_deref(), Some("2026-11-23T10:00:00Z"));
    }
}
