//! The verdict: the counters of the public feed-reader score project, and the
//! invariants of a model that knows what every publisher has shown.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use jiff::SignedDuration;
use scofeed::model::{ItemKey, Report, SourceKey, Standing, Verdict};

use super::{Answered, DAY, HOUR, KEEP, Pair, Score, What, World};
use crate::score::Request;

/// In this time every source is asked that has not been refused for weeks: a
/// day, and a tenth that is jitter.
const CYCLE: Duration = Duration::from_hours(27);

/// What the program may hold of a source to ask with.
#[derive(Clone, Debug)]
struct Held {
    /// The address that gave it.
    from: String,
    pair: Pair,
    /// The items that it stands for.
    items: Vec<usize>,
}

/// A server's words about when to come back.
#[derive(Clone, Debug)]
struct Wish {
    said: Duration,
    until: Duration,
}

impl World {
    pub(super) fn judge(self) -> Score {
        let mut score = Score {
            wrong: self.shown.wrong.clone(),
            ..Score::default()
        };
        if self.service.differing > 0 {
            score.wrong.push(format!(
                "{} starts with another feed",
                self.service.differing
            ));
        }
        let log = self.origin.log();
        score.requests = log.len();
        self.fields(&log, &mut score);
        self.crowds(&log, &mut score);
        let record = self.record.lock().unwrap().clone();
        score.not_modified = record
            .iter()
            .filter(|answered| matches!(answered.what, What::NotModified(_)))
            .count();
        self.spacing(&record, &mut score);
        let stored = self.stored();
        let report = self.service.report();
        for source in 0..self.publishers.len() {
            let of: Vec<&Answered> = record.iter().filter(|r| r.source == source).collect();
            let shown = self.validators(source, &of, &mut score);
            self.items(source, &shown, &stored, &mut score);
            self.health(source, &of, &report, &mut score);
        }
        score.entries = self.shown.entries.len();
        score
    }

    /// Nothing in a request that need not be there.
    fn fields(&self, log: &[Request], score: &mut Score) {
        const KNOWN: [&str; 5] = [
            "user-agent",
            "accept",
            "accept-encoding",
            "if-none-match",
            "if-modified-since",
        ];
        let plain: HashSet<String> = self
            .publishers
            .iter()
            .flat_map(|publisher| {
                let publisher = publisher.lock().unwrap();
                let [a, b] = publisher.urls.clone();
                [a, b, publisher.moved_to()]
            })
            .chain(["https://portal.example/".to_owned()])
            .collect();
        for request in log {
            let odd = request
                .fields
                .keys()
                .find(|name| !KNOWN.contains(&name.as_str()));
            if odd.is_some() || !plain.contains(&request.url) {
                score.useless_fields += 1;
                score.wrong.push(format!("{} with {odd:?}", request.url));
            }
        }
    }

    /// One request to a host at a time, two seconds between their starts.
    fn crowds(&self, log: &[Request], score: &mut Score) {
        let mut last: HashMap<&str, Duration> = HashMap::new();
        for request in log {
            let host = request.host();
            if self.origin.most_open(host) > 1 {
                score.crowded += 1;
                score.wrong.push(format!("two requests at once at {host}"));
            }
            if let Some(before) = last.insert(host, request.at)
                && request.at < before + Duration::from_secs(2)
            {
                score.crowded += 1;
                score
                    .wrong
                    .push(format!("{host}: {before:?} and {:?}", request.at));
            }
        }
    }

    /// Whether an answer is certainly stored.
    fn is_settled(&self, answered: &Answered) -> bool {
        let stored = answered.done + Duration::from_secs(1);
        let killed = within(&self.deeds.kills, answered.at, stored);
        let stopped = self
            .deeds
            .stops
            .iter()
            .any(|stop| (answered.at..answered.done).contains(stop));
        !killed && !stopped && !self.is_readdressed(answered.source, answered.at, stored)
    }

