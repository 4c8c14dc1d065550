//! Language tags, and the language of a text by its letters and words.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::LazyLock;

use unicode_normalization::char::is_combining_mark;

use super::plain;

/// `tag` as a lower-case BCP 47 tag, if it is one. Where publishers name a
/// country or a code of three letters instead of a language, the language
/// that is meant (RFC 5646, section 2.2.1 has the shortest code).
pub fn tag(tag: &str) -> Option<String> {
    let tag = tag.trim().replace('_', "-").to_ascii_lowercase();
    let mut parts = tag.split('-');
    let primary = parts.next()?;
    let legal = (2..=3).contains(&primary.len())
        && primary.bytes().all(|b| b.is_ascii_lowercase())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        });
    if !legal {
        return None;
    }
    let rest = tag.get(primary.len()..).unwrap_or_default();
    Some(match (meant(primary), rest) {
        (Some(meant), _) => format!("{meant}{rest}"),
        (None, "") if primary == "us" => "en-us".to_owned(),
        (None, "") if primary == "gb" => "en-gb".to_owned(),
        (None, _) => tag,
    })
}

/// The language that a country's code or a code of three letters stands for.
fn meant(primary: &str) -> Option<&'static str> {
    Some(match primary {
        "cn" | "zho" | "chi" => "zh",
        "jp" | "jpn" => "ja",
        "kr" | "kor" => "ko",
        "ua" | "ukr" => "uk",
        "kz" | "kaz" => "kk",
        "tj" | "tgk" => "tg",
        "eng" => "en",
        "rus" => "ru",
        "bel" => "be",
        "uzb" => "uz",
        "kir" => "ky",
        "tuk" => "tk",
        "aze" => "az",
        "hye" | "arm" => "hy",
        "kat" | "geo" => "ka",
        "mon" => "mn",
        "fas" | "per" => "fa",
        "pus" => "ps",
        "urd" => "ur",
        "hin" => "hi",
        "ben" => "bn",
        "ara" => "ar",
        "tur" => "tr",
        "deu" | "ger" => "de",
        "fra" | "fre" => "fr",
        "spa" => "es",
        "por" => "pt",
        "ita" => "it",
        _ => return None,
    })
}

/// Letters that are looked at to guess a language: more say the same again.
pub const LETTERS_AT_MOST: usize = 200;

/// The language of `text`, as far as its script, telling letters and
/// commonest words decide it. Used for views and display, never for matching.
pub fn guess(text: &str) -> Option<&'static str> {
    let text = plain::beginning(text, LETTERS_AT_MOST);
    if text.is_ascii() {
        let is_written = text.bytes().any(|byte| byte.is_ascii_alphabetic());
        return is_written
            .then(|| latin(&text.to_ascii_lowercase()))
            .flatten();
    }
    let mut counts = [0_usize; SCRIPTS.len()];
    for script in text.chars().filter_map(Script::of) {
        if let Some(count) = counts.get_mut(script as usize) {
            *count += 1;
        }
    }
    let written = SCRIPTS.into_iter().zip(counts);
    let (script, _) = written
        .clone()
        .filter(|(_, count)| *count > 0)
        .max_by_key(|(_, count)| *count)?;
    // Two Japanese letters among Han ones are enough: Chinese has none.
    let has_kana = written
        .into_iter()
        .any(|(script, count)| script == Script::Kana && count >= 2);
    if has_kana && matches!(script, Script::Han | Script::Kana) {
        return Some("ja");
    }
    let lower = plain::lower(text);
    Some(match script {
        Script::Han => chinese(text),
        Script::Kana => "ja",
        Script::Hangul => "ko",
        Script::Devanagari => devanagari(&lower),
        Script::Bengali => "bn",
        Script::Armenian => "hy",
        Script::Georgian => "ka",
        Script::Thai => "th",
        Script::Hebrew => "he",
        Script::Greek => "el",
        Script::Arabic => arabic(&lower),
        Script::Cyrillic => cyrillic(&lower),
        Script::Latin => return latin(&lower),
    })
}

