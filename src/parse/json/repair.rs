//! Broken JSON becomes JSON: one pass, nothing nested deeper than can be read.

/// Arrays and objects that are open at once at most (C-10); `serde_json`
/// stops at as many.
const DEPTH_AT_MOST: usize = 128;

/// JSON that can be read, and whether its tail was missing.
#[derive(Debug)]
pub(super) struct Repaired {
    pub(super) json: String,
    pub(super) is_cut: bool,
}

/// Mends what publishers get wrong: control characters and impossible escapes
/// in strings, halves of surrogate pairs, numbers that are none, commas
/// before an end, a tail that was cut. `None` if it nests too deep or if no
/// whole value is left.
pub(super) fn repair(text: &str) -> Option<Repaired> {
    let mut repair = Repair {
        rest: text.trim(),
        json: String::with_capacity(text.len()),
        open: Vec::new(),
        whole: None,
    };
    while let Some(c) = repair.rest.chars().next() {
        match c {
            '"' => repair.string()?,
            '{' | '[' => repair.opens(c)?,
            '}' | ']' => repair.closes(c),
            ',' | ':' => repair.mark(c),
            c if c.is_whitespace() || c.is_control() => repair.skip(c.len_utf8()),
            _ => repair.word(),
        }
        if repair.open.is_empty() && !repair.json.is_empty() {
            return Some(repair.end(false));
        }
    }
    let (len, depth) = repair.whole?;
    repair.json.truncate(len);
    repair.open.truncate(depth);
    Some(repair.end(true))
}

struct Repair<'t> {
    rest: &'t str,
    json: String,
    /// The closing marks of what is open.
    open: Vec<char>,
    /// The last place at which an outermost array, or an element of one, was
    /// whole, and how much was open there.
    whole: Option<(usize, usize)>,
}

