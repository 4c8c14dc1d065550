//! What a page tells machines in JSON-LD: read as written rather than as
//! specified.

use std::collections::HashMap;

use scraper::{Html, Selector};
use serde_json::{Value, json};

use super::json::{self, tree};
use crate::text::{entity, plain};

/// Objects of one page at most.
const OBJECTS_AT_MOST: usize = 2_000;

/// The types that are articles of text.
const ARTICLES: [&str; 11] = [
    "NewsArticle",
    "Article",
    "ReportageNewsArticle",
    "AnalysisNewsArticle",
    "BackgroundNewsArticle",
    "OpinionNewsArticle",
    "ReviewNewsArticle",
    "LiveBlogPosting",
    "BlogPosting",
    "Report",
    "SocialMediaPosting",
];

/// The objects of the page, those in graphs and lists one by one.
pub(super) fn objects(page: &Html) -> Vec<Value> {
    let Ok(scripts) = Selector::parse("script[type*='ld+json']") else {
        return Vec::new();
    };
    let mut objects = Vec::new();
    for script in page.select(&scripts) {
        let text: String = script.text().collect();
        if let Some(value) = read(&text) {
            unfold(value, &mut objects);
        }
    }
    name_authors(&mut objects);
    objects
}

/// Authors of one article.
const AUTHORS_AT_MOST: usize = 40;

/// Letters of a name that many may share, and how many may.
const NAME_AT_MOST: usize = 200;
const NAMED_AT_MOST: usize = 3_000;

/// Authors who are named in an object of their own, and told of an article by
/// its `@id` alone, get their names there.
fn name_authors(objects: &mut [Value]) {
    let id = |object: &Value| string(object, "@id").map(str::to_owned);
    let known: HashMap<String, Value> = objects
        .iter()
        .filter(|object| !is_article(object) && string(object, "name").is_some())
        .filter_map(|object| {
            let name = plain::beginning(string(object, "name")?, NAME_AT_MOST);
            // Of the type only counts whether it is a person.
            let typ = object.get("@type").and_then(Value::as_str);
            let typ = typ.filter(|typ| typ.len() <= NAME_AT_MOST);
            let named = json!({"@type": typ, "name": name});
            Some((id(object)?, named))
        })
        .collect();
    let mut left = NAMED_AT_MOST;
    for object in objects {
        for key in ["author", "creator", "publisher"] {
            let told = match object.get_mut(key) {
                Some(Value::Array(list)) => list.as_mut_slice(),
                Some(one) => std::slice::from_mut(one),
                None => &mut [],
            };
            for person in told
                .iter_mut()
                .filter(|person| person.get("name").is_none())
            {
                if let Some(named) = id(person).and_then(|id| known.get(&id))
                    && left > 0
                {
                    left -= 1;
                    person.clone_from(named);
                }
            }
        }
    }
}

/// JSON as publishers write it: comment marks around it, a semicolon behind
/// it, line breaks and quotes inside strings, commas before an end.
fn read(text: &str) -> Option<Value> {
    const MARKS: [&str; 5] = ["<!--", "//", "/*", "<![CDATA[", "*/"];
    let mut text = text.trim_start();
    while let Some(rest) = MARKS.iter().find_map(|mark| text.strip_prefix(mark)) {
        text = rest.trim_start();
    }
    tree::first(text).or_else(|| {
        let is_escaped = !text.contains('"') && text.contains("&quot;");
        let text = if is_escaped {
            entity::decode(text)
        } else {
            text.into()
        };
        let begin = text.find(['{', '['])?;
        let tree = json::tree_of(text.get(begin..)?).ok()?;
        tree.values.into_iter().next()
    })
}

fn unfold(value: Value, objects: &mut Vec<Value>) {
    match value {
        Value::Array(list) => list.into_iter().for_each(|value| unfold(value, objects)),
        Value::Object(mut object) => {
            let graph = object.remove("@graph");
            if objects.len() < OBJECTS_AT_MOST && object.contains_key("@type") {
                objects.push(Value::Object(object));
            }
            if let Some(graph) = graph {
                unfold(graph, objects);
            }
        }
        _ => {}
    }
}

/// Whether the object is of one of these types.
pub(super) fn is_a(object: &Value, types: &[&str]) -> bool {
    let is = |value: &Value| {
        let name = value.as_str().unwrap_or_default();
        let name = name.rsplit(['/', ':']).next().unwrap_or(name);
        types.contains(&name)
    };
    match object.get("@type") {
        Some(Value::Array(list)) => list.iter().any(is),
        Some(one) => is(one),
        None => false,
    }
}

