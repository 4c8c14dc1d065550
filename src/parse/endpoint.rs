//! A JSON list, such as stands behind a page that a script fills: an array
//! somewhere in the document, an entry an object.

use serde_json::Value;

use super::entry::{Entry, Ground, weight};
use super::json::tree;
use super::parts::{Parts, SelectorMistake};
use crate::model::{Failure, Parsed, Rung, Selectors};

/// How deep the array of entries is looked for.
const DEPTH_AT_MOST: usize = 6;

/// Paths of keys to the parts of an entry.
pub(super) type Keys = Parts<Path>;

/// Keys and places from the outside in: `data.list`, `images.0.url`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path(Vec<String>);

impl Path {
    /// `.` alone is the whole document or entry.
    fn parse(text: &str) -> Option<Self> {
        if text == "." {
            return Some(Self(Vec::new()));
        }
        let keys: Vec<String> = text.split('.').map(|key| key.trim().to_owned()).collect();
        keys.iter().all(|key| !key.is_empty()).then_some(Self(keys))
    }

    fn of<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(value, |value, key| match value {
            Value::Array(list) => list.get(key.parse::<usize>().ok()?),
            value => value.get(key),
        })
    }
}

impl Keys {
    pub(super) fn compile(typed: &Selectors) -> Result<Self, Vec<SelectorMistake>> {
        Self::of(typed, |text| {
            Path::parse(text).ok_or_else(|| "no path of keys such as \"data.list\"".to_owned())
        })
    }

    /// What the keys find.
    pub(super) fn read(&self, ground: &Ground<'_>, document: &Value) -> Parsed {
        self.list(ground, document, Rung::Selectors)
    }

    fn list(&self, ground: &Ground<'_>, document: &Value, rung: Rung) -> Parsed {
        let list = self.item.of(document).and_then(Value::as_array);
        let entries = list.into_iter().flatten().map(|entry| self.entry(entry));
        let mut parsed = ground.parsed(rung, entries);
        parsed.format = format!("JSON list ({})", rung.as_str());
        parsed
    }

    fn entry(&self, entry: &Value) -> Result<Entry, String> {
        let part = |path: &Option<Path>| path.as_ref().and_then(|path| text(path.of(entry)?));
        let title = self.title.of(entry).and_then(text);
        let link = self.link.of(entry).and_then(text);
        let missing = |key, typed: &str| format!("`{key}` ({typed}) found nothing");
        Ok(Entry {
            title: title.ok_or_else(|| missing("title", &self.typed.title))?,
            link: link.ok_or_else(|| missing("link", &self.typed.link))?,
            date: part(&self.date),
            lead: part(&self.lead),
            authors: self
                .author
                .as_ref()
                .and_then(|author| author.of(entry))
                .map(texts)
                .unwrap_or_default(),
            language: part(&self.language),
            ..Entry::default()
        })
    }
}

/// The document, if it is JSON.
pub(super) fn document(text: &str) -> Result<Value, Failure> {
    tree::value(text.trim())
        .map_err(|error| Failure::NotAFeed(format!("JSON that cannot be read: {error}")))
}

/// The rung below the configured keys: those that lists commonly have.
pub(super) fn likely(ground: &Ground<'_>, document: &Value) -> Option<Parsed> {
    let keys = propose(document)?;
    Some(keys.list(ground, document, Rung::LikelyKeys))
}

/// The keys of the largest list of entries in the document.
pub(super) fn propose(document: &Value) -> Option<Keys> {
    let mut lists = Vec::new();
    gather(document, &mut Vec::new(), &mut lists);
    let (_, keys) = lists
        .into_iter()
        .rev()
        .max_by_key(|(entries, _)| *entries)?;
    Some(keys)
}

/// An array of objects with headlines and links is a list; the keys are those
/// that most of its entries have.
fn gather(value: &Value, path: &mut Vec<String>, lists: &mut Vec<(usize, Keys)>) {
    if path.len() > DEPTH_AT_MOST {
        return;
    }
    match value {
        Value::Array(list) => {
            if let Some(keys) = keys_of(list, path) {
                lists.push((list.len(), keys));
                return;
            }
            for (at, inner) in list.iter().enumerate().take(20) {
                path.push(at.to_string());
                gather(inner, path, lists);
                path.pop();
            }
        }
        Value::Object(object) => {
            for (key, inner) in object {
                // A key with a dot in it cannot be written in a path.
                if inner.is_object() || inner.is_array() && !key.contains('.') {
                    path.push(key.clone());
                    gather(inner, path, lists);
                    path.pop();
                }
            }
        }
        _ => {}
    }
}

fn keys_of(list: &[Value], path: &[String]) -> Option<Keys> {
    let is_headline = |text: &str| weight(text) >= 8;
    let is_address = |text: &str| {
        (text.starts_with("http") || text.contains('/') || text.contains('.'))
            && !text.contains(char::is_whitespace)
    };
    let any = |text: &str| !text.is_empty();
    let title = likely_key(list, &TITLES, is_headline)?;
    let link = likely_key(list, &LINKS, is_address)?;
    let item = if path.is_empty() {
        ".".to_owned()
    } else {
        path.join(".")
    };
    Keys::compile(&Selectors {
        item,
        title,
        link,
        date: likely_key(list, &DATES, any),
        lead: likely_key(list, &LEADS, any),
        author: likely_key(list, &AUTHORS, any),
        language: likely_key(list, &LANGUAGES, any),
    })
    .ok()
}

