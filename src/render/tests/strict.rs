//! A reader without mercy: XML 1.0, and Atom by the rules of RFC 4287.

use std::collections::HashSet;

use jiff::Timestamp;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::model::WebUrl;

/// An element as it was read.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Node>,
    pub(super) text: String,
}

impl Node {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn all<'n>(&'n self, name: &str) -> Vec<&'n Node> {
        self.children.iter().filter(|c| c.name == name).collect()
    }

    pub(super) fn only(&self, name: &str) -> &Node {
        match self.all(name).as_slice() {
            [one] => one,
            found => panic!("{} <{name}> in <{}>", found.len(), self.name),
        }
    }

    pub(super) fn links(&self, rel: &str) -> Vec<&Node> {
        let mut links = self.all("link");
        links.retain(|link| link.attribute("rel") == Some(rel));
        links
    }
}

/// Reads XML strictly: its root element. No document type, no processing
/// instruction, no character that XML 1.0 forbids, no reference to one.
pub(super) fn read(xml: &str) -> Node {
    let legal = |c: char| matches!(c, '\t' | '\n' | ' '..='\u{fffd}' | '\u{10000}'..);
    assert!(xml.chars().all(legal), "{xml:?}");
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut open = vec![Node::default()];
    loop {
        let event = reader.read_event().unwrap();
        match event {
            Event::Decl(_) => assert!(open.len() == 1 && open[0].children.is_empty()),
            Event::Start(ref tag) | Event::Empty(ref tag) => {
                let node = Node {
                    name: tag.name().as_ref().to_owned(),
                    attributes: tag
                        .attributes()
                        .map(|attribute| {
                            let attribute = attribute.unwrap();
                            let name = attribute.key.as_ref().to_owned();
                            let value = quick_xml::escape::unescape(&attribute.value);
                            (name, value.unwrap().into_owned())
                        })
                        .collect(),
                    ..Node::default()
                };
                if matches!(event, Event::Empty(_)) {
                    open.last_mut().unwrap().children.push(node);
                } else {
                    open.push(node);
                }
            }
            Event::End(_) => {
                let node = open.pop().unwrap();
                open.last_mut().unwrap().children.push(node);
            }
            Event::Text(text) => open.last_mut().unwrap().text += &*text,
            Event::CData(text) => open.last_mut().unwrap().text += &*text,
            Event::GeneralRef(name) => {
                let text = match name.resolve_char_ref().unwrap() {
                    Some(c) => c.to_string(),
                    None => match &*name {
                        "amp" => "&".to_owned(),
                        "lt" => "<".to_owned(),
                        "gt" => ">".to_owned(),
                        "quot" => "\"".to_owned(),
                        "apos" => "'".to_owned(),
                        other => panic!("&{other};"),
                    },
                };
                open.last_mut().unwrap().text += &text;
            }
            Event::Eof => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(open.len(), 1);
    open.pop().unwrap().children.pop().unwrap()
}

/// What an element may and must hold: parent, child, at least, at most.
const MANY: usize = usize::MAX;
const RULES: &[(&str, &str, usize, usize)] = &[
    // 4.1.1
    ("feed", "author", 0, MANY),
    ("feed", "category", 0, MANY),
    ("feed", "contributor", 0, MANY),
    ("feed", "generator", 0, 1),
    ("feed", "icon", 0, 1),
    ("feed", "id", 1, 1),
    ("feed", "link", 1, MANY), // S-08
    ("feed", "logo", 0, 1),
    ("feed", "rights", 0, 1),
    ("feed", "subtitle", 0, 1),
    ("feed", "title", 1, 1),
    ("feed", "updated", 1, 1),
    ("feed", "entry", 0, MANY),
    // 4.1.2
    ("entry", "author", 0, MANY),
    ("entry", "category", 0, MANY),
    ("entry", "content", 0, 1),
    ("entry", "contributor", 0, MANY),
    ("entry", "id", 1, 1),
    ("entry", "link", 0, MANY),
    ("entry", "published", 0, 1),
    ("entry", "rights", 0, 1),
    ("entry", "source", 1, 1), // S-06
    ("entry", "summary", 0, 1),
    ("entry", "title", 1, 1),
    ("entry", "updated", 1, 1),
    // 4.2.11 and S-06
    ("source", "id", 1, 1),
    ("source", "link", 0, MANY),
    ("source", "title", 1, 1),
    ("source", "updated", 1, 1),
    // 3.2
    ("author", "name", 1, 1),
    ("author", "uri", 0, 1),
    ("author", "email", 0, 1),
];

/// The attributes of elements, required ones with a mark. None of another
/// namespace, none that is undefined.
const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("feed", &["xmlns!", "xml:lang"]),
    ("entry", &["xml:lang"]),
    (
        "link",
        &["href!", "rel!", "type", "hreflang", "title", "length"],
    ),
    ("category", &["term!", "scheme", "label"]),
    ("content", &["type!"]),
    ("generator", &["version", "uri"]),
];

/// Checks a feed against RFC 4287 and what we promise beyond it.
pub(super) fn check_atom(feed: &Node) {
    assert_eq!(feed.name, "feed");
    assert_eq!(feed.attribute("xmlns"), Some("http://www.w3.org/2005/Atom"));
    check_element(feed);
    assert_eq!(feed.links("self").len(), 1);
    assert_eq!(feed.links("alternate").len(), 1);
    let mut ids = HashSet::new();
    let mut updates = HashSet::new();
    for entry in feed.all("entry") {
        assert!(!entry.all("author").is_empty() || !feed.all("author").is_empty());
        assert!(ids.insert(&entry.only("id").text), "an id twice");
        assert!(updates.insert(&entry.only("updated").text), "S-11");
        assert!(entry.only("updated").text <= feed.only("updated").text);
        // At most one alternate of a type and language.
        let kind = |link: &Node| {
            let kind = ["type", "hreflang"].map(|name| link.attribute(name).map(str::to_owned));
            assert_eq!(kind[0].as_deref(), Some("text/html"));
            kind
        };
        let alternates = entry.links("alternate");
        let kinds: HashSet<_> = alternates.iter().map(|link| kind(link)).collect();
        assert_eq!(kinds.len(), alternates.len());
        assert!(!alternates.is_empty());
    }
}

fn check_element(element: &Node) {
    let name = element.name.as_str();
    for (_, child, least, most) in RULES.iter().filter(|(parent, ..)| *parent == name) {
        let found = element.all(child).len();
        assert!(
            (*least..=*most).contains(&found),
            "{found} {child} in {name}"
        );
    }
    for child in &element.children {
        let is_known = RULES
            .iter()
            .any(|rule| (rule.0, rule.1) == (name, &*child.name));
        assert!(is_known, "<{}> in <{name}>", child.name);
        check_element(child);
    }
    let known = ATTRIBUTES.iter().find(|(element, _)| *element == name);
    let known = known.map_or(&[][..], |(_, attributes)| attributes);
    for (attribute, _) in &element.attributes {
        let is_known = known.iter().any(|k| k.trim_end_matches('!') == attribute);
        assert!(is_known, "{attribute} of <{name}>");
    }
    for required in known.iter().filter_map(|name| name.strip_suffix('!')) {
        assert!(
            element.attribute(required).is_some(),
            "{required} of <{name}>"
        );
    }
    match name {
        "id" => assert!(element.text.starts_with("urn:uuid:")),
        "updated" | "published" => {
            // 3.3: RFC 3339, with T and Z in capitals.
            let moment: Timestamp = element.text.parse().unwrap();
            assert_eq!(
                moment.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
                element.text
            );
        }
        "name" => assert!(!element.text.trim().is_empty()),
        "link" => {
            assert!(WebUrl::parse(element.attribute("href").unwrap()).is_some());
            assert!(element.text.is_empty() && element.children.is_empty());
            let rels = ["self", "alternate", "related", "enclosure"];
            assert!(rels.contains(&element.attribute("rel").unwrap()));
            if let Some(kind) = element.attribute("type") {
                let (kind, sub) = kind.split_once('/').unwrap();
                assert!(!kind.is_empty() && !sub.is_empty());
            }
            if let Some(length) = element.attribute("length") {
                length.parse::<u64>().unwrap();
            }
        }
        "content" => {
            assert_eq!(element.attribute("type"), Some("html"));
            check_html_part(&element.text);
        }
        _ => {}
    }
    for language in [element.attribute("xml:lang"), element.attribute("hreflang")] {
        assert_eq!(
            language.and_then(crate::text::language::tag).as_deref(),
            language
        );
    }
}

/// S-09: markup in a feed is balanced, its links are absolute, and there is
/// none but ours.
pub(super) fn check_html_part(html: &str) {
    let read = scraper::Html::parse_fragment(html);
    for element in read.root_element().descendent_elements().skip(1) {
        let element = element.value();
        assert!(["p", "b", "a"].contains(&element.name()), "{html}");
        for (name, value) in element.attrs() {
            match name {
                "href" => assert!(WebUrl::parse(value).is_some(), "{html}"),
                "dir" => assert!(["rtl", "ltr"].contains(&value), "{html}"),
                "lang" => assert_eq!(value, "en"),
                other => panic!("{other} in {html}"),
            }
        }
    }
    // As a browser writes it.
    let ours = html.replace("&quot;", "\"").replace("&#39;", "'");
    let ours = ours.replace('\u{a0}', "&nbsp;");
    assert_eq!(read.root_element().inner_html(), ours);
}
