//! Folding: two spellings that a reader takes for the same word become the
//! same letters (TOPIC-AND-STORIES 1.5, rule 2).
//!
//! A token is a run of letters and marks, or of digits; every Han, kana,
//! Thai, Lao, Khmer and Burmese character is a token of its own. Each keeps
//! its place in the text and its cased form, by which acronyms are told from
//! words.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// The words of a text. Reuse one value for many texts: its buffers stay.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    folded: String,
    cased: String,
    list: Vec<Token>,
}

#[derive(Clone, Copy, Debug)]
struct Token {
    folded: (u32, u32),
    cased: (u32, u32),
    place: (u32, u32),
    hashtag: bool,
}

/// One word, borrowed from its `Tokens`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'t> {
    /// The folded form: what words are compared by.
    pub folded: &'t str,
    /// The form as written (NFKC, invisible characters dropped): what
    /// acronyms are compared by.
    pub cased: &'t str,
    /// Where it begins: bytes from the start of the text.
    pub at: usize,
    /// Where it ends.
    pub end: usize,
    /// Whether a `#` stands directly before it.
    pub hashtag: bool,
}

impl Tokens {
    /// Reads `text`, which replaces what was here. Text beyond 4 GiB is not
    /// read.
    pub fn read(&mut self, text: &str) {
        self.folded.clear();
        self.cased.clear();
        self.list.clear();
        let mut reading = Reading {
            tokens: self,
            run: Run::None,
            raw: String::new(),
            at: 0,
            hashtag: false,
        };
        let mut chars = text.char_indices();
        while let Some((at, c)) = chars.next() {
            reading.take(at, c, chars.as_str());
        }
        reading.end(text.len());
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The word at this position.
    pub fn get(&self, index: usize) -> Option<Word<'_>> {
        self.list.get(index).map(|token| self.word(token))
    }

    /// All words in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Word<'_>> + DoubleEndedIterator {
        self.list.iter().map(|token| self.word(token))
    }

    fn word(&self, token: &Token) -> Word<'_> {
        let part = |text, (from, to): (u32, u32)| {
            let text: &str = text;
            text.get(from as usize..to as usize).unwrap_or_default()
        };
        Word {
            folded: part(&self.folded, token.folded),
            cased: part(&self.cased, token.cased),
            at: token.place.0 as usize,
            end: token.place.1 as usize,
            hashtag: token.hashtag,
        }
    }
}

/// `text` as its folded words, one space between: what keys and comparisons
/// are made of.
pub fn folded(text: &str) -> String {
    let mut tokens = Tokens::default();
    tokens.read(text);
    let mut folded = String::with_capacity(text.len());
    for word in tokens.iter() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word.folded);
    }
    folded
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    None,
    /// Letters whose cased form is the text itself.
    Letters,
    /// Letters that need normalising, or that mix scripts.
    OddLetters,
    Digits,
}

struct Reading<'t> {
    tokens: &'t mut Tokens,
    run: Run,
    /// The letters of the present run as written, invisible ones dropped.
    raw: String,
    at: usize,
    hashtag: bool,
}

