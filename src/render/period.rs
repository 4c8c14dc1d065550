//! The spans of time that archives hold (RFC 5005).
//!
//! # Why days before months
//! The set of entries of an archive must never change, because a client that
//! has met its address once does not come back to it. So a month is published
//! when it is wholly behind the window, and not before. Until then each of
//! its days that is behind the window is an archive of its own.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// A month, or a day, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Period {
    /// The month that begins on this day.
    Month(Date),
    /// This day.
    Day(Date),
}

impl Period {
    /// The month of a moment.
    pub fn month_of(moment: Timestamp) -> Self {
        Self::Month(date(moment).first_of_month())
    }

    /// The day of a moment.
    pub fn day_of(moment: Timestamp) -> Self {
        Self::Day(date(moment))
    }

    /// The month that it is, or is in.
    #[must_use]
    pub fn month(self) -> Self {
        match self {
            Self::Month(first) => Self::Month(first),
            Self::Day(day) => Self::Month(day.first_of_month()),
        }
    }

    /// Its first moment.
    pub fn start(self) -> Timestamp {
        match self {
            Self::Month(day) | Self::Day(day) => midnight(day),
        }
    }

    /// The first moment after it.
    pub fn end(self) -> Timestamp {
        let next = match self {
            Self::Month(first) => first.checked_add(1.month()),
            Self::Day(day) => day.checked_add(1.day()),
        };
        next.map_or(Timestamp::MAX, midnight)
    }

    /// The period of a name such as `2026-11` or `2026-11-16`.
    pub fn parse(name: &str) -> Option<Self> {
        let period = match name.len() {
            7 => Self::Month(format!("{name}-01").parse().ok()?),
            10 => Self::Day(name.parse().ok()?),
            _ => return None,
        };
        // One name for each.
        (period.to_string() == name).then_some(period)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = match self {
            Self::Month(_) => "%Y-%m",
            Self::Day(_) => "%Y-%m-%d",
        };
        match self {
            Self::Month(day) | Self::Day(day) => day.strftime(form).fmt(f),
        }
    }
}

/// The archives in the order in which one walks them, oldest first: months,
/// and the days that no month holds yet.
pub fn chain(mut periods: Vec<Period>) -> Vec<Period> {
    let is_month = |period: &Period| matches!(period, Period::Month(_));
    let closed = periods.iter().filter(|p| is_month(p)).map(|p| p.end());
    let closed = closed.max().unwrap_or(Timestamp::MIN);
    periods.retain(|period| is_month(period) || period.start() >= closed);
    periods.sort_by_key(|period| period.start());
    periods
}

fn date(moment: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(moment).date()
}

fn midnight(day: Date) -> Timestamp {
    TimeZone::UTC
        .to_timestamp(day.at(0, 0, 0, 0))
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_has_one_name_and_two_ends() {
        for (name, start, end) in [
            ("2026-02", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
            ("2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2028-02-29", "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"),
        ] {
            let period = Period::parse(name).unwrap();
            assert_eq!(period.to_string(), name);
            assert_eq!(period.start(), start.parse().unwrap());
            assert_eq!(period.end(), end.parse().unwrap());
            assert_eq!(Period::month_of(period.start()), period.month());
        }
        for name in [
            "2026",
            "2026-1",
            "2026-13",
            "2026-02-30",
            "20260201",
            "２026-1",
            "",
        ] {
            assert_eq!(Period::parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_day_is_in_the_chain_until_its_month_is() {
        let names =
            |chain: Vec<Period>| -> Vec<String> { chain.iter().map(ToString::to_string).collect() };
        let periods = [
            "2026-09",
            "2026-10",
            "2026-10-07",
            "2026-10-31",
            "2026-11-01",
        ];
        let periods = periods.map(|name| Period::parse(name).unwrap());
        let all = chain(periods.to_vec());
        assert_eq!(names(all), ["2026-09", "2026-10", "2026-11-01"]);
        let days = chain(vec![periods[3], periods[0], periods[2]]);
        assert_eq!(names(days), ["2026-09", "2026-10-07", "2026-10-31"]);
    }
}
