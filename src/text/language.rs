//! Language tags, and the language of a text by its letters.

/// `tag` as a lower-case BCP 47 tag, if it is one.
pub fn tag(tag: &str) -> Option<String> {
    let tag = tag.trim().replace('_', "-").to_ascii_lowercase();
    let mut parts = tag.split('-');
    let primary = parts.next()?;
    let legal = (2..=3).contains(&primary.len())
        && primary.bytes().all(|b| b.is_ascii_lowercase())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        });
    legal.then_some(tag)
}

/// The language of `text`, as far as its script and telling letters decide
/// it. Used for views and display, never for matching.
pub fn guess(text: &str) -> Option<&'static str> {
    let mut counts = [0_usize; SCRIPTS.len()];
    for c in text.chars() {
        let script = SCRIPTS
            .iter()
            .position(|(_, ranges)| ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)));
        if let Some(count) = script.and_then(|script| counts.get_mut(script)) {
            *count += 1;
        }
    }
    let (script, most) = SCRIPTS
        .iter()
        .zip(counts)
        .max_by_key(|(_, count)| *count)
        .map(|((script, _), count)| (*script, count))?;
    // Two Japanese letters among Han ones are enough: Chinese has none.
    let kana = SCRIPTS
        .iter()
        .zip(counts)
        .find(|((s, _), _)| *s == Script::Kana);
    if most == 0 {
        return None;
    }
    if kana.is_some_and(|(_, count)| count >= 2) && matches!(script, Script::Han | Script::Kana) {
        return Some("ja");
    }
    let has = |letters: &str| text.to_lowercase().contains(|c| letters.contains(c));
    Some(match script {
        Script::Han => chinese(text),
        Script::Kana => "ja",
        Script::Hangul => "ko",
        Script::Devanagari => "hi",
        Script::Bengali => "bn",
        Script::Armenian => "hy",
        Script::Georgian => "ka",
        Script::Thai => "th",
        Script::Hebrew => "he",
        Script::Greek => "el",
        Script::Arabic if has("ٹڈڑےں") => "ur",
        Script::Arabic if has("ۇۆېڭ") => "ug",
        Script::Arabic if has("ټډړښځڅ") => "ps",
        Script::Arabic if has("پچژگکی") => "fa",
        Script::Arabic => "ar",
        Script::Cyrillic if has("ў") && has("қҳғ") => "uz-cyrl",
        Script::Cyrillic if has("ў") => "be",
        Script::Cyrillic if has("їєґ") => "uk",
        Script::Cyrillic if has("ҷӣӯ") => "tg",
        Script::Cyrillic if has("ұәі") && has("қғұәңһө") => "kk",
        Script::Cyrillic if has("ңөү") && has("ң") => "ky",
        Script::Cyrillic if has("өү") => "mn",
        Script::Cyrillic => "ru",
        Script::Latin => return latin(text),
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Latin,
    Cyrillic,
    Han,
    Kana,
    Hangul,
    Arabic,
    Devanagari,
    Bengali,
    Armenian,
    Georgian,
    Thai,
    Hebrew,
    Greek,
}

type Ranges = &'static [(char, char)];

const SCRIPTS: [(Script, Ranges); 13] = [
    (
        Script::Latin,
        &[('a', 'z'), ('A', 'Z'), ('\u{c0}', '\u{24f}')],
    ),
    (Script::Cyrillic, &[('\u{400}', '\u{52f}')]),
    (
        Script::Han,
        &[('\u{3400}', '\u{4dbf}'), ('\u{4e00}', '\u{9fff}')],
    ),
    (Script::Kana, &[('\u{3041}', '\u{30ff}')]),
    (Script::Hangul, &[('\u{ac00}', '\u{d7a3}')]),
    (
        Script::Arabic,
        &[('\u{600}', '\u{6ff}'), ('\u{fb50}', '\u{fdff}')],
    ),
    (Script::Devanagari, &[('\u{900}', '\u{97f}')]),
    (Script::Bengali, &[('\u{980}', '\u{9ff}')]),
    (Script::Armenian, &[('\u{530}', '\u{58f}')]),
    (Script::Georgian, &[('\u{10a0}', '\u{10ff}')]),
    (Script::Thai, &[('\u{e00}', '\u{e7f}')]),
    (Script::Hebrew, &[('\u{590}', '\u{5ff}')]),
    (Script::Greek, &[('\u{370}', '\u{3ff}')]),
];

/// Simplified unless letters say otherwise that only the traditional has.
fn chinese(text: &str) -> &'static str {
    const TRADITIONAL: &str =
        "國會組織際務發對應與習總議東區體經濟關戰爭聯簽訪開書長問題場後說這個來時過還沒見讓當";
    const SIMPLIFIED: &str =
        "国会组织际务发对应与习总议东区体经济关战争联签访开书长问题场后说这个来时过还没见让当";
    let count = |letters: &str| text.chars().filter(|c| letters.contains(*c)).count();
    if count(TRADITIONAL) > count(SIMPLIFIED) {
        "zh-hant"
    } else {
        "zh-hans"
    }
}

