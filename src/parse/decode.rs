//! Bytes to text: byte order mark, HTTP charset, declaration, detection. A
//! charset that does not decode is not believed.

use std::borrow::Cow;
use std::str::Utf8Chunk;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GB18030, GBK, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How far a declaration is looked for.
const DECLARATION_WITHIN: usize = 2048;

/// Charsets that one document may state.
const STATED_AT_MOST: usize = 4;

/// So many bad characters leave a stated charset believable in any case.
const BAD_AT_MOST: usize = 2;

/// One bad character in so many foreign ones, too.
const BAD_ONE_IN: usize = 20;

/// So many bytes above ASCII say what they are by themselves.
const TELLING: usize = 16;

/// So many letters in a row are UTF-8 by chance in one of 100,000 words.
const WORD: usize = 6;

/// A document of which so much is plainly UTF-8 is in it, and the rest is not.
const WHOLE_ONE_IN: usize = 8;

/// The text of a document.
#[derive(Debug)]
pub(super) struct Decoded<'b> {
    /// Bytes that name no character are U+FFFD in it.
    pub(super) text: Cow<'b, str>,
    /// How many such bytes there were.
    pub(super) bad: usize,
    /// The charset that it was read in.
    pub(super) charset: &'static str,
}

/// Decodes a document.
pub(super) fn decode<'b>(bytes: &'b [u8], content_type: Option<&str>) -> Decoded<'b> {
    if let Some((text, charset)) = utf32(bytes) {
        return Decoded {
            bad: bad(&text),
            text: Cow::Owned(text),
            charset,
        };
    }
    let (encoding, bytes) = match charset(bytes, content_type) {
        Charset::Utf8(text) => {
            return Decoded {
                bad: 0,
                text: Cow::Borrowed(text),
                charset: UTF_8.name(),
            };
        }
        Charset::Of(encoding, bytes) => (encoding, bytes),
    };
    let (text, any_bad) = match mixed(encoding, bytes, content_type) {
        Some(text) => (Cow::Owned(text), true),
        None => encoding.decode_without_bom_handling(bytes),
    };
    Decoded {
        bad: if any_bad { bad(&text) } else { 0 },
        text,
        charset: encoding.name(),
    }
}

/// The text of a document, where nobody asks how it was found.
pub fn text<'b>(bytes: &'b [u8], content_type: Option<&str>) -> Cow<'b, str> {
    decode(bytes, content_type).text
}

/// The charset of a document.
enum Charset<'b> {
    /// UTF-8 without a fault: the text.
    Utf8(&'b str),
    /// Another one, or UTF-8 with faults, and the bytes without their mark.
    Of(&'static Encoding, &'b [u8]),
}

fn charset<'b>(bytes: &'b [u8], content_type: Option<&str>) -> Charset<'b> {
    let mut bytes = bytes;
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        bytes = bytes.get(mark..).unwrap_or_default();
        // A mark, too, may stand before bytes of another charset.
        if encoding != UTF_8 || is_believable(encoding, bytes) {
            return Charset::Of(encoding, bytes);
        }
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return Charset::Of(encoding, bytes);
    }
    let stated = stated(bytes, content_type);
    // Text in another charset is hardly ever UTF-8 by chance, so bytes that
    // are, but for a few, are believed before any label.
    if !stated.contains(&ISO_2022_JP) {
        match std::str::from_utf8(bytes) {
            Ok(text) => return Charset::Utf8(text),
            Err(_) if is_damaged_utf8(bytes) => return Charset::Of(UTF_8, bytes),
            Err(_) => {}
        }
    }
    for encoding in &stated {
        let strictly = encoding.decode_without_bom_handling_and_without_replacement(bytes);
        if strictly.is_some() && !(*encoding == WINDOWS_1252 && is_of_another_script(bytes)) {
            return Charset::Of(encoding, bytes);
        }
    }
    // A few bad bytes do not prove a stated charset wrong.
    for encoding in &stated {
        if *encoding != WINDOWS_1252 && is_believable(encoding, bytes) {
            return Charset::Of(encoding, bytes);
        }
    }
    Charset::Of(guess(bytes), bytes)
}