/// Where letters tell only the usual language of a script, those of its
/// others that are believed if the source states them, unless one of these
/// words of the usual one stands there.
struct Usual {
    language: &'static str,
    others: &'static [&'static str],
    words: &'static [&'static str],
}

const USUAL: [Usual; 4] = [
    Usual {
        language: "ru",
        others: &["be", "bg", "mk", "sr", "uk"],
        words: &[],
    },
    Usual {
        language: "ru",
        others: &["ba", "kk", "ky", "mn", "tg", "tt", "uz"],
        words: &[
            "в", "во", "для", "за", "из", "и", "к", "на", "не", "о", "об", "от", "по", "с", "у",
        ],
    },
    Usual {
        language: "ar",
        others: &["fa", "ku", "ps", "ug", "ur"],
        words: &["إلى", "على", "عن", "في", "مع", "من"],
    },
    Usual {
        language: "hi",
        others: &["mr", "ne"],
        words: &["और", "का", "की", "के", "को", "में", "से", "है"],
    },
];

/// The language of a text whose source states `stated`. What letters and
/// words tell goes before that; it goes before what is only usual.
pub fn of<'s>(text: &str, stated: Option<&'s str>) -> Option<&'s str> {
    let guess = guess(text);
    let Some(tag) = stated else { return guess };
    let primary = tag.split('-').next().unwrap_or_default();
    let lower = plain::lower(text);
    let is_believed = USUAL.iter().any(|usual| {
        guess == Some(usual.language)
            && usual.others.contains(&primary)
            && !any(&lower, usual.words)
    });
    if is_believed {
        stated
    } else {
        guess.or(stated)
    }
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

/// All scripts, in their own order.
const SCRIPTS: [Script; 13] = [
    Script::Latin,
    Script::Cyrillic,
    Script::Han,
    Script::Kana,
    Script::Hangul,
    Script::Arabic,
    Script::Devanagari,
    Script::Bengali,
    Script::Armenian,
    Script::Georgian,
    Script::Thai,
    Script::Hebrew,
    Script::Greek,
];

impl Script {
    /// The script of a letter that tells a language.
    fn of(c: char) -> Option<Self> {
        Some(match c {
            'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' => Self::Latin,
            '\u{370}'..='\u{3ff}' => Self::Greek,
            '\u{400}'..='\u{52f}' => Self::Cyrillic,
            '\u{530}'..='\u{58f}' => Self::Armenian,
            '\u{590}'..='\u{5ff}' => Self::Hebrew,
            '\u{600}'..='\u{6ff}' | '\u{fb50}'..='\u{fdff}' => Self::Arabic,
            '\u{900}'..='\u{97f}' => Self::Devanagari,
            '\u{980}'..='\u{9ff}' => Self::Bengali,
            '\u{e00}'..='\u{e7f}' => Self::Thai,
            '\u{10a0}'..='\u{10ff}' => Self::Georgian,
            '\u{3041}'..='\u{30ff}' => Self::Kana,
            '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' => Self::Han,
            '\u{ac00}'..='\u{d7a3}' => Self::Hangul,
            _ => return None,
        })
    }
}

/// The same Han letters, traditional and simplified.
const TRADITIONAL: &str = "國會組織際務發對應與習總議東區體經濟關戰爭聯簽訪開書長問題場後說這個來時過還沒見讓當兩結線網約範獎稱規統觀類";
const SIMPLIFIED: &str = "国会组织际务发对应与习总议东区体经济关战争联签访开书长问题场后说这个来时过还没见让当两结线网约范奖称规统观类";

/// What speaks for the traditional letters, and against them.
static HAN: LazyLock<HashMap<char, i32>> = LazyLock::new(|| {
    let traditional = TRADITIONAL.chars().map(|c| (c, 1));
    traditional
        .chain(SIMPLIFIED.chars().map(|c| (c, -1)))
        .collect()
});

/// Simplified unless letters say otherwise that only the traditional has.
fn chinese(text: &str) -> &'static str {
    let sum: i32 = text.chars().filter_map(|c| HAN.get(&c)).sum();
    if sum > 0 { "zh-hant" } else { "zh-hans" }
}

