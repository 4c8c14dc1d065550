//! Headlines without what outlets hang on them: their names, "LIVE:",
//! "(Video)". For comparison only; what readers see keeps it.

use std::collections::BTreeSet;

use crate::model::{Item, WebUrl};
use crate::text::fold::{self, Tokens};

/// Hosts that pass on the articles of others, and end every headline with
/// the outlet's name.
const AGGREGATORS: [&str; 4] = [
    "bing.com",
    "news.google.com",
    "news.yandex.ru",
    "newsfeed.google.com",
];

/// Outlets that others name in their headlines, squashed, in order.
const OUTLETS: [&str; 71] = [
    "24kg",
    "aljazeera",
    "anadolu",
    "anadoluagency",
    "ani",
    "ap",
    "apnews",
    "associatedpress",
    "astanatimes",
    "bbc",
    "bbcnews",
    "belta",
    "bloomberg",
    "cctv",
    "cctv新闻",
    "cgtn",
    "chinadaily",
    "cnbc",
    "cnn",
    "dawn",
    "dw",
    "eurasianet",
    "financialtimes",
    "foxnews",
    "globaltimes",
    "guardian",
    "hindu",
    "hindustantimes",
    "indianexpress",
    "interfax",
    "irna",
    "jamestown",
    "kazinform",
    "kommersant",
    "lenta",
    "lentaru",
    "livemint",
    "mehrnews",
    "moscowtimes",
    "ndtv",
    "newyorktimes",
    "peoplesdaily",
    "peoplesdailyonline",
    "pti",
    "reuters",
    "rianovosti",
    "rt",
    "scmp",
    "sputnik",
    "tasnim",
    "tass",
    "thediplomat",
    "timesofcentralasia",
    "timesofindia",
    "trend",
    "wallstreetjournal",
    "washingtonpost",
    "xinhua",
    "xinhuanet",
    "известия",
    "интерфакс",
    "коммерсант",
    "лентару",
    "рбк",
    "риановости",
    "тасс",
    "中新社",
    "中新网",
    "人民网",
    "新华社",
    "新华网",
];

/// What is said of an article rather than by it, squashed, in order.
const LABELS: [&str; 39] = [
    "analysis",
    "breaking",
    "breakingnews",
    "corrected",
    "exclusive",
    "factbox",
    "justin",
    "live",
    "liveblog",
    "liveupdates",
    "photo",
    "photos",
    "refile",
    "rpt",
    "update",
    "updated",
    "updates",
    "urgent",
    "video",
    "watch",
    "wrapup",
    "видео",
    "дополнено",
    "инфографика",
    "молния",
    "обновлено",
    "онлаин",
    "срочно",
    "фото",
    "фотоивидео",
    "эксклюзив",
    "图集",
    "快讯",
    "最新",
    "独家",
    "直播",
    "突发",
    "视频",
    "重磅",
];

/// What stands between a headline and a name, with the spaces that make it
/// no hyphen.
const BREAKS: [&str; 8] = [" - ", " – ", " — ", " | ", " :: ", " · ", "_", "|"];

/// What stands between a name or label and the headline after it.
const COLONS: [&str; 7] = [": ", "：", " | ", " - ", " – ", " — ", "|"];

/// Brackets around a name or label.
const BRACKETS: [(char, char); 5] = [
    ('(', ')'),
    ('[', ']'),
    ('（', '）'),
    ('【', '】'),
    ('［', '］'),
];

/// A name or label at most, in bytes.
const NAME_AT_MOST: usize = 80;

/// Letters and digits of a headline at least: less is not cut further.
const LETTERS_AT_LEAST: usize = 8;

/// Rounds of cutting at most: `LIVE: headline (Video) - Outlet` takes three.
const ROUNDS: usize = 6;

/// A headline as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Headline<'t> {
    /// The headline itself.
    pub(super) text: &'t str,
    /// Whether its end is cut off.
    pub(super) cut: bool,
    /// The outlet, squashed: by the host of its links, or by its name where
    /// another passes it on.
    pub(super) outlet: String,
    /// Whether another passes it on.
    pub(super) passed_on: bool,
}

