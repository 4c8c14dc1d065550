//! A JSON list, such as stands behind a page that a script fills: an array
//! somewhere in the document, an entry an object.

use serde_json::Value;

use super::entry::{Entry, Ground, weight};
use super::json;
use super::json::names::{self, AUTHORS, DATES, LANGUAGES, LEADS, LINKS, TITLES};
use super::parts::{Parts, SelectorMistake};
use crate::model::{Parsed, Rung, Selectors};
use crate::text::markup::{self, Piece};

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
        at(value, &self.0)
    }

    fn last(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }
}

/// The value at the end of a path. A key may have dots in it: `v1.0.list`.
fn at<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    let Some((first, rest)) = path.split_first() else {
        return Some(value);
    };
    match value {
        Value::Array(list) => at(list.get(first.parse::<usize>().ok()?)?, rest),
        Value::Object(object) => (1..=path.len()).find_map(|keys| {
            let (key, rest) = path.split_at_checked(keys)?;
            at(object.get(&key.join("."))?, rest)
        }),
        _ => None,
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
            date: self
                .date
                .as_ref()
                .and_then(|path| Some(names::dated(path.last(), text(path.of(entry)?)?))),
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

/// The rung below the configured keys: those that lists commonly have.
pub(super) fn likely(ground: &Ground<'_>, document: &Value) -> Option<Parsed> {
    let keys = propose(document)?;
    Some(keys.list(ground, document, Rung::LikelyKeys))
}

/// Scripts of a page that are read as JSON.
const SCRIPTS_AT_MOST: usize = 8;

/// A shorter script holds no list.
const SCRIPT_AT_LEAST: usize = 300;

/// The list that a page which scripts fill brings along: dated entries in a
/// JSON script such as `__NEXT_DATA__`, or in a value that one begins with,
/// as `window.__STATE__ = {…}`.
pub(super) fn of_page(ground: &Ground<'_>, text: &str) -> Option<Parsed> {
    let scripts = scripts(text).into_iter().filter_map(value);
    scripts.take(SCRIPTS_AT_MOST).find_map(|value| {
        let keys = propose(&value).filter(|keys| keys.date.is_some())?;
        let mut parsed = keys.list(ground, &value, Rung::LikelyKeys);
        parsed.format = format!("list page ({})", Rung::LikelyKeys.as_str());
        (parsed.items.len() > 1).then_some(parsed)
    })
}

/// What stands in the scripts of a page.
fn scripts(text: &str) -> Vec<&str> {
    let mut scripts = Vec::new();
    let mut pieces = markup::pieces(text);
    while let Some(piece) = pieces.next() {
        let Piece::Open(tag) = piece else { continue };
        if tag.empty || !tag.name.eq_ignore_ascii_case("script") {
            continue;
        }
        let inside = pieces.rest();
        if !pieces.skip_raw("script") {
            break;
        }
        let inside = inside.get(..inside.len() - pieces.rest().len());
        let inside = inside.and_then(|inside| inside.rsplit_once("</"));
        scripts.extend(inside.map(|(inside, _)| inside.trim()));
    }
    scripts.retain(|script| script.len() >= SCRIPT_AT_LEAST);
    scripts
}

/// The JSON that a script is, or that it gives a name to.
fn value(script: &str) -> Option<Value> {
    const NAME_AT_MOST: usize = 60;
    let json = if script.starts_with(['{', '[']) {
        script
    } else {
        let (name, json) = script.split_once('=')?;
        let json = json.trim_start();
        let is_name = name.len() <= NAME_AT_MOST && !name.contains(['(', '{', ';']);
        (is_name && json.starts_with(['{', '['])).then_some(json)?
    };
    json::tree::first(json)
}

/// The keys of the list in the document that says most.
pub(super) fn propose(document: &Value) -> Option<Keys> {
    let mut lists = Vec::new();
    gather(document, &mut Vec::new(), &mut lists);
    let (_, keys) = lists.into_iter().rev().max_by_key(|(says, _)| *says)?;
    Some(keys)
}

/// How much more a headline says that is dated: the entries of menus are not.
const DATED: usize = 4;

/// A headline longer than this says no more.
const HEADLINE_AT_MOST: usize = 60;

/// How much a list says: its headlines together.
fn says(list: &[Value], keys: &Keys) -> usize {
    let titles = list.iter().filter_map(|entry| text(keys.title.of(entry)?));
    let letters: usize = titles
        .map(|title| weight(&title).min(HEADLINE_AT_MOST))
        .sum();
    letters * if keys.date.is_some() { DATED } else { 1 }
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
                lists.push((says(list, &keys), keys));
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
                path.push(key.clone());
                gather(inner, path, lists);
                path.pop();
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
    let is_path = |text: &str| text.starts_with('/') && is_address(text);
    let link = likely_key(list, &LINKS, is_address)
        .or_else(|| likely_key(list, &["slug", "path"], is_path))?;
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

/// The first of these keys that most entries have with a fitting text.
fn likely_key(list: &[Value], names: &[&str], fits: impl Fn(&str) -> bool) -> Option<String> {
    const KEYS_AT_MOST: usize = 200;
    let keys = list.iter().find_map(Value::as_object)?.keys();
    let keys = keys.take(KEYS_AT_MOST);
    let keys: Vec<_> = keys.map(|key| (names::plain(key), key)).collect();
    names.iter().find_map(|name| {
        let (_, key) = keys.iter().find(|(plain, _)| plain == name)?;
        let fitting = list
            .iter()
            .filter_map(|entry| text(entry.get(key)?))
            .filter(|text| fits(text))
            .count();
        (fitting * 2 > list.len()).then(|| (*key).clone())
    })
}

/// A text, or what an object holds as its rendered form or name.
fn text(value: &Value) -> Option<String> {
    json::text_of(value, &["rendered", "$t", "#text", "text", "name", "title"])
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
    use crate::model::{Failure, WebUrl};
    use crate::parse::Recipe;

    fn document(text: &str) -> Result<(Value, Option<String>), Failure> {
        Ok(json::tree_of(text)?.into_value())
    }

    #[track_caller]
    fn proposed(json: &str, expected: &str) {
        let keys = propose(&document(json).unwrap().0).map(|keys| {
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
        proposed(
            r#"{"v1.0": {"list": [{"title": "Ministers meet", "url": "/a/1"}]}}"#,
            "v1.0.list title url ",
        );
    }

    #[test]
    fn a_menu_says_less_than_dated_stories() {
        let menu: Vec<String> = (0..20)
            .map(|n| format!(r#"{{"name": "Politics and society {n}", "url": "/s/{n}"}}"#))
            .collect();
        let news: Vec<String> = (0..8)
            .map(|n| {
                format!(
                    r#"{{"title": "Ministers of six states meet in Bishkek, day {n}",
                        "url": "/a/{n}", "date": "2026-11-2{n}"}}"#
                )
            })
            .collect();
        proposed(
            &format!(
                r#"{{"nav": [{}], "news": [{}]}}"#,
                menu.join(","),
                news.join(",")
            ),
            "news title url date",
        );
    }

    #[test]
    fn damage_and_wrapping_are_no_hindrance() {
        let list = r#"[{"title": "Ministers meet", "url": "/a/1"}]"#;
        let whole = serde_json::from_str::<Value>(list).unwrap();
        for text in [
            format!("jQuery_1.cb({list});"),
            format!("/**/ cb ( {list} )"),
            list.replace("meet", "meet\t").replace("/1\"", "/1\","),
        ] {
            let (found, partial) = document(&text).unwrap();
            assert_eq!(partial, None);
            assert_eq!(
                found.to_string().replace("\\t", ""),
                whole.to_string(),
                "{text}"
            );
        }
        let (cut, partial) = document(&list.replace("\"}]", "\"}, {\"ti")).unwrap();
        assert_eq!(cut, whole);
        assert!(partial.is_some());
        assert!(document("<p>no JSON</p>").is_err());
        assert!(document("cb(1)").is_err());
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
        let parsed = keys.read(&ground, &document(json).unwrap().0);
        assert_eq!(parsed.items.len(), 1);
        assert_eq!(parsed.skipped.len(), 2);
        let item = parsed.items.first().unwrap();
        assert_eq!(item.title, "Talks end & start");
        assert_eq!(item.link, WebUrl::parse("https://a.example/1.html"));
        assert_eq!(item.stated, "2026-11-21T12:00:00Z".parse().ok());
        assert_eq!(item.byline, ["Anna Orlova", "Ken Ito"]);
    }

    #[test]
    fn a_key_tells_the_zone_of_its_date() {
        let recipe = Recipe::feed().zone(jiff::tz::TimeZone::get("Asia/Tashkent").unwrap());
        let base = WebUrl::parse("https://a.example/posts").unwrap();
        let ground = Ground::new(&recipe, &base, jiff::Timestamp::UNIX_EPOCH);
        let json = r#"[
            {"title": "Ministers meet", "link": "/1", "date_gmt": "2026-11-23T10:05:00"},
            {"title": "Ministers part", "link": "/2", "date_gmt": 1795428300}]"#;
        let list = likely(&ground, &document(json).unwrap().0).unwrap();
        let stated: Vec<String> = list
            .items
            .iter()
            .filter_map(|item| Some(item.stated?.to_string()))
            .collect();
        assert_eq!(stated, ["2026-11-23T10:05:00Z", "2026-11-23T10:05:00Z"]);
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