/// Whether the object is an article of text.
pub(super) fn is_article(object: &Value) -> bool {
    is_a(object, &ARTICLES)
}

/// Whether the object is a video: alone, or one of an article.
pub(super) fn is_video(object: &Value) -> bool {
    is_a(object, &["VideoObject"])
}

/// A text of the object, if it has one under the key.
pub(super) fn string<'v>(object: &'v Value, key: &str) -> Option<&'v str> {
    let text = match object.get(key)? {
        Value::String(text) => text,
        Value::Array(list) => list.iter().find_map(Value::as_str)?,
        _ => return None,
    };
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// The address that the object has: its own, or that of the page it is the
/// main thing of.
pub(super) fn address(object: &Value) -> Option<&str> {
    let inner = |key: &str| match object.get(key)? {
        Value::String(text) => Some(text.as_str()),
        inner => string(inner, "@id").or_else(|| string(inner, "url")),
    };
    ["url", "mainEntityOfPage", "@id"]
        .iter()
        .filter_map(|key| inner(key))
        .find(|text| !text.is_empty() && !text.starts_with('#'))
}

/// The names of the persons who wrote it. The publisher is no byline.
pub(super) fn authors(object: &Value) -> Vec<String> {
    let publisher = object.get("publisher").and_then(|p| string(p, "name"));
    let list = match object.get("author").or_else(|| object.get("creator")) {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    list.iter()
        .take(AUTHORS_AT_MOST)
        .filter(|author| !is_a(author, &["Organization", "NewsMediaOrganization"]))
        .filter_map(|author| match author {
            Value::String(name) => Some(name.as_str()),
            other => string(other, "name"),
        })
        .filter(|name| Some(*name) != publisher)
        .map(str::to_owned)
        .collect()
}

/// The date of publication as written.
pub(super) fn date(object: &Value) -> Option<&str> {
    ["datePublished", "uploadDate", "dateCreated"]
        .iter()
        .find_map(|key| string(object, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphs_lists_and_careless_json_are_read() {
        let page = Html::parse_document(
            "<script type='application/ld+json'>{\"@graph\": [{\"@type\": \"WebSite\"},
             {\"@type\": [\"http://schema.org/NewsArticle\"], \"headline\": \"two\nlines\"}]}</script>
             <script type='application/ld+json'>/*<![CDATA[*/ [{\"@type\": \"Thing\"}]; /*]]>*/</script>
             <script type='application/ld+json'>{broken</script>",
        );
        let objects = objects(&page);
        assert_eq!(objects.len(), 3);
        let article = objects.iter().find(|o| is_article(o)).unwrap();
        assert_eq!(string(article, "headline"), Some("two\nlines"));
    }

    #[test]
    fn broken_json_is_mended() {
        for script in [
            r#"{"@type": "NewsArticle", "headline": "Ministers meet", }"#,
            "{\"@type\": \"NewsArticle\", \"headline\": \"Ministers\u{1}\n meet\"}",
            r#"{"@type": "NewsArticle", /* one, "story" */ "headline": "Ministers meet"}"#,
            "{\"@type\": \"NewsArticle\", // \"story\"\n \"headline\": \"Ministers meet\"}",
            "{&quot;@type&quot;: &quot;NewsArticle&quot;, &quot;headline&quot;: &quot;Ministers meet&quot;}",
        ] {
            let value = read(script).unwrap_or_else(|| panic!("{script}"));
            let headline = string(&value, "headline").unwrap();
            let words: Vec<&str> = headline.split_whitespace().collect();
            assert_eq!(words, ["Ministers", "meet"], "{script}");
        }
        let quoted = r#"{"@type": "NewsArticle", "headline": "They call it "new", and "old", too",
            "url": "https://volga.example/a"}"#;
        let value = read(quoted).unwrap();
        assert_eq!(
            string(&value, "headline"),
            Some(r#"They call it "new", and "old", too"#)
        );
        assert_eq!(string(&value, "url"), Some("https://volga.example/a"));
        assert!(read("{broken").is_none() && read("var x = 1;").is_none());
    }

    #[test]
    fn the_publisher_is_no_author() {
        let object = serde_json::json!({
            "publisher": {"name": "Volga Herald"},
            "author": ["Anna Orlova", {"name": "Volga Herald"},
                       {"@type": "Organization", "name": "Agency"}],
        });
        assert_eq!(authors(&object), ["Anna Orlova"]);
    }
}