impl Reading<'_> {
    fn take(&mut self, at: usize, c: char, rest: &str) {
        if c.is_ascii_alphabetic() {
            self.letter(at, c, Run::Letters);
        } else if is_plain_cyrillic(c) {
            // A word with a Latin letter in it may imitate a Cyrillic one.
            let mixes = self.raw.bytes().any(|b| b.is_ascii_alphabetic());
            self.letter(at, c, if mixes { Run::OddLetters } else { Run::Letters });
        } else if c.is_ascii() {
            match c {
                '0'..='9' => self.digit(at, c),
                '\'' | '`' => self.apostrophe(at, rest),
                '#' => {
                    self.end(at);
                    self.hashtag = true;
                }
                _ => {
                    self.end(at);
                    self.hashtag = false;
                }
            }
        } else if is_invisible(c) {
            // Joins what stands on both sides.
        } else if is_apostrophe(c) {
            self.apostrophe(at, rest);
        } else if stands_alone(c) {
            self.end(at);
            self.run = Run::OddLetters;
            self.at = at;
            self.raw.push(c);
            self.end(at + c.len_utf8());
        } else if c.is_alphabetic() || is_combining_mark(c) {
            self.letter(at, c, Run::OddLetters);
        } else if c.is_numeric() {
            self.digit(at, c);
        } else {
            self.end(at);
            self.hashtag = c == '＃';
        }
    }

    fn letter(&mut self, at: usize, c: char, kind: Run) {
        match self.run {
            Run::Letters | Run::OddLetters => {
                if kind == Run::OddLetters || (c.is_ascii() && !self.raw.is_ascii()) {
                    self.run = Run::OddLetters;
                }
            }
            Run::None | Run::Digits => {
                self.end(at);
                self.at = at;
                self.run = kind;
            }
        }
        self.raw.push(c);
    }

    fn digit(&mut self, at: usize, c: char) {
        if self.run != Run::Digits {
            self.end(at);
            self.at = at;
            self.run = Run::Digits;
        }
        self.raw.push(c);
    }

    /// An apostrophe splits, except in Uzbek oʻ and gʻ inside a word. The
    /// English genitive (Beijing's, SCO's) is no part of its word.
    fn apostrophe(&mut self, at: usize, rest: &str) {
        let mut next = rest.chars().filter(|c| !is_invisible(*c));
        let letter = next.next().filter(|c| c.is_alphabetic());
        let genitive =
            matches!(letter, Some('s' | 'S')) && !next.next().is_some_and(char::is_alphabetic);
        let joins = match letter {
            Some(letter) if !genitive => {
                self.raw.ends_with(['o', 'g'])
                    || (self.raw.ends_with(['O', 'G'])
                        && (self.raw.len() == 1 || letter.is_uppercase()))
            }
            _ => false,
        };
        if !joins {
            self.end(at);
            self.hashtag = false;
        }
    }

    /// Ends the present run, if there is one.
    fn end(&mut self, end: usize) {
        if self.run == Run::None {
            return;
        }
        let tokens = &mut *self.tokens;
        let folded_at = tokens.folded.len();
        let cased_at = tokens.cased.len();
        match self.run {
            Run::Letters => {
                tokens.cased.push_str(&self.raw);
                tokens.folded.extend(self.raw.chars().map(fold_plain));
            }
            Run::OddLetters | Run::Digits | Run::None => {
                let mut cased: String = self.raw.nfkc().collect();
                unmix(&mut cased);
                tokens.cased.push_str(&cased);
                for c in cased.chars() {
                    fold_char(c, &mut tokens.folded);
                }
            }
        }
        let size = |n: usize| u32::try_from(n).ok();
        let token = (|| {
            Some(Token {
                folded: (size(folded_at)?, size(tokens.folded.len())?),
                cased: (size(cased_at)?, size(tokens.cased.len())?),
                place: (size(self.at)?, size(end)?),
                hashtag: self.hashtag,
            })
        })();
        // A run of marks alone folds to nothing and is no word.
        if tokens.folded.len() > folded_at {
            tokens.list.extend(token);
        }
        self.raw.clear();
        self.run = Run::None;
        self.hashtag = false;
    }
}

/// Letters that are their own NFKC form and fold by `fold_plain`.
fn is_plain_cyrillic(c: char) -> bool {
    matches!(c, 'А'..='я' | 'Ё' | 'ё')
}

/// Folds an ASCII letter or one of the Russian alphabet.
fn fold_plain(c: char) -> char {
    match c {
        'A'..='Z' => c.to_ascii_lowercase(),
        'Й' | 'й' => 'и',
        'Ё' | 'ё' => 'е',
        'А'..='Я' => char::from_u32(u32::from(c) + 0x20).unwrap_or(c),
        _ => c,
    }
}

