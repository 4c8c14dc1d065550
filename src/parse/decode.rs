//! Bytes to text: byte order mark, HTTP charset, declaration, detection. A
//! charset that does not decode is not believed.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

/// How far a declaration is looked for.
const DECLARATION_WITHIN: usize = 2048;

/// So many bad characters leave a stated charset believable in any case.
const BAD_AT_MOST: usize = 2;

/// The text of a document; bytes that name no character are U+FFFD.
pub(super) fn text(bytes: &[u8], content_type: Option<&str>) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let body = bytes.get(mark..).unwrap_or_default();
        return encoding.decode_without_bom_handling(body).0.into_owned();
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return encoding.decode_without_bom_handling(bytes).0.into_owned();
    }
    // Text in another charset is hardly ever valid UTF-8 by chance, so bytes
    // that are are believed before any label.
    if let Ok(text) = std::str::from_utf8(bytes) {
        let stateful = stated(bytes, content_type).any(|e| e == encoding_rs::ISO_2022_JP);
        if !stateful {
            return text.to_owned();
        }
    }
    for encoding in stated(bytes, content_type) {
        if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
            return text.into_owned();
        }
    }
    // A few bad bytes do not prove a stated charset wrong.
    for encoding in stated(bytes, content_type) {
        let text = encoding.decode_without_bom_handling(bytes).0;
        let bad = text.matches('\u{fffd}').count();
        let foreign = text.chars().filter(|c| !c.is_ascii()).count();
        if bad <= BAD_AT_MOST || bad * 20 <= foreign {
            return text.into_owned();
        }
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guess = detector.guess(None, Utf8Detection::Allow);
    guess.decode_without_bom_handling(bytes).0.into_owned()
}

/// The charsets that the server and the document state, in this order.
fn stated<'a>(
    bytes: &'a [u8],
    content_type: Option<&'a str>,
) -> impl Iterator<Item = &'static Encoding> + 'a {
    let head = bytes
        .get(..DECLARATION_WITHIN.min(bytes.len()))
        .unwrap_or_default();
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let mut labels: Vec<String> = content_type
        .and_then(|typ| label_after(&typ.to_ascii_lowercase(), "charset"))
        .into_iter()
        .collect();
    labels.extend(label_after(&head, "encoding"));
    let mut rest = head.as_str();
    // A saved page may name several charsets; the first is not always right.
    while let Some(at) = rest.find("charset") {
        rest = rest.get(at..).unwrap_or_default();
        labels.extend(label_after(rest, "charset"));
        rest = rest.get("charset".len()..).unwrap_or_default();
    }
    labels.into_iter().filter_map(|label| {
        let encoding = Encoding::for_label(label.as_bytes())?;
        // gb2312 is what pages say; gb18030 is what they write.
        Some(if encoding == GBK { GB18030 } else { encoding })
    })
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
    .filter(|encoding| *encoding != UTF_8)
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
    fn a_bad_byte_costs_one_character() {
        check(
            b"<a>SCO \xff summit</a>",
            Some("text/xml; charset=utf-8"),
            "SCO \u{fffd} summit",
        );
    }
}
