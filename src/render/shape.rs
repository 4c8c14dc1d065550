//! What every format shows of a story, decided once.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Outlet, Site, View, language};
use crate::model::{Item, MediaKind, Member, SourceKey, Story, Target, WebUrl};
use crate::text::plain;

/// Letters of the lead that are shown of a source that is no longer
/// configured. Taking a source out must not publish more of its words.
const SUMMARY: usize = 400;

/// What is said of a story that only stands here any more.
pub(super) const WITHDRAWN: &str = "Withdrawn by its outlet";

/// The namespace of the ids of feed and sources; it must never change.
const NAMESPACE: Uuid = Uuid::from_u128(0x3f3c_0d0a_7c0b_4bb2_9d5d_5343_4f66_6565);

/// The id of the feed of a site that is published at this address for the
/// first time. It stays when the site moves (law 2), and no other site has it
/// (RFC 4287 section 4.2.6).
pub fn first_id(url: &WebUrl) -> String {
    id(&format!("feed\n{url}"))
}

/// The id of every feed that was published before they were told apart.
pub fn old_id() -> String {
    id("feed")
}

/// The id of a view's feed: it follows from that of the main one.
pub(super) fn feed_id(site: &Site, view: &View) -> String {
    match &*view.path {
        "" => site.identity.clone(),
        path if site.identity == old_id() => id(&format!("view\n{path}")),
        path => id(&format!("view\n{path}\n{}", site.identity)),
    }
}

/// The id of the feed of incidents.
pub(super) fn incidents_id(site: &Site) -> String {
    id(&format!("incidents\n{}", site.identity))
}

fn id(name: &str) -> String {
    Uuid::new_v5(&NAMESPACE, name.as_bytes()).urn().to_string()
}

/// The id of a source's feed, as entries name it.
pub(super) fn source_id(source: &SourceKey) -> String {
    id(&format!("source\n{source}"))
}

/// A story as it is shown.
pub(super) struct Shown<'s> {
    pub(super) story: &'s Story,
    pub(super) member: &'s Member,
    pub(super) outlet: Option<&'s Outlet>,
}

impl<'s> Shown<'s> {
    pub(super) fn new(site: &'s Site, story: &'s Story) -> Self {
        Self {
            story,
            member: &story.shows,
            outlet: site.outlets.get(&story.shows.source),
        }
    }

    pub(super) fn title(&self) -> &'s str {
        &self.member.item.title
    }

    /// Where READ MORE leads; an item without a link is never published.
    pub(super) fn link(&self) -> &'s str {
        self.member
            .item
            .link
            .as_ref()
            .map_or("", |link| link.as_str())
    }

    /// The lead, as long as its source publishes it.
    pub(super) fn lead(&self) -> String {
        published_lead(self.outlet, &self.member.item.lead)
    }

    /// The source's name.
    pub(super) fn source_title(&self) -> &'s str {
        title(self.outlet, self.member)
    }

    /// Who is credited: the outlet that the item names, and the source that
    /// passed it on.
    pub(super) fn credit(&self) -> String {
        credit(self.outlet, self.member)
    }

    /// The line about the source's rights.
    pub(super) fn rights(&self) -> Option<&'s str> {
        self.outlet?.rights.as_deref()
    }

    /// The source's feed, if it may be told and is one.
    pub(super) fn feed(&self) -> Option<&'s WebUrl> {
        match self.outlet?.target.as_ref()? {
            Target::Feed(url) => Some(url),
            Target::Page(_) | Target::Sitemap(_) | Target::Json(_) => None,
        }
    }

    pub(super) fn byline(&self) -> Option<String> {
        let names = &self.member.item.byline;
        (!names.is_empty()).then(|| names.join(", "))
    }

    pub(super) fn language(&self) -> Option<&'s str> {
        self.member.item.language.as_deref()
    }

    /// What the story is, if it is no text.
    pub(super) fn mark(&self) -> Option<&'static Mark> {
        let item = &self.member.item;
        if item.is_video() {
            return Some(&VIDEO);
        }
        let has_sound = item
            .media
            .iter()
            .any(|media| media.kind == MediaKind::Audio);
        if has_sound || AUDIO.is_told_by(item) {
            return Some(&AUDIO);
        }
        // Nearly every story has a picture: its media tell nothing.
        PHOTO.is_told_by(item).then_some(&PHOTO)
    }

    /// The language in its own name, where it is not the reader's.
    pub(super) fn foreign(&self, site: &Site) -> Option<&'static str> {
        foreign(site, self.language())
    }

    /// What can be enclosed: media at a web address.
    pub(super) fn media(&self) -> impl Iterator<Item = Enclosed<'s>> {
        self.member.item.media.iter().filter_map(|media| {
            let url = WebUrl::parse(&media.url)?;
            let stated = media.mime.as_deref().filter(|mime| is_media_type(mime));
            let kind = stated.or_else(|| media_type(&url));
            Some(Enclosed {
                url,
                kind,
                length: media.length,
            })
        })
    }

    /// The same news in other languages.
    pub(super) fn kin(&self, site: &'s Site) -> impl Iterator<Item = Other<'s>> {
        self.story.kin.iter().filter_map(move |kin| {
            let member = &kin.shows;
            let tag = member.item.language.as_deref();
            Some(Other {
                credit: credit(site.outlets.get(&member.source), member),
                title: &member.item.title,
                link: member.item.link.as_ref()?.as_str(),
                language: tag,
                foreign: tag.and_then(language::name),
            })
        })
    }

    /// The other outlets that tell the story, each once.
    pub(super) fn others(&self, site: &'s Site) -> impl Iterator<Item = Other<'s>> {
        let mut told = vec![teller(self.member)];
        let language = self.language();
        self.story.others.iter().filter_map(move |member| {
            let link = member.item.link.as_ref()?.as_str();
            let teller = teller(member);
            if told.contains(&teller) {
                return None;
            }
            told.push(teller);
            let tag = member.item.language.as_deref();
            let is_same = |tag| language.is_some_and(|shown| language::is_same(shown, tag));
            Some(Other {
                credit: credit(site.outlets.get(&member.source), member),
                title: &member.item.title,
                link,
                language: tag,
                foreign: tag.filter(|tag| !is_same(tag)).and_then(language::name),
            })
        })
    }
}

/// A lead as far as its source publishes it.
pub(super) fn published_lead(outlet: Option<&Outlet>, lead: &str) -> String {
    plain::cut(lead, outlet.map_or(SUMMARY, |outlet| outlet.summary))
}

/// What a story is that is more than text.
pub(super) struct Mark {
    /// As feeds state it.
    pub(super) term: &'static str,
    /// As readers see it.
    pub(super) label: &'static str,
    /// Categories and steps of a link's path that tell it.
    words: &'static [&'static str],
}

