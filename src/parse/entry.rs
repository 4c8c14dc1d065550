//! From what stands in an entry of a page, a sitemap or a JSON list to an
//! item: cleaned, its link absolute, its date in the source's zone.

use std::collections::HashMap;
use std::ops::Range;

use jiff::Timestamp;

use super::page::DATE_AT_MOST;
use super::{Recipe, clean};
use crate::model::{Item, Parsed, Reading, Rung, Skipped, WebUrl};
use crate::text::{date, language, url};

/// Authors of one entry.
const AUTHORS_AT_MOST: usize = 16;

/// What the entries of one document have in common.
#[derive(Clone, Debug)]
pub(super) struct Ground<'r> {
    pub(super) recipe: &'r Recipe,
    /// What relative links are resolved against.
    base: WebUrl,
    /// The same to compare addresses with.
    canon: String,
    /// The document's own language.
    pub(super) language: Option<String>,
    /// When the document was answered, which "2 hours ago" is counted from.
    now: Timestamp,
}

/// One entry as found: texts may hold markup, the date is as written.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    pub(super) title: String,
    pub(super) link: String,
    pub(super) date: Option<String>,
    pub(super) lead: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) categories: Vec<String>,
    pub(super) language: Option<String>,
}

impl<'r> Ground<'r> {
    pub(super) fn new(recipe: &'r Recipe, base: &WebUrl, now: Timestamp) -> Self {
        Self {
            recipe,
            base: base.clone(),
            canon: url::canon(base),
            language: None,
            now,
        }
    }

    pub(super) fn base(&self) -> &WebUrl {
        &self.base
    }

    /// What the document says that its links are relative to.
    pub(super) fn rebase(&mut self, base: WebUrl) {
        self.canon = url::canon(&base);
        self.base = base;
    }

    /// The moment that `text` names, in the source's zone if it names none.
    pub(super) fn date(&self, text: &str) -> Option<Timestamp> {
        date::read_in(self.recipe.manner, text, &self.recipe.zone, self.now)
    }

    /// Whether a moment is later than any place's today.
    pub(super) fn is_to_come(&self, moment: Timestamp) -> bool {
        const DAY: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);
        moment.duration_since(self.now) > DAY
    }

    /// This clock of the day of the answer; none if it is still to come.
    pub(super) fn today_at(&self, clock: &str) -> Option<String> {
        let today = self.recipe.zone.to_datetime(self.now).date();
        let moment = self.date(&format!("{today} {clock}"))?;
        (moment <= self.now).then(|| today.to_string())
    }

    /// Where a link leads; nowhere if it stays on this very page.
    pub(super) fn link(&self, href: &str) -> Option<WebUrl> {
        let href = href.trim();
        if href.is_empty() || href.starts_with('#') {
            return None;
        }
        let link = url::unwrapped(&self.base.join(href)?);
        (url::canon(&link) != self.canon).then_some(link)
    }

    /// The item of an entry.
    pub(super) fn item(&self, entry: Entry) -> Result<Item, &'static str> {
        let title = clean::title(&entry.title).ok_or("its headline is empty")?;
        let link = self.link(&entry.link).ok_or("its link is no web address")?;
        let mut item = Item::new("", title);
        item.canon = Some(url::canon(&link));
        item.link = Some(link);
        let (lead, byline) = clean::first_lead(entry.lead.as_deref(), Some(&item.title), None);
        item.lead = lead;
        item.byline.extend(byline);
        let authors: Vec<String> = entry
            .authors
            .iter()
            .take(AUTHORS_AT_MOST)
            .filter_map(|author| clean::author(author))
            .flat_map(clean::people)
            .collect();
        if !authors.is_empty() {
            item.byline = authors;
        }
        item.categories = entry.categories;
        item.stated = entry.date.as_deref().and_then(|text| self.date(text));
        item.language = entry
            .language
            .as_deref()
            .and_then(language::tag)
            .or_else(|| self.recipe.language.clone())
            .or_else(|| self.language.clone())
            .or_else(|| language::guess(&item.title).map(str::to_owned));
        item.key = clean::key(&item, None, item.canon.as_deref(), entry.date.as_deref());
        Ok(item)
    }

    /// The items of these entries, each once. What cannot become an item is
    /// said and left out (law 5).
    pub(super) fn parsed(
        &self,
        rung: Rung,
        entries: impl IntoIterator<Item = Result<Entry, String>>,
    ) -> Parsed {
        let mut parsed = Parsed {
            format: format!("list page ({})", rung.as_str()),
            reading: Some(Reading {
                rung,
                ..Reading::default()
            }),
            language: self.language.clone(),
            ..Parsed::default()
        };
        let mut places = HashMap::new();
        for (at, entry) in entries.into_iter().enumerate() {
            match entry.and_then(|entry| self.item(entry).map_err(str::to_owned)) {
                Ok(item) => super::add(&mut parsed.items, &mut places, item),
                Err(why) => parsed.skipped.push(Skipped {
                    what: format!("entry {}", at + 1),
                    why,
                }),
            }
        }
        parsed
    }
}

/// The day that an address names in its path: `/2026/11/20/`, `/20261120/`,
/// `/2026-11/20/`, `/202611/20/`, `/2026/1120/`, `/t20261120_1.html`,
/// `/2026-11-20-…`.
pub(super) fn day_in(link: &WebUrl) -> Option<String> {
    let segments: Vec<&str> = link.as_url().path().split('/').collect();
    (0..segments.len()).find_map(|at| {
        let segment = |n: usize| segments.get(at + n).copied().unwrap_or_default();
        let first = segment(0);
        let numbers: Vec<&str> = first.splitn(4, ['-', '_']).collect();
        match (numbers.as_slice(), first.len()) {
            ([y, m, d, ..], _) if y.len() == 4 => day(y, m, d),
            ([y, m], _) if y.len() == 4 => day(y, m, segment(1)),
            ([y], 4) if segment(1).len() == 4 => day(y, segment(1).get(..2)?, segment(1).get(2..)?),
            ([y], 4) => day(y, segment(1), segment(2)),
            ([ym], 6) => day(ym.get(..4)?, ym.get(4..)?, segment(1)),
            ([ymd], 8) => compact_day(ymd),
            ([tymd, ..], _) if tymd.len() == 9 => compact_day(tymd.strip_prefix('t')?),
            _ => None,
        }
    })
}

