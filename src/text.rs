//! Text: folding and words, markup to plain text, URLs, dates, spans of time,
//! languages, width.
//!
//! Pure functions over strings; nothing here knows what an item is.

pub mod date;
pub mod entity;
pub mod fold;
pub mod language;
pub mod markup;
pub mod plain;
pub mod query;
pub mod span;
pub mod url;
pub mod width;
