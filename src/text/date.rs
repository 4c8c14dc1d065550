//! Dates as publishers write them: RFC 822 and RFC 3339 with every liberty
//! taken, the forms of list pages, the months of forty languages, the solar
//! calendar, "2 hours ago".
//!
//! # Why not a library
//! Those that read RFC 2822 refuse a missing comma, seconds or zone, and take
//! `MSK` for UTC. Here the words and numbers of a date are told apart first,
//! and what they name is decided then; what could be two days is no date.

mod alone;
mod manner;
mod month;
mod relative;
mod zone;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

pub use alone::is_alone;
pub use manner::Manner;
use manner::Order;
use month::Month;
use relative::Relative;

/// Longer text is no date (C-11, H-66).
const BYTES_AT_MOST: usize = 128;

/// News of other years is a mistake of its source (H-64, H-65).
const YEARS: std::ops::RangeInclusive<i16> = 1990..=2100;

/// How far ahead of the response a date without a year may lie: it is
/// tomorrow already where the source is.
const AHEAD_AT_MOST: i32 = 2;

/// The moment that `text` names. `zone` is the source's own, for dates
/// without one; `now` is when the document was answered, which "2 hours ago"
/// is counted from. `None` if it names none: never a guess.
pub fn read(text: &str, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    read_in(Manner::default(), text, zone, now)
}

/// The same in a document whose manner is known.
pub fn read_in(manner: Manner, text: &str, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    let text = plainer(text);
    let text = text.trim();
    if let Some(moment) = epoch(text) {
        return Some(moment);
    }
    let today = zone.to_datetime(now).date();
    let parts = Parts::of(text);
    let clock = Clock::of(&parts, zone);
    if let Some(day) = date(&parts, &clock, None, manner) {
        return clock.on(day, zone);
    }
    match relative::read(&text.to_lowercase(), today, now) {
        Some(Relative::Moment(moment)) => return Some(moment),
        Some(Relative::Day(day)) => return clock.on(day, zone),
        None => {}
    }
    if let Some(day) = date(&parts, &clock, Some(today), manner) {
        return clock.on(day, zone);
    }
    let parts = parts.glued()?;
    let clock = Clock::of(&parts, zone);
    let day = date(&parts, &clock, None, manner)?;
    clock.on(day, zone)
}

/// Whether `text` names a moment, whatever the zone and the moment of the
/// answer.
pub fn can_be_read(text: &str) -> bool {
    // Relative forms need a present; which one does not matter.
    const PRESENT: i64 = 1_767_225_600;
    Timestamp::from_second(PRESENT).is_ok_and(|now| read(text, &TimeZone::UTC, now).is_some())
}

/// Digits of every script as ASCII, marks of every width as the common ones,
/// no more than a date is long.
fn plainer(text: &str) -> String {
    let mut plainer = String::with_capacity(BYTES_AT_MOST);
    for c in text.trim_start().chars() {
        if plainer.len() + c.len_utf8() > BYTES_AT_MOST {
            break;
        }
        if let Some(digit) = ascii_digit(c) {
            plainer.push(digit);
            continue;
        }
        plainer.push(match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' => '-',
            '：' => ':',
            '／' => '/',
            '．' => '.',
            // Direction marks and joiners stand inside Persian dates.
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => continue,
            c => c,
        });
    }
    month::in_one_word(plainer)
}

/// A digit of any script that dates are read in, as ASCII has it.
pub fn ascii_digit(c: char) -> Option<char> {
    const ZEROS: [u32; 8] = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50, 0x1040, 0x17e0, 0xff10];
    if c.is_ascii() {
        return Some(c).filter(char::is_ascii_digit);
    }
    let of = |zero: &u32| char::from_digit(u32::from(c).checked_sub(*zero)?, 10);
    ZEROS.iter().find_map(of)
}