    fn is_readdressed(&self, source: usize, from: Duration, to: Duration) -> bool {
        let mut edits = self.deeds.readdressed.iter();
        edits.any(|(of, begins, ends)| *of == source && *begins <= to && *ends >= from)
    }

    /// The shortest interval that may have counted then.
    fn every(&self, source: usize, at: Duration) -> Duration {
        let of = self.deeds.every.iter().filter(|(of, ..)| *of == source);
        let begun: Vec<_> = of.filter(|(_, _, begins, _)| *begins <= at).collect();
        let (_, every, _, ends) = begun[begun.len() - 1];
        match begun.len() {
            n if n > 1 && at <= *ends => (*every).min(begun[n - 2].1),
            _ => *every,
        }
    }

    /// No request earlier than allowed: by the interval, by `Retry-After` and
    /// by freshness.
    fn spacing(&self, record: &[Answered], score: &mut Score) {
        let mut last: HashMap<&str, Duration> = HashMap::new();
        let mut urls: HashMap<&str, Wish> = HashMap::new();
        let mut hosts: HashMap<&str, Wish> = HashMap::new();
        let mut excused: HashMap<(usize, Duration), Duration> = HashMap::new();
        let mut gone: HashMap<&str, (Duration, bool)> = HashMap::new();
        for answered in record {
            let (url, at) = (answered.url.as_str(), answered.at);
            let host = url.split('/').nth(2).unwrap();
            let mut soon = Vec::new();
            let before = last.insert(url, at);
            let every = self.every(answered.source, at);
            // Two addresses may lead to one target: it is asked for each.
            let is_target = url.starts_with("https://moved-");
            let led = |from: Duration| is_target && self.is_readdressed(answered.source, from, at);
            if let Some(before) = before
                && at < before + every
                && !led(before)
            {
                soon.push((before, format!("after {before:?} by {every:?}")));
            }
            let unwatched = |from: Duration| self.unwatched(from, at).next().is_some();
            let of_host = hosts.get(host).filter(|wish| !unwatched(wish.said));
            for (wish, of) in [(urls.get(url), url), (of_host, host)] {
                if let Some(wish) = wish.filter(|wish| at < wish.until && !led(wish.said)) {
                    soon.push((wish.said, format!("before {:?}, asked by {of}", wish.until)));
                }
            }
            if let Some((said, true)) = gone.get(url)
                && !unwatched(*said)
                && !self.is_readdressed(answered.source, *said, at)
            {
                soon.push((*said, "although it is gone".to_owned()));
            }
            for (from, said) in soon {
                // A clock that was set while nobody watched may cost one
                // errand.
                let is_excused = self.unwatched(from, at).any(|step| {
                    let first = excused.entry((answered.source, step)).or_insert(at);
                    at <= *first + Duration::from_mins(1)
                });
                if !is_excused {
                    score.too_soon += 1;
                    score.wrong.push(format!("{url} at {at:?} {said}"));
                }
            }
            if !self.is_settled(answered) {
                continue;
            }
            let wish = |wait: Duration| Wish {
                said: at,
                until: at + wait,
            };
            match &answered.what {
                What::Refused(status @ (429 | 503), Some(wait)) => {
                    let wish = wish(Duration::from_secs(*wait).min(7 * DAY));
                    if *status == 429 {
                        hosts.insert(host, wish.clone());
                    }
                    urls.insert(url, wish);
                }
                What::Document(..) | What::NotModified(_) => {
                    let fresh = answered.fresh.unwrap_or_default().min(24 * HOUR);
                    urls.insert(url, wish(fresh));
                    gone.remove(url);
                }
                _ => drop(urls.remove(url)),
            }
            if let What::Refused(410, _) = answered.what {
                let first = gone.entry(url).or_insert((at, false)).0;
                gone.insert(url, (first, at >= first + DAY));
            }
        }
    }

