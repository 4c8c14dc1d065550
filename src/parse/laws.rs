//! What always holds of mending and reading, whatever the document.

use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::prelude::*;

use super::draft::Mended;
use super::{Recipe, decode, document, draft, json, mend};
use crate::model::{Failure, Head, Hints, Item, Parsed, Validators, WebUrl};
use crate::text::{date, plain};

fn at() -> WebUrl {
    WebUrl::parse("https://news.example/rss/feed.xml").unwrap()
}

fn now() -> Timestamp {
    "2026-11-23T10:30:00Z".parse().unwrap()
}

fn read(bytes: &[u8]) -> Result<Parsed, Failure> {
    let head = Head {
        url: at(),
        hops: Vec::new(),
        status: 200,
        content_type: None,
        validators: Validators::default(),
        hints: Hints::default(),
        wire_bytes: 0,
    };
    document(&Recipe::feed().with_content(), &head, bytes, now())
}

fn mended(text: &str) -> Option<Mended> {
    if text.trim_start().starts_with(['{', '[']) {
        json::mend(&json::tree_of(text).ok()?).ok()
    } else {
        mend::mend(text, &at()).ok()
    }
}

/// The laws that hold for any text.
fn hold_for(text: &str) {
    let Some(once) = mended(text) else { return };
    for batch in once.batches {
        let rss = batch.rss;
        if let Err(error) = roxmltree::Document::parse(&rss) {
            panic!("{error}\nof {text:?}\nbecame {rss:?}");
        }
        let entries = feed_rs::parser::parse(rss.as_bytes()).unwrap().entries;
        assert_eq!(entries.len(), batch.facts.len(), "{text:?}");
        let twice = mend::mend(&rss, &at()).unwrap();
        assert_eq!(twice.partial, None, "{text:?}");
        let [again] = twice.batches.as_slice() else {
            panic!("{} batches: {text:?}", twice.batches.len());
        };
        assert_eq!(again.rss, rss, "mending twice is mending once: {text:?}");
    }
}

/// What an item promises.
fn hold_for_item(item: &Item) {
    assert!(item.title.chars().any(char::is_alphanumeric), "{item:?}");
    let texts = [&item.title, &item.content]
        .into_iter()
        .chain(&item.byline)
        .chain(&item.categories)
        .chain(&item.outlet);
    for text in texts {
        assert!(!text.contains(['\n', '\r', '\t']), "{text:?}");
        assert!(!text.contains(plain::is_unfit), "{text:?}");
    }
    assert!(
        !item.lead.contains(|c| c != '\n' && plain::is_unfit(c)),
        "{item:?}"
    );
    let links = item.link.iter().map(WebUrl::as_str);
    for link in links.chain(item.media.iter().map(|media| media.url.as_str())) {
        assert!(
            link.starts_with("http://") || link.starts_with("https://"),
            "{link}"
        );
    }
}

fn keys(parsed: &Parsed) -> BTreeSet<&str> {
    parsed.items.iter().map(|item| item.key.as_str()).collect()
}

/// Pieces of documents, whole and broken.
#[expect(clippy::too_many_lines, reason = "a list of pieces")]
fn piece() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "<?xml version=\"1.0\"?>",
        "<rss version=\"2.0\">",
        "<rss>",
        "</rss>",
        "<channel>",
        "</channel>",
        "<feed xmlns=\"http://www.w3.org/2005/Atom\">",
        "</feed>",
        "<rdf:RDF>",
        "</rdf:RDF>",
        "<item>",
        "</item>",
        "<item/>",
        "<entry>",
        "</entry>",
        "<x:item>",
        "<title>",
        "</title>",
        "<title type=\"xhtml\">",
        "<title type='html'>",
        "<link>",
        "</link>",
        "<link/>",
        "<link href=\"/a?b=1&c=2\"/>",
        "<link rel=enclosure href=a.mp3>",
        "<guid>",
        "</guid>",
        "<guid isPermaLink=false>",
        "<id>",
        "</id>",
        "<description>",
        "</description>",
        "<content:encoded>",
        "</content:encoded>",
        "<content type=\"xhtml\">",
        "</content>",
        "<summary>",
        "</summary>",
        "<pubDate>",
        "</pubDate>",
        "Mon, 23 Nov 2026 10:00:00 GMT",
        "<updated>",
        "</updated>",
        "<author>",
        "</author>",
        "<name>",
        "</name>",
        "<dc:creator>",
        "</dc:creator>",
        "<category>",
        "</category>",
        "<category term=\"a\"/>",
        "<source>",
        "</source>",
        "<source url='x'>",
        "<media:group>",
        "</media:group>",
        "<media:content url='u'>",
        "<enclosure url=\"a.mp4\" type=video/mp4>",
        "<unknown>",
        "</unknown>",
        "<p>",
        "</p>",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\">",
        "</div>",
        "<br>",
        "<b",
        "</",
        "<!",
        "<!--",
        "-->",
        "<![CDATA[",
        "<![CDATA [",
        "<!cdata[",
        "[CDATA[",
        "]]>",
        "]]",
        "]>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]>",
        "&",
        "&amp;",
        "&lt;b&gt;",
        "&#8;",
        "&#0;",
        "&#xD800;",
        "&nbsp;",
        "&bogus;",
        "\"",
        "'",
        "=",
        ">",
        "<",
        "\r\n",
        "\n\n",
        "\0",
        "\u{1}",
        "\u{85}",
        "\u{fffe}",
        "\u{ffff}",
        "\u{202e}",
        "\u{301}",
        "ШОС",
        "上合组织",
        "a@b.example",
        "https://a.example/x",
        "javascript:alert(1)",
        " http://b.example",
        "feed:",
        "https:/",
        "//",
        "<a href='https://b.example/y'>",
        "<item title=\"x\" url=\"y\"/>",
        "&eacute",
        "&#xDE00;",
        "\\?",
        "{\"items\":[",
        "{\"title\":\"x\",",
        "\"id\":1e999}",
        "]}",
        "\\ud800",
        "xmlns:x=\"u\"",
        "xml:base=\"b/\"",
        "\u{feff}",
    ]);
    prop_oneof![
        12 => fixed.prop_map(str::to_owned),
        1 => "[ -~]{0,12}",
        1 => any::<String>(),
    ]
}