fn fold_char(c: char, out: &mut String) {
    if c.is_ascii() || is_plain_cyrillic(c) {
        out.push(fold_plain(c));
        return;
    }
    for lower in c.to_lowercase() {
        decompose_compatible(lower, |part| {
            if let Some(folded) = fold_part(part) {
                out.push(folded);
            }
        });
    }
}

/// Folds one part of a decomposed character; `None` drops it.
fn fold_part(c: char) -> Option<char> {
    match c {
        'ı' => Some('i'),
        'ي' | 'ى' => Some('ی'),
        'ك' => Some('ک'),
        'ة' | 'ہ' | 'ھ' | 'ە' => Some('ه'),
        _ if is_indic(c) => (!is_nukta(c)).then(|| digit_of(c)),
        _ if is_combining_mark(c) || is_invisible(c) => None,
        _ if c.is_numeric() => Some(digit_of(c)),
        _ if c.is_alphabetic() => Some(c.to_lowercase().next().unwrap_or(c)),
        _ => None,
    }
}

/// A decimal digit of any script as an ASCII digit; else the character.
fn digit_of(c: char) -> char {
    const ZEROS: [u32; 14] = [
        0x0660, 0x06F0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
        0x0E50, 0x1040, 0x17E0,
    ];
    let code = u32::from(c);
    ZEROS
        .iter()
        .find_map(|zero| code.checked_sub(*zero).filter(|digit| *digit < 10))
        .and_then(|digit| char::from_digit(digit, 10))
        .unwrap_or(c)
}

/// Scripts in which a combining mark is a vowel.
fn is_indic(c: char) -> bool {
    matches!(c, '\u{0900}'..='\u{0DFF}' | '\u{0F00}'..='\u{0FFF}')
}

fn is_nukta(c: char) -> bool {
    matches!(
        c,
        '\u{093C}' | '\u{09BC}' | '\u{0A3C}' | '\u{0ABC}' | '\u{0B3C}' | '\u{0CBC}'
    )
}

/// Scripts without spaces, in which every character is a word: Thai, Lao,
/// Burmese, Khmer, kana, Han.
pub fn stands_alone(c: char) -> bool {
    matches!(c,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}'
        | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FF9F}' | '\u{20000}'..='\u{3FFFF}')
        && (c.is_alphanumeric() || is_combining_mark(c))
}

/// Soft hyphen, zero-width, bidi and variation marks, tatweel, Arabic vowel
/// marks.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{0640}' | '\u{0610}'..='\u{061A}'
        | '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{06D6}'..='\u{06DC}' | '\u{06DF}'..='\u{06E4}'
        | '\u{06E7}' | '\u{06E8}' | '\u{06EA}'..='\u{06ED}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{E0100}'..='\u{E01EF}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\u{2018}'
            | '\u{2019}'
            | '\u{02BB}'
            | '\u{02BC}'
            | '\u{02BE}'
            | '\u{02BF}'
            | '\u{00B4}'
            | '\u{02B9}'
            | '\u{FF07}'
    )
}

/// Latin letters and the Cyrillic ones that look the same (after UTS 39).
const LOOKALIKES: [(char, char); 28] = [
    ('A', 'А'),
    ('B', 'В'),
    ('C', 'С'),
    ('E', 'Е'),
    ('H', 'Н'),
    ('I', 'І'),
    ('J', 'Ј'),
    ('K', 'К'),
    ('M', 'М'),
    ('O', 'О'),
    ('P', 'Р'),
    ('S', 'Ѕ'),
    ('T', 'Т'),
    ('X', 'Х'),
    ('Y', 'У'),
    ('a', 'а'),
    ('c', 'с'),
    ('e', 'е'),
    ('h', 'һ'),
    ('i', 'і'),
    ('j', 'ј'),
    ('k', 'к'),
    ('m', 'м'),
    ('o', 'о'),
    ('p', 'р'),
    ('s', 'ѕ'),
    ('x', 'х'),
    ('y', 'у'),
];

