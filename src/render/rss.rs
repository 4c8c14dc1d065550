//! The twin for programs that read RSS 2.0 only: the same stories under the
//! same ids.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rss::extension::dublincore::DublinCoreExtension;
use rss::extension::{Extension, ExtensionMap};
use rss::{Category, Channel, Enclosure, Guid, Item, Source};

use super::shape::{Shown, xml};
use super::{Format, Site, View, atom};
use crate::model::Story;

pub(super) fn render(site: &Site, view: &View, stories: &[Story], updated: Timestamp) -> Vec<u8> {
    let channel = Channel {
        title: xml(&view.title),
        link: Format::Page.address(site, view),
        description: xml(&view.title),
        language: Some(view.language.clone()),
        copyright: site.rights.as_deref().map(xml),
        last_build_date: Some(rfc2822(updated)),
        generator: Some(concat!("scofeed ", env!("CARGO_PKG_VERSION")).to_owned()),
        items: stories.iter().map(|story| item(site, story)).collect(),
        extensions: links(site, view),
        namespaces: BTreeMap::from([
            ("atom".to_owned(), "http://www.w3.org/2005/Atom".to_owned()),
            (
                "dc".to_owned(),
                "http://purl.org/dc/elements/1.1/".to_owned(),
            ),
        ]),
        ..Channel::default()
    };
    // Writing to memory cannot fail; a test reads what comes out.
    let mut bytes = channel
        .pretty_write_to(Vec::new(), b' ', 1)
        .unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn item(site: &Site, story: &Story) -> Item {
    let shown = Shown::new(site, story);
    let mut categories = vec![Category {
        name: xml(shown.source_title()),
        domain: None,
    }];
    if let Some(mark) = shown.mark() {
        categories.push(Category {
            name: mark.label.to_owned(),
            domain: None,
        });
    }
    let creators = match story.shows.item.byline.as_slice() {
        [] => vec![xml(&shown.credit())],
        names => names.iter().map(|name| xml(name)).collect(),
    };
    Item {
        title: Some(xml(shown.title())),
        link: Some(shown.link().to_owned()),
        description: Some(xml(&atom::content(site, &shown))),
        guid: Some(Guid {
            value: story.id.urn(),
            permalink: false,
        }),
        pub_date: Some(rfc2822(story.published)),
        categories,
        // RSS has one, and wants its type; a length of 0 means not known.
        enclosure: shown.media().find_map(|media| {
            Some(Enclosure {
                url: media.url.to_string(),
                length: media.length.unwrap_or(0).to_string(),
                mime_type: media.kind?.to_owned(),
            })
        }),
        // RSS names a source by its feed only.
        source: shown.feed().map(|feed| Source {
            url: feed.to_string(),
            title: Some(xml(shown.source_title())),
        }),
        dublin_core_ext: Some(DublinCoreExtension {
            creators,
            rights: shown.rights().map(xml).into_iter().collect(),
            languages: shown.language().map(str::to_owned).into_iter().collect(),
            ..DublinCoreExtension::default()
        }),
        ..Item::default()
    }
}

/// `<atom:link>`: where this document is published, and who tells of its
/// changes (S-08).
fn links(site: &Site, view: &View) -> ExtensionMap {
    let address = Format::Rss.address(site, view);
    let mut links = vec![link(&[
        ("href", &address),
        ("rel", "self"),
        ("type", Format::Rss.media_type()),
    ])];
    let hub = site.hub.as_ref();
    links.extend(hub.map(|hub| link(&[("href", hub.as_str()), ("rel", "hub")])));
    BTreeMap::from([(
        "atom".to_owned(),
        BTreeMap::from([("link".to_owned(), links)]),
    )])
}

fn link(attributes: &[(&str, &str)]) -> Extension {
    let attributes = attributes.iter();
    Extension {
        name: "atom:link".to_owned(),
        attrs: attributes
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..Extension::default()
    }
}

/// RFC 822 as RSS wants it, in UTC.
fn rfc2822(moment: Timestamp) -> String {
    let moment = TimeZone::UTC.to_datetime(moment);
    moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
