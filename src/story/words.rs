//! From words to features: their first five letters, so that inflection does
//! not part them; numbers whole; in scripts without spaces every two
//! characters.

use super::vector::{Feature, Vector};
use crate::text::fold::{self, Tokens, Word};
use crate::text::plain;

/// Letters of a word that count.
const PREFIX: usize = 5;

/// The features of a text in its order, each as often as it stands there.
pub(super) fn features(tokens: &Tokens) -> Vec<u32> {
    let mut features = Vec::with_capacity(tokens.len());
    let mut last: Option<Word<'_>> = None;
    let mut paired = false;
    for word in tokens.iter() {
        if !stands_alone(word) {
            // One letter is a preposition, or what an apostrophe left.
            if word.folded.chars().nth(1).is_some() || is_number(word) {
                features.push(hash(prefix(word), ""));
            }
            last = None;
            continue;
        }
        match last {
            Some(before) if before.end == word.at => {
                // The first pair takes the place of the character before it.
                if !paired {
                    features.pop();
                }
                features.push(hash(before.folded, word.folded));
                paired = true;
            }
            _ => {
                features.push(hash(word.folded, ""));
                paired = false;
            }
        }
        last = Some(word);
    }
    features
}

/// The words of a text whose features both vectors hold, as they stand in it,
/// the weightiest first.
pub(super) fn in_common(text: &str, own: &Vector, other: &Vector) -> Vec<String> {
    let mut tokens = Tokens::default();
    tokens.read(text);
    let mut shared: Vec<(Feature, Feature)> = own.shared(other).collect();
    shared.sort_by_key(|(mine, _)| (std::cmp::Reverse(mine.weight), mine.hash));
    let mut told: Vec<(u32, String)> = Vec::new();
    let mut last: Option<Word<'_>> = None;
    for word in tokens.iter() {
        told.push((hash(prefix(word), ""), word.folded.to_owned()));
        if let Some(before) = last.replace(word) {
            let pair = format!("{}{}", before.folded, word.folded);
            told.push((hash(before.folded, word.folded), pair));
        }
    }
    let find = |feature: u32| told.iter().find(|(hash, _)| *hash == feature);
    let words = shared.iter().filter_map(|(mine, _)| find(mine.hash));
    words.map(|(_, word)| word.clone()).collect()
}

/// How long a text is, in words of three letters or more: `Photo of the day`
/// says little. Two characters of a script without spaces make a word.
pub(super) fn length(tokens: &Tokens) -> usize {
    let halves = |word: Word<'_>| match word.folded.chars().nth(2) {
        _ if stands_alone(word) => 1,
        None if !is_number(word) => 0,
        _ => 2,
    };
    tokens.iter().map(halves).sum::<usize>() / 2
}

fn prefix(word: Word<'_>) -> &str {
    if is_number(word) {
        word.folded
    } else {
        plain::beginning(word.folded, PREFIX)
    }
}

pub(super) fn is_number(word: Word<'_>) -> bool {
    word.folded.starts_with(|c: char| c.is_ascii_digit())
}

pub(super) fn stands_alone(word: Word<'_>) -> bool {
    word.folded.chars().next().is_some_and(fold::stands_alone)
}

/// A hash of the feature `a` + `b`, well mixed in all its bits. It is stored
/// and must never change.
pub(super) fn hash(a: &str, b: &str) -> u32 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(PRIME);
    let hash = a.bytes().chain(b.bytes()).fold(BASIS, fnv);
    let mixed = (hash ^ hash >> 32).wrapping_mul(MIX);
    u32::try_from(mixed >> 32).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::usage::Usage;

    fn tokens(text: &str) -> Tokens {
        let mut tokens = Tokens::default();
        tokens.read(text);
        tokens
    }

    fn vector(text: &str) -> Vector {
        Vector::new(features(&tokens(text)), &Usage::default())
    }

    /// How many features two texts share, and how many each has.
    #[track_caller]
    fn check(a: &str, b: &str, expected: (usize, usize, usize)) {
        let (one, other) = (vector(a), vector(b));
        let found = (one.common(&other), one.len(), other.len());
        assert_eq!(found, expected, "{a} {b}");
    }

    #[test]
    fn inflection_and_capitals_part_no_words() {
        check("Саммит ШОС в Бишкеке", "САММИТА ШОС БИШКЕК", (3, 3, 3));
        check("Leaders meet", "Leader meeting", (1, 2, 2));
        check("China's banks", "China banks", (2, 2, 2));
        check("Саммит открылся", "Переговоры завершены", (0, 2, 2));
        check("Order 1234567", "Order 1234568", (1, 2, 2));
    }

    #[test]
    fn scripts_without_spaces_are_read_in_pairs() {
        check("上合组织峰会", "上合组织会议", (3, 5, 5));
        check("中", "中", (1, 1, 1));
        check("中国2026年", "中国 2026", (2, 3, 2));
        // A break ends a run.
        check("中国、印度", "中国印度", (2, 2, 3));
    }

    #[test]
    fn shared_words_are_told_as_they_stand() {
        let (one, other) = ("Саммит в Бишкеке открылся", "Саммит откроется в Бишкеке");
        let mut words = in_common(one, &vector(one), &vector(other));
        words.sort();
        assert_eq!(words, ["бишкеке", "саммит"]);
        let (one, other) = ("上合组织", "上合会议");
        assert_eq!(in_common(one, &vector(one), &vector(other)), ["上合"]);
    }

    #[test]
    fn two_characters_are_as_long_as_a_word() {
        assert_eq!(length(&tokens("SCO summit opens today")), 4);
        assert_eq!(length(&tokens("上合组织峰会开幕")), 4);
        assert_eq!(length(&tokens("Photo of the day")), 3);
        assert_eq!(length(&tokens("5 to 10")), 2);
        assert_eq!(length(&tokens("")), 0);
    }

    #[test]
    fn feature_hashes_never_change() {
        // Written down on the first day: a change here makes every stored
        // print one of other words.
        assert_eq!(hash("саммит", ""), 2_421_787_546);
        assert_eq!(hash("上", "合"), 2_881_643_858);
        assert_eq!(hash("上合", ""), hash("上", "合"));
    }
}