fn broken_document() -> impl Strategy<Value = String> {
    (prop::collection::vec(piece(), 0..40), any::<bool>()).prop_map(|(pieces, begun)| {
        let begin = if begun { "<rss><channel><item>" } else { "" };
        format!("{begin}{}", pieces.concat())
    })
}

/// A text of some words, with all that has to be escaped.
fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "leaders",
        "meet",
        "R&D",
        "1<2",
        "a>b",
        "\"so\"",
        "it's",
        "ШОС",
        "上合组织",
        "&amp;",
        "]]>",
        "x;",
    ]);
    prop::collection::vec(word, 1..6).prop_map(|words| words.join(" "))
}

#[derive(Clone, Debug)]
struct Plain {
    title: String,
    link: String,
    text: String,
    content: Option<String>,
    second: i64,
}

fn plain_item() -> impl Strategy<Value = Plain> {
    (
        words(),
        "[a-z]{1,8}",
        words(),
        prop::option::of(words()),
        1_500_000_000..1_900_000_000_i64,
    )
        .prop_map(|(title, path, text, content, second)| Plain {
            title: format!("the {title}"),
            link: format!("https://news.example/{path}?a=1&b=2"),
            text,
            content,
            second,
        })
}

/// Text in XML, in one of the ways there are.
fn xml(text: &str, in_cdata: bool) -> String {
    if in_cdata {
        format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
    } else {
        draft::escaped(text)
    }
}

fn moment(item: &Plain) -> String {
    Timestamp::from_second(item.second).unwrap().to_string()
}

/// The documents in which these items are well-formed RSS 2.0, RSS 1.0, Atom.
fn well_formed(items: &[Plain], cdata: bool) -> [String; 3] {
    let mut rss = String::from(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>T</title>",
    );
    let mut rdf = String::from(
        "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
         xmlns=\"http://purl.org/rss/1.0/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>T</title></channel>",
    );
    let mut atom = String::from("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>T</title>");
    for item in items {
        let (title, link) = (xml(&item.title, cdata), draft::escaped(&item.link));
        let (text, moment) = (xml(&item.text, cdata), moment(item));
        let content = item
            .content
            .as_ref()
            .map(|content| format!("<content:encoded>{}</content:encoded>", xml(content, cdata)));
        let content = content.unwrap_or_default();
        let rss_date = Timestamp::from_second(item.second).unwrap();
        let rss_date = rss_date.strftime("%a, %d %b %Y %H:%M:%S GMT");
        rss.extend([format!(
            "<item><title>{title}</title><link>{link}</link><description>{text}</description>\
             {content}<pubDate>{rss_date}</pubDate></item>"
        )]);
        rdf.extend([format!(
            "<item rdf:about=\"{link}\"><title>{title}</title><link>{link}</link>\
             <description>{text}</description>{content}<dc:date>{moment}</dc:date></item>"
        )]);
        let content = item
            .content
            .as_ref()
            .map(|content| format!("<content type=\"html\">{}</content>", xml(content, cdata)));
        let content = content.unwrap_or_default();
        atom.extend([format!(
            "<entry><id>{link}</id><title>{title}</title><link href=\"{link}\"/>\
             <summary type=\"html\">{text}</summary>{content}<published>{moment}</published>\
             <updated>{moment}</updated></entry>"
        )]);
    }
    rss.push_str("</channel></rss>");
    rdf.push_str("</rdf:RDF>");
    atom.push_str("</feed>");
    [rss, rdf, atom]
}

