//! Kin: stories that tell the same news in another language. They are linked
//! with each other, never merged (TOPIC-AND-STORIES 2.7).
//!
//! Words differ from language to language; what they name does not. So items
//! are compared by the parties they name, by names of persons and places in
//! Latin and Cyrillic letters, by numbers, and by days of the year. Most news
//! of one topic share some of these: only three that are not common, one of
//! them rare, speak for kinship, and nothing may speak against it.

use std::cmp::Reverse;
use std::ops::RangeInclusive;

use jiff::{SignedDuration, Timestamp};

use super::print::{LEAD_LETTERS, Print};
use super::usage::Usage;
use super::veto::{self, Mark};
use super::window::{self, Entry, Window};
use super::{Newcomer, Teller, clean, words};
use crate::model::{Actor, Parties, StoryId};
use crate::text::fold::{Tokens, Word};
use crate::text::plain;

/// How far apart in time the same news are told in two languages.
const APART: SignedDuration = SignedDuration::from_hours(24);

/// Names that two items share at least.
const SHARED: u8 = 3;

/// A name says nothing if one in so many items holds it.
const COMMON: f64 = 8.0;

/// A name is rare if no more than one in so many items holds it. Before so
/// many have been kept nothing is known to be rare.
const RARE: f64 = 40.0;

/// The bit of a name that is a time.
const TIME: u32 = 1;

/// How much the shared names must say together: the sum of their weights.
const ENOUGH: f64 = 11.0;

/// Names of one item that count.
const NAMES_AT_MOST: usize = 60;

/// Digits of a number that counts.
const NUMBER: RangeInclusive<usize> = 2..=6;

/// Consonants of a name that count: what follows is inflection.
const CONSONANTS: usize = 4;

/// A name of fewer consonants is another word in another language.
const CONSONANTS_AT_LEAST: usize = 3;

/// A story in another language that tells the news of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kinship {
    /// That story.
    pub story: StoryId,
    /// What both name, in words.
    pub said: String,
}

/// What an item names in any language, as hashes, which are stored and must
/// never change.
#[derive(Debug, Default)]
pub(super) struct Names(Vec<u32>);

impl Names {
    pub(super) fn add_parties(&mut self, parties: &Parties) {
        each_party(parties, |name, _| self.0.push(name));
    }

    /// Adds what a headline or lead names; `tokens` are its words.
    pub(super) fn add(&mut self, text: &str, tokens: &Tokens, parties: &Parties) {
        each_name(text, tokens, parties, |name, _| self.0.push(name));
    }

    /// The names, each once, in order.
    pub(super) fn finish(mut self) -> Box<[u32]> {
        self.0.sort_unstable();
        self.0.dedup();
        self.0.truncate(NAMES_AT_MOST);
        self.0.into()
    }
}

fn each_party(parties: &Parties, mut tell: impl FnMut(u32, &str)) {
    for Actor { key, .. } in parties.headline.iter().chain(&parties.lead) {
        tell(thing('@', key), key);
    }
}

/// Tells each name, and the words by which the text names it.
/// What names a party counts as that alone.
fn each_name(text: &str, tokens: &Tokens, parties: &Parties, mut tell: impl FnMut(u32, &str)) {
    let marks_names = !is_title_case(tokens);
    let mut end = None;
    let mut place = 0;
    while let Some(word) = tokens.get(place) {
        if let Some((month, day, taken)) = day_of(tokens, place) {
            let name = time(&format!("{month} {day}"));
            let last = tokens
                .get(place + taken - 1)
                .map_or(word.end, |word| word.end);
            tell(name, text.get(word.at..last).unwrap_or_default());
            end = Some(last);
            place += taken;
            continue;
        }
        let before = end.replace(word.end);
        place += 1;
        if words::is_number(word) {
            if NUMBER.contains(&word.folded.len()) {
                let number = if is_year(word.folded) {
                    time(word.folded)
                } else {
                    thing('n', word.folded)
                };
                tell(number, word.folded);
            }
        } else if marks_names
            && word.cased.starts_with(char::is_uppercase)
            && !parties.words.contains(word.folded)
            && before.is_some_and(|end| !begins_sentence(text, end, word.at))
        {
            let sounds = skeleton(word.folded);
            if sounds.chars().count() >= CONSONANTS_AT_LEAST {
                tell(thing('s', &sounds), word.cased);
            }
        }
    }
}

/// The name of a party, of what sounds so, or of a number. Its last bit tells
/// it from a time.
fn thing(kind: char, name: &str) -> u32 {
    words::hash(kind.encode_utf8(&mut [0; 4]), name) & !TIME
}

/// The name of a day or a year.
fn time(name: &str) -> u32 {
    words::hash("", name) | TIME
}

fn is_year(number: &str) -> bool {
    number.len() == 4 && (number.starts_with("19") || number.starts_with("20"))
}

