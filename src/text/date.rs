//! Dates as publishers write them: RFC 822 and RFC 3339 with every liberty
//! taken, the forms of list pages, months in a dozen languages.
//!
//! # Why not a library
//! Those that read RFC 2822 refuse a missing comma, seconds or zone, and take
//! `MSK` for UTC. Here the words and numbers of a date are told apart first,
//! and what they name is decided then; what could be two days is no date.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// Longer text is no date (C-11, H-66).
const BYTES_AT_MOST: usize = 128;

/// News of other years is a mistake of its source (H-64, H-65).
const YEARS: std::ops::RangeInclusive<i16> = 1990..=2100;

/// The moment that `text` names; `zone` is the source's own, for dates
/// without one. `None` if it names none: never a guess.
pub fn read(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let end = (0..=text.len().min(BYTES_AT_MOST))
        .rev()
        .find(|at| text.is_char_boundary(*at))?;
    let text = text.get(..end)?.trim();
    if let Some(moment) = epoch(text) {
        return Some(moment);
    }
    let parts = parts(text);
    let (date, used) = date(&parts).filter(|(date, _)| YEARS.contains(&date.year()))?;
    let (time, offset) = time(&parts, &used);
    let (time, next_day) = match time {
        None => (Time::midnight(), false),
        Some((24, 0, 0)) => (Time::midnight(), true),
        // A leap second is the last of its minute.
        Some((hour, minute, second)) => (Time::new(hour, minute, second.min(59), 0).ok()?, false),
    };
    let moment = DateTime::from_parts(date, time);
    let zone = match offset {
        Some(offset) => TimeZone::fixed(offset),
        None => zone.clone(),
    };
    let moment = zone.to_ambiguous_timestamp(moment).compatible().ok()?;
    if next_day {
        moment.checked_add(SignedDuration::from_hours(24)).ok()
    } else {
        Some(moment)
    }
}

/// Seconds or milliseconds since 1970, of this century.
fn epoch(text: &str) -> Option<Timestamp> {
    let digits = matches!(text.len(), 10 | 13) && text.bytes().all(|b| b.is_ascii_digit());
    let number: i64 = text.parse().ok().filter(|_| digits)?;
    let moment = if text.len() == 10 {
        Timestamp::from_second(number)
    } else {
        Timestamp::from_millisecond(number)
    };
    moment
        .ok()
        .filter(|moment| moment.as_second() > 946_684_800)
}

/// A number, a word, or a mark between them.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part<'t> {
    Number(&'t str),
    Word(&'t str),
    Mark(char),
    Space,
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let run = |of: fn(char) -> bool| rest.find(|c| !of(c)).unwrap_or(rest.len());
        let len = if c.is_ascii_digit() {
            run(|c| c.is_ascii_digit())
        } else if c.is_alphabetic() && !is_cjk_unit(c) {
            run(|c| c.is_alphabetic() && !is_cjk_unit(c))
        } else if c.is_whitespace() {
            run(char::is_whitespace)
        } else {
            c.len_utf8()
        };
        let (head, tail) = rest.split_at_checked(len).unwrap_or((rest, ""));
        parts.push(if c.is_ascii_digit() {
            Part::Number(head)
        } else if c.is_alphabetic() {
            Part::Word(head)
        } else if c.is_whitespace() {
            Part::Space
        } else {
            Part::Mark(c)
        });
        rest = tail;
    }
    parts
}

fn is_cjk_unit(c: char) -> bool {
    matches!(c, '年' | '月' | '日' | '时' | '時' | '分' | '秒' | '号')
}