/// Seconds, milliseconds or microseconds since 1970, of this century; also as
/// .NET writes them: `/Date(1795428000000+0300)/`.
fn epoch(text: &str) -> Option<Timestamp> {
    let text = text
        .split_once("Date(")
        .and_then(|(_, number)| number.split([')', '+', '-']).next())
        .unwrap_or(text);
    let text = text.split_once('.').map_or(text, |(whole, fraction)| {
        let is_fraction = fraction.len() <= 9 && fraction.bytes().all(|b| b.is_ascii_digit());
        if is_fraction { whole } else { text }
    });
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i64 = text.parse().ok()?;
    let moment = match text.len() {
        10 => Timestamp::from_second(number),
        13 => Timestamp::from_millisecond(number),
        16 => Timestamp::from_microsecond(number),
        _ => return None,
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

struct Parts<'t>(Vec<Part<'t>>);

/// No date has more parts: what follows is prose, or made to be slow.
const PARTS_AT_MOST: usize = 56;

impl<'t> Parts<'t> {
    fn of(text: &'t str) -> Self {
        let mut parts = Vec::with_capacity(24);
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if parts.len() == PARTS_AT_MOST {
                break;
            }
            let run = |of: fn(char) -> bool| rest.find(|c| !of(c)).unwrap_or(rest.len());
            let len = if c.is_ascii_digit() {
                run(|c| c.is_ascii_digit())
            } else if is_letter(c) {
                run(is_letter)
            } else if c.is_whitespace() {
                run(char::is_whitespace)
            } else {
                c.len_utf8()
            };
            let (head, tail) = rest.split_at_checked(len).unwrap_or((rest, ""));
            if let Some((year, hour)) = glued_clock(head, tail) {
                parts.extend([Part::Number(year), Part::Space, Part::Number(hour)]);
                rest = tail;
                continue;
            }
            parts.push(if c.is_ascii_digit() {
                Part::Number(head)
            } else if is_letter(c) {
                Part::Word(head)
            } else if c.is_whitespace() {
                Part::Space
            } else {
                Part::Mark(c)
            });
            rest = tail;
        }
        Self(parts)
    }

    /// The same without the spaces inside dates of numbers, if there are any:
    /// `2026. 11. 23.` is `2026.11.23.`, `2026 11 / 23` is `2026/11/23`.
    fn glued(&self) -> Option<Self> {
        let is_number = |part: Option<&Part<'_>>| matches!(part, Some(Part::Number(_)));
        let is_mark = |part: Option<&Part<'_>>| matches!(part, Some(Part::Mark('.' | '/' | '-')));
        let mut glued: Vec<Part<'t>> = Vec::with_capacity(self.0.len());
        for (at, part) in self.0.iter().enumerate() {
            let (before, next) = (glued.last(), self.0.get(at + 1));
            let is_inside = *part == Part::Space
                && ((is_number(before) && is_mark(next)) || (is_mark(before) && is_number(next)));
            if !is_inside {
                glued.push(*part);
            }
        }
        for at in 0..glued.len() {
            let four = glued.get(at..at + 4);
            if let Some([Part::Number(year), Part::Space, Part::Number(_), mark]) = four
                && year.len() == 4
                && is_mark(Some(mark))
                && glued.get(at + 5) != Some(mark)
            {
                let mark = *mark;
                if let Some(space) = glued.get_mut(at + 1) {
                    *space = mark;
                }
                return Some(Self(glued));
            }
        }
        (glued.len() < self.0.len()).then_some(Self(glued))
    }

    fn get(&self, at: usize) -> Option<Part<'t>> {
        self.0.get(at).copied()
    }

    /// The place of the first part from `at` on that is no space.
    fn solid(&self, at: usize) -> usize {
        at + usize::from(self.get(at) == Some(Part::Space))
    }

    fn before(&self, at: usize) -> Option<Part<'t>> {
        self.get(at.checked_sub(1)?)
    }

    fn number(&self, at: usize) -> Option<&'t str> {
        match self.get(at) {
            Some(Part::Number(digits)) => Some(digits),
            _ => None,
        }
    }

    fn word(&self, at: usize) -> Option<&'t str> {
        match self.get(at) {
            Some(Part::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn words(&self) -> impl Iterator<Item = (usize, &'t str)> {
        self.0
            .iter()
            .enumerate()
            .filter_map(|(at, part)| match part {
                Part::Word(word) => Some((at, *word)),
                _ => None,
            })
    }
}

/// A year and the hour of the clock that stands behind it without a space, as
/// in the text of two elements: `26 November 202614:35`.
fn glued_clock<'t>(digits: &'t str, tail: &str) -> Option<(&'t str, &'t str)> {
    let (year, hour) = digits.split_at_checked(4)?;
    let is_year = year.starts_with("19") || year.starts_with("20");
    let is_hour = matches!(hour.len(), 1..=2) && hour.parse::<u8>().is_ok_and(|hour| hour < 24);
    let minute = tail.strip_prefix(':')?.as_bytes();
    let is_clock = minute.iter().take(2).filter(|b| b.is_ascii_digit()).count() == 2;
    (is_year && is_hour && is_clock).then_some((year, hour))
}

/// Letters of words; those that stand for a unit behind a number in Chinese,
/// Japanese and Korean are marks.
fn is_letter(c: char) -> bool {
    (c.is_alphabetic() || is_mark(c)) && !is_unit(c)
}

