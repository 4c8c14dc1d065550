//! JSON Feed (1.0 and 1.1), and lists of objects that say the same in other
//! words, read as written rather than as specified: ids may be numbers, an
//! author may be a string, a title or a version may be missing.

pub(super) mod names;
mod repair;
pub(super) mod tree;

use std::collections::HashMap;

use serde_json::Value;

use super::draft::{Draft, Mended, VALUES_AT_MOST, Values, Writer, escaped, media_kind};
use crate::model::{Failure, Media, MediaKind};
use names::{AUTHORS, DATES, LANGUAGES, LEADS, LINKS, TITLES};
use tree::Tree;

/// Objects in a row are looked at up to this many, to see that they are
/// items.
const LOOKED_AT: usize = 8;

/// What holds the items: in JSON Feed, in other services, in what was RSS or
/// Atom once.
const ITEMS: [&str; 5] = ["items", "articles", "entries", "item", "entry"];

/// The same clean RSS 2.0 that other formats are mended to.
pub(super) fn mend(tree: &Tree) -> Result<Mended, Failure> {
    let (format, feed, items) = match tree.values.as_slice() {
        [Value::Array(items)] => ("JSON list", &Value::Null, items.iter().collect()),
        [feed] => {
            let feed = unnested(feed);
            let Some(items) = items(feed) else {
                return Err(Failure::NotAFeed("JSON without items".to_owned()));
            };
            ("JSON Feed", feed, items)
        }
        values => ("JSON lines", &Value::Null, values.iter().collect()),
    };
    let version = string(feed, &["version"]).unwrap_or_default();
    let is_known = version.contains("jsonfeed.org") || string(feed, &["title"]).is_some();
    if !is_known && !items.iter().take(LOOKED_AT).any(|item| is_item(item)) {
        return Err(Failure::NotAFeed("JSON that is no JSON Feed".to_owned()));
    }
    // They count for items that name none.
    let mut of_feed = Values::default();
    for author in authors(feed) {
        of_feed.offer_of_feed(0, &plain(&author));
    }
    let mut writer = Writer::default();
    let mut more = tree.more;
    for item in items {
        if writer.is_full() {
            more = true;
            break;
        }
        writer.item(draft(item, &of_feed));
    }
    Ok(Mended {
        batches: writer.finish(),
        title: string(feed, &["title"]).map(|title| plain(&title)),
        format: format.to_owned(),
        language: string(feed, &["language"]),
        site: string(feed, &["home_page_url"]),
        partial: tree.partial.clone(),
        more,
        ..Mended::default()
    })
}

/// The feed within what was XML once.
fn unnested(mut feed: &Value) -> &Value {
    for outer in ["rss", "channel", "feed"] {
        if feed.get("items").is_none()
            && let Some(inner) = feed.get(outer).filter(|inner| inner.is_object())
        {
            feed = inner;
        }
    }
    feed
}

/// The first list of items that holds any, else the first.
fn items(feed: &Value) -> Option<Vec<&Value>> {
    let lists = ITEMS.iter().filter_map(|name| list(feed.get(*name)?));
    let mut first = None;
    for items in lists {
        if !items.is_empty() {
            return Some(items);
        }
        first = first.or(Some(items));
    }
    first
}

/// The items of a list, or of an object that has them by their numbers, or
/// under one name, as what was XML once.
fn list(items: &Value) -> Option<Vec<&Value>> {
    if let Value::Array(items) = items {
        return Some(items.iter().collect());
    }
    let members = items.as_object()?;
    if let Some(items) = members.values().find_map(Value::as_array) {
        return Some(items.iter().collect());
    }
    Some(if members.values().all(Value::is_object) {
        members.values().collect()
    } else {
        vec![items]
    })
}

/// Whether a document is JSON, bare or as scripts have it.
pub(super) fn is_one(text: &str) -> bool {
    unwrapped(text).starts_with(['{', '['])
}