/// Maps a word that mixes Latin and Cyrillic to the script that owns its
/// unambiguous letters; if there are none, to the more frequent one.
fn unmix(word: &mut String) {
    let latin = |c: char| c.is_ascii_alphabetic();
    let cyrillic = |c: char| matches!(c, '\u{0400}'..='\u{052F}');
    if !(word.contains(latin) && word.contains(cyrillic)) {
        return;
    }
    let twin_of_latin = |c: char| LOOKALIKES.iter().find(|(l, _)| *l == c).map(|(_, r)| *r);
    let twin_of_cyrillic = |c: char| LOOKALIKES.iter().find(|(_, r)| *r == c).map(|(l, _)| *l);
    let own_latin = word.chars().any(|c| latin(c) && twin_of_latin(c).is_none());
    let own_cyrillic = word
        .chars()
        .any(|c| cyrillic(c) && twin_of_cyrillic(c).is_none());
    let count = |script: &dyn Fn(char) -> bool| word.chars().filter(|c| script(*c)).count();
    let to_cyrillic = match (own_latin, own_cyrillic) {
        (true, true) => return,
        (false, true) => true,
        (true, false) => false,
        (false, false) => count(&cyrillic) > count(&latin),
    };
    *word = word
        .chars()
        .map(|c| {
            let twin = if to_cyrillic {
                twin_of_latin(c)
            } else {
                twin_of_cyrillic(c)
            };
            twin.unwrap_or(c)
        })
        .collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(folded(text), expected, "{text}");
    }

    #[test]
    fn words_fold_to_what_a_reader_takes_them_for() {
        check("SCO's «Summit»", "sco s summit");
        check("ШОС2026", "шос 2026");
        check("Ёлка, Йод", "елка иод");
        check("ŞİÖ'ye", "sio ye");
        check(
            "Oʻzbekiston O'zbekiston Oʼzbekiston",
            "ozbekiston ozbekiston ozbekiston",
        );
        check("همکاری‌های", "همکاریهای");
        check("كي", "کی");
        check("上合组织 峰会", "上 合 组 织 峰 会");
        check("ＳＣＯ ２０２６", "sco 2026");
        check("Beijing's O'sh oʻsish", "beijing s osh osish");
        check("ШOC", "шос");
        check("Co-operation", "co operation");
        check("e\u{301}te\u{301} été", "ete ete");
        check("S\u{200B}C\u{AD}O", "sco");
        check("शंघाई ख़बर ख\u{93C}बर", "शंघाई खबर खबर");
        check("۲۰۲۶ ٢٠٢٦ २०२६", "2026 2026 2026");
        check("", "");
        check("\u{301}\u{302}", "");
    }

    #[test]
    fn a_word_knows_its_place_its_case_and_its_hashtag() {
        let mut tokens = Tokens::default();
        tokens.read("на #ШОС ok");
        let words: Vec<_> = tokens.iter().collect();
        assert_eq!(words.len(), 3);
        assert_eq!((words[1].cased, words[1].hashtag), ("ШОС", true));
        assert_eq!("на #ШОС ok".get(words[1].at..words[1].end), Some("ШОС"));
        assert!(!words[2].hashtag);
        tokens.read("x");
        assert_eq!(tokens.len(), 1, "a second reading replaces the first");
    }

    #[test]
    fn normal_forms_agree() {
        for text in ["Йошкар-Ола ŞİÖ", "Şanghay İşbirliği", "शंघाई ख़बर", "ឯកសារ"]
        {
            let nfd: String = text.nfd().collect();
            let nfc: String = text.nfc().collect();
            assert_eq!(folded(&nfd), folded(&nfc), "{text}");
        }
    }
}