/// Bytes from the first letter beyond ASCII on that tell an encoding: more say
/// the same again, at a price.
const SAMPLE: usize = 64 * 1024;

fn guess(bytes: &[u8]) -> &'static Encoding {
    let start = bytes.iter().position(|byte| !byte.is_ascii());
    let telling = bytes.get(start.unwrap_or(0)..).unwrap_or_default();
    let is_all = telling.len() <= SAMPLE;
    let telling = telling.get(..SAMPLE).unwrap_or(telling);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(telling, is_all);
    let guess = detector.guess(None, Utf8Detection::Allow);
    if guess == GBK { GB18030 } else { guess }
}

/// Whether so much of the bytes decodes that the rest may be damage.
fn is_believable(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    let (text, any_bad) = encoding.decode_without_bom_handling(bytes);
    if !any_bad {
        return true;
    }
    // Both in one pass over what may be a megabyte.
    let (mut bad, mut foreign) = (0, 0);
    for c in text.chars() {
        bad += usize::from(c == '\u{fffd}');
        foreign += usize::from(!c.is_ascii() && c != '\u{fffd}');
    }
    bad <= BAD_AT_MOST || bad * BAD_ONE_IN <= foreign
}

/// A document in two charsets, as where an item was taken over from elsewhere
/// byte by byte: UTF-8 with passages in another one, or the other way round.
/// `None` if it is in one.
fn mixed(encoding: &'static Encoding, bytes: &[u8], content_type: Option<&str>) -> Option<String> {
    if encoding == UTF_8 {
        let foreign: Vec<&[u8]> = passages(bytes).filter(|part| is_foreign(part)).collect();
        let other = charset_of_passages(bytes, &foreign.concat(), content_type)?;
        return Some(by_passages(bytes, |part| {
            if is_foreign(part) { other } else { UTF_8 }
        }));
    }
    let any = encoding.is_ascii_compatible() && passages(bytes).any(is_plainly_utf8);
    any.then(|| {
        by_passages(bytes, |part| {
            if is_plainly_utf8(part) {
                UTF_8
            } else {
                encoding
            }
        })
    })
}

fn by_passages(bytes: &[u8], charset: impl Fn(&[u8]) -> &'static Encoding) -> String {
    let mut text = String::with_capacity(bytes.len());
    for part in passages(bytes) {
        match std::str::from_utf8(part) {
            Ok(ascii) if part.is_ascii() => text.push_str(ascii),
            _ => text.push_str(&charset(part).decode_without_bom_handling(part).0),
        }
    }
    text
}

/// The charset in which all of the foreign passages are text: one that the
/// document states, else the one that they show.
fn charset_of_passages(
    bytes: &[u8],
    together: &[u8],
    content_type: Option<&str>,
) -> Option<&'static Encoding> {
    if together.iter().filter(|byte| !byte.is_ascii()).count() < TELLING {
        return None;
    }
    let stated = stated(bytes, content_type).into_iter();
    let known = stated.filter(|encoding| ![UTF_8, WINDOWS_1252].contains(encoding));
    known.chain([guess(together)]).find(|encoding| {
        let strictly = encoding.decode_without_bom_handling_and_without_replacement(together);
        *encoding != UTF_8 && strictly.is_some()
    })
}

/// The passages of a document: no charset that extends ASCII has the marks
/// between them inside a letter.
fn passages(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| matches!(byte, b'<' | b'>' | b'"' | b'\n'))
}

/// Whether a passage is in another charset than UTF-8: hardly a letter of it
/// is one there, and not only because it was cut inside a letter.
fn is_foreign(passage: &[u8]) -> bool {
    if std::str::from_utf8(passage).is_ok() {
        return false;
    }
    let (bad, foreign) = damage(passage);
    bad > foreign && is_bad_inside_a_word(passage)
}

