//! What the dates of a document tell of one another: one alone may be two
//! days, or a clock.

/// How a document writes its dates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// Which of day and month stands first in `03/04/2026`.
    pub(super) order: Option<Order>,
    /// Whether `23.11` is a day, and no clock.
    pub(super) has_dotted_days: bool,
}

/// What stands first in a date such as `03/04/2026`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// As nearly everywhere.
    DayFirst,
    /// As in America.
    MonthFirst,
}

/// So many `23.11` that can all be days are no clocks and no prices: one of
/// five clocks has a minute up to twelve.
const DOTTED_AT_LEAST: usize = 5;

/// So many are enough where one is no clock, as `28.11`, or whole dates are
/// written so.
const SURE_AT_LEAST: usize = 3;

impl Manner {
    /// That of a document, tags and all.
    pub fn of(document: &str) -> Self {
        Self {
            order: order(document),
            has_dotted_days: has_dotted_days(document),
        }
    }
}

/// The order that those dates show which can be one day only; `None` if there
/// are none or they disagree.
fn order(document: &str) -> Option<Order> {
    let bytes = document.as_bytes();
    let (mut day_first, mut month_first) = (false, false);
    for slash in memchr::memchr_iter(b'/', bytes) {
        let before = slash.checked_sub(1).and_then(|at| bytes.get(at));
        if !before.is_some_and(u8::is_ascii_digit) {
            continue;
        }
        let Some((a, b)) = before_the_year(bytes, slash) else {
            continue;
        };
        day_first |= (13..=31).contains(&a) && (1..=12).contains(&b);
        month_first |= (1..=12).contains(&a) && (13..=31).contains(&b);
    }
    match (day_first, month_first) {
        (true, false) => Some(Order::DayFirst),
        (false, true) => Some(Order::MonthFirst),
        _ => None,
    }
}

/// Whether the texts of elements that are two numbers with a full stop
/// between are days.
fn has_dotted_days(document: &str) -> bool {
    const LONGEST: usize = "<> 23.11.2026 ".len();
    let (mut days, mut whole, mut is_sure) = (0, 0, false);
    let bytes = document.as_bytes();
    for tag in memchr::memchr_iter(b'>', bytes) {
        let rest = bytes.iter().skip(tag + 1).take(LONGEST);
        let Some(len) = rest.clone().position(|byte| *byte == b'<') else {
            continue;
        };
        let text = document.get(tag + 1..tag + 1 + len).unwrap_or_default();
        let Some((day, month)) = text.trim().split_once('.') else {
            continue;
        };
        let (month, year) = month.split_once('.').unwrap_or((month, ""));
        let number = |digits: &str| digits.parse::<u8>().ok().filter(|_| digits.len() == 2);
        match (number(day), number(month), year.len()) {
            (Some(1..=31), Some(1..=12), 4) => whole += 1,
            (Some(day @ 1..=31), Some(1..=12), 0) => {
                days += 1;
                is_sure |= day >= 24;
            }
            (Some(_), Some(_), 0) => return false,
            _ => {}
        }
    }
    days >= DOTTED_AT_LEAST || (is_sure && days + whole >= SURE_AT_LEAST)
}

/// The two numbers of `13/11/2026` whose first slash is at `slash`. What goes
/// on in slashes is an address.
fn before_the_year(bytes: &[u8], slash: usize) -> Option<(u8, u8)> {
    let digits = |from: usize| {
        let digits = bytes.get(from..)?.iter().take(5);
        Some(digits.take_while(|byte| byte.is_ascii_digit()).count())
    };
    let number = |from: usize, to: usize| {
        let digits = std::str::from_utf8(bytes.get(from..to)?).ok()?;
        digits.parse::<u8>().ok()
    };
    let begin = (slash.saturating_sub(3)..slash)
        .rev()
        .take_while(|at| bytes.get(*at).is_some_and(u8::is_ascii_digit))
        .last()?;
    let second = slash + 1;
    let end = second + digits(second).filter(|len| (1..=2).contains(len))?;
    let is_whole = bytes.get(end) == Some(&b'/')
        && digits(end + 1) == Some(4)
        && bytes.get(end + 5) != Some(&b'/')
        && begin.checked_sub(1).and_then(|at| bytes.get(at)) != Some(&b'/');
    (is_whole && slash - begin <= 2).then_some((number(begin, slash)?, number(second, end)?))
}