/// The item's headline without names and labels. `own` is what the source
/// calls itself, squashed; `parties` are the words by which the item names
/// parties, folded: "India: trade grows" is not of the Times of India alone.
pub(super) fn headline<'t>(item: &'t Item, own: &str, parties: &BTreeSet<String>) -> Headline<'t> {
    let host = item.link.as_ref().map(WebUrl::site);
    let aggregator = host.is_some_and(|host| AGGREGATORS.contains(&host));
    let names = Names {
        host: host.map(squash).unwrap_or_default(),
        own,
        parties,
        outlet: item.outlet.as_deref().map(squash).unwrap_or_default(),
    };
    let mut text = item.title.trim();
    let mut outlet = None;
    if aggregator && let Some((rest, name)) = last_part(text) {
        outlet = Some(squash(name));
        text = rest;
    }
    for _ in 0..ROUNDS {
        let Some(rest) = names.cut(text).filter(|rest| is_enough(rest)) else {
            break;
        };
        text = rest;
    }
    let passed_on = aggregator || item.outlet.is_some();
    let outlet = match (outlet, passed_on) {
        (_, true) if !names.outlet.is_empty() => names.outlet,
        (Some(name), _) => name,
        (None, _) => names.host,
    };
    let whole = text.trim_end_matches(['…', '.']).trim_end();
    let cut = text.ends_with('…') || text.ends_with("...");
    Headline {
        text: if cut { whole } else { text },
        cut,
        outlet,
        passed_on,
    }
}

/// Whether two squashed outlets are one: `newscn` and `englishnewscn`, `mint`
/// and `livemintcom`.
pub(super) fn one_outlet(a: &str, b: &str) -> bool {
    const LETTERS: usize = 4;
    const CHARACTERS: usize = 2;
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let enough = short.chars().count() >= LETTERS
        || short.chars().filter(|c| fold::stands_alone(*c)).count() >= CHARACTERS;
    short == long && !short.is_empty() || enough && long.contains(short)
}

/// Letters and digits alone, folded, without the article.
pub(super) fn squash(name: &str) -> String {
    let mut tokens = Tokens::default();
    tokens.read(name);
    let words = tokens.iter().map(|word| word.folded);
    let first = tokens.get(0).is_some_and(|word| word.folded == "the");
    words.skip(usize::from(first && tokens.len() > 1)).collect()
}

/// The names that this item's headline may carry.
struct Names<'o> {
    host: String,
    own: &'o str,
    parties: &'o BTreeSet<String>,
    outlet: String,
}

impl Names<'_> {
    /// `text` less one name or label; `None` if there is none.
    fn cut<'t>(&self, text: &'t str) -> Option<&'t str> {
        if let Some((rest, name)) = last_part(text)
            && self.is_name(name)
        {
            return Some(rest);
        }
        if let Some((name, rest)) = first_part(text)
            && self.is_name(name)
        {
            return Some(rest);
        }
        if let Some(rest) = wire_mark(text) {
            return Some(rest);
        }
        for (open, close) in BRACKETS {
            let last = text.strip_suffix(close).and_then(|t| t.rsplit_once(open));
            if let Some((rest, name)) = last
                && self.is_name(name)
            {
                return Some(rest.trim_end());
            }
            let first = text.strip_prefix(open).and_then(|t| t.split_once(close));
            if let Some((name, rest)) = first
                && self.is_name(name)
            {
                return Some(rest.trim_start());
            }
        }
        None
    }

    /// Whether `name` is an outlet's name, as far as we can know, or a label.
    /// A date after it (`РИА Новости, 27.08.2025`) is part of it.
    fn is_name(&self, name: &str) -> bool {
        if name.len() > NAME_AT_MOST {
            return false;
        }
        let bare = name
            .split_once(',')
            .filter(|(_, rest)| !rest.chars().any(char::is_alphabetic))
            .map_or(name, |(name, _)| name);
        let name = squash(bare);
        let labelled = name.trim_end_matches(|c: char| c.is_ascii_digit());
        // 新华社快讯 and Reuters LIVE are names with a label.
        let unlabelled = LABELS
            .iter()
            .find_map(|label| name.strip_suffix(label).filter(|rest| !rest.is_empty()));
        let known = |name: &str| {
            OUTLETS.binary_search(&name).is_ok()
                || name == self.own
                || name == self.outlet
                || one_outlet(name, &self.host)
                    && name.len() <= self.host.len()
                    && !self.parties.contains(name)
        };
        !name.is_empty()
            && (known(&name)
                || LABELS.binary_search(&labelled).is_ok()
                || unlabelled.is_some_and(known))
    }
}

/// A headline and what stands after its last break.
fn last_part(text: &str) -> Option<(&str, &str)> {
    let breaks = BREAKS
        .iter()
        .filter_map(|mark| Some((text.rfind(mark)?, mark.len())));
    let (at, len) = breaks.max()?;
    Some((
        text.get(..at)?.trim_end(),
        text.get(at + len..)?.trim_start(),
    ))
}