/// The day, and the places of the parts that named it.
fn date(parts: &[Part<'_>]) -> Option<(Date, Vec<usize>)> {
    numeric(parts)
        .or_else(|| chinese(parts))
        .or_else(|| named_month(parts))
}

/// `2026-11-23`, `2026/11/23`, `23.11.2026`, `20261123`.
fn numeric(parts: &[Part<'_>]) -> Option<(Date, Vec<usize>)> {
    for (at, window) in parts.windows(5).enumerate() {
        let [
            Part::Number(a),
            Part::Mark(m),
            Part::Number(b),
            Part::Mark(n),
            Part::Number(c),
        ] = window
        else {
            continue;
        };
        if m != n || !matches!(m, '-' | '/' | '.') {
            continue;
        }
        let used: Vec<usize> = (at..at + 5).collect();
        if a.len() == 4 {
            return Some((day(a, b, c)?, used));
        }
        if c.len() == 4 {
            // With slashes Americans put the month first: read only what
            // cannot be misread.
            return match m {
                '/' => unambiguous(a, b, c).map(|date| (date, used)),
                _ => Some((day(c, b, a)?, used)),
            };
        }
    }
    let at = parts
        .iter()
        .position(|part| matches!(part, Part::Number(n) if n.len() == 8))?;
    let Some(Part::Number(n)) = parts.get(at) else {
        return None;
    };
    Some((day(n.get(..4)?, n.get(4..6)?, n.get(6..)?)?, vec![at]))
}

fn unambiguous(a: &str, b: &str, year: &str) -> Option<Date> {
    match (a.parse::<u8>().ok()?, b.parse::<u8>().ok()?) {
        (13.., _) => day(year, b, a),
        (_, 13..) => day(year, a, b),
        (same, other) if same == other => day(year, a, b),
        _ => None,
    }
}

/// `2026年11月23日`.
fn chinese(parts: &[Part<'_>]) -> Option<(Date, Vec<usize>)> {
    let places: Vec<usize> = (0..parts.len())
        .filter(|at| parts.get(*at) != Some(&Part::Space))
        .collect();
    for window in places.windows(5) {
        let [a, b, c, d, e] = window else { continue };
        let get = |at: &usize| parts.get(*at).copied();
        if let (
            Some(Part::Number(y)),
            Some(Part::Word("年")),
            Some(Part::Number(m)),
            Some(Part::Word("月")),
            Some(Part::Number(d_)),
        ) = (get(a), get(b), get(c), get(d), get(e))
        {
            return Some((day(y, m, d_)?, window.to_vec()));
        }
    }
    None
}

/// `Mon, 23 Nov 2026`, `Nov 23rd, 2026`, `23-Nov-26`, `23 ноября 2026`,
/// asctime's `Mon Nov 23 10:00:00 2026`.
fn named_month(parts: &[Part<'_>]) -> Option<(Date, Vec<usize>)> {
    let (at, month) = parts.iter().enumerate().find_map(|(at, part)| match part {
        Part::Word(word) => Some((at, month_number(word)?)),
        _ => None,
    })?;
    // A clock's numbers have a colon beside them.
    let clock = |at: usize| {
        let colon = |at: Option<usize>| at.and_then(|at| parts.get(at)) == Some(&Part::Mark(':'));
        colon(at.checked_sub(1)) || colon(Some(at + 1))
    };
    let signed = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| parts.get(at));
        let offset = matches!(before, Some(Part::Mark('+' | '-')));
        let dash_date =
            at.checked_sub(2) == Some(at_of_month(parts, at)) && before == Some(&Part::Mark('-'));
        offset && !dash_date && at > 2
    };
    let numbers: Vec<(usize, &str)> = parts
        .iter()
        .enumerate()
        .filter_map(|(at, part)| match part {
            Part::Number(n) if !clock(at) && !signed(at) => Some((at, *n)),
            _ => None,
        })
        .collect();
    let month = month.to_string();
    let mut before = numbers.iter().filter(|(n, _)| *n < at).rev();
    let mut after = numbers.iter().filter(|(n, _)| *n > at);
    let ((day_at, d), (year_at, y)) = match before.next() {
        Some(day) if day.1.len() <= 2 => (*day, *after.next()?),
        _ => (
            *after.next()?,
            *after.find(|(_, n)| matches!(n.len(), 2 | 4))?,
        ),
    };
    Some((day(y, &month, d)?, vec![day_at, at, year_at]))
}

/// The month's place for `23-Nov-2026`: two parts before the year.
fn at_of_month(parts: &[Part<'_>], at: usize) -> usize {
    let place = at.wrapping_sub(2);
    match parts.get(place) {
        Some(Part::Word(word)) if month_number(word).is_some() => place,
        _ => usize::MAX,
    }
}

/// A day that exists. Two-digit years are of 1970 to 2069.
fn day(year: &str, month: &str, day: &str) -> Option<Date> {
    let mut number: i16 = year.parse().ok()?;
    if year.len() == 2 {
        number += if number < 70 { 2000 } else { 1900 };
    } else if year.len() != 4 {
        return None;
    }
    Date::new(number, month.parse().ok()?, day.parse().ok()?).ok()
}

type Clock = (i8, i8, i8);

/// The clock and the zone, as far as they are stated.
fn time(parts: &[Part<'_>], used: &[usize]) -> (Option<Clock>, Option<Offset>) {
    let number = |at: usize| match parts.get(at) {
        Some(Part::Number(n)) if n.len() <= 2 && !used.contains(&at) => n.parse::<i8>().ok(),
        _ => None,
    };
    let unit = |at: usize, units: &[&str]| match parts.get(at) {
        Some(Part::Mark(':')) => true,
        Some(Part::Word(word)) => units.contains(word),
        _ => false,
    };
    let found = (0..parts.len()).find_map(|at| {
        let hour = number(at)?;
        if !unit(at + 1, &["时", "時", "h"]) {
            return None;
        }
        // `+03:00` is no clock.
        let before = at.checked_sub(1).and_then(|at| parts.get(at));
        let earlier = at.checked_sub(2).and_then(|at| parts.get(at));
        if matches!(before, Some(Part::Mark('+' | '-' | '−')))
            && matches!(earlier, Some(Part::Number(_) | Part::Space | Part::Word(_)))
        {
            return None;
        }
        let minute = number(at + 2).unwrap_or(0);
        let second = if unit(at + 3, &["分"]) {
            number(at + 4)
        } else {
            None
        };
        let end = match second {
            Some(_) => at + 5,
            None => at + 3,
        };
        Some(((hour, minute, second.unwrap_or(0)), end))
    });
    let Some(((mut hour, minute, second), mut end)) = found else {
        return (None, zone(parts, 0, used));
    };
    // A fraction of a second does not count.
    if let (Some(Part::Mark('.' | ',')), Some(Part::Number(_))) =
        (parts.get(end), parts.get(end + 1))
    {
        end += 2;
    }
    let half = parts.iter().find_map(|part| match part {
        Part::Word(word) if word.eq_ignore_ascii_case("am") => Some(0),
        Part::Word(word) if word.eq_ignore_ascii_case("pm") => Some(12),
        _ => None,
    });
    if let Some(half) = half.filter(|_| (1..=12).contains(&hour)) {
        hour = hour % 12 + half;
    }
    (Some((hour, minute, second)), zone(parts, end, used))
}

/// The zone that stands from `start` on, else anywhere by name.
fn zone(parts: &[Part<'_>], start: usize, used: &[usize]) -> Option<Offset> {
    let mut named = None;
    for (at, part) in parts.iter().enumerate().skip(start) {
        if used.contains(&at) {
            continue;
        }
        match part {
            Part::Mark(sign @ ('+' | '-' | '−')) => {
                if let Some(offset) = numeric_offset(*sign, parts.get(at + 1..)?) {
                    return Some(offset);
                }
            }
            Part::Word(word) => named = named.or_else(|| named_offset(word)),
            _ => {}
        }
    }
    named.and_then(|minutes| Offset::from_seconds(minutes * 60).ok())
}

fn numeric_offset(sign: char, after: &[Part<'_>]) -> Option<Offset> {
    let (hours, minutes): (i32, i32) = match after {
        [Part::Number(h), Part::Mark(':'), Part::Number(m), ..] if h.len() <= 2 && m.len() == 2 => {
            (h.parse().ok()?, m.parse().ok()?)
        }
        [Part::Number(n), ..] if n.len() == 4 => {
            (n.get(..2)?.parse().ok()?, n.get(2..)?.parse().ok()?)
        }
        [Part::Number(n), ..] if n.len() <= 2 => (n.parse().ok()?, 0),
        _ => return None,
    };
    if hours > 14 || minutes > 59 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60;
    Offset::from_seconds(if sign == '+' { seconds } else { -seconds }).ok()
}

/// Minutes east of Greenwich of the zone names that feeds use.
fn named_offset(word: &str) -> Option<i32> {
    Some(match word.to_ascii_uppercase().as_str() {
        "Z" | "GMT" | "UTC" | "UT" | "WET" => 0,
        "CET" | "BST" | "MEZ" | "WEST" => 60,
        "CEST" | "EET" | "MESZ" | "SAST" => 120,
        "MSK" | "EEST" | "TRT" | "МСК" => 180,
        "IRST" => 210,
        "GST" | "SAMT" | "AZT" | "AMT" => 240,
        "AFT" => 270,
        "UZT" | "TJT" | "PKT" | "YEKT" | "TMT" => 300,
        "IST" => 330,
        "KGT" | "OMST" => 360,
        "ICT" | "WIB" => 420,
        "HKT" | "SGT" | "ULAT" => 480,
        "JST" | "KST" => 540,
        "EDT" => -240,
        "EST" | "CDT" => -300,
        "CST" | "MDT" => -360,
        "MST" | "PDT" => -420,
        "PST" => -480,
        _ => return None,
    })
}

/// The month that a word names: English, Russian, Ukrainian, German, French,
/// Spanish, Portuguese, Italian, Turkish, Kazakh, Uzbek. Three letters are
/// enough where no other month begins with them.
fn month_number(word: &str) -> Option<u8> {
    const MONTHS: [&[&str]; 12] = [
        &["jan", "ene", "янв", "січ", "oca", "қаң", "yan"],
        &["feb", "fév", "fev", "фев", "лют", "şub", "ақп"],
        &["mar", "mär", "мар", "бер", "нау"],
        &["apr", "avr", "abr", "апр", "квіт", "nis", "сәу"],
        &["may", "mai", "mag", "май", "мая", "мае", "трав"],
        &["jun", "juin", "giu", "июн", "черв", "haz", "мау", "iyun"],
        &["jul", "juil", "lug", "июл", "лип", "tem", "шіл", "iyul"],
        &["aug", "aoû", "ago", "авг", "серп", "ağu", "там", "avg"],
        &["sep", "set", "сен", "вер", "eyl", "қыр", "sen"],
        &["oct", "okt", "ott", "out", "окт", "жовт", "eki", "қаз"],
        &["nov", "ноя", "лист", "kas", "қар", "noy"],
        &[
            "dec", "dez", "déc", "dic", "дек", "груд", "ara", "жел", "dek",
        ],
    ];
    let word = word.to_lowercase();
    if word.chars().count() < 3 {
        return None;
    }
    let number = MONTHS
        .iter()
        .position(|names| names.iter().any(|name| word.starts_with(name)))?;
    u8::try_from(number + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let beijing = TimeZone::fixed(Offset::from_hours(8).unwrap());
        let found = read(text, &beijing).map_or("none".to_owned(), |moment| moment.to_string());
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn the_forms_of_feeds() {
        for text in [
            "Mon, 23 Nov 2026 10:00:00 GMT",
            "Mon, 23 Nov 2026 13:00:00 +0300",
            "23 Nov 2026 10:00 UT",
            "Mon 23 Nov 2026 10:00:00 Z",
            "Mon, 23 Nov 26 05:00:00 EST",
            "Mon, 23 Nov, 2026 13:00:00 MSK",
            "2026-11-23T10:00:00Z",
            "2026-11-23T10:00:00.123456Z",
            "2026-11-23T13:00+03:00",
            "2026-11-23 13:00:00 +0300",
            "2026-11-23T18:00",
            "2026-11-23 18:00:00",
            "Mon Nov 23 18:00:00 2026",
            "November 23, 2026 6:00 PM",
            "Nov 23rd, 2026 06:00:00 pm",
            "1795428000",
            "1795428000000",
            "20261123T180000",
        ] {
            if text == "20261123T180000" {
                check(text, "2026-11-22T16:00:00Z");
            } else {
                check(text, "2026-11-23T10:00:00Z");
            }
        }
    }

    #[test]
    fn the_forms_of_list_pages() {
        check("23.11.2026 10:00", "2026-11-23T02:00:00Z");
        check("10:00, 23.11.2026", "2026-11-23T02:00:00Z");
        check("2026年11月23日 10:00", "2026-11-23T02:00:00Z");
        check("2026年11月23日10时05分", "2026-11-23T02:05:00Z");
        check("01-Sep-2025", "2025-08-31T16:00:00Z");
        check("21:16, 01-Sep-2025", "2025-09-01T13:16:00Z");
        check("Published: Sep 01, 2025 10:22 PM", "2025-09-01T14:22:00Z");
        check("27 августа 2025, 14:02", "2025-08-27T06:02:00Z");
        check("27 авг 2025", "2025-08-26T16:00:00Z");
        check("3 Mayıs 2026 09:30", "2026-05-03T01:30:00Z");
        check("2. März 2026", "2026-03-01T16:00:00Z");
        check("25/12/2026", "2026-12-24T16:00:00Z");
    }

    #[test]
    fn what_names_no_moment_is_none() {
        for text in [
            "",
            "yesterday",
            "Лента новостей",
            "30 Feb 2026",
            "2026-13-01",
            "Mon, 23 Nov 2026 25:00:00 GMT",
            "03/04/2026",
            "02 Mordad 1405",
            "12:30",
            "23 Nov",
            "-1",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "99999999999999999999",
        ] {
            check(text, "none");
        }
    }

    #[test]
    fn the_hour_after_the_last_is_the_next_day() {
        check("2026-11-23T24:00:00Z", "2026-11-24T00:00:00Z");
        check("2026-11-23T23:59:60Z", "2026-11-23T23:59:59Z");
    }

    #[test]
    fn a_date_of_a_mebibyte_is_cut() {
        check(
            &format!("Mon, 23 Nov 2026 10:00:00 GMT {}", "(".repeat(1 << 20)),
            "2026-11-23T10:00:00Z",
        );
    }
}