    /// When the clock was set while nobody watched, after the one moment and
    /// up to the other: it is set before the service starts, which asks at once.
    fn unwatched(&self, from: Duration, to: Duration) -> impl Iterator<Item = Duration> {
        let steps = self.deeds.unwatched.iter().copied();
        steps.filter(move |step| from < *step && *step <= to)
    }

    /// By how much the clock was set ahead between these moments while nobody
    /// watched: so much more than the time that passed the service sees.
    fn ahead(&self, from: Duration, to: Duration) -> Duration {
        let steps: Vec<Duration> = self.unwatched(from, to).collect();
        let set = self.deeds.set.iter();
        set.filter(|(at, _)| steps.contains(at))
            .filter_map(|(_, by)| Duration::try_from(*by).ok())
            .sum()
    }

    /// By how much, at most, the clock has gone on since then, from one look
    /// to another: `keep` is a time on the calendar, which a clock that is set
    /// ahead by a year brings near.
    fn gone_on(&self, since: Duration) -> Duration {
        let (mut ahead, mut most) = (SignedDuration::ZERO, SignedDuration::ZERO);
        for (_, by) in self.deeds.set.iter().filter(|(at, _)| *at >= since) {
            ahead = (ahead + *by).max(SignedDuration::ZERO);
            most = most.max(ahead);
        }
        DAY * self.plan.days + Duration::try_from(most).unwrap_or_default()
    }

    /// Every validator is the last one that its address gave, and an address
    /// that gave one is not asked without. What the source has certainly
    /// shown.
    fn validators(&self, source: usize, of: &[&Answered], score: &mut Score) -> BTreeSet<usize> {
        let nothing: Pair = (None, None);
        let mut given: HashSet<Vec<u8>> = HashSet::new();
        let mut held: Vec<Held> = Vec::new();
        let mut shown = BTreeSet::new();
        let mut last_body = Duration::ZERO;
        let mut last = Duration::ZERO;
        for answered in of {
            if self.is_readdressed(source, last, answered.at) {
                // The validators of before may be gone, or not yet.
                held.push(Held {
                    from: String::new(),
                    pair: nothing.clone(),
                    items: Vec::new(),
                });
            }
            last = answered.at;
            let (url, pair) = (&answered.url, &answered.sent);
            let expected = |held: &Held| {
                if held.from == *url {
                    held.pair.clone()
                } else {
                    nothing.clone()
                }
            };
            let fits = held.iter().any(|held| expected(held) == *pair);
            let is_new =
                |value: &Option<Vec<u8>>| value.as_ref().is_some_and(|v| !given.contains(v));
            if *pair == nothing {
                if fits || held.is_empty() {
                    score.first_unconditional += 1;
                } else if answered.at + self.ahead(last_body, answered.at) >= last_body + 8 * DAY {
                    score.doubts += 1;
                } else if !matches!(answered.what, What::Redirect)
                    || held.iter().all(|h| h.from == *url)
                {
                    score.unconditional += 1;
                    score
                        .wrong
                        .push(format!("{url} at {:?} without {held:?}", answered.at));
                }
            } else if is_new(&pair.0) || is_new(&pair.1) {
                score.made_up += 1;
                score
                    .wrong
                    .push(format!("{url} at {:?}: made up {pair:?}", answered.at));
            } else if !fits {
                score.out_of_sequence += 1;
                score.wrong.push(format!(
                    "{url} at {:?}: {pair:?}, not {held:?}",
                    answered.at
                ));
            } else {
                held.retain(|held| expected(held) == *pair);
            }
            let next = match &answered.what {
                What::Document(pair, items) => {
                    last_body = answered.at;
                    Some((pair.clone(), items.clone()))
                }
                What::NotModified(new) => {
                    let pair = (
                        new.0.clone().or(pair.0.clone()),
                        new.1.clone().or(pair.1.clone()),
                    );
                    Some((
                        pair,
                        held.iter().flat_map(|held| held.items.clone()).collect(),
                    ))
                }
                What::Damaged(items) if self.is_settled(answered) => {
                    shown.extend(items);
                    None
                }
                _ => None,
            };
            let Some((pair, items)) = next else { continue };
            given.extend([pair.0.clone(), pair.1.clone()].into_iter().flatten());
            let next = Held {
                from: url.clone(),
                pair,
                items,
            };
            if self.is_settled(answered) {
                shown.extend(next.items.iter().copied());
                held = vec![next];
            } else {
                held.push(next);
            }
        }
        // The last request tells which of several is held: its items must be
        // there (no validator ahead of its items).
        if let [only] = held.as_slice() {
            shown.extend(only.items.iter().copied());
        }
        shown
    }

