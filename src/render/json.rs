//! The twin for programs that read JSON Feed 1.1 (S-25): the same stories
//! under the same ids, with the same texts and times.

use serde::Serialize;

use super::shape::{Shown, stamp, xml};
use super::{Format, Site, View, atom};
use crate::model::Story;

const VERSION: &str = "https://jsonfeed.org/version/1.1";

#[derive(Serialize)]
struct Feed {
    version: &'static str,
    title: String,
    home_page_url: String,
    feed_url: String,
    language: String,
    authors: Vec<Author>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hubs: Option<[Hub; 1]>,
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Hub {
    r#type: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Author {
    name: String,
}

#[derive(Serialize)]
struct Item {
    id: String,
    url: String,
    title: String,
    content_html: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    date_published: String,
    date_modified: String,
    authors: Vec<Author>,
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment>,
    _scofeed: Origin,
}

#[derive(Serialize)]
struct Attachment {
    url: String,
    mime_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_in_bytes: Option<u64>,
}

/// What JSON Feed has no name for: the source, and who else tells the story.
#[derive(Serialize)]
struct Origin {
    source: Source,
    #[serde(skip_serializing_if = "Option::is_none")]
    rights: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<Related>,
}

#[derive(Serialize)]
struct Source {
    name: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    feed_url: Option<String>,
}

#[derive(Serialize)]
struct Related {
    url: String,
    title: String,
    outlet: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
}

pub(super) fn render(site: &Site, view: &View, stories: &[Story]) -> Vec<u8> {
    let feed = Feed {
        version: VERSION,
        title: xml(&view.title),
        home_page_url: Format::Page.address(site, view),
        feed_url: Format::Json.address(site, view),
        language: view.language.clone(),
        authors: vec![author(&site.title)],
        hubs: site.hub.as_ref().map(|hub| {
            [Hub {
                r#type: "WebSub",
                url: hub.to_string(),
            }]
        }),
        items: stories.iter().map(|story| item(site, story)).collect(),
    };
    // Strings and numbers cannot fail; a test reads what comes out.
    let mut bytes = serde_json::to_vec_pretty(&feed).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn item(site: &Site, story: &Story) -> Item {
    let shown = Shown::new(site, story);
    let lead = xml(&shown.lead());
    let mark = shown.mark().map(|mark| mark.label.to_owned());
    let related = shown
        .others(site)
        .chain(shown.kin(site))
        .map(|other| Related {
            url: other.link.to_owned(),
            title: xml(other.title),
            outlet: xml(&other.credit),
            language: other.language.map(str::to_owned),
        });
    let attachments = shown.media().filter_map(|media| {
        Some(Attachment {
            url: media.url.to_string(),
            // Without a type it may not stand here.
            mime_type: media.kind?.to_owned(),
            size_in_bytes: media.length,
        })
    });
    Item {
        id: story.id.urn(),
        url: shown.link().to_owned(),
        title: xml(shown.title()),
        content_html: xml(&atom::content(site, &shown)),
        summary: (!lead.is_empty()).then_some(lead),
        date_published: stamp(story.published),
        date_modified: stamp(story.updated),
        authors: match story.shows.item.byline.as_slice() {
            [] => vec![author(&shown.credit())],
            names => names.iter().map(|name| author(name)).collect(),
        },
        tags: std::iter::once(xml(shown.source_title()))
            .chain(mark)
            .collect(),
        language: shown.language().map(str::to_owned),
        attachments: attachments.collect(),
        _scofeed: Origin {
            source: Source {
                name: story.shows.source.to_string(),
                title: xml(shown.source_title()),
                feed_url: shown.feed().map(ToString::to_string),
            },
            rights: shown.rights().map(xml),
            related: related.collect(),
        },
    }
}

fn author(name: &str) -> Author {
    Author { name: xml(name) }
}