fn is_mark(c: char) -> bool {
    !c.is_ascii() && unicode_normalization::char::is_combining_mark(c)
}

fn is_unit(c: char) -> bool {
    matches!(
        c,
        '年' | '月'
            | '日'
            | '号'
            | '號'
            | '时'
            | '時'
            | '点'
            | '點'
            | '分'
            | '秒'
            | '년'
            | '월'
            | '일'
            | '시'
            | '분'
            | '초'
    )
}

/// The clock of a date, with its zone, and which parts they take.
struct Clock {
    time: Option<(i8, i8, i8)>,
    zone: Option<TimeZone>,
    parts: std::ops::Range<usize>,
    /// A clock or zone that cannot be: 25:00, GMT+25.
    is_wrong: bool,
}

impl Clock {
    fn none() -> Self {
        Self {
            time: None,
            zone: None,
            parts: 0..0,
            is_wrong: false,
        }
    }

    fn of(parts: &Parts<'_>, own: &TimeZone) -> Self {
        let mut clock = Self::none();
        let found = (0..parts.0.len()).find_map(|at| hands(parts, at));
        let Some((time, range)) = found.or_else(|| dotted_hands(parts)) else {
            // A zone without a clock still says where the day is.
            clock.zone = zone_name(parts, None, own);
            return clock;
        };
        clock.is_wrong = time.0 > 24 || time.1 > 59 || time.2 > 60;
        clock.time = Some(time);
        clock.parts = range;
        clock.half_of_day(parts);
        clock.zone_after(parts, own);
        clock
    }

    /// Before or after noon: it stands beside the clock. Elsewhere `am` is a
    /// German word.
    fn half_of_day(&mut self, parts: &Parts<'_>) {
        let half = half_before(parts, self.parts.start).or_else(|| {
            let (half, end) = half_behind(parts, self.parts.end)?;
            self.parts.end = end;
            Some(half)
        });
        if let (Some(half), Some((hour @ 0..=12, _, _))) = (half, &mut self.time) {
            *hour = match (half, *hour % 12) {
                (Half::First, hour) | (Half::Night, hour @ 0..6) | (Half::Noon, hour @ 10..) => {
                    hour
                }
                (_, hour) => hour + 12,
            };
        }
    }

    /// The zone that stands behind the clock: an offset, else a name.
    fn zone_after(&mut self, parts: &Parts<'_>, own: &TimeZone) {
        let end = self.parts.end;
        for at in end..parts.0.len() {
            let sign = match parts.get(at) {
                Some(Part::Mark(sign @ ('+' | '-'))) => sign,
                // `18:00, 23-Nov-2026`: behind these begins something else.
                Some(Part::Number(_) | Part::Mark(',')) => break,
                _ => continue,
            };
            let Some(digits) = parts.number(at + 1) else {
                continue;
            };
            if let Some((offset, len)) = offset(sign, digits, parts, at + 1) {
                // `GMT+25`: an offset that no place has.
                self.is_wrong |= offset.is_none();
                self.zone = offset.map(TimeZone::fixed);
                self.parts.end = at + 1 + len;
                return;
            }
        }
        self.zone = zone_name(parts, Some(end), own);
    }

    /// The moment of this clock on that day.
    fn on(&self, date: Date, own: &TimeZone) -> Option<Timestamp> {
        if self.is_wrong || !YEARS.contains(&date.year()) {
            return None;
        }
        let (time, next_day) = match self.time {
            None => (Time::midnight(), false),
            Some((24, 0, 0)) => (Time::midnight(), true),
            // A leap second is the last of its minute.
            Some((hour, minute, second)) => {
                (Time::new(hour, minute, second.min(59), 0).ok()?, false)
            }
        };
        let moment = DateTime::from_parts(date, time);
        let zone = self.zone.as_ref().unwrap_or(own);
        let moment = zone.to_ambiguous_timestamp(moment).compatible().ok()?;
        if next_day {
            moment.checked_add(SignedDuration::from_hours(24)).ok()
        } else {
            Some(moment)
        }
    }
}

