//! Whether a text is a date and no prose that names one.

use super::{Part, Parts, half, month, plainer, relative, weekday, zone};

/// Words beside a date that has a year: who published it, and where.
const BESIDE_YEAR: usize = 2;

/// Whether a text that names a moment says next to nothing else. With a year
/// a few words may stand beside it; without one only the first word, as in
/// "Posted 12 March", or one that a mark sets off: «12 марта, четверг».
/// "Losses may reach 12" is prose.
pub fn is_alone(text: &str) -> bool {
    let text = plainer(text);
    let text = without_label(text.trim());
    let parts = Parts::of(text);
    let mut strange = 0;
    let mut loose = 0;
    let mut is_set_off = true;
    for part in &parts.0 {
        match part {
            Part::Word(word) => {
                let words = words_in(word);
                strange += words;
                loose += words.saturating_sub(usize::from(is_set_off));
                is_set_off = false;
            }
            Part::Number(_) => is_set_off = false,
            Part::Mark(mark) => {
                is_set_off |= matches!(mark, ',' | '(' | '[' | '|' | '،' | '，' | '（');
            }
            Part::Space => {}
        }
        if strange > BESIDE_YEAR {
            return false;
        }
    }
    let has_year = |part: &Part<'_>| match part {
        Part::Number(digits) => digits.len() >= 4,
        _ => false,
    };
    loose == 0 || parts.0.iter().any(has_year)
}

/// The text behind "Published:".
fn without_label(text: &str) -> &str {
    let behind = text.split_once(':').filter(|(label, behind)| {
        !behind.is_empty() && !label.contains(|c: char| c.is_ascii_digit())
    });
    behind.map_or(text, |(_, behind)| behind.trim_start())
}

/// How many words a run of letters is that names no part of a date; one of
/// Chinese is several.
fn words_in(word: &str) -> usize {
    const FILLERS: [&str; 11] = [
        "года",
        "году",
        "год",
        "жылы",
        "жылғы",
        "жыл",
        "соли",
        "yil",
        "year",
        "року",
        "बजे",
    ];
    let lower = word.to_lowercase();
    let letters = word.chars().count();
    let is_known = letters <= 2
        || FILLERS.contains(&lower.as_str())
        || month::named(word).is_some()
        || weekday(word).is_some()
        || half(&lower).is_some()
        || zone::is_sure(word)
        || relative::is_part(&lower);
    let is_wide = word.starts_with(|c| matches!(c, '\u{2e80}'..='\u{9fff}'));
    match (is_known, is_wide) {
        (true, _) => 0,
        (false, true) => letters.div_ceil(3),
        (false, false) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_told_from_prose() {
        for text in [
            "12 March",
            "Thursday, 12 March",
            "12 марта, четверг, 14:05",
            "Опубликовано: 12 марта 2026 года в 14:05",
            "By Anna Orlova on March 12, 2026",
            "2 hours ago",
            "2 часа назад",
            "3小时前",
            "۱۲ فروردین ۱۴۰۵",
            "پنجشنبه ۱۲ فروردین",
            "2026年11月23日 14:05 来源：新华社",
            "Reuters, 23.11.2026",
            "12 Mar 2026 14:05 MSK",
        ] {
            assert!(is_alone(text), "{text}");
        }
        for text in [
            "Losses may reach 12 billion",
            "may reach 12",
            "March 12 states",
            "2 часа назад начался пожар",
            "The plant was closed on 3 March 2025",
            "据3月12日在北京举行的会议报道",
        ] {
            assert!(!is_alone(text), "{text}");
        }
    }
}