impl Repair<'_> {
    fn skip(&mut self, len: usize) {
        self.rest = self.rest.get(len..).unwrap_or_default();
    }

    fn opens(&mut self, mark: char) -> Option<()> {
        if self.open.len() >= DEPTH_AT_MOST {
            return None;
        }
        self.open.push(if mark == '{' { '}' } else { ']' });
        self.json.push(mark);
        self.skip(1);
        Some(())
    }

    fn closes(&mut self, mark: char) {
        self.skip(1);
        if self.open.last() != Some(&mark) {
            return;
        }
        self.open.pop();
        if self.json.ends_with(',') {
            self.json.pop();
        }
        self.json.push(mark);
        let arrays = self.open.iter().filter(|mark| **mark == ']').count();
        let is_element = arrays == 1 && self.open.last() == Some(&']');
        if is_element || (arrays == 0 && mark == ']') {
            self.whole = Some((self.json.len(), self.open.len()));
        }
    }

    fn mark(&mut self, mark: char) {
        self.skip(1);
        if !self.json.ends_with([',', ':', '{', '[']) {
            self.json.push(mark);
        }
    }

    /// A string; one that is cut off is not taken.
    fn string(&mut self) -> Option<()> {
        let begin = self.json.len();
        self.json.push('"');
        self.skip(1);
        loop {
            let Some(end) = self
                .rest
                .find(|c: char| c == '"' || c == '\\' || c.is_control())
            else {
                self.json.truncate(begin);
                self.rest = "";
                return Some(());
            };
            let (run, from) = self.rest.split_at(end);
            self.json.push_str(run);
            self.rest = from;
            let c = from.chars().next()?;
            if c == '\\' {
                self.escape();
                continue;
            }
            self.skip(c.len_utf8());
            match c {
                '"' => {
                    self.json.push('"');
                    return Some(());
                }
                '\n' => self.json.push_str("\\n"),
                '\t' => self.json.push_str("\\t"),
                _ => {}
            }
        }
    }

    /// An escape in a string, made one that means a character.
    fn escape(&mut self) {
        let after = self.rest.get(1..).unwrap_or_default();
        let Some(c) = after.chars().next() else {
            self.rest = "";
            return;
        };
        if c != 'u' {
            self.skip(1 + c.len_utf8());
            if matches!(c, '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') {
                self.json.push('\\');
            }
            if !c.is_control() {
                self.json.push(c);
            }
            return;
        }
        let unit = |from: &str| {
            let digits = from.strip_prefix("\\u")?.get(..4)?;
            u32::from_str_radix(digits, 16)
                .ok()
                .filter(|_| !digits.starts_with('+'))
        };
        let first = unit(self.rest);
        let second = self.rest.get(6..).and_then(unit);
        let (taken, code) = match (first, second) {
            (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) => {
                (12, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
            }
            (Some(code), _) => (6, code),
            (None, _) => (2, 0xfffd),
        };
        self.skip(taken);
        match char::from_u32(code).unwrap_or('\u{fffd}') {
            '"' => self.json.push_str("\\\""),
            '\\' => self.json.push_str("\\\\"),
            '\n' => self.json.push_str("\\n"),
            c if c.is_control() => {}
            c => self.json.push(c),
        }
    }

    /// A number, or one of the words of JSON; all else is nothing.
    fn word(&mut self) {
        let end = self
            .rest
            .find(|c: char| c.is_whitespace() || c.is_control() || "\"{}[],:".contains(c))
            .unwrap_or(self.rest.len());
        let word = self.rest.get(..end.max(1)).unwrap_or_default();
        let is_value = serde_json::from_str::<serde_json::Value>(word).is_ok();
        let is_number = word
            .chars()
            .all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
        if is_value {
            self.json.push_str(word);
        } else if is_number {
            // 1e999, 007: kept as it is written.
            self.json.push('"');
            self.json.push_str(word);
            self.json.push('"');
        } else {
            self.json.push_str("null");
        }
        let len = word
            .len()
            .max(self.rest.chars().next().map_or(0, char::len_utf8));
        self.skip(len);
    }

    fn end(mut self, is_cut: bool) -> Repaired {
        while let Some(mark) = self.open.pop() {
            self.json.push(mark);
        }
        Repaired {
            json: self.json,
            is_cut,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str, cut: bool) {
        let repaired = repair(text).unwrap();
        assert_eq!(
            (repaired.json.as_str(), repaired.is_cut),
            (expected, cut),
            "{text}"
        );
        serde_json::from_str::<serde_json::Value>(&repaired.json).unwrap();
    }

    #[test]
    fn what_publishers_get_wrong_is_mended() {
        check(r#"{"a": [1, 2,], }"#, r#"{"a":[1,2]}"#, false);
        check("{\"a\": \"x\ny\u{1}\"}", r#"{"a":"x\ny"}"#, false);
        check(r#"{"a": "it\'s \q"}"#, r#"{"a":"it's q"}"#, false);
        check(
            r#"{"a": "\ud83d \ud83d\ude00 \uzz"}"#,
            "{\"a\":\"\u{fffd} \u{1f600} \u{fffd}zz\"}",
            false,
        );
        check(
            r#"{"a": 1e999, "b": NaN, "c": 007}"#,
            r#"{"a":"1e999","b":null,"c":"007"}"#,
            false,
        );
        check(r#"{"a": "\u0022\u005c\u000a"}"#, r#"{"a":"\"\\\n"}"#, false);
        check(r#"{"a": 1} rest"#, r#"{"a":1}"#, false);
    }

    #[test]
    fn a_cut_tail_costs_what_is_not_whole() {
        check(
            r#"{"t": "x", "items": [{"a": [1]}, {"a": [2]}, {"a": [3"#,
            r#"{"t":"x","items":[{"a":[1]},{"a":[2]}]}"#,
            true,
        );
        check(
            r#"{"items": [{"a": 1}], "t": "x"#,
            r#"{"items":[{"a":1}]}"#,
            true,
        );
        assert!(repair(r#"{"t": "x"#).is_none());
        assert!(repair("").is_none());
    }

    #[test]
    fn depth_is_limited() {
        assert!(repair(&"[".repeat(100_000)).is_none());
    }
}