/// `10.05`, which is a clock only where a whole date stands before it.
fn dotted_hands(parts: &Parts<'_>) -> Option<((i8, i8, i8), std::ops::Range<usize>)> {
    // What stands before each is read again.
    const PARTS_AT_MOST: usize = 24;
    let dot = |at: usize| parts.get(at) == Some(Part::Mark('.'));
    let two = |at: usize| {
        let digits = parts.number(at).filter(|digits| digits.len() == 2)?;
        digits.parse::<i8>().ok().filter(|number| *number < 60)
    };
    (1..parts.0.len().min(PARTS_AT_MOST)).find_map(|at| {
        let hour = parts.number(at).filter(|digits| digits.len() <= 2)?;
        let hour = hour.parse::<i8>().ok().filter(|hour| *hour < 24)?;
        let minute = two(at + 2).filter(|_| dot(at + 1))?;
        let second = two(at + 4).filter(|_| dot(at + 3));
        let end = at + if second.is_some() { 5 } else { 3 };
        let goes_on = dot(end) && parts.number(end + 1).is_some();
        if goes_on || !matches!(parts.before(at), Some(Part::Space)) {
            return None;
        }
        let before = Parts(parts.0.get(..at)?.to_vec());
        date(&before, &Clock::none(), None, Manner::default())?;
        Some(((hour, minute, second.unwrap_or(0)), at..end))
    })
}

/// The part of the day that a word names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    First,
    Second,
    /// The end of the first half and the beginning of the second.
    Noon,
    /// The end of one day and the beginning of the next.
    Night,
}

/// The part of the day that a word before the clock names.
fn half_before(parts: &Parts<'_>, clock: usize) -> Option<Half> {
    let at = match parts.before(clock)? {
        Part::Space => clock.checked_sub(2)?,
        _ => clock.checked_sub(1)?,
    };
    half(&parts.word(at)?.to_lowercase())
}

/// The same behind the clock, where one letter is enough, and the part at
/// which it ends: `a.m.`, `p. m.`, `م`, `ب.ظ`.
fn half_behind(parts: &Parts<'_>, clock: usize) -> Option<(Half, usize)> {
    let at = parts.solid(clock);
    let word = parts.word(at)?.to_lowercase();
    if let Some(half) = half(&word) {
        return Some((half, at + 1));
    }
    let next_at = parts.solid(at + 2);
    let next = parts
        .word(next_at)
        .filter(|_| parts.get(at + 1) == Some(Part::Mark('.')));
    match (word.as_str(), next.map(str::to_lowercase).as_deref()) {
        ("a", Some("m")) | ("π", Some("μ")) | ("ق", Some("ظ")) => {
            Some((Half::First, next_at + 1))
        }
        ("p", Some("m")) | ("μ", Some("μ")) | ("ب", Some("ظ")) => {
            Some((Half::Second, next_at + 1))
        }
        ("ص", _) => Some((Half::First, at + 1)),
        // «بعد از ظهر»
        ("م" | "بعد", _) => Some((Half::Second, at + 1)),
        _ => None,
    }
}

/// Words that say which part of the day is meant, and letters of Chinese,
/// Japanese and Korean that end such a word.
fn half(word: &str) -> Option<Half> {
    const MORNING: [&str; 11] = [
        "am",
        "πμ",
        "صباحا",
        "صباحاً",
        "صبح",
        "öö",
        "утра",
        "오전",
        "सुबह",
        "प्रातः",
        "पूर्वाह्न",
    ];
    // Of «سہ پہر» the word beside the clock.
    const EVENING: [&str; 13] = [
        "pm",
        "μμ",
        "مساء",
        "مساءً",
        "عصر",
        "بعدازظهر",
        "ös",
        "вечера",
        "오후",
        "शाम",
        "अपराह्न",
        "پہر",
        "شام",
    ];
    const NOON: [&str; 2] = ["दोपहर", "دوپہر"];
    const NIGHT: [&str; 3] = ["रात", "رات", "شب"];
    const FORENOON: [&str; 8] = ["上午", "凌晨", "早上", "清晨", "早", "午前", "오전", "새벽"];
    const AFTERNOON: [&str; 9] = [
        "下午", "午后", "午後", "傍晚", "晚上", "晚间", "晚", "오후", "저녁",
    ];
    let ends = |names: &[&str]| names.iter().any(|name| word.ends_with(name));
    if MORNING.contains(&word) || ends(&FORENOON) {
        Some(Half::First)
    } else if EVENING.contains(&word) || ends(&AFTERNOON) {
        Some(Half::Second)
    } else if NOON.contains(&word) {
        Some(Half::Noon)
    } else if NIGHT.contains(&word) {
        Some(Half::Night)
    } else {
        None
    }
}

