//! The nouns of scofeed: values that pass from one module to the next.
//!
//! Nothing here reads a file, a clock or the network. A constructor returns
//! a value that keeps its type's promise, or says why it cannot.

mod answer;
mod item;
mod report;
mod source;
mod story;

pub use answer::{
    Answer, Article, Cost, Errand, Failure, Fetched, Fresh, Head, Hints, Manners, Outcome, Parsed,
    Read, Reading, Robots, Rung, Skip, Validators,
};
pub use item::{
    Actor, Field, Item, ItemKey, Judged, List, Media, MediaKind, NearContext, Reason, Skipped,
    Verdict,
};
pub use report::{Due, LedgerSize, PollRow, Report, SourceReport, SourceState};
pub use source::{Expect, SecretPlace, Selectors, SourceKey, SourceKeyError, Target, WebUrl};
pub use story::{Decision, Evidence, How, Joined, Member, Standing, Story, StoryId, Withheld};