    /// The verdict on every item that is stored.
    fn stored(&self) -> HashMap<(SourceKey, ItemKey), Verdict> {
        let reader = self.service.reader();
        let mut stored = HashMap::new();
        let end = reader.last_item().unwrap() + 1;
        reader
            .ledger(0..end, |row| {
                stored.insert((row.source, row.item.key), row.verdict);
            })
            .unwrap();
        stored
    }

    /// Everything that was shown is stored; what is about the topic is in the
    /// edition once, or held back for a reason.
    fn items(
        &self,
        source: usize,
        shown: &BTreeSet<usize>,
        stored: &HashMap<(SourceKey, ItemKey), Verdict>,
        score: &mut Score,
    ) {
        let publisher = self.publishers[source].lock().unwrap();
        let reader = self.service.reader();
        let key = SourceKey::new(&publisher.key).unwrap();
        for item in shown.iter().map(|n| &publisher.items[*n]) {
            let verdict = stored.get(&(key.clone(), ItemKey::new(&item.guid)));
            let appeared = Duration::from_secs(u64::try_from(item.at).unwrap_or_default());
            let found = || reader.find(&item.guid, None, 1).unwrap().pop();
            if verdict.is_none() && !item.kept {
                // Its text is given up after a time, and its row a year later.
                let age = self.gone_on(appeared);
                let is_told = found().is_some_and(|found| found.pruned.is_some());
                if (is_told && age >= DAY * KEEP) || age >= DAY * (KEEP + 365) {
                    continue;
                }
            }
            if verdict.map(|verdict| *verdict == Verdict::Keep) != Some(item.kept) {
                score.wrong.push(format!("{} is {verdict:?}", item.guid));
                continue;
            }
            let is_published = self.shown.titles.contains_key(&item.title);
            if is_published == item.kept {
                continue;
            }
            let standing = found().map(|found| found.standing);
            let is_held = matches!(standing, Some(Standing::Withheld(_)));
            if is_published || !is_held {
                score.wrong.push(format!("{} is {standing:?}", item.guid));
            }
        }
    }

    /// After the last trouble everything is well, and goes on.
    fn health(&self, source: usize, of: &[&Answered], report: &Report, score: &mut Score) {
        let publisher = self.publishers[source].lock().unwrap();
        if publisher.dead.is_some() {
            return;
        }
        let mut told = report.sources.iter();
        let status = told.find(|s| s.source.as_str() == publisher.key).unwrap();
        if status.state.is_trouble() {
            let wrong = format!("{} is {status:?} at the end", publisher.key);
            score.wrong.push(wrong);
        }
        let last = of.last().map_or(Duration::ZERO, |answered| answered.at);
        if last + CYCLE < self.origin.now() {
            let wrong = format!("{} is not asked since {last:?}", publisher.key);
            score.wrong.push(wrong);
        }
    }
}

fn within<'a>(
    moments: impl IntoIterator<Item = &'a Duration>,
    from: Duration,
    to: Duration,
) -> bool {
    moments
        .into_iter()
        .any(|moment| (from..=to).contains(moment))
}
