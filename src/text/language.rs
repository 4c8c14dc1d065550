//! Language tags, and the language of a text by its letters.

/// `tag` as a lower-case BCP 47 tag, if it is one.
pub fn tag(_tag: &str) -> Option<String> {
    None
}

/// The language of `text`, as far as script and telling letters decide it.
pub fn guess(_text: &str) -> Option<&'static str> {
    None
}