const VIDEO: Mark = Mark {
    term: "video",
    label: "Video",
    words: &[],
};
const AUDIO: Mark = Mark {
    term: "audio",
    label: "Audio",
    words: &[
        "audio",
        "podcast",
        "podcasts",
        "аудио",
        "подкаст",
        "подкасты",
        "音频",
        "播客",
    ],
};
const PHOTO: Mark = Mark {
    term: "photo",
    label: "Photos",
    words: &[
        "photo",
        "photos",
        "фото",
        "фоторепортаж",
        "фотолента",
        "图片",
        "图集",
    ],
};

impl Mark {
    fn is_told_by(&self, item: &Item) -> bool {
        let known = |word: &str| self.words.contains(&word.trim().to_lowercase().as_str());
        let steps = item
            .link
            .as_ref()
            .and_then(|link| link.as_url().path_segments());
        item.categories.iter().any(|category| known(category))
            || steps.is_some_and(|mut steps| steps.any(known))
    }
}

/// Who is credited for a member.
pub(super) struct Credited<'s> {
    /// The outlet that the item names, and the source that passed it on.
    pub(super) credit: String,
    language: Option<&'s str>,
}

impl<'s> Credited<'s> {
    pub(super) fn new(site: &Site, member: &'s Member) -> Self {
        Self {
            credit: credit(site.outlets.get(&member.source), member),
            language: member.item.language.as_deref(),
        }
    }

    /// The language in its own name, where it is not the reader's.
    pub(super) fn foreign(&self, site: &Site) -> Option<&'static str> {
        foreign(site, self.language)
    }
}

/// A language in its own name, where it is not the reader's.
fn foreign(site: &Site, tag: Option<&str>) -> Option<&'static str> {
    let tag = tag?;
    (!language::is_same(tag, &site.language)).then(|| language::name(tag))?
}

/// Another outlet that tells the story.
pub(super) struct Other<'s> {
    /// Who is credited.
    pub(super) credit: String,
    /// Its headline.
    pub(super) title: &'s str,
    /// Where it tells it.
    pub(super) link: &'s str,
    /// Its language.
    pub(super) language: Option<&'s str>,
    /// The language's own name, where it is not that of the member shown.
    pub(super) foreign: Option<&'static str>,
}

/// Media as feeds enclose it.
pub(super) struct Enclosed<'s> {
    /// Its address.
    pub(super) url: WebUrl,
    /// Its media type: as stated, else as the ending of its address tells.
    pub(super) kind: Option<&'s str>,
    /// Its length in bytes.
    pub(super) length: Option<u64>,
}

/// The source's title; its name, if it is no longer configured.
fn title<'s>(outlet: Option<&'s Outlet>, member: &'s Member) -> &'s str {
    outlet.map_or_else(|| member.source.as_str(), |outlet| outlet.title.as_str())
}

/// Who tells: a source, or an outlet that it passes on.
fn teller(member: &Member) -> (&SourceKey, Option<&str>) {
    (&member.source, member.item.outlet.as_deref())
}

fn credit(outlet: Option<&Outlet>, member: &Member) -> String {
    let source = title(outlet, member);
    match &member.item.outlet {
        Some(outlet) if outlet != source => format!("{outlet}, via {source}"),
        _ => source.to_owned(),
    }
}

/// Whether `text` has the form of a media type, without parameters.
fn is_media_type(text: &str) -> bool {
    let is_token = |part: &str| {
        let legal = |b: u8| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b);
        !part.is_empty() && part.bytes().all(legal)
    };
    text.split_once('/')
        .is_some_and(|(kind, sub)| is_token(kind) && is_token(sub))
}

/// The media type that the ending of a path tells.
fn media_type(url: &WebUrl) -> Option<&'static str> {
    let (_, ending) = url.as_url().path().rsplit_once('.')?;
    Some(match ending.to_ascii_lowercase().as_str() {
        "mp4" | "m4v" => "video/mp4",
        "webm" => "video/webm",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "gif" => "image/gif",
        _ => return None,
    })
}

/// RFC 3339 with milliseconds, in which stamps are distinct (S-11).
pub(super) fn stamp(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// `text` without what XML cannot hold.
pub(super) fn xml(text: &str) -> String {
    text.chars()
        .filter(|c| matches!(c, '\t' | '\n') || !plain::is_unfit(*c))
        .collect()
}