/// The zone that a date names: by a path, in brackets, by a name that is no
/// other word, or behind the clock.
fn zone_name(parts: &Parts<'_>, clock: Option<usize>, own: &TimeZone) -> Option<TimeZone> {
    let is_in_brackets = |at: usize| {
        matches!(parts.before(at), Some(Part::Mark('(' | '[')))
            && matches!(parts.get(at + 1), Some(Part::Mark(')' | ']')))
    };
    let behind = clock.map(|end| behind(parts, end)).unwrap_or_default();
    parts.words().find_map(|(at, word)| {
        if let (Some(Part::Mark('/')), Some(city)) = (parts.get(at + 1), parts.word(at + 2))
            && word.starts_with(char::is_uppercase)
        {
            let rest = match (parts.get(at + 3), parts.word(at + 4)) {
                (Some(Part::Mark('_')), Some(more)) => format!("_{more}"),
                _ => String::new(),
            };
            return zone::bundled(&format!("{word}/{city}{rest}"));
        }
        let may_be = zone::is_sure(word) || behind.contains(&at) || is_in_brackets(at);
        may_be.then(|| zone::named(word, own))?
    })
}

/// The parts behind a clock in which the name of its zone may stand: the next
/// word or the one after it, with nothing but spaces and brackets between.
fn behind(parts: &Parts<'_>, clock: usize) -> std::ops::Range<usize> {
    let mut words = 0;
    let mut end = clock;
    while let Some(part) = parts.get(end) {
        match part {
            Part::Word(_) if words < 2 => words += 1,
            Part::Space | Part::Mark('(' | '[' | '.') => {}
            _ => break,
        }
        end += 1;
    }
    clock..end
}

/// The hands of a clock whose hour is the number at `at`, and the parts they
/// take: `10:05`, `10:05:30.5`, `10时05分`, `10h05`, `6 pm`, `T100530`.
fn hands(parts: &Parts<'_>, at: usize) -> Option<((i8, i8, i8), std::ops::Range<usize>)> {
    let digits = parts.number(at)?;
    let small = |at: usize| {
        parts
            .number(at)
            .filter(|n| n.len() <= 2)?
            .parse::<i8>()
            .ok()
    };
    let two = |from: usize| digits.get(from..from + 2)?.parse::<i8>().ok();
    if compact_moment(digits).is_some() {
        let second = two(12).unwrap_or(0);
        return Some(((two(8)?, two(10)?, second), at..at + 1));
    }
    if matches!(digits.len(), 4 | 6) {
        let is_compact = matches!(parts.before(at), Some(Part::Word("T" | "t")))
            && parts
                .number(at.checked_sub(2)?)
                .is_some_and(|n| n.len() == 8);
        return is_compact.then(|| Some(((two(0)?, two(2)?, two(4).unwrap_or(0)), at..at + 1)))?;
    }
    let hour = small(at)?;
    let next = parts.get(parts.solid(at + 1));
    match next {
        Some(Part::Mark(':')) => {
            // `+03:00` is no clock.
            if matches!(parts.before(at), Some(Part::Mark('+' | '-')))
                && !matches!(
                    at.checked_sub(2).and_then(|at| parts.get(at)),
                    None | Some(Part::Space)
                )
            {
                return None;
            }
            let minute_at = parts.solid(parts.solid(at + 1) + 1);
            let minute = small(minute_at)?;
            let mut end = minute_at + 1;
            let mut second = 0;
            if parts.get(end) == Some(Part::Mark(':'))
                && let Some(found) = small(end + 1)
            {
                second = found;
                end += 2;
            }
            // A fraction of a second does not count.
            if let (Some(Part::Mark('.' | ',')), Some(Part::Number(_))) =
                (parts.get(end), parts.get(end + 1))
            {
                end += 2;
            }
            Some(((hour, minute, second), at..end))
        }
        Some(Part::Mark('时' | '時' | '点' | '點' | '시')) => {
            let minute_at = parts.solid(parts.solid(at + 1) + 1);
            let minute = small(minute_at);
            let second_at = parts.solid(minute_at + 2);
            let unit = parts.get(parts.solid(second_at + 1));
            let second = small(second_at).filter(|_| matches!(unit, Some(Part::Mark('秒' | '초'))));
            let end = match (minute, second) {
                (_, Some(_)) => second_at + 1,
                (Some(_), None) => minute_at + 1,
                (None, None) => at + 2,
            };
            Some(((hour, minute.unwrap_or(0), second.unwrap_or(0)), at..end))
        }
        Some(Part::Word("h")) if parts.get(at + 1) == next => {
            Some(((hour, small(at + 2)?, 0), at..at + 3))
        }
        Some(Part::Word(half))
            if matches!(half.to_ascii_lowercase().as_str(), "am" | "pm") && hour <= 12 =>
        {
            Some(((hour, 0, 0), at..at + 1))
        }
        _ => None,
    }
}

