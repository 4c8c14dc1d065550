//! What every format shows of a story, decided once.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Outlet, Site};
use crate::model::{Member, SourceKey, Story};
use crate::text::plain;

/// The namespace of the ids of feed and sources; it must never change.
const NAMESPACE: Uuid = Uuid::from_u128(0x3f3c_0d0a_7c0b_4bb2_9d5d_5343_4f66_6565);

/// The feed's own id. It does not follow from the address, so that a moved
/// feed stays the same feed to its subscribers (law 2).
pub(super) fn feed_id() -> String {
    Uuid::new_v5(&NAMESPACE, b"feed").urn().to_string()
}

/// The id of a source's feed, as entries name it.
pub(super) fn source_id(source: &SourceKey) -> String {
    Uuid::new_v5(&NAMESPACE, format!("source\n{source}").as_bytes())
        .urn()
        .to_string()
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
        let letters = self.outlet.map_or(usize::MAX, |outlet| outlet.summary);
        plain::cut(&self.member.item.lead, letters)
    }

    /// The source's name.
    pub(super) fn source_title(&self) -> &'s str {
        title(self.outlet, self.member)
    }

    /// Who is credited: the outlet that the item names, and the source that
    /// passed it on.
    pub(super) fn credit(&self) -> String {
        let source = self.source_title();
        match &self.member.item.outlet {
            Some(outlet) if outlet != source => format!("{outlet}, via {source}"),
            _ => source.to_owned(),
        }
    }

    pub(super) fn byline(&self) -> Option<String> {
        let names = &self.member.item.byline;
        (!names.is_empty()).then(|| names.join(", "))
    }

    pub(super) fn language(&self) -> Option<&'s str> {
        self.member.item.language.as_deref()
    }

    pub(super) fn is_video(&self) -> bool {
        self.member.item.is_video()
    }

    /// The other outlets: name, headline, link, language.
    pub(super) fn others(&self, site: &'s Site) -> impl Iterator<Item = Other<'s>> {
        let mut seen = vec![(self.member.source.clone(), self.link())];
        self.story.others.iter().filter_map(move |member| {
            let link = member.item.link.as_ref()?.as_str();
            let place = (member.source.clone(), link);
            if seen.contains(&place) {
                return None;
            }
            seen.push(place);
            Some(Other {
                source: title(site.outlets.get(&member.source), member),
                title: &member.item.title,
                link,
                language: member.item.language.as_deref(),
            })
        })
    }
}

/// Another outlet that tells the story.
pub(super) struct Other<'s> {
    pub(super) source: &'s str,
    pub(super) title: &'s str,
    pub(super) link: &'s str,
    pub(super) language: Option<&'s str>,
}

/// The source's title; its name, if it is no longer configured.
fn title<'s>(outlet: Option<&'s Outlet>, member: &'s Member) -> &'s str {
    outlet.map_or_else(|| member.source.as_str(), |outlet| outlet.title.as_str())
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
