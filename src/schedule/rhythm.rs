//! A source's own rhythm: how often it publishes, at which hours, and whether
//! it is quiet beyond its habit.
//!
//! # Why a square root
//! `every = "auto"` asks as often, on the whole, as an interval of an hour
//! does, but when it pays. An item that appears at a rate r waits, on the
//! mean, half the interval f; the sum of r × f over all hours of all sources
//! is least, for the same number of requests, when f is proportional to
//! 1/√r. With f = √(1 hour ÷ r), one item an hour is polled hourly.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{later, wait::Wait, words};

const HOUR: i64 = 3600;
const DAY: f64 = 86_400.0;

/// Bursts that are remembered.
const BURSTS: usize = 64;

/// Gaps that make a habit.
const HABIT: usize = 7;

/// What was learnt counts half after so many days.
const HALF_LIFE: f64 = 14.0;

/// The first document is believed so far back, in days.
const BACK: i64 = 30;

/// Days of watching before `auto` trusts what it saw.
const WATCHED: f64 = 2.0;

/// Politeness: not more often than this, whatever appears, and not less often
/// than daily.
const LEAST: Duration = super::AUTO_LEAST;
const MOST: Duration = Duration::from_hours(24);

/// Until a rhythm is known.
const USUAL: Duration = Duration::from_hours(1);

/// A quiet of less than this is nobody's trouble.
const QUIET: Duration = Duration::from_hours(24);

/// When items of a source appear.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rhythm {
    /// When bursts of items began, an hour apart at least, oldest first, in
    /// seconds.
    bursts: Vec<i64>,
    /// When the newest item appeared, in seconds.
    newest: Option<i64>,
    /// Items by hour of the day, UTC; old ones count less.
    hours: [f64; 24],
    /// Days that these hours were watched; old ones count less.
    days: f64,
    /// Up to when.
    upto: Option<i64>,
}

impl Rhythm {
    /// Learns from the new items of one document. An item without a date
    /// appeared between the document before, `before`, and now.
    pub fn learn(&mut self, new: &[Option<Timestamp>], before: Option<Timestamp>, now: Timestamp) {
        let now = now.as_second();
        let before = before.map(|before| before.as_second().min(now));
        let mut times = times(new, before, now);
        times.sort_unstable();
        let from = self.upto.or(times.first().copied()).unwrap_or(now);
        #[expect(clippy::cast_precision_loss, reason = "seconds of less than a century")]
        let watched = (now - from).max(0) as f64 / DAY;
        let fade = 0.5_f64.powf(watched / HALF_LIFE);
        self.days = self.days * fade + watched;
        for hour in &mut self.hours {
            *hour *= fade;
        }
        for time in &times {
            let hour = usize::try_from(time.rem_euclid(86_400) / HOUR).unwrap_or_default();
            if let Some(hour) = self.hours.get_mut(hour) {
                *hour += 1.0;
            }
            if self.bursts.last().is_none_or(|last| time - last >= HOUR) {
                self.bursts.push(*time);
            }
        }
        self.newest = self.newest.max(times.last().copied());
        let excess = self.bursts.len().saturating_sub(BURSTS);
        self.bursts.drain(..excess);
        self.upto = Some(now);
    }

    /// The usual gap between bursts of items, once there were enough.
    pub fn gap(&self) -> Option<Duration> {
        let mut gaps = self.gaps();
        gaps.sort_unstable();
        let middle = gaps.len() / 2;
        gaps.get(middle).copied().filter(|_| gaps.len() >= HABIT)
    }

    /// When the newest item appeared.
    pub fn last(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.newest?).ok()
    }

    /// How many items appear at each hour of the day, UTC, in hundredths of
    /// the busiest hour; `None` until something has appeared.
    pub fn day(&self) -> Option<[u8; 24]> {
        let most = self.hours.iter().copied().fold(0.0, f64::max);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 100"
        )]
        let share = |hour: f64| (hour / most * 100.0).round() as u8;
        (most > 0.0).then(|| self.hours.map(share))
    }

    /// From when on the source is quiet beyond its habit, if it has one:
    /// twice its longest gap, four times its usual one, and a day.
    pub fn silent_from(&self) -> Option<Timestamp> {
        let longest = self.gaps().into_iter().max()?;
        let usual = self.gap()?;
        Some(later(self.last()?, (longest * 2).max(usual * 4).max(QUIET)))
    }

    /// How long `every = "auto"` waits: by the rate of the hours to come, and
    /// so that at most half of a document of `listed` items is new.
    pub(super) fn wait(&self, listed: u32, now: Timestamp) -> Wait {
        let known = self.hours.iter().sum::<f64>();
        if self.days < WATCHED || known < 8.0 {
            return Wait {
                least: USUAL,
                why: format!("auto, its rhythm is not known yet: every {}", words(USUAL)),
            };
        }
        let step = LEAST.as_secs_f64() / 3600.0;
        let (mut least, mut turns, mut items) = (Duration::ZERO, 0.0, 0.0);
        while least < MOST {
            let rate = self.rate(now, least);
            let turn = rate.sqrt() * step;
            let is_turn = turns + turn / 2.0 > 1.0;
            let is_half = listed > 0 && items + rate * step > f64::from(listed) / 2.0;
            if least >= LEAST && (is_turn || is_half) {
                break;
            }
            items += rate * step;
            turns += turn;
            least += LEAST;
        }
        Wait {
            least,
            why: format!(
                "auto, about {} in that time: waiting {}",
                about(items),
                words(least)
            ),
        }
    }

    /// Items an hour, `after` from now: what was seen at that hour of the
    /// day, smoothed with its neighbours.
    fn rate(&self, now: Timestamp, after: Duration) -> f64 {
        let after = i64::try_from(after.as_secs()).unwrap_or_default();
        let hour = (now.as_second() + after).rem_euclid(86_400) / HOUR;
        let at = |hour: i64| {
            let hour = usize::try_from(hour.rem_euclid(24)).unwrap_or_default();
            self.hours.get(hour).copied().unwrap_or_default()
        };
        (at(hour - 1) + 2.0 * at(hour) + at(hour + 1)) / 4.0 / self.days
    }

    fn gaps(&self) -> Vec<Duration> {
        let ends = self.bursts.iter().skip(1);
        self.bursts
            .iter()
            .zip(ends)
            .filter_map(|(a, b)| u64::try_from(b - a).ok().map(Duration::from_secs))
            .collect()
    }
}