/// Languages in Latin letters are told by their commonest words.
fn latin(text: &str) -> Option<&'static str> {
    const WORDS: [(&str, &[&str]); 7] = [
        (
            "en",
            &[
                "the", "of", "and", "to", "in", "for", "on", "with", "is", "at", "from", "as", "by",
            ],
        ),
        (
            "de",
            &[
                "der", "die", "das", "und", "mit", "von", "für", "ist", "auf", "im", "den",
            ],
        ),
        (
            "fr",
            &[
                "le", "la", "les", "des", "et", "du", "une", "pour", "dans", "au", "est",
            ],
        ),
        (
            "es",
            &[
                "el", "los", "las", "del", "y", "en", "con", "por", "para", "una", "que",
            ],
        ),
        (
            "tr",
            &["ve", "bir", "ile", "için", "bu", "da", "de", "olarak"],
        ),
        (
            "uz",
            &["va", "bilan", "uchun", "bo", "oʻzbekiston", "oʻz", "haqida"],
        ),
        (
            "pt",
            &[
                "o", "os", "da", "do", "dos", "em", "um", "uma", "não", "com", "para",
            ],
        ),
    ];
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphabetic() && c != 'ʻ')
        .collect();
    let count = |common: &[&str]| words.iter().filter(|word| common.contains(word)).count();
    let mut scores: Vec<(usize, &'static str)> = WORDS
        .iter()
        .map(|(language, common)| (count(common), *language))
        .collect();
    scores.sort_unstable_by(|a, b| b.cmp(a));
    match scores.as_slice() {
        [(best, language), (next, _), ..] if *best >= 1 && best > next => Some(language),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_one_form() {
        for (typed, expected) in [
            ("en_US", Some("en-us")),
            ("zh-Hans", Some("zh-hans")),
            ("ru", Some("ru")),
            ("", None),
            ("russian", None),
            ("e", None),
            ("en-", None),
        ] {
            assert_eq!(tag(typed).as_deref(), expected, "{typed}");
        }
    }

    #[test]
    fn letters_tell_languages() {
        for (text, expected) in [
            ("Саммит ШОС прошел в Бишкеке", Some("ru")),
            ("Шанхайська організація та її члени", Some("uk")),
            ("ШЫҰ-ға мүше мемлекеттердің басшылары", Some("kk")),
            ("ШКУнун өлкөлөрүнүн кеңеши", Some("ky")),
            ("Созмони ҳамкории Шанхай ҷаласа", Some("tg")),
            ("上合组织峰会在天津开幕", Some("zh-hans")),
            ("上海合作組織會議", Some("zh-hant")),
            ("上海協力機構のサミット", Some("ja")),
            ("سازمان همکاری شانگهای", Some("fa")),
            ("شنگھائی تعاون تنظیم کے", Some("ur")),
            ("منظمة شنغهاي للتعاون", Some("ar")),
            ("शंघाई सहयोग संगठन", Some("hi")),
            ("Leaders of the bloc meet in Bishkek", Some("en")),
            ("Die Organisation und der Gipfel", Some("de")),
            ("SCO", None),
            ("2026", None),
        ] {
            assert_eq!(guess(text), expected, "{text}");
        }
    }
}