/// Whether most words begin with a capital, so that it marks no names.
fn is_title_case(tokens: &Tokens) -> bool {
    let long = |word: &Word<'_>| word.folded.chars().nth(3).is_some();
    let (all, capital) = tokens
        .iter()
        .filter(long)
        .fold((0, 0), |(all, capital), word| {
            let is_capital = word.cased.starts_with(char::is_uppercase);
            (all + 1, capital + usize::from(is_capital))
        });
    all > 3 && capital * 3 > all * 2
}

/// Whether a sentence ends between two words.
fn begins_sentence(text: &str, end: usize, at: usize) -> bool {
    let between = text.get(end..at).unwrap_or_default();
    between.contains(['.', '!', '?', ':', '…', '"', '«', '“'])
}

/// A day of the year that begins at this word, as month from January and day
/// of it, and how many words it takes: `31 August`, `August 31`, `8月31日`.
fn day_of(tokens: &Tokens, place: usize) -> Option<(u8, u16, usize)> {
    let is_number = |place: usize| tokens.get(place).is_some_and(words::is_number);
    if !is_number(place) && !is_number(place + 1) {
        return None;
    }
    let day = |place: usize| {
        let word = tokens.get(place).filter(|word| words::is_number(*word))?;
        let day = word.folded.parse().ok();
        day.filter(|day: &u16| (1..=31).contains(day))
    };
    let word = |place: usize| tokens.get(place).map(|word| word.folded);
    let month = |place: usize| match veto::mark(word(place)?) {
        Some(Mark::Month(month)) => Some(month),
        _ => None,
    };
    if let (Some(day), Some(month)) = (day(place), month(place + 1)) {
        return Some((month, day, 2));
    }
    if let (Some(month), Some(day)) = (month(place), day(place + 1)) {
        return Some((month, day, 2));
    }
    let number = u8::try_from(day(place)?)
        .ok()
        .filter(|month| *month <= 12)?;
    if word(place + 1) == Some("月") && word(place + 3) == Some("日") {
        return Some((number.checked_sub(1)?, day(place + 2)?, 4));
    }
    None
}

/// The consonants of a name as it sounds, whatever alphabet it is written in:
/// `Bishkek` and `Бишкеке` are both `bškk`. Empty for other scripts.
fn skeleton(folded: &str) -> String {
    /// Letters that together are one sound, the longest first.
    const TOGETHER: [(&str, &str); 15] = [
        ("shch", "š"),
        ("sch", "š"),
        ("tch", "č"),
        ("dzh", "ž"),
        ("дж", "ž"),
        ("sh", "š"),
        ("ch", "č"),
        ("zh", "ž"),
        ("kh", "h"),
        ("ts", "c"),
        ("tz", "c"),
        ("тс", "c"),
        ("ph", "f"),
        ("th", "t"),
        ("ck", "k"),
    ];
    let mut sounds = String::new();
    let mut rest = folded;
    while let Some(letter) = rest.chars().next() {
        let together = TOGETHER
            .iter()
            .find(|(letters, _)| rest.starts_with(letters));
        let (taken, sound) = match together {
            Some((letters, sound)) => (letters.len(), *sound),
            None => (letter.len_utf8(), sound_of(letter)),
        };
        rest = rest.get(taken..).unwrap_or_default();
        if !sounds.ends_with(sound) {
            sounds.push_str(sound);
        }
        if sounds.chars().count() >= CONSONANTS {
            break;
        }
    }
    sounds
}

/// The sound of a letter; nothing for a vowel.
fn sound_of(letter: char) -> &'static str {
    match letter {
        'b' | 'б' => "b",
        'c' | 'k' | 'q' | 'к' | 'қ' => "k",
        'd' | 'д' => "d",
        'f' | 'ф' => "f",
        'g' | 'г' | 'ғ' => "g",
        'h' | 'х' | 'ҳ' => "h",
        'j' | 'ж' | 'ҷ' => "ž",
        'l' | 'л' => "l",
        'm' | 'м' => "m",
        'n' | 'н' | 'ң' => "n",
        'p' | 'п' => "p",
        'r' | 'р' => "r",
        's' | 'с' => "s",
        't' | 'т' => "t",
        'v' | 'w' | 'в' => "v",
        'x' => "ks",
        'z' | 'з' => "z",
        'ц' => "c",
        'ч' => "č",
        'ш' | 'щ' => "š",
        _ => "",
    }
}

/// What two items both name.
#[derive(Debug, Default)]
struct Shared {
    names: usize,
    times: usize,
    rare: bool,
    weight: f64,
}

impl Shared {
    fn between(own: &[u32], other: &[u32], usage: &Usage) -> Self {
        let mut shared = Self::default();
        for name in own.iter().filter(|name| other.binary_search(name).is_ok()) {
            let rarity = usage.rarity_of_name(*name);
            if rarity <= COMMON {
                continue;
            }
            shared.weight += 1.0 + rarity.ln();
            if name & TIME == TIME {
                shared.times += 1;
            } else {
                shared.names += 1;
                shared.rare |= rarity >= RARE;
            }
        }
        shared
    }

    fn is_enough(&self) -> bool {
        // Much happens on one day.
        let names = self.names + self.times.min(1);
        names >= usize::from(SHARED) && self.rare && self.weight >= ENOUGH
    }
}

