//! A news sitemap: addresses with headlines and dates, as search engines are
//! told them.

use super::draft::escaped;
use super::entry::{Entry, Ground};
use crate::model::{Failure, Parsed, Rung, Skipped};
use crate::text::markup::{self, Piece, Tag};
use crate::text::{entity, plain};

/// Addresses of one sitemap at most, as the protocol has it.
const ADDRESSES_AT_MOST: usize = 50_000;

/// Sitemaps of a list that are weighed at most.
const CHILDREN_AT_MOST: usize = 2_000;

/// Prefixes of one sitemap at most.
const PREFIXES_AT_MOST: usize = 64;

/// Whether a document is a sitemap or a list of them, by its root.
pub(super) fn is_one(text: &str) -> bool {
    root(text).is_some_and(|name| matches!(name.as_str(), "urlset" | "sitemapindex"))
}

fn root(text: &str) -> Option<String> {
    markup::pieces(text).find_map(|piece| match piece {
        Piece::Open(tag) => Some(local(tag.name)),
        _ => None,
    })
}

/// A name in lower case, without its prefix.
fn local(name: &str) -> String {
    let local = name.split_once(':').map_or(name, |(_, local)| local);
    local.to_ascii_lowercase()
}

pub(super) fn read(ground: &Ground<'_>, text: &str) -> Result<Parsed, Failure> {
    let map = match root(text).as_deref() {
        Some("urlset") => Map::of(text),
        Some("sitemapindex") => {
            let map = Map::of(text);
            let first = map.entries.first().map(|entry| entry.link.as_str());
            return Err(Failure::NotAFeed(format!(
                "a list of sitemaps, the first is {}",
                first.unwrap_or("empty")
            )));
        }
        _ => return Err(Failure::NotAFeed("no sitemap".to_owned())),
    };
    // A sitemap names every page of its site; those without a headline are
    // no news.
    let (silent, news): (Vec<_>, Vec<_>) = map
        .entries
        .into_iter()
        .partition(|entry| entry.title.is_empty());
    let mut parsed = ground.parsed(Rung::Sitemap, news.into_iter().map(Ok));
    "news sitemap".clone_into(&mut parsed.format);
    if let Some(first) = silent.first() {
        parsed.skipped.push(Skipped {
            what: format!("{} of its addresses", silent.len()),
            why: format!("no news:title; the first is {}", first.link),
        });
    }
    if !map.is_whole {
        parsed.partial = Some("the document ends before its root is closed".to_owned());
    }
    Ok(parsed)
}

/// The sitemap of a list of them that has the news: that which is called so,
/// else the one that changed last, else the first.
pub(super) fn newest(text: &str) -> Option<String> {
    if root(text).as_deref() != Some("sitemapindex") {
        return None;
    }
    let entries = Map::of(text).entries.into_iter().take(CHILDREN_AT_MOST);
    // A child without a date is older than any.
    let rank = |entry: &Entry| {
        let is_called = entry.link.to_ascii_lowercase().contains("news");
        (is_called, entry.date.clone().unwrap_or_default())
    };
    let mut newest: Option<Entry> = None;
    for entry in entries {
        if newest.as_ref().is_none_or(|best| rank(&entry) > rank(best)) {
            newest = Some(entry);
        }
    }
    newest.map(|entry| entry.link)
}

/// What an element is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Space {
    /// The sitemap's own.
    Own,
    News,
    Video,
    /// Pictures and translations, which have addresses, too.
    Other,
}

impl Space {
    /// That of a namespace, whatever its year.
    fn of(uri: &str) -> Option<Self> {
        let uri = uri.to_ascii_lowercase();
        let is = |part: &str| uri.contains(part);
        match () {
            () if is("sitemap-news") => Some(Self::News),
            () if is("sitemap-video") => Some(Self::Video),
            () if is("sitemap-") || is("xhtml") => Some(Self::Other),
            () if is("sitemap/") || is("sitemaps.org") => Some(Self::Own),
            () => None,
        }
    }

    /// That of a prefix that no namespace explains (H-38), and of the
    /// elements that hold the others.
    fn usual(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "news" => Some(Self::News),
            "video" => Some(Self::Video),
            "image" | "xhtml" | "mobile" => Some(Self::Other),
            _ => None,
        }
    }
}

/// A text of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Link,
    Title,
    VideoTitle,
    Date,
    VideoDate,
    /// When a sitemap of a list changed.
    Changed,
    Language,
    Keywords,
}