/// When the new items appeared, in seconds.
fn times(new: &[Option<Timestamp>], before: Option<i64>, now: i64) -> Vec<i64> {
    let undated = new.iter().filter(|time| time.is_none()).count();
    let undated = i64::try_from(undated).unwrap_or_default();
    let between = before
        .map(|before| (now - before) / (undated + 1))
        .unwrap_or_default();
    let mut nth = 0;
    new.iter()
        .filter_map(|time| match (time, before) {
            (Some(time), _) => Some(time.as_second().min(now)),
            (None, Some(before)) => {
                nth += 1;
                Some(before + nth * between)
            }
            (None, None) => None,
        })
        .filter(|time| now - time <= BACK * 86_400)
        .collect()
}

fn about(items: f64) -> String {
    if items < 0.95 {
        format!("{items:.1} items")
    } else {
        format!("{items:.0} items")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "2026-11-02T00:00:00Z";

    fn start() -> Timestamp {
        START.parse().unwrap()
    }

    fn at(hours: f64) -> Timestamp {
        later(start(), Duration::from_secs_f64(hours * 3600.0))
    }

    /// A source that is polled hourly and shows an item at each of these
    /// hours.
    fn watched(items: &[f64], until: f64) -> Rhythm {
        let mut rhythm = Rhythm::default();
        let mut hour = 0.0;
        let mut before = None;
        while hour <= until {
            let new: Vec<_> = items
                .iter()
                .filter(|item| **item > hour - 1.0 && **item <= hour)
                .map(|item| Some(at(*item)))
                .collect();
            rhythm.learn(&new, before, at(hour));
            before = Some(at(hour));
            hour += 1.0;
        }
        rhythm
    }

    fn every(hours: f64, until: f64) -> Vec<f64> {
        std::iter::successors(Some(hours), |last| Some(last + hours))
            .take_while(|hour| *hour <= until)
            .collect()
    }

    #[test]
    fn the_usual_gap_is_the_median_between_bursts() {
        let hours = |n| Some(Duration::from_hours(n));
        assert_eq!(watched(&every(6.0, 240.0), 240.0).gap(), hours(6));
        // Five items at noon each day are one burst.
        let noon: Vec<f64> = (0..10)
            .flat_map(|day| (0..5).map(move |n| f64::from(day) * 24.0 + 12.0 + f64::from(n) / 10.0))
            .collect();
        assert_eq!(watched(&noon, 240.0).gap(), hours(24));
        assert_eq!(watched(&every(24.0, 96.0), 96.0).gap(), None, "too few");
        assert_eq!(Rhythm::default().gap(), None);
    }

    #[test]
    fn silence_is_measured_by_habit() {
        let daily = watched(&every(24.0, 240.0), 240.0);
        assert_eq!(daily.silent_from(), Some(at(240.0 + 96.0)));
        let monthly = watched(&every(720.0, 7200.0), 7200.0);
        assert_eq!(monthly.silent_from(), Some(at(7200.0 + 2880.0)));
        let busy = watched(&every(0.25, 240.0), 240.0);
        assert_eq!(busy.silent_from(), Some(at(264.0)));
        assert_eq!(Rhythm::default().silent_from(), None);
    }

    #[test]
    fn undated_items_appeared_since_the_last_look() {
        let mut rhythm = Rhythm::default();
        rhythm.learn(&[None, None], None, at(0.0));
        assert_eq!(
            rhythm.last(),
            None,
            "the first document says nothing of when"
        );
        rhythm.learn(&[None, None, None], Some(at(0.0)), at(4.0));
        assert_eq!(rhythm.last(), Some(at(3.0)));
        assert_eq!(rhythm.bursts.len(), 3);
    }

    #[test]
    fn nonsense_dates_do_no_harm() {
        let mut rhythm = Rhythm::default();
        let new = [Some(Timestamp::MAX), Some(Timestamp::MIN), None];
        rhythm.learn(&new, Some(Timestamp::MAX), at(1.0));
        rhythm.learn(&new, Some(Timestamp::MIN), at(0.0));
        assert!(rhythm.last() <= Some(at(1.0)));
        let text = serde_json::to_string(&rhythm).unwrap();
        assert_eq!(serde_json::from_str::<Rhythm>(&text).unwrap(), rhythm);
    }

    #[track_caller]
    fn waits(items: &[f64], listed: u32, now: f64, least: u64, most: u64) {
        let wait = watched(items, 240.0).wait(listed, at(now));
        let minutes = wait.least.as_secs() / 60;
        assert!(
            (least..=most).contains(&minutes),
            "{minutes} min: {}",
            wait.why
        );
        assert!(wait.why.starts_with("auto, "), "{}", wait.why);
    }

    #[test]
    fn auto_waits_the_square_root_of_the_rate() {
        waits(&[], 0, 240.0, 60, 60);
        waits(&every(1.0, 240.0), 0, 240.0, 60, 60);
        waits(&every(0.25, 240.0), 0, 240.0, 30, 30);
        waits(&every(9.0, 240.0), 0, 240.0, 165, 210);
        waits(&every(0.01, 240.0), 0, 240.0, 15, 15);
        // Ten items listed, four an hour: half of them are new after 75 min,
        // which is later; forty an hour are half new after 7.
        waits(&every(0.25, 240.0), 10, 240.0, 30, 30);
        waits(&every(0.1, 240.0), 10, 240.0, 15, 15);
    }

    #[test]
    fn auto_asks_by_day_what_is_published_by_day() {
        let day: Vec<f64> = every(0.5, 240.0)
            .into_iter()
            .filter(|hour| (8.0..20.0).contains(&(hour % 24.0)))
            .collect();
        waits(&day, 0, 240.0 + 12.0, 30, 45);
        waits(&day, 0, 240.0 + 21.0, 180, 720);
    }

    /// A small generator of its own, so that the figures are the same
    /// everywhere.
    struct Chance(u64);

    impl Chance {
        fn next(&mut self) -> f64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            f64::from(u32::try_from(self.0 >> 33).unwrap()) / f64::from(1_u32 << 31)
        }
    }

    /// Items of four weeks: `rate` an hour by day, a tenth of it by night.
    fn made_up(rate: f64, chance: &mut Chance) -> Vec<f64> {
        let mut hour = 0.0;
        let mut items = Vec::new();
        while hour < 28.0 * 24.0 {
            hour -= (1.0 - chance.next()).ln() / rate;
            let by_day = (7.0..19.0).contains(&(hour % 24.0));
            if by_day || chance.next() < 0.1 {
                items.push(hour);
            }
        }
        items
    }

    /// Polls, items and the sum of their delays, in hours, over four weeks.
    fn polled(items: &[f64], mut wait: impl FnMut(&Rhythm, f64) -> f64) -> (f64, f64, f64) {
        let mut rhythm = Rhythm::default();
        let (mut polls, mut delays, mut now, mut seen) = (0.0, 0.0, 0.0, 0);
        let mut before = None;
        while now < 28.0 * 24.0 {
            polls += 1.0;
            let fresh: Vec<f64> = items[seen..]
                .iter()
                .copied()
                .take_while(|i| *i <= now)
                .collect();
            seen += fresh.len();
            delays += fresh.iter().map(|item| now - item).sum::<f64>();
            let new: Vec<_> = fresh.iter().map(|item| Some(at(*item))).collect();
            rhythm.learn(&new, before, at(now));
            before = Some(at(now));
            now += wait(&rhythm, now);
        }
        (polls, f64::from(u32::try_from(seen).unwrap()), delays)
    }

    /// O-24: on made-up rhythms from one item a week to ten an hour, the
    /// same number of polls brings news at least 30 % sooner.
    #[test]
    fn auto_brings_news_sooner_with_as_many_polls() {
        let mut chance = Chance(7);
        let rates = [0.006, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];
        let worlds: Vec<Vec<f64>> = rates
            .iter()
            .map(|rate| made_up(*rate, &mut chance))
            .collect();
        let sum = |wait: &dyn Fn(&Rhythm, f64) -> f64| {
            worlds
                .iter()
                .map(|items| polled(items, wait))
                .fold((0.0, 0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1, a.2 + b.2))
        };
        let auto = sum(&|rhythm, now| rhythm.wait(0, at(now)).least.as_secs_f64() / 3600.0);
        let polls = 28.0 * 24.0 * 10.0;
        assert!(auto.0 <= polls, "{} polls, hourly are {polls}", auto.0);
        let same = polls / auto.0;
        let fixed = sum(&|_, _| same);
        let (auto, fixed) = (auto.2 / auto.1, fixed.2 / fixed.1);
        assert!(auto < 0.7 * fixed, "{auto} h against {fixed} h");
    }
}