/// The stories that tell the news of an item of `story` in other languages:
/// one a language, the one with which it shares most.
pub(super) fn find(
    window: &Window,
    teller: &Teller,
    newcomer: Newcomer<'_>,
    print: &Print,
    story: StoryId,
    (moment, now): (Timestamp, Timestamp),
) -> Vec<Kinship> {
    let usage = window.usage();
    let telling = |name: &u32| usage.rarity_of_name(*name) > COMMON;
    let telling = print.names.iter().copied().filter(telling);
    let mut nearest: Vec<(&Entry, Shared)> = Vec::new();
    for entry in window.naming(telling, SHARED) {
        let is_near =
            !window::is_past(entry, now) && moment.duration_since(entry.moment).abs() <= APART;
        if entry.story == story || !is_near || !may_be_kin(print, &entry.print) {
            continue;
        }
        let shared = Shared::between(&print.names, &entry.print.names, usage);
        if !shared.is_enough() {
            continue;
        }
        // Of equally near ones the older.
        let rank = |(entry, shared): &(&Entry, Shared)| {
            (
                shared.weight.to_bits(),
                Reverse((entry.moment, entry.story)),
            )
        };
        let one = (entry, shared);
        match nearest
            .iter_mut()
            .find(|other| other.0.print.tongue == entry.print.tongue)
        {
            Some(other) if rank(&one) > rank(other) => *other = one,
            Some(_) => {}
            None => nearest.push(one),
        }
    }
    nearest.sort_by(|(one, _), (other, _)| one.print.tongue.cmp(&other.print.tongue));
    let kinship = |(entry, _): (&Entry, Shared)| Kinship {
        story: entry.story,
        said: said(teller, newcomer, &entry.print, usage),
    };
    nearest.into_iter().map(kinship).collect()
}

/// Whether two items are told in two languages, and name no other parties or
/// numbers in their headlines.
fn may_be_kin(print: &Print, other: &Print) -> bool {
    !print.tongue.is_empty()
        && !other.tongue.is_empty()
        && print.tongue != other.tongue
        && !veto::marks_part(&print.marks, &other.marks)
        && !veto::actors_part(&print.actors, &other.actors)
}

/// What both name, in the newcomer's words, the rarest first.
fn said(teller: &Teller, newcomer: Newcomer<'_>, other: &Print, usage: &Usage) -> String {
    let Newcomer { item, parties } = newcomer;
    let headline = clean::headline(item, &teller.title, &parties.words);
    let mut shared: Vec<(u64, u32, String)> = Vec::new();
    let mut tell = |name: u32, said: &str| {
        let known = shared.iter().any(|(_, known, _)| *known == name);
        if !known && other.names.binary_search(&name).is_ok() {
            shared.push((usage.rarity_of_name(name).to_bits(), name, said.to_owned()));
        }
    };
    each_party(parties, &mut tell);
    let mut tokens = Tokens::default();
    for text in [headline.text, plain::beginning(&item.lead, LEAD_LETTERS)] {
        tokens.read(text);
        each_name(text, &tokens, parties, &mut tell);
    }
    shared.sort_by_key(|(rarity, name, _)| (Reverse(*rarity), *name));
    let said: Vec<String> = shared.into_iter().map(|(.., said)| said).collect();
    format!("both name {}", said.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_sounds_alike_in_two_alphabets() {
        for (one, other) in [
            ("bishkek", "бишкеке"),
            ("tashkent", "ташкенте"),
            ("zhaparov", "жапаров"),
            ("khorgos", "хоргос"),
            ("gwadar", "гвадар"),
            ("chabahar", "чабахар"),
            ("samarkand", "самаркандом"),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
        assert_ne!(skeleton("bishkek"), skeleton("tashkent"));
        assert_eq!(skeleton("北京"), "");
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut tokens = Tokens::default();
        tokens.read(text);
        let mut names = Vec::new();
        each_name(text, &tokens, &Parties::default(), |_, said| {
            names.push(said.to_owned());
        });
        assert_eq!(names.join(" | "), expected, "{text}");
    }

    #[test]
    fn names_numbers_and_days_are_told_from_words() {
        check(
            "A railway of 523 kilometres reaches Kashgar on 31 August. Trains follow.",
            "523 | Kashgar | 31 August",
        );
        check("Поезд пришёл в Кашгар 31 августа", "Кашгар | 31 августа");
        check("首趟列车8月31日抵达", "8月31日");
        check("Leaders Open Common Bank Of Ten Countries", "");
    }

    #[test]
    fn a_day_is_one_in_all_languages() {
        let day = |text: &str| {
            let mut tokens = Tokens::default();
            tokens.read(text);
            (0..tokens.len()).find_map(|place| day_of(&tokens, place).map(|(m, d, _)| (m, d)))
        };
        for text in ["31 August", "August 31", "31 августа", "8月31日"] {
            assert_eq!(day(text), Some((7, 31)), "{text}");
        }
        assert_eq!(day("31 countries"), None);
        assert_eq!(day("13月31日"), None);
    }
}