impl Field {
    fn of(space: Space, local: &str) -> Option<Self> {
        Some(match (space, local) {
            (Space::Own, "loc") => Self::Link,
            (Space::Own, "lastmod") => Self::Changed,
            (Space::News, "title") => Self::Title,
            (Space::Video, "title") => Self::VideoTitle,
            (Space::Own | Space::News, "publication_date") => Self::Date,
            (Space::Video, "publication_date") => Self::VideoDate,
            (Space::News, "language") => Self::Language,
            (Space::News, "keywords") => Self::Keywords,
            _ => return None,
        })
    }
}

/// What stands in a sitemap.
#[derive(Debug, Default)]
struct Map<'t> {
    entries: Vec<Entry>,
    /// Whether it is a list of sitemaps.
    is_index: bool,
    /// Whether its root was closed, or it has more addresses than it may.
    is_whole: bool,
    prefixes: Vec<(&'t str, Space)>,
    /// The space of the element that holds what is being read.
    holder: Option<Space>,
    entry: Entry,
    video: Entry,
    /// The field that is open, the name of its element and its text so far.
    open: Option<(Field, &'t str, String)>,
}

impl<'t> Map<'t> {
    fn of(text: &'t str) -> Self {
        let mut map = Self::default();
        let mut pieces = markup::pieces(text);
        loop {
            let before = pieces.rest();
            let Some(piece) = pieces.next() else { break };
            let raw = before.get(..before.len() - pieces.rest().len());
            let raw = raw.unwrap_or_default();
            match piece {
                Piece::Text(part) => map.say(part),
                Piece::Literal(part) => map.say(&escaped(part)),
                Piece::Open(tag) => map.open(tag, raw),
                Piece::Close(name) => map.close(name, raw),
                Piece::Skip | Piece::Cut => {}
            }
            if map.is_whole {
                break;
            }
        }
        map
    }

    fn say(&mut self, part: &str) {
        if let Some((_, _, said)) = &mut self.open {
            said.push_str(part);
        }
    }

    fn open(&mut self, tag: Tag<'t>, raw: &str) {
        let local = local(tag.name);
        self.is_index |= local == "sitemapindex";
        if matches!(local.as_str(), "url" | "sitemap") {
            self.open = None;
            self.holder = None;
            self.entry = Entry::default();
            self.video = Entry::default();
        }
        self.declare(&tag);
        if self.open.is_some() {
            // Markup inside a text is part of it.
            return self.say(raw);
        }
        if tag.empty {
            self.is_whole = local == "urlset";
            return;
        }
        if let Some(holder) = Space::usual(&local) {
            self.holder = Some(holder);
        } else if let Some(field) = Field::of(self.space(tag.name), &local) {
            self.open = Some((field, tag.name, String::new()));
        }
    }

    fn close(&mut self, name: &str, raw: &str) {
        let local = local(name);
        let ends_entry = matches!(local.as_str(), "url" | "sitemap");
        if let Some((field, _, said)) = self
            .open
            .take_if(|(_, open, _)| ends_entry || open.eq_ignore_ascii_case(name))
        {
            self.take(field, &said);
        }
        self.say(raw);
        if Space::usual(&local).is_some() {
            self.holder = None;
        }
        if ends_entry {
            self.end_entry();
        }
        self.is_whole |= matches!(local.as_str(), "urlset" | "sitemapindex");
    }

    fn end_entry(&mut self) {
        let mut entry = std::mem::take(&mut self.entry);
        let video = std::mem::take(&mut self.video);
        if entry.title.is_empty() {
            entry.title = video.title;
            entry.date = entry.date.or(video.date);
        }
        if !entry.link.is_empty() {
            self.entries.push(entry);
            self.is_whole |= self.entries.len() == ADDRESSES_AT_MOST;
        }
    }

    /// Takes what a field says, unless another has said it before.
    fn take(&mut self, field: Field, said: &str) {
        let said = said.trim();
        let (entry, video) = (&mut self.entry, &mut self.video);
        let text = || said.to_owned();
        match field {
            _ if said.is_empty() => {}
            Field::Link if entry.link.is_empty() => {
                entry.link = entity::decode(said).into_owned();
            }
            Field::Title if entry.title.is_empty() => entry.title = text(),
            Field::VideoTitle if video.title.is_empty() => video.title = text(),
            Field::Date => _ = entry.date.get_or_insert_with(text),
            Field::VideoDate => _ = video.date.get_or_insert_with(text),
            Field::Changed if self.is_index => _ = entry.date.get_or_insert_with(text),
            Field::Language => _ = entry.language.get_or_insert_with(text),
            Field::Keywords if entry.categories.is_empty() => {
                let words = said.split(',').map(plain::line);
                entry.categories = words.filter(|word| !word.is_empty()).collect();
            }
            Field::Link | Field::Title | Field::VideoTitle | Field::Changed | Field::Keywords => {}
        }
    }

    /// Notes what prefixes stand for.
    fn declare(&mut self, tag: &Tag<'t>) {
        if !tag.mentions("xmlns") {
            return;
        }
        for (name, uri) in tag.attributes() {
            if let (Some(("xmlns", prefix)), Some(space)) = (name.split_once(':'), Space::of(uri))
                && self.prefixes.len() < PREFIXES_AT_MOST
            {
                self.prefixes.push((prefix, space));
            }
        }
    }

    /// The space of a name: by its prefix, else that of what holds it.
    fn space(&self, name: &str) -> Space {
        let of_prefix = name.split_once(':').and_then(|(prefix, _)| {
            let declared = self.prefixes.iter().rev().find(|(p, _)| *p == prefix);
            declared
                .map(|(_, space)| *space)
                .or_else(|| Space::usual(prefix))
        });
        let by_holder = || self.holder.unwrap_or(Space::Own);
        match of_prefix {
            Some(Space::Own) | None => by_holder(),
            Some(space) => space,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WebUrl;
    use crate::parse::Recipe;

    fn sitemap(text: &str) -> Result<Parsed, Failure> {
        let recipe = Recipe::feed();
        let base = WebUrl::parse("https://volga.example/sitemap_news.xml").unwrap();
        read(
            &Ground::new(&recipe, &base, jiff::Timestamp::UNIX_EPOCH),
            text,
        )
    }

    #[test]
    fn headlines_dates_and_languages_are_read() {
        let parsed = sitemap(
            "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>
             <url><loc>https://volga.example/1?a=1&amp;b=2</loc>
               <image:image><image:loc>https://volga.example/1.jpg</image:loc></image:image>
               <news:news><news:publication><news:name>Volga</news:name>
                 <news:language>ru</news:language></news:publication>
               <news:publication_date>2026-11-20T10:00:00+03:00</news:publication_date>
               <news:title><![CDATA[Rates & routes]]></news:title>
               <news:keywords>Transit, Grain</news:keywords></news:news></url>
             <url><loc>https://volga.example/2</loc><video:video><video:title>Bridge opens</video:title>
               <video:publication_date>2026-11-19</video:publication_date></video:video></url>
             <url><loc>https://volga.example/about</loc></url>
             <url><loc>https://volga.example/contact</loc><news:news><news:publication>
               <news:name>Volga</news:name></news:publication></news:news></url></urlset>",
        )
        .unwrap();
        let [news, video] = parsed.items.as_slice() else {
            panic!("{:?}", parsed.items);
        };
        assert_eq!(news.title, "Rates & routes");
        assert_eq!(
            news.link.as_ref().unwrap().as_str(),
            "https://volga.example/1?a=1&b=2"
        );
        assert_eq!(news.stated, "2026-11-20T07:00:00Z".parse().ok());
        assert_eq!(news.language.as_deref(), Some("ru"));
        assert_eq!(news.categories, ["Transit", "Grain"]);
        assert_eq!(video.title, "Bridge opens");
        let [silent] = parsed.skipped.as_slice() else {
            panic!("{:?}", parsed.skipped);
        };
        assert_eq!(silent.what, "2 of its addresses");
        assert!(silent.why.ends_with("/about"), "{}", silent.why);
        assert_eq!(parsed.partial, None);
    }

    #[test]
    fn of_a_list_of_sitemaps_the_one_of_news_or_the_newest_counts() {
        let list = |children: &[(&str, &str)]| {
            let one = |(name, day): &(&str, &str)| {
                format!(
                    "<sitemap><loc>https://volga.example/{name}.xml</loc><lastmod>{day}</lastmod></sitemap>"
                )
            };
            let all: String = children.iter().map(one).collect();
            newest(&format!("<sitemapindex>{all}</sitemapindex>"))
        };
        for (children, expected) in [
            (
                &[("a", "2026-10-01"), ("b", "2026-11-01"), ("c", "")][..],
                "b",
            ),
            (&[("a", "2026-11-01"), ("news", "2026-10-01")], "news"),
            (&[("a", ""), ("b", "")], "a"),
        ] {
            let expected = format!("https://volga.example/{expected}.xml");
            assert_eq!(list(children), Some(expected), "{children:?}");
        }
        assert_eq!(newest("<urlset><url><loc>/a</loc></url></urlset>"), None);
    }

    #[test]
    fn a_list_of_sitemaps_and_other_xml_are_none() {
        let index = "<sitemapindex><sitemap><loc>https://volga.example/s1.xml</loc></sitemap></sitemapindex>";
        let said = sitemap(index).unwrap_err().to_string();
        assert!(said.contains("https://volga.example/s1.xml"), "{said}");
        assert!(sitemap("<rss><channel/></rss>").is_err());
    }

    const OWN: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";
    const NEWS: &str = "http://www.google.com/schemas/sitemap-news/0.9";

    #[track_caller]
    fn first(text: &str, title: &str, date: &str) {
        let parsed = sitemap(text).unwrap();
        let item = parsed.items.first().unwrap_or_else(|| panic!("{text}"));
        let stated = item.stated.map(|moment| moment.to_string());
        assert_eq!(
            (item.title.as_str(), stated.as_deref()),
            (title, Some(date)),
            "{text}"
        );
        assert_eq!(
            item.link.as_ref().unwrap().as_str(),
            "https://volga.example/1"
        );
    }

    #[test]
    fn elements_are_known_by_what_their_prefix_stands_for() {
        let (title, date) = ("Ministers meet", "2026-11-23T10:00:00Z");
        let said = |p: &str| {
            format!("<{p}publication_date>{date}</{p}publication_date><{p}title>{title}</{p}title>")
        };
        let loc = "<loc>https://volga.example/1</loc>";
        for text in [
            format!(
                "<ns0:urlset xmlns:ns0='{OWN}' xmlns:ns1='{NEWS}'><ns0:url>\
                 <ns0:loc>https://volga.example/1</ns0:loc><ns1:news>{}</ns1:news></ns0:url></ns0:urlset>",
                said("ns1:")
            ),
            format!(
                "<urlset xmlns:n='{NEWS}'><url>{loc}<n:news>{}</n:news></url></urlset>",
                said("n:")
            ),
            format!(
                "<urlset><url>{loc}<News:news>{}</News:news></url></urlset>",
                said("News:")
            ),
            format!(
                "<URLSET xmlns='{OWN}'><URL>{loc}<news xmlns='{NEWS}'>{}</news></URL></URLSET>",
                said("")
            ),
        ] {
            first(&text, title, date);
        }
    }

    #[test]
    fn the_first_of_several_values_counts_and_a_video_names_only_itself() {
        first(
            "<urlset><url><loc>https://volga.example/1</loc>
               <image:image><image:loc>https://volga.example/1.jpg</image:loc>
                 <image:title>The hall</image:title></image:image>
               <video:video><video:title>Clip</video:title>
                 <video:publication_date>2020-01-01</video:publication_date></video:video>
               <news:news><news:title>Ministers & others <met> <b>twice</b></news:title>
                 <news:publication_date>2026-11-23</news:publication_date>
                 <news:publication><news:title>Volga</news:title></news:publication></news:news>
             </url></urlset>",
            "Ministers & others <met> twice",
            "2026-11-23T00:00:00Z",
        );
    }

    #[test]
    fn a_cut_sitemap_is_partial() {
        let entry = "<url><loc>https://volga.example/1</loc><news:title>Talks</news:title></url>";
        for tail in ["", "<url><loc>https://vol", "<!-- "] {
            let parsed = sitemap(&format!("<urlset>{entry}{tail}")).unwrap();
            assert_eq!(parsed.items.len(), 1);
            assert!(parsed.partial.is_some(), "{tail}");
        }
    }

    #[test]
    fn links_that_are_none_are_told_one_by_one() {
        let entries: Vec<String> = (0..40)
            .map(|n| format!("<url><loc>mailto:{n}</loc><news:title>Talks {n}</news:title></url>"))
            .collect();
        let parsed = sitemap(&format!("<urlset>{}</urlset>", entries.concat())).unwrap();
        assert_eq!(parsed.skipped.len(), 40);
        assert!(
            parsed
                .skipped
                .iter()
                .all(|skipped| skipped.why.contains("link"))
        );
    }
}