/// An offset from Greenwich whose digits begin at `at`, and how many parts it
/// takes; the offset is `None` if no place can have it.
fn offset(
    sign: char,
    digits: &str,
    parts: &Parts<'_>,
    at: usize,
) -> Option<(Option<Offset>, usize)> {
    let minutes = parts
        .number(at + 2)
        .filter(|minutes| minutes.len() == 2 && parts.get(at + 1) == Some(Part::Mark(':')));
    let (hours, minutes, len): (i32, i32, usize) = match (digits.len(), minutes) {
        (1 | 2, Some(minutes)) => (digits.parse().ok()?, minutes.parse().ok()?, 3),
        (4, _) => (
            digits.get(..2)?.parse().ok()?,
            digits.get(2..)?.parse().ok()?,
            1,
        ),
        (3, _) => (
            digits.get(..1)?.parse().ok()?,
            digits.get(1..)?.parse().ok()?,
            1,
        ),
        // `10:22-23.11.2026`: a day, no offset.
        (1 | 2, None) if !matches!(parts.get(at + 1), Some(Part::Mark('.' | '/' | '-'))) => {
            (digits.parse().ok()?, 0, 1)
        }
        _ => return None,
    };
    let seconds = hours * 3600 + minutes * 60;
    let seconds = if sign == '+' { seconds } else { -seconds };
    let offset = Offset::from_seconds(seconds).ok();
    Some((offset.filter(|_| hours <= 14 && minutes <= 59), len))
}

/// The day that the parts outside the clock name; without `today` it must
/// have a year.
fn date(parts: &Parts<'_>, clock: &Clock, today: Option<Date>, manner: Manner) -> Option<Date> {
    let free = |at: usize| !clock.parts.contains(&at);
    match numeric(parts, &free, manner) {
        Numeric::Day(date) => return Some(date),
        Numeric::Unclear => return None,
        Numeric::None => {}
    }
    han(parts, today)
        .or_else(|| units_first(parts, today))
        .or_else(|| with_name(parts, &free, today))
        .or_else(|| of_two_numbers(parts, clock, today, manner))
}

/// `(11-23)`, as Chinese lists have it, and `23.11, 10:05`: a month and a day
/// that are the whole text. `23.11` alone may be a clock.
fn of_two_numbers(
    parts: &Parts<'_>,
    clock: &Clock,
    today: Option<Date>,
    manner: Manner,
) -> Option<Date> {
    let is_beside = |part: &Part<'_>| {
        matches!(
            part,
            Part::Space | Part::Mark('(' | ')' | '[' | ']' | '（' | '）' | '【' | '】' | ',')
        )
    };
    let rest: Vec<Part<'_>> = (0..parts.0.len())
        .filter(|at| !clock.parts.contains(at))
        .filter_map(|at| parts.get(at))
        .filter(|part| !is_beside(part))
        .collect();
    let (month, day) = match rest.as_slice() {
        [Part::Number(month), Part::Mark('-'), Part::Number(day)] => (month, day),
        [Part::Number(day), Part::Mark('.'), Part::Number(month)]
            if clock.time.is_some() || manner.has_dotted_days =>
        {
            (month, day)
        }
        _ => return None,
    };
    if month.len() != 2 || day.len() != 2 {
        return None;
    }
    latest(Month::Common(month.parse().ok()?), day.parse().ok()?, today)
}

/// What a date in numbers says.
enum Numeric {
    Day(Date),
    /// There is one, but it may be two days, or none.
    Unclear,
    None,
}

/// `2026-11-23`, `2026/11/23`, `23.11.2026`, `23.11.26`, `20261123`.
fn numeric(parts: &Parts<'_>, free: &impl Fn(usize) -> bool, manner: Manner) -> Numeric {
    let clear = |date: Option<Date>| date.map_or(Numeric::Unclear, Numeric::Day);
    for at in 0..parts.0.len() {
        let (Some(a), Some(b), Some(c)) =
            (parts.number(at), parts.number(at + 2), parts.number(at + 4))
        else {
            continue;
        };
        let (m, n) = (parts.get(at + 1), parts.get(at + 3));
        if m != n || !(free(at) && free(at + 2) && free(at + 4)) {
            continue;
        }
        match (m, a.len(), c.len()) {
            (Some(Part::Mark('-' | '/' | '.')), 4, 1..=2) => return clear(year_first(a, b, c)),
            (Some(Part::Mark('.' | '-')), 1..=2, 4) | (Some(Part::Mark('.')), 1..=2, 2) => {
                return clear(year_first(c, b, a));
            }
            // With slashes Americans put the month first: read only what
            // cannot be misread.
            (Some(Part::Mark('/')), 1..=2, 2 | 4) | (Some(Part::Space), 1..=2, 4) => {
                return clear(either_first(a, b, c, parts, manner));
            }
            _ => {}
        }
    }
    let compact = (0..parts.0.len()).find_map(|at| parts.number(at).filter(|n| n.len() == 8));
    match compact {
        Some(n) => clear(compact_day(n)),
        None => (0..parts.0.len())
            .find_map(|at| compact_moment(parts.number(at)?))
            .map_or(Numeric::None, Numeric::Day),
    }
}