/// Whether more of a word follows a place that is no UTF-8.
fn is_bad_inside_a_word(passage: &[u8]) -> bool {
    let mut chunks = passage.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        let goes_on = |next: &Utf8Chunk<'_>| match next.valid().chars().next() {
            Some(c) => c.is_alphanumeric(),
            None => !next.invalid().is_empty(),
        };
        if !chunk.invalid().is_empty() && chunks.peek().is_some_and(goes_on) {
            return true;
        }
    }
    false
}

/// Whether a passage is UTF-8 and nothing else.
fn is_plainly_utf8(passage: &[u8]) -> bool {
    letters_of_utf8(passage) >= WORD
}

/// How many letters beyond ASCII a passage has that is UTF-8. Pairs of Chinese
/// may be sequences of UTF-8 as well, but of several scripts.
fn letters_of_utf8(passage: &[u8]) -> usize {
    let Some(text) = std::str::from_utf8(passage).ok().filter(|t| !t.is_ascii()) else {
        return 0;
    };
    let is_letter = |c: &char| *c >= '\u{800}' || (!c.is_ascii() && c.is_alphabetic());
    let letters = text.chars().filter(is_letter);
    let mut scripts = letters.clone().filter_map(script);
    let is_of_one = scripts
        .next()
        .is_none_or(|first| scripts.all(|script| script == first));
    if is_of_one { letters.count() } else { 0 }
}

/// The script of a letter that takes two bytes in UTF-8, by a number.
fn script(letter: char) -> Option<u32> {
    match letter {
        ..'\u{2b0}' => Some(0),
        '\u{400}'..'\u{530}' => Some(4),
        ..'\u{800}' => Some(u32::from(letter) >> 8),
        _ => None,
    }
}

/// The places that are no UTF-8, and the letters beyond ASCII that are.
fn damage(bytes: &[u8]) -> (usize, usize) {
    let (mut bad, mut foreign) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        foreign += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    (bad, foreign)
}

fn bad(text: &str) -> usize {
    text.matches('\u{fffd}').count()
}

/// Whether the bytes are UTF-8 but for damage: a tail that was cut, a foreign
/// word pasted in, an item in another charset. Letters of other charsets form
/// its sequences seldom: one pair in seven of Chinese text, hardly any of
/// Cyrillic. So passages that are nothing else show it, even where there are
/// fewer of them than of others.
fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (bad, foreign) = damage(bytes);
    if foreign < TELLING {
        return false;
    }
    let whole = || {
        let letters = passages(bytes).map(letters_of_utf8);
        letters.filter(|letters| *letters >= WORD).sum::<usize>()
    };
    bad * 2 <= foreign || (bad <= foreign * WHOLE_ONE_IN && whole() * WHOLE_ONE_IN >= bad)
}

/// Latin-1 decodes everything and is what servers say that were never told:
/// bytes that plainly are Cyrillic or Chinese are not read as accents.
fn is_of_another_script(bytes: &[u8]) -> bool {
    let telling = bytes
        .iter()
        .filter(|byte| !byte.is_ascii())
        .take(TELLING)
        .count();
    if telling < TELLING {
        return false;
    }
    let guess = guess(bytes);
    let text = guess.decode_without_bom_handling(bytes).0;
    let foreign = text.chars().filter(|c| !c.is_ascii()).count();
    let script = text
        .chars()
        .filter(|c| matches!(c, '\u{370}'..='\u{6ff}' | '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{d7a3}'))
        .count();
    guess != WINDOWS_1252 && bad(&text) == 0 && script * 4 > foreign * 3
}

