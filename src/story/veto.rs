//! What says that two headlines are not about the same, however alike they
//! are: other numbers, other days, other parties.

use crate::model::Actor;
use crate::text::fold::Tokens;

/// A number at most that counts, in digits: longer ones are identifiers.
const DIGITS: usize = 4;

/// Something that a headline counts or dates by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// A number, in digits or in words.
    Number(u16),
    /// A day of the week, from Monday.
    Weekday(u8),
    /// A month, from January.
    Month(u8),
}

impl Mark {
    /// Bytes of one stored mark.
    pub(super) const SIZE: usize = 3;

    pub(super) fn to_bytes(self) -> [u8; Self::SIZE] {
        let (kind, value) = match self {
            Self::Number(number) => (0, number),
            Self::Weekday(day) => (1, day.into()),
            Self::Month(month) => (2, month.into()),
        };
        let [low, high] = value.to_le_bytes();
        [kind, low, high]
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let [kind, low, high] = bytes.try_into().ok()?;
        match kind {
            0 => Some(Self::Number(u16::from_le_bytes([low, high]))),
            1 => Some(Self::Weekday(low)),
            2 => Some(Self::Month(low)),
            _ => None,
        }
    }

    fn kind(self) -> u8 {
        let [kind, ..] = self.to_bytes();
        kind
    }
}

/// The marks of a headline, each once, in order.
pub(super) fn marks(tokens: &Tokens) -> Box<[Mark]> {
    let mut marks: Vec<Mark> = tokens.iter().filter_map(|word| mark(word.folded)).collect();
    marks.sort_unstable();
    marks.dedup();
    marks.truncate(usize::from(u8::MAX));
    marks.into()
}

/// What a word counts or dates by.
pub(super) fn mark(word: &str) -> Option<Mark> {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        let number = word.parse().ok().filter(|_| word.len() <= DIGITS);
        return number.map(Mark::Number);
    }
    let at = WORDS.binary_search_by_key(&word, |(word, _)| word).ok()?;
    WORDS.get(at).map(|(_, mark)| *mark)
}

/// Whether each of the two names something that the other does not: twelve
/// here and fifteen there, Tokayev here and Mirziyoyev there. One that only
/// says less parts nothing.
fn differ<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    a.iter().any(|one| !b.contains(one)) && b.iter().any(|one| !a.contains(one))
}

/// Whether the marks say that the two are not about the same.
pub(super) fn marks_part(a: &[Mark], b: &[Mark]) -> bool {
    let of = |marks: &[Mark], kind: u8| -> Vec<Mark> {
        marks
            .iter()
            .copied()
            .filter(|mark| mark.kind() == kind)
            .collect()
    };
    (0..=2).any(|kind| differ(&of(a, kind), &of(b, kind)))
}

/// Whether the parties say that the two are not about the same. A person
/// counts as his country, but other persons are other news, even where both
/// countries are named: "Xi meets Tokayev in Astana", "Xi meets Mirziyoyev in
/// Astana".
pub(super) fn actors_part(a: &[Actor], b: &[Actor]) -> bool {
    fn countries(actors: &[Actor]) -> Vec<&str> {
        let parting = actors.iter().filter(|actor| actor.parts);
        parting
            .map(|actor| actor.of.as_deref().unwrap_or(&actor.key))
            .collect()
    }
    fn persons(actors: &[Actor]) -> Vec<&str> {
        let persons = actors.iter().filter(|actor| actor.of.is_some());
        persons.map(|actor| actor.key.as_str()).collect()
    }
    differ(&countries(a), &countries(b)) || differ(&persons(a), &persons(b))
}

