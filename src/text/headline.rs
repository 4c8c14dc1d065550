//! Headlines as they are compared: without the outlet's name, the date and
//! the word "video" that some outlets put behind them. For display they stay.

use super::fold;

/// A suffix of more words is part of the headline.
const WORDS_AT_MOST: usize = 6;

/// What stands between a headline and its suffix.
const MARKS: [&str; 9] = [
    " - ", " – ", " — ", " | ", " :: ", " / ", " • ", " · ", "｜",
];

/// Words that say what kind of thing stands behind the headline.
const KINDS: [&str; 12] = [
    "video",
    "видео",
    "photo",
    "photos",
    "фото",
    "live",
    "фоторепортаж",
    "podcast",
    "视频",
    "组图",
    "opinion",
    "updated",
];

/// The headline without its suffixes. `outlets` are the names by which its
/// outlet is known: only what is one of them, a kind of story, or ends in a
/// date is a suffix, for any other words may be news.
pub fn bare<'t>(headline: &'t str, outlets: &[&str]) -> &'t str {
    let mut bare = headline.trim();
    loop {
        let last = MARKS
            .iter()
            .filter_map(|mark| Some((bare.rfind(mark)?, mark.len())))
            .max();
        let Some((at, len)) = last else { return bare };
        let (Some(before), Some(suffix)) = (bare.get(..at), bare.get(at + len..)) else {
            return bare;
        };
        if before.trim().is_empty() || !is_suffix(suffix, outlets) {
            return bare;
        }
        bare = before.trim_end();
    }
}

fn is_suffix(suffix: &str, outlets: &[&str]) -> bool {
    // "РИА Новости, 27.08.2025".
    let (name, date) = suffix.rsplit_once(',').unwrap_or((suffix, ""));
    let is_dated = date.trim().len() >= 8
        && date
            .trim()
            .chars()
            .all(|c| c.is_ascii_digit() || ".-/".contains(c));
    let folded = fold::folded(if is_dated { name } else { suffix });
    let words = folded.split(' ').count();
    if folded.is_empty() || words > WORDS_AT_MOST {
        return false;
    }
    is_dated
        || KINDS.contains(&folded.as_str())
        || outlets.iter().any(|outlet| {
            let outlet = fold::folded(outlet);
            // "Reuters" for "Reuters World News", "Post" not for "Po".
            outlet == folded
                || outlet.starts_with(&format!("{folded} "))
                || folded.starts_with(&format!("{outlet} "))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_no_news_is_a_suffix() {
        let outlets = ["РИА Новости", "Reuters World News", "TASS"];
        for (headline, expected) in [
            ("Bloc meets - TASS", "Bloc meets"),
            ("Bloc meets | Video | Reuters", "Bloc meets"),
            (
                "Лавров прибыл в Астану - РИА Новости, 27.08.2025",
                "Лавров прибыл в Астану",
            ),
            (
                "Лавров прибыл в Астану - РИА Новости",
                "Лавров прибыл в Астану",
            ),
            ("Bloc meets — ВИДЕО", "Bloc meets"),
            ("Bloc meets - what to expect", "Bloc meets - what to expect"),
            ("Xi–Putin talks", "Xi–Putin talks"),
            ("TASS", "TASS"),
            ("- TASS", "- TASS"),
            ("Moscow - Beijing", "Moscow - Beijing"),
        ] {
            assert_eq!(bare(headline, &outlets), expected, "{headline}");
        }
    }
}