/// The charsets that the server and the document state, in this order. A
/// server's Latin-1 stands last: it is what servers say that know nothing.
fn stated(bytes: &[u8], content_type: Option<&str>) -> Vec<&'static Encoding> {
    let head = bytes
        .get(..DECLARATION_WITHIN.min(bytes.len()))
        .unwrap_or_default();
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let mut stated = Vec::new();
    let mut state = |label: &str| {
        // Labels of charsets that nobody decodes name a mere placeholder, and
        // who wrote this one in ASCII did not write UTF-16.
        if let Some(encoding) = Encoding::for_label_no_replacement(label.as_bytes())
            && ![UTF_16BE, UTF_16LE].contains(&encoding)
        {
            // gb2312 is what pages say; gb18030 is what they write.
            let encoding = if encoding == GBK { GB18030 } else { encoding };
            if !stated.contains(&encoding) && stated.len() < STATED_AT_MOST {
                stated.push(encoding);
            }
        }
    };
    let server = content_type.and_then(|typ| label_after(&typ.to_ascii_lowercase(), "charset"));
    if let Some(label) = &server {
        state(label);
    }
    if let Some((_, declaration)) = head.split_once("<?xml") {
        let declaration = declaration.split('>').next().unwrap_or_default();
        if let Some(label) = label_after(declaration, "encoding") {
            state(&label);
        }
    }
    let mut rest = head.as_str();
    // A saved page may name several charsets; the first is not always right.
    while let Some((_, after)) = rest.split_once("<meta") {
        let (meta, after) = after.split_once('>').unwrap_or((after, ""));
        if let Some(label) = label_after(meta, "charset") {
            state(&label);
        }
        rest = after;
    }
    if server.is_some() && stated.len() > 1 && stated.first() == Some(&WINDOWS_1252) {
        stated.rotate_left(1);
    }
    stated
}

/// The value after `name=`, with or without quotes.
fn label_after(text: &str, name: &str) -> Option<String> {
    let after = text.split_once(name)?.1.trim_start().strip_prefix('=')?;
    let value = after.trim_start().trim_start_matches(['"', '\'']);
    let end = value.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c)));
    let label = value.get(..end.unwrap_or(value.len()))?;
    (!label.is_empty()).then(|| label.to_owned())
}

/// UTF-16 shows itself by a zero beside each of the first ASCII letters.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0, b'<', 0, _, ..] => Some(UTF_16BE),
        [b'<', 0, _, 0, ..] => Some(UTF_16LE),
        _ => None,
    }
}