/// JSON without what a script needs around it: `name({…});`, `name = {…};`,
/// and what stands before it against attacks by other players.
fn unwrapped(text: &str) -> &str {
    const GUARDS: [&str; 5] = ["/**/", ")]}',", ")]}'", "while(1);", "for(;;);"];
    let guarded = GUARDS.iter().find_map(|guard| text.strip_prefix(guard));
    let text = guarded.map_or(text, str::trim_start);
    let of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.');
    let name = ["var ", "let ", "const "]
        .iter()
        .find_map(|word| text.strip_prefix(word))
        .unwrap_or(text);
    let inner = name
        .trim_start_matches(of_name)
        .trim_start()
        .strip_prefix(['(', '='])
        .map(str::trim_start)
        .filter(|inner| inner.starts_with(['{', '[']));
    inner.map_or(text, |inner| {
        inner.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ')' | ';'))
    })
}

/// What the document holds.
pub(super) fn tree_of(text: &str) -> Result<Tree, Failure> {
    let text = unwrapped(text.trim());
    let cannot =
        |error: serde_json::Error| Failure::NotAFeed(format!("JSON that cannot be read: {error}"));
    let error = match tree::values(text) {
        Ok(tree) => return Ok(tree),
        Err(error) => error,
    };
    let may_be = text.starts_with(['{', '[']);
    let Some(repaired) = may_be.then(|| repair::repair(text)).flatten() else {
        return Err(if error.to_string().contains("recursion limit") {
            Failure::TooLarge("JSON nested deeper than 128".to_owned())
        } else {
            cannot(error)
        });
    };
    let mut tree = tree::values(&repaired.json).map_err(cannot)?;
    let cut = "the document ends in the middle".to_owned();
    tree.partial = repaired.is_cut.then_some(cut);
    Ok(tree)
}

const MARKUP: [&str; 3] = ["contenthtml", "content", "text"];
const PLAIN: [&str; 1] = ["contenttext"];
const UPDATED: [&str; 3] = ["datemodified", "updated", "modified"];

/// Keys of one item.
const MEMBERS_AT_MOST: usize = 500;

/// An item by its keys, without what does not count in them.
struct Members<'v>(HashMap<String, (&'v str, &'v Value)>);

impl<'v> Members<'v> {
    fn of(item: &'v Value) -> Self {
        let mut members = HashMap::new();
        let object = item.as_object().into_iter().flatten();
        for (key, value) in object.take(MEMBERS_AT_MOST) {
            let place = members
                .entry(names::plain(key))
                .or_insert((key.as_str(), value));
            if text(place.1).is_none() {
                *place = (key, value);
            }
        }
        Self(members)
    }

    /// The texts of these names, each with its key.
    fn all(&self, names: &[&str]) -> impl Iterator<Item = (&'v str, String)> {
        names.iter().filter_map(|name| {
            let (key, value) = self.0.get(*name)?;
            Some((*key, text(value)?))
        })
    }

    fn first(&self, names: &[&str]) -> Option<String> {
        self.all(names).map(|(_, text)| text).next()
    }
}

/// Whether it says what an item says: a headline or a text, and no less.
fn is_item(value: &Value) -> bool {
    let members = Members::of(value);
    [TITLES.as_slice(), &MARKUP, &PLAIN, &LEADS]
        .iter()
        .any(|names| members.first(names).is_some())
}

