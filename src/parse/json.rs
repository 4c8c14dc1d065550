//! JSON Feed (1.0 and 1.1), read as written rather than as specified: ids may
//! be numbers, an author may be a string.

use serde_json::Value;

use super::mend::{Draft, Mended, Writer, escaped, media_kind};
use crate::model::{Failure, Media};

/// The same clean RSS 2.0 that other formats are mended to.
pub(super) fn mend(text: &str) -> Result<Mended, Failure> {
    let value: Value = serde_json::from_str(text.trim())
        .map_err(|error| Failure::NotAFeed(format!("JSON that cannot be read: {error}")))?;
    let version = string(&value, "version").unwrap_or_default();
    let Some(items) = value.get("items").and_then(Value::as_array) else {
        return Err(Failure::NotAFeed("JSON without items".to_owned()));
    };
    if !version.contains("jsonfeed.org") && string(&value, "title").is_none() {
        return Err(Failure::NotAFeed("JSON that is no JSON Feed".to_owned()));
    }
    let mut writer = Writer::default();
    for item in items {
        if writer.is_full() {
            break;
        }
        writer.item(draft(item, &value));
    }
    let title = string(&value, "title").map(|title| escaped(&title));
    let (rss, facts) = writer.finish(title.as_deref());
    Ok(Mended {
        rss,
        facts,
        format: "JSON Feed".to_owned(),
        language: string(&value, "language"),
        ..Mended::default()
    })
}

fn draft(item: &Value, feed: &Value) -> Draft {
    let mut draft = Draft {
        // Titles and texts of JSON Feed are plain, so `<` means itself.
        title: string(item, "title").map(|title| escaped(&title)),
        link: string(item, "url").or_else(|| string(item, "external_url")),
        description: string(item, "summary").map(|summary| escaped(&summary)),
        content: string(item, "content_html")
            .or_else(|| string(item, "content_text").map(|text| escaped(&text))),
        updated: string(item, "date_modified"),
        ..Draft::default()
    };
    let facts = &mut draft.facts;
    facts.guid = string(item, "id");
    facts.permalink = true;
    facts.date = string(item, "date_published");
    facts.language = string(item, "language");
    facts.authors = authors(item);
    if facts.authors.is_empty() {
        facts.authors = authors(feed);
    }
    if let Some(tags) = item.get("tags").and_then(Value::as_array) {
        draft.categories = tags.iter().filter_map(Value::as_str).map(escaped).collect();
    }
    if let Some(attachments) = item.get("attachments").and_then(Value::as_array) {
        draft.facts.media = attachments.iter().filter_map(media).collect();
    }
    draft
}

fn media(attachment: &Value) -> Option<Media> {
    let url = string(attachment, "url")?;
    let mime = string(attachment, "mime_type");
    Some(Media {
        kind: media_kind(mime.as_deref(), None, &url),
        length: attachment.get("size_in_bytes").and_then(Value::as_u64),
        url,
        mime,
    })
}

fn authors(value: &Value) -> Vec<String> {
    let name = |author: &Value| match author {
        Value::String(name) => Some(name.clone()),
        other => string(other, "name"),
    };
    let many = value.get("authors").and_then(Value::as_array);
    many.map_or_else(
        || value.get("author").and_then(name).into_iter().collect(),
        |authors| authors.iter().filter_map(name).collect(),
    )
}

/// A string, or a number as written; nothing else, and nothing empty.
fn string(value: &Value, key: &str) -> Option<String> {
    let text = match value.get(key)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}