fn devanagari(lower: &str) -> &'static str {
    const NEPALI: [&str; 9] = ["छ", "छन्", "हुने", "भएको", "गर्ने", "लागि", "तथा", "नयाँ", "सुरु"];
    if any(lower, &NEPALI) { "ne" } else { "hi" }
}

fn arabic(lower: &str) -> &'static str {
    const URDU: [&str; 6] = ["کا", "کی", "کے", "میں", "سے", "ہے"];
    let telling = beyond(lower, 'ا'..='ي');
    let has = |letters: &str| telling.contains(|c| letters.contains(c));
    match () {
        () if has("ٹڈڑےں") => "ur",
        () if has("ټډړښځڅۍګ") => "ps",
        () if has("ۇۆېڭ") => "ug",
        () if any(lower, &URDU) => "ur",
        () if has("پچژگکی") => "fa",
        () => "ar",
    }
}

fn cyrillic(lower: &str) -> &'static str {
    /// A short headline may have no letter that Uzbek has not.
    const TAJIK: [&str; 9] = [
        "дар",
        "аз",
        "ба",
        "бо",
        "барои",
        "ки",
        "созмони",
        "шуд",
        "кард",
    ];
    /// Nor one that Kyrgyz has not.
    const MONGOLIAN: [&str; 9] = [
        "нь",
        "байна",
        "улсын",
        "улс",
        "болон",
        "гэж",
        "шинэ",
        "хятадын",
        "хотод",
    ];
    let telling = beyond(lower, 'а'..='я');
    let has = |letters: &str| telling.contains(|c| letters.contains(c));
    let writes = |letters: &str| lower.contains(|c| letters.contains(c));
    let mongolian = || any(lower, &MONGOLIAN) || words(lower).any(|word| word.ends_with("ийн"));
    match () {
        () if has("ў") && (has("қҳғ") || !writes("іыэ")) => "uz-cyrl",
        () if has("ў") => "be",
        () if has("їєґ") => "uk",
        () if has("ҷӣӯ") => "tg",
        () if has("ұәіһ") && has("қғұәңһө") => "kk",
        () if has("қҳғ") && any(lower, &TAJIK) => "tg",
        () if has("қҳғ") => "uz-cyrl",
        () if has("ң") => "ky",
        () if has("өү") && mongolian() => "mn",
        () if has("өү") => "ky",
        // Ukrainian has no ы, э, ё.
        () if has("і") && writes("ыэё") => "be",
        () if has("і") => "uk",
        () => "ru",
    }
}

/// The letters beyond those that all languages of a script have.
fn beyond(lower: &str, common: std::ops::RangeInclusive<char>) -> String {
    lower
        .chars()
        .filter(|c| !c.is_ascii() && !common.contains(c))
        .collect()
}

/// A language in Latin letters: letters that nearly only it has, and its
/// commonest words.
struct Latin {
    language: &'static str,
    letters: &'static str,
    words: &'static [&'static str],
}

