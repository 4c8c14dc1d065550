//! Character references: `&amp;`, `&#1096;`, `&mdash;`.

use std::borrow::Cow;

/// The longest name in HTML's table, with its semicolon.
const NAME_AT_MOST: usize = 33;

/// `text` with its character references replaced, once. What is no reference
/// stays as it is (H-33); a reference to nothing is U+FFFD (H-30).
pub fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        decoded.push_str(before);
        match reference(from) {
            Some((meaning, len)) => {
                decoded.extend(meaning);
                rest = from.get(len..).unwrap_or_default();
            }
            None => {
                decoded.push('&');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// `text` with the references replaced that nobody writes to be read: those
/// by number and the commonest names. What was escaped twice still holds
/// them.
pub fn leftovers(text: &str) -> Cow<'_, str> {
    const NAMES: [&[u8]; 12] = [
        b"nbsp", b"quot", b"laquo", b"raquo", b"mdash", b"ndash", b"hellip", b"rsquo", b"lsquo",
        b"ldquo", b"rdquo", b"apos",
    ];
    let is_leftover = |from: &str| match from.as_bytes() {
        [b'&', b'#', ..] => true,
        [b'&', body @ ..] => {
            let len = body.iter().take(7).position(|byte| *byte == b';');
            let name = len.and_then(|len| body.get(..len));
            name.is_some_and(|name| NAMES.contains(&name))
        }
        _ => false,
    };
    if !text
        .match_indices('&')
        .any(|(at, _)| text.get(at..).is_some_and(is_leftover))
    {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        decoded.push_str(before);
        match reference(from).filter(|_| is_leftover(from)) {
            Some((meaning, len)) if from.get(..len).is_some_and(|r| r.ends_with(';')) => {
                decoded.extend(meaning);
                rest = from.get(len..).unwrap_or_default();
            }
            _ => {
                decoded.push('&');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// What a reference stands for: some names stand for two characters.
type Meaning = std::iter::Chain<std::iter::Once<char>, std::option::IntoIter<char>>;

fn meaning(first: char, second: Option<char>) -> Meaning {
    std::iter::once(first).chain(second)
}

/// The reference at the beginning of `text`, and its length.
fn reference(text: &str) -> Option<(Meaning, usize)> {
    // By bytes: half of what stands here in a hostile text is no reference.
    let body = match text.as_bytes() {
        [b'&', b'#', ..] => return by_number(text),
        [b'&', ..] => text.get(1..)?,
        _ => return None,
    };
    // Nearly all that are written.
    let commonest = match body.as_bytes() {
        [b'a', b'm', b'p', b';', ..] => Some(('&', 5)),
        [b'l', b't', b';', ..] => Some(('<', 4)),
        [b'g', b't', b';', ..] => Some(('>', 4)),
        [b'q', b'u', b'o', b't', b';', ..] => Some(('"', 6)),
        _ => None,
    };
    if let Some((letter, len)) = commonest {
        return Some((meaning(letter, None), len));
    }
    let len = body
        .bytes()
        .take(NAME_AT_MOST)
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    let name = body.get(..len).filter(|name| !name.is_empty())?;
    let rest = body.get(len..)?;
    let is_whole = rest.starts_with(';');
    let common = match name.as_bytes() {
        b"amp" => Some('&'),
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"quot" => Some('"'),
        b"nbsp" => Some('\u{a0}'),
        _ => None,
    };
    if let Some(common) = common {
        // They are known without semicolon, unless they begin a longer word
        // or a parameter's name.
        let is_one = is_whole || !rest.starts_with('=');
        return is_one.then(|| (meaning(common, None), len + 1 + usize::from(is_whole)));
    }
    if !is_whole {
        let letter = without_semicolon(name).filter(|_| !rest.starts_with('='));
        return letter.map(|(letter, len)| (meaning(letter, None), len + 1));
    }
    let (first, second) = known(body.get(..=len)?)?;
    Some((meaning(first, second), len + 2))
}

/// What HTML's table has for a name with its semicolon, or without one for
/// the names that had none once. It has a zero where there is no character.
fn known(name: &str) -> Option<(char, Option<char>)> {
    let (first, second) = *markup5ever::data::NAMED_ENTITIES.get(name)?;
    let letter = |code: u32| char::from_u32(code).filter(|c| *c != '\0');
    Some((letter(first)?, letter(second)))
}

/// The letter that begins a run of letters, if HTML knows its name without a
/// semicolon, and how long the name is. Only names of accented letters may go
/// over into a word: "d&eacutecembre", but not "&copyright".
fn without_semicolon(run: &str) -> Option<(char, usize)> {
    const ACCENTS: [&str; 9] = [
        "acute", "grave", "circ", "uml", "tilde", "cedil", "slash", "ring", "lig",
    ];
    // Those names have no fewer letters and no more.
    let is_name = (2..=6).contains(&run.len());
    if let Some((letter, _)) = is_name.then(|| known(run)).flatten() {
        return Some((letter, run.len()));
    }
    let len = [1, 2].into_iter().find_map(|at| {
        let after = run.get(at..)?;
        // `starts_with` alone takes ten times as long.
        let may_be = |accent: &&&str| accent.as_bytes().first() == after.as_bytes().first();
        let mut accents = ACCENTS.iter().filter(may_be);
        let accent = accents.find(|accent| after.starts_with(**accent))?;
        Some(at + accent.len())
    })?;
    let (letter, _) = known(run.get(..len)?)?;
    Some((letter, len))
}

/// `&#1096;`, `&#x448;`, and the two halves of a letter beyond 65,535.
fn by_number(text: &str) -> Option<(Meaning, usize)> {
    let (code, len) = number(text)?;
    if matches!(code, 0xd800..=0xdbff)
        && let Some((low @ 0xdc00..=0xdfff, more)) = text.get(len..).and_then(number)
    {
        let code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        return Some((meaning(character(code), None), len + more));
    }
    Some((meaning(character(code), None), len))
}

/// The number of the reference at the beginning of `text`, and its length.
fn number(text: &str) -> Option<(u32, usize)> {
    let number = text.strip_prefix("&#")?;
    let (digits, radix, skipped) = match number.strip_prefix(['x', 'X']) {
        Some(hex) => (hex, 16, 3),
        None => (number, 10, 2),
    };
    let len = digits
        .bytes()
        .take_while(|b| char::from(*b).is_digit(radix))
        .count();
    let digits = digits.get(..len).filter(|digits| !digits.is_empty())?;
    let rest = text.get(skipped + len..)?;
    let semicolon = usize::from(rest.starts_with(';'));
    let code = u32::from_str_radix(digits, radix).unwrap_or(u32::MAX);
    Some((code, skipped + len + semicolon))
}

/// The character of a code, as browsers read it: 128 to 159 are those of
/// windows-1252, and what is no character is U+FFFD.
fn character(code: u32) -> char {
    const WINDOWS: [char; 32] = [
        '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž',
        '\u{fffd}', '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ',
        '\u{fffd}', 'ž', 'Ÿ',
    ];
    let windows = code
        .checked_sub(128)
        .and_then(|at| WINDOWS.get(usize::try_from(at).ok()?));
    match windows {
        Some(c) => *c,
        None if code == 0 => '\u{fffd}',
        None => char::from_u32(code).unwrap_or('\u{fffd}'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(decode(text), expected, "{text}");
    }

    #[test]
    fn references_are_replaced_once() {
        check("AT&amp;T &lt;b&gt; &#1064;&#x41E;&#X421;", "AT&T <b> ШОС");
        check("&amp;lt;", "&lt;");
        check("a&nbsp;b &mdash; &laquo;x&raquo;", "a\u{a0}b — «x»");
        check(
            "&#150;&#0;&#xD800;&#999999999999;",
            "–\u{fffd}\u{fffd}\u{fffd}",
        );
    }

    #[test]
    fn what_was_escaped_twice_is_decoded_where_nobody_could_mean_it() {
        for (text, expected) in [
            ("it&#8217;s &quot;x&quot;", "it’s \"x\""),
            ("AT&amp;T &lt;b&gt;", "AT&amp;T &lt;b&gt;"),
            ("a&#b &#8217", "a&#b &#8217"),
        ] {
            assert_eq!(leftovers(text), expected, "{text}");
        }
    }

    #[test]
    fn two_halves_are_one_letter() {
        check("&#xD83D;&#xDE00; &#55357;&#56832;", "\u{1f600} \u{1f600}");
        check("&#xD83D; &#xDE00;&#xD83D;x", "\u{fffd} \u{fffd}\u{fffd}x");
    }

    #[test]
    fn old_names_need_no_semicolon() {
        check(
            "caf&eacute, d&eacutecembre &copy 2026",
            "café, décembre © 2026",
        );
        check(
            "&copyright &sectors &mdash &eacute=1 &notit",
            "&copyright &sectors &mdash &eacute=1 &notit",
        );
        check("&aelig &szlig &ntilde", "æ ß ñ");
    }

    #[test]
    fn what_is_no_reference_stays() {
        check(
            "AT&T & co &bogus; &#; &#x; &",
            "AT&T & co &bogus; &#; &#x; &",
        );
        check("?a=1&lt=2&amp=3", "?a=1&lt=2&amp=3");
        check("Tom &amp Jerry", "Tom & Jerry");
    }
}
