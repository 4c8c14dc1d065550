//! Folding: two spellings that a reader takes for the same word become the
//! same letters (TOPIC-AND-STORIES 1.5, rule 2).

/// `text` as its folded words, one space between: what keys and comparisons
/// are made of.
pub fn folded(text: &str) -> String {
    text.to_lowercase()
}