fn compact_day(digits: &str) -> Option<Date> {
    year_first(digits.get(..4)?, digits.get(4..6)?, digits.get(6..8)?)
}

/// The day of `20261123100500` or `202611231005`.
fn compact_moment(digits: &str) -> Option<Date> {
    let day = compact_day(digits).filter(|_| matches!(digits.len(), 12 | 14));
    day.filter(|day| YEARS.contains(&day.year()))
}

fn year_first(y: &str, m: &str, d: &str) -> Option<Date> {
    month::numeric(year(y)?, m.parse().ok()?, d.parse().ok()?)
}

/// The one of two readings that exists, or that its weekday fits, or that is
/// in the order of the document.
fn either_first(a: &str, b: &str, y: &str, parts: &Parts<'_>, manner: Manner) -> Option<Date> {
    let day_first = year_first(y, b, a);
    let month_first = year_first(y, a, b);
    if day_first.is_none() || month_first.is_none() || day_first == month_first {
        return day_first.or(month_first);
    }
    let Some(weekday) = parts.words().find_map(|(_, word)| weekday(word)) else {
        return match manner.order? {
            Order::DayFirst => day_first,
            Order::MonthFirst => month_first,
        };
    };
    let fits = |date: &Option<Date>| date.is_some_and(|date| date.weekday() == weekday);
    match (fits(&day_first), fits(&month_first)) {
        (true, false) => day_first,
        (false, true) => month_first,
        _ => None,
    }
}