fn draft(item: &Value, of_feed: &Values) -> Draft {
    let mut draft = Draft {
        permalink: true,
        ..Draft::default()
    };
    let members = Members::of(item);
    let texts = [
        (&mut draft.guid, members.first(&["id", "guid"])),
        (
            &mut draft.title,
            members.first(&TITLES).map(|text| plain(&text)),
        ),
        (&mut draft.content, members.first(&MARKUP)),
        (&mut draft.updated, members.first(&UPDATED)),
        (&mut draft.language, members.first(&LANGUAGES)),
    ];
    for (slot, text) in texts {
        if let Some(text) = text {
            slot.offer(0, text);
        }
    }
    if let Some(text) = members.first(&LEADS) {
        draft.description.offer(0, markup_or_plain(&text));
    }
    if let Some(text) = members.first(&PLAIN) {
        draft.content.offer(1, plain(&text));
    }
    for (_, link) in members.all(&LINKS) {
        draft.links.offer(0, link);
    }
    for (key, date) in members.all(&DATES) {
        draft.dates.offer(0, names::dated(key, date));
    }
    for author in authors(item) {
        draft.authors.offer(0, plain(&author));
    }
    if draft.authors.is_empty() {
        draft.authors = of_feed.clone();
    }
    let tags = many(item, &["tags", "keywords", "categories"]).into_iter();
    for tag in tags.filter_map(name) {
        let parts = tag.split(',').map(str::trim);
        for part in parts.filter(|part| !part.is_empty()) {
            if draft.categories.is_full() {
                break;
            }
            draft.categories.offer(0, plain(part));
        }
    }
    for attachment in many(item, &["attachments"]) {
        if let Some(media) = media(attachment) {
            draft.media(media);
        }
    }
    for image in ["image", "banner_image"] {
        if let Some(url) = string(item, &[image]) {
            draft.media(Media {
                url,
                kind: MediaKind::Image,
                mime: None,
                length: None,
            });
        }
    }
    draft
}

/// Titles and texts of JSON Feed are plain, so `<` means itself; what many
/// publishers leave escaped in them does not.
fn plain(text: &str) -> String {
    text.replace('<', "&lt;").replace('>', "&gt;")
}

/// A summary should be plain and often is not.
fn markup_or_plain(text: &str) -> String {
    if text.contains("</") || text.contains("/>") || text.contains("<br") {
        text.to_owned()
    } else {
        escaped(text)
    }
}

fn media(attachment: &Value) -> Option<Media> {
    let url = string(attachment, &["url"])?;
    let stated = string(attachment, &["mime_type"]);
    let length = string(attachment, &["size_in_bytes"]).and_then(|size| {
        let whole = size.split('.').next().unwrap_or_default();
        whole.parse().ok().filter(|length| *length > 0)
    });
    Some(Media {
        kind: media_kind(stated.as_deref(), None, &url),
        url,
        mime: stated.filter(|typ| typ.contains('/')),
        length,
    })
}

fn authors(value: &Value) -> Vec<String> {
    many(value, &AUTHORS).into_iter().filter_map(name).collect()
}

/// A name that is written as such, or as an object that has one.
fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(name) => Some(name.clone()),
        other => string(other, &["name"]),
    }
}

/// The values of the first of these keys that has any: of its array, or the
/// one that stands in its place.
fn many<'v>(value: &'v Value, keys: &[&str]) -> Vec<&'v Value> {
    keys.iter()
        .filter_map(|key| value.get(key))
        .map(|found| match found {
            Value::Array(values) => values.iter().take(VALUES_AT_MOST).collect(),
            Value::Null => Vec::new(),
            one => vec![one],
        })
        .find(|values: &Vec<_>| !values.is_empty())
        .unwrap_or_default()
}

/// A string, or a number as written, of the first of these keys that has
/// one; nothing else, and nothing empty.
fn string(value: &Value, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| text(value.get(key)?))
}

fn text(value: &Value) -> Option<String> {
    // WordPress has its texts under the first name, what was XML once under the
    // others.
    text_of(value, &["rendered", "$t", "#text"])
}

/// A text as JSON has it: a string, a number as written, the first of a list,
/// as what was XML once has each element, or what an object holds under one of
/// these names.
pub(super) fn text_of(value: &Value, names: &[&str]) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(list) => return list.iter().find_map(|value| text_of(value, names)),
        Value::Object(object) => {
            let mut named = names.iter();
            return named.find_map(|name| text_of(object.get(*name)?, names));
        }
        _ => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}
