//! Language tags as a reader meets them: the language's own name, and the
//! direction of its script.

/// The names of languages in themselves. A tag with a script or a region
/// comes before the bare one.
const NAMES: &[(&str, &str)] = &[
    ("ar", "العربية"),
    ("az", "Azərbaycanca"),
    ("be", "Беларуская"),
    ("bg", "Български"),
    ("bn", "বাংলা"),
    ("cs", "Čeština"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("el", "Ελληνικά"),
    ("en", "English"),
    ("es", "Español"),
    ("fa", "فارسی"),
    ("fi", "Suomi"),
    ("fr", "Français"),
    ("he", "עברית"),
    ("hi", "हिन्दी"),
    ("hu", "Magyar"),
    ("hy", "Հայերեն"),
    ("id", "Bahasa Indonesia"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ka", "ქართული"),
    ("kk", "Қазақша"),
    ("ko", "한국어"),
    ("ky", "Кыргызча"),
    ("mn", "Монгол"),
    ("ms", "Bahasa Melayu"),
    ("ne", "नेपाली"),
    ("nl", "Nederlands"),
    ("pl", "Polski"),
    ("ps", "پښتو"),
    ("pt", "Português"),
    ("ro", "Română"),
    ("ru", "Русский"),
    ("sr", "Српски"),
    ("sv", "Svenska"),
    ("tg", "Тоҷикӣ"),
    ("th", "ไทย"),
    ("tk", "Türkmençe"),
    ("tr", "Türkçe"),
    ("ug", "ئۇيغۇرچە"),
    ("uk", "Українська"),
    ("ur", "اردو"),
    ("uz-cyrl", "Ўзбекча"),
    ("uz", "Oʻzbekcha"),
    ("vi", "Tiếng Việt"),
    ("zh-hant", "繁體中文"),
    ("zh-hk", "繁體中文"),
    ("zh-tw", "繁體中文"),
    ("zh", "中文"),
];

/// Written from right to left, unless the tag names another script.
const RIGHT_TO_LEFT: [&str; 9] = ["ar", "ckb", "fa", "he", "ps", "sd", "ug", "ur", "yi"];

/// The language's own name; `None` if we do not know it.
pub(super) fn name(tag: &str) -> Option<&'static str> {
    NAMES
        .iter()
        .find(|(known, _)| tag == *known || tag.strip_prefix(known).is_some_and(is_subtags))
        .map(|(_, name)| *name)
}

/// Whether both are one language to a reader, whatever its region.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    primary(one) == primary(other)
}

/// Whether `tag` is `range` or a kind of it: `zh-hant` is `zh` (RFC 4647
/// section 3.3.1).
pub(super) fn is_in(tag: &str, range: &str) -> bool {
    let rest = tag.strip_prefix(range);
    rest.is_some_and(|rest| rest.is_empty() || is_subtags(rest))
}

/// The value of `dir` for a text that is said to be in a language. One that is
/// written from right to left is said to be so, because a lead may begin with
/// a Latin name; elsewhere, and where most letters are others than the
/// language has, they decide.
pub(super) fn direction(tag: Option<&str>, text: &str) -> &'static str {
    let tag = tag.unwrap_or_default();
    let mut subtags = tag.split('-');
    let primary = subtags.next().unwrap_or_default();
    let script = subtags.find(|subtag| subtag.len() == 4);
    let is_rtl = match script {
        Some(script) => matches!(script, "arab" | "hebr"),
        None => RIGHT_TO_LEFT.contains(&primary),
    };
    if is_rtl && is_mostly_rtl(text) {
        "rtl"
    } else {
        "auto"
    }
}

/// Whether at least half of the letters go from right to left.
fn is_mostly_rtl(text: &str) -> bool {
    let letters = || text.chars().filter(|c| c.is_alphabetic());
    letters().filter(|c| is_rtl(*c)).count() * 2 >= letters().count()
}

/// Whether a letter goes from right to left: the blocks that Unicode keeps for
/// such scripts (UAX 9, `DerivedBidiClass`).
fn is_rtl(letter: char) -> bool {
    matches!(letter,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// The language without script and region.
pub(super) fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or_default()
}

fn is_subtags(rest: &str) -> bool {
    rest.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_shown_as_a_name() {
        for (tag, expected) in [
            ("ru", Some("Русский")),
            ("en-us", Some("English")),
            ("zh-hans-cn", Some("中文")),
            ("zh-tw", Some("繁體中文")),
            ("uz", Some("Oʻzbekcha")),
            ("uz-latn", Some("Oʻzbekcha")),
            ("uz-cyrl", Some("Ўзбекча")),
            ("uzs", None),
            ("tlh", None),
            ("", None),
        ] {
            assert_eq!(name(tag), expected, "{tag}");
        }
    }

    #[test]
    fn a_script_decides_the_direction() {
        for (tag, text, expected) in [
            (Some("fa"), "نشست سران در بیشکک", "rtl"),
            (Some("fa-ir"), "SCO: نشست سران در بیشکک", "rtl"),
            (Some("fa-ir"), "", "rtl"),
            // Whatever its feed says of it.
            (Some("fa"), "Leaders meet in Bishkek (بیشکک)", "auto"),
            (Some("he"), "Лидеры встретились", "auto"),
            (Some("ug-cyrl"), "نشست", "auto"),
            (Some("uz-arab-af"), "نشست", "rtl"),
            (Some("ru"), "نشست", "auto"),
            (None, "نشست", "auto"),
        ] {
            assert_eq!(direction(tag, text), expected, "{tag:?} {text}");
        }
    }

    #[test]
    fn regions_make_no_other_language() {
        assert!(is_same("en", "en-us"));
        assert!(!is_same("en", "ru"));
    }
}
