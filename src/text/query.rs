//! What somebody looks for: words in any script, in any case, and where they
//! stand in a text.
//!
//! Words separated by spaces must all be there, anywhere; what is written
//! without a space between, or in quotes, must be there as it stands. So a
//! Chinese word of two characters is two tokens side by side.

use std::ops::Range;

use super::fold::Tokens;

/// Words of a query at most; nobody types more.
const WORDS_AT_MOST: usize = 20;

/// From this length on a word also stands for its longer forms: a reader who
/// looks for a noun does not mean one case of it.
const STEM_AT_LEAST: usize = 3;

/// Words to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    phrases: Vec<Phrase>,
}

/// Folded words side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Phrase {
    words: Vec<String>,
    /// Whether the last word may go on.
    is_open: bool,
}

impl Query {
    /// The query that somebody typed; `None` if there is no word in it.
    pub fn parse(typed: &str) -> Option<Self> {
        let mut phrases: Vec<Phrase> = Vec::new();
        let mut left = WORDS_AT_MOST;
        for (n, part) in typed.split(['"', '“', '”', '«', '»']).enumerate() {
            let is_quoted = n % 2 == 1;
            let texts = if is_quoted {
                vec![part]
            } else {
                part.split_whitespace().collect()
            };
            for text in texts {
                let mut tokens = Tokens::default();
                tokens.read(text);
                let words: Vec<_> = tokens.iter().map(|word| word.folded.to_owned()).collect();
                let words: Vec<_> = words.into_iter().take(left).collect();
                left -= words.len();
                let Some(last) = words.last() else { continue };
                let phrase = Phrase {
                    is_open: !is_quoted && last.chars().count() >= STEM_AT_LEAST,
                    words,
                };
                if !phrases.contains(&phrase) {
                    phrases.push(phrase);
                }
            }
        }
        (!phrases.is_empty()).then_some(Self { phrases })
    }

    /// The query in the words of SQLite's full-text index, over folded text.
    pub fn to_match(&self) -> String {
        let phrases = self.phrases.iter().map(|phrase| {
            // A folded word is letters and digits: it cannot end the quotes.
            let quoted = format!("\"{}\"", phrase.words.join(" "));
            if phrase.is_open {
                quoted + " *"
            } else {
                quoted
            }
        });
        phrases.collect::<Vec<_>>().join(" AND ")
    }

    /// Where the words stand in `text`, in order, none within another.
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        let mut tokens = Tokens::default();
        tokens.read(text);
        let mut places = Vec::new();
        let mut next = 0;
        while let Some(first) = tokens.get(next) {
            let here = self.phrases.iter().filter(|p| p.is_at(&tokens, next));
            let words = here.map(|phrase| phrase.words.len()).max();
            let last = words.and_then(|words| tokens.get(next + words - 1));
            places.extend(last.map(|last| first.at..last.end));
            next += words.unwrap_or(1);
        }
        places
    }
}

impl Phrase {
    /// Whether it stands at this word.
    fn is_at(&self, tokens: &Tokens, from: usize) -> bool {
        let last = self.words.len() - 1;
        self.words.iter().enumerate().all(|(n, wanted)| {
            tokens.get(from + n).is_some_and(|word| {
                word.folded == wanted
                    || (self.is_open && n == last && word.folded.starts_with(wanted.as_str()))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_phrases() {
        for (typed, expected) in [
            ("SCO Summit", Some("\"sco\" * AND \"summit\" *")),
            ("上合 峰会", Some("\"上 合\" AND \"峰 会\"")),
            ("上合组织", Some("\"上 合 组 织\"")),
            (
                "\"SCO summit\" Astana",
                Some("\"sco summit\" AND \"astana\" *"),
            ),
            ("«Шёлковый путь»", Some("\"шелковыи путь\"")),
            ("co-operation", Some("\"co operation\" *")),
            ("in in IN", Some("\"in\"")),
            ("a\" OR b* NOT c", Some("\"a\" AND \"or b not c\"")),
            ("!? \"\"", None),
            ("", None),
        ] {
            let query = Query::parse(typed);
            assert_eq!(query.map(|q| q.to_match()).as_deref(), expected, "{typed}");
        }
        let long = Query::parse(&"word1 x".repeat(5000)).unwrap();
        assert!(long.to_match().len() < 1000);
    }

    #[test]
    fn a_query_knows_where_its_words_stand() {
        for (typed, text, expected) in [
            (
                "summit",
                "Summits of the SCO: a summit",
                vec!["Summits", "summit"],
            ),
            ("sum", "A sum, and Summits", vec!["sum", "Summits"]),
            ("in", "In Bishkek, within", vec!["In"]),
            ("\"summit\"", "Summits, summit", vec!["summit"]),
            ("上合 峰会", "上海合作：上合组织峰会", vec!["上合", "峰会"]),
            ("шос", "ШОС и шоссе", vec!["ШОС", "шоссе"]),
            ("elan", "Élan", vec!["Élan"]),
            ("sco \"sco summit\"", "SCO summit", vec!["SCO summit"]),
            ("بیشکک", "نشست در بیشکک", vec!["بیشکک"]),
            ("none", "of it", vec![]),
        ] {
            let query = Query::parse(typed).unwrap();
            let places = query.places(text).into_iter();
            let found: Vec<_> = places.map(|place| text.get(place).unwrap()).collect();
            assert_eq!(found, expected, "{typed}");
        }
    }
}