/// What stands before the first colon or break, and the headline after it.
fn first_part(text: &str) -> Option<(&str, &str)> {
    let colons = COLONS
        .iter()
        .filter_map(|mark| Some((text.find(mark)?, mark.len())));
    let (at, len) = colons.min()?;
    Some((
        text.get(..at)?.trim_end(),
        text.get(at + len..)?.trim_start(),
    ))
}

/// The headline after a wire's mark without a space: `UPDATE 2-Headline`.
fn wire_mark(text: &str) -> Option<&str> {
    const MARKS: [&str; 5] = ["UPDATE", "WRAPUP", "RPT", "CORRECTED", "REFILE"];
    let rest = MARKS.iter().find_map(|mark| text.strip_prefix(mark))?;
    let rest = rest
        .trim_start()
        .trim_start_matches(|c: char| c.is_ascii_digit());
    rest.strip_prefix('-')
}

fn is_enough(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphanumeric()).count() >= LETTERS_AT_LEAST
        || text.chars().filter(|c| fold::stands_alone(*c)).count() >= LETTERS_AT_LEAST / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WebUrl;

    #[track_caller]
    fn check(link: &str, title: &str, expected: &str) {
        let mut item = Item::new("1", title);
        item.link = WebUrl::parse(link);
        let own = squash("Степной вестник");
        assert_eq!(headline(&item, &own, &BTreeSet::new()).text, expected);
    }

    #[test]
    fn the_lists_are_in_order() {
        assert!(OUTLETS.is_sorted() && LABELS.is_sorted() && AGGREGATORS.is_sorted());
        for name in OUTLETS.iter().chain(&LABELS) {
            assert_eq!(squash(name), *name);
        }
    }

    #[test]
    fn names_and_labels_are_cut_off() {
        let any = "https://wire.example/1";
        for (title, expected) in [
            (
                "Leaders meet in Bishkek - Reuters",
                "Leaders meet in Bishkek",
            ),
            ("Leaders meet in Bishkek | TASS", "Leaders meet in Bishkek"),
            (
                "Leaders meet in Bishkek (Xinhua)",
                "Leaders meet in Bishkek",
            ),
            ("Xinhua: Leaders meet in Bishkek", "Leaders meet in Bishkek"),
            (
                "LIVE: Leaders meet in Bishkek (VIDEO)",
                "Leaders meet in Bishkek",
            ),
            (
                "UPDATE 2-Leaders meet in Bishkek",
                "Leaders meet in Bishkek",
            ),
            ("RPT-Leaders meet in Bishkek", "Leaders meet in Bishkek"),
            (
                "Саммит открылся - РИА Новости, 27.08.2025",
                "Саммит открылся",
            ),
            (
                "Срочно: Саммит открылся в Бишкеке",
                "Саммит открылся в Бишкеке",
            ),
            (
                "Саммит открылся в Бишкеке — Степной вестник",
                "Саммит открылся в Бишкеке",
            ),
            ("新华社快讯：上合组织峰会开幕", "上合组织峰会开幕"),
            (
                "【快讯】上合组织峰会在比什凯克开幕",
                "上合组织峰会在比什凯克开幕",
            ),
            (
                "上合组织峰会在比什凯克开幕_新华网",
                "上合组织峰会在比什凯克开幕",
            ),
        ] {
            check(any, title, expected);
        }
    }

    #[test]
    fn what_only_looks_like_a_name_stays() {
        let any = "https://wire.example/1";
        for title in [
            "Weather for today - Brest",
            "Китай - Россия: товарооборот вырос",
            "Live sheep exports grow",
            "Reuters - TASS",
            "Putin: summit was a success",
            "The deal is done – what comes next",
        ] {
            check(any, title, title);
        }
    }

    #[test]
    fn the_host_and_the_aggregator_tell_names_that_no_list_holds() {
        check(
            "https://www.livemint.example/1",
            "Leaders meet in Bishkek - Mint",
            "Leaders meet in Bishkek",
        );
        check(
            "https://news.google.com/rss/articles/CBM1",
            "Leaders meet in Bishkek - The Valley Post",
            "Leaders meet in Bishkek",
        );
        assert!(one_outlet("newscn", "englishnewscn") && one_outlet("mint", "livemintcom"));
        assert!(!one_outlet("", "riaru") && !one_outlet("riaru", "tassru"));
    }

    #[test]
    fn a_cut_headline_is_known_by_its_dots() {
        let cut = Item::new("1", "Leaders of ten countries meet in Bish…");
        let headline = headline(&cut, "", &BTreeSet::new());
        assert!(headline.cut);
        assert_eq!(headline.text, "Leaders of ten countries meet in Bish");
    }
}
