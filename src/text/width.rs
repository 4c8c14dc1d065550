//! How wide text stands in a terminal, and how it is made to fit.

/// Characters that a terminal shows two columns wide.
pub fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE6F}' | '\u{FF00}'..='\u{FF60}'
        | '\u{FFE0}'..='\u{FFE6}' | '\u{20000}'..='\u{3FFFD}')
}

/// The columns that a character takes.
pub fn columns_of(c: char) -> usize {
    if is_wide(c) { 2 } else { 1 }
}

/// The columns that a text takes.
pub fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// `text` in exactly so many columns: filled up, or cut with an ellipsis.
pub fn fitted(text: &str, width: usize) -> String {
    let mut fitted = text.to_owned();
    if columns(text) > width {
        fitted.clear();
        let mut taken = 1;
        for c in text.chars() {
            taken += columns_of(c);
            if taken > width {
                break;
            }
            fitted.push(c);
        }
        fitted.push('…');
    }
    let missing = width.saturating_sub(columns(&fitted));
    fitted + &" ".repeat(missing)
}

/// `text` in lines of at most so many columns, broken at spaces where there
/// are any.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut taken = 0;
    for word in text.split_whitespace() {
        let fits = taken + 1 + columns(word) <= width;
        if taken > 0 && !fits {
            lines.push(String::new());
            taken = 0;
        }
        if taken > 0 {
            push(&mut lines, ' ');
            taken += 1;
        }
        for c in word.chars() {
            if taken + columns_of(c) > width {
                lines.push(String::new());
                taken = 0;
            }
            push(&mut lines, c);
            taken += columns_of(c);
        }
    }
    lines
}

fn push(lines: &mut [String], c: char) {
    if let Some(line) = lines.last_mut() {
        line.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_made_to_fit() {
        for (text, fit) in [
            ("ria", "ria  "),
            ("xinhua", "xinh…"),
            ("新华社报道", "新华…"),
            ("a新华社", "a新… "),
            ("", "     "),
        ] {
            assert_eq!(fitted(text, 5), fit);
            assert_eq!(columns(fit), 5);
        }
    }

    #[test]
    fn lines_end_at_spaces_where_there_are_any() {
        let lines = wrapped(
            "the  page names no feed at https://a.example/long 新华社",
            10,
        );
        assert_eq!(
            lines,
            [
                "the page",
                "names no",
                "feed at",
                "https://a.",
                "example/lo",
                "ng 新华社"
            ]
        );
        assert!(lines.iter().all(|line| columns(line) <= 10));
        assert_eq!(wrapped("", 10), [""]);
    }
}