const TITLES: [&str; 6] = [
    "title",
    "headline",
    "name",
    "subject",
    "showtitle",
    "caption",
];
const LINKS: [&str; 11] = [
    "publishurl",
    "url",
    "link",
    "href",
    "weburl",
    "shareurl",
    "canonicalurl",
    "pageurl",
    "permalink",
    "uri",
    "path",
];
const DATES: [&str; 17] = [
    "publishtime",
    "publishedat",
    "datepublished",
    "publishdate",
    "publicationdate",
    "pubdate",
    "pubtime",
    "published",
    "dategmt",
    "date",
    "datetime",
    "time",
    "createdat",
    "createtime",
    "ctime",
    "timestamp",
    "updatedat",
];
const LEADS: [&str; 10] = [
    "summary",
    "description",
    "lead",
    "abstract",
    "excerpt",
    "intro",
    "digest",
    "brief",
    "teaser",
    "announce",
];
const AUTHORS: [&str; 4] = ["author", "authors", "byline", "creator"];
const LANGUAGES: [&str; 3] = ["language", "lang", "locale"];

/// The first of these keys that most entries have with a fitting text.
fn likely_key(list: &[Value], names: &[&str], fits: impl Fn(&str) -> bool) -> Option<String> {
    let keys = list.iter().find_map(Value::as_object)?;
    names.iter().find_map(|name| {
        let key = keys.keys().find(|key| {
            let plain: String = key.chars().filter(|c| c.is_alphanumeric()).collect();
            plain.eq_ignore_ascii_case(name) && !key.contains('.')
        })?;
        let fitting = list
            .iter()
            .filter_map(|entry| text(entry.get(key)?))
            .filter(|text| fits(text))
            .count();
        (fitting * 2 > list.len()).then(|| key.clone())
    })
}

/// A text as JSON has it: a string, a number as written, the first of a list,
/// or what an object holds as its rendered form or name.
fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(list) => return list.iter().find_map(text),
        Value::Object(object) => {
            return ["rendered", "text", "name", "title"]
                .iter()
                .find_map(|key| text(object.get(*key)?));
        }
        _ => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().filter_map(text).collect(),
        one => text(one).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WebUrl;
    use crate::parse::Recipe;

    #[track_caller]
    fn proposed(json: &str, expected: &str) {
        let keys = propose(&document(json).unwrap()).map(|keys| {
            let Selectors {
                item,
                title,
                link,
                date,
                ..
            } = keys.typed;
            format!("{item} {title} {link} {}", date.unwrap_or_default())
        });
        assert_eq!(keys.unwrap_or_default(), expected);
    }

    #[test]
    fn the_list_is_found_wherever_it_stands() {
        proposed(
            r#"{"datasource": [{"title": "Ministers meet", "publishUrl": "../a/c.html",
                "publishTime": "2026-11-20 16:20:00"}]}"#,
            "datasource title publishUrl publishTime",
        );
        proposed(
            r#"[{"id": 7, "date_gmt": "2026-11-20T08:00:00", "link": "https://a.example/7",
                "title": {"rendered": "Ministers &amp; more"}}]"#,
            ". title link date_gmt",
        );
        proposed(
            r#"{"menu": [{"name": "Home page", "url": "/"}], "data": {"feed": [
                {"headline": "Ministers meet", "url": "/a/1"},
                {"headline": "Bridge opens to traffic", "url": "/a/2"}]}}"#,
            "data.feed headline url ",
        );
        proposed(r#"{"status": "ok", "list": [1, 2, 3]}"#, "");
    }

    #[test]
    fn entries_are_read_as_written() {
        let recipe = Recipe::feed();
        let base = WebUrl::parse("https://a.example/world/ds_1.json").unwrap();
        let ground = Ground::new(&recipe, &base, jiff::Timestamp::UNIX_EPOCH);
        let keys = Keys::compile(&Selectors {
            item: "data.0".to_owned(),
            title: "t.name".to_owned(),
            link: "links.1".to_owned(),
            date: Some("at".to_owned()),
            author: Some("by".to_owned()),
            ..Selectors::default()
        })
        .unwrap();
        let json = r#"{"data": [[
            {"t": {"name": "Talks <b>end</b> &amp; start"}, "links": ["x", "../1.html"],
             "at": 1795262400, "by": ["Anna Orlova", {"name": "Ken Ito"}]},
            {"t": {}, "links": ["x", "y"]}, 7]]}"#;
        let parsed = keys.read(&ground, &document(json).unwrap());
        assert_eq!(parsed.items.len(), 1);
        assert_eq!(parsed.skipped.len(), 2);
        let item = parsed.items.first().unwrap();
        assert_eq!(item.title, "Talks end & start");
        assert_eq!(item.link, WebUrl::parse("https://a.example/1.html"));
        assert_eq!(item.stated, "2026-11-21T12:00:00Z".parse().ok());
        assert_eq!(item.byline, ["Anna Orlova", "Ken Ito"]);
    }

    #[test]
    fn an_empty_key_is_no_path() {
        let typed = Selectors {
            item: "a..b".to_owned(),
            title: "t".to_owned(),
            link: "l".to_owned(),
            ..Selectors::default()
        };
        let mistakes = Keys::compile(&typed).unwrap_err();
        assert_eq!(mistakes.iter().map(|m| m.key).collect::<Vec<_>>(), ["item"]);
    }
}
