//! What is counted while the service runs, for `/metrics` (O-03).

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Answer, Errand, Outcome};

/// Upper bounds of what durations are sorted by, in milliseconds.
pub const BOUNDS: [u64; 10] = [5, 20, 50, 100, 250, 500, 1_000, 2_500, 10_000, 30_000];

/// How long something took, each time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    /// Those not longer than the bound of the same place, each counted once.
    pub within: [u64; BOUNDS.len()],
    /// All of them.
    pub count: u64,
    /// Their sum.
    pub sum: Duration,
}

impl Durations {
    /// One more.
    pub fn add(&mut self, took: Duration) {
        let places = BOUNDS.iter().zip(&mut self.within);
        let place = |(bound, _): &(&u64, &mut u64)| took <= Duration::from_millis(**bound);
        if let Some((_, within)) = places.into_iter().find(place) {
            *within += 1;
        }
        self.count += 1;
        self.sum += took;
    }
}

/// Counts since the service runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Polls by what came of them: `read`, `unchanged` or the kind of
    /// failure.
    pub polls: BTreeMap<&'static str, u64>,
    /// Looks, likewise.
    pub looks: BTreeMap<&'static str, u64>,
    /// From asking to having judged.
    pub fetch: Durations,
    /// Bytes of bodies on the wire.
    pub bytes: u64,
    /// The same, decompressed.
    pub decoded: u64,
    /// Polls with validators by what came of them: `unchanged`, `changed`,
    /// `failed`.
    pub conditional: BTreeMap<&'static str, u64>,
    /// Items never seen before.
    pub items: u64,
    /// Of these, about the topic.
    pub kept: u64,
    /// Of these, nearly about the topic.
    pub near: u64,
    /// Stories that entered.
    pub stories: u64,
    /// From an answer to its edition: when it has settled and is served.
    pub publish: Durations,
    /// One transaction of answers.
    pub commit: Durations,
    /// Building an edition and writing it as files.
    pub build: Durations,
}

impl Counters {
    /// Counts an answer.
    pub fn answer(&mut self, answer: &Answer) {
        let came = match &answer.outcome {
            Outcome::Unchanged(_) => "unchanged",
            Outcome::Read(read) if read.breach.is_some() => "breach",
            Outcome::Read(_) | Outcome::Seen(_) => "read",
            Outcome::Failed(failure) => failure.kind(),
        };
        let (counts, is_poll) = match &answer.errand {
            Errand::Poll { .. } => (&mut self.polls, true),
            Errand::Look { .. } => (&mut self.looks, false),
        };
        *counts.entry(came).or_default() += 1;
        if is_poll && answer.errand.is_conditional() {
            let came = match &answer.outcome {
                Outcome::Unchanged(_) => "unchanged",
                Outcome::Read(_) | Outcome::Seen(_) => "changed",
                Outcome::Failed(_) => "failed",
            };
            *self.conditional.entry(came).or_default() += 1;
        }
        self.fetch.add(answer.cost.took);
        self.bytes += answer.cost.bytes;
        self.decoded += answer.cost.decoded;
    }
}