fn compact_day(digits: &str) -> Option<String> {
    day(digits.get(..4)?, digits.get(4..6)?, digits.get(6..8)?)
}

fn day(year: &str, month: &str, day: &str) -> Option<String> {
    let number = |text: &str| {
        let digits = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<i16>().ok())?
    };
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    if !(1995..=2100).contains(&year) {
        return None;
    }
    let date = jiff::civil::Date::new(year, month.try_into().ok()?, day.try_into().ok()?);
    date.ok().map(|date| date.to_string())
}

/// Whether a date as written also says the hour.
pub(super) fn has_clock(text: &str) -> bool {
    clock_in(text).is_some() || is_epoch(text)
}

fn is_epoch(text: &str) -> bool {
    matches!(text.trim().len(), 10 | 13) && text.trim().bytes().all(|b| b.is_ascii_digit())
}

/// The first `14:05` or `14:05:30` of a text, in the digits of any script that
/// dates are read in.
pub(super) fn clock_in(text: &str) -> Option<&str> {
    let is_other = |c: char| !c.is_ascii() && date::ascii_digit(c).is_some();
    if text.len() > 2 * DATE_AT_MOST || !text.contains(is_other) {
        return ascii_clock(text).and_then(|clock| text.get(clock));
    }
    let letters: String = text
        .chars()
        .map(|c| date::ascii_digit(c).unwrap_or(if c.is_ascii() { c } else { ' ' }))
        .collect();
    let clock = ascii_clock(&letters)?;
    let place = |at: usize| text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
    text.get(place(clock.start)..place(clock.end))
}

fn ascii_clock(text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    (0..bytes.len()).find_map(|colon| {
        if bytes.get(colon) != Some(&b':') || !digit(colon + 1) || !digit(colon + 2) {
            return None;
        }
        let start = match colon {
            0 => return None,
            _ if !digit(colon - 1) => return None,
            1 => 0,
            _ if digit(colon - 2) => colon - 2,
            _ => colon - 1,
        };
        // The offset of a zone is no clock.
        let before = start.checked_sub(1).and_then(|at| bytes.get(at));
        if matches!(before, Some(b'+' | b'-' | b':')) {
            return None;
        }
        let seconds = bytes.get(colon + 3) == Some(&b':') && digit(colon + 4) && digit(colon + 5);
        Some(start..colon + if seconds { 6 } else { 3 })
    })
}

/// Characters of a text that are weighed: with so many it is long.
const WEIGHED: usize = 4_000;

/// How much a reader reads in a text: its letters, where a Chinese or Korean
/// one counts for two and a half.
pub(super) fn weight(text: &str) -> usize {
    let (wide, narrow) = text
        .chars()
        .take(WEIGHED)
        .filter(|c| is_alphanumeric(*c))
        .fold((0, 0), |(wide, narrow), c| match c {
            '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{323af}' => {
                (wide + 1, narrow)
            }
            _ => (wide, narrow + 1),
        });
    narrow + wide * 5 / 2
}

/// [`char::is_alphanumeric`], which is slow beyond ASCII, with a short way for
/// the alphabets of most pages.
fn is_alphanumeric(c: char) -> bool {
    matches!(
        c,
        '\u{410}'..='\u{44f}' | '\u{620}'..='\u{64a}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}'
    ) || c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_leads_to_letters() {
        let all = ('\0'..=char::MAX).filter(|c| is_alphanumeric(*c));
        assert!(all.eq(('\0'..=char::MAX).filter(|c| c.is_alphanumeric())));
    }

    #[test]
    fn addresses_name_days() {
        for (path, expected) in [
            ("2026/11/20/talks", Some("2026-11-20")),
            ("20261120/talks-1.html", Some("2026-11-20")),
            ("english/2026-11/20/c_1.htm", Some("2026-11-20")),
            ("a/202611/20/WS1.html", Some("2026-11-20")),
            ("2026-11-20-talks", Some("2026-11-20")),
            ("eng/xw/202611/t20261120_11900.html", Some("2026-11-20")),
            ("n1/2026/1120/c1-1000.html", Some("2026-11-20")),
            ("n1/2026/1320/c1-1000.html", None),
            ("t12345678_9.html", None),
            ("2026/13/20/talks", None),
            ("20261399/talks", None),
            ("12345678/talks", None),
            ("2026/talks", None),
            ("news/1234567", None),
        ] {
            let link = WebUrl::parse(&format!("https://volga.example/{path}")).unwrap();
            assert_eq!(day_in(&link).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn a_clock_is_told_from_a_zone() {
        for (text, expected) in [
            ("20 Nov 14:05", Some("14:05")),
            ("9:05:30 today", Some("9:05:30")),
            ("2026-11-20T14:05:00+03:00", Some("14:05:00")),
            ("2026-11-20 +03:00", None),
            ("20.11.2026", None),
            ("a:50", None),
        ] {
            assert_eq!(clock_in(text), expected, "{text}");
        }
    }

    #[test]
    fn chinese_letters_weigh_more() {
        assert_eq!(weight("Talks, 2026"), 9);
        assert_eq!(weight("上海合作组织"), 15);
    }
}