/// UTF-32, which no standard of the web knows: it has its mark, or three zeros
/// beside the first letter.
fn utf32(bytes: &[u8]) -> Option<(String, &'static str)> {
    let (bytes, unit, name): (_, fn([u8; 4]) -> u32, _) = match bytes {
        [0xff, 0xfe, 0, 0, rest @ ..] => (rest, u32::from_le_bytes, "UTF-32LE"),
        [0, 0, 0xfe, 0xff, rest @ ..] => (rest, u32::from_be_bytes, "UTF-32BE"),
        [b'<', 0, 0, 0, ..] => (bytes, u32::from_le_bytes, "UTF-32LE"),
        [0, 0, 0, b'<', ..] => (bytes, u32::from_be_bytes, "UTF-32BE"),
        _ => return None,
    };
    let (units, rest) = bytes.as_chunks();
    let letters = units
        .iter()
        .map(|bytes| char::from_u32(unit(*bytes)).unwrap_or('\u{fffd}'));
    let cut = (!rest.is_empty()).then_some('\u{fffd}');
    Some((letters.chain(cut).collect(), name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], content_type: Option<&str>, expected: &str) {
        assert!(
            text(bytes, content_type).contains(expected),
            "{}",
            text(bytes, content_type)
        );
    }

    fn encoded(label: &str, text: &str) -> Vec<u8> {
        Encoding::for_label(label.as_bytes())
            .unwrap()
            .encode(text)
            .0
            .into_owned()
    }

    #[test]
    fn the_declared_charset_is_believed_if_it_decodes() {
        let russian =
            "<?xml version=\"1.0\" encoding=\"windows-1251\"?><a>Саммит ШОС в Бишкеке</a>";
        check(&encoded("windows-1251", russian), None, "Саммит ШОС");
        check(russian.as_bytes(), None, "Саммит ШОС");
        check(
            &encoded("koi8-r", &russian.replace("windows-1251", "koi8-r")),
            None,
            "Саммит ШОС",
        );
    }

    #[test]
    fn http_comes_before_the_declaration() {
        let text = "<?xml version=\"1.0\" encoding=\"koi8-r\"?><a>Саммит ШОС</a>";
        check(
            &encoded("windows-1251", text),
            Some("text/xml; charset=\"windows-1251\""),
            "Саммит ШОС",
        );
    }

    #[test]
    fn gb2312_is_read_as_gb18030() {
        let page = "<meta charset=gb2312>上合组织峰会㐀";
        check(&encoded("gb18030", page), None, "上合组织峰会㐀");
    }

    #[test]
    fn the_second_charset_of_a_page_may_be_the_right_one() {
        let page = "<meta charset=utf-8><meta charset=gb2312>上合组织峰会";
        check(&encoded("gb18030", page), None, "上合组织峰会");
    }

    #[test]
    fn without_a_word_about_it_the_charset_is_detected() {
        check(
            &encoded(
                "windows-1251",
                "<a>Лидеры стран встретились на саммите в столице</a>",
            ),
            None,
            "саммите в столице",
        );
    }

    #[test]
    fn a_servers_latin_1_is_not_believed_against_plain_cyrillic() {
        let russian = "<?xml version=\"1.0\" encoding=\"utf-8\"?><a>Лидеры стран встретились</a>";
        let latin = Some("text/xml; charset=ISO-8859-1");
        check(&encoded("windows-1251", russian), latin, "Лидеры стран");
        check(russian.as_bytes(), latin, "Лидеры стран");
        let french = "<a>Le sommet de l'été où l'on a créé une école à Genève, déjà fermée, \
                      là-bas, l'hôtel, le théâtre, la forêt, le château, le président</a>";
        check(&encoded("windows-1252", french), latin, "créé une école");
        let stated = "<?xml version=\"1.0\" encoding=\"koi8-r\"?><a>Саммит</a>";
        check(&encoded("koi8-r", stated), latin, "Саммит");
    }

    #[test]
    fn labels_of_no_charset_and_of_nobody_are_passed_over() {
        for label in ["hz-gb-2312", "iso-2022-kr", "klingon", ""] {
            let russian = format!("<?xml version=\"1.0\" encoding=\"{label}\"?><a>Саммит ШОС</a>");
            check(russian.as_bytes(), None, "Саммит ШОС");
        }
        let text =
            "<a>the encoding=\"koi8-r\" of a text, charset=koi8-r</a>Лидеры стран встретились";
        check(&encoded("windows-1251", text), None, "Лидеры стран");
    }

    #[test]
    fn damage_does_not_make_another_charset_of_utf8() {
        let mut russian = "<?xml version=\"1.0\" encoding=\"windows-1251\"?>\
                           <a>Лидеры стран встретились на саммите</a>"
            .as_bytes()
            .to_vec();
        russian.truncate(russian.len() - 5);
        check(&russian, None, "встретились на саммит\u{fffd}");
        assert_eq!(decode(&russian, None).bad, 1);
        let mut marked = "\u{feff}<a>".as_bytes().to_vec();
        marked.extend(encoded(
            "windows-1251",
            "Лидеры стран встретились на саммите</a>",
        ));
        check(&marked, None, "Лидеры стран");
    }

    #[test]
    fn utf16_is_known_with_and_without_its_mark() {
        let le = |text: &str| {
            text.encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect::<Vec<u8>>()
        };
        check(&le("\u{feff}<a>ШОС</a>"), None, "ШОС");
        check(&le("<a>ШОС</a>"), None, "ШОС");
    }

    #[test]
    fn utf32_is_known_with_and_without_its_mark() {
        for text in ["\u{feff}<a>ШОС</a>", "<a>ШОС</a>"] {
            let le: Vec<u8> = text
                .chars()
                .flat_map(|c| u32::from(c).to_le_bytes())
                .collect();
            let be: Vec<u8> = text
                .chars()
                .flat_map(|c| u32::from(c).to_be_bytes())
                .collect();
            check(&le, None, "ШОС");
            check(&be, None, "ШОС");
            check(&[le.as_slice(), b"x"].concat(), None, "</a>\u{fffd}");
        }
    }

    const GOOD: &str =
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><a>Встреча глав государств в Душанбе</a>\n";

    #[test]
    fn an_item_in_another_charset_spoils_no_other() {
        let russian = "<a>Лидеры стран встретились на саммите в столице, говорится в тексте</a>";
        let chinese = "<a>上海合作组织成员国元首理事会会议在首都举行，各方发表宣言</a>";
        for (label, other) in [
            ("windows-1251", russian),
            ("koi8-r", russian),
            ("gb18030", chinese),
            (
                "big5",
                "<a>上海合作組織成員國元首理事會會議在首都舉行，各方發表宣言</a>",
            ),
        ] {
            let bytes = [GOOD.as_bytes(), &encoded(label, other), GOOD.as_bytes()].concat();
            check(&bytes, None, &[GOOD, other, GOOD].concat());
            assert_eq!(decode(&bytes, None).bad, 0, "{label}");
        }
        // Too little to tell what it is.
        let bytes = [GOOD.as_bytes(), &encoded("windows-1251", "<b>Мир</b>")].concat();
        check(
            &bytes,
            None,
            &[GOOD, "<b>\u{fffd}\u{fffd}\u{fffd}</b>"].concat(),
        );
        assert_eq!(decode(&bytes, None).bad, 3);
    }

    #[test]
    fn a_text_cut_inside_a_letter_is_damaged_and_no_other_charset() {
        for (good, cut) in [
            (
                "“one” “two” “three” “four” “five” “six” “seven”",
                &b"and it is well \xe2\x80"[..],
            ),
            (
                "Según el señor Núñez, la situación política en la región",
                b"dijo que est\xc3...",
            ),
        ] {
            let cut = [b"<b>", cut, b"</b>"].concat().repeat(24);
            let bytes = [format!("<a>{}</a>", good.repeat(3)).as_bytes(), &cut].concat();
            let decoded = decode(&bytes, None);
            assert_eq!((decoded.charset, decoded.bad), ("UTF-8", 24), "{good}");
            check(&bytes, None, good);
        }
    }

    #[test]
    fn an_item_in_utf8_is_read_in_a_document_of_another_charset() {
        let head = "<?xml version=\"1.0\" encoding=\"windows-1251\"?>";
        let own = "<a>Лидеры стран встретились на саммите в столице, говорится в тексте</a>";
        let own_bytes = encoded("windows-1251", own).repeat(9);
        let other = "<a>Встреча глав государств</a>";
        let bytes = [head.as_bytes(), &own_bytes, other.as_bytes()].concat();
        check(&bytes, None, &[own, other].concat());
        check(&own_bytes, None, own);
    }

    #[test]
    fn chinese_whose_pairs_could_be_utf8_is_chinese() {
        let head = "<?xml version=\"1.0\" encoding=\"gb2312\"?>";
        let own = "<a>上海合作组织成员国元首理事会会议在首都举行</a>";
        let text = format!("{head}{own}<a>太原职业学院</a>{own}");
        check(&encoded("gb18030", &text), None, &text);
    }

    #[test]
    fn a_bad_byte_costs_one_character() {
        check(
            b"<a>SCO \xff summit</a>",
            Some("text/xml; charset=utf-8"),
            "SCO \u{fffd} summit",
        );
    }
}