/// What a reader sees of an entry of feed-rs.
fn seen(entry: &feed_rs::model::Entry) -> [String; 5] {
    let text = |text: Option<&feed_rs::model::Text>| {
        text.map_or_else(String::new, |text| {
            // RSS means markup wherever it says plain text.
            plain::line(&text.content)
        })
    };
    let content = entry
        .content
        .as_ref()
        .and_then(|content| content.body.as_deref());
    [
        text(entry.title.as_ref()),
        entry
            .links
            .first()
            .map_or_else(String::new, |link| link.href.clone()),
        text(entry.summary.as_ref()),
        content.map_or_else(String::new, plain::line),
        entry
            .published
            .map_or_else(String::new, |moment| moment.to_rfc3339()),
    ]
}

fn of_feed_rs(document: &str) -> Vec<[String; 5]> {
    let parser = feed_rs::parser::Builder::new()
        .timestamp_parser(|text| {
            let moment = date::read(text, &jiff::tz::TimeZone::UTC, now())?;
            chrono::DateTime::from_timestamp(moment.as_second(), 0)
        })
        .build();
    let feed = parser.parse(document.as_bytes()).unwrap();
    feed.entries.iter().map(seen).collect()
}

proptest! {
    #[test]
    fn whatever_comes_in_what_goes_on_is_well_formed(text in broken_document()) {
        hold_for(&text);
    }

    #[test]
    fn whatever_comes_in_items_keep_their_promise(text in broken_document()) {
        if let Ok(parsed) = read(text.as_bytes()) {
            parsed.items.iter().for_each(hold_for_item);
            prop_assert_eq!(keys(&parsed).len(), parsed.items.len());
            prop_assert_eq!(read(text.as_bytes()).unwrap(), parsed);
        }
    }

    #[test]
    fn bytes_of_any_kind_are_text_or_a_failure(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let decoded = decode::decode(&bytes, None);
        hold_for(&decoded.text);
        if let Err(failure) = read(&bytes) {
            prop_assert!(!matches!(failure, Failure::Panicked(_)), "{}", failure);
        }
    }

    #[test]
    fn mending_changes_nothing_of_what_is_well_formed(
        items in prop::collection::vec(plain_item(), 0..6),
        cdata: bool,
    ) {
        for document in well_formed(&items, cdata) {
            let mended = mended(&document).unwrap();
            prop_assert_eq!(&mended.partial, &None);
            // Plain titles of Atom go on as markup: what is seen is the same.
            let mut alone = of_feed_rs(&document);
            if document.starts_with("<feed") {
                for (entry, item) in alone.iter_mut().zip(&items) {
                    entry[0] = plain::line(&draft::escaped(&item.title));
                }
            }
            let mut ours = Vec::new();
            for batch in &mended.batches {
                let entries = of_feed_rs(&batch.rss).into_iter();
                ours.extend(entries.zip(&batch.facts).map(|(mut entry, facts)| {
                    entry[3] = plain::line(&facts.content);
                    entry
                }));
            }
            prop_assert_eq!(ours, alone, "{}", document);
            hold_for(&document);
        }
    }

    #[test]
    fn the_order_of_items_does_not_change_their_keys(
        items in prop::collection::vec(plain_item(), 0..6),
    ) {
        let backwards: Vec<_> = items.iter().rev().cloned().collect();
        for (there, back) in well_formed(&items, false).iter().zip(well_formed(&backwards, false)) {
            let there = read(there.as_bytes()).unwrap();
            let back = read(back.as_bytes()).unwrap();
            prop_assert_eq!(keys(&there), keys(&back));
        }
    }
}

/// Documents that made trouble once.
#[test]
fn the_laws_hold_for_what_broke_them_once() {
    for text in [
        "<rss><channel><item><title>\u{1} ",
        "<rss><channel><item><title>x]]>]]></title></item>",
        "<rss><item><link>a\\\\?b\\?c</link></item></rss>",
        "<rss><item><link>http://https://http://a.example/</link></item></rss>",
        "<rss><item><link><![CDATA[<a href=\"'http:/feed:x\n' http://b\">]]></link></item></rss>",
        "<rss><item><title>[CDATA[ <![CDATA[[CDATA[x]></title></item></rss>",
        "<rss><item><link>b/\"\u{ffff}</link></item></rss>",
        "<rss><channel><item><link><rss version=\"2.0\">[CDATA[</rss>",
        "<rss><item><title><![CDATA[<b><![CDATA[<b><b><b><b></b></b></b></b></title></b>]]></rss>",
        "<rss><item><link>'[CDATA[ \"[CDATA[ b c]]></link></item></rss>",
    ] {
        hold_for(text);
    }
}
