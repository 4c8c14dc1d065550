//! The story joiner: which items tell the same news. This is the exact layer
//! (TOPIC-AND-STORIES 2.1): same key, same canonical URL, same text within 48
//! hours; the first that holds decides.
//!
//! # Why a window in memory
//! Joining must not ask the database for every item. `Window` is a plain
//! value, a cache of what is committed: when a write fails it is dropped and
//! loaded again.

mod window;

pub use window::{Print, SPAN, Window};

use std::collections::HashMap;

use jiff::Timestamp;

use crate::model::{
    Evidence, How, Item, ItemKey, Joined, SourceKey, Standing, StoryId, Verdict, Withheld,
};

/// How many items of a source's first poll are published (H-70).
pub const ONBOARDING: usize = 10;

/// What the store remembers of the items of one answer.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The stories of item keys that this source has shown before.
    pub keys: HashMap<ItemKey, StoryId>,
    /// The stories of canonical URLs, whatever source brought them.
    pub canons: HashMap<String, StoryId>,
}

/// Decides for kept items of one source, in their order, which story each
/// belongs to. Items that come later meet those that came before.
pub fn join<'a>(
    window: &mut Window,
    known: &mut Known,
    source: &SourceKey,
    items: impl Iterator<Item = &'a Item>,
    now: Timestamp,
) -> Vec<Joined> {
    items
        .map(|item| {
            let joined = join_one(window, known, source, item, now);
            let story = joined.story();
            known.keys.insert(item.key.clone(), story);
            if let Some(canon) = &item.canon {
                known.canons.entry(canon.clone()).or_insert(story);
            }
            if let Some(print) = Print::of(item) {
                window.add(print, story, now);
            }
            joined
        })
        .collect()
}

fn join_one(
    window: &Window,
    known: &Known,
    source: &SourceKey,
    item: &Item,
    now: Timestamp,
) -> Joined {
    if let Some(story) = known.keys.get(&item.key) {
        return Joined::Known(*story);
    }
    if let Some((canon, story)) = item
        .canon
        .as_ref()
        .and_then(|canon| Some((canon, known.canons.get(canon)?)))
    {
        let evidence = Evidence {
            how: How::Url,
            said: format!("the same address: {canon}"),
        };
        return Joined::Joins(*story, evidence);
    }
    if let Some(story) = Print::of(item).and_then(|print| window.find(print, now)) {
        let evidence = Evidence {
            how: How::Text,
            said: "the same headline and lead within 48 hours".to_owned(),
        };
        return Joined::Joins(story, evidence);
    }
    Joined::Founds(StoryId::of(source, &item.key))
}

/// What an item is now: the one place that decides it. `held` is why it was
/// held back when it first was about the topic; it stays so through edits
/// that drop it and keep it again. `awaits` is until when it waits for its
/// look.
pub fn standing(
    verdict: Verdict,
    item: &Item,
    held: Option<Withheld>,
    awaits: Option<Timestamp>,
    now: Timestamp,
) -> Standing {
    match (verdict, held) {
        (Verdict::Drop, _) => Standing::Dropped,
        (Verdict::Near, _) => Standing::Near,
        (Verdict::Keep, _) if item.link.is_none() => Standing::Withheld(Withheld::NoLink),
        (Verdict::Keep, Some(why)) => Standing::Withheld(why),
        (Verdict::Keep, None) if awaits.is_some_and(|until| now < until) => Standing::AwaitingLook,
        (Verdict::Keep, None) => Standing::Published,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WebUrl;
    use crate::text::url::canon;
    use jiff::SignedDuration;

    fn item(key: &str, link: &str, title: &str, lead: &str) -> Item {
        let mut item = Item::new(key, title);
        item.link = WebUrl::parse(link);
        item.canon = item.link.as_ref().map(canon);
        item.lead = lead.into();
        item
    }

    fn ways(joined: &[Joined]) -> Vec<&'static str> {
        joined
            .iter()
            .map(|j| match j {
                Joined::Known(_) => "known",
                Joined::Founds(_) => "founds",
                Joined::Joins(_, e) => e.how.as_str(),
            })
            .collect()
    }

    #[test]
    fn copies_inside_one_poll_meet_as_if_they_had_come_one_by_one() {
        let source = SourceKey::new("a").unwrap();
        let now: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
        let items = [
            item(
                "1",
                "https://a.example/1",
                "SCO leaders meet in Bishkek",
                "A lead.",
            ),
            item(
                "2",
                "https://a.example/1",
                "Another headline of four words",
                "",
            ),
            item(
                "3",
                "https://b.example/3",
                "SCO leaders meet in Bishkek!",
                "a LEAD",
            ),
            item(
                "1",
                "https://a.example/1",
                "SCO leaders meet in Bishkek",
                "A lead.",
            ),
            item(
                "4",
                "https://b.example/4",
                "SCO leaders meet in Bishkek",
                "Other lead.",
            ),
        ];
        let (mut window, mut known) = (Window::default(), Known::default());
        let joined = join(&mut window, &mut known, &source, items.iter(), now);
        assert_eq!(ways(&joined), ["founds", "url", "text", "known", "founds"]);
    }

    #[test]
    fn the_same_words_two_days_later_are_another_story() {
        let source = SourceKey::new("a").unwrap();
        let now: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
        let mut window = Window::default();
        let first = item(
            "1",
            "https://a.example/1",
            "RATS council meets in Tashkent",
            "",
        );
        let again = item(
            "2",
            "https://a.example/2",
            "RATS council meets in Tashkent",
            "",
        );
        let mut joined = |item: &Item, after: i64| {
            let mut known = Known::default();
            let at = now.checked_add(SignedDuration::from_hours(after)).unwrap();
            let one = std::iter::once(item);
            ways(&join(&mut window, &mut known, &source, one, at)).remove(0)
        };
        assert_eq!(joined(&first, 0), "founds");
        assert_eq!(joined(&again, 47), "text");
        let mut third = again.clone();
        third.key = ItemKey::new("3");
        assert_eq!(joined(&third, 47 + 49), "founds");
    }

    #[test]
    fn a_short_headline_proves_nothing() {
        assert!(Print::of(&Item::new("1", "SCO summit today")).is_none());
        assert!(Print::of(&Item::new("1", "SCO summit opens today")).is_some());
    }
}