const LATIN: [Latin; 11] = [
    Latin {
        language: "en",
        letters: "",
        words: &[
            "the", "of", "and", "to", "in", "for", "on", "with", "is", "at", "from", "as", "by",
            "says", "after", "new", "will", "how", "what", "why", "that", "are", "has", "its",
            "over", "amid", "he", "she", "it", "his", "her", "their", "this", "no", "not", "do",
            "be", "have", "would", "an", "who", "were", "into", "more", "out", "up",
        ],
    },
    Latin {
        language: "de",
        letters: "äß",
        words: &[
            "der", "die", "das", "und", "mit", "von", "für", "ist", "auf", "im", "den", "ein",
            "eine", "nach", "zu", "nicht", "ohne", "des",
        ],
    },
    Latin {
        language: "fr",
        letters: "êèœ",
        words: &[
            "le", "la", "les", "des", "et", "du", "une", "pour", "dans", "au", "est", "de", "en",
            "sur", "l", "d", "un",
        ],
    },
    Latin {
        language: "es",
        letters: "ñ¿¡",
        words: &[
            "el", "la", "los", "las", "del", "y", "en", "con", "por", "para", "una", "que", "de",
            "se", "al", "un",
        ],
    },
    Latin {
        language: "pt",
        letters: "ãõ",
        words: &[
            "o", "os", "da", "do", "dos", "em", "um", "uma", "não", "para", "de", "na", "no",
        ],
    },
    Latin {
        language: "it",
        letters: "",
        words: &[
            "il", "lo", "gli", "di", "che", "della", "dello", "del", "per", "un", "una", "è",
            "con", "la", "al", "l", "si", "alla",
        ],
    },
    Latin {
        language: "pl",
        letters: "łąęśźż",
        words: &["w", "i", "na", "z", "do", "się", "nie", "o", "jest", "po"],
    },
    Latin {
        language: "tr",
        letters: "ğış",
        words: &[
            "ve", "bir", "ile", "için", "bu", "da", "de", "olarak", "yeni", "çok",
        ],
    },
    Latin {
        language: "tk",
        letters: "ýňş",
        words: &["we", "bilen", "üçin", "bu", "bir", "täze"],
    },
    Latin {
        language: "uz",
        letters: "ʻ",
        words: &[
            "va",
            "bilan",
            "uchun",
            "haqida",
            "yangi",
            "qildi",
            "davlat",
            "davlatlar",
            "tashkiloti",
            "sammiti",
        ],
    },
    Latin {
        language: "vi",
        letters: "đơưạảấầậắặẹếềểệịọốồổộớờợụủứừữự",
        words: &["và", "của", "các", "là", "được", "trong", "cho", "một"],
    },
];

/// A letter that others do not have weighs more than a word that many share.
const LETTER: usize = 2;

/// No common word has more bytes.
const LONGEST_WORD: usize = 10;

/// The languages of each common word, by their places in `LATIN`.
static WORDS: LazyLock<HashMap<&str, Vec<usize>>> =
    LazyLock::new(|| by_language(|latin| latin.words.to_vec()));

/// The languages of each telling letter.
static TELLING: LazyLock<HashMap<char, Vec<usize>>> =
    LazyLock::new(|| by_language(|latin| latin.letters.chars().collect()));

fn by_language<K: Eq + Hash>(of: impl Fn(&Latin) -> Vec<K>) -> HashMap<K, Vec<usize>> {
    let mut languages: HashMap<K, Vec<usize>> = HashMap::new();
    for (at, latin) in LATIN.iter().enumerate() {
        for key in of(latin) {
            languages.entry(key).or_default().push(at);
        }
    }
    languages
}

fn latin(lower: &str) -> Option<&'static str> {
    // No other of them has it; the rest of its letters are Turkish, too.
    if lower.contains('ə') {
        return Some("az");
    }
    let uzbek = lower
        .match_indices(['ʻ', 'ʼ', '\'', '`', '‘', '’'])
        .filter(|(at, sign)| {
            let (before, after) = (lower.get(..*at), lower.get(at + sign.len()..));
            before.is_some_and(|before| before.ends_with(['o', 'g']))
                && after.is_some_and(|after| after.starts_with(char::is_alphabetic))
        })
        .count();
    let mut scores = LATIN.each_ref().map(|latin| {
        let written = if latin.language == "uz" { uzbek } else { 0 };
        (LETTER * written, latin.language)
    });
    let telling = words(lower)
        .filter(|word| word.len() <= LONGEST_WORD)
        .filter_map(|word| Some((1, WORDS.get(word)?)))
        .chain(
            lower
                .chars()
                .filter(|c| !c.is_ascii())
                .filter_map(|c| Some((LETTER, TELLING.get(&c)?))),
        );
    for (weight, languages) in telling {
        for at in languages {
            if let Some((score, _)) = scores.get_mut(*at) {
                *score += weight;
            }
        }
    }
    scores.sort_unstable_by(|a, b| b.cmp(a));
    match scores.as_slice() {
        [(best, language), (next, _), ..] if best > next => Some(language),
        _ => None,
    }
}

fn any(lower: &str, common: &[&str]) -> bool {
    words(lower).any(|word| common.contains(&word))
}