/// Numbers and days that headlines write in words, folded, in order. Words
/// that are also others (`may`, `march`, `first`) are left out.
const WORDS: [(&str, Mark); 125] = [
    ("april", Mark::Month(3)),
    ("august", Mark::Month(7)),
    ("december", Mark::Month(11)),
    ("eight", Mark::Number(8)),
    ("eighth", Mark::Number(8)),
    ("eleven", Mark::Number(11)),
    ("february", Mark::Month(1)),
    ("fifth", Mark::Number(5)),
    ("five", Mark::Number(5)),
    ("four", Mark::Number(4)),
    ("fourth", Mark::Number(4)),
    ("friday", Mark::Weekday(4)),
    ("january", Mark::Month(0)),
    ("july", Mark::Month(6)),
    ("june", Mark::Month(5)),
    ("monday", Mark::Weekday(0)),
    ("nine", Mark::Number(9)),
    ("ninth", Mark::Number(9)),
    ("november", Mark::Month(10)),
    ("october", Mark::Month(9)),
    ("saturday", Mark::Weekday(5)),
    ("second", Mark::Number(2)),
    ("september", Mark::Month(8)),
    ("seven", Mark::Number(7)),
    ("seventh", Mark::Number(7)),
    ("six", Mark::Number(6)),
    ("sixth", Mark::Number(6)),
    ("sunday", Mark::Weekday(6)),
    ("ten", Mark::Number(10)),
    ("tenth", Mark::Number(10)),
    ("third", Mark::Number(3)),
    ("thirty", Mark::Number(30)),
    ("three", Mark::Number(3)),
    ("thursday", Mark::Weekday(3)),
    ("tuesday", Mark::Weekday(1)),
    ("twelve", Mark::Number(12)),
    ("twenty", Mark::Number(20)),
    ("two", Mark::Number(2)),
    ("wednesday", Mark::Weekday(2)),
    ("август", Mark::Month(7)),
    ("августа", Mark::Month(7)),
    ("августе", Mark::Month(7)),
    ("апреле", Mark::Month(3)),
    ("апрель", Mark::Month(3)),
    ("апреля", Mark::Month(3)),
    ("восемь", Mark::Number(8)),
    ("воскресенье", Mark::Weekday(6)),
    ("воскресенья", Mark::Weekday(6)),
    ("восьми", Mark::Number(8)),
    ("вторая", Mark::Number(2)),
    ("вторник", Mark::Weekday(1)),
    ("вторника", Mark::Weekday(1)),
    ("второго", Mark::Number(2)),
    ("второе", Mark::Number(2)),
    ("второи", Mark::Number(2)),
    ("два", Mark::Number(2)),
    ("двадцать", Mark::Number(20)),
    ("две", Mark::Number(2)),
    ("двенадцать", Mark::Number(12)),
    ("двое", Mark::Number(2)),
    ("двух", Mark::Number(2)),
    ("девяти", Mark::Number(9)),
    ("девять", Mark::Number(9)),
    ("декабре", Mark::Month(11)),
    ("декабрь", Mark::Month(11)),
    ("декабря", Mark::Month(11)),
    ("десяти", Mark::Number(10)),
    ("десять", Mark::Number(10)),
    ("июле", Mark::Month(6)),
    ("июль", Mark::Month(6)),
    ("июля", Mark::Month(6)),
    ("июне", Mark::Month(5)),
    ("июнь", Mark::Month(5)),
    ("июня", Mark::Month(5)),
    ("мае", Mark::Month(4)),
    ("марта", Mark::Month(2)),
    ("марте", Mark::Month(2)),
    ("мая", Mark::Month(4)),
    ("ноябре", Mark::Month(10)),
    ("ноябрь", Mark::Month(10)),
    ("ноября", Mark::Month(10)),
    ("одиннадцать", Mark::Number(11)),
    ("октябре", Mark::Month(9)),
    ("октябрь", Mark::Month(9)),
    ("октября", Mark::Month(9)),
    ("понедельник", Mark::Weekday(0)),
    ("понедельника", Mark::Weekday(0)),
    ("пятеро", Mark::Number(5)),
    ("пяти", Mark::Number(5)),
    ("пятница", Mark::Weekday(4)),
    ("пятницу", Mark::Weekday(4)),
    ("пятницы", Mark::Weekday(4)),
    ("пять", Mark::Number(5)),
    ("семеро", Mark::Number(7)),
    ("семи", Mark::Number(7)),
    ("семь", Mark::Number(7)),
    ("сентябре", Mark::Month(8)),
    ("сентябрь", Mark::Month(8)),
    ("сентября", Mark::Month(8)),
    ("среду", Mark::Weekday(2)),
    ("суббота", Mark::Weekday(5)),
    ("субботу", Mark::Weekday(5)),
    ("субботы", Mark::Weekday(5)),
    ("третии", Mark::Number(3)),
    ("третье", Mark::Number(3)),
    ("третьего", Mark::Number(3)),
    ("третья", Mark::Number(3)),
    ("трех", Mark::Number(3)),
    ("три", Mark::Number(3)),
    ("тридцать", Mark::Number(30)),
    ("трое", Mark::Number(3)),
    ("феврале", Mark::Month(1)),
    ("февраль", Mark::Month(1)),
    ("февраля", Mark::Month(1)),
    ("четверг", Mark::Weekday(3)),
    ("четверга", Mark::Weekday(3)),
    ("четверо", Mark::Number(4)),
    ("четыре", Mark::Number(4)),
    ("четырех", Mark::Number(4)),
    ("шестеро", Mark::Number(6)),
    ("шести", Mark::Number(6)),
    ("шесть", Mark::Number(6)),
    ("январе", Mark::Month(0)),
    ("январь", Mark::Month(0)),
    ("января", Mark::Month(0)),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    fn of(headline: &str) -> Box<[Mark]> {
        let mut tokens = Tokens::default();
        tokens.read(headline);
        marks(&tokens)
    }

    #[track_caller]
    fn check_marks(a: &str, b: &str, part: bool) {
        assert_eq!(marks_part(&of(a), &of(b)), part, "{a} {b}");
        assert_eq!(marks_part(&of(b), &of(a)), part, "{b} {a}");
    }

    #[test]
    fn the_words_are_folded_and_in_order() {
        assert!(WORDS.is_sorted_by_key(|(word, _)| word));
        for (word, mark) in WORDS {
            assert_eq!(fold::folded(word), word);
            assert_eq!(Mark::from_bytes(&mark.to_bytes()), Some(mark));
        }
    }

    #[test]
    fn other_numbers_and_days_part_headlines() {
        check_marks("Quake kills 12", "Quake kills 15", true);
        check_marks("Quake kills 12", "Quake kills 12, hurts 40", false);
        check_marks("Quake kills 12", "Quake kills a dozen", false);
        check_marks("Two detained in Osh", "2 detained in Osh", false);
        check_marks("Задержаны двое", "Задержаны трое", true);
        check_marks("Talks on Monday", "Talks on Tuesday", true);
        check_marks("Talks on 5 May", "Talks on Monday", false);
        check_marks(
            "Trade setup for 18 August",
            "Trade setup for 18 September",
            true,
        );
        check_marks("Nifty 50: 8 stocks", "Nifty 50: 9 stocks", true);
        check_marks("Sanctions list of 2025", "Sanctions list of 2026", true);
        check_marks("Order 1234567", "Order 7654321", false);
    }

    fn actors(keys: &str) -> Vec<Actor> {
        let actor = |key: &str| {
            let (of, key) = key
                .split_once('/')
                .map_or((None, key), |(of, key)| (Some(of), key));
            Actor {
                key: key.to_owned(),
                of: of.map(str::to_owned),
                parts: key != "UN",
            }
        };
        keys.split(' ')
            .filter(|key| !key.is_empty())
            .map(actor)
            .collect()
    }

    #[track_caller]
    fn check_actors(a: &str, b: &str, part: bool) {
        assert_eq!(actors_part(&actors(a), &actors(b)), part, "{a} | {b}");
        assert_eq!(actors_part(&actors(b), &actors(a)), part, "{b} | {a}");
    }

    #[test]
    fn other_parties_part_headlines() {
        check_actors("CN/xi KZ/tokayev", "CN/xi UZ/mirziyoyev", true);
        check_actors("CN/xi KZ/tokayev", "CN KZ", false);
        check_actors("CN/xi KZ/tokayev", "CN/xi", false);
        check_actors("CN", "RU", true);
        check_actors("UN CN", "CN RU", false);
        check_actors("", "CN RU", false);
        check_actors("RU/putin", "RU/lavrov", true);
        check_actors("RU/putin RU/lavrov", "RU/putin", false);
        check_actors("CN/xi EG", "CN/zhaoleji EG", true);
        check_actors("CN/xi KZ/tokayev KZ", "CN/xi UZ/mirziyoyev KZ", true);
    }
}