fn weekday(word: &str) -> Option<Weekday> {
    let begin = word.get(..3)?.to_ascii_lowercase();
    Some(match begin.as_str() {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}

/// A year of four digits, or of two, which are of 1970 to 2069.
fn year(digits: &str) -> Option<i16> {
    let number: i16 = digits.parse().ok()?;
    match digits.len() {
        2 if number < 70 => Some(number + 2000),
        2 => Some(number + 1900),
        4 => Some(number),
        _ => None,
    }
}

/// `2026年11月23日`, `2026년 11월 23일`, `11月23日`, `令和8年11月23日`, `2026 оны 11
/// сарын 23`, `2026 оны 11-р сарын 23`, `2026 оны 11 дүгээр сарын 23`,
/// `2026-يىلى 11-ئاينىڭ 23-كۈنى`.
fn han(parts: &Parts<'_>, today: Option<Date>) -> Option<Date> {
    let is = |at: usize, names: &[&str]| match parts.get(parts.solid(at)) {
        Some(Part::Mark(c)) => names.iter().any(|name| name.chars().eq([c])),
        Some(Part::Word(word)) => names.contains(&word.to_lowercase().as_str()),
        _ => false,
    };
    // An ending may stand between a Mongolian number and its noun, a dash
    // before a Uyghur one.
    let unit = |at: usize| {
        let ending = match parts.get(at + 1) {
            Some(Part::Mark('-')) => at + 2,
            _ => parts.solid(at + 1),
        };
        match parts.word(ending) {
            Some("р" | "дугаар" | "дүгээр") => ending + 1,
            Some("يىلى" | "ئاي" | "ئاينىڭ") => ending,
            _ => at + 1,
        }
    };
    let month_at = (0..parts.0.len()).find(|at| {
        parts.number(*at).is_some() && is(unit(*at), &["月", "월", "сарын", "ئاي", "ئاينىڭ"])
    })?;
    let month: i8 = parts.number(month_at)?.parse().ok()?;
    let day_at = parts.solid(parts.solid(unit(month_at)) + 1);
    let day: i8 = parts.number(day_at)?.parse().ok()?;
    let year_at = (0..month_at)
        .find(|at| parts.number(*at).is_some() && is(unit(*at), &["年", "년", "оны", "يىلى"]));
    match year_at {
        Some(at) => month::numeric(year_of_era(parts, at)?, month, day),
        None => latest(Month::Common(month), day, today),
    }
}

/// The year whose number stands at `at`: of the era that is named before it,
/// else our own.
fn year_of_era(parts: &Parts<'_>, at: usize) -> Option<i16> {
    const ERAS: [(&str, i16); 4] = [
        ("令和", 2018),
        ("平成", 1988),
        ("民國", 1911),
        ("民国", 1911),
    ];
    let number = parts.number(at)?;
    let era = ERAS.iter().find(|(name, _)| match parts.before(at) {
        Some(Part::Word(word)) => word.ends_with(name),
        _ => false,
    });
    match era {
        Some((_, before)) => number.parse::<i16>().ok()?.checked_add(*before),
        None => year(number),
    }
}

/// `ngày 23 tháng 11 năm 2026`, `23 tháng 11, 2026`, `23 Tháng Mười Một,
/// 2026`: in Vietnamese a unit stands before its number.
fn units_first(parts: &Parts<'_>, today: Option<Date>) -> Option<Date> {
    let unit = |name: &str| {
        let mut words = parts.words();
        words
            .find(|(_, word)| word.len() == name.len() && word.to_lowercase() == name)
            .map(|(at, _)| at)
    };
    let behind = |at: usize| parts.number(parts.solid(at + 1));
    let month_at = unit("tháng")?;
    let month = match behind(month_at) {
        Some(digits) => digits.parse().ok()?,
        None => spelt_out(parts, month_at + 1)?,
    };
    let before = || parts.number(month_at.checked_sub(2)?);
    let day = unit("ngày").and_then(behind).or_else(before)?;
    let day = day.parse().ok()?;
    let of_four = |at: usize| parts.number(at).filter(|digits| digits.len() == 4);
    let last = || (month_at..parts.0.len()).find_map(of_four);
    match unit("năm").and_then(behind).or_else(last) {
        Some(digits) => month::numeric(year(digits)?, month, day),
        None => latest(Month::Common(month), day, today),
    }
}

/// The number of a month that Vietnamese spells out from `at` on.
fn spelt_out(parts: &Parts<'_>, at: usize) -> Option<i8> {
    const NUMBERS: [&str; 10] = [
        "một", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười",
    ];
    let at = parts.solid(at);
    let number = |at: usize| {
        let word = parts.word(at)?.to_lowercase();
        let place = NUMBERS.iter().position(|number| *number == word)?;
        i8::try_from(place + 1).ok()
    };
    let (first, second) = (number(at)?, number(parts.solid(at + 1)));
    Some(match (first, second) {
        (10, Some(more @ 1..=2)) => 10 + more,
        _ => first,
    })
}

/// `Mon, 23 Nov 2026`, `Nov 23rd, 2026`, `23-Nov-26`, `23 ноября 2026`,
/// `2026 жылғы 23 қараша`, asctime's `Mon Nov 23 10:00:00 2026`.
fn with_name(
    parts: &Parts<'_>,
    free: &impl Fn(usize) -> bool,
    today: Option<Date>,
) -> Option<Date> {
    let numbers: Vec<(usize, &str)> = (0..parts.0.len())
        .filter(|at| free(*at))
        .filter_map(|at| Some((at, parts.number(at)?)))
        .collect();
    let beside = |a: usize, b: usize| {
        let words = (a + 1..b).filter(|at| parts.word(*at).is_some()).count();
        b - a <= 6 && words <= 1
    };
    let mut best = None;
    for (at, word) in parts.words() {
        let Some(month) = month::named(word) else {
            continue;
        };
        let before = numbers
            .iter()
            .rev()
            .find(|(n, _)| *n < at && beside(*n, at));
        let after = numbers.iter().find(|(n, _)| *n > at && beside(at, *n));
        // «mar. 1 déc.»: a day that stands before its month is surer than
        // one behind it, which may be behind a weekday.
        match (before, after) {
            (Some(day), _) if day.1.len() <= 2 => {
                best = Some((word, month, *day));
                break;
            }
            (_, Some(day)) if day.1.len() <= 2 => best = best.or(Some((word, month, *day))),
            _ => {}
        }
    }
    let (name, month, (day_at, day)) = best?;
    let day: i8 = day.parse().ok()?;
    let others = || numbers.iter().filter(|(at, _)| *at != day_at);
    let years = others().find(|(_, n)| n.len() == 4).or_else(|| {
        // Two digits are a year only behind the day.
        others().find(|(at, n)| *at > day_at && n.len() == 2)
    });
    match years {
        Some((_, digits)) => {
            let year = month::short_year(name, digits).or_else(|| year(digits))?;
            month::day(year, month, day)
        }
        None if others().next().is_none() => latest(month, day, today),
        None => None,
    }
}

/// A day without its year: the latest such day there has been.
fn latest(month: Month, day: i8, today: Option<Date>) -> Option<Date> {
    let Month::Common(_) = month else {
        return None;
    };
    let end = today?
        .checked_add(jiff::Span::new().try_days(AHEAD_AT_MOST).ok()?)
        .ok()?;
    (0..=1)
        .filter_map(|ago| month::day(end.year() - ago, month, day))
        .find(|date| *date <= end)
}

#[cfg(test)]
mod tests;