fn words(lower: &str) -> impl Iterator<Item = &str> {
    lower
        .split(|c: char| !(c.is_alphanumeric() || (!c.is_ascii() && is_combining_mark(c))))
        .filter(|word| !word.is_empty())
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
            ("rus", Some("ru")),
            ("kz", Some("kk")),
            ("cn", Some("zh")),
            ("kaz-Latn", Some("kk-latn")),
            ("us", Some("en-us")),
            ("", None),
            ("russian", None),
            ("e", None),
            ("en-", None),
        ] {
            assert_eq!(tag(typed).as_deref(), expected, "{typed}");
        }
    }

    #[test]
    fn what_is_stated_goes_before_what_is_usual() {
        for (text, stated, expected) in [
            (
                "Садыр Жапаров Пекинде Си Цзиньпин менен жолугушту",
                "ky",
                "ky",
            ),
            (
                "Садыр Жапаров встретился в Пекине с Си Цзиньпином",
                "ky",
                "ru",
            ),
            (
                "Садыр Жапаров встретился в Пекине с Си Цзиньпином",
                "en",
                "ru",
            ),
            ("Саммит у Бішкеку", "ru", "uk"),
            ("Саммит", "uk-UA", "uk-UA"),
            ("شانغهاي", "fa", "fa"),
            ("قمة في شانغهاي", "fa", "ar"),
            ("SCO", "de", "de"),
        ] {
            assert_eq!(of(text, Some(stated)), Some(expected), "{text}");
        }
        assert_eq!(of("Саммит", None), Some("ru"));
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
            ("سازمان ملل د افغانستان په اړه غونډه وکړه", Some("ps")),
            ("شاڭخەي ھەمكارلىق تەشكىلاتى يىغىنى", Some("ug")),
            ("ایس سی او کا سربراہی اجلاس", Some("ur")),
            ("साङ्घाई सहयोग सङ्गठनको नयाँ बैठक सुरु", Some("ne")),
            ("ШҲТга аъзо давлатлар учрашди", Some("uz-cyrl")),
            ("Созмони ҳамкории Шанхай дар Душанбе", Some("tg")),
            ("Беларусь стала сябрам арганізацыі", Some("be")),
            ("Країни домовилися про співпрацю", Some("uk")),
            ("Шанхайн байгууллагын дээд хэмжээний шинэ өдөр", Some("mn")),
            ("Уюмга мүчө өлкөлөр жолугушту", Some("ky")),
            ("შანხაის ორგანიზაცია", Some("ka")),
            ("Շանհայի կազմակերպություն", Some("hy")),
            ("상하이협력기구 정상회의", Some("ko")),
            ("Leaders of the bloc meet in Bishkek", Some("en")),
            (
                "Minister tells forum he has no regrets, would do it again",
                Some("en"),
            ),
            ("Die Organisation und der Gipfel", Some("de")),
            (
                "Le sommet de l'organisation se termine sur une île",
                Some("fr"),
            ),
            (
                "La cumbre termina con una declaración de los países",
                Some("es"),
            ),
            ("A cúpula termina com uma declaração dos países", Some("pt")),
            (
                "Il vertice della organizzazione si apre con una foto",
                Some("it"),
            ),
            (
                "Szczyt organizacji współpracy odbędzie się w stolicy",
                Some("pl"),
            ),
            (
                "Örgütün zirvesi bu yıl bir gölün kıyısında yapılacak",
                Some("tr"),
            ),
            (
                "Təşkilatın sammiti bu il gölün sahilində keçiriləcək",
                Some("az"),
            ),
            (
                "Guramanyň sammiti bu ýyl kölüň kenarynda geçiriler",
                Some("tk"),
            ),
            ("Tashkilot sammiti bu yil koʻl boʻyida oʻtadi", Some("uz")),
            ("O‘zbekiston tashkilotga raislik qiladi", Some("uz")),
            ("Hội nghị của tổ chức được tổ chức bên bờ hồ", Some("vi")),
            ("Kazakhstan Turkmenistan", None),
            ("SCO", None),
            ("2026", None),
        ] {
            assert_eq!(guess(text), expected, "{text}");
        }
    }
}
