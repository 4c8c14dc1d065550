//! The nouns of scofeed: values that pass from one module to the next.
//!
//! Nothing here reads a file, a clock or the network. A constructor returns
//! a value that keeps its type's promise, or says why it cannot.

mod answer;
mod counters;
mod incident;
mod item;
mod report;
mod source;
mod story;

pub use answer::{
    Answer, Article, Cost, Errand, Failure, Fetched, Fresh, Head, Hints, Identity, Manners,
    Outcome, Parsed, Read, Reading, Robots, Rung, Skip, Validators,
};
pub use counters::{BOUNDS, Counters, Durations};
pub use incident::{Incident, IncidentKind};
pub use item::{
    Actor, Field, Item, ItemKey, Judged, List, Media, MediaKind, NearContext, Parties, Reason,
    Skipped, Verdict,
};
pub use report::{
    DayOfPolls, Disk, Due, LedgerSize, Move, PollRow, Report, ServiceReport, ServiceTrouble,
    SourceReport, SourceState,
};
pub use source::{Expect, SecretPlace, Selectors, SourceKey, SourceKeyError, Target, WebUrl};
pub use story::{
    Decision, Evidence, How, Joined, Kin, Member, Revision, Standing, Story, StoryId, Withheld,
};
