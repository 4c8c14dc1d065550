//! Text: folding and words, markup to plain text, URLs, dates, languages.
//!
//! Pure functions over strings; nothing here knows what an item is.

pub mod date;
pub mod entity;
pub mod fold;
pub mod language;
pub mod markup;
pub mod plain;
pub mod query;
pub mod url;
